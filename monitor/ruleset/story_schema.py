"""JSON Schema of stories, made from the keys that their loader knows."""

from monitor.core.feed import KINDS
from monitor.core.severity import Severity
from monitor.ruleset.stories import MOST_STEPS, STEP_KEYS, STORY_KEYS, TOTAL_KEYS
from monitor.schemas import Schema, choice, either, listed, record, text, truth, whole

_OFFSET = "[0-9]{1,4}d|[0-9]{1,5}h|[0-9]{1,6}m|[0-9]{1,7}s"
_LATER, _TIME = f"^\\+({_OFFSET})+$", "^[0-9]{4}-[0-9]{2}-[0-9]{2}T.+$"


def story_schema() -> Schema:
    """A test that is a story."""
    keys = {
        "story": {**listed(_step(), "Its steps in the order of time.", least=1), "maxItems": MOST_STEPS},
        "last_match": text("The day, or the time, at which the rule matched last before.", pattern="^[0-9]{4}-.+$"),
        "until": text("How long the clock runs on at the end; else for what is held, at most +7d.", pattern=_LATER),
        "expect": record(TOTAL_KEYS, _totals(), "What all of it comes to."),
        "why": text("For the reader."),
    }
    return record(STORY_KEYS, keys, "Entries as they come in, and what rings when.", ("story",))


def _step() -> Schema:
    # A number would be taken for a count.
    any_text, some = text(""), text("", pattern="\\S")
    keys = {
        "at": text("When: 2024-08-23T13:10Z, or +2h after the step before.", pattern=f"{_LATER}|{_TIME}"),
        "published": text("When it was published, if not then: a time, or -2h.", pattern=f"^-({_OFFSET})+$|{_TIME}"),
        "outlet": text("The id of a feed of the desk, or any name: then of tier 3, and its own owner."),
        "owner": text("Who owns the outlet."),
        "tier": whole("1 official body, 2 agency or outlet of record, 3 press, 4 aggregator.", 1, 4),
        "kind": choice("What kind of media it is.", KINDS),
        "country": text("Of the outlet.", pattern="^[A-Z]{2}$"),
        "speaks_for": listed(any_text, "Entities of the gazetteer whose own voice it is."),
        "lang": text("What it writes in; else that of the feed, or what the text looks like.", pattern="^[a-z]{2,3}$"),
        "title": text("A headline with text below it."),
        "text": text("A headline."),
        "lead": text("The first two sentences below it."),
        "body": text("What follows the lead."),
        "link": text("Its link, for exclusions that look at it."),
        "author": text("Who wrote it, such as an agency."),
        "revises": whole("The number of the step whose entry this is, with another text.", 1, MOST_STEPS),
        "rings": either(
            truth(""),
            some,
            listed(some, least=1),
            description="true, or what the alert has in its label or title; a list for several. Nothing without it.",
        ),
        "lacks": either(some, listed(some, least=1), description="What no alert that rings has in its label or title."),
        "digest": truth("Whether it puts a line into the digest."),
        "held": truth("Whether its evidence waits when it has come: for more origins, or for a denial."),
        "why": text("For the reader."),
    }
    return record(STEP_KEYS, keys, "An entry, or time that passes.")


def _totals() -> dict[str, Schema]:
    return {
        "alerts": whole("How many alerts.", 0, 1000),
        "severity": choice("The gravest of them.", [severity.label for severity in Severity]),
        "label": text("What one of them has in its label."),
        "updates": whole("How many notices say more of an alert.", 0, 1000),
    }
