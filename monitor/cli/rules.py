"""Commands on the watch rules: list, test, eval, explain, schema."""

import json
import re
from collections.abc import Callable, Iterable, Iterator
from datetime import datetime
from pathlib import Path
from typing import Any

import click

from monitor import app as composition
from monitor.app import App
from monitor.cli import explaining, output
from monitor.cli.options import json_option, load, places_options, rule_called, where
from monitor.core import entry
from monitor.core.frequency import span_of
from monitor.core.match import Matcher
from monitor.core.render import plain
from monitor.core.rule import Correlation, Rule, RuleTest, StoryTest
from monitor.core.wording import describe
from monitor.daemon import clock
from monitor.errors import Problem
from monitor.ruleset.evaluating import LONGEST_LINE, Case, cases_of, judge, known_cases, report, setting_of
from monitor.ruleset.explain import explain
from monitor.ruleset.guards import unguarded
from monitor.ruleset.ruletests import COUNTRY, LANGUAGE
from monitor.ruleset.schema import FILES
from monitor.ruleset.testing import run_negatives, run_tests
from monitor.storytests import Told, run_stories

_DAY = click.DateTime(formats=["%Y-%m-%d"])


def _coded(pattern: re.Pattern[str], such_as: str) -> Callable[[click.Context, click.Parameter, str], str]:
    """What checks an option that is a code."""

    def checked(_context: click.Context, _parameter: click.Parameter, value: str) -> str:
        if value and not pattern.fullmatch(value):
            raise click.BadParameter(f"{value!r} is no code such as {such_as}")
        return value

    return checked


@click.group()
def rules() -> None:
    """The watch rules: list, test, evaluate and explain them."""


@rules.command("list")
@places_options
@json_option
def list_rules(as_json: bool, **options: Any) -> None:
    """Every rule with its severity, status, owner and number of tests."""
    rows = [_rule_row(rule) for rule in load(options).desk.ruleset.every]
    if as_json:
        output.as_json(rows)
        return
    columns = {"id": "RULE", "severity": "SEVERITY", "status": "STATUS", "expires": "EXPIRES", "owner": "OWNER",
               "tests": "TESTS", "title": "TITLE"}  # fmt: skip
    output.table(rows, columns, empty="no rules")


@rules.command()
@click.argument("rule_ids", nargs=-1, metavar="[RULE...]")
@click.option("--guards-off", is_flag=True, help="Run the negative tests without the guards: can they fail at all?")
@click.option(
    "-v",
    "--verbose",
    is_flag=True,
    help="Say what became of each step of a story, and which guard keeps a silent one silent.",
)
@places_options
@json_option
def test(rule_ids: tuple[str, ...], guards_off: bool, verbose: bool, as_json: bool, **options: Any) -> None:
    """Run the tests that rules carry, with the matcher that alerts.

    With --guards-off the texts that must not ring, and the stories in which something must not, are run with no
    exclusion, every assertion an alert, no event guard, and each report an alert of its own: those that ring then are
    tests of a guard, the others would pass whatever the guards do. With -v each story is also run without one guard at
    a time, and those without which a silent step rings are named; and it tells what became of each step in the end.

    \b
    wirewatch rules test
    wirewatch rules test ypg-status --json
    wirewatch rules test ypg-status -v
    wirewatch rules test ypg-status --guards-off
    """
    app = load(options)
    patterns = {name: one.id for one in app.desk.ruleset.correlations.values() for name in one.names}
    chosen = tuple(patterns.get(name) or rule_called(app, name).id for name in rule_ids)
    if guards_off:
        _test_guards(app, chosen, as_json=as_json, named=verbose)
        return
    outcomes = list(run_tests(app.matcher, clock().date(), chosen))
    off = Matcher(unguarded(app.desk.ruleset)) if verbose else None
    told = list(run_stories(composition.stage(app), app.matcher, chosen, off, named=verbose))
    problems = [outcome.problem for outcome in outcomes if not outcome.passed]
    problems += [problem for one in told for problem in one.problems]
    problems += [warning for one in outcomes for warning in one.warnings]
    failed = sum(not one.passed for one in outcomes) + sum(not one.passed for one in told)
    passed = len(outcomes) + len(told) - failed
    if as_json:
        document = {"passed": passed, "failed": failed, "problems": [one.as_dict() for one in problems]}
        silences, steps = [row for one in told for row in _silent(one)], [row for one in told for row in _steps(one)]
        output.as_json(document | ({"silences": silences, "steps": steps} if verbose else {}))
    else:
        for row in (row for one in told for row in _steps(one)):
            click.echo(plain(f"{_place(row)}: rule {row['rule']}: step {row['step']} of the story: {row['became']}"))
        for line in _silent_lines(told):
            click.echo(line)
        output.problems(problems)
        click.echo(f"{passed} passed, {failed} failed")
    raise SystemExit(1 if failed else 0)


@rules.command("eval")
@click.argument(
    "files", nargs=-1, required=True, metavar="CASES.jsonl...", type=click.Path(exists=True, dir_okay=False)
)
@click.option("--rule", "rule_id", default="", help="Only the cases of this rule.")
@places_options
@json_option
def evaluate(files: tuple[str, ...], rule_id: str, as_json: bool, **options: Any) -> None:
    """Precision and recall on labelled cases, by rule and language.

    A line is a case: {"id", "lang", "rule", "expect", "text"}, or "title" with "lead" and "body" in place of "text",
    perhaps with the "country" of the feed, and, of a rule of type status, the "state" it is evidence of; "expect" is
    match, digest or no-match. Every error is listed. Lines that are no case are told after the figures of the others,
    and the command then ends with 1.

    \b
    wirewatch rules eval cases.jsonl
    wirewatch rules eval cases.jsonl more.jsonl --rule ypg-status --json
    """
    app = load(options)
    known = app.desk.ruleset.by_any_name
    only = rule_called(app, rule_id) if rule_id else None
    problems: list[Problem] = []
    cases = _cases(files, known, only, problems)
    found = report(judge(app.matcher, known, cases, clock().date()))
    if as_json:
        output.as_json({**found, "problems": [problem.as_dict() for problem in problems]})
    else:
        _print_report(found)
        output.problems(problems)
    raise SystemExit(1 if problems else 0)


@rules.command("explain")
@click.argument("rule_id", metavar="RULE")
@click.argument("text")
@click.option("--lead", default="", help="The two sentences below the title.")
@click.option("--body", default="", help="The text below the lead, for rules that read it.")
@click.option(
    "--lang", default="en", callback=_coded(LANGUAGE, "en, tr or kmr"), help="The language of the text [default: en]."
)
@click.option("--country", default="", callback=_coded(COUNTRY, "TR"), help="The country of the feed, such as TR.")
@click.option("--link", default="", help="The link, for exclusions that look at it.")
@click.option("--date", "dated", type=_DAY, metavar="DAY", help="The day the text is of [default: today].")
@places_options
@json_option
def explain_rule(rule_id: str, text: str, as_json: bool, dated: datetime | None, **options: Any) -> None:
    """Why a rule matches a text, or what is missing.

    TEXT is read as a title. Each window of the text is shown with the rule's words in «», the tree of what is there and
    what is not, what stands in the way of an event, and how it is said.

    \b
    wirewatch rules explain ypg-status "SDF signs deal with Damascus to join the army"
    wirewatch rules explain turkey-russia-joint-patrol --lang tr "Türkiye ile Rusya ortak devriyede"
    """
    app = load(options)
    rule = rule_called(app, rule_id)
    below = "\n\n".join(part for part in (options["lead"], options["body"]) if part)
    document = entry.read(text, below, options["lang"], whole=app.matcher.reads_body)
    day = dated.date() if dated else None
    setting = setting_of(options["country"], options["lang"], clock().date(), options["link"], day)
    found = explain(app.matcher, rule, document, setting)
    if as_json:
        output.as_json(explaining.as_dict(found))
        return
    click.echo(f"{rule.id}: {plain('; '.join([found.verdict, *found.silent]))}")
    for line in explaining.lines(found):
        click.echo(f"  {line}")


@rules.command("schema")
@click.option("--kind", type=click.Choice([*FILES, "config"]), default="watch", help="Of which file [default: watch].")
@click.option("--write", "folder", type=click.Path(path_type=Path), help="Write all of them into this folder.")
@places_options
def schema(kind: str, folder: Path | None, **options: Any) -> None:
    """JSON Schema of a desk's files, for editors.

    Names of the desk's vocabulary are in it for completion. The shipped files name theirs, in rules/schema/, in their
    first lines.

    \b
    wirewatch rules schema --kind gazetteer
    wirewatch rules schema --write rules/schema
    """
    if folder is None:
        output.as_json(composition.schema(where(options), kind))
        return
    folder.mkdir(parents=True, exist_ok=True)
    for name in (*FILES, "config"):
        written = json.dumps(composition.schema(where(options), name), ensure_ascii=False, indent=1) + "\n"
        (folder / f"{name}.json").write_text(written, encoding="utf-8")


def _test_guards(app: App, chosen: tuple[str, ...], *, as_json: bool, named: bool) -> None:
    ruleset, off = app.desk.ruleset, Matcher(unguarded(app.desk.ruleset))
    every = run_stories(composition.stage(app), app.matcher, chosen, off, named=named)
    told = [one for one in every if one.story.silences]
    rows = [_guard_row(one.rule, one.test, one.test.title, guarded=one.guarded)
            for one in run_negatives(ruleset, clock().date(), chosen, off)]  # fmt: skip
    rows += [{**_guard_row(one.rule, one.story, "a story", guarded=one.guarded > 0), "silences": one.silences,
              "guarded_silences": one.guarded, "steps": list(_silent(one))} for one in told if one.passed]  # fmt: skip
    problems = [problem for one in told for problem in one.problems]
    guarded = sum(row["guarded"] for row in rows)
    if as_json:
        document = {"guarded": guarded, "words_only": len(rows) - guarded, "tests": rows}
        output.as_json({**document, "problems": [one.as_dict() for one in problems]})
    else:
        for row in rows:
            if not row["guarded"]:
                click.echo(plain(f"{_place(row)}: rule {row['rule']}: tests words only: {row['text']!r}"))
        for line in _silent_lines(told):
            click.echo(line)
        output.problems(problems)
        click.echo(f"{output.count(guarded, 'negative test')} of a guard, {len(rows) - guarded} of words only")
    raise SystemExit(1 if problems else 0)


def _silent(told: Told) -> Iterator[dict[str, Any]]:
    """The silent steps of a story, and what keeps them so; `guards` is empty where nobody asked for their names."""
    for one in told.quiet:
        yield {"rule": told.rule.id, "file": told.rule.file, "line": one.step.line, "column": one.step.column,
               "step": one.number, "guarded": one.kept, "guards": list(one.by), "reason": one.reason}  # fmt: skip


def _steps(told: Told) -> Iterator[dict[str, Any]]:
    """The steps of a story with what became of them, where that was asked for."""
    for number, (step, became) in enumerate(zip(told.story.steps, told.became, strict=False), 1):
        yield {"rule": told.rule.id, "file": told.rule.file, "line": step.line, "column": step.column, "step": number,
               "at": step.at.isoformat(), "outlet": step.outlet, "became": became}  # fmt: skip


def _silent_lines(told: Iterable[Told]) -> Iterator[str]:
    """The silent steps that prove nothing; where guards were to be named, all of them."""
    for row in (row for one in told for row in _silent(one)):
        what = f"{_place(row)}: rule {row['rule']}: step {row['step']} of the story"
        if row["guards"]:
            yield plain(f"{what} is silent by {', '.join(row['guards'])}")
        elif not row["guarded"]:
            yield plain(f"{what} tests words only{': ' if row['reason'] else ''}{row['reason']}")


def _place(row: dict[str, Any]) -> str:
    return f"{row['file']}:{row['line']}:{row['column']}"


def _guard_row(rule: Rule | Correlation, test: RuleTest | StoryTest, text: str, *, guarded: bool) -> dict[str, Any]:
    return {"rule": rule.id, "file": rule.file, "line": test.line, "column": test.column, "text": text,
            "guarded": guarded}  # fmt: skip


def _cases(files: Iterable[str], known: dict[str, Rule], only: Rule | None, problems: list[Problem]) -> Iterator[Case]:
    """The cases of all files, one at a time; what is none is noted."""
    for file in files:
        for found in known_cases(cases_of(_lines(Path(file)), file), known, file):
            if isinstance(found, Problem):
                problems.append(found)
            elif only is None or known[found.rule] is only:
                yield found


def _lines(path: Path) -> Iterator[str]:
    """The lines of a file, one at a time; of a line that is too long, its beginning."""
    with path.open("rb") as stream:
        while line := stream.readline(4 * LONGEST_LINE):
            rest = line
            while rest and not rest.endswith(b"\n"):
                rest = stream.readline(LONGEST_LINE)
            yield line.decode("utf-8", "surrogateescape").removeprefix("\ufeff")


def _print_report(found: dict[str, Any]) -> None:
    rows = [{"name": "overall", **found["overall"]}]
    rows += [{"name": name, **figures} for kind in ("by_rule", "by_lang") for name, figures in found[kind].items()]
    columns = {"name": "", "precision": "PRECISION", "recall": "RECALL", "f1": "F1", "tp": "TP", "fp": "FP",
               "fn": "FN", "tn": "TN"}  # fmt: skip
    output.table(rows, columns, empty="no cases")
    click.echo()
    routed = [{"expect": expected, **got} for expected, got in found["routed"].items()]
    output.table(routed, {"expect": "EXPECTED", "match": "MATCH", "digest": "DIGEST", "no-match": "NO-MATCH"}, empty="")
    for one in found["errors"]:
        what = f"{one['id']} ({one['rule']}, {one['lang']})"
        click.echo(plain(f"{what}: expected {one['expect']}, got {one['got']}: {one['reason']}"))
    for one in found.get("no_evidence", ()):
        what = f"{one['id']} ({one['rule']}, {one['lang']})"
        click.echo(plain(f"{what}: matches, but is no evidence: {one['reason']}"))


def _rule_row(rule: Rule | Correlation) -> dict[str, Any]:
    return {
        "id": rule.id,
        "type": rule.pattern.value if isinstance(rule, Correlation) else "status" if rule.facets else "event",
        "title": rule.title,
        "severity": rule.severity.label,
        "status": rule.status.value,
        "expires": str(rule.expires) if rule.expires else None,
        "owner": rule.owner,
        **_of_kind(rule),
        "tests": len(rule.tests) + len(rule.stories),
        "file": rule.file,
        "line": rule.line,
    }


def _of_kind(rule: Rule | Correlation) -> dict[str, Any]:
    """What a rule matches, or which rules it counts."""
    if isinstance(rule, Correlation):
        return {"rules": list(rule.rules), "timespan": span_of(rule.timespan), "by": rule.by.value or None}
    spike, absence = rule.spike, rule.absence
    return {
        "match": describe(rule.match),
        "exclude": [exclusion.name for exclusion in rule.exclude],
        "spike": f"{spike.least} or more in {span_of(spike.window)}, {spike.ratio:g} times the usual"
        if spike
        else None,
        "absence": f"one every {span_of(absence.expect_every)}" if absence else None,
    }
