"""What commands share: the options that name the desk, the configuration and the store, and how these are opened."""

import os
from collections.abc import Callable
from pathlib import Path
from typing import Any, TypeVar

import click

from monitor import app as composition
from monitor.app import App, Places
from monitor.config import load_config
from monitor.errors import ConfigError
from monitor.store import Store

Command = TypeVar("Command", bound=Callable[..., Any])

json_option = click.option("--json", "as_json", is_flag=True, help="Print one JSON document instead of text.")


def places_options(command: Command) -> Command:
    """--desk, --config and --store, handed to the command as one `where`."""

    def read(_context: click.Context, _parameter: click.Parameter, value: str | None) -> Path | None:
        return Path(value) if value else None

    for name, metavar, text in (
        ("--store", "PATH", "The SQLite file [default: store: of the configuration, else the state folder]."),
        ("--config", "FILE", "The configuration [default: wirewatch.yaml of the desk]."),
        ("--desk", "DIR", "The folder with feeds and rules [default: $WIREWATCH_DESK, rules, /etc/wirewatch]."),
    ):
        command = click.option(name, metavar=metavar, callback=read, help=text)(command)
    return command


def where(options: dict[str, Any]) -> Places:
    """The places that the options name."""
    return composition.places(
        desk=options["desk"], config=options["config"], store=options["store"], environment=os.environ
    )


def load(options: dict[str, Any]) -> App:
    """The checked app; raises ConfigError."""
    return composition.load(where(options))


def reading(options: dict[str, Any]) -> Store:
    """The store, for a listing: the rules may be broken meanwhile, the configuration only if it names the store."""
    found = where(options)
    config = None
    if found.store is None and found.config_file.exists():
        try:
            config = load_config(found.config_file)
        except ConfigError:
            if found.config is not None:
                raise
    return Store.read(composition.store_path(found, config, os.environ))
