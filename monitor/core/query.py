"""The query strings of watch rules: from text to a tree, or an error that names the column.

    $turkey and $russia and patrol*
    ($erdogan or $putin) near/8 "phone call"
    $phase.resume and not (football or "world cup")

Knows the grammar; knows nothing of what a reference stands for or how a text is searched.

Operators: `and`, `or`, `not`, `A near/N B` (in either order, at most N words apart, neighbours are 1 apart),
`A then/N B` (A first). `and` and `or` may not be mixed without brackets, since nobody remembers which binds closer.
`near` and `then` bind closer than both, from left to right.
"""

import re
from dataclasses import dataclass
from functools import lru_cache

from monitor.core.clause import AtLeast, Both, Either, Near, Phrase, Query, Reference, Without, children
from monitor.core.text import written_words

LONGEST_QUERY = 10_000
DEEPEST_QUERY = 40
# Nodes on top of each other: a chain of a thousand `near` has no bracket and would end in a RecursionError later.
DEEPEST_TREE = 100
WIDEST_NEAR = 100
LONGEST_CHAIN = 6


class QueryError(ValueError):
    """The query is not well formed; `column` counts from 1 in the query string."""

    def __init__(self, message: str, column: int) -> None:
        super().__init__(message)
        self.column = column


@dataclass(frozen=True, slots=True)
class _Token:
    kind: str
    text: str
    column: int


_TOKEN = re.compile(
    r"""(?P<space>\s+)|(?P<open>\()|(?P<close>\))|"(?P<phrase>[^"]*)"|(?P<badquote>["“”„«»])
    |(?P<ref>\$[^\s()"]*)|(?P<word>[^\s()"]+)""",
    re.VERBOSE,
)
_REFERENCE = re.compile(r"\$[a-z][a-z0-9_-]*(\.[a-z][a-z0-9_-]*)?")
_NEAR = re.compile(r"(near|then)/(\d{1,9})", re.IGNORECASE)
_NO_OPERATOR = re.compile(r"(near|then|adj|within|w)(/|$)\d*", re.IGNORECASE)
_OPERATOR = re.compile(r"(and|or|not)", re.IGNORECASE)


def parse(text: str) -> Query:
    """The tree of a query string; raises QueryError with the column of the first fault."""
    if len(text) > LONGEST_QUERY:
        raise QueryError(f"the query is longer than {LONGEST_QUERY} characters; split the rule", 1)
    parser = _Parser(_tokens(text), len(text) + 1)
    query = parser.expression(1)
    parser.expect_end()
    _refuse_deep(query)
    _refuse_only_without(query)
    return query


def _tokens(text: str) -> list[_Token]:
    found = []
    for piece in _TOKEN.finditer(text):
        kind, column = piece.lastgroup or "", piece.start() + 1
        if kind == "space":
            continue
        if kind == "badquote":
            raise QueryError('this quote has no partner; put phrases between straight quotes: "joint patrol"', column)
        found.append(_classified(kind, piece[kind], column))
    return found


def _classified(kind: str, text: str, column: int) -> _Token:
    if kind == "ref" and not _REFERENCE.fullmatch(text):
        raise QueryError(f"{text!r} is no reference; write $name or $name.part in lower-case letters", column)
    if kind != "word":
        return _Token(kind, text, column)
    if _OPERATOR.fullmatch(text):
        return _Token(text.lower(), text, column)
    if _NEAR.fullmatch(text):
        return _Token("near", text, column)
    if "/" in text and _NO_OPERATOR.match(text):
        message = f"{text!r} is no operator; 'A near/8 B' finds A and B at most 8 words apart, 'A then/8 B' A first"
        raise QueryError(message, column)
    return _Token("word", text, column)


class _Parser:
    """Recursive descent over the tokens; each method consumes what it answers for."""

    def __init__(self, tokens: list[_Token], end: int) -> None:
        self._tokens = tokens
        self._at = 0
        self._end = end

    def expression(self, depth: int) -> Query:
        """Parts joined by one kind of operator, up to a closing bracket or the end."""
        if depth > DEEPEST_QUERY:
            raise QueryError(f"brackets nest deeper than {DEEPEST_QUERY}", self._column())
        parts, operator = [self._unit(depth)], ""
        while self._kind() in {"and", "or"}:
            if operator and self._kind() != operator:
                raise QueryError(
                    "'and' and 'or' are mixed; put brackets around the part that belongs together",
                    self._column(),
                )
            operator = self._next().kind
            parts.append(self._unit(depth))
        if len(parts) == 1:
            return parts[0]
        return Both(tuple(parts)) if operator == "and" else Either(tuple(parts))

    def expect_end(self) -> None:
        """Raise unless every token was read."""
        if self._kind() == "close":
            raise QueryError("this bracket closes nothing", self._column())

    def _unit(self, depth: int) -> Query:
        if self._kind() == "not":
            self._next()
            if self._kind() == "not":
                raise QueryError("'not not' says nothing; drop both", self._column())
            return Without(self._nearness(depth))
        return self._nearness(depth)

    def _nearness(self, depth: int) -> Query:
        left_column = self._column()
        left = self._atom(depth)
        links = 0
        while self._kind() == "near":
            near, links = self._next(), links + 1
            if links > LONGEST_CHAIN:
                # Twenty over frequent words took 50 s for one text of 3,000 words.
                raise QueryError(f"more than {LONGEST_CHAIN} near/then in a row; split the rule", near.column)
            operator, written = near.text.lower().split("/")
            distance = int(written)
            if not 1 <= distance <= WIDEST_NEAR:
                raise QueryError(f"{near.text}: the distance goes from 1 to {WIDEST_NEAR} words", near.column)
            right_column = self._column()
            right = self._atom(depth)
            _refuse_in_near(left, left_column)
            _refuse_in_near(right, right_column)
            left = Near(left, right, distance, ordered=operator == "then")
        self._refuse_neighbour()
        return left

    def _atom(self, depth: int) -> Query:
        token = self._next()
        match token.kind:
            case "open":
                inner = self.expression(depth + 1)
                if self._kind() != "close":
                    raise QueryError("this bracket is never closed", token.column)
                self._next()
                return inner
            case "ref":
                return Reference(token.text[1:], token.column)
            case "phrase" | "word":
                return _phrase(token)
            case "end":
                raise QueryError("the query ends where a word was expected", token.column)
            case _:
                raise QueryError(f"a word was expected before {token.text or token.kind!r}", token.column)

    def _refuse_neighbour(self) -> None:
        if self._kind() in {"word", "ref", "phrase", "open", "not"}:
            raise QueryError(
                'two terms stand side by side; put "..." around a phrase, or write and, or, near/N or then/N between',
                self._column(),
            )

    def _kind(self) -> str:
        return self._tokens[self._at].kind if self._at < len(self._tokens) else "end"

    def _column(self) -> int:
        return self._tokens[self._at].column if self._at < len(self._tokens) else self._end

    def _next(self) -> _Token:
        if self._at >= len(self._tokens):
            return _Token("end", "", self._end)
        token = self._tokens[self._at]
        self._at += 1
        return token


def _phrase(token: _Token) -> Phrase:
    words = tuple(token.text.split())
    for word in words:
        if not _searchable(word):
            raise QueryError(f"{word!r} cannot be searched; '*' goes at the end of a word", token.column)
    if not words:
        raise QueryError("there is nothing between these quotes", token.column)
    return Phrase(words, token.column)


@lru_cache(maxsize=65_536)
def _searchable(word: str) -> bool:
    return "*" not in word[:-1] and bool(written_words(word))


def _refuse_in_near(part: Query, column: int) -> None:
    """A distance to "A and B" or to "not A" has no meaning; to "A or B" and to "A near/N B" it has."""
    if not has_place(part):
        raise QueryError("beside near/N and then/N only words, phrases, references and 'or' groups can stand", column)


def has_place(query: Query) -> bool:
    """Whether a query stands at one place of a text, so that something can be near it."""
    if isinstance(query, Either):
        return all(has_place(part) for part in query.parts)
    return not isinstance(query, Both | AtLeast | Without)


def _refuse_deep(query: Query) -> None:
    level: tuple[Query, ...] = (query,)
    for _ in range(DEEPEST_TREE):
        level = tuple(part for one in level for part in children(one))
        if not level:
            return
    raise QueryError(f"the query nests deeper than {DEEPEST_TREE} operators; split the rule", 1)


def _refuse_only_without(query: Query) -> None:
    if only_without(query):
        raise QueryError("this asks only for what is absent, so nearly every entry matches; name what to find", 1)


def only_without(query: Query) -> bool:
    """Whether a query asks for nothing to be there."""
    match query:
        case Without():
            return True
        case Both(parts):
            return all(only_without(part) for part in parts)
        case Either(parts):
            return any(only_without(part) for part in parts)
        case _:
            return False
