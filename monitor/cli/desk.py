"""Commands on the desk's files: check, rules."""

from dataclasses import replace
from pathlib import Path
from typing import Any

import click

from monitor import app as composition
from monitor.app import App, Places
from monitor.cli import output
from monitor.cli.options import json_option, load, places_options, where
from monitor.core import entry
from monitor.core.query import describe
from monitor.core.rule import Rule
from monitor.daemon import clock
from monitor.errors import Problem
from monitor.ruleset.desk import desk_of
from monitor.ruleset.explain import explain
from monitor.ruleset.testing import run_tests


@click.command()
@click.argument("paths", nargs=-1, type=click.Path(exists=True, path_type=Path))
@places_options
@click.option("--format", "form", type=click.Choice(["text", "json", "github"]), default="text", help="How to print.")
def check(paths: tuple[Path, ...], form: str, **options: Any) -> None:
    """Check desk, configuration and the rules' own tests.

    Every problem is told at once, with file and line. PATH is a desk, a file or folder of one (then only its own
    problems are shown), or a configuration.

    \b
    wirewatch check
    wirewatch check rules/watch/ypg-status.yaml
    wirewatch check --format github
    """
    chosen = where(options)
    found: list[Problem] = []
    summaries: dict[str, None] = {}
    for path in paths or (chosen.desk,):
        problems, summary = _checked(path, chosen)
        found += problems
        summaries |= dict.fromkeys(summary)
    output.problems(sorted(set(found)), form)
    errors = {problem for problem in found if not problem.warning}
    if form == "text":
        for line in summaries:
            click.echo(line)
        click.echo(output.count(len(errors), "problem") if errors else "no problems")
    raise SystemExit(1 if errors else 0)


@click.group()
def rules() -> None:
    """The watch rules: list, test and explain them."""


@rules.command("list")
@places_options
@json_option
def list_rules(as_json: bool, **options: Any) -> None:
    """Every rule with its severity, owner and number of tests."""
    rows = [_rule_row(rule) for rule in load(options).desk.ruleset.rules.values()]
    if as_json:
        output.as_json(rows)
        return
    columns = {"id": "RULE", "severity": "SEVERITY", "owner": "OWNER", "tests": "TESTS", "title": "TITLE"}
    output.table(rows, columns, empty="no rules")


@rules.command()
@click.argument("rule_ids", nargs=-1, metavar="[RULE...]")
@places_options
@json_option
def test(rule_ids: tuple[str, ...], as_json: bool, **options: Any) -> None:
    """Run the tests that rules carry, with the matcher that alerts.

    \b
    wirewatch rules test
    wirewatch rules test ypg-status --json
    """
    app = load(options)
    for rule_id in rule_ids:
        _rule(app, rule_id)
    outcomes = list(run_tests(app.matcher, clock().date(), rule_ids))
    failed = [outcome for outcome in outcomes if not outcome.passed]
    if as_json:
        problems = [outcome.problem.as_dict() for outcome in failed]
        output.as_json({"passed": len(outcomes) - len(failed), "failed": len(failed), "problems": problems})
    else:
        output.problems(outcome.problem for outcome in failed)
        click.echo(f"{len(outcomes) - len(failed)} passed, {len(failed)} failed")
    raise SystemExit(1 if failed else 0)


@rules.command("explain")
@click.argument("rule_id", metavar="RULE")
@click.argument("text")
@click.option("--lead", default="", help="The text below the title.")
@click.option("--lang", default="en", help="The language of the text [default: en].")
@click.option("--link", default="", help="The link, for exclusions that look at it.")
@places_options
@json_option
def explain_rule(rule_id: str, text: str, lead: str, lang: str, link: str, as_json: bool, **options: Any) -> None:
    """Why a rule matches a text, or what is missing.

    TEXT is read as a title.

    \b
    wirewatch rules explain ypg-status "SDF signs deal with Damascus to join the army"
    wirewatch rules explain turkey-russia-joint-patrol --lang tr "Türkiye ile Rusya ortak devriyede"
    """
    app = load(options)
    rule = _rule(app, rule_id)
    found = explain(app.matcher, rule, entry.read(text, lead, lang), link, clock().date())
    if as_json:
        output.as_json({"rule": rule.id, "match": found.match is not None, "verdict": found.verdict,
                        "missing": found.missing, "tree": found.lines})  # fmt: skip
        return
    click.echo(f"{rule.id}: {found.verdict}")
    for line in found.lines:
        click.echo(f"  {line}")


def _checked(path: Path, chosen: Places) -> tuple[list[Problem], list[str]]:
    """The problems of a desk or of one file, and a line on the desk where it could be loaded."""
    places = _places_of(path, chosen)
    if places is None:
        return [Problem(file=str(path), message="no desk reads a file of this name in this place")], []
    app, problems, tests = composition.check(places, clock().date())
    summary = [_summary(app, tests)] if app else []
    if path == places.desk:
        return problems, summary
    own = [problem for problem in problems if Path(problem.file).resolve().is_relative_to(path.resolve())]
    if app is None and all(problem.warning for problem in own):
        # To say "no problems" would be wrong: the tests of its rules did not run.
        message = f"not checked to the end, for other files have problems; see wirewatch check {places.desk}"
        own.append(Problem(file=str(path), message=message))
    return own, summary


def _places_of(path: Path, chosen: Places) -> Places | None:
    """The desk that a path is, or is a file of; a configuration may stand anywhere. None for any other file."""
    if path == chosen.desk or (path / "feeds.yaml").exists():
        return replace(chosen, desk=path)
    if path.is_dir():
        return replace(chosen, desk=desk_of(path / "any.yaml") or path)
    if path.stem.startswith("wirewatch"):
        desk = path.parent if (path.parent / "feeds.yaml").exists() else chosen.desk
        return replace(chosen, desk=desk, config=path)
    folder = desk_of(path)
    return replace(chosen, desk=folder) if folder else None


def _summary(app: App, tests: int) -> str:
    vocabulary, count = app.desk.ruleset.vocabulary, output.count
    aliases = sum(len(one.aliases) for one in vocabulary.entities.values())
    waiting = f"{app.desk.unverified} more wait for review and find nothing"
    return (
        f"{app.places.desk}: {count(len(app.desk.feeds), 'feed')}, {count(len(app.desk.ruleset.rules), 'rule')} with "
        f"{count(tests, 'test')}, {count(len(vocabulary.entities), 'entity', 'entities')} with "
        f"{count(aliases, 'alias', 'aliases')} ({waiting}), {count(len(app.config.receivers), 'receiver')}"
    )


def _rule(app: App, rule_id: str) -> Rule:
    rule = app.desk.ruleset.rules.get(rule_id)
    if rule is None:
        known = ", ".join(app.desk.ruleset.rules)
        raise click.BadParameter(f"no rule is called {rule_id!r}; there are: {known}", param_hint="RULE")
    return rule


def _rule_row(rule: Rule) -> dict[str, Any]:
    return {
        "id": rule.id,
        "title": rule.title,
        "severity": rule.severity.label,
        "owner": rule.owner,
        "match": describe(rule.match),
        "exclude": [exclusion.name for exclusion in rule.exclude],
        "tests": len(rule.tests),
        "file": rule.file,
        "line": rule.line,
    }
