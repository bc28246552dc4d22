"""What commands share: the options that name the desk, the configuration and the store, and how these are opened."""

import os
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any, TypeVar

import click

from monitor import app as composition
from monitor.app import App, Places
from monitor.config import Config, store_named
from monitor.core.rule import Correlation, Rule
from monitor.errors import ConfigError, Problem
from monitor.store import Store

# SQLite's whole numbers have 18 digits, and some have 19.
_DIGITS = re.compile(r"[0-9]{1,18}")

Command = TypeVar("Command", bound=Callable[..., Any])

json_option = click.option("--json", "as_json", is_flag=True, help="Print one JSON document instead of text.")


def number(written: str) -> int:
    """The type of arguments that number an entry, a story, an alert or a delivery."""
    if not _DIGITS.fullmatch(written):
        raise click.BadParameter(f"{written!r} is no number as the listings show it")
    return int(written)


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


def load(options: dict[str, Any], *, lenient: bool = False) -> App:
    """The checked app; raises ConfigError. `lenient` leaves out rules with problems."""
    return composition.load(where(options), lenient=lenient)


def reading(options: dict[str, Any]) -> Store:
    """The store, for a listing: rules and configuration may be broken meanwhile, as long as its place is known."""
    found = where(options)
    config = None
    if found.store is None and (found.config is not None or found.config_file.exists()):
        config = Config(store=store_named(found.config_file))
    elif found.store is None and options["desk"] and not found.desk.is_dir():
        message = "there is no such folder; name the desk with --desk DIR"
        raise ConfigError([Problem(file=str(found.desk), message=message)])
    store = Store.read(composition.store_path(found, config, os.environ))
    click.get_current_context().call_on_close(store.close)
    return store


def named(app: App, name: str, hint: str = "RULE") -> Rule | Correlation:
    """A rule, or one on the developments of others, by its id, or by one that it had."""
    found = next((one for one in app.desk.ruleset.correlations.values() if name in one.names), None)
    return found or rule_called(app, name, hint)


def rule_called(app: App, name: str, hint: str = "RULE") -> Rule:
    """A rule by its id, or by one that it had."""
    known = app.desk.ruleset.by_any_name
    if name not in known:
        correlations = app.desk.ruleset.correlations
        if any(name in one.names for one in correlations.values()):
            message = f"rule {name!r} counts other rules and reads no text; name one of those"
            raise click.BadParameter(message, param_hint=hint)
        there = ", ".join(app.desk.ruleset.rules)
        raise click.BadParameter(f"no rule is called {name!r}; there are: {there}", param_hint=hint)
    return known[name]
