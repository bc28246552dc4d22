"""Commands that work: run, once, send-test, replay."""

import signal
import sys
import tempfile
import time
from contextlib import ExitStack
from dataclasses import asdict
from datetime import timedelta
from pathlib import Path
from typing import Any

import click

from monitor import app as composition
from monitor import log
from monitor import replay as recordings
from monitor.app import App
from monitor.cli import output
from monitor.cli.options import json_option, load, places_options
from monitor.core import delivery
from monitor.core.delivery import OPEN_STATES, Settlement, State
from monitor.daemon import Daemon, clock, run_once
from monitor.errors import StoreError
from monitor.pipeline import LEASE, hand_over
from monitor.store import Store, sole_daemon

_VERBOSE = click.option("-v", "--verbose", is_flag=True, help="Log more.")
_DRILL_SECONDS = 60


@click.command()
@places_options
@_VERBOSE
def run(verbose: bool, **options: Any) -> None:
    """The daemon: poll, match and alert until it is stopped.

    It takes up changed rules, feeds and receivers while it runs, at once on SIGHUP.

    \b
    wirewatch run
    wirewatch run --desk /etc/wirewatch --store /var/lib/wirewatch/wirewatch.db
    """
    # Who asks for a reload of what is only being loaded must not end it.
    signal.signal(signal.SIGHUP, signal.SIG_IGN)
    app = load(options, lenient=True)
    log.configure(verbose=verbose)
    with sole_daemon(app.store_path):
        _greet(app)
        Daemon(composition.means(app)).run()


@click.command()
@places_options
@_VERBOSE
@click.option("--all", "everything", is_flag=True, help="Poll every feed, due or not.")
@json_option
def once(verbose: bool, everything: bool, as_json: bool, **options: Any) -> None:
    """Poll what is due once, alert, stop.

    For cron, and for trying out. Exits with 1 where a notice could not be handed over (it stays queued), or no feed
    at all could be read.

    \b
    wirewatch once
    wirewatch once --all --json
    """
    app = load(options, lenient=True)
    log.configure(verbose=verbose)
    with sole_daemon(app.store_path):
        _warn(app)
        # Standard output belongs to the JSON document then.
        means = composition.means(app, sys.stderr if as_json else sys.stdout)
        totals = run_once(means, everything=everything)
    if as_json:
        output.as_json(asdict(totals))
    else:
        click.echo(
            f"polled {totals.polls} feeds ({totals.failed} failed): {totals.new} new entries, {totals.alerts} alerts; "
            f"{totals.sent} notices sent, {totals.unsent} not sent, {totals.waiting} wait"
        )
    blind = totals.polls > 0 and totals.failed == totals.polls
    raise SystemExit(1 if totals.unsent or totals.waiting or blind else 0)


@click.command("send-test")
@click.argument("receiver")
@places_options
def send_test(receiver: str, **options: Any) -> None:
    """Send a marked test notice through the real path.

    It is queued, rendered, handed over and settled as any other.

    \b
    wirewatch send-test syria-desk
    """
    app = load(options, lenient=True)
    target = app.config.receivers.get(receiver)
    if target is None:
        known = ", ".join(app.config.receivers)
        raise click.BadParameter(f"no receiver is called {receiver!r}; there are: {known}", param_hint="RECEIVER")
    store = Store.open(app.store_path)
    notice_id = composition.notices(app, store).drill(target, clock())
    rows = _sent_test(app, store, receiver, notice_id)
    store.close()
    raise SystemExit(0 if output.deliveries(rows, retried=False) else 1)


@click.command()
@click.argument("files", nargs=-1, required=True, type=click.Path(exists=True, dir_okay=False, path_type=Path))
@places_options
@json_option
def replay(files: tuple[Path, ...], as_json: bool, **options: Any) -> None:
    """Run recorded polls through the whole pipeline.

    On the recording's clock; nothing is sent. --store keeps the store, for why and the listings. One file a feed; its
    name is the feed's id: of a feed of the desk, whose country, tier and language count then, or any other.

    A line is a poll, in the order of time: "t" when, "n" how many entries the feed had, "add" those that are new, "upd"
    those that changed, each [id, link, title, date, summary]. What the first poll shows rings like any other.

    \b
    {"t": "2024-08-23T13:00:00Z", "n": 0, "add": []}
    {"t": "2024-08-23T13:20:00Z", "n": 1, "add": [["1", "https://a.example/1", "A title", "2024-08-23T13:10Z", null]]}

    \b
    wirewatch replay history/ft-home.jsonl.gz history/economist.jsonl.gz --json
    """
    app = load({**options, "store": None})
    kept: Path | None = options["store"]
    if kept is not None and kept.exists():
        raise StoreError(f"store {kept}: it exists; a replay begins with a fresh one, name another")
    with ExitStack() as stack:
        folder = stack.enter_context(tempfile.TemporaryDirectory(prefix="wirewatch-"))
        totals = _replayed(app, list(files), kept or Path(folder) / "replay.db")
    if as_json:
        output.as_json(totals)
    else:
        click.echo("  ".join(f"{name} {value}" for name, value in totals.items()))
        click.echo(f"{totals['entries'] / max(totals['seconds'], 0.001):,.0f} entries/s")


def _replayed(app: App, files: list[Path], path: Path) -> dict[str, Any]:
    start = time.monotonic()
    first = min((poll.at for file in files for poll in _first(file)), default=clock())
    feeds = {feed.id: feed for feed in (recordings.feed_of(file, app.desk.feeds) for file in files)}
    store = Store.open(path, durable=False)
    store.feeds.sync(feeds.values(), first)
    pipeline = composition.pipeline(app, store, feeds, first, recorded=True)
    (polls, odd), hidden = recordings.survey(files), not sys.stderr.isatty()
    output.problems(odd)
    with click.progressbar(length=polls, label="replaying", file=sys.stderr, hidden=hidden) as bar:
        totals = recordings.replay(pipeline, files, bar.update)
    store.close()
    return {**totals, "seconds": round(time.monotonic() - start, 3)}


def _first(file: Path) -> list[recordings.Recorded]:
    return [poll for _, poll in zip(range(1), recordings.recording(file), strict=False)]


def _sent_test(app: App, store: Store, receiver: str, notice_id: int) -> list[dict[str, Any]]:
    """Send it here, unless a running daemon was quicker; the deliveries as they ended."""
    sender = composition.means(app).notifiers[receiver]
    until = time.monotonic() + _DRILL_SECONDS
    while time.monotonic() < until:
        for due in store.outbox.lease_due(clock(), LEASE, receivers=[receiver], notice_id=notice_id):
            # A drill is tried once: nobody wants a test message in three hours.
            failure = hand_over(sender, due)
            outcome = delivery.settle(due, failure, clock(), timedelta())
            if failure is not None:
                outcome = Settlement(state=State.FAILED, error=failure.message)
            store.outbox.settle(due.id, outcome, clock())
        rows = store.outbox.of_notice(notice_id)
        if not any(row["state"] in OPEN_STATES and not row["error"] for row in rows):
            break
        time.sleep(0.2)
    return store.outbox.of_notice(notice_id)


def _greet(app: App) -> None:
    rules, feeds = len(app.desk.ruleset.every), len(app.desk.feeds)
    receivers = ", ".join(app.config.receivers)
    click.echo(f"watching {feeds} feeds with {rules} rules; alerts go to {receivers}; store {app.store_path}", err=True)
    _warn(app)


def _warn(app: App) -> None:
    """What does not keep it from working, and should be mended: rules whose day has passed, too."""
    output.problems(composition.shortcomings(app, clock().date()))
