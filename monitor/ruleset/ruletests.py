"""What stands under `tests:` in a rule."""

import re
from collections.abc import Iterator, Sequence

from monitor import yamlfile
from monitor.core.rule import Expectation, RuleTest, StoryTest
from monitor.core.tracker import Facet
from monitor.ruleset.clauses import ClauseReader
from monitor.ruleset.stories import StoryReader
from monitor.ruleset.targets import target, wrong_target
from monitor.yamlfile import Node, Problems

TEST_KEYS = ("text", "title", "lead", "body", "lang", "link", "country", "expect", "why", "numbers", "state")

LANGUAGE = re.compile(r"[a-z]{2,3}")
_EXPECTED = tuple(expectation.value for expectation in Expectation)
COUNTRY = re.compile(r"[A-Z]{2}")
# A figure as core/figures.py shows it.
FIGURE = re.compile(r"none|[0-9]{1,9}\+?|[0-9]{1,9}-[0-9]{1,9}|(?:about|up to) [0-9]{1,9}")
NOT_COUNTED = "none"


def read_tests(
    node: Node, problems: Problems, clauses: ClauseReader, facets: Sequence[Facet] | None = None
) -> tuple[tuple[RuleTest, ...], tuple[StoryTest, ...]]:
    """The tests of a rule, texts and stories; one at least must match, and one must not.

    `facets` are those of a rule of type status, whose evidence may wait; none of them where they could not be read.
    """
    tests: list[RuleTest] = []
    stories: list[StoryTest] = []
    unclear = not isinstance(node.value, list)
    for item in yamlfile.items(node, problems, "'tests'"):
        before = len(tests) + len(stories)
        if isinstance(item.value, dict) and "story" in item.value:
            stories += StoryReader(problems, clauses, holds=facets is not None).read(item)
        else:
            tests += _test(item, problems, facets)
        unclear = unclear or len(tests) + len(stories) == before
    matching = any(test.expect is Expectation.MATCH for test in tests) or any(one.rings for one in stories)
    silent = any(test.expect is not Expectation.MATCH for test in tests) or any(one.silences for one in stories)
    if not ((matching and silent) or unclear):
        problems.add(node, "give at least one text that must match and one that must not ('no-match' or 'digest')")
    return tuple(tests), tuple(stories)


def _test(node: Node, problems: Problems, facets: Sequence[Facet] | None) -> Iterator[RuleTest]:
    keys = yamlfile.mapping(node, problems, known=(*TEST_KEYS, "story"), required=("expect",), what="a test")
    if not keys:
        return
    if ("text" in keys) == ("title" in keys):
        problems.add(node, "a test has either 'text', or 'title' (and 'lead', 'body')")
    texts = [key for key in TEST_KEYS if key not in {"numbers", "state"}]
    written = {key: yamlfile.text(keys[key], problems, f"{key!r}") if key in keys else "" for key in texts}
    language = written["lang"] or "en"
    if not LANGUAGE.fullmatch(language):
        problems.add(keys["lang"], f"'lang' is a language code such as en, tr or kmr, not {language!r}")
    if written["country"] and not COUNTRY.fullmatch(written["country"]):
        problems.add(
            keys["country"], f"'country' is the code of the feed's country, such as TR, not {written['country']!r}"
        )
    word = yamlfile.choice(keys["expect"], problems, "'expect'", _EXPECTED) if "expect" in keys else ""
    if word:
        yield RuleTest(
            title=written["text"] or written["title"],
            lead=written["lead"],
            body=written["body"],
            language=language,
            country=written["country"],
            link=written["link"],
            expect=Expectation(word),
            line=node.line,
            column=node.column,
            numbers=tuple(_numbers(keys["numbers"], problems)) if "numbers" in keys else (),
            state=_state(keys["state"], problems, facets, word) if "state" in keys else "",
        )


def _state(node: Node, problems: Problems, facets: Sequence[Facet] | None, expected: str) -> str:
    """What a text is to be evidence of."""
    if facets is None:
        problems.add(node, "'state' is of rules of type status; remove it")
    elif expected != Expectation.MATCH:
        problems.add(node, f"'state' is of a text that is evidence; write 'expect: {Expectation.MATCH}', or remove it")
    elif isinstance(node.value, dict):
        problems.add(node, "'state' is a text; put quotes around facet and state, \"deal: signed\"")
    elif (written := yamlfile.text(node, problems, "'state'")) and facets:
        if wrong := wrong_target(written, facets):
            problems.add(node, wrong)
        return target(written)
    return ""


def _numbers(node: Node, problems: Problems) -> Iterator[tuple[str, str]]:
    """The figures a text gives, as they are told."""
    for name, value in yamlfile.pairs(node, problems, "'numbers' of a test"):
        written = value.value if isinstance(value.value, str) else ""
        if FIGURE.fullmatch(written):
            yield name, written
        else:
            message = f"'numbers.{name}' of a test is a figure: 31, 2-3, 20+, about 30, up to 20, or none"
            problems.add(value, message)
