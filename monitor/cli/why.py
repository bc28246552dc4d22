"""The command why: what became of an entry, and how near every rule came to it."""

from typing import Any

import click

from monitor import app as composition
from monitor.cli import explaining, output
from monitor.cli.options import json_option, load, named, places_options, reading
from monitor.core import entry
from monitor.core.entry import Entry
from monitor.core.figures import shown
from monitor.core.match import Setting
from monitor.core.numbers import called
from monitor.core.render import link, plain
from monitor.daemon import clock
from monitor.frequencies import warming
from monitor.ruleset.explain import explain
from monitor.store import Store
from monitor.tracking import look, waiting_for


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
    rule_id = named(app, rule_id, "--rule").id if rule_id else ""
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


def _why(app: composition.App, store: Store, one: Entry, rule_id: str) -> dict[str, Any]:
    document = entry.read(one.title, one.body, one.language, whole=app.matcher.reads_body)
    setting = _setting(app, one)
    explained = [
        explain(app.matcher, rule, document, setting)
        for rule in app.desk.ruleset.rules.values()
        if rule_id in {"", rule.id}
    ]
    # A spike, or a rule that counts places apart, has lines as RULE/spike, RULE/kobani.
    lines = store.alerts.matches_of_entry(one.id)
    ledger = [line for line in lines if rule_id in {"", line["rule_id"].partition("/")[0]}]
    ledger = [
        {**line, "waits": _waits(app, store, line), "escalations": explaining.escalations(store, app.desk, line)}
        for line in ledger
    ]
    story = store.stories.of_entry(one.id)
    return {
        "entry": {"id": one.id, "title": one.title, "link": one.link, "outlet": one.outlet, "feed": one.feed_id,
                  "language": one.language, "revision": one.revision, "first_seen_at": one.first_seen_at,
                  **store.entries.details(one.id)},
        "page": store.articles.of_entry(one.id),
        "story": explaining.unpacked([story])[0] if story else None,
        "ledger": explaining.unpacked(ledger),
        "over_time": [line for each in explained if (line := warming(store, each.rule, clock()))],
        "figures": [each for each in store.figures.of_entry(one.id) if rule_id in {"", each["rule_id"]}],
        "updates": [row for number in _alerts_of(ledger) for row in store.updates.of(number)],
        "rules": sorted(explained, key=lambda each: each.rank),
    }  # fmt: skip


def _waits(app: composition.App, store: Store, line: dict[str, Any]) -> list[str]:
    """What a match waits for, as it stands now; one that told of a facet may wait for another."""
    rule = app.desk.ruleset.by_any_name.get(line["rule_id"])
    if rule is None:
        return []
    now = clock()
    found = ((facet, waiting_for(look(store, rule, facet, now), line["id"])) for facet in rule.facets)
    return [f"{facet.name} → {one.state}: {one.told(now)}" for facet, one in found if one is not None]


def _alerts_of(ledger: list[dict[str, Any]]) -> list[int]:
    return sorted({int(line["alert_id"]) for line in ledger if line["alert_id"]})


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
    _print_ledger(found["ledger"])
    for line in found["over_time"]:
        click.echo(f"  {line}")
    _print_figures(found["figures"])
    for row in found["updates"]:
        click.echo(f"  {row['kind']} of alert {row['alert_id']}: {plain(row['detail'])}")
    for explained in found["rules"]:
        near_miss = "near miss, " if explained.near_miss else ""
        click.echo(f"  {explained.rule.id}: {near_miss}{plain('; '.join([explained.verdict, *explained.silent]))}")
        for line in explaining.lines(explained) if whole or explained.match or explained.near_miss else ():
            click.echo(f"    {line}")


def _print_figures(figures: list[dict[str, Any]]) -> None:
    for one in figures:
        told = f"{called(one['name'], one['series'])} {shown(one['low'], one['high'], one['qualifier'])}"
        text = f"figure, rule {one['rule_id']}: {told}, {one['verdict']} ({one['reason']})"
        click.echo(f"  {plain(text)}")


def _print_ledger(ledger: list[dict[str, Any]]) -> None:
    for line in ledger:
        what = f"alert {line['alert_id']}, said as {explaining.said_of(line)}" if line["alert_id"] else line["detail"]
        text = f"revision {line['revision']}, rule {line['rule_id']}: {line['outcome']} ({line['reason']}), {what}"
        click.echo(f"  {plain(text)}")
        for waits in line["waits"]:
            click.echo(f"    waits now: {plain(waits)}")
        for each in line["escalations"]:
            click.echo(f"    {'✓' if each['met'] else '✗'} {plain(each['name'])}: {plain(each['detail'])}")
