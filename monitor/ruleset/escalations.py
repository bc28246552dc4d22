"""`escalate:` of a rule to escalations: each item one condition, and the severity or the label it brings."""

from collections.abc import Collection
from datetime import UTC, datetime, timedelta

from monitor import yamlfile
from monitor.core.clause import Assertion
from monitor.core.escalation import MOST_INDEPENDENT, Escalation
from monitor.core.severity import Severity
from monitor.yamlfile import Node, Problems

# What each condition may have beside it.
CONDITIONS = {
    "quiet_for": ("last_known",),
    "independent": ("within",),
    "source_is": (),
    "assert": (),
    "number": ("at_least",),
}
BROUGHT = ("severity", "label")
ESCALATION_KEYS = (*CONDITIONS, *(key for keys in CONDITIONS.values() for key in keys), *BROUGHT)
SOURCES = ("official",)
MOST_FIGURE = 10**12 - 1
_ASSERTIONS = tuple(one.value for one in Assertion)
_SEVERITIES = tuple(one.label for one in Severity)
_SHORTEST_QUIET, _LONGEST_QUIET = timedelta(hours=1), timedelta(days=3_650)
_SHORTEST_WITHIN, _LONGEST_WITHIN = timedelta(minutes=1), timedelta(days=30)
_LONGEST_LABEL = 40


class EscalationReader:
    """Reads the conditions of one rule; `numbers` are those that it has under that key."""

    def __init__(self, problems: Problems, numbers: Collection[str] = ()) -> None:
        self._problems = problems
        self._numbers = numbers

    def read(self, node: Node) -> tuple[Escalation, ...]:
        """The escalations in the order of the list; a problem for each that is not in order."""
        items = yamlfile.items(node, self._problems, "'escalate'")
        if not items and isinstance(node.value, list):
            self._problems.add(node, "'escalate' lists no condition; give one, or remove the key")
        found: dict[str, Escalation] = {}
        for item in items:
            one = self._one(item)
            if one is not None and found.setdefault(one.name, one) is not one:
                self._problems.add(item, f"{one.name!r} again in 'escalate'; give each condition its own label")
        return tuple(found.values())

    def _one(self, node: Node) -> Escalation | None:
        before = self._problems.errors
        keys = yamlfile.mapping(node, self._problems, known=ESCALATION_KEYS, what="an item of 'escalate'")
        self._refuse_odd(node, keys)
        label = yamlfile.text(keys["label"], self._problems, "'label'") if "label" in keys else ""
        if len(label) > _LONGEST_LABEL:
            self._problems.add(keys["label"], f"'label' has at most {_LONGEST_LABEL} characters")
        official = "source_is" in keys
        if official:
            yamlfile.choice(keys["source_is"], self._problems, "'source_is'", SOURCES)
        made = Escalation(
            severity=self._severity(keys),
            label=label,
            quiet_for=self._duration(keys, "quiet_for", _SHORTEST_QUIET, _LONGEST_QUIET),
            last_known=self._last_known(keys),
            independent=self._whole(keys, "independent", 2, MOST_INDEPENDENT),
            within=self._duration(keys, "within", _SHORTEST_WITHIN, _LONGEST_WITHIN) or timedelta(),
            official=official,
            assertion=self._assertion(keys),
            number=self._number(keys),
            at_least=self._whole(keys, "at_least", 1, MOST_FIGURE),
        )
        return made if self._problems.errors == before else None

    def _refuse_odd(self, node: Node, keys: dict[str, Node]) -> None:
        """One condition, what belongs to it, and what it brings."""
        if not isinstance(node.value, dict):
            return
        written = [key for key in CONDITIONS if key in node.value]
        if len(written) != 1:
            has = f"has {' and '.join(written)}; make them items of their own" if written else "has none"
            known = ", ".join(CONDITIONS)
            self._problems.add(node, f"an item of 'escalate' has one condition ({known}); this one {has}")
        for condition, companions in CONDITIONS.items():
            for key in companions:
                if key in keys and condition not in node.value:
                    self._problems.add(keys[key], f"{key!r} belongs to {condition!r}, which is not here; remove it")
        if "independent" in node.value and "within" not in node.value:
            message = "'independent' needs 'within', the time in which the reports are dated, such as 6h; add it"
            self._problems.add(node, message)
        if "number" in node.value and "at_least" not in node.value:
            self._problems.add(node, "'number' needs 'at_least', the figure from which on it counts; add it")
        if not any(key in node.value for key in BROUGHT):
            self._problems.add(node, "an item of 'escalate' brings a 'severity' or a 'label'; this one has neither")

    def _severity(self, keys: dict[str, Node]) -> Severity | None:
        if "severity" not in keys:
            return None
        word = yamlfile.choice(keys["severity"], self._problems, "'severity'", _SEVERITIES)
        return Severity[word.upper()] if word else None

    def _assertion(self, keys: dict[str, Node]) -> Assertion | None:
        if "assert" not in keys:
            return None
        word = yamlfile.choice(keys["assert"], self._problems, "'assert' of 'escalate'", _ASSERTIONS)
        return Assertion(word) if word else None

    def _last_known(self, keys: dict[str, Node]) -> datetime | None:
        day = yamlfile.day(keys["last_known"], self._problems, "'last_known'") if "last_known" in keys else None
        return datetime(day.year, day.month, day.day, tzinfo=UTC) if day else None

    def _number(self, keys: dict[str, Node]) -> str:
        name = yamlfile.text(keys["number"], self._problems, "'number'") if "number" in keys else ""
        if name and name not in self._numbers:
            hint = yamlfile.nearest(name, self._numbers, self._problems)
            self._problems.add(keys["number"], f"the rule has no number {name!r} under 'numbers'{hint}")
        return name

    def _duration(self, keys: dict[str, Node], key: str, least: timedelta, most: timedelta) -> timedelta | None:
        return yamlfile.duration(keys[key], self._problems, f"{key!r}", least, most) if key in keys else None

    def _whole(self, keys: dict[str, Node], key: str, least: int, most: int) -> int:
        return yamlfile.whole(keys[key], self._problems, f"{key!r}", least, most) if key in keys else 0
