"""What stands under `tests:` in a rule."""

import re
from collections.abc import Iterator

from monitor import yamlfile
from monitor.core.rule import Expectation, RuleTest
from monitor.yamlfile import Node, Problems

TEST_KEYS = ("text", "title", "lead", "body", "lang", "link", "country", "expect", "why")

LANGUAGE = re.compile(r"[a-z]{2,3}")
_EXPECTED = tuple(expectation.value for expectation in Expectation)
COUNTRY = re.compile(r"[A-Z]{2}")


def read_tests(node: Node, problems: Problems) -> Iterator[RuleTest]:
    """The tests of a rule; one at least must match, and one must not."""
    expected, unclear = set(), not isinstance(node.value, list)
    for item in yamlfile.items(node, problems, "'tests'"):
        tests = tuple(_test(item, problems))
        unclear = unclear or not tests
        expected |= {test.expect for test in tests}
        yield from tests
    alone = Expectation.MATCH not in expected or len(expected) == 1
    if alone and not unclear:
        problems.add(node, "give at least one text that must match and one that must not ('no-match' or 'digest')")


def _test(node: Node, problems: Problems) -> Iterator[RuleTest]:
    keys = yamlfile.mapping(node, problems, known=TEST_KEYS, required=("expect",), what="a test")
    if not keys:
        return
    if ("text" in keys) == ("title" in keys):
        problems.add(node, "a test has either 'text', or 'title' (and 'lead', 'body')")
    written = {key: yamlfile.text(keys[key], problems, f"{key!r}") if key in keys else "" for key in TEST_KEYS}
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
        )
