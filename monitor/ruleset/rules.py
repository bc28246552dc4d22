"""watch/*.yaml to rules."""

import re
from collections.abc import Iterator
from dataclasses import replace
from datetime import date, timedelta
from types import MappingProxyType

from monitor import yamlfile
from monitor.core.clause import Assertion, Either, Phrase, Query
from monitor.core.escalation import Escalation
from monitor.core.feed import KINDS
from monitor.core.frequency import Pattern
from monitor.core.rule import (
    USUAL_HANDLING,
    Correlation,
    Handling,
    OutageRule,
    Rule,
    RuleTest,
    Sources,
    Status,
    StoryTest,
    Telling,
    Window,
)
from monitor.core.severity import Severity
from monitor.core.tracker import Change, Facet
from monitor.ruleset.clauses import ClauseReader
from monitor.ruleset.escalations import EscalationReader
from monitor.ruleset.exclusions import ExclusionReader
from monitor.ruleset.facets import FacetReader
from monitor.ruleset.figures import NumbersReader, series_called
from monitor.ruleset.frequency import PATTERN_KEYS, PATTERNS, FrequencyReader
from monitor.ruleset.ruletests import LANGUAGE, read_tests
from monitor.ruleset.ruletypes import OUTAGE, STATUS, mistyped, type_of, written_names
from monitor.yamlfile import Node, Problems

# What a file may say once for all its rules, and what each rule says for itself.
DEFAULT_KEYS = (
    "owner", "severity", "status", "expires", "scope", "within", "assert", "exclude", "sources", "escalate", "notify",
    "notes", "runbook",
)  # fmt: skip
OWN_KEYS = (
    "id", "type", "formerly", "title", "match", "entity", "facets", "change", "numbers", "spike", "absence", "tests",
)  # fmt: skip
# What only a rule of type status has, in place of a query of its own.
STATUS_KEYS = ("entity", "facets", "change")
# A rule of type absence watches the feeds themselves, and has no query.
OUTAGE_KEYS = ("id", "type", "title", "owner", "severity", "notes", "runbook")
# A rule on the developments of others has no query, and none of what goes with one.
CORRELATED = ("owner", "severity", "status", "expires", "notify", "notes", "runbook")
CORRELATION_KEYS = ("id", "type", "formerly", "title", *PATTERN_KEYS, "tests", *CORRELATED)
RULE_FILE_KEYS = ("version", "defaults", "rules")
RULE_KEYS = (*OWN_KEYS, *DEFAULT_KEYS)
SOURCE_KEYS = ("min_tier", "not", "countries", "languages")
NOTIFY_KEYS = ("receivers", "cooldown")
_STATUSES = tuple(status.value for status in Status)
_WINDOWS = tuple(window.value for window in Window)
_ASSERTIONS = tuple(one.value for one in Assertion)
_HANDLINGS = tuple(one.value for one in Handling)
_USUAL = MappingProxyType(dict(USUAL_HANDLING))
SEVERITIES = tuple(severity.label for severity in Severity)
PARTS = ("title", "lead", "body")

_ID = re.compile(r"[a-z0-9][a-z0-9-]{0,79}")
_COUNTRY = re.compile(r"[A-Z]{2}")
_RUNBOOK = re.compile(r"https?://\S+")
_LEAST_COOLDOWN, _MOST_COOLDOWN = timedelta(0), timedelta(days=90)
_MOST_NAMED = 3


class RuleReader:
    """Reads rules against one vocabulary and the shared exclusions."""

    def __init__(self, clauses: ClauseReader, exclusions: ExclusionReader, problems: Problems) -> None:
        self._clauses = clauses
        self._exclusions = exclusions
        self._facets = FacetReader(clauses, problems)
        self._frequency = FrequencyReader(problems)
        self._numbers = NumbersReader(clauses, problems)
        self._problems = problems
        self._defaults: dict[str, Node] = {}
        self._named: dict[str, Rule | Correlation] = {}
        self._written: set[str] = set()
        self._correlations: dict[str, tuple[Correlation, Node]] = {}
        self.rules: dict[str, Rule] = {}
        self.outage: OutageRule | None = None

    def read(self, root: Node) -> None:
        """The rules of one file."""
        top = yamlfile.versioned(root, self._problems, known=RULE_FILE_KEYS, required=("rules",), what="a rule file")
        self._defaults = self._read_defaults(top["defaults"]) if "defaults" in top else {}
        for node in yamlfile.items(top["rules"], self._problems, "'rules'") if "rules" in top else ():
            self._written |= written_names(node)
            if mistyped(node, self._problems, _called(node)):
                continue
            if type_of(node) == OUTAGE:
                self._outage(node)
                continue
            before = self._problems.errors
            for rule in self._correlation(node) if type_of(node) in PATTERNS else self._rule(node):
                if self._problems.errors == before:
                    self._keep(rule, node)

    def correlations(self, *, whole: bool = True) -> dict[str, Correlation]:
        """The rules on the developments of others, when all files are read; those that name no rule are noted.

        Where the files were not `whole`, a rule that is not known may stand in the one that could not be read.
        """
        found = self._frequency.resolved(self._correlations, self.rules, self._written, whole=whole)
        now = {name: rule.id for name, rule in self._named.items()}
        return {one.id: replace(one, rules=tuple(now[name] for name in one.rules)) for one in found}

    def _outage(self, node: Node) -> None:
        """The rule for blind spots, of which a desk has one."""
        keys = yamlfile.mapping(
            node, self._problems, known=OUTAGE_KEYS, required=("id", "owner"), what="a rule of type absence"
        )
        usual = OutageRule()
        if self._text(keys, "id") not in {"", usual.id}:
            message = f"a rule of type absence watches the feeds themselves; there is one, called {usual.id!r}"
            self._problems.add(keys["id"], message)
        if self.outage is not None:
            message = f"rule {usual.id!r} again; first in {self.outage.file}:{self.outage.line}, remove one of them"
            self._problems.add(node, message)
        self.outage = OutageRule(
            title=self._text(keys, "title") or usual.title,
            owner=self._text(keys, "owner"),
            severity=self._severity(keys) if "severity" in keys else usual.severity,
            notes=with_runbook(self._text(keys, "notes"), self._runbook(keys)),
            file=node.file,
            line=node.line,
        )

    def _keep(self, rule: Rule | Correlation, node: Node) -> None:
        """Ids and former ids are one space of names: cases, routes and people know a rule by either."""
        for name in rule.names:
            first = self._named.setdefault(name, rule)
            if first is not rule:
                message = f"rule id {name!r} again; first in {first.file}:{first.line}, give each rule its own"
                self._problems.add(node, message)
        if isinstance(rule, Rule):
            self.rules.setdefault(rule.id, rule)
        else:
            self._correlations.setdefault(rule.id, (rule, node))

    def _read_defaults(self, node: Node) -> dict[str, Node]:
        """Defaults are read with each rule; that they are readable at all is said once."""
        return yamlfile.mapping(node, self._problems, known=DEFAULT_KEYS, what="'defaults'")

    def _rule(self, node: Node) -> Iterator[Rule]:
        needed = ("entity", "facets") if type_of(node) == STATUS else ("match",)
        required = tuple(key for key in ("id", *needed, "owner", "tests") if key not in self._defaults)
        own = yamlfile.mapping(node, self._problems, known=RULE_KEYS, required=required, what=_called(node))
        keys = {**self._defaults, **own}
        self._refuse_others(keys)
        if type_of(node) == STATUS:
            self._facets.refuse(keys, own)
        rule_id = self._rule_id(keys)
        before = self._problems.errors
        facets = tuple(self._facets.facets(keys["facets"])) if "facets" in keys else ()
        # What is wrong with a facet is not told again of each test that names it.
        named = None if "facets" not in keys else () if self._problems.errors > before else facets
        match = self._match(keys, facets)
        status, expires = self._governance(keys, own, node)
        tests, stories = self._tests(keys["tests"], named) if "tests" in keys else ((), ())
        # Without a query it is no rule, and its other mistakes are told all the same.
        rule = Rule(
            id=rule_id,
            title=self._text(keys, "title") or rule_id,
            owner=self._text(keys, "owner"),
            severity=self._severity(keys),
            match=match or Phrase(()),
            scope=self._scope(keys),
            within=self._within(keys),
            handling=self._handling(keys),
            exclude=tuple(self._exclusions.of_rule(keys["exclude"])) if "exclude" in keys else (),
            sources=self._sources(keys),
            status=status,
            expires=expires,
            formerly=self._formerly(keys),
            telling=self._telling(keys),
            entity=self._facets.entity(keys["entity"]) if "entity" in keys else "",
            facets=facets,
            change=self._facets.change(keys["change"]) if "change" in keys else Change(),
            escalate=self._escalate(keys),
            spike=self._frequency.spike(keys["spike"]) if "spike" in keys else None,
            absence=self._frequency.absence(keys["absence"]) if "absence" in keys else None,
            notes=with_runbook(self._text(keys, "notes"), self._runbook(keys)),
            tests=tests,
            stories=stories,
            numbers=self._numbers.read(keys["numbers"]) if "numbers" in keys else (),
            file=node.file,
            line=node.line,
        )
        if "tests" in keys:
            self._numbers.check_tests(rule.tests, rule.numbers, keys["tests"])
        if match is not None and rule_id:
            yield rule

    def _correlation(self, node: Node) -> Iterator[Correlation]:
        """A rule on the developments of others; what the file's defaults say of texts is none of its business."""
        pattern = Pattern(str(type_of(node)))
        needed = ("id", "owner", "rules", "timespan", *(["condition"] if pattern is Pattern.EVENT_COUNT else []))
        required = tuple(key for key in needed if key not in self._defaults)
        own = yamlfile.mapping(node, self._problems, known=CORRELATION_KEYS, required=required, what=_called(node))
        keys = {**{key: value for key, value in self._defaults.items() if key in CORRELATED}, **own}
        rule_id, said = self._rule_id(keys), self._frequency.pattern(keys, pattern)
        status, expires = self._governance(keys, own, node)
        if rule_id:
            yield Correlation(
                id=rule_id,
                title=self._text(keys, "title") or rule_id,
                owner=self._text(keys, "owner"),
                severity=self._severity(keys),
                pattern=said.pattern,
                rules=said.rules,
                timespan=said.timespan,
                least=said.least,
                by=said.by,
                status=status,
                expires=expires,
                formerly=self._formerly(keys),
                telling=self._telling(keys),
                notes=with_runbook(self._text(keys, "notes"), self._runbook(keys)),
                stories=self._stories(keys["tests"]) if "tests" in keys else (),
                file=node.file,
                line=node.line,
            )

    def _tests(
        self, node: Node, facets: tuple[Facet, ...] | None
    ) -> tuple[tuple[RuleTest, ...], tuple[StoryTest, ...]]:
        return read_tests(node, self._problems, self._clauses, facets)

    def _stories(self, node: Node) -> tuple[StoryTest, ...]:
        """The tests of a rule that reads no text, and counts nothing from before its story."""
        tests, stories = read_tests(node, self._problems, self._clauses)
        if tests:
            self._problems.add(node, "a rule that counts what others told reads no text; give each test as a 'story'")
        if any(one.last_match for one in stories):
            self._problems.add(node, "'last_match' is of a rule with a query; begin the story with an entry instead")
        return stories

    def _refuse_others(self, keys: dict[str, Node]) -> None:
        """Keys of the other type: a status rule has its queries in its facets."""
        status = "type" in keys and keys["type"].value == "status"
        for key in ("match",) if status else STATUS_KEYS:
            if key in keys:
                advice = (
                    "it has its queries under 'facets', in 'to'" if status else "it belongs to a rule of type status"
                )
                self._problems.add(keys[key], f"{key!r} does not belong here: {advice}")
        if status and "numbers" in keys:
            message = "a rule of type status counts nothing; say 'numbers' in a rule of type event on the same words"
            self._problems.add(keys["numbers"], message)

    def _escalate(self, keys: dict[str, Node]) -> tuple[Escalation, ...]:
        if "escalate" not in keys:
            return ()
        if "facets" in keys:
            message = "a rule of type status has 'change' in place of 'escalate'; say 'escalate' in rules that use it"
            self._problems.add(keys["escalate"], message)
        numbers = keys["numbers"].value if "numbers" in keys else None
        return EscalationReader(self._problems, series_called(numbers)).read(keys["escalate"])

    def _match(self, keys: dict[str, Node], facets: tuple[Facet, ...]) -> Query | None:
        """The query of a rule; of a status rule, anything that is evidence or a claim."""
        if facets:
            return Either(tuple(query for facet in facets for _, query in facet.queries))
        return self._clauses.clause(keys["match"], "'match'") if "match" in keys else None

    def _governance(self, keys: dict[str, Node], own: dict[str, Node], node: Node) -> tuple[Status, date | None]:
        """Status and last day; who says that a rule is live says until when."""
        word = yamlfile.choice(keys["status"], self._problems, "'status'", _STATUSES) if "status" in keys else ""
        expires = yamlfile.day(keys["expires"], self._problems, "'expires'") if "expires" in keys else None
        if word == Status.LIVE and "expires" not in keys:
            message = "a rule with 'status: live' needs 'expires', the day on which somebody looks at it again"
            self._problems.add(own.get("status", node), message)
        return Status(word) if word else Status.LIVE, expires

    def _rule_id(self, keys: dict[str, Node]) -> str:
        written = self._text(keys, "id")
        if written and not _ID.fullmatch(written):
            self._problems.add(keys["id"], f"rule id {written!r}: use lower-case letters, digits and '-', at most 80")
        return written

    def _formerly(self, keys: dict[str, Node]) -> tuple[str, ...]:
        names = yamlfile.texts(keys["formerly"], self._problems, "'formerly'") if "formerly" in keys else ()
        for name in names:
            if name and not _ID.fullmatch(name):
                self._problems.add(keys["formerly"], f"'formerly' has rule ids; {name!r} cannot have been one")
        return names

    def _severity(self, keys: dict[str, Node]) -> Severity:
        if "severity" not in keys:
            return Severity.NOTICE
        word = yamlfile.choice(keys["severity"], self._problems, "'severity'", SEVERITIES)
        return Severity[word.upper()] if word else Severity.NOTICE

    def _scope(self, keys: dict[str, Node]) -> frozenset[str]:
        if "scope" not in keys:
            return frozenset({"title", "lead"})
        items = yamlfile.items(keys["scope"], self._problems, "'scope'")
        parts = frozenset(yamlfile.choice(item, self._problems, "an item of 'scope'", PARTS) for item in items) - {""}
        if not items and isinstance(keys["scope"].value, list):
            self._problems.add(keys["scope"], "'scope' names no part; give title, lead or body, or remove the key")
        return parts

    def _within(self, keys: dict[str, Node]) -> Window:
        if "within" not in keys:
            return Window.SENTENCE
        return Window(yamlfile.choice(keys["within"], self._problems, "'within'", _WINDOWS) or Window.SENTENCE)

    def _handling(self, keys: dict[str, Node]) -> MappingProxyType[Assertion, Handling]:
        if "assert" not in keys:
            return _USUAL
        handling = dict(USUAL_HANDLING)
        said = yamlfile.mapping(keys["assert"], self._problems, known=_ASSERTIONS, what="'assert'")
        for name, node in said.items():
            word = yamlfile.choice(node, self._problems, f"'assert.{name}'", _HANDLINGS)
            if word:
                handling[Assertion(name)] = Handling(word)
        if Handling.ALERT not in handling.values() and Handling.DIGEST not in handling.values():
            self._problems.add(keys["assert"], "'assert' drops everything, so the rule can never tell anything")
        return MappingProxyType(handling)

    def _sources(self, keys: dict[str, Node]) -> Sources:
        if "sources" not in keys:
            return Sources()
        said = yamlfile.mapping(keys["sources"], self._problems, known=SOURCE_KEYS, what="'sources'")
        return Sources(
            min_tier=yamlfile.whole(said["min_tier"], self._problems, "'min_tier'", 1, 4) if "min_tier" in said else 0,
            excluded=frozenset(_kind(name) for name in self._texts(said, "not")),
            countries=frozenset(self._codes(said, "countries", _COUNTRY, "a country code such as TR")),
            languages=frozenset(self._codes(said, "languages", LANGUAGE, "a language code such as tr")),
        )

    def _codes(self, keys: dict[str, Node], key: str, shape: re.Pattern[str], what: str) -> Iterator[str]:
        for code in self._texts(keys, key):
            if code and not shape.fullmatch(code):
                self._problems.add(keys[key], f"{code!r} in {key!r} is not {what}")
            yield code

    def _texts(self, keys: dict[str, Node], key: str) -> tuple[str, ...]:
        if key not in keys:
            return ()
        if keys[key].value == []:
            self._problems.add(keys[key], f"{key!r} lists nothing; name something, or remove it")
        return yamlfile.texts(keys[key], self._problems, f"{key!r}")

    def _telling(self, keys: dict[str, Node]) -> Telling:
        if "notify" not in keys:
            return Telling()
        said = yamlfile.mapping(keys["notify"], self._problems, known=NOTIFY_KEYS, what="'notify'")
        cooldown = None
        if "cooldown" in said:
            bounds = (_LEAST_COOLDOWN, _MOST_COOLDOWN)
            cooldown = yamlfile.duration(said["cooldown"], self._problems, "'cooldown'", *bounds)
        return Telling(receivers=self._texts(said, "receivers"), cooldown=cooldown)

    def _runbook(self, keys: dict[str, Node]) -> str:
        written = self._text(keys, "runbook")
        if written and not _RUNBOOK.fullmatch(written):
            self._problems.add(keys["runbook"], f"'runbook' is a web address, not {written[:60]!r}")
        return written

    def _text(self, keys: dict[str, Node], key: str) -> str:
        return yamlfile.text(keys[key], self._problems, f"{key!r}") if key in keys else ""


def with_runbook(notes: str, runbook: str) -> str:
    """What is shown with an alert: the notes, and where it is written what to do."""
    return " ".join(part for part in (notes, f"Runbook: {runbook}" if runbook else "") if part)


def _kind(name: str) -> str:
    """A kind of media may be named in the plural: aggregators."""
    return name[:-1] if name[:-1] in KINDS and name.endswith("s") else name


def _called(node: Node) -> str:
    """The rule by its id, where it has one that can be shown."""
    written = node.value.get("id") if isinstance(node.value, dict) else None
    known = written is not None and isinstance(written.value, str) and _ID.fullmatch(written.value)
    return f"rule {written.value!r}" if written is not None and known else "a rule"
