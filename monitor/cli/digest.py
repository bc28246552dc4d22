"""Commands on the digest: what waits in it, and sending it now."""

from collections.abc import Sequence
from dataclasses import asdict
from typing import Any

import click

from monitor import app as composition
from monitor.app import App
from monitor.cli import output
from monitor.cli.options import json_option, load, number, places_options, reading
from monitor.core import delivery
from monitor.core.digest import DigestLine
from monitor.core.render import link, utc
from monitor.daemon import clock
from monitor.digests import waiting
from monitor.pipeline import LEASE, hand_over
from monitor.store import Store


@click.group()
def digest() -> None:
    """The digest: reports worth a line and no alert."""


@digest.command("show")
@click.argument("digest_id", metavar="[DIGEST]", type=number, required=False)
@places_options
@json_option
def show_digest(digest_id: int | None, as_json: bool, **options: Any) -> None:
    """What waits for the digest, or what one told.

    With the time at which it goes out.

    \b
    wirewatch digest show
    wirewatch digest show 41 --json
    """
    store = reading(options)
    if digest_id is not None:
        _print_told(store, digest_id, as_json=as_json)
        return
    app, now = load(options, lenient=True), clock()
    lines = waiting(store, app.desk.ruleset.rules.values(), now)
    next_at = composition.digests(app, store).next_at(now)
    if as_json:
        output.as_json({"next_at": next_at, "lines": [asdict(one) for one in lines]})
        return
    click.echo(f"the next digest goes out {utc(next_at)}")
    _print_lines(lines, empty="nothing waits for it")


@digest.command("send")
@places_options
def send_digest(**options: Any) -> None:
    """Send what waits for the digest now, and not at its time.

    Exits with 1 where it could not be handed over; it stays queued then.

    \b
    wirewatch digest send
    """
    app = load(options, lenient=True)
    Store.read(app.store_path).close()  # Opening it for writing would make one where there is none.
    store = Store.open(app.store_path)
    notice_id = composition.digests(app, store).tell(app.desk.ruleset.rules, clock())
    if notice_id is None:
        click.echo("nothing waits for the digest")
        return
    rows = _handed_over(app, store, notice_id)
    store.close()
    raise SystemExit(0 if output.deliveries(rows, retried=True) else 1)


def _handed_over(app: App, store: Store, notice_id: int) -> list[dict[str, Any]]:
    """Try each delivery once, unless a running daemon was quicker; the deliveries as they are then."""
    notifiers, lifetime = composition.means(app).notifiers, app.config.delivery.give_up_after
    while batch := store.outbox.lease_due(clock(), LEASE, receivers=notifiers, notice_id=notice_id):
        for due in batch:
            failure = hand_over(notifiers[due.receiver], due)
            store.outbox.settle(due.id, delivery.settle(due, failure, clock(), lifetime), clock())
    return store.outbox.of_notice(notice_id)


def _print_told(store: Store, digest_id: int, *, as_json: bool) -> None:
    lines = store.digests.of(digest_id)
    if lines is None:
        output.fail(f"there is no digest {digest_id}")
        raise SystemExit(1)
    if as_json:
        output.as_json([asdict(one) for one in lines])
        return
    _print_lines(lines, empty="no lines")


def _print_lines(lines: Sequence[DigestLine], *, empty: str) -> None:
    rows = [_row(one) for one in sorted(lines, key=lambda one: (one.rule_id, one.at))]
    columns = {"entry_id": "ENTRY", "at": "AT", "rule_id": "RULE", "said": "SAID", "outlets": "OUTLETS",
               "title": "TITLE", "link": "LINK"}  # fmt: skip
    output.table(rows, columns, empty=empty)


def _row(one: DigestLine) -> dict[str, Any]:
    at, outlets = output.when(one.at.isoformat()), ", ".join(one.outlets)
    return {**asdict(one), "at": at, "outlets": outlets, "link": link(one.link)}
