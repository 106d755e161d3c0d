"""Validated settings. Passed as an argument, never global."""

import os
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from platformdirs import user_cache_path
from pydantic import BaseModel, ConfigDict, Field, ValidationError

from duanci.errors import ConfigError

DEFAULT_ENCODER = "multilingual-e5-small"

_ENVIRONMENT = {
    "data": "DUANCI_DATA",
    "index": "DUANCI_INDEX",
    "encoder": "DUANCI_ENCODER",
    "cache": "DUANCI_CACHE",
    "refusal_threshold": "DUANCI_REFUSAL_THRESHOLD",
}


class Settings(BaseModel):
    """What a run of duanci needs to know.

    `data` and `index` are the two directories, `encoder` the default's name, a folder or a hub
    name of a sentence-transformers model, `cache` where the default's weights are unpacked.
    `kept_builds` is how many builds are kept beside the one in force.
    `citations` bounds how many paragraphs an answer cites; an answer less sure than
    `refusal_threshold` is refused.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    data: Path = Path("data")
    index: Path = Path("index")
    encoder: str = Field(default=DEFAULT_ENCODER, min_length=1)
    cache: Path = Field(default_factory=lambda: user_cache_path("duanci"))
    kept_builds: int = Field(default=2, ge=0, le=100)
    citations: int = Field(default=3, ge=1, le=20)
    refusal_threshold: float = Field(default=0.18, ge=0.0, le=1.0)


def load_settings(environment: Mapping[str, str] | None = None, **given: Any) -> Settings:
    """Make settings from what was given, then the environment, then the defaults.

    :param environment: variables by name; those of the process if None.
    :param given: fields of `Settings`; one that is None counts as not given.
    :raises ConfigError: a value is out of its bounds.
    """
    variables = os.environ if environment is None else environment
    values: dict[str, Any] = {
        field: variables[name] for field, name in _ENVIRONMENT.items() if variables.get(name)
    }
    values |= {field: value for field, value in given.items() if value is not None}
    try:
        return Settings(**values)
    except ValidationError as exc:
        first = exc.errors()[0]
        name = ".".join(map(str, first["loc"]))
        raise ConfigError(f"setting {name} is {first['input']!r}: {first['msg']}") from exc
