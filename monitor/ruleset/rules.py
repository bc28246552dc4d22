"""exclusions.yaml and watch/*.yaml to exclusions and rules."""

import re
from collections.abc import Iterable, Iterator

from monitor import yamlfile
from monitor.core import query
from monitor.core.gazetteer import Vocabulary
from monitor.core.query import Query, QueryError
from monitor.core.rule import Exclusion, Expectation, Rule, RuleTest, Scope, Severity
from monitor.yamlfile import Node, Problems

RULE_KEYS = ("id", "title", "match", "exclude", "severity", "owner", "notes", "tests")
EXCLUSION_KEYS = ("when", "scope", "url", "reason", "until")
TEST_KEYS = ("text", "title", "lead", "lang", "link", "expect", "why")
SEVERITIES = tuple(severity.label for severity in Severity)

_ID = re.compile(r"[a-z0-9][a-z0-9-]{0,79}")
_LANGUAGE = re.compile(r"[a-z]{2,3}")


class RuleReader:
    """Reads exclusions, then rules that may use them, against one vocabulary.

    Where a file of the vocabulary or the exclusions could not be read at all, `whole_vocabulary` or `whole_exclusions`
    is false: then a name that is not known is no problem, for it may stand in that file.
    """

    def __init__(self, vocabulary: Vocabulary, problems: Problems, *, whole_vocabulary: bool = True) -> None:
        self._vocabulary = vocabulary
        self._problems = problems
        self._whole_vocabulary = whole_vocabulary
        self.whole_exclusions = True
        self.exclusions: dict[str, Exclusion] = {}
        self.rules: dict[str, Rule] = {}

    def read_exclusions(self, root: Node) -> None:
        """The shared exclusions by name."""
        top = yamlfile.mapping(root, self._problems, known=("version", "exclusions"), what="exclusions.yaml")
        for name, node in (
            yamlfile.pairs(top["exclusions"], self._problems, "'exclusions'") if "exclusions" in top else ()
        ):
            for exclusion in self._exclusion(name, node, EXCLUSION_KEYS):
                self.exclusions[name] = exclusion

    def read_rules(self, root: Node) -> None:
        """The rules of one file."""
        top = yamlfile.mapping(
            root, self._problems, known=("version", "rules"), required=("rules",), what="a rule file"
        )
        for node in yamlfile.items(top["rules"], self._problems, "'rules'") if "rules" in top else ():
            before = self._problems.errors
            for rule in self._rule(node):
                if self._problems.errors > before:
                    continue
                if rule.id in self.rules:
                    first = self.rules[rule.id]
                    message = f"rule id {rule.id!r} again; first in {first.file}:{first.line}, give each rule its own"
                    self._problems.add(node, message)
                self.rules.setdefault(rule.id, rule)

    def _rule(self, node: Node) -> Iterator[Rule]:
        required = ("id", "match", "owner", "tests")
        keys = yamlfile.mapping(node, self._problems, known=RULE_KEYS, required=required, what=_called(node))
        rule_id = self._rule_id(keys)
        match = self._query(keys["match"], "'match'") if "match" in keys else None
        tests = tuple(self._tests(keys["tests"])) if "tests" in keys else ()
        exclude = tuple(self._excludes(keys["exclude"])) if "exclude" in keys else ()
        severity = self._severity(keys)
        owner = self._text(keys, "owner")
        if match is None or not rule_id:
            return
        yield Rule(
            id=rule_id,
            title=self._text(keys, "title") or rule_id,
            owner=owner,
            severity=severity,
            match=match,
            exclude=exclude,
            notes=self._text(keys, "notes"),
            tests=tests,
            file=node.file,
            line=node.line,
        )

    def _rule_id(self, keys: dict[str, Node]) -> str:
        written = self._text(keys, "id")
        if written and not _ID.fullmatch(written):
            self._problems.add(keys["id"], f"rule id {written!r}: use lower-case letters, digits and '-', at most 80")
        return written

    def _severity(self, keys: dict[str, Node]) -> Severity:
        if "severity" not in keys:
            return Severity.NOTICE
        word = yamlfile.choice(keys["severity"], self._problems, "'severity'", SEVERITIES)
        return Severity[word.upper()] if word else Severity.NOTICE

    def _query(self, node: Node, what: str) -> Query | None:
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
        for reference in query.references(tree):
            if self._whole_vocabulary and reference.name not in self._vocabulary.names:
                hint = yamlfile.nearest(f"${reference.name}", [f"${name}" for name in self._vocabulary.names])
                message = f"{what}: nothing is called '${reference.name}'{hint}"
                self._problems.add(node, message, offset=_offset(node, reference.column))
        return tree

    def _excludes(self, node: Node) -> Iterator[Exclusion]:
        for item in yamlfile.items(node, self._problems, "'exclude'"):
            if isinstance(item.value, dict):
                yield from self._own_exclusion(item, item.value)
                continue
            name = yamlfile.text(item, self._problems, "an exclusion")
            if name in self.exclusions:
                yield self.exclusions[name]
            elif name and self.whole_exclusions:
                hint = yamlfile.nearest(name, self.exclusions)
                self._problems.add(item, f"no exclusion is called {name!r} in exclusions.yaml{hint}")

    def _own_exclusion(self, node: Node, keys: dict[str, Node]) -> Iterator[Exclusion]:
        if "name" not in keys or keys["name"].empty:
            self._problems.add(node, "an exclusion of a rule has a 'name', a 'reason', and 'when' or 'url'")
            return
        yield from self._exclusion(self._text(keys, "name"), node, (*EXCLUSION_KEYS, "name"))

    def _exclusion(self, name: str, node: Node, known: Iterable[str]) -> Iterator[Exclusion]:
        what = f"exclusion {name!r}"
        keys = yamlfile.mapping(node, self._problems, known=tuple(known), required=("reason",), what=what)
        if keys and "when" not in keys and "url" not in keys:
            self._problems.add(node, f"{what} excludes nothing; give it 'when' (a query) or 'url' (parts of links)")
        until = yamlfile.day(keys["until"], self._problems, "'until'") if "until" in keys else None
        yield Exclusion(
            name=name,
            reason=self._text(keys, "reason"),
            when=self._query(keys["when"], "'when'") if "when" in keys else None,
            scope=self._scope(keys),
            url=self._url_parts(keys["url"]) if "url" in keys else (),
            until=until,
        )

    def _url_parts(self, node: Node) -> tuple[str, ...]:
        parts = yamlfile.texts(node, self._problems, "'url'")
        if node.value == []:
            self._problems.add(node, "'url' names no part of a link; give one, or remove the key")
        return parts

    def _scope(self, keys: dict[str, Node]) -> Scope:
        if "scope" not in keys:
            return Scope.TEXT
        if "when" not in keys:
            self._problems.add(keys["scope"], "'scope' says where 'when' looks; it needs 'when'")
        allowed = tuple(scope.value for scope in Scope)
        return Scope(yamlfile.choice(keys["scope"], self._problems, "'scope'", allowed) or Scope.TEXT)

    def _tests(self, node: Node) -> Iterator[RuleTest]:
        expected, unclear = set(), not isinstance(node.value, list)
        for item in yamlfile.items(node, self._problems, "'tests'"):
            tests = tuple(self._test(item))
            unclear = unclear or not tests
            expected |= {test.expect for test in tests}
            yield from tests
        if len(expected) < len(Expectation) and not unclear:
            self._problems.add(node, "give at least one text that must match and one that must not ('no-match')")

    def _test(self, node: Node) -> Iterator[RuleTest]:
        keys = yamlfile.mapping(node, self._problems, known=TEST_KEYS, required=("expect",), what="a test")
        if not keys:
            return
        if ("text" in keys) == ("title" in keys):
            self._problems.add(node, "a test has either 'text', or 'title' (and 'lead')")
        language = self._text(keys, "lang") or "en"
        if not _LANGUAGE.fullmatch(language):
            self._problems.add(keys["lang"], f"'lang' is a language code such as en, tr or kmr, not {language!r}")
        self._text(keys, "why")
        allowed = tuple(expectation.value for expectation in Expectation)
        word = yamlfile.choice(keys["expect"], self._problems, "'expect'", allowed) if "expect" in keys else ""
        if word:
            yield RuleTest(
                title=self._text(keys, "text") or self._text(keys, "title"),
                lead=self._text(keys, "lead"),
                language=language,
                link=self._text(keys, "link"),
                expect=Expectation(word),
                line=node.line,
            )

    def _text(self, keys: dict[str, Node], key: str) -> str:
        return yamlfile.text(keys[key], self._problems, f"{key!r}") if key in keys else ""


def _called(node: Node) -> str:
    """The rule by its id, where it has one that can be shown."""
    written = node.value.get("id") if isinstance(node.value, dict) else None
    known = written is not None and isinstance(written.value, str) and _ID.fullmatch(written.value)
    return f"rule {written.value!r}" if written is not None and known else "a rule"


def _offset(node: Node, column: int) -> int:
    """How far a column of the query stands behind the column of its node."""
    return 0 if node.inside is None else node.inside + column - 1


def _near_words(written: str, column: int) -> str:
    """The words at a column, for a query over several lines."""
    rest = " ".join(written[column - 1 :].split())
    return f" (at {rest[:24].rstrip()!r})" if rest else " (at its end)"
