"""A desk: the folder with feeds, gazetteer, lexicon, exclusions and watch rules, loaded whole or not at all."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from pathlib import Path

from monitor import yamlfile
from monitor.core.feed import Feed
from monitor.core.rule import Ruleset
from monitor.errors import ConfigError, Problem
from monitor.ruleset.feeds import read_feeds
from monitor.ruleset.rules import RuleReader
from monitor.ruleset.vocabulary import VocabularyReader
from monitor.yamlfile import Node, Problems


@dataclass(frozen=True, slots=True, kw_only=True)
class Desk:
    """Everything the desk's files say. `unverified` counts aliases that wait for review and find nothing."""

    feeds: dict[str, Feed]
    ruleset: Ruleset
    unverified: int
    warnings: tuple[Problem, ...] = ()


def load_desk(folder: Path) -> Desk:
    """The desk in a folder; raises ConfigError with every problem of every file."""
    problems = Problems()
    if not folder.is_dir():
        message = "there is no such folder; name the desk with --desk DIR"
        raise ConfigError([Problem(file=str(folder), message=message)])
    words = VocabularyReader(problems)
    _each(folder, "gazetteer/*.yaml", words.read_gazetteer, problems)
    _each(folder, "lexicon/*.yaml", words.read_lexicon, problems)
    vocabulary = words.vocabulary()
    rules = RuleReader(vocabulary, problems)
    _each(folder, "exclusions.yaml", rules.read_exclusions, problems)
    watched = _each(folder, "watch/*.yaml", rules.read_rules, problems)
    feeds: dict[str, Feed] = {}
    listed = _each(folder, "feeds.yaml", lambda root: feeds.update(read_feeds(root, problems)), problems)
    _say_what_lacks(folder, {"feeds.yaml": listed, "watch/": watched}, problems)
    if problems:
        raise ConfigError(problems.found)
    ruleset = Ruleset(rules=rules.rules, vocabulary=vocabulary)
    return Desk(feeds=feeds, ruleset=ruleset, unverified=words.unverified, warnings=tuple(problems.found))


def _each(folder: Path, pattern: str, read: Callable[[Node], None], problems: Problems) -> int:
    """Read every file of a pattern in the order of its name; the number of files there are."""
    paths = sorted(path for path in folder.glob(pattern) if path.is_file())
    for path in paths:
        root = yamlfile.load(path, str(path), problems)
        if root is not None:
            read(root)
    for path in _misnamed(folder, pattern):
        message = "this file is not read; name it .yaml"
        problems.found.append(Problem(file=str(path), message=message))
    return len(paths)


def _misnamed(folder: Path, pattern: str) -> Iterable[Path]:
    """A rule saved as .yml would otherwise be ignored without a word."""
    return sorted(folder.glob(pattern.removesuffix(".yaml") + ".yml"))


def _say_what_lacks(folder: Path, counts: dict[str, int], problems: Problems) -> None:
    for name, count in counts.items():
        if count == 0:
            message = f"the desk has no {name}; see the shipped desk in rules/ for one that works"
            problems.found.append(Problem(file=str(folder), message=message))
