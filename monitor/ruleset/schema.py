"""JSON Schema of the desk's files, made from the tables their loaders use, with the desk's own names to complete."""

from monitor.core.clause import Assertion
from monitor.core.escalation import MOST_INDEPENDENT
from monitor.core.feed import KINDS
from monitor.core.gazetteer import FORMS, LEXICON_PREFIXES, Vocabulary
from monitor.core.rule import USUAL_HANDLING, Expectation, Handling, Scope, Status, Window
from monitor.ruleset.clauses import EVENT_KEYS, MATCH_KEYS
from monitor.ruleset.escalations import ESCALATION_KEYS, MOST_FIGURE, SOURCES
from monitor.ruleset.exclusions import EXCLUSION_FILE_KEYS, EXCLUSION_KEYS
from monitor.ruleset.feeds import FEED_FILE_KEYS, FEED_KEYS
from monitor.ruleset.figures import (
    ALERT_ON_KEYS,
    BASELINE_KEYS,
    CONFLICTS,
    EXPECTED,
    NUMBER_FORMS,
    NUMBERS_KEYS,
    PERS,
    SERIES_KEYS,
)
from monitor.ruleset.frequency import PATTERNS
from monitor.ruleset.frequencyschema import correlation, frequency_keys
from monitor.ruleset.rules import (
    CORRELATION_KEYS,
    DEFAULT_KEYS,
    NOTIFY_KEYS,
    PARTS,
    RULE_FILE_KEYS,
    RULE_KEYS,
    SEVERITIES,
    SOURCE_KEYS,
)
from monitor.ruleset.ruletests import TEST_KEYS
from monitor.ruleset.ruletypes import TYPES
from monitor.ruleset.statusschema import status_keys
from monitor.ruleset.story_schema import story_schema
from monitor.ruleset.vocabulary import ENTITY_KEYS, GAZETTEER_KEYS, LEXICON_KEYS, REFERENCE_KEYS
from monitor.schemas import (
    Schema,
    choice,
    day,
    document,
    duration,
    either,
    listed,
    named,
    one_or_many,
    record,
    ref,
    suggested,
    text,
    truth,
    whole,
)

FILES = ("watch", "gazetteer", "lexicon", "exclusions", "feeds")

_COUNTRY, _LANGUAGE, _ID = "^[A-Z]{2}$", "^[a-z]{2,3}$", "^[a-z0-9][a-z0-9-]{0,79}$"
_NAME = "^[a-z][a-z0-9_]{0,39}$"
_VERSION = text("The version of this kind of file: 1.")
_SAID = {
    Assertion.DONE: "it happens, happened, or was announced as settled",
    Assertion.PLANNED: 'it is to happen: "to resume on Monday"',
    Assertion.POSSIBLE: "may, could, is discussed, is expected, if",
    Assertion.DEMANDED: "somebody wants it: must, calls for",
    Assertion.DENIED: "somebody says that it is not so",
    Assertion.NEGATED: "it did not or will not happen",
    Assertion.STATIVE: 'how things have long been: "considers the YPG terrorist"',
    Assertion.HABITUAL: 'what is done again and again: "have been carried out since"',
    Assertion.RETRO: "what happened long ago",
    Assertion.OPINION: "a column, an analysis",
}


def desk_schema(kind: str, vocabulary: Vocabulary, exclusions: tuple[str, ...] = ()) -> Schema:
    """The schema of one kind of file; names of the vocabulary and shared exclusions are offered for completion."""
    made = {
        "watch": _watch,
        "gazetteer": _gazetteer,
        "lexicon": _lexicon,
        "exclusions": _exclusions,
        "feeds": _feeds,
    }
    return made[kind](vocabulary, exclusions)


def _watch(vocabulary: Vocabulary, exclusions: tuple[str, ...]) -> Schema:
    keys = {**_rule_keys(exclusions), **status_keys(vocabulary), **frequency_keys()}
    defaults = {key: keys[key] for key in DEFAULT_KEYS}
    file = {
        "version": _VERSION,
        "defaults": record(DEFAULT_KEYS, defaults, "What all rules of this file have, unless they say otherwise."),
        "rules": listed(
            {
                "if": {"anyOf": [{"properties": {"type": {"const": one}}, "required": ["type"]} for one in PATTERNS]},
                "then": ref("correlation"),
                "else": ref("rule"),
            },
            "The watch rules.",
        ),
    }
    definitions = {
        **_clauses(vocabulary),
        "rule": {
            **record(RULE_KEYS, keys, "A watch rule.", ("id",)),
            "if": {"properties": {"type": {"const": "absence"}}, "required": ["type"]},
            "then": {"required": ["owner"]},
            "else": {
                "if": {"properties": {"type": {"const": "status"}}, "required": ["type"]},
                "then": {"required": ["entity", "facets", "tests"]},
                "else": {"required": ["match", "tests"]},
            },
        },
        "correlation": correlation(keys, CORRELATION_KEYS),
        "exclusion": _exclusion((*EXCLUSION_KEYS, "name"), ("name", "reason")),
        "test": _test(),
        "figure": _figure(),
    }
    return document("Watch rules", record(RULE_FILE_KEYS, file, required=("rules",)), definitions)


def _rule_keys(exclusions: tuple[str, ...]) -> dict[str, Schema]:
    use = suggested(exclusions, "A shared exclusion of exclusions.yaml.")
    used = record(("use",), {"use": listed(use, "Shared exclusions by name.")})
    handlings = {
        said.value: choice(f"{text_}.", [one.value for one in Handling], USUAL_HANDLING[said].value)
        for said, text_ in _SAID.items()
    }
    return {
        "id": text("Stable name; alerts, routes and cases hang on it.", pattern=_ID),
        "type": choice(
            "event: texts; status: the states of an entity; absence: the rule feed-outage, on the feeds themselves; "
            "event_count, temporal, temporal_ordered: the developments of other rules.",
            TYPES,
            "event",
        ),
        "formerly": listed(text("", pattern=_ID), "Ids it had; cases and routes still know them."),
        "title": text("What an alert calls it; without it, the id."),
        "match": ref("clause", "What to find: a query string, or a mapping with event, any, all, none ..."),
        "numbers": named(ref("figure"), "Figures that the rule counts, by name.", names=_NAME),
        "tests": listed(
            ref("test"), "Texts and stories: what must ring, and what must not; at least one of each.", least=1
        ),
        "owner": text("Who answers for it; routes may use it."),
        "severity": choice("How grave it is.", SEVERITIES, "notice"),
        "status": choice(
            "draft: runs in its tests only; shadow, muted: recorded and tells nobody; live needs expires.",
            [one.value for one in Status],
            "live",
        ),
        "expires": day("The day on which somebody looks at the rule again"),
        "scope": listed(
            choice("", PARTS), "What is read; without it [title, lead]. The lead is the first 2 sentences."
        ),
        "within": choice("Within what the parts must stand together.", [one.value for one in Window], "sentence"),
        "assert": record([one.value for one in Assertion], handlings, "What becomes of a match, by how it is said."),
        "exclude": listed(either(use, used, ref("exclusion")), "Named reasons to drop a match."),
        "sources": record(SOURCE_KEYS, _source_keys(), "Which feeds the rule listens to; all conditions must hold."),
        "escalate": listed(
            record(ESCALATION_KEYS, _escalation_keys()), "What makes an alert graver, or labels it; one condition each."
        ),
        "notify": record(NOTIFY_KEYS, _notify_keys(), "Who hears of it, in place of the routes, and how often."),
        "notes": text("For the analyst; shown with the alert."),
        "runbook": text("The address of what to do.", pattern="^https?://\\S+$"),
    }


def _source_keys() -> dict[str, Schema]:
    return {
        "min_tier": whole("3 takes feeds of tiers 1 to 3.", 1, 4),
        "not": listed(suggested(KINDS), "Feeds, tags or kinds of media that it does not listen to."),
        "countries": listed(text("", pattern=_COUNTRY), "Countries of feeds, such as TR."),
        "languages": listed(text("", pattern=_LANGUAGE), "Languages of feeds, such as tr."),
    }


def _escalation_keys() -> dict[str, Schema]:
    return {
        "quiet_for": duration("The first that is told after so long a silence"),
        "last_known": day("The last development that was known before the desk began"),
        "independent": whole("So many independent origins, dated within the time.", 2, MOST_INDEPENDENT),
        "within": duration("The time for `independent`"),
        "source_is": choice("A report of an official feed (tier 1).", SOURCES),
        "assert": choice("A report that is said so.", [one.value for one in Assertion]),
        "number": text("A figure of `numbers`, from `at_least` on."),
        "at_least": whole("The least figure for `number`.", 1, MOST_FIGURE),
        "severity": choice("The alert is as grave as this, or graver.", SEVERITIES),
        "label": text("Stands ahead of the rule's title, such as RESUMPTION."),
    }


def _notify_keys() -> dict[str, Schema]:
    return {
        "receivers": listed(text(""), "Receivers of wirewatch.yaml."),
        "cooldown": duration("Further reports on the same subject join the alert for so long"),
    }


def _clauses(vocabulary: Vocabulary) -> dict[str, Schema]:
    names = [f"${name}" for name in (*vocabulary.entities, *vocabulary.groups, *vocabulary.cues)]
    parts = listed(ref("clause"), least=1)
    keys = {
        "any": {**parts, "description": "At least one of these."},
        "all": {**parts, "description": "All of these."},
        "none": {**parts, "description": "None of these, in anything the rule reads."},
        "at_least": whole("So many of the list in `of`.", 1, 1000),
        "of": {**parts, "description": "What `at_least` counts."},
        "event": ref("event", "Somebody does something: actors near an action, in one clause."),
        "title": ref("clause", "Looks at the title alone."),
        "lead": ref("clause", "Looks at the lead alone: the first two sentences below the title."),
        "body": ref("clause", "Looks at the text below the lead alone; add body to `scope`."),
        "re": text("A regular expression (RE2) on the text as it is written; capitals do not count."),
    }
    query = suggested(names, '$name, word, word*, "phrase", and, or, not, A near/8 B, A then/8 B, brackets.')
    return {
        "query": query,
        "clause": either(ref("query"), record(MATCH_KEYS, keys)),
        "event": record(EVENT_KEYS, _event_keys(), required=("action",)),
    }


def _event_keys() -> dict[str, Schema]:
    some = one_or_many(ref("clause"))
    assertions = [one.value for one in Assertion]
    return {
        "actors": {**some, "description": "Who does it: each of them near the action, in its clause."},
        "action": ref("clause", "What is done: the word that everything else stands near to."),
        "target": {**some, "description": "To whom or what: one of these, within reach."},
        "place": ref("clause", "Where: within reach."),
        "near": ref("clause", "Stands at the action, within 8 words and in its clause."),
        "with": ref("clause", "Stands within reach as well."),
        "joint": truth("They act together: a word such as joint, side by side, or one with the other.", usual=False),
        "within": text("The reach: 'sentence', or '16 words'.", pattern="^(sentence|[0-9]{1,3} words?)$"),
        "no_other": {**some, "description": "Nobody of these between actor and action, nor beside an actor."},
        "implied_by_source": named(
            text("The actor it leaves out.", pattern="^\\$"),
            "Countries whose outlets leave out one of the actors: {TR: $turkey}.",
            names=_COUNTRY,
        ),
        "ordered": truth("Actors stand ahead of the action.", usual=False),
        "allow": listed(choice("", assertions), "Ways of saying it that count as done here."),
    }


def _exclusion(keys: tuple[str, ...], required: tuple[str, ...]) -> Schema:
    known = {
        "name": text("What the ledger calls it."),
        "when": ref("clause", "Drops a match where this is found, too."),
        "scope": choice("Where `when` looks: the text, or the sentences that match.", [one.value for one in Scope]),
        "url": listed(text(""), "Drops a match whose link has one of these parts.", least=1),
        "reason": text("Why; shown with what it dropped."),
        "until": day("The day on which it ends"),
    }
    return record(keys, {key: known[key] for key in keys if key in known}, required=required)


def _test() -> Schema:
    keys = {
        "text": text("A headline."),
        "title": text("A headline with text below it."),
        "lead": text("The first two sentences below it."),
        "body": text("What follows the lead."),
        "lang": text("Its language; en without it.", pattern=_LANGUAGE),
        "link": text("Its link, for exclusions that look at it."),
        "country": text("The country of its feed.", pattern=_COUNTRY),
        "expect": choice("What must become of it.", [one.value for one in Expectation]),
        "why": text("For the reader."),
        "numbers": named(text(""), "The figures it gives: 31, 2-3, 20+, about 30, up to 20, or none."),
        "state": text('type status: what it is evidence of, such as "integration.damascus: agreed".', pattern=":"),
    }
    one = record(TEST_KEYS, keys, required=("expect",))
    text_test = {**one, "oneOf": [{"required": ["text"]}, {"required": ["title"]}]}
    return {"if": {"required": ["story"]}, "then": story_schema(), "else": text_test}


def _figure() -> Schema:
    baseline = {
        "value": whole("The figure.", 0, 1_000_000),
        "as_of": day("The day on which it stood there"),
    }
    series = {
        "when": ref("clause", "The text names the series; one without it is that of texts that name no other."),
        "baseline": record(BASELINE_KEYS, baseline, "Where the count stood on a day.", BASELINE_KEYS),
    }
    alert_on = {
        "change": truth("Changes are told.", usual=True),
        "min_delta": whole("By so much at least.", 1, 1_000_000),
        "ratio": {"type": ["number", "string"], "description": "To so many times the figure before: 1.25."},
        "jump_over": whole("A jump by more than this is told as one to review.", 1, 1_000_000),
    }
    keys = {
        "near": one_or_many(ref("clause"), "What the figure stands beside: the nearest such word has it."),
        "forms": listed(choice("", NUMBER_FORMS), "How it is written; without it, either way.", least=1),
        "within": text("How far from the anchor: '6 words' without it.", pattern="^[0-9]{1,2} words?$"),
        "series": named(record(SERIES_KEYS, series), "Counts that outlets keep apart, by name.", names=_NAME),
        "per": choice("For what a count is kept.", PERS, "rule"),
        "expect": choice("A count that cannot fall: a fall is flagged and not told.", EXPECTED, "nondecreasing"),
        "alert_on": record(ALERT_ON_KEYS, alert_on, "Which changes are told."),
        "conflict": choice("Figures that differ between outlets are shown as a range, or not.", CONFLICTS, "range"),
    }
    return record(NUMBERS_KEYS, keys, "A figure that the rule counts.", ("near",))


def _exclusions(vocabulary: Vocabulary, _: tuple[str, ...]) -> Schema:
    file = {
        "version": _VERSION,
        "exclusions": named(ref("exclusion"), "Shared exclusions by name."),
    }
    definitions = {**_clauses(vocabulary), "exclusion": _exclusion(EXCLUSION_KEYS, ("reason",))}
    return document("Shared exclusions", record(EXCLUSION_FILE_KEYS, file), definitions)


def _gazetteer(vocabulary: Vocabulary, _: tuple[str, ...]) -> Schema:
    words = _by_language("Names by language.")
    facts: Schema = {"description": "For the reader; has no effect on matching."}
    members = listed(suggested([*vocabulary.entities, *vocabulary.groups]))
    keys = {
        "kind": suggested({one.kind for one in vocabulary.entities.values()}, "What it is; without it, adds aliases."),
        "aliases": record(FORMS, dict.fromkeys(FORMS, words), "What finds it, by form and language."),
        "exact_aliases": _by_language("Only as they are capitalised here, and never in a text of capitals."),
        "not_with": listed(text(""), "An alias is ignored within ten words of one of these."),
        "needs": {**members, "description": "It counts only if one of these is in the text, too."},
        "needs_for": named(members, "The same for single aliases."),
        "aliases_unverified": _by_language("Wait for review: they count for rules in shadow only."),
        **dict.fromkeys(REFERENCE_KEYS, facts),
    }
    file = {
        "version": _VERSION,
        "languages": listed(text("", pattern=_LANGUAGE), "For the reader."),
        "entities": named(record(ENTITY_KEYS, keys), "Entities by name.", names="^[a-z][a-z0-9_-]*$"),
        "groups": named(members, "Groups of entities by name.", names="^[a-z][a-z0-9_-]*$"),
    }
    return document("Gazetteer", record(GAZETTEER_KEYS, file))


def _lexicon(_vocabulary: Vocabulary, _: tuple[str, ...]) -> Schema:
    words = named(_by_language("Words by language; '*' stands for any ending."), "By name.", names="^[a-z][a-z0-9_-]*$")
    cues = _by_language("Cues by language; xx_re is an RE2 expression on one lower-case word.", "(_re)?")
    file = {
        "version": _VERSION,
        **{
            section: {**words, "description": f"Stand in rules as ${prefix}.name."}
            for section, prefix in LEXICON_PREFIXES.items()
        },
        "modality": named(cues, "How a thing is said, as $cue.name.", names="^[a-z][a-z0-9_-]*$"),
        "clause_breaks": cues,
    }
    return document("Lexicon", record(LEXICON_KEYS, file))


def _by_language(description: str, ending: str = "") -> Schema:
    either_way = either(listed(text("")), text("")) if ending else listed(text(""))
    return named(either_way, description, names=f"^[a-z]{{2,3}}{ending}$")


def _feeds(_vocabulary: Vocabulary, _: tuple[str, ...]) -> Schema:
    keys = {
        "id": text("Stable name; without it, from the host.", pattern="^[a-z0-9][a-z0-9-]{0,63}$"),
        "url": text("The address polled.", pattern="^https?://"),
        "title": text("What an alert calls the outlet."),
        "language": text("What it writes in.", pattern=_LANGUAGE),
        "country": text("Of the outlet, ISO 3166.", pattern=_COUNTRY),
        "tier": whole("1 official body, 2 agency or outlet of record, 3 press, 4 aggregator.", 1, 4),
        "owner": text("Who owns the outlet."),
        "kind": choice("What kind of media it is.", KINDS, "press"),
        "tags": listed(text(""), "Free words."),
        "speaks_for": listed(text(""), "Entities of the gazetteer whose own voice it is, such as syria."),
        "every": duration("Its own polling interval"),
        "floor": duration("In place of what the publisher asks for"),
        "encoding": text("What its bytes are in, whatever they declare."),
        "baseline": truth("false: its first poll rings like any other."),
        "fulltext": truth("Fetch the article page of each new entry.", usual=False),
    }
    feed = record(FEED_KEYS, keys, "A feed.", ("url",))
    return document(
        "Feeds",
        record(
            FEED_FILE_KEYS, {"version": _VERSION, "feeds": listed(feed, "The feeds of the desk.")}, required=("feeds",)
        ),
    )
