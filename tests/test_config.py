from pathlib import Path
from typing import Any

import pytest
from attrs.exceptions import FrozenInstanceError

from duanci.config import DEFAULT_ENCODER, Settings, load_settings
from duanci.errors import ConfigError


def test_defaults_are_the_directories_of_the_project() -> None:
    settings = load_settings(environment={})
    assert (settings.data, settings.index) == (Path("data"), Path("index"))
    assert settings.encoder == DEFAULT_ENCODER == "multilingual-e5-small"


def test_environment_names_others_and_what_is_given_wins() -> None:
    environment = {"DUANCI_DATA": "/a", "DUANCI_INDEX": "/b", "DUANCI_ENCODER": "c", "OTHER": "x"}
    settings = load_settings(environment=environment, index=Path("/d"), data=None)
    assert (settings.data, settings.index, settings.encoder) == (Path("/a"), Path("/d"), "c")


def test_empty_variable_counts_as_not_set() -> None:
    assert load_settings(environment={"DUANCI_ENCODER": ""}).encoder == DEFAULT_ENCODER


@pytest.mark.parametrize(
    ("given", "message"),
    [
        ({"citations": 0}, "settings: 'citations' must be >= 1: 0"),
        ({"kept_builds": 101}, "settings: 'kept_builds' must be <= 100: 101"),
        ({"refusal_threshold": float("nan")}, "settings: 'refusal_threshold' must be >= 0.0: nan"),
        ({"encoder": ""}, "settings: Length of 'encoder' must be >= 1: 0"),
    ],
)
def test_value_out_of_bounds_is_one_line(given: dict[str, Any], message: str) -> None:
    with pytest.raises(ConfigError) as caught:
        load_settings(environment={}, **given)
    assert str(caught.value) == message


def test_value_of_another_type_is_one_line() -> None:
    with pytest.raises(ConfigError, match="^settings: 'citations' must be <class 'int'> "):
        load_settings(environment={}, citations="3")


def test_threshold_is_read_from_the_environment() -> None:
    environment = {"DUANCI_REFUSAL_THRESHOLD": "0.5"}
    assert load_settings(environment=environment).refusal_threshold == 0.5
    environment = {"DUANCI_REFUSAL_THRESHOLD": "half"}
    with pytest.raises(ConfigError, match="^settings: 'refusal_threshold' must be a number: half$"):
        load_settings(environment=environment)


def test_unknown_setting_is_refused() -> None:
    with pytest.raises(ConfigError, match="^settings: colour is unknown, expected one of data, "):
        load_settings(environment={}, colour="red")


def test_settings_are_frozen() -> None:
    with pytest.raises(FrozenInstanceError):
        Settings().data = Path("x")  # type: ignore[misc]
