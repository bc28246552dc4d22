"""The composition root: it names every concrete class, but for those of receivers.

Knows where the desk, the configuration and the store are found, and how the parts are put together.
"""

import os
import ssl
import sys
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import date, datetime
from functools import partial
from pathlib import Path
from typing import Any, TextIO

from monitor import checks
from monitor.aftermath import Aftermath, Watch
from monitor.articles import Articles
from monitor.asking import Asking, asking_by, fetcher, manners, page_reader
from monitor.config import Alerting, Config, load_config
from monitor.config.schema import config_schema
from monitor.core.alert import AlertPolicy
from monitor.core.feed import Feed
from monitor.core.match import Matcher
from monitor.digests import Digests
from monitor.errors import ConfigError, Problem
from monitor.feeds import opml
from monitor.feeds.article import is_available
from monitor.feeds.discover import Scout
from monitor.feeds.opml import Keys
from monitor.feeds.reading import Reader
from monitor.feeds.worker import Worker
from monitor.notices import Notices
from monitor.overtime import OverTime, note_outage
from monitor.pipeline import Parts, Pipeline, Policy
from monitor.receivers import notifier
from monitor.reload import digest, stamp
from monitor.ruleset.desk import Desk, files_of, load_desk
from monitor.ruleset.guards import NEVER, unguarded
from monitor.ruleset.lint import expired, lint
from monitor.ruleset.schema import desk_schema
from monitor.ruleset.testing import run_tests, untested_guards
from monitor.secret import Secrets, process_secrets
from monitor.store import Store
from monitor.storyrun import Stage
from monitor.storytests import run_stories
from monitor.work import Means, Renewal, Source, Stamp

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

    @property
    def files(self) -> list[Path]:
        """Every file that is read for an app, the configuration whether it is there or not."""
        return sorted({*files_of(self.desk), self.config_file})


@dataclass(frozen=True, kw_only=True)
class App:
    """A checked desk and configuration, ready to be put to work; `stamp` is of their files, before they were read."""

    places: Places
    desk: Desk
    config: Config
    matcher: Matcher
    secrets: Secrets
    store_path: Path
    stamp: Stamp


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
    before = stamp(where.files)
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
    problems += checks.disagreements(desk, config, where.config_file)
    if problems:
        raise ConfigError(problems)
    return App(
        places=where,
        desk=desk,
        config=config,
        matcher=Matcher(desk.ruleset),
        secrets=process_secrets(config.secrets),
        store_path=store_path(where, config, os.environ),
        stamp=before,
    )


def check(where: Places, today: date) -> tuple[App | None, list[Problem], int]:
    """Everything `check` says: the app, the problems and warnings, and how many rule tests ran."""
    try:
        app = load(where)
    except ConfigError as error:
        return None, list(error.problems), 0
    bare = Matcher(unguarded(app.desk.ruleset))
    outcomes = list(run_tests(app.matcher, today))
    told = list(run_stories(stage(app), app.matcher, off=bare))
    failed = [one.problem for one in outcomes if not one.passed]
    failed += [warning for one in outcomes for warning in one.warnings]
    failed += [problem for one in told for problem in (*one.problems, *one.warnings)]
    guarded = {one.rule.id for one in told if one.guarded}
    odd = [*lint(app.desk, where.desk, today), *untested_guards(app.desk.ruleset, bare, today, guarded)]
    return app, [*failed, *odd, *_lacking(app)], len(outcomes) + len(told)


def schema(where: Places, kind: str) -> dict[str, Any]:
    """JSON Schema of the configuration, or of a kind of file of the desk; raises ConfigError where it has no names."""
    if kind == "config":
        return config_schema()
    desk = load_desk(where.desk, lenient=True)
    return desk_schema(kind, desk.ruleset.vocabulary, desk.exclusions)


def shortcomings(app: App, today: date) -> list[Problem]:
    """What the daemon can start with all the same: warnings, rules whose day has passed, secrets not there yet."""
    return [*_lacking(app), *expired(app.desk.ruleset.every, today)]


def _lacking(app: App) -> list[Problem]:
    where = app.places
    lacking = checks.lacking(
        app.desk, app.config, app.secrets, feeds_file=where.desk / "feeds.yaml", file=where.config_file
    )
    return [*app.desk.warnings, *app.desk.left_out, *lacking]


@dataclass(frozen=True, kw_only=True)
class _Plant:
    """What a run keeps when its files are loaded anew."""

    context: ssl.SSLContext
    worker: Worker
    pages: Worker
    terminal: TextIO
    workers: int


def means(app: App, terminal: TextIO | None = None) -> Means:
    """What the daemon works with; terminal receivers write to standard output unless told otherwise."""
    plant = _Plant(
        context=ssl.create_default_context(),
        worker=Worker(),
        pages=Worker(children=1, pages=True),
        terminal=terminal or sys.stdout,
        workers=app.config.polling.workers,
    )
    asking = asking_by(app.config.polling, plant.context)
    return _means(app, plant, asking, _source(app, plant, asking))


def _means(app: App, plant: _Plant, asking: Asking, source: Source) -> Means:
    return Means(
        open_pipeline=partial(open_pipeline, app),
        feeds=app.desk.feeds,
        reader=Reader(plant.worker.parse),
        close=partial(_close, plant.worker, plant.pages),
        fetcher=asking.own,
        read_page=page_reader(app.desk.feeds, asking, plant.pages),
        notifiers={
            name: notifier(receiver, app.config.delivery.timeout, app.secrets, plant.context, plant.terminal)
            for name, receiver in app.config.receivers.items()
        },
        workers=plant.workers,
        source=source,
    )


def _source(app: App, plant: _Plant, asking: Asking) -> Source:
    where = app.places
    return Source(
        stamp=app.stamp,
        digest=digest(where.desk, where.files),
        rules=len(app.desk.ruleset.every),
        left_out=app.desk.left_out,
        stamp_now=lambda: stamp(where.files),
        digest_now=lambda: digest(where.desk, where.files),
        renew=partial(_renewal, app, plant, asking),
    )


def _renewal(app: App, plant: _Plant, asking: Asking, today: date) -> Renewal:
    """What the files of a running app say now; raises ConfigError."""
    new = load(app.places)
    if str(app.places.config_file) in _there(app.stamp) - _there(new.stamp):
        # Without it alerts would go to the terminal, which is what a desk that never had one wants.
        message = "the configuration is gone; put it back, or restart to go without"
        raise ConfigError([Problem(file=str(app.places.config_file), message=message)])
    differing = {
        "store": new.store_path != app.store_path,
        "polling.workers": new.config.polling.workers != plant.workers,
    }
    new = replace(new, store_path=app.store_path)
    if manners(new.config.polling) != manners(app.config.polling):
        asking = asking_by(new.config.polling, plant.context)
    source = _source(new, plant, asking)
    return Renewal(
        means=_means(new, plant, asking, source),
        source=source,
        parts=partial(_taken_over, new),
        warnings=tuple(shortcomings(new, today)),
        restart=tuple(name for name, differs in differing.items() if differs),
    )


def _there(stamp_: Stamp) -> set[str]:
    return {name for name, found in stamp_.items() if found is not None}


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


def _close(*workers: Worker) -> None:
    for worker in workers:
        worker.close()


def open_pipeline(app: App, now: datetime) -> Pipeline:
    """The pipeline on the app's store, with the desk's feeds taken over."""
    store = Store.open(app.store_path)
    note_outage(store, now, app.config.polling.slowest)
    return Pipeline(store=store, parts=_taken_over(app, store, now), now=now)


def _taken_over(app: App, store: Store, now: datetime) -> Parts:
    """The desk at work on a store that has its feeds."""
    store.feeds.sync(app.desk.feeds.values(), now, app.config.polling.slowest * 1.1)
    return _parts(app, store, app.desk.feeds, now)


def pipeline(app: App, store: Store, feeds: Mapping[str, Feed], now: datetime, *, recorded: bool = False) -> Pipeline:
    """The pipeline on an open store.

    In a `recorded` run everything rings, the first poll included, and nobody looks for blind spots: they would be the
    recorder's.
    """
    return Pipeline(store=store, parts=_parts(app, store, feeds, now, recorded=recorded), now=now)


def stage(app: App) -> Stage:
    """Where stories are run: the whole pipeline on a store of their own, with some of the rules and other feeds.

    Where nothing folds, each report is a development of its own.
    """

    def staged(
        matcher: Matcher, store: Store, feeds: Mapping[str, Feed], now: datetime, *, folding: bool = True
    ) -> Pipeline:
        alerts = app.config.alerts if folding else Alerting(story_window=NEVER, fold_within=NEVER)
        part = replace(app, matcher=matcher, desk=replace(app.desk, ruleset=matcher.ruleset))
        return pipeline(replace(part, config=replace(app.config, alerts=alerts)), store, feeds, now, recorded=True)

    return Stage(build=staged, desk=app.desk.feeds)


def _parts(app: App, store: Store, feeds: Mapping[str, Feed], now: datetime, *, recorded: bool = False) -> Parts:
    config, told = app.config, notices(app, store)
    watch = Watch(
        every=config.polling.every,
        fastest=config.polling.fastest,
        slowest=config.polling.slowest,
        budget=config.polling.budget,
        after=0 if recorded else config.blind_spots.after,
        rule=checks.outage_rule(app.desk, config),
    )
    return Parts(
        matcher=app.matcher,
        feeds=feeds,
        notices=told,
        aftermath=Aftermath(store, told, feeds, watch, now),
        digests=digests(app, store),
        over_time=OverTime(store, app.matcher, feeds, told, now, recorded=recorded),
        articles=Articles(store, feeds=feeds, per_hour=config.polling.articles, available=is_available()),
        policy=Policy(
            baseline=config.polling.baseline,
            recorded=recorded,
            story_window=config.alerts.story_window,
            alerts=AlertPolicy(fold_within=config.alerts.fold_within),
            give_up_after=config.delivery.give_up_after,
        ),
    )


def notices(app: App, store: Store) -> Notices:
    """What draws and queues notices."""
    wait = app.config.delivery.group_wait
    return Notices(store, targets=app.config.receivers, routes=app.config.routes, group_wait=wait)


def digests(app: App, store: Store) -> Digests:
    """What draws and queues digests."""
    config = app.config
    return Digests(
        store,
        targets=config.receivers,
        routes=config.routes,
        receivers=config.digest.receivers,
        timetable=config.digest.timetable,
    )


def _config(where: Places) -> Config:
    """Of the desk; raises ConfigError."""
    return load_config(where.config_file) if _wanted(where) else Config()


def _wanted(where: Places) -> bool:
    """A desk without a configuration alerts on the terminal; a configuration that was named must be there."""
    return where.config is not None or where.config_file.exists()


def _state_folder(environment: Mapping[str, str]) -> Path:
    if environment.get("STATE_DIRECTORY"):
        return Path(environment["STATE_DIRECTORY"].split(":", maxsplit=1)[0])
    if environment.get("XDG_STATE_HOME"):
        return Path(environment["XDG_STATE_HOME"]) / "wirewatch"
    return Path(environment.get("HOME") or "/var/lib") / ".local/state/wirewatch"
