"""Commands on trackers: what state each facet is in, how it came to it, and a person's word on it."""

from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import asdict
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import click

from monitor.cli import output
from monitor.cli.options import json_option, load, places_options, reading, rule_called
from monitor.core.render import plain, utc
from monitor.core.rule import Rule
from monitor.core.tracker import Facet, Kind, Waiting
from monitor.daemon import clock
from monitor.store import Store
from monitor.store.trackers import Kept, StoredChange
from monitor.tracking import View, confirm, denials, look, waits

_DAY = click.DateTime(formats=["%Y-%m-%d"])
_BY = click.option("--by", "by", required=True, metavar="NAME", help="Who says so; kept with it.")


@click.group()
def trackers() -> None:
    """Trackers: the states that status rules keep, and why."""


@trackers.command("list")
@places_options
@json_option
def list_trackers(as_json: bool, **options: Any) -> None:
    """Every facet with its state.

    Since when, on whose word, and what waits for more origins.

    \b
    wirewatch trackers list
    """
    app, store, now = load(options, lenient=True), reading(options), clock()
    rows = [
        row_of(rule, facet, look(store, rule, facet, now), now)
        for rule in app.desk.ruleset.rules.values()
        for facet in rule.facets
    ]
    if as_json:
        output.as_json(rows)
        return
    columns = {"rule": "RULE", "facet": "FACET", "state": "STATE", "since": "SINCE", "mark": "MARK", "word": "WORD OF",
               "waiting": "WAITING"}  # fmt: skip
    shown = [
        {
            **row,
            "since": output.when(row["since"].isoformat()) if row["since"] else "",
            "waiting": "; ".join(one["told"] for one in row["waiting"]),
        }
        for row in rows
    ]
    output.table(shown, columns, empty="no rule of the desk is of type status")


@trackers.command("show")
@click.argument("rule_id", metavar="RULE")
@click.argument("facet_name", metavar="[FACET]", required=False)
@places_options
@json_option
def show_tracker(rule_id: str, facet_name: str | None, as_json: bool, **options: Any) -> None:
    """How the facets of a rule came to their states.

    From what, to what, when, on whose word, and by which entries.

    \b
    wirewatch trackers show ypg-status
    wirewatch trackers show ypg-status integration.damascus --json
    """
    app, store, now = load(options, lenient=True), reading(options), clock()
    rule = _status_rule(rule_called(app, rule_id))
    facets = [_facet(rule, facet_name)] if facet_name else list(rule.facets)
    found = [_history(store, rule, facet, now) for facet in facets]
    if as_json:
        output.as_json(found)
        return
    for each in found:
        _print_history(each)


@trackers.command("set")
@click.argument("rule_id", metavar="RULE")
@click.argument("facet_name", metavar="FACET")
@click.argument("state")
@_BY
@click.option("--reason", required=True, metavar="TEXT", help="On what grounds; kept with it.")
@click.option("--since", "since", type=_DAY, metavar="DAY", help="Since when it is so [default: now].")
@places_options
def set_state(
    rule_id: str, facet_name: str, state: str, by: str, reason: str, since: datetime | None, **options: Any
) -> None:
    """Say what state a facet is in, whatever the reports say. Nobody is alerted.

    \b
    wirewatch trackers set ypg-status integration.damascus implementing --by ayse --reason "seen in Hasakah"
    """
    app, now = load(options, lenient=True), clock()
    rule = _status_rule(rule_called(app, rule_id))
    facet = _facet(rule, facet_name)
    _known_state(facet, state)
    at = since.replace(tzinfo=UTC) if since else now
    if at > now:
        raise click.BadParameter("a state cannot be set for a day to come", param_hint="--since")
    with _writing(app.store_path) as store:
        later = [one for one in store.trackers.changes(rule.id, facet.name) if one.at > at and not one.withdrawn_at]
        if later:
            message = (
                f"it is {later[-1].to_state} since {utc(later[-1].at)}, by what came later; set it since then, or now"
            )
            raise click.BadParameter(message, param_hint="--since")
        made = store.trackers.set(rule.id, facet.name, state, at, now, by=by, word=reason)
    click.echo(f"{facet.name} is {state} since {utc(made.at)}, says {plain(by)}")


@trackers.command("confirm")
@click.argument("rule_id", metavar="RULE")
@click.argument("facet_name", metavar="FACET")
@click.argument("state", required=False)
@_BY
@places_options
def confirm_state(rule_id: str, facet_name: str, state: str | None, by: str, **options: Any) -> None:
    """Vouch for the state a facet is in, or for one that waits.

    With STATE, for one that still waits for more origins: it is told as any change is, by the running daemon or the
    next once. What was contested is so no more.

    \b
    wirewatch trackers confirm ypg-status integration.damascus --by ayse
    wirewatch trackers confirm ypg-status self dissolved --by ayse
    """
    app, now = load(options, lenient=True), clock()
    rule = _status_rule(rule_called(app, rule_id))
    facet = _facet(rule, facet_name)
    if state is not None:
        _known_state(facet, state)
    with _writing(app.store_path) as store:
        confirmed = confirm(store, rule, facet, state, by, now)
    if confirmed is None:
        what = f"nothing waits for {facet.name} → {state}" if state else f"no report has changed {facet.name} since"
        output.fail(f"{what}; see: wirewatch trackers show {rule.id} {facet.name}")
        raise SystemExit(1)
    rings = "; it will be told" if confirmed.tell_at is not None else ""
    click.echo(f"{facet.name} is {confirmed.to_state} since {utc(confirmed.first_at)}, confirmed by {plain(by)}{rings}")


@contextmanager
def _writing(path: Path) -> Iterator[Store]:
    """The store for a person's word; there must be one."""
    Store.read(path).close()  # Opening it for writing would make one where there is none.
    with closing(Store.open(path)) as store:
        yield store


def _status_rule(rule: Rule) -> Rule:
    if not rule.facets:
        raise click.BadParameter(f"rule {rule.id!r} is not of type status and has no state", param_hint="RULE")
    return rule


def _facet(rule: Rule, name: str) -> Facet:
    for facet in rule.facets:
        if facet.name == name:
            return facet
    there = ", ".join(facet.name for facet in rule.facets)
    raise click.BadParameter(f"rule {rule.id!r} has no facet {name!r}; there are: {there}", param_hint="FACET")


def _known_state(facet: Facet, state: str) -> None:
    if state not in facet.states:
        message = f"{facet.name} has no state {state!r}; there are: {', '.join(facet.states)}"
        raise click.BadParameter(message, param_hint="STATE")


def row_of(rule: Rule, facet: Facet, view: View, now: datetime) -> dict[str, Any]:
    """A facet as it stands: its state, since when, on whose word, and what waits."""
    state, since, last = _standing(facet, view, now)
    contested = last is not None and last.contested_at is not None
    confirmed = last is not None and last.confirmed_at is not None and last.kind != Kind.SET
    return {
        "rule": rule.id,
        "facet": facet.name,
        "state": state,
        "since": since,
        "mark": "CONTESTED" if contested else "confirmed" if confirmed else "",
        "word": last.word if last else facet.now.source if facet.now else "",
        "waiting": [_waiting(view, one, now) for one in view.course.waiting],
    }


def _standing(facet: Facet, view: View, now: datetime) -> tuple[str, datetime | None, StoredChange | None]:
    """The state, since when, and the change that made it; before the first run, what the rule says."""
    last = next((one for one in reversed(view.changes) if one.at <= now and one.withdrawn_at is None), None)
    if last is None and facet.now is not None and (facet.now.since is None or facet.now.since <= now):
        return facet.now.state, facet.now.since, None
    return view.course.state, view.course.since, last


def _waiting(view: View, one: Waiting, now: datetime) -> dict[str, Any]:
    return {
        "state": one.state,
        "origins": one.origins,
        "wanted": one.wanted,
        "until": one.until,
        "told": f"{one.state}: {waits(view, one, now)}",
    }


def _history(store: Store, rule: Rule, facet: Facet, now: datetime) -> dict[str, Any]:
    view = look(store, rule, facet, now)
    kept = {(one.evidence.match_id, one.evidence.state): one for one in view.kept if not one.evidence.denies}
    waiting = [
        {
            **_waiting(view, one, now),
            "entries": [
                *(_entry(kept[each.match_id, each.state]) for each in one.evidence),
                *map(_entry, denials(view.kept, one.evidence)),
            ],
        }
        for one in view.course.waiting
    ]
    changes = [
        {**asdict(one), "entries": [_entry(each) for each in store.trackers.evidence_of(one.id)]}
        for one in view.changes
    ]
    return {**row_of(rule, facet, view, now), "waiting": waiting, "changes": changes}


def _entry(one: Kept) -> dict[str, Any]:
    return {"entry": one.entry_id, "at": one.evidence.at, "outlet": one.outlet, "origin": one.evidence.origin.called,
            "official": one.evidence.official, "denies": one.evidence.denies, "reason": one.reason,
            "title": one.title, "link": one.link}  # fmt: skip


def _print_history(found: dict[str, Any]) -> None:
    since = f" since {utc(found['since'])}" if found["since"] else ""
    mark = f" [{found['mark']}]" if found["mark"] else ""
    click.echo(f"{found['rule']} {found['facet']}: {found['state']}{since}{mark}")
    for one in found["changes"]:
        _print_change(one)
    for one in found["waiting"]:
        click.echo(f"  waits       {one['told']}")
        _print_entries(one["entries"])
    if not found["changes"]:
        click.echo(f"  as the rule says: {plain(found['word']) or 'nothing was reported yet'}")


def _print_change(one: dict[str, Any]) -> None:
    before = f"{one['from_state']} → " if one["from_state"] and one["kind"] != Kind.MILESTONE else ""
    alert = f", alert {one['alert_id']}" if one["alert_id"] else ""
    marks = [f"contested {utc(one['contested_at'])}"] if one["contested_at"] else []
    marks += [f"taken back {utc(one['withdrawn_at'])}"] if one["withdrawn_at"] else []
    marks += [f"confirmed by {plain(one['confirmed_by'])}"] if one["confirmed_by"] and one["kind"] != Kind.SET else []
    marks += [f"set by {plain(one['confirmed_by'])}"] if one["kind"] == Kind.SET else []
    noted = f" ({', '.join(marks)})" if marks else ""
    click.echo(f"  {utc(one['at'])}  {one['kind']:<10}  {before}{one['to_state']}, {plain(one['word'])}{alert}{noted}")
    _print_entries(one["entries"])


def _print_entries(entries: list[dict[str, Any]]) -> None:
    for one in entries:
        origin = f"{plain(one['origin'])}{', official' if one['official'] else ''}{', denies' if one['denies'] else ''}"
        click.echo(f"      entry {one['entry']}  {utc(one['at'])}  {origin}: {plain(one['title'])}")
