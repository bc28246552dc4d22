"""Where keys of rules, exclusions and aliases stand, for who finds something odd in what was read of them."""

from collections.abc import Iterable, Iterator
from pathlib import Path

from monitor import yamlfile
from monitor.core.rule import Correlation, Exclusion, Rule
from monitor.yamlfile import Node, Problems


class Places:
    """Where keys of rules, exclusions and aliases stand; each file is read once, when it is first asked for."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._roots: dict[str, Node | None] = {}
        self._rules: dict[str, dict[int, Node]] = {}

    def of_rule(self, rule: Rule | Correlation, *way: str | int) -> Node:
        """The node at a way of keys and numbers below a rule, or as far down as it goes."""
        if rule.file not in self._rules:
            rules = _child(self._root(rule.file), "rules")
            listed = rules.value if rules is not None and isinstance(rules.value, list) else []
            self._rules[rule.file] = {one.line: one for one in listed}
        return _down(self._rules[rule.file].get(rule.line), way) or Node(rule.file, rule.line, 0, "")

    def of_exclusion(self, rule: Rule, number: int, one: Exclusion) -> Node:
        """An exclusion of a rule's own, or where the shared one stands, or the key `exclude`."""
        listed = self.of_rule(rule, "exclude")
        own = listed.value if isinstance(listed.value, list) else []
        named = [item for item in own if (name := _child(item, "name")) is not None and name.value == one.name]
        if named:
            return named[min(number, len(named) - 1)]
        shared = _down(self._root(str(self._folder / "exclusions.yaml")), ("exclusions",))
        found = shared.keys.get(one.name) if shared is not None else None
        return found or listed

    def of_alias(self, entity: str, text: str) -> Node | None:
        """The alias of an entity in whichever file of the gazetteer has it."""
        for path in sorted((self._folder / "gazetteer").glob("*.yaml")):
            root = self._root(str(path))
            below = _child(_child(root, "entities"), entity)
            found = next((node for node in _scalars(below) if node.value == text), None)
            if found is not None:
                return found
        return None

    def _root(self, file: str) -> Node | None:
        if file not in self._roots:
            self._roots[file] = yamlfile.load(Path(file), file, Problems())
        return self._roots[file]


def _child(node: Node | None, key: str) -> Node | None:
    return node.value.get(key) if node is not None and isinstance(node.value, dict) else None


def _down(node: Node | None, way: Iterable[str | int]) -> Node | None:
    for step in way:
        below: Node | None = None
        if node is not None and isinstance(step, str):
            below = _child(node, step)
        elif node is not None and isinstance(node.value, list) and isinstance(step, int) and step < len(node.value):
            below = node.value[step]
        if below is None:
            return node
        node = below
    return node


def _scalars(node: Node | None) -> Iterator[Node]:
    if node is None or isinstance(node.value, str):
        yield from () if node is None else (node,)
        return
    for one in node.value if isinstance(node.value, list) else node.value.values():
        yield from _scalars(one)
