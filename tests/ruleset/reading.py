"""Texts read as the desk reads its files, and ways in which people mistype them."""

from textwrap import dedent

from hypothesis import strategies as st

from monitor import yamlfile
from monitor.core.gazetteer import Vocabulary
from monitor.core.rule import Rule
from monitor.ruleset.clauses import ClauseReader
from monitor.ruleset.exclusions import ExclusionReader
from monitor.ruleset.rules import RuleReader
from monitor.ruleset.vocabulary import VocabularyReader
from monitor.yamlfile import Node, Problems
from tests.support.desk import GAZETTEER, LEXICON

# What a slip of the hand, a bad paste or a template leaves behind.
_SLIPS = (
    *" -[]{}'\"#|>%@,\\$()*0~\t\n\0\x07\x85\u2028\ufeff\u202e٣é",
    ": ", "- ", " #", "&a ", "*a", "!x ", "? ", "<<: ", "---\n", "...\n", "\n\n", "  ", "''", '""', "[]", "{}", "null",
    "$turkey", "and ", "near/", "near/3 ", "id: ", "a.b", "-1", "9" * 30, "9" * 5000 + "d", "http://[", "@example.org",
    '"\\UFFFFFFFF"', '"\\ud800"', '"\\q"',
)  # fmt: skip


def noted(problems: Problems) -> list[str]:
    """The problems as `check` prints them, in the order of the file."""
    return [str(problem) for problem in sorted(problems.found)]


def node(text: str, problems: Problems | None = None) -> Node:
    """The root of a text that is good YAML."""
    problems = problems or Problems()
    root = yamlfile.parse(dedent(text), "file.yaml", problems)
    assert root is not None, noted(problems)
    return root


def vocabulary(gazetteer: str = GAZETTEER, lexicon: str = LEXICON) -> Vocabulary:
    """The vocabulary of a gazetteer and a lexicon without problems."""
    problems = Problems()
    reader = VocabularyReader(problems)
    reader.read_gazetteer(node(gazetteer))
    reader.read_lexicon(node(lexicon))
    read = reader.vocabulary()
    assert noted(problems) == []
    return read


VOCABULARY = vocabulary()


def rules(text: str, exclusions: str = "") -> tuple[dict[str, Rule], list[str]]:
    """The rules of a file on the test desk's vocabulary, and the problems in it."""
    problems = Problems()
    reader = rule_reader(problems, exclusions)
    root = yamlfile.parse(dedent(text), "rules.yaml", problems)
    if root is not None:
        reader.read(root)
    return reader.rules, noted(problems)


def rule_reader(problems: Problems, exclusions: str = "") -> RuleReader:
    """A reader of rules on the test desk's vocabulary, with shared exclusions that are in order."""
    clauses = ClauseReader(VOCABULARY, problems)
    shared = ExclusionReader(clauses, problems)
    if exclusions:
        shared.read(node(exclusions))
    return RuleReader(clauses, shared, problems)


def mistyped(valid: str) -> st.SearchStrategy[str]:
    """A good file with up to four slips: something typed in, cut out, or written over."""
    slip = st.tuples(st.integers(0, len(valid)), st.integers(0, 12), st.sampled_from(_SLIPS) | st.text(max_size=3))
    return st.lists(slip, max_size=4).map(lambda slips: _with(valid, slips))


def _with(valid: str, slips: list[tuple[int, int, str]]) -> str:
    for at, length, typed in slips:
        valid = valid[:at] + typed + valid[at + length :]
    return valid


def outside(problems: Problems, text: str) -> list[str]:
    """The problems whose place is not in the text, which there should be none of; the end of a line is in it."""
    lines = text.split("\n")
    return [
        str(problem)
        for problem in problems.found
        if problem.line and not (problem.line <= len(lines) and 1 <= problem.column <= len(lines[problem.line - 1]) + 1)
    ]
