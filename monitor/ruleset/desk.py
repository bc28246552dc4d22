"""A desk: the folder with feeds, gazetteer, lexicon, exclusions and watch rules.

It is loaded whole or not at all, but for one thing: who asks for it gets the rules that are in order without those that
are not, so that a slip in one rule does not end the watch over all others.
"""

import contextlib
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

from monitor import yamlfile
from monitor.core.feed import Feed
from monitor.core.rule import OutageRule, Ruleset
from monitor.errors import ConfigError, Problem
from monitor.ruleset.clauses import ClauseReader
from monitor.ruleset.exclusions import ExclusionReader
from monitor.ruleset.feeds import read_feeds
from monitor.ruleset.rules import RuleReader
from monitor.ruleset.vocabulary import VocabularyReader
from monitor.yamlfile import Node, Problems

_FILES = ("feeds", "exclusions")
_FOLDERS = ("gazetteer", "lexicon", "watch")


@dataclass(frozen=True, slots=True, kw_only=True)
class Desk:
    """Everything the desk's files say. `unverified` counts aliases that wait for review and find nothing.

    `exclusions` are the names of the shared ones. `left_out` has the problems of rules that are not in the ruleset.
    """

    feeds: dict[str, Feed]
    ruleset: Ruleset
    unverified: int
    outage: OutageRule = field(default_factory=OutageRule)
    exclusions: tuple[str, ...] = ()
    warnings: tuple[Problem, ...] = ()
    left_out: tuple[Problem, ...] = ()


def load_desk(folder: Path, *, lenient: bool = False) -> Desk:
    """The desk in a folder; raises ConfigError with every problem of every file.

    `lenient` leaves out rules with problems as long as one is in order.
    """
    problems, of_rules = Problems(), Problems()
    if not folder.is_dir():
        message = "there is no such folder; name the desk with --desk DIR"
        raise ConfigError([Problem(file=str(folder), message=message)])
    words = VocabularyReader(problems)
    whole = _each(folder, "gazetteer/*.yaml", words.read_gazetteer, problems).whole
    whole = _each(folder, "lexicon/*.yaml", words.read_lexicon, problems).whole and whole
    vocabulary = words.vocabulary(whole=whole)
    shared = ExclusionReader(ClauseReader(vocabulary, problems, whole=whole), problems)
    whole_exclusions = _each(folder, "exclusions.yaml", shared.read, problems).whole
    clauses = ClauseReader(vocabulary, of_rules, whole=whole)
    rules = RuleReader(clauses, shared.for_rules(clauses, of_rules, whole=whole_exclusions), of_rules)
    watched = _each(folder, "watch/*.yaml", rules.read, of_rules)
    correlations = rules.correlations(whole=watched.whole)
    feeds: dict[str, Feed] = {}
    names = {*vocabulary.entities, *vocabulary.groups} if whole else None
    listed = _each(folder, "feeds.yaml", lambda root: feeds.update(read_feeds(root, problems, names)), problems)
    _refuse_misnamed(folder, "wirewatch.yaml", problems)
    _say_what_lacks(folder, {"feeds.yaml": listed.files, "watch/*.yaml": watched.files}, problems)
    if problems or (of_rules and not (lenient and rules.rules)):
        raise ConfigError([*problems.found, *of_rules.found])
    return Desk(
        feeds=feeds,
        ruleset=Ruleset(rules=rules.rules, vocabulary=vocabulary, correlations=correlations),
        outage=rules.outage or OutageRule(),
        unverified=words.unverified,
        exclusions=tuple(shared.shared),
        warnings=tuple(one for one in (*problems.found, *of_rules.found) if one.warning),
        left_out=tuple(one for one in of_rules.found if not one.warning),
    )


def desk_of(file: Path) -> Path | None:
    """The folder of the desk that a file is a part of, by its name and place; None for a file that no desk reads."""
    folder = file.parent
    if file.suffix not in {".yaml", ".yml"}:
        return None
    inner = folder.resolve().name in _FOLDERS and not (folder / "watch").is_dir()
    if inner:
        return folder / ".." if folder.name in {"", ".."} else folder.parent
    return folder if file.stem in _FILES else None


def files_of(folder: Path) -> list[Path]:
    """Every file that decides what `load_desk` says, in the order of their paths; none where there is no folder."""
    names = [*_FILES, "wirewatch", *(f"{inner}/*" for inner in _FOLDERS)]
    return sorted(path for name in names for end in (".yaml", ".yml") for path in _found(folder, name + end))


@dataclass(frozen=True, slots=True)
class _Reading:
    """How many files of a pattern there are, and whether every one of them could be read as YAML."""

    files: int
    whole: bool


def _each(folder: Path, pattern: str, read: Callable[[Node], None], problems: Problems) -> _Reading:
    """Read every file of a pattern in the order of its name."""
    paths = _found(folder, pattern)
    roots = [yamlfile.load(path, str(path), problems) for path in paths]
    for root in roots:
        if root is not None:
            read(root)
    misnamed = _refuse_misnamed(folder, pattern, problems)
    return _Reading(len(paths), whole=None not in roots and not misnamed)


def _found(folder: Path, pattern: str) -> list[Path]:
    """Not what is hidden: Emacs keeps `.#rules.yaml`, a link to nowhere, beside a file that is being edited."""
    with contextlib.suppress(OSError):
        found = sorted(folder.glob(pattern))
        return [path for path in found if not any(part.startswith(".") for part in path.relative_to(folder).parts)]
    # The folder was taken away under the look at it, as a checkout does.
    return []


def _refuse_misnamed(folder: Path, pattern: str, problems: Problems) -> bool:
    """A rule saved as .yml would otherwise be ignored without a word; whether there are such files.

    What lies in a folder further down is put aside, and a warning: it may have been put there by mistake.
    """
    name = pattern.removesuffix(".yaml")
    misnamed = {path: f"name it {path.stem}.yaml" for path in _found(folder, name + ".[yY][mM][lL]")}
    for path in _found(folder, name + ".[yY][aA][mM][lL]"):
        if path.suffix != ".yaml":
            misnamed[path] = f"name it {path.stem}.yaml"
    for path, advice in misnamed.items():
        problems.found.append(Problem(file=str(path), message=f"this file is not read; {advice}"))
    if name.endswith("/*"):
        message = f"this file is not read where it lies; what is to count belongs in {name.removesuffix('/*')}/"
        inner = _found(folder, f"{name}/**/*.yaml")
        problems.found += [Problem(file=str(path), message=message, warning=True) for path in inner]
    return bool(misnamed)


def _say_what_lacks(folder: Path, counts: dict[str, int], problems: Problems) -> None:
    for name, count in counts.items():
        if count == 0:
            message = f"the desk has no {name}; see the shipped desk in rules/ for one that works"
            problems.found.append(Problem(file=str(folder), message=message))
