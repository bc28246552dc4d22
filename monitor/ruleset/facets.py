"""What a rule of type status says: its entity, its facets with their states, and what makes a change of evidence."""

import re
from collections.abc import Iterator
from datetime import UTC, datetime, time, timedelta

from monitor import yamlfile
from monitor.core.clause import Assertion, Query
from monitor.core.rule import Handling
from monitor.core.severity import Severity
from monitor.core.tracker import Change, Contested, Facet, Quorum, Standing
from monitor.ruleset.clauses import ClauseReader
from monitor.yamlfile import Node, Problems

FACET_KEYS = ("states", "now", "authority", "to", "claims")
NOW_KEYS = ("state", "since", "source")
CHANGE_KEYS = ("quorum", "fresh", "hold", "contested", "milestone", "boilerplate")
QUORUM_KEYS = ("independent", "within", "min_tier", "or_one")
CONTESTED_KEYS = ("severity", "label")
OR_ONE = ("official", "nobody")
MILESTONES = ("new_story", "never")
BOILERPLATE = ("suppress", "count")
SEVERITIES = tuple(severity.label for severity in Severity)

# What stands before the dot of a name of the lexicon.
_WORDS = frozenset({"topic", "act", "phase", "cue"})
_NAME = re.compile(r"[a-z][a-z0-9_]*(\.[a-z][a-z0-9_]*)*")
_SHORTEST, _LONGEST = timedelta(minutes=10), timedelta(days=30)
_LONGEST_HOLD = timedelta(days=3)
_MOST_ORIGINS = 10
_LONGEST_LABEL = 40


class FacetReader:
    """Reads facets with the names and queries of one vocabulary."""

    def __init__(self, clauses: ClauseReader, problems: Problems) -> None:
        self._clauses = clauses
        self._problems = problems
        self._names = clauses.parties

    def entity(self, node: Node) -> str:
        """The entity or group whose state it is."""
        return self._named(node, yamlfile.text(node, self._problems, "'entity'"), "'entity'")

    def facets(self, node: Node) -> Iterator[Facet]:
        """The facets, in their order; one at least."""
        if not isinstance(node.value, dict) or not node.value:
            self._problems.add(node, "'facets' has a name for each thing that has a state, with 'states' and 'to'")
            return
        misplaced = [name for name in node.value if name in FACET_KEYS]
        if misplaced:
            message = f"'facets' has {misplaced[0]!r} where the name of a facet stands; put one above, such as status"
            self._problems.add(node.keys[misplaced[0]], message)
            return
        for name, written in node.value.items():
            if not _NAME.fullmatch(name):
                message = f"facet {name!r}: use lower-case letters, digits, '_' and '.', such as integration.damascus"
                self._problems.add(written, message)
                continue
            yield from self._facet(name, written)

    def change(self, node: Node) -> Change:
        """What makes a change of evidence; what is not said is as usual."""
        keys = yamlfile.mapping(node, self._problems, known=CHANGE_KEYS, what="'change'")
        usual = Change()
        return Change(
            quorum=self._quorum(keys["quorum"]) if "quorum" in keys else usual.quorum,
            fresh=self._duration(keys, "fresh", usual.quorum.within, _SHORTEST, _LONGEST) if "fresh" in keys else None,
            hold=self._duration(keys, "hold", usual.hold, timedelta(), _LONGEST_HOLD),
            contested=self._contested(keys["contested"]) if "contested" in keys else usual.contested,
            milestone=self._choice(keys, "milestone", MILESTONES) == MILESTONES[0],
            boilerplate=self._choice(keys, "boilerplate", BOILERPLATE) == BOILERPLATE[0],
        )

    def refuse(self, keys: dict[str, Node], own: dict[str, Node]) -> None:
        """What of a rule would seem to make evidence of words, or to keep changes back; `own` it says for itself."""
        said = keys["assert"].value if "assert" in keys else None
        for name, node in said.items() if isinstance(said, dict) else ():
            if name != Assertion.DONE and name in set(Assertion) and node.value == Handling.ALERT:
                message = (
                    f"'assert.{name}': in a rule of type status only what is done is evidence; use digest, drop, or "
                    "'allow' at an event"
                )
                self._problems.add(node, message)
            elif name == Assertion.DONE and node.value in {Handling.DIGEST, Handling.DROP}:
                self._problems.add(
                    node, "'assert.done': what is done is the evidence of a rule of type status; remove it"
                )
        told = own["notify"].value if "notify" in own else None
        cooldown = told.get("cooldown") if isinstance(told, dict) else None
        if cooldown is not None and cooldown.value not in {"0", "0s", "0m", "0h", "0d"}:
            message = (
                "'cooldown' does nothing in a rule of type status, which tells each change once; remove it, or say 0s"
            )
            self._problems.add(cooldown, message)

    def _facet(self, name: str, node: Node) -> Iterator[Facet]:
        what = f"facet {name!r}"
        keys = yamlfile.mapping(node, self._problems, known=FACET_KEYS, required=("states", "to"), what=what)
        if not {"states", "to"} <= keys.keys():
            return
        before = self._problems.errors
        states = yamlfile.texts(keys["states"], self._problems, "'states'")
        for state in states:
            if state and not _NAME.fullmatch(state):
                self._problems.add(keys["states"], f"state {state!r}: use lower-case letters, digits and '_'")
        listed = isinstance(keys["states"].value, list)
        twice = next((state for number, state in enumerate(states) if state and state in states[:number]), "")
        if listed and twice:
            self._problems.add(keys["states"], f"{what} has the state {twice!r} twice; remove one")
        elif listed and len(states) < 2:
            self._problems.add(keys["states"], f"{what} needs two states or more; the first is how it began")
        # What is wrong with the list itself is not told again of each state that is named elsewhere.
        known = states if self._problems.errors == before else ()
        to = dict(self._patterns(keys["to"], known, what))
        authority = tuple(self._authority(keys["authority"])) if "authority" in keys else ()
        now = self._now(keys["now"], known, what) if "now" in keys else None
        if len(states) > 1 and to:
            claims = self._clauses.clause(keys["claims"], "'claims'") if "claims" in keys else None
            yield Facet(name=name, states=states, to=to, now=now, authority=authority, claims=claims)

    def _patterns(self, node: Node, states: tuple[str, ...], what: str) -> Iterator[tuple[str, Query]]:
        if not isinstance(node.value, dict) or not node.value:
            self._problems.add(node, f"'to' of {what} has a query for each state that reports can tell of")
            return
        for state, written in node.value.items():
            self._state(written, state, states, what)
            inner = written.value.get("match") if isinstance(written.value, dict) else None
            if inner is not None and isinstance(written.value, dict) and len(written.value) > 1:
                self._problems.add(written, f"'to.{state}' has 'match' and nothing beside it")
            query = self._clauses.clause(inner or written, f"'to.{state}'")
            if query is not None:
                yield state, query

    def _now(self, node: Node, states: tuple[str, ...], what: str) -> Standing | None:
        keys = yamlfile.mapping(node, self._problems, known=NOW_KEYS, required=("state", "source"), what="'now'")
        written = {
            key: yamlfile.text(keys[key], self._problems, f"{key!r}") for key in ("state", "source") if key in keys
        }
        since = yamlfile.day(keys["since"], self._problems, "'since'") if "since" in keys else None
        if "state" in keys:
            self._state(keys["state"], written["state"], states, what)
        return Standing(
            state=written.get("state", ""),
            since=datetime.combine(since, time(), UTC) if since else None,
            source=written.get("source", ""),
        )

    def _state(self, node: Node, state: str, states: tuple[str, ...], what: str) -> None:
        if state and states and state not in states:
            hint = yamlfile.nearest(state, states)
            self._problems.add(node, f"{what} has no state {state!r}; its 'states' are {', '.join(states)}{hint}")

    def _named(self, node: Node, written: str, what: str) -> str:
        name = written.removeprefix("$")
        if len(name.split()) > 1:
            message = f"{what} is one name and no query; make a group of them in the gazetteer, and name that"
            self._problems.add(node, message)
            return ""
        if name.partition(".")[0] in _WORDS and "." in name:
            message = f"{what} is an entity or a group; {written!r} is of the lexicon, and belongs into a query"
            self._problems.add(node, message)
            return ""
        if name == written and written:
            self._problems.add(node, f"{what} names an entity; write ${name}, as in a query", warning=True)
        if name and self._names is not None and name not in self._names:
            hint = yamlfile.nearest(name, self._names)
            self._problems.add(node, f"{what}: no entity or group is called {name!r}{hint}")
        return name

    def _authority(self, node: Node) -> Iterator[str]:
        """One, or a list of them."""
        items = node.value if isinstance(node.value, list) else [node]
        for one in items:
            yield self._named(one, yamlfile.text(one, self._problems, "'authority'"), "'authority'")

    def _quorum(self, node: Node) -> Quorum:
        keys = yamlfile.mapping(node, self._problems, known=QUORUM_KEYS, what="'quorum'")
        usual = Quorum()
        count, tier = usual.independent, usual.min_tier
        if "independent" in keys:
            count = yamlfile.whole(keys["independent"], self._problems, "'independent'", 1, _MOST_ORIGINS)
        if "min_tier" in keys:
            tier = yamlfile.whole(keys["min_tier"], self._problems, "'min_tier'", 1, 4)
        return Quorum(
            independent=count,
            within=self._duration(keys, "within", usual.within, _SHORTEST, _LONGEST),
            min_tier=tier,
            official=self._choice(keys, "or_one", OR_ONE) == OR_ONE[0],
        )

    def _contested(self, node: Node) -> Contested:
        keys = yamlfile.mapping(node, self._problems, known=CONTESTED_KEYS, what="'contested'")
        usual = Contested()
        word = self._choice(keys, "severity", SEVERITIES) if "severity" in keys else ""
        label = yamlfile.text(keys["label"], self._problems, "'label'") if "label" in keys else usual.label
        if len(label) > _LONGEST_LABEL:
            self._problems.add(keys["label"], f"'label' is a word or a few, at most {_LONGEST_LABEL} characters")
        return Contested(severity=Severity[word.upper()] if word else usual.severity, label=label)

    def _choice(self, keys: dict[str, Node], key: str, allowed: tuple[str, ...]) -> str:
        return yamlfile.choice(keys[key], self._problems, f"{key!r}", allowed) if key in keys else allowed[0]

    def _duration(
        self, keys: dict[str, Node], key: str, usual: timedelta, shortest: timedelta, longest: timedelta
    ) -> timedelta:
        return yamlfile.duration(keys[key], self._problems, f"{key!r}", shortest, longest) if key in keys else usual
