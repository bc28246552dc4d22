"""The composition root: the one module that names every concrete class.

Knows where the desk, the configuration and the store are found, and how the parts are put together.
"""

import os
import ssl
import sys
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date, datetime
from functools import partial
from pathlib import Path
from typing import TextIO
from urllib.parse import urlsplit

from monitor import __version__
from monitor.aftermath import Aftermath, Watch
from monitor.articles import Articles, Page
from monitor.articles import fetch as fetch_page
from monitor.articles import missing as missing_extra
from monitor.config import Config, Mail, Polling, Receiver, Slack, check_names, load_config, secret_names
from monitor.core.alert import AlertPolicy
from monitor.core.article import DueArticle
from monitor.core.feed import Feed
from monitor.core.match import Matcher
from monitor.core.route import receivers_of
from monitor.core.rule import OutageRule
from monitor.daemon import Means
from monitor.errors import ConfigError, Problem
from monitor.feeds import opml
from monitor.feeds.article import is_available
from monitor.feeds.discover import Scout
from monitor.feeds.fetch import Fetcher, Limits
from monitor.feeds.guard import Guard
from monitor.feeds.opml import Keys
from monitor.feeds.reading import Reader
from monitor.feeds.robots import Robots
from monitor.feeds.worker import Worker
from monitor.notices import Notices
from monitor.notify import Notifier
from monitor.notify.slack import SlackBotNotifier, SlackWebhookNotifier
from monitor.notify.smtp import MailNotifier, Server
from monitor.notify.terminal import TerminalNotifier
from monitor.pipeline import Pipeline, Policy
from monitor.ruleset.desk import Desk, load_desk
from monitor.ruleset.testing import run_tests
from monitor.secret import SecretMissingError, Secrets, process_secrets
from monitor.store import Store

CONFIG_NAME = "wirewatch.yaml"
STORE_NAME = "wirewatch.db"


@dataclass(frozen=True, slots=True, kw_only=True)
class Places:
    """Where the desk, its configuration and the store are."""

    desk: Path
    config: Path | None
    store: Path | None

    @property
    def config_file(self) -> Path:
        """The configuration that was named, or the desk's."""
        return self.config or self.desk / CONFIG_NAME


@dataclass(frozen=True, kw_only=True)
class App:
    """A checked desk and configuration, ready to be put to work."""

    places: Places
    desk: Desk
    config: Config
    matcher: Matcher
    secrets: Secrets
    store_path: Path


def places(*, desk: Path | None, config: Path | None, store: Path | None, environment: Mapping[str, str]) -> Places:
    """The option, else WIREWATCH_DESK, else `rules` in the working folder, else /etc/wirewatch."""
    named = desk or (Path(environment["WIREWATCH_DESK"]) if environment.get("WIREWATCH_DESK") else None)
    usual = next((path for path in (Path("rules"), Path("/etc/wirewatch")) if path.is_dir()), Path("rules"))
    return Places(desk=named or usual, config=config, store=store)


def store_path(where: Places, config: Config | None, environment: Mapping[str, str]) -> Path:
    """The option, else the configuration, else systemd's state folder, else the user's."""
    if where.store is not None:
        return where.store
    if config is not None and config.store is not None:
        return config.store
    return _state_folder(environment) / STORE_NAME


def load(where: Places, *, lenient: bool = False) -> App:
    """The app; raises ConfigError with the problems of desk and configuration together.

    `lenient` is for the daemon: it watches by the rules that are in order, and says which are not.
    """
    problems: list[Problem] = []
    desk = config = None
    try:
        desk = load_desk(where.desk, lenient=lenient)
    except ConfigError as error:
        problems += error.problems
    try:
        config = _config(where)
    except ConfigError as error:
        problems += error.problems
    if desk is None or config is None:
        raise ConfigError(problems)
    # A route may name a rule that was left out.
    problems += [] if desk.left_out else _misnamed(desk, config)
    problems += _unheard(desk, config, where)
    if problems:
        raise ConfigError(problems)
    return App(
        places=where,
        desk=desk,
        config=config,
        matcher=Matcher(desk.ruleset),
        secrets=process_secrets(config.secrets),
        store_path=store_path(where, config, os.environ),
    )


def check(where: Places, today: date) -> tuple[App | None, list[Problem], int]:
    """Everything `check` says: the app, the problems and warnings, and how many rule tests ran."""
    try:
        app = load(where)
    except ConfigError as error:
        return None, list(error.problems), 0
    outcomes = list(run_tests(app.matcher, today))
    failed = [outcome.problem for outcome in outcomes if not outcome.passed]
    return app, [*failed, *shortcomings(app)], len(outcomes)


def shortcomings(app: App) -> list[Problem]:
    """What the daemon can start with all the same: warnings, and secrets that are not there yet."""
    missing = [*_missing_secrets(app), *_missing_extra(app), *_untold_blind_spots(app)]
    return [*app.desk.warnings, *app.desk.left_out, *missing]


def means(app: App, terminal: TextIO | None = None) -> Means:
    """What the daemon works with; terminal receivers write to standard output unless told otherwise."""
    context, worker, pages = ssl.create_default_context(), Worker(), Worker(children=1, pages=True)
    fetching = fetcher(app.config.polling, context)
    return Means(
        open_pipeline=partial(open_pipeline, app),
        feeds=app.desk.feeds,
        reader=Reader(worker.parse),
        close=partial(_close, worker, pages),
        fetcher=fetching,
        read_page=_page_reader(app.desk.feeds, fetching, pages),
        notifiers={
            name: notifier(app, receiver, context, terminal or sys.stdout)
            for name, receiver in app.config.receivers.items()
        },
        workers=app.config.polling.workers,
    )


def fetcher(polling: Polling, context: ssl.SSLContext) -> Fetcher:
    """What fetches feeds, and pages, under the settings for polling."""
    contact = f" (+{polling.contact})" if polling.contact else ""
    return Fetcher(
        user_agent=f"wirewatch/{__version__}{contact}",
        limits=Limits(timeout=polling.timeout, max_bytes=polling.max_bytes),
        context=context,
        guard=Guard(allow=polling.allow, ports=polling.ports),
        gap=polling.gap,
    )


@contextmanager
def scout(where: Places) -> Iterator[Scout]:
    """What looks at addresses before the desk takes them up; raises ConfigError with the configuration's problems."""
    with Worker() as worker:
        yield Scout(fetcher(_config(where).polling, ssl.create_default_context()), Reader(worker.parse))


def feeds_of(document: bytes) -> Sequence[Keys]:
    """The feeds of an OPML document or a list of addresses, by the keys of feeds.yaml; raises ParseError."""
    return opml.read(document)


def opml_of(feeds: Iterable[Feed]) -> bytes:
    """OPML of feeds, which `feeds_of` turns into the same feeds."""
    return opml.write(feeds)


def _page_reader(feeds: Mapping[str, Feed], own: Fetcher, pages: Worker) -> Callable[[DueArticle, datetime], Page]:
    """Reads article pages; only at the host of its own feed does an entry's link lead inside our walls."""
    strangers = own.for_strangers()
    robots = {True: Robots(own), False: Robots(strangers)}

    def read_page(due: DueArticle, now: datetime) -> Page:
        at_home = urlsplit(due.link).hostname == feeds[due.feed_id].host
        return fetch_page(own if at_home else strangers, robots[at_home], due, now, extract=pages.text)

    return read_page


def _close(*workers: Worker) -> None:
    for worker in workers:
        worker.close()


def open_pipeline(app: App, now: datetime) -> Pipeline:
    """The pipeline on the app's store, with the desk's feeds taken over."""
    store = Store.open(app.store_path)
    store.feeds.sync(app.desk.feeds.values(), now, app.config.polling.slowest * 1.1)
    return pipeline(app, store, app.desk.feeds, now)


def pipeline(app: App, store: Store, feeds: Mapping[str, Feed], now: datetime, *, recorded: bool = False) -> Pipeline:
    """The pipeline on an open store.

    In a `recorded` run everything rings, the first poll included, and nobody looks for blind spots: they would be the
    recorder's.
    """
    config, told = app.config, notices(app, store)
    watch = Watch(
        every=config.polling.every,
        fastest=config.polling.fastest,
        slowest=config.polling.slowest,
        budget=config.polling.budget,
        after=0 if recorded else config.blind_spots.after,
        rule=outage_rule(config),
    )
    return Pipeline(
        store=store,
        matcher=app.matcher,
        feeds=feeds,
        notices=told,
        aftermath=Aftermath(store, told, feeds, watch, now),
        articles=Articles(store, feeds=feeds, per_hour=config.polling.articles, available=is_available()),
        policy=Policy(
            baseline=config.polling.baseline,
            recorded=recorded,
            story_window=config.alerts.story_window,
            alerts=AlertPolicy(fold_within=config.alerts.fold_within),
            give_up_after=config.delivery.give_up_after,
        ),
        now=now,
    )


def outage_rule(config: Config) -> OutageRule:
    """The built-in rule that rings for blind spots, as the configuration has it."""
    return OutageRule(owner=config.blind_spots.owner, severity=config.blind_spots.severity)


def notices(app: App, store: Store) -> Notices:
    """What draws and queues notices."""
    wait = app.config.delivery.group_wait
    return Notices(store, targets=app.config.receivers, routes=app.config.routes, group_wait=wait)


def notifier(app: App, receiver: Receiver, context: ssl.SSLContext, terminal: TextIO) -> Notifier:
    """The notifier of a receiver; secrets are looked up when it sends."""
    timeout = app.config.delivery.timeout
    match receiver:
        case Slack(webhook_secret=name) if name:
            return SlackWebhookNotifier(partial(app.secrets.get, name), timeout=timeout, context=context)
        case Slack():
            token = partial(app.secrets.get, receiver.token_secret)
            return SlackBotNotifier(token, api_url=receiver.api_url, timeout=timeout, context=context)
        case Mail():
            return _mail_notifier(app, receiver, context)
        case _:
            return TerminalNotifier(terminal)


def _mail_notifier(app: App, mail: Mail, context: ssl.SSLContext) -> MailNotifier:
    server = Server(
        host=mail.host,
        port=mail.port,
        security=mail.security,
        username=mail.username,
        sender=mail.sender,
        timeout=app.config.delivery.timeout,
    )
    password = partial(app.secrets.get, mail.password_secret) if mail.password_secret else None
    return MailNotifier(server, password=password, context=context)


def _config(where: Places) -> Config:
    """Of the desk; raises ConfigError."""
    return load_config(where.config_file) if _wanted(where) else Config()


def _wanted(where: Places) -> bool:
    """A desk without a configuration alerts on the terminal; a configuration that was named must be there."""
    return where.config is not None or where.config_file.exists()


def _misnamed(desk: Desk, config: Config) -> list[Problem]:
    """Routes that name rules or owners the desk does not have."""
    rules, outage = desk.ruleset.rules, outage_rule(config)
    return check_names(config, {*rules, outage.id}, {*(rule.owner for rule in rules.values()), outage.owner})


def _unheard(desk: Desk, config: Config, where: Places) -> list[Problem]:
    """Rules whose alerts would reach nobody."""
    problems = []
    for rule in desk.ruleset.rules.values():
        if not receivers_of(rule, config.routes):
            what = f"alerts of rule {rule.id!r} ({rule.severity.label}) reach no receiver"
            message = f"{what}; add a route for it in {where.config_file}"
            problems.append(Problem(file=rule.file, line=rule.line, message=message))
    return problems


def _missing_extra(app: App) -> list[Problem]:
    message = missing_extra(app.desk.feeds.values(), available=is_available())
    return [Problem(file=str(app.places.desk / "feeds.yaml"), message=message)] if message else []


def _untold_blind_spots(app: App) -> list[Problem]:
    rule = outage_rule(app.config)
    if receivers_of(rule, app.config.routes):
        return []
    message = f"blind spots (rule {rule.id!r}, {rule.severity.label}) reach no receiver; add a route for them"
    return [Problem(file=str(app.places.config_file), message=message, warning=True)]


def _missing_secrets(app: App) -> list[Problem]:
    found = []
    for receiver in app.config.receivers.values():
        for name in secret_names(receiver):
            try:
                app.secrets.get(name)
            except SecretMissingError as error:
                message = f"receiver {receiver.name!r}: {error}"
                found.append(Problem(file=str(app.places.config_file), message=message))
    return found


def _state_folder(environment: Mapping[str, str]) -> Path:
    if environment.get("STATE_DIRECTORY"):
        return Path(environment["STATE_DIRECTORY"].split(":", maxsplit=1)[0])
    if environment.get("XDG_STATE_HOME"):
        return Path(environment["XDG_STATE_HOME"]) / "wirewatch"
    return Path(environment.get("HOME") or "/var/lib") / ".local/state/wirewatch"
