"""gazetteer/*.yaml and lexicon/*.yaml to a vocabulary."""

import re
from collections import defaultdict
from collections.abc import Iterator

from monitor import yamlfile
from monitor.core.gazetteer import FORMS, LEXICON_PREFIXES, Alias, Cue, Entity, Pattern, Vocabulary, compiled
from monitor.core.text import tokens
from monitor.yamlfile import Node, Problems

# Facts about an entity for the reader of the file; they have no effect on matching.
REFERENCE_KEYS = ("iso", "geonames", "of", "part_of", "date", "office", "roles", "notes")
_MATCHING_KEYS = ("kind", "aliases", "exact_aliases", "not_with", "needs", "needs_for")
_ENTITY_KEYS = (*_MATCHING_KEYS, "aliases_unverified", *REFERENCE_KEYS)
_TOP_KEYS = ("version", "languages", "entities", "groups")
_LEXICON_KEYS = ("version", *LEXICON_PREFIXES, "modality")
_NAME = re.compile(r"[a-z][a-z0-9_-]*")
_LANGUAGE = re.compile(r"[a-z]{2,3}")


class VocabularyReader:
    """Gathers the files of gazetteer and lexicon; `vocabulary` is the sum of them."""

    def __init__(self, problems: Problems) -> None:
        self._problems = problems
        self._entities: dict[str, Entity] = {}
        self._groups: dict[str, tuple[str, ...]] = {}
        self._cues: dict[str, tuple[Cue, ...]] = {}
        self._modality: dict[str, tuple[Cue, ...]] = {}
        self._patterns: dict[str, list[Pattern]] = defaultdict(list)
        self._named_at: dict[str, Node] = {}
        self._to_resolve: list[tuple[Node, str]] = []
        self.unverified = 0

    def vocabulary(self, *, whole: bool = True) -> Vocabulary:
        """The vocabulary of all files read; entities that groups and needs name must exist.

        Not `whole` is one of which a file could not be read: a name may stand there, so none is called unknown.
        """
        known = [*self._entities, *self._groups]
        for node, name in self._to_resolve if whole else ():
            if name not in self._entities and name not in self._groups:
                self._problems.add(node, f"no entity or group is called {name!r}{yamlfile.nearest(name, known)}")
        self._refuse_circles()
        return Vocabulary(
            entities=self._entities,
            groups={name: tuple(self._entities_of(name)) for name in self._groups},
            cues=self._cues,
            modality=self._modality,
            patterns={name: tuple(patterns) for name, patterns in self._patterns.items()},
        )

    def read_gazetteer(self, root: Node) -> None:
        """Add the entities and groups of one file."""
        top = yamlfile.mapping(root, self._problems, known=_TOP_KEYS, what="a gazetteer file")
        for name, node in yamlfile.pairs(top["entities"], self._problems, "'entities'") if "entities" in top else ():
            if self._new_name(name, top["entities"].keys[name]):
                self._entities[name] = self._entity(name, node)
        for name, node in yamlfile.pairs(top["groups"], self._problems, "'groups'") if "groups" in top else ():
            if self._new_name(name, top["groups"].keys[name]):
                self._groups[name] = self._names(node, f"group {name!r}")

    def read_lexicon(self, root: Node) -> None:
        """Add the topics, actions, phases and cues of one file."""
        top = yamlfile.mapping(root, self._problems, known=_LEXICON_KEYS, what="a lexicon file")
        for section, prefix in LEXICON_PREFIXES.items():
            for name, node in yamlfile.pairs(top[section], self._problems, section) if section in top else ():
                if self._new_name(name, top[section].keys[name], f"{prefix}."):
                    self._cues[f"{prefix}.{name}"] = tuple(self._by_language(node, f"{section} {name!r}"))
        for name, node in yamlfile.pairs(top["modality"], self._problems, "modality") if "modality" in top else ():
            if self._new_name(name, top["modality"].keys[name], "cue."):
                self._modal(f"cue.{name}", node)

    def _entity(self, name: str, node: Node) -> Entity:
        keys = yamlfile.mapping(node, self._problems, known=_ENTITY_KEYS, required=("kind",), what=f"entity {name!r}")
        needs_for = self._needs_for(keys)
        aliases = [*self._named_aliases(keys, needs_for), *self._exact_aliases(keys)]
        for text in set(needs_for) - {alias.text for alias in aliases}:
            self._problems.add(keys["needs_for"], f"'needs_for' names {text!r}, which is no alias of {name!r}")
        if "aliases_unverified" in keys:
            self.unverified += sum(1 for _ in self._by_language(keys["aliases_unverified"], "'aliases_unverified'"))
        if not aliases:
            self._problems.add(node, f"entity {name!r} has no aliases, so nothing can find it; give it 'aliases'")
        return Entity(
            id=name,
            kind=yamlfile.text(keys["kind"], self._problems, "'kind'") if "kind" in keys else "",
            aliases=tuple(aliases),
            not_with=self._guards(keys),
            needs=self._names(keys["needs"], "'needs'") if "needs" in keys else (),
        )

    def _named_aliases(self, keys: dict[str, Node], needs_for: dict[str, tuple[str, ...]]) -> Iterator[Alias]:
        if "aliases" not in keys:
            return
        forms = yamlfile.mapping(keys["aliases"], self._problems, known=FORMS, what="'aliases'")
        for form, node in forms.items():
            for cue in self._by_language(node, f"aliases.{form}"):
                needs = needs_for.get(cue.text, ())
                yield Alias(text=cue.text, language=cue.language, form=form, needs=needs)

    def _exact_aliases(self, keys: dict[str, Node]) -> Iterator[Alias]:
        for cue in self._by_language(keys["exact_aliases"], "'exact_aliases'") if "exact_aliases" in keys else ():
            yield Alias(text=cue.text, language=cue.language, exact=True)

    def _needs_for(self, keys: dict[str, Node]) -> dict[str, tuple[str, ...]]:
        if "needs_for" not in keys:
            return {}
        found = yamlfile.pairs(keys["needs_for"], self._problems, "'needs_for'")
        return {text: self._names(node, "'needs_for'") for text, node in found}

    def _guards(self, keys: dict[str, Node]) -> tuple[str, ...]:
        return yamlfile.texts(keys["not_with"], self._problems, "'not_with'") if "not_with" in keys else ()

    def _names(self, node: Node, what: str) -> tuple[str, ...]:
        found = yamlfile.items(node, self._problems, what)
        names = [(item, yamlfile.text(item, self._problems, f"an item of {what}")) for item in found]
        self._to_resolve += [(item, name) for item, name in names if name]
        if node.value == []:
            self._problems.add(node, f"{what} names nobody; name an entity or a group, or remove it")
        return tuple(name for _, name in names if name)

    def _modal(self, name: str, node: Node) -> None:
        cues: list[Cue] = []
        for language, value in yamlfile.pairs(node, self._problems, name):
            if language.endswith("_re"):
                self._pattern(name, language.removesuffix("_re"), value)
            else:
                cues += self._texts(language, value, name, node)
        self._modality[name] = tuple(cues)

    def _pattern(self, name: str, language: str, node: Node) -> None:
        expression = yamlfile.text(node, self._problems, f"{language}_re")
        try:
            compiled(expression)
        except ValueError as error:
            self._problems.add(node, f"this is no RE2 expression: {error}")
            return
        self._patterns[name].append(Pattern(expression=expression, language=language))

    def _by_language(self, node: Node, what: str) -> Iterator[Cue]:
        for language, value in yamlfile.pairs(node, self._problems, what):
            yield from self._texts(language, value, what, node)

    def _texts(self, language: str, node: Node, what: str, parent: Node) -> Iterator[Cue]:
        if not _LANGUAGE.fullmatch(language):
            self._problems.add(parent.keys[language], f"{language!r} in {what} is no language code such as en or kmr")
        for item in yamlfile.items(node, self._problems, f"{what}.{language}"):
            text = yamlfile.text(item, self._problems, f"an item of {what}.{language}")
            if text and not tokens(text, ""):
                self._problems.add(item, f"{text!r} has no letter or digit, so nothing can find it")
            elif any("*" in word[:-1] for word in text.split()):
                self._problems.add(item, f"{text!r}: '*' stands at the end of a word only")
            elif text:
                yield Cue(text=text, language=language)

    def _new_name(self, written: str, key: Node, prefix: str = "") -> bool:
        name = prefix + written
        if not _NAME.fullmatch(written):
            self._problems.add(key, f"{written!r} is no name; use lower-case letters, digits, '_' and '-'")
        elif name in self._named_at:
            first = self._named_at[name]
            self._problems.add(key, f"{name!r} again; first in {first.file}:{first.line}, merge the two or rename one")
            return False
        self._named_at[name] = key
        return True

    def _refuse_circles(self) -> None:
        """Groups may hold groups, but none may reach itself."""
        for name in list(self._groups):
            if name in self._reached_from(name):
                self._problems.add(self._named_at[name], f"group {name!r} contains itself; take it out")
                self._groups[name] = ()

    def _entities_of(self, name: str) -> Iterator[str]:
        """The entities of a group and of the groups in it, each once, however often they are named."""
        return (member for member in self._reached_from(name) if member not in self._groups)

    def _reached_from(self, name: str) -> dict[str, None]:
        """Every member of a group, and of the groups in it; each is looked at once."""
        reached: dict[str, None] = {}
        waiting = list(self._groups[name])
        while waiting:
            member = waiting.pop(0)
            if member not in reached:
                reached[member] = None
                waiting += self._groups.get(member, ())
        return reached
