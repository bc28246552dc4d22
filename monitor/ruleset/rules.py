"""watch/*.yaml to rules."""

import re
from collections.abc import Iterator
from datetime import date, timedelta
from types import MappingProxyType

from monitor import yamlfile
from monitor.core.clause import Assertion, Phrase
from monitor.core.feed import KINDS
from monitor.core.rule import USUAL_HANDLING, Handling, OutageRule, Rule, Severity, Sources, Status, Telling, Window
from monitor.ruleset.clauses import ClauseReader
from monitor.ruleset.exclusions import ExclusionReader
from monitor.ruleset.ruletests import LANGUAGE, read_tests
from monitor.yamlfile import Node, Problems

# What a file may say once for all its rules, and what each rule says for itself.
DEFAULT_KEYS = (
    "owner", "severity", "status", "expires", "scope", "within", "assert", "exclude", "sources", "notify", "notes",
    "runbook",
)  # fmt: skip
OWN_KEYS = ("id", "type", "formerly", "title", "match", "tests")
# A rule of type absence watches the feeds themselves, and has no query.
OUTAGE_KEYS = ("id", "type", "title", "owner", "severity", "notes", "runbook")
TYPES = ("event", "absence")
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
        self._problems = problems
        self._defaults: dict[str, Node] = {}
        self._named: dict[str, Rule] = {}
        self.rules: dict[str, Rule] = {}
        self.outage: OutageRule | None = None

    def read(self, root: Node) -> None:
        """The rules of one file."""
        top = yamlfile.versioned(root, self._problems, known=RULE_FILE_KEYS, required=("rules",), what="a rule file")
        self._defaults = self._read_defaults(top["defaults"]) if "defaults" in top else {}
        for node in yamlfile.items(top["rules"], self._problems, "'rules'") if "rules" in top else ():
            if _is_outage(node):
                self._outage(node)
                continue
            before = self._problems.errors
            for rule in self._rule(node):
                if self._problems.errors == before:
                    self._keep(rule, node)

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

    def _keep(self, rule: Rule, node: Node) -> None:
        """Ids and former ids are one space of names: cases, routes and people know a rule by either."""
        for name in (rule.id, *rule.formerly):
            first = self._named.setdefault(name, rule)
            if first is not rule:
                message = f"rule id {name!r} again; first in {first.file}:{first.line}, give each rule its own"
                self._problems.add(node, message)
        self.rules.setdefault(rule.id, rule)

    def _read_defaults(self, node: Node) -> dict[str, Node]:
        """Defaults are read with each rule; that they are readable at all is said once."""
        return yamlfile.mapping(node, self._problems, known=DEFAULT_KEYS, what="'defaults'")

    def _rule(self, node: Node) -> Iterator[Rule]:
        required = tuple(key for key in ("id", "match", "owner", "tests") if key not in self._defaults)
        own = yamlfile.mapping(node, self._problems, known=RULE_KEYS, required=required, what=_called(node))
        keys = {**self._defaults, **own}
        if "type" in keys:
            yamlfile.choice(keys["type"], self._problems, "'type'", TYPES)
        rule_id = self._rule_id(keys)
        match = self._clauses.clause(keys["match"], "'match'") if "match" in keys else None
        status, expires = self._governance(keys, own, node)
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
            notes=with_runbook(self._text(keys, "notes"), self._runbook(keys)),
            tests=tuple(read_tests(keys["tests"], self._problems)) if "tests" in keys else (),
            file=node.file,
            line=node.line,
        )
        if match is not None and rule_id:
            yield rule

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


def _is_outage(node: Node) -> bool:
    written = node.value.get("type") if isinstance(node.value, dict) else None
    return written is not None and written.value == "absence"


def _kind(name: str) -> str:
    """A kind of media may be named in the plural: aggregators."""
    return name[:-1] if name[:-1] in KINDS and name.endswith("s") else name


def _called(node: Node) -> str:
    """The rule by its id, where it has one that can be shown."""
    written = node.value.get("id") if isinstance(node.value, dict) else None
    known = written is not None and isinstance(written.value, str) and _ID.fullmatch(written.value)
    return f"rule {written.value!r}" if written is not None and known else "a rule"
