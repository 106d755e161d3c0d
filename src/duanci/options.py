"""The options that every command of the command line has."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import click

from duanci.config import DEFAULT_ENCODER, Settings, load_settings

Command = Callable[..., Any]


def common_options(command: Command) -> Command:
    """Add the options that name directories and encoder."""
    for option in (
        click.option(
            "--encoder", metavar="NAME_OR_FOLDER", help=f"Encoder (default {DEFAULT_ENCODER})."
        ),
        click.option("--index", "index_", type=click.Path(path_type=Path), help="Index directory."),
        click.option("--data", type=click.Path(path_type=Path), help="Directory of the reports."),
    ):
        command = option(command)
    return command


def settings_of(refusal_threshold: float | None = None, **given: Any) -> Settings:
    """Make settings from the options of a command, or else of the command line before it."""
    outer = click.get_current_context().find_root().params
    names = {"data": "data", "index": "index_", "encoder": "encoder"}
    common = {name: given.get(key) or outer.get(key) for name, key in names.items()}
    return load_settings(None, refusal_threshold=refusal_threshold, **common)
