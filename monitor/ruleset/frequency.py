"""`spike`, `absence` and the rules on the developments of others, as watch/*.yaml has them."""

import re
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass
from datetime import date, timedelta

from monitor import yamlfile
from monitor.core.frequency import DAY, Absence, By, Pattern, Spike, Start
from monitor.core.rule import Correlation, OutageRule, Rule
from monitor.core.severity import Severity
from monitor.yamlfile import Node, Problems

SPIKE_KEYS = ("window", "against", "same_hours", "ratio", "min", "by", "severity", "label")
ABSENCE_KEYS = ("expect_every", "after", "severity", "label")
# What only a rule on the developments of others has, in place of a query.
PATTERN_KEYS = ("rules", "timespan", "condition", "by")
CONDITION_KEYS = ("gte",)
GROUPS = tuple(by.value for by in By if by.value)
PATTERNS = tuple(pattern.value for pattern in Pattern)
STARTS = tuple(start.value for start in Start)

_RATIO = re.compile(r"[0-9]{1,4}(?:\.[0-9]{1,3})?")
_LEAST_RATIO, _MOST_RATIO = 1.1, 1000
_MOST = 10_000
# An average of two days is no usual; one that is shorter than what is held against it is none either.
_FEWEST_DAYS = 3 * DAY
_FEWEST_WINDOWS = 4
_LONGEST_LABEL = 60


@dataclass(frozen=True, slots=True, kw_only=True)
class PatternOf:
    """What a rule on the developments of others says of them; `rules` are names as they are written."""

    pattern: Pattern
    rules: tuple[str, ...] = ()
    timespan: timedelta = DAY
    least: int = 0
    by: By = By.NOTHING


class FrequencyReader:
    """Reads what rules say on how often."""

    def __init__(self, problems: Problems) -> None:
        self._problems = problems

    def spike(self, node: Node) -> Spike:
        """The value of `spike`."""
        required, before = ("window", "against", "ratio", "min"), self._problems.errors
        said = yamlfile.mapping(node, self._problems, known=SPIKE_KEYS, required=required, what="'spike'")
        same_hours = (
            yamlfile.truth(said["same_hours"], self._problems, "'same_hours'") if "same_hours" in said else True
        )
        window = self._duration(said, "window", timedelta(minutes=10), 7 * DAY)
        against = self._duration(said, "against", DAY, 366 * DAY)
        if self._problems.errors == before:
            self._fits(said, window, against, same_hours=same_hours)
        return Spike(
            window=window,
            against=against,
            ratio=self._ratio(said["ratio"]) if "ratio" in said else _LEAST_RATIO,
            least=yamlfile.whole(said["min"], self._problems, "'min'", 2, _MOST) if "min" in said else 2,
            same_hours=same_hours,
            by=self._by(said),
            severity=self._severity(said),
            label=self._label(said) or "SPIKE",
        )

    def absence(self, node: Node) -> Absence:
        """The value of `absence`."""
        what = "'absence'"
        said = yamlfile.mapping(node, self._problems, known=ABSENCE_KEYS, required=("expect_every",), what=what)
        return Absence(
            expect_every=self._duration(said, "expect_every", timedelta(hours=1), 3650 * DAY),
            after=self._after(said["after"]) if "after" in said else Start.FIRST_MATCH,
            severity=self._severity(said),
            label=self._label(said),
        )

    def pattern(self, keys: Mapping[str, Node], pattern: Pattern) -> PatternOf:
        """What a rule of these types says."""
        names = self._names(keys["rules"], pattern) if "rules" in keys else ()
        least = 0
        if pattern is Pattern.EVENT_COUNT:
            least = self._condition(keys["condition"]) if "condition" in keys else 0
        elif "condition" in keys:
            message = "'condition' belongs to a rule of type event_count; here each of 'rules' must have rung"
            self._problems.add(keys["condition"], message)
        timespan = self._duration(keys, "timespan", timedelta(minutes=1), 366 * DAY)
        return PatternOf(pattern=pattern, rules=names, timespan=timespan, least=least, by=self._by(keys))

    def resolved(
        self,
        correlations: Mapping[str, tuple[Correlation, Node]],
        rules: Mapping[str, Rule],
        written: Collection[str],
        *,
        whole: bool = True,
    ) -> Iterator[Correlation]:
        """Those whose `rules` are all there, by the ids these have now; notes the others.

        `written` are the ids of rules with problems, too; where the files are not `whole`, there may be more.
        """
        known: dict[str, Rule | Correlation] = {name: one for one in rules.values() for name in one.names}
        known |= {name: one for one, _ in correlations.values() for name in one.names}
        for one, node in correlations.values():
            before = self._problems.errors
            for name in one.rules:
                self._look(one, name, _item(node, name), known, written, whole=whole)
            if self._problems.errors == before and _leads_back(one, known):
                message = f"rule {one.id!r} counts itself, by way of {', '.join(one.rules)}; take that name out"
                self._problems.add(node, message)
            if self._problems.errors == before:
                yield one

    def _look(
        self,
        one: Correlation,
        name: str,
        node: Node,
        known: Mapping[str, Rule | Correlation],
        written: Collection[str],
        *,
        whole: bool,
    ) -> None:
        found = known.get(name)
        if found is None and name == OutageRule().id:
            message = (
                f"rule {one.id!r} counts {name!r}, which watches the feeds and tells of no development; take it out"
            )
            self._problems.add(node, message)
        elif found is None and name in written:
            self._problems.add(node, f"rule {one.id!r} counts rule {name!r}, which has problems; mend that one first")
        elif found is None and not whole:
            message = (
                f"rule {one.id!r} counts {name!r}, which may stand in a file that cannot be read; mend that one first"
            )
            self._problems.add(node, message)
        elif found is None:
            hint = yamlfile.nearest(name, known, self._problems) or "; give the id of a rule of this desk"
            self._problems.add(node, f"rule {one.id!r} counts {name!r}, and no rule is called so{hint}")
        elif isinstance(found, Correlation) and found.by is not By.NOTHING:
            message = f"rule {one.id!r} counts {name!r}, which has 'by'; name the rules that one counts"
            self._problems.add(node, message)

    def _fits(self, said: Mapping[str, Node], window: timedelta, against: timedelta, *, same_hours: bool) -> None:
        """Whether a baseline is one, for the window that is held against it."""
        if same_hours and window > DAY:
            message = "'window' is at most 1d where the same hours are compared; shorten it, or set 'same_hours: false'"
            self._problems.add(said["window"], message)
        elif same_hours and (against % DAY or against < _FEWEST_DAYS):
            message = "'against' is whole days, 3d or more, where their same hours are compared"
            self._problems.add(said["against"], message)
        elif against < _FEWEST_WINDOWS * window:
            self._problems.add(said["against"], f"'against' is at least {_FEWEST_WINDOWS} times 'window'")

    def _ratio(self, node: Node) -> float:
        written = node.value if isinstance(node.value, str) else ""
        if _RATIO.fullmatch(written) and _LEAST_RATIO <= float(written) <= _MOST_RATIO:
            return float(written)
        self._problems.add(node, f"'ratio' is a number from {_LEAST_RATIO} to {_MOST_RATIO}: so many times the usual")
        return _LEAST_RATIO

    def _after(self, node: Node) -> Start | date:
        if node.value in STARTS:
            return Start(node.value)
        try:
            return date.fromisoformat(node.value if isinstance(node.value, str) else "")
        except ValueError:
            odd = yamlfile.no_such_day(node) or yamlfile.nearest(str(node.value), STARTS, self._problems)
            self._problems.add(node, f"'after' is {', '.join(STARTS)} or a date, written as 2027-06-30{odd}")
            return Start.FIRST_MATCH

    def _names(self, node: Node, pattern: Pattern) -> tuple[str, ...]:
        names = yamlfile.texts(node, self._problems, "'rules'")
        least = 1 if pattern is Pattern.EVENT_COUNT else 2
        if isinstance(node.value, list) and len(names) < least:
            self._problems.add(node, f"'rules' must name {least} {'rule' if least == 1 else 'rules'} or more")
        if len(set(names)) < len(names):
            self._problems.add(node, "'rules' names a rule twice; to count its alerts, use type event_count")
        return names

    def _condition(self, node: Node) -> int:
        said = yamlfile.mapping(node, self._problems, known=CONDITION_KEYS, required=CONDITION_KEYS, what="'condition'")
        return yamlfile.whole(said["gte"], self._problems, "'gte'", 2, _MOST) if "gte" in said else 0

    def _by(self, keys: Mapping[str, Node]) -> By:
        return By(yamlfile.choice(keys["by"], self._problems, "'by'", GROUPS)) if "by" in keys else By.NOTHING

    def _severity(self, keys: Mapping[str, Node]) -> Severity | None:
        if "severity" not in keys:
            return None
        labels = tuple(severity.label for severity in Severity)
        word = yamlfile.choice(keys["severity"], self._problems, "'severity'", labels)
        return Severity[word.upper()] if word else None

    def _label(self, keys: Mapping[str, Node]) -> str:
        if "label" not in keys:
            return ""
        written = yamlfile.text(keys["label"], self._problems, "'label'")
        if len(written) > _LONGEST_LABEL:
            self._problems.add(
                keys["label"], f"'label' stands in a subject line; use {_LONGEST_LABEL} characters at most"
            )
        return written

    def _duration(self, keys: Mapping[str, Node], key: str, shortest: timedelta, longest: timedelta) -> timedelta:
        if key not in keys:
            return shortest
        return yamlfile.duration(keys[key], self._problems, f"{key!r}", shortest, longest)


def _item(node: Node, name: str) -> Node:
    """Where a rule is named in `rules`, or else the rule that names it."""
    listed = node.value.get("rules") if isinstance(node.value, dict) else None
    items = listed.value if listed is not None and isinstance(listed.value, list) else []
    return next((item for item in items if item.value == name), node)


def _leads_back(one: Correlation, known: Mapping[str, Rule | Correlation]) -> bool:
    """Whether a rule counts, by way of others, its own alerts."""
    ahead, seen = [*one.rules], set[str]()
    while ahead:
        found = known.get(ahead.pop())
        if found is one:
            return True
        if isinstance(found, Correlation) and found.id not in seen:
            seen.add(found.id)
            ahead += found.rules
    return False
