"""Commands on the desk's files: check, rules."""

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
from monitor.ruleset.explain import explain
from monitor.ruleset.testing import run_tests

_DESK_FILES = ("feeds.yaml", "exclusions.yaml", "wirewatch.yaml")


@click.command()
@click.argument("paths", nargs=-1, type=click.Path(exists=True, path_type=Path))
@places_options
@click.option("--format", "form", type=click.Choice(["text", "json", "github"]), default="text", help="How to print.")
def check(paths: tuple[Path, ...], form: str, **options: Any) -> None:
    """Check the desk, the configuration and the rules' own tests; every problem at once, with file and line.

    PATH is a desk, or files of one: then only their problems are shown.

    \b
    wirewatch check
    wirewatch check rules/watch/ypg-status.yaml
    wirewatch check --format github
    """
    found: list[Problem] = []
    summaries = []
    for places, files in _asked(paths, where(options)).items():
        app, problems, tests = composition.check(places, clock().date())
        found += [problem for problem in problems if not files or Path(problem.file).resolve() in files]
        summaries += [_summary(app, tests)] if app else []
        if files and app is None and not any(map(_is_error, found)):
            # "no problems" would be untrue of a rule whose tests did not run.
            message = f"other files have problems, so the tests of the rules did not run; see check {places.desk}"
            found.append(Problem(file=str(places.desk), message=message))
    found += [
        Problem(file=str(path), message="no desk reads a file of this name or in this place")
        for path in paths
        if _places_of(path, where(options)) is None
    ]
    output.problems(sorted(set(found)), form)
    errors = set(filter(_is_error, found))
    if form == "text":
        for summary in summaries:
            click.echo(summary)
        click.echo(f"{len(errors)} problem(s)" if errors else "no problems")
    raise SystemExit(1 if errors else 0)


@click.group()
def rules() -> None:
    """The watch rules: list them, run their tests, see why one matches a text."""


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
    """Why a rule matches a text, or what is missing; TEXT is read as a title.

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


def _asked(paths: tuple[Path, ...], chosen: Places) -> dict[Places, set[Path]]:
    """The desks to check, each once, with the files whose problems are asked for: none for all of them."""
    asked: dict[Places, set[Path]] = {} if paths else {chosen: set()}
    whole = {_places_of(path, chosen) for path in paths if path.is_dir()}
    for path in paths:
        places = _places_of(path, chosen)
        if places is not None:
            asked.setdefault(places, set()).update(set() if places in whole else {path.resolve()})
    return asked


def _places_of(path: Path, chosen: Places) -> Places | None:
    """The desk that a path is, or is a file of; a configuration may stand anywhere, None for any other file."""
    if path.is_dir():
        return replace(chosen, desk=path)
    folder = desk_of(path)
    if path.stem.startswith("wirewatch") and (folder is None or not desk_of_feeds(folder)):
        return replace(chosen, config=path)
    return None if folder is None else replace(chosen, desk=folder)


def _summary(app: App, tests: int) -> str:
    vocabulary = app.desk.ruleset.vocabulary
    aliases = sum(len(one.aliases) for one in vocabulary.entities.values())
    return (
        f"{app.places.desk}: {len(app.desk.feeds)} feeds, {len(app.desk.ruleset.rules)} rules with {tests} tests, "
        f"{len(vocabulary.entities)} entities with {aliases} aliases ({app.desk.unverified} more wait for review and "
        f"find nothing), {len(app.config.receivers)} receivers"
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
