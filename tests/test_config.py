from pathlib import Path

import pytest

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


def test_value_out_of_bounds_is_one_line() -> None:
    with pytest.raises(ConfigError, match="^setting citations is 0: .*greater than or equal to 1$"):
        load_settings(environment={}, citations=0)


def test_unknown_setting_is_refused() -> None:
    with pytest.raises(ConfigError, match="^setting colour is 'red': Extra inputs"):
        load_settings(environment={}, colour="red")


def test_settings_are_frozen() -> None:
    with pytest.raises(ValueError, match="frozen"):
        Settings().data = Path("x")  # type: ignore[misc]
