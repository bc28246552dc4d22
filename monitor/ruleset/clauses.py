"""What stands under `match:` and `when:` to the tree that is evaluated: query strings, lists of them, and events."""

import re

from monitor import yamlfile
from monitor.core import query
from monitor.core.clause import (
    Assertion,
    AtLeast,
    Both,
    Either,
    Event,
    Expression,
    Only,
    Phrase,
    Query,
    Reference,
    Without,
    references,
)
from monitor.core.gazetteer import Vocabulary, compiled
from monitor.core.query import QueryError
from monitor.yamlfile import Node, Problems

MATCH_KEYS = ("any", "all", "none", "at_least", "of", "event", "title", "lead", "body", "re")
EVENT_KEYS = (
    "actors", "action", "target", "place", "near", "with", "joint", "within", "no_other", "implied_by_source",
    "ordered", "allow",
)  # fmt: skip
_ASSERTIONS = tuple(one.value for one in Assertion)
_WORDS = re.compile(r"([0-9]{1,3}) words?")
_WIDEST = 100
_COUNTRY = re.compile(r"[A-Z]{2}")
# In RE2 these know ASCII only: \b would end a word inside "Türkiye", \w would not take its ü.
_ASCII_ONLY = {r"\w": r"[\p{L}\p{M}\p{N}_]", r"\W": r"[^\p{L}\p{M}\p{N}_]", r"\d": r"\p{Nd}", r"\D": r"\P{Nd}"}
_ESCAPE = re.compile(r"\\.", re.DOTALL)
_LONGEST_EXPRESSION = 1_000
_DEEPEST_MATCH = 12


class ClauseReader:
    """Reads queries against one vocabulary; where that is not `whole`, a name that is not known is no problem."""

    def __init__(self, vocabulary: Vocabulary, problems: Problems, *, whole: bool = True) -> None:
        self._vocabulary = vocabulary
        self._problems = problems
        self._whole = whole

    @property
    def parties(self) -> frozenset[str] | None:
        """The entities and groups there are; None where a file that could name more was not read."""
        return frozenset({*self._vocabulary.entities, *self._vocabulary.groups}) if self._whole else None

    def clause(self, node: Node, what: str, depth: int = 1) -> Query | None:
        """A query string, or a mapping of the keys of `match`; None with the problem noted."""
        if isinstance(node.value, list):
            message = f"{what} is one query; join its parts with 'and' or 'or', or list them under 'any:' or 'all:'"
            self._problems.add(node, message)
            return None
        if not isinstance(node.value, dict):
            return self.query(node, what)
        if depth > _DEEPEST_MATCH:
            self._problems.add(node, f"{what} nests deeper than {_DEEPEST_MATCH} levels; split the rule")
            return None
        keys = yamlfile.mapping(node, self._problems, known=MATCH_KEYS, what=what)
        if ("at_least" in keys) != ("of" in keys):
            self._problems.add(node, f"{what}: 'at_least' is a number, and 'of' the list it counts; give both")
        parts = [part for key, value in keys.items() for part in self._keyed(key, value, keys, depth)]
        if None in parts or not parts:
            if keys == {} and isinstance(node.value, dict) and not node.value:
                self._problems.add(node, f"{what} is empty; name what to find")
            return None
        found = tuple(part for part in parts if part is not None)
        tree = found[0] if len(found) == 1 else Both(found)
        if depth == 1 and query.only_without(tree):
            message = f"{what} asks only for what is absent, so nearly every entry matches; name what to find"
            self._problems.add(node, message)
            return None
        return tree

    def query(self, node: Node, what: str) -> Query | None:
        """A query whose references all exist; problems point into the text where it is written in one piece."""
        written = yamlfile.text(node, self._problems, what)
        if not written:
            return None
        try:
            tree = query.parse(written)
        except QueryError as error:
            place = "" if node.inside is not None else _near_words(written, error.column)
            self._problems.add(node, f"{what}: {error}{place}", offset=_offset(node, error.column))
            return None
        for reference in references(tree):
            self._known(reference, node, what)
        return tree

    def _keyed(self, key: str, node: Node, keys: dict[str, Node], depth: int) -> list[Query | None]:
        match key:
            case "any" | "all" | "of":
                parts = self._list(node, key, depth)
                return [None if parts is None else self._joined(key, parts, keys)]
            case "none":
                parts = self._list(node, key, depth)
                return [None] if parts is None else [Without(part) for part in parts]
            case "title" | "lead" | "body":
                part = self.clause(node, f"{key!r}", depth + 1)
                return [None if part is None else Only(key, part)]
            case "re":
                return [self._expression(node)]
            case "event":
                return [self._event(node)]
            case _:
                return []

    def _joined(self, key: str, parts: tuple[Query, ...], keys: dict[str, Node]) -> Query:
        if key == "of" and "at_least" in keys:
            return AtLeast(yamlfile.whole(keys["at_least"], self._problems, "'at_least'", 1, len(parts)), parts)
        if len(parts) == 1:
            return parts[0]
        return Either(parts) if key == "any" else Both(parts)

    def _list(self, node: Node, key: str, depth: int) -> tuple[Query, ...] | None:
        items = yamlfile.items(node, self._problems, f"{key!r}")
        if node.value == []:
            self._problems.add(node, f"{key!r} lists nothing; name what to find, or remove it")
        parts = [self.clause(item, f"an item of {key!r}", depth + 1) for item in items]
        return None if None in parts or not parts else tuple(part for part in parts if part is not None)

    def _expression(self, node: Node) -> Query | None:
        written = yamlfile.text(node, self._problems, "'re'")
        if len(written) > _LONGEST_EXPRESSION:
            self._problems.add(node, f"'re' is longer than {_LONGEST_EXPRESSION} characters; split it")
            return None
        if r"\b" in written or r"\B" in written:
            message = r"'re': \b knows ASCII letters only; leave it out, or use words and \"phrases\" in a query"
            self._problems.add(node, message)
            return None
        pattern = _ESCAPE.sub(lambda found: _ASCII_ONLY.get(found[0], found[0]), written)
        try:
            matches_nothing = pattern and compiled(pattern).match("") is not None
        except ValueError as error:
            self._problems.add(node, f"'re' is no RE2 expression: {error}")
            return None
        if matches_nothing:
            self._problems.add(node, "'re' matches an empty text, so it would match every entry; ask for a letter")
        return Expression(pattern) if pattern and not matches_nothing else None

    def _event(self, node: Node) -> Query | None:
        what = "'event'"
        keys = yamlfile.mapping(node, self._problems, known=EVENT_KEYS, required=("action",), what=what)
        parts = {
            name: self.clause(keys[name], f"{name!r}", 2)
            for name in ("action", "place", "near", "with")
            if name in keys
        }
        for name in ("action", "place", "near", "with"):
            self._refuse_placeless(keys, name, parts.get(name))
        actors = self._several(keys, "actors")
        target = self._several(keys, "target")
        other = self._several(keys, "no_other")
        action = parts.get("action")
        joint = "joint" in keys and yamlfile.truth(keys["joint"], self._problems, "'joint'")
        if joint and self._whole and "topic.joint" not in self._vocabulary.names:
            self._problems.add(keys["joint"], "'joint' needs the words for it: add topics.joint to lexicon/")
        event = Event(
            action=action or Phrase(()),
            actors=actors,
            target=_any_of(target),
            place=parts.get("place"),
            near=parts.get("near"),
            beside=parts.get("with"),
            joint=joint,
            no_other=_any_of(other),
            within=self._within(keys),
            ordered="ordered" in keys and yamlfile.truth(keys["ordered"], self._problems, "'ordered'"),
            implied=self._implied(keys, actors) if actors or "actors" not in keys else {},
            allow=self._allow(keys),
        )
        return event if action is not None else None

    def _several(self, keys: dict[str, Node], name: str) -> tuple[Query, ...]:
        """One query, or a list of them."""
        if name not in keys:
            return ()
        node = keys[name]
        nodes = node.value if isinstance(node.value, list) else [node]
        if not nodes:
            self._problems.add(node, f"{name!r} lists nothing; name somebody, or remove it")
        found = [self.clause(one, f"{name!r}", 2) for one in nodes]
        for part in found:
            self._refuse_placeless(keys, name, part)
        return tuple(part for part in found if part is not None)

    def _refuse_placeless(self, keys: dict[str, Node], name: str, part: Query | None) -> None:
        """Of "A and B" nobody can say how far it stands from the action."""
        if part is not None and not query.has_place(part):
            message = (
                f"{name!r} of an event is one thing in one place: a word, a phrase, a $reference, or one of several"
            )
            self._problems.add(keys[name], f"{message}; put the other into a slot of its own, or beside 'event'")

    def _within(self, keys: dict[str, Node]) -> int | None:
        if "within" not in keys:
            return None
        node = keys["within"]
        written = node.value if isinstance(node.value, str) else ""
        words = _WORDS.fullmatch(written)
        if words and 1 <= int(words[1]) <= _WIDEST:
            return int(words[1])
        if written != "sentence":
            message = f"'within' of an event is 'sentence', or 1 to {_WIDEST} words, written as '16 words'"
            self._problems.add(node, message)
        return None

    def _implied(self, keys: dict[str, Node], actors: tuple[Query, ...]) -> dict[str, str]:
        if "implied_by_source" not in keys:
            return {}
        named = {actor.name for actor in actors if isinstance(actor, Reference)}
        implied = {}
        for country, node in yamlfile.pairs(keys["implied_by_source"], self._problems, "'implied_by_source'"):
            written = yamlfile.text(node, self._problems, f"'implied_by_source' of {country}")
            if not _COUNTRY.fullmatch(country):
                message = f"{country!r} in 'implied_by_source' is no country code such as TR"
                self._problems.add(keys["implied_by_source"].keys[country], message)
            elif written and written.removeprefix("$") not in named:
                self._problems.add(node, f"'implied_by_source' names one of the actors, as {country}: $name")
            elif written:
                implied[country] = written.removeprefix("$")
        return implied

    def _allow(self, keys: dict[str, Node]) -> frozenset[Assertion]:
        if "allow" not in keys:
            return frozenset()
        items = yamlfile.items(keys["allow"], self._problems, "'allow'")
        words = [yamlfile.choice(item, self._problems, "an item of 'allow'", _ASSERTIONS) for item in items]
        return frozenset(Assertion(word) for word in words if word)

    def _known(self, reference: Reference, node: Node, what: str) -> None:
        if self._whole and reference.name not in self._vocabulary.names:
            names = (f"${name}" for name in self._vocabulary.names)
            hint = yamlfile.nearest(f"${reference.name}", names, self._problems)
            message = f"{what}: nothing is called '${reference.name}'{hint}"
            self._problems.add(node, message, offset=_offset(node, reference.column))


def _any_of(parts: tuple[Query, ...]) -> Query | None:
    if not parts:
        return None
    return parts[0] if len(parts) == 1 else Either(parts)


def _offset(node: Node, column: int) -> int:
    """How far a column of the query stands behind the column of its node."""
    return 0 if node.inside is None else node.inside + column - 1


def _near_words(written: str, column: int) -> str:
    """The words at a column, for a query over several lines."""
    rest = " ".join(written[column - 1 :].split())
    return f" (at {rest[:24].rstrip()!r})" if rest else " (at its end)"
