"""gazetteer/*.yaml and lexicon/*.yaml to a vocabulary."""

import re
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import replace

from monitor import yamlfile
from monitor.core.gazetteer import FORMS, LEXICON_PREFIXES, Alias, Cue, Entity, Pattern, Vocabulary, compiled
from monitor.core.text import written_words
from monitor.yamlfile import Node, Problems

# Facts about an entity for the reader of the file; they have no effect on matching.
REFERENCE_KEYS = ("iso", "geonames", "of", "part_of", "date", "office", "roles", "notes")
MATCHING_KEYS = ("kind", "aliases", "exact_aliases", "not_with", "needs", "needs_for")
ENTITY_KEYS = (*MATCHING_KEYS, "aliases_unverified", *REFERENCE_KEYS)
# What another file may add to an entity.
EXTENSION_KEYS = ("aliases", "exact_aliases", "aliases_unverified", "needs_for")
GAZETTEER_KEYS = ("version", "languages", "entities", "groups")
LEXICON_KEYS = ("version", *LEXICON_PREFIXES, "modality", "clause_breaks")
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
        self._extensions: list[tuple[str, Node]] = []
        self._named_at: dict[str, Node] = {}
        self._to_resolve: list[tuple[Node, str]] = []
        self.unverified = 0

    def vocabulary(self, *, whole: bool = True) -> Vocabulary:
        """The vocabulary of all files read; entities that groups and needs name must exist.

        Not `whole` is one of which a file could not be read: a name may stand there, so none is called unknown.
        """
        self._extend(whole=whole)
        known = [*self._entities, *self._groups]
        for node, name in self._to_resolve if whole else ():
            if name not in self._entities and name not in self._groups:
                self._problems.add(
                    node, f"no entity or group is called {name!r}{yamlfile.nearest(name, known, self._problems)}"
                )
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
        top = yamlfile.versioned(root, self._problems, known=GAZETTEER_KEYS, what="a gazetteer file")
        for name, node in yamlfile.pairs(top["entities"], self._problems, "'entities'") if "entities" in top else ():
            if isinstance(node.value, dict) and "kind" not in node.value:
                self._extensions.append((name, node))
            elif self._new_name(name, top["entities"].keys[name]):
                self._entities[name] = self._entity(name, node)
        for name, node in yamlfile.pairs(top["groups"], self._problems, "'groups'") if "groups" in top else ():
            if self._new_name(name, top["groups"].keys[name]):
                self._groups[name] = self._names(node, f"group {name!r}")

    def read_lexicon(self, root: Node) -> None:
        """Add the topics, actions, phases and cues of one file."""
        top = yamlfile.versioned(root, self._problems, known=LEXICON_KEYS, what="a lexicon file")
        for section, prefix in LEXICON_PREFIXES.items():
            for name, node in yamlfile.pairs(top[section], self._problems, section) if section in top else ():
                if self._new_words(name, top[section].keys[name], f"{prefix}.", node):
                    label = f"{prefix}.{name}"
                    self._cues[label] = (*self._cues.get(label, ()), *self._by_language(node, f"{section} {name!r}"))
        for name, node in yamlfile.pairs(top["modality"], self._problems, "modality") if "modality" in top else ():
            if self._new_words(name, top["modality"].keys[name], "cue.", node):
                self._modal(f"cue.{name}", node)
        if "clause_breaks" in top and self._new_words(
            "clause_break", top["clause_breaks"], "cue.", top["clause_breaks"]
        ):
            self._modal("cue.clause_break", top["clause_breaks"])

    def _entity(self, name: str, node: Node) -> Entity:
        keys = yamlfile.mapping(node, self._problems, known=ENTITY_KEYS, required=("kind",), what=f"entity {name!r}")
        needs_for = self._needs_for(keys)
        aliases = [*self._named_aliases(keys, needs_for), *self._exact_aliases(keys)]
        for text in set(needs_for) - {alias.text for alias in aliases}:
            self._problems.add(keys["needs_for"], f"'needs_for' names {text!r}, which is no alias of {name!r}")
        waiting = self._unverified(keys)
        self.unverified += len(waiting)
        if not aliases:
            self._problems.add(node, f"entity {name!r} has no aliases, so nothing can find it; give it 'aliases'")
        return Entity(
            id=name,
            kind=yamlfile.text(keys["kind"], self._problems, "'kind'") if "kind" in keys else "",
            aliases=tuple(aliases),
            not_with=self._guards(keys),
            needs=self._names(keys["needs"], "'needs'") if "needs" in keys else (),
            unverified=waiting,
        )

    def _extend(self, *, whole: bool) -> None:
        """Aliases that stand in other files than their entity, as one file for each language has them."""
        for name, node in self._extensions:
            what = f"entity {name!r}, which has no 'kind' here and so adds to one of another file,"
            keys = yamlfile.mapping(node, self._problems, known=EXTENSION_KEYS, what=what)
            entity = self._entities.get(name)
            if entity is None and whole:
                hint = yamlfile.nearest(name, self._entities, self._problems)
                message = f"entity {name!r} lacks 'kind'; add it, or name an entity of another file to add to{hint}"
                self._problems.add(node, message)
            if entity is None:
                continue
            needs_for, waiting = self._needs_for(keys), self._unverified(keys)
            aliases = (*entity.aliases, *self._named_aliases(keys, needs_for), *self._exact_aliases(keys))
            self.unverified += len(waiting)
            self._entities[name] = replace(entity, aliases=aliases, unverified=(*entity.unverified, *waiting))

    def _unverified(self, keys: dict[str, Node]) -> tuple[Alias, ...]:
        if "aliases_unverified" not in keys:
            return ()
        found = self._by_language(keys["aliases_unverified"], "'aliases_unverified'")
        return tuple(Alias(text=cue.text, language=cue.language) for cue in found)

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
        self._modality[name] = (*self._modality.get(name, ()), *cues)

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
            if text and not written_words(text):
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

    def _new_words(self, written: str, key: Node, prefix: str, node: Node) -> bool:
        """A name of the lexicon may stand in several files, one for each language; each language but once."""
        if not _NAME.fullmatch(written):
            return self._new_name(written, key, prefix)
        new = True
        for language in node.value if isinstance(node.value, dict) else ():
            whole = f"{prefix}{written}.{language}"
            first = self._named_at.setdefault(whole, node.keys[language])
            if first is not node.keys[language]:
                message = f"{prefix}{written} has {language!r} already, in {first.file}:{first.line}; merge the two"
                self._problems.add(node.keys[language], message)
                new = False
        self._named_at.setdefault(prefix + written, key)
        return new

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
