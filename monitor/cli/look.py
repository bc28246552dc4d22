"""Commands that look into the store: status, why, stories, alerts, deliveries."""

import json
from dataclasses import asdict
from datetime import datetime, timedelta
from typing import Any

import click

from monitor import app as composition
from monitor.cli import explaining, output
from monitor.cli.options import json_option, load, number, places_options, reading, rule_called
from monitor.core import entry
from monitor.core.alert import said
from monitor.core.clause import Assertion
from monitor.core.delivery import State
from monitor.core.entry import Entry
from monitor.core.feed import HITS_TO_MOVE
from monitor.core.match import Setting
from monitor.core.render import link, plain
from monitor.daemon import clock
from monitor.reload import Result, Standing, standing
from monitor.ruleset.explain import explain
from monitor.store import Store

_LIMIT = click.option(
    "--limit", type=click.IntRange(1, 100_000), default=50, show_default=True, help="At most so many."
)
# Columns in which the store keeps JSON: they are printed as part of the document, not as a text within it.
_JSON_COLUMNS = ("subject", "stance", "payload")


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
    click.echo(f"last poll   {last}, behind by {found['lag_seconds']} s")
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
    for feed in found["moved"]:
        click.echo(f"moved       {feed['id']} is asked at {plain(feed['moved_to'])} now; give feeds.yaml that address")


@click.command()
@click.argument("entry_or_url", metavar="ENTRY_OR_URL")
@click.option("--rule", "rule_id", default="", help="Only this rule, with its whole tree.")
@places_options
@json_option
def why(entry_or_url: str, rule_id: str, as_json: bool, **options: Any) -> None:
    """Why an entry alerted, or did not.

    Its story, the ledger, and every rule clause by clause, near misses first.

    \b
    wirewatch why 4711
    wirewatch why https://example.org/2024/08/patrol --rule turkey-russia-joint-patrol
    """
    app, store = load(options, lenient=True), reading(options)
    rule_id = rule_called(app, rule_id, "--rule").id if rule_id else ""
    entries = store.entries.find(entry_or_url)
    if not entries:
        output.fail(f"no stored entry has the number or link {entry_or_url!r}")
        raise SystemExit(1)
    found = [_why(app, store, one, rule_id) for one in entries]
    if as_json:
        output.as_json([{**each, "rules": [explaining.as_dict(one) for one in each["rules"]]} for each in found])
        return
    for each in found:
        _print_why(each, whole=bool(rule_id))


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
    rows = reading(options).alerts.all(limit)
    if as_json:
        output.as_json(rows)
        return
    columns = {"id": "ALERT", "severity": "SEVERITY", "state": "STATE", "opened_at": "OPENED", "rule_id": "RULE",
               "reports": "REPORTS", "title": "TITLE"}  # fmt: skip
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
    matches, notices = _unpacked(store.alerts.matches_of_alert(alert_id)), store.outbox.of_alert(alert_id)
    matches = [{**one, "said": _said(one)} for one in matches]
    if as_json:
        told = [{**notice, "deliveries": _unpacked(notice["deliveries"])} for notice in notices]
        output.as_json({**alert, "matches": matches, "notices": told})
        return
    click.echo(f"alert {alert_id} [{alert['severity']}] {alert['state']}, opened {output.when(alert['opened_at'])}")
    click.echo(f"rule {alert['rule_id']}: {plain(alert['rule_title'])}; owner {plain(alert['owner'])}")
    if alert["blind_spot"]:
        over = f", over since {output.when(alert['closed_at'])}" if alert["closed_at"] else ""
        click.echo(f"{plain(alert['title'])}: {plain(alert['detail'])}{over}")
    columns = {"entry_id": "ENTRY", "revision": "REV", "outcome": "OUTCOME", "said": "SAID", "reason": "WHY",
               "outlet": "OUTLET", "title": "TITLE"}  # fmt: skip
    if matches or not alert["blind_spot"]:
        output.table(matches, columns, empty="no matches")
    rows = [{**delivery, "notice": notice["kind"]} for notice in notices for delivery in notice["deliveries"]]
    _print_deliveries(rows)


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


def _why(app: composition.App, store: Store, one: Entry, rule_id: str) -> dict[str, Any]:
    document = entry.read(one.title, one.body, one.language, whole=app.matcher.reads_body)
    setting = _setting(app, one)
    explained = [
        explain(app.matcher, rule, document, setting)
        for rule in app.desk.ruleset.rules.values()
        if rule_id in {"", rule.id}
    ]
    ledger = [line for line in store.alerts.matches_of_entry(one.id) if rule_id in {"", line["rule_id"]}]
    story = store.stories.of_entry(one.id)
    return {
        "entry": {"id": one.id, "title": one.title, "link": one.link, "outlet": one.outlet, "feed": one.feed_id,
                  "language": one.language, "revision": one.revision, "first_seen_at": one.first_seen_at,
                  **store.entries.details(one.id)},
        "page": store.articles.of_entry(one.id),
        "story": _unpacked([story])[0] if story else None,
        "ledger": _unpacked(ledger),
        "rules": sorted(explained, key=lambda each: each.rank),
    }  # fmt: skip


def _setting(app: composition.App, one: Entry) -> Setting:
    """Where and when the entry stands: of its feed, if the desk still has it, and of its own day."""
    dated = min(one.published_at or one.first_seen_at, one.first_seen_at).date()
    return Setting(today=clock().date(), dated=dated, link=one.link, feed=app.desk.feeds.get(one.feed_id))


def _print_why(found: dict[str, Any], *, whole: bool) -> None:
    one, story = found["entry"], found["story"]
    click.echo(f"entry {one['id']} of {one['feed']} ({plain(one['outlet'])}), revision {one['revision']}")
    click.echo(f"  {plain(one['title'])}")
    if one["author"]:
        click.echo(f"  by {plain(one['author'])}")
    for enclosure in one["enclosures"]:
        click.echo(f"  enclosed {link(enclosure['url'])} {plain(enclosure['type'])}".rstrip())
    if story:
        near = f" as entry {story['near_entry_id']}, score {story['score']:.0f}" if story["near_entry_id"] else ""
        veto = f" ({story['veto']})" if story["veto"] else ""
        click.echo(f"  story {story['story_id']}: {story['reason']}{near}{veto}")
    if found["page"]:
        reason = f": {plain(found['page']['reason'])}" if found["page"]["reason"] else ""
        click.echo(f"  article page {found['page']['state']}{reason}")
    for line in found["ledger"]:
        what = f"alert {line['alert_id']}, said as {_said(line)}" if line["alert_id"] else line["detail"]
        text = f"revision {line['revision']}, rule {line['rule_id']}: {line['outcome']} ({line['reason']}), {what}"
        click.echo(f"  {plain(text)}")
    for explained in found["rules"]:
        near_miss = "near miss, " if explained.near_miss else ""
        click.echo(f"  {explained.rule.id}: {near_miss}{plain('; '.join([explained.verdict, *explained.silent]))}")
        for line in explaining.lines(explained) if whole or explained.match or explained.near_miss else ():
            click.echo(f"    {line}")


def _said(line: dict[str, Any]) -> str:
    """How the entry says it, of a line of the ledger."""
    return said(Assertion(line["assertion"]), line["cue"])


def _unpacked(rows: list[dict[str, Any]]) -> list[dict[str, Any]]:
    return [{key: json.loads(value) if key in _JSON_COLUMNS else value for key, value in row.items()} for row in rows]
