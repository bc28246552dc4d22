"""Commands that look into the store: status, stories, alerts, deliveries."""

from dataclasses import asdict
from datetime import datetime, timedelta
from typing import Any

import click

from monitor.cli import explaining, output
from monitor.cli.options import json_option, load, number, places_options, reading
from monitor.core import cadence
from monitor.core.delivery import State
from monitor.core.feed import HITS_TO_MOVE
from monitor.core.figures import shown
from monitor.core.numbers import called
from monitor.core.render import plain
from monitor.daemon import clock
from monitor.frequencies import warming_up
from monitor.reload import Result, Standing, standing
from monitor.store import Store

_LIMIT = click.option(
    "--limit", type=click.IntRange(1, 100_000), default=50, show_default=True, help="At most so many."
)


@click.command()
@places_options
@json_option
def status(as_json: bool, **options: Any) -> None:
    """How it is doing: feeds, lag, alerts, outbox, blind spots.

    \b
    wirewatch status
    wirewatch status --json
    """
    store = reading(options)
    found = _status(store, clock())
    if as_json:
        output.as_json(found)
        return
    feeds, deliveries = found["feeds"], found["deliveries"]
    click.echo(f"daemon      {'running' if found['polling'] else 'not running'}")
    _print_ruleset(standing(store))
    stopped = f", {feeds['stopped']} ended by their publishers" if feeds["stopped"] else ""
    click.echo(f"feeds       {feeds['ok']} ok, {feeds['failing']} failing, {feeds['new']} not polled yet{stopped}")
    last = output.when(found["last_poll_at"]) if found["last_poll_at"] else "never"
    lag = cadence.said(timedelta(seconds=found["lag_seconds"]))
    click.echo(f"last poll   {last}, behind by {lag}")
    click.echo(f"stored      {found['entries']} entries in {found['stories']} stories")
    click.echo(f"alerts      {found['alerts_open']} open, {found['alerts']} in all")
    outbox = ", ".join(f"{count} {state}" for state, count in deliveries.items()) or "empty"
    click.echo(f"outbox      {outbox}")
    waiting = found["digest_waiting"]
    click.echo(f"digest      {output.count(waiting, 'line') + (' waits' if waiting == 1 else ' wait')}")
    for blind in found["blind_spots"]:
        since = output.when(blind["opened_at"])
        click.echo(
            f"blind spot  {plain(blind['title'])}, since {since} (alert {blind['id']}): {plain(blind['detail'])}"
        )
    for missed in found["absences"]:
        since = output.when(missed["opened_at"])
        what = plain(f"{missed['rule_id']}: {missed['title']}")
        click.echo(f"absent      {what}, told {since} (alert {missed['id']}): {plain(missed['detail'])}")
    for one in found["warming"]:
        click.echo(f"warming up  {one['rule']}: no spike before {output.when(one['until'])} UTC")
    for feed in found["moved"]:
        click.echo(f"moved       {feed['id']} is asked at {plain(feed['moved_to'])} now; give feeds.yaml that address")


@click.group()
def stories() -> None:
    """Stories: entries that report one event, with reprints."""


@stories.command("list")
@_LIMIT
@places_options
@json_option
def list_stories(limit: int, as_json: bool, **options: Any) -> None:
    """The newest stories."""
    rows = reading(options).stories.all(limit)
    if as_json:
        output.as_json(rows)
        return
    columns = {"id": "STORY", "entries": "ENTRIES", "outlets": "OUTLETS", "last_entry_at": "LAST", "title": "TITLE"}
    output.table(rows, columns, empty="no stories yet")


@stories.command("show")
@click.argument("story_id", metavar="STORY", type=number)
@places_options
@json_option
def show_story(story_id: int, as_json: bool, **options: Any) -> None:
    """A story's entries in order, and why each joined."""
    story = reading(options).stories.get(story_id)
    if story is None:
        output.fail(f"there is no story {story_id}")
        raise SystemExit(1)
    if as_json:
        output.as_json(story)
        return
    click.echo(f"story {story['id']}, {output.when(story['opened_at'])}: {plain(story['title'])}")
    columns = {"id": "ENTRY", "outlet": "OUTLET", "language": "LANG", "score": "SCORE", "reason": "WHY",
               "near_entry_id": "LIKE", "veto": "VETO", "title": "TITLE"}  # fmt: skip
    output.table(story["entries"], columns, empty="no entries")


@click.group()
def alerts() -> None:
    """Alerts: one per rule and development."""


@alerts.command("list")
@_LIMIT
@places_options
@json_option
def list_alerts(limit: int, as_json: bool, **options: Any) -> None:
    """The newest alerts."""
    store = reading(options)
    rows = store.alerts.all(limit)
    if as_json:
        output.as_json([{**row, "updates": store.updates.of(row["id"])} for row in rows])
        return
    columns = {"id": "ALERT", "severity": "SEVERITY", "label": "LABEL", "state": "STATE", "opened_at": "OPENED",
               "rule_id": "RULE", "reports": "REPORTS", "title": "TITLE"}  # fmt: skip
    output.table(rows, columns, empty="no alerts yet")


@alerts.command("show")
@click.argument("alert_id", metavar="ALERT", type=number)
@places_options
@json_option
def show_alert(alert_id: int, as_json: bool, **options: Any) -> None:
    """An alert with its reports, and how its notices fared."""
    store = reading(options)
    alert = store.alerts.get(alert_id)
    if alert is None:
        output.fail(f"there is no alert {alert_id}")
        raise SystemExit(1)
    matches, notices = explaining.unpacked(store.alerts.matches_of_alert(alert_id)), store.outbox.of_alert(alert_id)
    matches, updates = [{**one, "said": explaining.said_of(one)} for one in matches], store.updates.of(alert_id)
    if as_json:
        told = [{**notice, "deliveries": explaining.unpacked(notice["deliveries"])} for notice in notices]
        output.as_json({**alert, "updates": updates, "matches": matches, "notices": told,
                        "figures": store.figures.of_alert(alert_id)})  # fmt: skip
        return
    click.echo(f"alert {alert_id} [{alert['severity']}] {alert['state']}, opened {output.when(alert['opened_at'])}")
    click.echo(f"rule {alert['rule_id']}: {plain(alert['rule_title'])}; owner {plain(alert['owner'])}")
    if alert["label"]:
        click.echo(f"label {plain(alert['label'])}")
    for one in updates:
        graver = f", {one['severity']} from then on" if one["severity"] else ""
        click.echo(f"{output.when(one['at'])} {one['kind']} {plain(one['name'])}: {plain(one['detail'])}{graver}")
    if alert["blind_spot"]:
        over = f", over since {output.when(alert['closed_at'])}" if alert["closed_at"] else ""
        click.echo(f"{plain(alert['title'])}: {plain(alert['detail'])}{over}")
    elif alert["detail"]:
        click.echo(plain(alert["detail"]))
    columns = {"entry_id": "ENTRY", "revision": "REV", "outcome": "OUTCOME", "said": "SAID", "reason": "WHY",
               "outlet": "OUTLET", "title": "TITLE"}  # fmt: skip
    if matches or not alert["blind_spot"]:
        output.table(matches, columns, empty="no matches")
    _print_figures(store, alert_id)
    rows = [{**delivery, "notice": notice["kind"]} for notice in notices for delivery in notice["deliveries"]]
    _print_deliveries(rows)


def _print_figures(store: Store, alert_id: int) -> None:
    figures = store.figures.of_alert(alert_id)
    for one in figures:
        one["count"] = called(one["name"], one["series"])
        one["figure"] = shown(one["low"], one["high"], one["qualifier"])
    columns = {"count": "COUNT", "figure": "FIGURE", "outlet": "OUTLET", "at": "AT", "verdict": "VERDICT",
               "reason": "WHY"}  # fmt: skip
    if figures:
        output.table(figures, columns, empty="no figures")


@click.group()
def deliveries() -> None:
    """The outbox: one delivery for each notice and recipient."""


@deliveries.command("list")
@click.option("--state", type=click.Choice([state.value for state in State]), help="Only those in this state.")
@_LIMIT
@places_options
@json_option
def list_deliveries(state: str | None, limit: int, as_json: bool, **options: Any) -> None:
    """The newest deliveries."""
    rows = reading(options).outbox.all(limit, state or "")
    if as_json:
        output.as_json(rows)
        return
    _print_deliveries(rows)


@deliveries.command()
@click.argument("delivery_id", metavar="DELIVERY", type=number)
@places_options
def retry(delivery_id: int, **options: Any) -> None:
    """Have a failed or waiting delivery tried again now.

    The daemon tries it, or the next once.
    """
    path = load(options, lenient=True).store_path
    Store.read(path).close()  # Opening it for writing would make one where there is none.
    store = Store.open(path)
    if not store.outbox.retry(delivery_id, clock()):
        output.fail(f"there is no failed or waiting delivery {delivery_id}")
        raise SystemExit(1)
    click.echo(f"delivery {delivery_id} is due now")


def _print_deliveries(rows: list[dict[str, Any]]) -> None:
    columns = {"id": "DELIVERY", "receiver": "RECEIVER", "recipient": "RECIPIENT", "state": "STATE",
               "attempts": "TRIES", "queued_at": "QUEUED", "due_at": "DUE", "error": "ERROR"}  # fmt: skip
    output.table(rows, columns, empty="no deliveries")


def _status(store: Store, now: datetime) -> dict[str, Any]:
    rows = store.feeds.all()
    overdue = store.feeds.overdue(now)
    lag = now - datetime.fromisoformat(overdue[0]["next_due_at"]) if overdue else timedelta()
    stopped = [row for row in rows if row["stopped_at"]]
    failing = [row for row in rows if row["failures"] and not row["stopped_at"]]
    new = [row for row in rows if not row["polls"]]
    return {
        "polling": store.polled,
        "ruleset": _ruleset(standing(store)),
        "feeds": {
            "total": len(rows),
            "ok": len(rows) - len(failing) - len(new) - len(stopped),
            "failing": len(failing),
            "new": len(new),
            "stopped": len(stopped),
        },
        "last_poll_at": max((row["last_poll_at"] for row in rows if row["last_poll_at"]), default=None),
        "lag_seconds": int(lag.total_seconds()),
        "entries": store.entries.count(),
        "stories": store.stories.count(),
        "alerts": store.alerts.counts()["alerts"],
        "alerts_open": store.alerts.open_alerts(),
        "digest_waiting": store.digests.count(),
        "deliveries": store.outbox.depth(),
        "blind_spots": store.alerts.blind_spots(),
        "absences": store.alerts.absences(),
        "warming": [{"rule": rule, "until": until} for rule, until in sorted(warming_up(store, now).items())],
        "moved": [{"id": row["id"], "moved_to": row["moved_to"]} for row in rows if row["moved_hits"] >= HITS_TO_MOVE],
    }


def _ruleset(one: Standing | None) -> dict[str, Any] | None:
    """`not_loaded_since` is null where the files are in force as they were at `tried_at`."""
    if one is None:
        return None
    kept = {name: value for name, value in asdict(one).items() if name not in {"about", "since", "count"}}
    return {**kept, "problem_count": one.count, "not_loaded_since": one.since or None}


def _print_ruleset(one: Standing | None) -> None:
    if one is None:
        return
    click.echo(
        f"ruleset     {one.digest} loaded {output.when(one.loaded_at)} UTC, "
        f"{output.count(one.rules, 'rule')}, {output.count(one.feeds, 'feed')}"
    )
    if not one.since:
        return
    what = "changed files NOT loaded" if one.result is Result.REFUSED else "started WITHOUT some rules"
    click.echo(f"            {what} since {output.when(one.since)} UTC: {output.count(one.count, 'problem')}")
    for problem in one.problems:
        click.echo(f"            {plain(problem)}")
    if one.count > len(one.problems):
        click.echo(f"            and {one.count - len(one.problems)} more; run wirewatch check")
