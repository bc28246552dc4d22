"""`story:` tests of rules: entries as they come in, by the clock, with what must ring when and what must not.

Knows how they are written; knows nothing of how they are run.
"""

import re
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, date, datetime, time, timedelta
from typing import Any

from monitor import yamlfile
from monitor.core.feed import KINDS
from monitor.core.rule import Outlet, Step, StoryTest, Totals
from monitor.core.severity import Severity
from monitor.ruleset.clauses import ClauseReader
from monitor.yamlfile import Node, Problems

STORY_KEYS = ("story", "last_match", "until", "expect", "why")
# What a step says of its outlet; it holds for the whole story.
OUTLET_KEYS = ("owner", "tier", "kind", "country", "speaks_for")
_TEXT_KEYS = ("title", "text", "lead", "body", "link", "author")
# What only a step that brings an entry can say.
_ENTRY_KEYS = ("published", "outlet", *OUTLET_KEYS, "lang", *_TEXT_KEYS, "revises")
STEP_KEYS = ("at", *_ENTRY_KEYS, "rings", "lacks", "digest", "held", "why")
TOTAL_KEYS = ("alerts", "severity", "label", "updates")

# When a story begins that does not say when: a Monday at noon.
USUAL_TIME = datetime(2026, 1, 5, 12, 0, tzinfo=UTC)
MOST_STEPS = 500
_MOST_ALERTS = 1_000
_MOST_TEXTS = 20
_LONGEST = timedelta(days=4_000)
_YEARS = (1970, 2200)

_OFFSET = re.compile(r"(?=.)(?:([0-9]{1,4})d)?(?:([0-9]{1,5})h)?(?:([0-9]{1,6})m)?(?:([0-9]{1,7})s)?")
# What some write for true and false.
_NO_TRUTHS = ("yes", "no", "none", "nothing", "true", "false")
_TRUTHS = ("true", "false")
_COUNT = re.compile(r"[0-9]+(?:\.[0-9]+)?")
_RINGS = "true, false, or a text that the alert has in its label or title"
_LANGUAGE = re.compile(r"[a-z]{2,3}")
_COUNTRY = re.compile(r"[A-Z]{2}")
_SEVERITIES = tuple(severity.label for severity in Severity)


class StoryReader:
    """Reads one story, every problem noted."""

    def __init__(self, problems: Problems, clauses: ClauseReader, *, holds: bool = True) -> None:
        """`holds`: evidence of the rule may wait, as that of type status does."""
        self._problems = problems
        self._holds = holds
        self._clauses = clauses
        self._steps: list[Step] = []
        self._outlets: dict[str, Outlet] = {}
        # Where each thing was first said of an outlet, for who says another.
        self._said: dict[tuple[str, str], int] = {}

    def read(self, node: Node) -> Iterator[StoryTest]:
        """The story, unless something in it is wrong."""
        before = self._problems.errors
        keys = yamlfile.mapping(node, self._problems, known=STORY_KEYS, required=("story",), what="a story")
        nodes = yamlfile.items(keys["story"], self._problems, "'story'") if "story" in keys else []
        if "story" in keys and not 0 < len(nodes) <= MOST_STEPS and isinstance(keys["story"].value, list):
            self._problems.add(keys["story"], f"'story' has from 1 to {MOST_STEPS} steps, not {len(nodes)}")
        for number, one in enumerate(nodes[:MOST_STEPS], 1):
            self._step(number, one)
        totals = self._totals(keys["expect"]) if "expect" in keys else Totals()
        asked = any(step.rings is not None for step in self._steps)
        listed = any(step.digest is not None or step.held is not None for step in self._steps)
        if not (asked or listed or "expect" in keys) and self._problems.errors == before:
            self._problems.add(node, "a story expects nothing; say what 'rings' at its steps, or 'expect' of all of it")
        if not any(step.outlet for step in self._steps) and self._problems.errors == before:
            self._problems.add(node, "a story brings no entry; give a step with 'outlet' and 'title'")
        story = StoryTest(
            # Who says of one step what rings says of the others that they are silent.
            steps=tuple(replace(step, rings=step.rings or ()) if asked else step for step in self._steps),
            outlets=tuple(self._outlets.values()),
            last_match=self._last_match(keys["last_match"]) if "last_match" in keys else None,
            until=self._offset(keys["until"], "'until'", "+") if "until" in keys else None,
            totals=totals,
            line=node.line,
            column=node.column,
        )
        if "why" in keys:
            self._text(keys, "why")
        if self._problems.errors == before:
            yield story

    def _step(self, number: int, node: Node) -> None:
        what = f"step {number} of a story"
        keys = yamlfile.mapping(node, self._problems, known=STEP_KEYS, what=what)
        if node.value == {}:
            self._problems.add(node, f"{what} is empty; give 'at' where only time passes, or an entry")
        if not keys:
            return
        at = self._at(number, keys, node)
        entry = any(key in keys for key in _ENTRY_KEYS)
        first = self._revised(number, keys, what) if "revises" in keys else None
        if "held" in keys and not self._holds:
            message = "'held' is of evidence, which only a rule of type status weighs; remove it"
            self._problems.add(keys["held"], message)
        elif "held" in keys and not entry:
            self._problems.add(keys["held"], "'held' is of an entry, and this step brings none; remove it")
        if entry and first is None and "revises" not in keys:
            self._outlet(keys, node, what)
        misspelt = isinstance(node.value, dict) and not node.value.keys() <= set(STEP_KEYS)
        if entry and ("text" in keys) == ("title" in keys) and not misspelt:
            self._problems.add(node, f"{what} has either 'text', or 'title' (and 'lead', 'body')")
        texts = {key: self._text(keys, key) for key in (*_TEXT_KEYS, "outlet", "why")}
        rings = tuple(self._rings(keys["rings"])) if "rings" in keys else None
        self._steps.append(
            Step(
                at=at,
                published_at=self._published(keys, at) or (first.published_at if first else at),
                outlet=first.outlet if first else texts["outlet"],
                language=first.language if first else self._patterned(keys, "lang", _LANGUAGE, "en, tr or kmr"),
                author=texts["author"],
                title=texts["title"] or texts["text"],
                lead=texts["lead"],
                body=texts["body"],
                link=texts["link"] or (first.link if first else ""),
                revises=first.revises if first else 0,
                rings=rings,
                quiet=rings == (),
                lacks=self._lacking(keys["lacks"], rings) if "lacks" in keys else (),
                digest=yamlfile.truth(keys["digest"], self._problems, "'digest'") if "digest" in keys else None,
                held=yamlfile.truth(keys["held"], self._problems, "'held'") if "held" in keys else None,
                line=node.line,
                column=node.column,
            )
        )

    def _at(self, number: int, keys: dict[str, Node], node: Node) -> datetime:
        """When a step is; the first at the usual time, unless it says another."""
        before = self._steps[-1].at if self._steps else None
        if "at" not in keys:
            if number > 1 and "at" not in node.value:
                self._problems.add(node, f"step {number} of a story lacks 'at'; write +2h after the step before")
            return before or USUAL_TIME
        written = keys["at"].value if isinstance(keys["at"].value, str) else ""
        if written.startswith("+"):
            after = self._offset(keys["at"], "'at'", "+")
            if before is None and after:
                self._problems.add(keys["at"], "the first step has none before it; write a time, or +0h")
            return self._later(before or USUAL_TIME, after, keys["at"])
        at = self._time(keys["at"], "'at'", "2024-08-23T13:10Z, or as +2h after the step before") or before
        if before is not None and at is not None and at < before:
            message = f"step {number} of a story is before the step ahead of it ({_shown(before)}); put them in order"
            self._problems.add(keys["at"], message)
        return at or USUAL_TIME

    def _later(self, at: datetime, after: timedelta, node: Node) -> datetime:
        if (at + after).year <= _YEARS[1]:
            return at + after
        self._problems.add(node, f"a story ends before {_YEARS[1] + 1}; shorten it")
        return at

    def _published(self, keys: dict[str, Node], at: datetime) -> datetime | None:
        """When the entry was published; never after it was read."""
        if "published" not in keys:
            return None
        node = keys["published"]
        if isinstance(node.value, str) and node.value.startswith("-"):
            return at - self._offset(node, "'published'", "-")
        published = self._time(node, "'published'", "2024-08-23T13:10Z, or as -2h ahead of 'at'")
        if published is not None and published > at:
            self._problems.add(node, f"'published' is after the step itself ({_shown(at)})")
        return published

    def _last_match(self, node: Node) -> datetime | None:
        """A day, of which it is noon, or a time; before the story."""
        written = node.value if isinstance(node.value, str) else ""
        try:
            found: datetime | None = datetime.combine(date.fromisoformat(written), time(12), UTC)
        except ValueError:
            found = self._time(node, "'last_match'", "2023-10-05 or 2023-10-05T09:30Z")
        if found is not None and self._steps and found >= self._steps[0].at:
            self._problems.add(node, f"'last_match' is before the story, which begins {_shown(self._steps[0].at)}")
        return found

    def _time(self, node: Node, what: str, such_as: str) -> datetime | None:
        written = node.value if isinstance(node.value, str) else ""
        try:
            found = datetime.fromisoformat(written)
            if found.tzinfo is not None and _YEARS[0] <= found.year <= _YEARS[1]:
                return found.astimezone(UTC)
        except (ValueError, OverflowError):
            pass
        shown = yamlfile.no_such_day(node) or (f", not {written!r}" if written and len(written) <= 60 else "")
        self._problems.add(node, f"{what} is a time with its zone, written as {such_as}{shown}")
        return None

    def _offset(self, node: Node, what: str, sign: str) -> timedelta:
        """+2h, +1d12h; or with a minus."""
        written = node.value if isinstance(node.value, str) else ""
        match = _OFFSET.fullmatch(written[1:]) if written.startswith(sign) else None
        if match:
            days, hours, minutes, seconds = (int(part or 0) for part in match.groups())
            found = timedelta(days=days, hours=hours, minutes=minutes, seconds=seconds)
            if found <= _LONGEST:
                return found
        shown = f", not {written!r}" if written and len(written) <= 60 else ""
        message = f"{what} is {sign}2h or {sign}1d12h, of d, h, m and s, at most {_LONGEST.days}d{shown}"
        self._problems.add(node, message)
        return timedelta()

    def _revised(self, number: int, keys: dict[str, Node], what: str) -> Step | None:
        """The step whose entry this one revises, with the number of the one that brought it in `revises`."""
        for key in ("outlet", "lang", *OUTLET_KEYS):
            if key in keys:
                self._problems.add(keys[key], f"{what} revises an entry, whose {key!r} it has; remove the key")
        if number == 1:
            self._problems.add(keys["revises"], "the first step has none before it to revise")
            return None
        before = self._problems.errors
        earlier = yamlfile.whole(keys["revises"], self._problems, "'revises'", 1, number - 1)
        # A step that is no mapping is a problem that was told, and none of these.
        if self._problems.errors > before or earlier > len(self._steps):
            return None
        step = self._steps[earlier - 1]
        if not step.outlet:
            self._problems.add(keys["revises"], f"step {earlier} of the story brings no entry that could be revised")
            return None
        return replace(step, revises=step.revises or earlier)

    def _outlet(self, keys: dict[str, Node], node: Node, what: str) -> None:
        """What is known of an outlet: it is the same through the whole story."""
        if "outlet" not in keys:
            self._problems.add(node, f"{what} lacks 'outlet'; add the id of a feed, or any name")
            return
        name = self._text(keys, "outlet")
        told: dict[str, Any] = {key: self._of_outlet(keys, key) for key in OUTLET_KEYS if key in keys}
        known = self._outlets.get(name, Outlet(name=name))
        for key, value in told.items():
            first = self._said.setdefault((name, key), keys[key].line)
            if getattr(known, key) not in {None, value}:
                message = f"{key!r} of {name!r} is another on line {first}; an outlet is the same through the story"
                self._problems.add(keys[key], message)
        self._outlets[name] = replace(known, **told) if name else known

    def _of_outlet(self, keys: dict[str, Node], key: str) -> str | int | tuple[str, ...]:
        match key:
            case "tier":
                return yamlfile.whole(keys[key], self._problems, "'tier'", 1, 4)
            case "kind":
                return yamlfile.choice(keys[key], self._problems, "'kind'", KINDS)
            case "country":
                return self._patterned(keys, key, _COUNTRY, "TR")
            case "speaks_for":
                return self._spoken_for(keys[key])
            case _:
                return self._text(keys, key)

    def _spoken_for(self, node: Node) -> tuple[str, ...]:
        names = tuple(name.removeprefix("$") for name in yamlfile.texts(node, self._problems, "'speaks_for'"))
        known = self._clauses.parties
        for name in names if known is not None else ():
            if name and name not in (known or ()):
                hint = yamlfile.nearest(name, known or (), self._problems)
                self._problems.add(node, f"'speaks_for': no entity or group is called {name!r}{hint}")
        return names

    def _rings(self, node: Node) -> Iterator[str]:
        """A text for each alert, "" for any; nothing for false."""
        if isinstance(node.value, list):
            if not 0 < len(node.value) <= _MOST_TEXTS:
                self._problems.add(node, f"'rings' lists from 1 to {_MOST_TEXTS} alerts; write false where none rings")
            yield from self._parts(node.value[:_MOST_TEXTS], "'rings'")
        elif isinstance(node.value, dict):
            self._problems.add(node, f"'rings' is {_RINGS}; totals such as {{alerts: 2}} stand under 'expect'")
        elif node.bare and _COUNT.fullmatch(str(node.value)):
            message = (
                f"'rings' is {_RINGS}; how many alerts the story has is said by 'expect: {{alerts: {node.value}}}'"
            )
            self._problems.add(node, message)
        elif node.bare and str(node.value).casefold() in _NO_TRUTHS and node.value not in _TRUTHS:
            self._problems.add(node, f"'rings' is {_RINGS}; put {node.value!r} in quotes if that is one")
        elif not (node.bare and node.value == "false"):
            yield "" if node.bare and node.value == "true" else yamlfile.text(node, self._problems, "'rings'")

    def _lacking(self, node: Node, rings: tuple[str, ...] | None) -> tuple[str, ...]:
        """Texts that no alert which rings at the step has."""
        if not rings:
            self._problems.add(node, "'lacks' is of alerts that ring; say what 'rings' beside it, or remove it")
        items = node.value if isinstance(node.value, list) else [node]
        if not 0 < len(items) <= _MOST_TEXTS:
            self._problems.add(node, f"'lacks' is a text, or a list of 1 to {_MOST_TEXTS}")
        return tuple(self._parts(items[:_MOST_TEXTS], "'lacks'"))

    def _parts(self, items: list[Node], what: str) -> Iterator[str]:
        for item in items:
            if item.bare and (item.value in _TRUTHS or _COUNT.fullmatch(str(item.value))):
                message = f"a list of {what} has texts alone, each of what an alert has in its label or title"
                self._problems.add(item, f"{message}; give one, or put {item.value} in quotes if that is one")
            yield yamlfile.text(item, self._problems, f"an item of {what}")

    def _totals(self, node: Node) -> Totals:
        said = yamlfile.mapping(node, self._problems, known=TOTAL_KEYS, what="'expect' of a story")
        if isinstance(node.value, dict) and not node.value:
            self._problems.add(node, f"'expect' of a story is empty; give {', '.join(TOTAL_KEYS)}, or remove it")
        word = (
            yamlfile.choice(said["severity"], self._problems, "'severity'", _SEVERITIES) if "severity" in said else ""
        )
        return Totals(
            alerts=self._count(said, "alerts"),
            severity=Severity[word.upper()] if word else None,
            label=self._text(said, "label"),
            updates=self._count(said, "updates"),
            line=node.line,
            column=node.column,
        )

    def _count(self, keys: dict[str, Node], key: str) -> int | None:
        return yamlfile.whole(keys[key], self._problems, f"{key!r}", 0, _MOST_ALERTS) if key in keys else None

    def _patterned(self, keys: dict[str, Node], key: str, shape: re.Pattern[str], such_as: str) -> str:
        written = self._text(keys, key)
        if written and not shape.fullmatch(written):
            self._problems.add(keys[key], f"{key!r} is a code such as {such_as}, not {written[:60]!r}")
        return written

    def _text(self, keys: dict[str, Node], key: str) -> str:
        return yamlfile.text(keys[key], self._problems, f"{key!r}") if key in keys else ""


def _shown(at: datetime) -> str:
    return f"{at:%Y-%m-%d %H:%M}"
