"""Query strings to trees and back, and the words an author gets for each mistake."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from monitor.core.clause import Both, Either, Near, Phrase, Query, Reference, Without, children, leaves, references
from monitor.core.query import DEEPEST_QUERY, LONGEST_CHAIN, LONGEST_QUERY, QueryError, parse
from monitor.core.wording import describe

# Pieces of the grammar in any order, so that a good part of the strings is well formed.
PIECES = st.sampled_from(
    ["and", "or", "not", "AND", "near/3", "near/0", "near/101", "near/٣", "(", ")", "$turkey", "$turkey.adj", "$T", "$",
     "patrol*", "*", "pa*trol", '"joint patrol"', '"and"', '"$turkey"', '"near/5"', '"a(b)"', '""', '"', "“x”", "½",
     "U.S.", "Ra's", "w/5", "then/3", "Türkiye", "-", "guard:roast", "دورية", "\x1c", "\n"]
)  # fmt: skip
ANY_QUERY = st.lists(PIECES, max_size=12).map(" ".join) | st.text(st.characters())

_WORDS = st.text(st.sampled_from("aZ9ışй'’-./:$(“ـأ"), min_size=1, max_size=5).map(lambda word: f"x{word}")
_PHRASES = st.builds(
    lambda words, ending: Phrase((*words[:-1], words[-1] + ending), 0),
    st.lists(_WORDS | st.sampled_from(["and", "or", "not", "near/3", "$turkey"]), min_size=1, max_size=3),
    st.sampled_from(["", "*"]),
)
_LEAVES = _PHRASES | st.sampled_from(["turkey", "turkey.adj", "phase.resume"]).map(lambda name: Reference(name, 0))
_PLACED: st.SearchStrategy[Query] = st.recursive(
    _LEAVES,
    lambda part: (
        st.builds(Near, part, part, st.integers(1, 100))
        | st.lists(part, min_size=2, max_size=3).map(lambda parts: Either(tuple(parts)))
    ),
    max_leaves=6,
)
_TREES: st.SearchStrategy[Query] = st.recursive(
    _PLACED,
    lambda part: (
        st.builds(Without, part)
        | st.lists(part, min_size=2, max_size=3).map(lambda parts: Both(tuple(parts)))
        | st.lists(part, min_size=2, max_size=3).map(lambda parts: Either(tuple(parts)))
    ),
    max_leaves=6,
)
# Beside a word to find, any tree may be asked for.
TREES = _TREES.map(lambda tree: Both((Phrase(("found",), 0), tree)))


def plain(query: Query) -> Query:
    """The tree with every column 0."""
    match query:
        case Reference(name):
            return Reference(name, 0)
        case Phrase(words):
            return Phrase(words, 0)
        case Both(parts) | Either(parts):
            return type(query)(tuple(plain(part) for part in parts))
        case Without(part):
            return Without(plain(part))
        case Near(left, right, distance, ordered):
            return Near(plain(left), plain(right), distance, ordered)
        case _:
            return query


def tree_or_mistake(text: str) -> Query | QueryError:
    try:
        return parse(text)
    except QueryError as error:
        return error


def word(text: str) -> Phrase:
    return Phrase(tuple(text.split()), 0)


A, B, C, D = (word(letter) for letter in "abcd")
TURKEY = Reference("turkey", 0)


@pytest.mark.parametrize(
    ("text", "tree"),
    [
        ("a", A),
        ("$turkey", TURKEY),
        ("$turkey.adj", Reference("turkey.adj", 0)),
        ("patrol*", word("patrol*")),
        ('"joint  patrol*"', word("joint patrol*")),
        ('"and"', word("and")),
        ("a and b and c", Both((A, B, C))),
        ("a or b or c", Either((A, B, C))),
        ("a AND b", Both((A, B))),
        ("a Or b", Either((A, B))),
        ("a and not b", Both((A, Without(B)))),
        ("a and NOT b near/3 c", Both((A, Without(Near(B, C, 3))))),
        ("a near/8 b", Near(A, B, 8)),
        ("a NEAR/8 b", Near(A, B, 8)),
        ("a near/1 b near/100 c", Near(Near(A, B, 1), C, 100)),
        ("a near/1 (b near/2 c)", Near(A, Near(B, C, 2), 1)),
        ("(a or b) near/2 c", Near(Either((A, B)), C, 2)),
        ("(a near/2 b or c) near/2 d", Near(Either((Near(A, B, 2), C)), D, 2)),
        ("a and b near/2 c", Both((A, Near(B, C, 2)))),
        ("a and (b or c)", Both((A, Either((B, C))))),
        ("(a and b) or (c and d)", Either((Both((A, B)), Both((C, D))))),
        ("((a))", A),
        ("(a)and(b)", Both((A, B))),
        ("a and not (not b)", Both((A, Without(Without(B))))),
        ("near and then", Both((word("near"), word("then")))),
        ("here/there", word("here/there")),
        ("\n a\n  and\tb ", Both((A, B))),
    ],
)
def test_a_query_is_read_as_it_is_meant(text: str, tree: Query) -> None:
    assert plain(parse(text)) == tree


@pytest.mark.parametrize(
    ("text", "column", "said"),
    [
        ("", 1, "ends where a word was expected"),
        ("a and", 6, "ends where a word was expected"),
        ("a near/5", 9, "ends where a word was expected"),
        ("a and or b", 7, "before 'or'"),
        ("near/5 b", 1, "before 'near/5'"),
        ("()", 2, "before ')'"),
        ("a b", 3, "side by side"),
        ("a and b $turkey", 9, "side by side"),
        ('a "b c"', 3, "side by side"),
        ("a not b", 3, "side by side"),
        ("(a) (b)", 5, "side by side"),
        ("a and b or c", 9, "mixed"),
        ("a or b and c", 8, "mixed"),
        ("a and not not b", 11, "not not"),
        ("a and (b or c", 7, "never closed"),
        ("a) and b", 2, "closes nothing"),
        ('a and "b', 7, "no partner"),
        ("a and “b c”", 7, "straight quotes"),
        ('a and ""', 7, "nothing between"),
        ("a and *", 7, "'*' cannot be searched"),
        ("a and pa*trol", 7, "end of a word"),
        ("a and patrol**", 7, "end of a word"),
        ('a and "b pa*trol c"', 7, "end of a word"),
        ("a and --", 7, "'--' cannot be searched"),
        ("a and ½", 7, "'½' cannot be searched"),
        ('a and "b ½"', 7, "'½' cannot be searched"),
        ("a and $Turkey", 7, "is no reference"),
        ("a and $", 7, "is no reference"),
        ("a and $turkey.", 7, "is no reference"),
        ("a and $turkey.adj.x", 7, "is no reference"),
        ("a near/0 b", 3, "from 1 to 100"),
        ("a near/101 b", 3, "from 1 to 100"),
        ("a near/ b", 3, "no operator"),
        ("a near/9999999999 b", 3, "no operator"),
        ("a adj/8 b", 3, "no operator"),
        ("a within/8 b", 3, "no operator"),
        ("a w/8 b", 3, "no operator"),
        ("a near/3 (b and c)", 10, "beside near/N"),
        ("(a and b) near/3 c", 1, "beside near/N"),
        ("a near/3 (not b)", 10, "beside near/N"),
        ("a near/3 (b or (c and d))", 10, "beside near/N"),
        ("a near/3 (b or (c or not d))", 10, "beside near/N"),
        ("not a", 1, "only for what is absent"),
        ("not (a or b)", 1, "only for what is absent"),
        ("a or not b", 1, "only for what is absent"),
        ("not a and not b", 1, "only for what is absent"),
        ("not a and (not b)", 1, "only for what is absent"),
    ],
)
def test_a_mistake_is_told_with_its_column(text: str, column: int, said: str) -> None:
    with pytest.raises(QueryError) as caught:
        parse(text)
    assert said in str(caught.value)
    assert caught.value.column == column


@given(ANY_QUERY)
def test_any_string_is_a_query_or_a_mistake_within_it(text: str) -> None:
    tree = tree_or_mistake(text)
    if isinstance(tree, QueryError):
        assert 1 <= tree.column <= len(text) + 1
    else:
        assert plain(parse(describe(tree))) == plain(tree)


@given(TREES)
def test_a_tree_described_and_read_again_is_the_same_tree(tree: Query) -> None:
    assert plain(parse(describe(tree))) == tree


@given(TREES)
def test_every_leaf_of_a_tree_stands_in_its_description(tree: Query) -> None:
    assert all(describe(leaf) in describe(tree) for leaf in leaves(tree))
    assert [leaf for leaf in leaves(tree) if isinstance(leaf, Reference)] == list(references(tree))


@pytest.mark.parametrize(
    "text",
    [
        "a and not b near/3 c",
        "a or b near/3 c",
        "a near/3 b near/4 c",
        "a near/3 (b near/4 c)",
        "(a or b) near/3 c",
        "a and (b or c)",
        "a and not (b or c)",
        '"joint patrol" and "or"',
        "patrol* and U.S. and Ra's and Tal-Abyad",
    ],
)
def test_a_query_without_needless_brackets_is_described_as_it_was_written(text: str) -> None:
    assert describe(parse(text)) == text


@pytest.mark.parametrize("quoted", ['"$turkey"', '"near/5"', '"w/5"', '"a(b)"', '"“b"', '"guard:roast"', '"not"'])
def test_a_word_that_means_something_without_quotes_keeps_them(quoted: str) -> None:
    assert describe(parse(quoted)) == quoted


def test_leaves_come_in_the_order_of_the_query_with_their_columns() -> None:
    tree = parse('$turkey and ("joint patrol" near/3 $russia) and not b')
    assert leaves(tree) == (
        Reference("turkey", 1),
        Phrase(("joint", "patrol"), 14),
        Reference("russia", 36),
        Phrase(("b",), 53),
    )
    assert references(tree) == (Reference("turkey", 1), Reference("russia", 36))


def test_a_leaf_has_no_children_and_an_operator_has_its_parts() -> None:
    assert children(A) == children(TURKEY) == ()
    assert children(Without(A)) == (A,)
    assert children(Near(A, B, 3)) == children(Both((A, B))) == children(Either((A, B))) == (A, B)


def test_brackets_nest_up_to_their_limit() -> None:
    brackets = DEEPEST_QUERY - 1
    assert plain(parse("(" * brackets + "a" + ")" * brackets)) == A
    with pytest.raises(QueryError, match="nest deeper than 40") as caught:
        parse("(" * DEEPEST_QUERY + "a" + ")" * DEEPEST_QUERY)
    assert caught.value.column == DEEPEST_QUERY + 1


def test_a_query_is_read_up_to_its_longest() -> None:
    assert parse("a" * LONGEST_QUERY)
    with pytest.raises(QueryError, match="split the rule") as caught:
        parse("a" * (LONGEST_QUERY + 1))
    assert caught.value.column == 1


def test_a_chain_of_near_is_refused_before_it_costs_the_program_its_time() -> None:
    # A thousand of them ended in a RecursionError when the rule was loaded, twenty took 50 s for one text.
    longest = "a near/1 " * LONGEST_CHAIN + "a"
    assert len(leaves(parse(longest))) == LONGEST_CHAIN + 1
    assert describe(parse(longest)) == longest
    for links in (LONGEST_CHAIN + 1, 1_000):
        with pytest.raises(QueryError, match="in a row"):
            parse("a near/1 " * links + "a")


def test_the_deepest_query_can_be_described_and_read_again() -> None:
    deepest = "a"
    for _ in range(DEEPEST_QUERY - 1):
        deepest = f"b and not ({deepest})"
    assert plain(parse(describe(parse(deepest)))) == plain(parse(deepest))
