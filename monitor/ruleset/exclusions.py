"""exclusions.yaml, and what stands under `exclude:` in a rule."""

from collections.abc import Iterable, Iterator

from monitor import yamlfile
from monitor.core.rule import Exclusion, Scope
from monitor.ruleset.clauses import ClauseReader
from monitor.yamlfile import Node, Problems

EXCLUSION_FILE_KEYS = ("version", "exclusions")
EXCLUSION_KEYS = ("when", "scope", "url", "reason", "until")


class ExclusionReader:
    """Reads the shared exclusions, then those of rules; where a file of shared ones is not `whole`, none is unknown."""

    def __init__(self, clauses: ClauseReader, problems: Problems) -> None:
        self._clauses = clauses
        self._problems = problems
        self.whole = True
        self.shared: dict[str, Exclusion] = {}

    def read(self, root: Node) -> None:
        """The shared exclusions by name."""
        top = yamlfile.versioned(root, self._problems, known=EXCLUSION_FILE_KEYS, what="exclusions.yaml")
        if "exclusions" in top:
            for name, node in yamlfile.pairs(top["exclusions"], self._problems, "'exclusions'"):
                self.shared[name] = self._exclusion(name, node, EXCLUSION_KEYS)

    def for_rules(self, clauses: ClauseReader, problems: Problems, *, whole: bool) -> "ExclusionReader":
        """A reader that knows the same shared exclusions, and notes its problems elsewhere."""
        other = ExclusionReader(clauses, problems)
        other.shared, other.whole = self.shared, whole
        return other

    def of_rule(self, node: Node) -> Iterator[Exclusion]:
        """What a rule excludes: shared names, `use:` with some of them, and exclusions of its own."""
        for item in yamlfile.items(node, self._problems, "'exclude'"):
            if not isinstance(item.value, dict):
                yield from self._named(item)
            elif "use" in item.value:
                keys = yamlfile.mapping(item, self._problems, known=("use",), what="an exclusion with 'use'")
                for one in yamlfile.items(keys["use"], self._problems, "'use'") if "use" in keys else ():
                    yield from self._named(one)
            else:
                yield from self._own(item, item.value)

    def _named(self, node: Node) -> Iterator[Exclusion]:
        name = yamlfile.text(node, self._problems, "an exclusion")
        if name in self.shared:
            yield self.shared[name]
        elif name and self.whole:
            hint = yamlfile.nearest(name, self.shared, self._problems)
            self._problems.add(node, f"no exclusion is called {name!r} in exclusions.yaml{hint}")

    def _own(self, node: Node, keys: dict[str, Node]) -> Iterator[Exclusion]:
        if "name" not in keys or keys["name"].empty:
            self._problems.add(node, "an exclusion of a rule has a 'name', a 'reason', and 'when' or 'url'")
            return
        name = yamlfile.text(keys["name"], self._problems, "'name'")
        yield self._exclusion(name, node, (*EXCLUSION_KEYS, "name"))

    def _exclusion(self, name: str, node: Node, known: Iterable[str]) -> Exclusion:
        what = f"exclusion {name!r}"
        keys = yamlfile.mapping(node, self._problems, known=tuple(known), required=("reason",), what=what)
        if keys and "when" not in keys and "url" not in keys:
            self._problems.add(node, f"{what} excludes nothing; give it 'when' (a query) or 'url' (parts of links)")
        until = yamlfile.day(keys["until"], self._problems, "'until'") if "until" in keys else None
        return Exclusion(
            name=name,
            reason=yamlfile.text(keys["reason"], self._problems, "'reason'") if "reason" in keys else "",
            when=self._clauses.clause(keys["when"], "'when'") if "when" in keys else None,
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
