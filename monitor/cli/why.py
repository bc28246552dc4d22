"""The command why: what became of an entry, and how near every rule came to it; or what a rule lacks to ring."""

import re
from collections.abc import Iterable, Iterator
from dataclasses import asdict
from datetime import datetime
from typing import Any

import click

from monitor import app as composition
from monitor.cli import explaining, output
from monitor.cli.options import json_option, load, named, places_options, reading
from monitor.cli.trackers import row_of
from monitor.core import entry
from monitor.core.entry import Entry
from monitor.core.figures import shown
from monitor.core.match import Setting
from monitor.core.numbers import called
from monitor.core.render import link, plain
from monitor.core.rule import Correlation, Rule
from monitor.daemon import clock
from monitor.ruleset.explain import explain
from monitor.ruleset.silent import silences
from monitor.shortfalls import Account, Shortfalls
from monitor.store import Store
from monitor.tracking import came_of, look

# What may be meant for the id of a rule, and is no number and no link.
_LETTERS = re.compile(r"(?=.*[a-z])[a-z0-9-]+")


@click.command()
@click.argument("what", metavar="ENTRY_URL_OR_RULE")
@click.option("--rule", "rule_id", default="", help="Of an entry, only this rule, with its whole tree.")
@places_options
@json_option
def why(what: str, rule_id: str, as_json: bool, **options: Any) -> None:
    """Why an entry alerted, or did not; why a rule does not.

    Of an entry: its story, the ledger, what counts it, and every rule clause by clause, near misses first. Of a rule:
    what its spike, its absence, its facets and the patterns it counts in have now, and what they lack.

    \b
    wirewatch why 4711
    wirewatch why https://example.org/2024/08/patrol --rule turkey-russia-joint-patrol
    wirewatch why attack-wave
    """
    app, store = load(options, lenient=True), reading(options)
    rule_id = named(app, rule_id, "--rule").id if rule_id else ""
    entries = store.entries.find(what)
    if not entries:
        rule = next((one for one in app.desk.ruleset.every if what in one.names), None)
        if rule is None:
            no_rule = ", and no rule is called so" if _LETTERS.fullmatch(what) else ""
            output.fail(f"no stored entry has the number or link {what!r}{no_rule}")
            raise SystemExit(1)
        if rule_id:
            raise click.BadParameter(f"{what!r} is a rule; name an entry beside it", param_hint="--rule")
        _tell_rule(_why_rule(app, store, rule), as_json=as_json)
        return
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
        {**line, **_of_facets(app, store, line), "escalations": explaining.escalations(store, app.desk, line)}
        for line in explaining.unpacked(ledger)
    ]
    story = store.stories.of_entry(one.id)
    return {
        "entry": {"id": one.id, "title": one.title, "link": one.link, "outlet": one.outlet, "feed": one.feed_id,
                  "language": one.language, "revision": one.revision, "first_seen_at": one.first_seen_at,
                  **store.entries.details(one.id)},
        "page": store.articles.of_entry(one.id),
        "story": explaining.unpacked([story])[0] if story else None,
        "ledger": ledger,
        "over_time": [asdict(each) for each in _counted(app, store, explaining.unpacked(lines), rule_id)],
        "figures": [each for each in store.figures.of_entry(one.id) if rule_id in {"", each["rule_id"]}],
        "updates": [row for number in _alerts_of(ledger) for row in store.updates.of(number)],
        "rules": sorted(explained, key=lambda each: each.rank),
    }  # fmt: skip


def _of_facets(app: composition.App, store: Store, line: dict[str, Any]) -> dict[str, list[str]]:
    """What a match waits for, as it stands now, and what was denied of it; one that told of a facet may wait for more.

    `waits` and `denials`, in words.
    """
    rule, dated_at = app.desk.ruleset.by_any_name.get(line["rule_id"]), datetime.fromisoformat(line["dated_at"])
    if rule is None:
        return {"waits": [], "denials": []}
    found = [came_of(store, rule, facet, line["id"], dated_at, clock()) for facet in rule.facets]
    return {
        "waits": [text for one in found for text in one.waits],
        "denials": [text for one in found for text in one.denials],
    }


def _counted(app: composition.App, store: Store, lines: Iterable[dict[str, Any]], rule_id: str) -> Iterator[Account]:
    """What rules on how often make of the matches of an entry; of several revisions, of the last."""
    shortfalls = Shortfalls(store, app.desk.ruleset, app.desk.feeds, clock())
    for line in {each["rule_id"]: each for each in lines}.values():
        for account in shortfalls.of_match(line):
            if rule_id in {"", account.rule, account.counted}:
                yield account


def _why_rule(app: composition.App, store: Store, rule: Rule | Correlation) -> dict[str, Any]:
    now = clock()
    facets = rule.facets if isinstance(rule, Rule) else ()
    return {
        "rule": rule.id,
        "title": rule.title,
        "type": rule.pattern.value if isinstance(rule, Correlation) else "status" if facets else "event",
        "status": rule.status.value,
        "silent": list(silences(rule, now.date())),
        "over_time": [asdict(one) for one in Shortfalls(store, app.desk.ruleset, app.desk.feeds, now).of_rule(rule)],
        "facets": [
            row_of(rule, facet, look(store, rule, facet, now), now) for facet in facets if isinstance(rule, Rule)
        ],
    }


def _tell_rule(found: dict[str, Any], *, as_json: bool) -> None:
    if as_json:
        output.as_json(found)
        return
    click.echo(f"rule {found['rule']} ({found['type']}, {found['status']}): {plain(found['title'])}")
    for text in found["silent"]:
        click.echo(f"  {plain(text)}")
    for one in found["over_time"]:
        click.echo(f"  {one['rule']}: {plain(one['told'])}")
    for one in found["facets"]:
        waiting = "; ".join(each["told"] for each in one["waiting"]) or "nothing waits"
        click.echo(f"  {one['facet']} is {one['state']}; {plain(waiting)}")
    if not found["over_time"] and not found["facets"]:
        click.echo("  nothing of it is counted over time: each report rings by itself; see why ENTRY --rule RULE")


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
        click.echo(f"  {line['rule']}: {plain(line['told'])}")
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
        for denial in line["denials"]:
            click.echo(f"    {plain(denial)}")
        for each in line["escalations"]:
            click.echo(f"    {'✓' if each['met'] else '✗'} {plain(each['name'])}: {plain(each['detail'])}")
