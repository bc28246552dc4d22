"""Trees from libyaml's events: places in every script, YAML 1.2 where libyaml reads 1.1, and bounds."""

from collections.abc import Iterator

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from monitor import yamlfile, yamltree
from monitor.errors import Problem
from monitor.yamlfile import HINTS_AT_MOST, Node, Problems
from tests.ruleset.reading import node, noted, outside

FRAGMENTS = (
    *"ab:-?[]{},'\"#|>&*!%@`~\t\\=\r\n\x85\u2028\xa0\ufeff\ue000", ": ", "- ", "? ", ", ", "\n  ", "\n    ", " #",
    "|-\n  ", "''", "---\n", "...\n", "\\x41", '"\\ud83d', '"\\U00110000"', "\U0001f600", "e\u0301", "%YAML 1.1\n",
    "<<", "k: v\n",
)  # fmt: skip


ENDED = "the value ended before this; put quotes around all of it, and write ' within '...' twice"


def refusal(text: str) -> str:
    problems = Problems()
    assert yamlfile.parse(text, "f", problems) is None
    (said,) = noted(problems)
    return said


def entries(text: str) -> dict[str, Node]:
    root = node(text)
    assert isinstance(root.value, dict)
    return root.value


def test_columns_count_characters_whatever_their_bytes_and_widths() -> None:
    value = entries("\U0001f600: e\u0301 ق\nب: {\U0001f600: 'x\U0001f600', y: z}\n")
    within = value["ب"].value
    assert isinstance(within, dict)
    assert (value["\U0001f600"].line, value["\U0001f600"].column, value["\U0001f600"].inside) == (1, 4, 0)
    assert (within["\U0001f600"].column, within["\U0001f600"].inside) == (8, 1)
    assert (within["y"].line, within["y"].column) == (2, 17)


@pytest.mark.parametrize("end", ["\n", "\r\n", "\r"])
def test_lines_are_the_same_with_the_line_ends_of_any_system(end: str) -> None:
    text = end.join(["# first", "a: x", "b:", "  - y", "  - z: &q"])
    assert refusal(text).startswith("f:5:8: anchors")
    assert refusal(text.replace("&q", "\x07")).startswith("f:5:8: the character U+0007")


@pytest.mark.parametrize("char", ["\x85", "\u2028", "\u2029", "\ufeff"])
def test_what_ended_a_line_in_yaml_1_1_is_text_in_1_2(char: str) -> None:
    value = entries(f"a: x{char}y\nb: '{char}'\nc{char}: [{char}z]\n")
    assert (value["a"].value, value["b"].value) == (f"x{char}y", char)
    assert (value[f"c{char}"].line, value["a"].inside) == (3, 0)
    assert refusal(f"a: x{char}y\nb: {char}c: d\n") == "f:2:6: a text that holds ': ' needs quotes around it"


def test_private_characters_of_a_file_are_not_taken_for_those_that_stand_in() -> None:
    assert entries("a: \ue000\u2028\ue001 b\x85\n")["a"].value == "\ue000\u2028\ue001 b\x85"


def test_a_text_in_a_list_may_end_with_a_colon() -> None:
    value = entries('a: [görüş:, analiz:]\nb: ["x:", y:]')
    assert [one.value for key in ("a", "b") for one in value[key].value if isinstance(one, Node)] == [
        "görüş:", "analiz:", "x:", "y:",
    ]  # fmt: skip
    assert [(one.column, one.inside) for one in value["a"].value if isinstance(one, Node)] == [(5, 0), (13, 0)]


def test_a_key_in_quotes_needs_no_space_behind_its_colon() -> None:
    value = entries("{\"a\":[b], 'c':{d: e}}")
    assert list(value) == ["a", "c"]


def test_a_tab_may_part_a_key_from_its_value_and_a_value_from_its_comment() -> None:
    assert entries("a:\tb\t# c")["a"].value == "b"


@pytest.mark.parametrize(
    ("text", "said"),
    [
        (": b", "f:1:1: a key is missing before this ':'; a text that begins so needs quotes around it"),
        ("a: [:b]", "f:1:5: a key is missing before this ':'; a text that begins so needs quotes around it"),
        ("%a", "f:1:1: a text that begins with a sign needs quotes around it"),
        ("a:\n  - b\n {c: d}", "f:3:2: " + ENDED),
        ("a:\n  - b\n - c: d", "f:3:2: this line is indented unlike the lines above it"),
        ("- a\n - b\nc: d", "f:3:1: the list above goes on here; begin the line with '- '"),
        ('a: "\\U00110000"', r"f:1:5: this \U escape names no character"),
        ("a: b\n---\nc: d", "f:2:1: a second document ('---') begins here; use one file for each"),
        ("a:\n" + "  " * 10 + "'b\n\n\n", "f:2:21: this quote is never closed"),
    ],
)  # fmt: skip
def test_more_slips_in_plain_words(text: str, said: str) -> None:
    assert refusal(text) == said


def test_a_slip_behind_ten_thousand_rules_is_told_like_one_in_the_first() -> None:
    rules = "".join(f"- id: r{number}\n  match: $a and\n    $b\n" for number in range(10_000))
    assert refusal(rules + "- id: x: y\n") == "f:30001:8: a text that holds ': ' needs quotes around it"
    assert refusal(rules + " - id: x\n") == "f:30001:2: this line is indented unlike the lines above it"


def test_a_million_values_are_too_many() -> None:
    text = "[" + "b," * yamltree.MOST_VALUES + "]"
    assert refusal(text) == f"f:1:{2 * yamltree.MOST_VALUES}: the file has more than 1,000,000 values; split it"


@pytest.mark.parametrize(
    "piece", ["[", "{a: ", "- ", "a: ", "'", '"\\n', "#", "\t", "\n", "? ", "...\n", "x\u2028", "a:,"]
)
def test_four_megabytes_of_one_piece_end_in_a_value_or_a_problem(piece: str) -> None:
    problems = Problems()
    root = yamlfile.parse(piece * (4_000_000 // len(piece)), "f", problems)
    assert (root is None) == bool(problems)


@settings(max_examples=1000, deadline=2000)
@given(st.lists(st.sampled_from(FRAGMENTS), max_size=14).map("".join))
def test_any_heap_of_signs_gives_a_value_or_problems_with_places_in_it(text: str) -> None:
    text = text.removeprefix("\ufeff").replace("\r", "\n")
    problems = Problems()
    root = yamlfile.parse(text, "f", problems)
    assert (root is None) <= bool(problems)
    assert outside(problems, text) == []


@settings(max_examples=300, deadline=2000)
@given(st.text(st.characters(exclude_categories=["Cc", "Cs"], exclude_characters="'\ufffe\uffff"), min_size=1))
def test_any_text_in_quotes_is_read_as_it_was_written(text: str) -> None:
    assert entries(f"a: '{text}'")["a"].value == text


def test_only_the_first_fifty_unknown_names_are_compared_with_all_that_are_known() -> None:
    problems = Problems()

    def known() -> Iterator[str]:
        assert problems.hints <= HINTS_AT_MOST
        yield "turkey"

    hints = [yamlfile.nearest("turky", known(), problems) for _ in range(10_000)]
    assert hints.count("; did you mean 'turkey'?") == HINTS_AT_MOST
    assert set(hints[HINTS_AT_MOST:]) == {""}
    assert yamlfile.nearest("turky", ["turkey"]) == "; did you mean 'turkey'?"


def test_of_ten_thousand_known_names_the_nearest_is_found() -> None:
    known = [f"entity_{number}" for number in range(10_000)]
    assert yamlfile.nearest("entity4711", known) == "; did you mean 'entity_4711'?"


def test_errors_are_counted_as_they_come_and_warnings_are_not() -> None:
    problems = Problems()
    problems.found.append(Problem(file="f", message="so so", warning=True))
    assert (bool(problems), problems.errors) == (False, 0)
    problems.found.append(Problem(file="f", message="bad"))
    assert (bool(problems), problems.errors, problems.errors) == (True, 1, 1)
