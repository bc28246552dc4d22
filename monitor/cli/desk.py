"""The command that checks the desk's files, its configuration and the tests in its rules."""

from dataclasses import replace
from pathlib import Path
from typing import Any

import click

from monitor import app as composition
from monitor.app import App, Places
from monitor.cli import output
from monitor.cli.options import places_options, where
from monitor.daemon import clock
from monitor.errors import Problem
from monitor.ruleset.desk import desk_of


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
    waiting = f"{app.desk.unverified} more wait for review and count in shadow only"
    return (
        f"{app.places.desk}: {count(len(app.desk.feeds), 'feed')}, {count(len(app.desk.ruleset.every), 'rule')} with "
        f"{count(tests, 'test')}, {count(len(vocabulary.entities), 'entity', 'entities')} with "
        f"{count(aliases, 'alias', 'aliases')} ({waiting}), {count(len(app.config.receivers), 'receiver')}"
    )
