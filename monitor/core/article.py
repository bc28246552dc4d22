"""Articles: the pages behind entries that come as a headline alone.

Knows whether a text is that of a headline, and what an attempt at a page leads to; knows nothing of HTTP, HTML or the
store. Every decision that leaves an entry with its headline carries a reason, which is stored.
"""

import hashlib
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from monitor.core.text import Token, folded_words, lead, tokens

# A headline that was not followed up by then is old news; what is newer goes first.
LIFETIME = timedelta(days=1)
MOST_ATTEMPTS = 5
FIRST_WAIT = timedelta(minutes=5)
# A publisher's wish for a longer pause than this outlives the queue.
LONGEST_WAIT = timedelta(days=1)

# A headline of fewer words than these may well be put into other words below.
_FEWEST_WORDS = 3
_SHORTEST_WORD = 4
# Inflected forms of a word that no stemmer knows, Kurdish ones among them, begin alike.
_BEGINNING = 5


class State(StrEnum):
    """Where the page of an entry stands; all but the first are the end of it."""

    QUEUED = "queued"
    FETCHED = "fetched"
    REFUSED = "refused"  # the publisher does not give it: robots.txt, 403, a wall in its place
    FAILED = "failed"  # it cannot be had or holds no text
    EXPIRED = "expired"  # it waited for a day


@dataclass(frozen=True, slots=True, kw_only=True)
class DueArticle:
    """A page leased for one attempt; `attempts` counts this one.

    `text` is what the same address gave for another entry: then nobody has to be asked.
    """

    entry_id: int
    feed_id: str
    link: str
    title: str
    language: str
    attempts: int
    queued_at: datetime
    leased_at: datetime
    text: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Setback:
    """Why an attempt brought no text. `asked` is False where no page was asked for, so that none is counted.

    `wait` is what the publisher wants before the next attempt, `rest` how long its host is left in peace altogether.
    """

    reason: str
    refused: bool = False
    temporary: bool = False
    asked: bool = True
    wait: timedelta = timedelta()
    rest: timedelta = timedelta()


@dataclass(frozen=True, slots=True, kw_only=True)
class Settlement:
    """What the store records after an attempt; `due_at` is None once the page is done with."""

    state: State
    reason: str = ""
    due_at: datetime | None = None
    host_free_at: datetime
    asked: bool = True


def settle(due: DueArticle, setback: Setback | None, now: datetime, pause: timedelta) -> Settlement:
    """What an attempt leads to; `pause` is what the host wants between two requests in any case."""
    if setback is None:
        return Settlement(state=State.FETCHED, host_free_at=now + pause, asked=not due.text)
    next_at = _next_attempt(due, setback, now)
    free_at = now + min(max(pause, setback.rest), LONGEST_WAIT)
    state = State.QUEUED if next_at else State.REFUSED if setback.refused else State.FAILED
    return Settlement(state=state, reason=setback.reason, due_at=next_at, host_free_at=free_at, asked=setback.asked)


def without_title(text: str, title: str) -> str:
    """The text without the headline that many pages repeat on top of it: rules read that already."""
    first, _, below = text.partition("\n")
    return below.lstrip() if below and folded_words(first) == folded_words(title) else text


def is_about(title: str, text: str, language: str) -> bool:
    """Whether the text has a word of the headline, in any form.

    It has in every report; a cookie notice, a login form or a page of errors has not. Short headlines pass.
    """
    wanted = [token for token in tokens(title, language) if len(token.folded) >= _SHORTEST_WORD]
    if len(wanted) < _FEWEST_WORDS:
        return True
    there = _forms(tokens(text, language))
    return not there.isdisjoint(_forms(wanted))


def beginning(text: str) -> str:
    """A digest of what rules read of a text: two entries of one feed that share it were given a wall, or one page."""
    return hashlib.sha256(" ".join(folded_words(lead(text))).encode("utf-8", "replace")).hexdigest()[:32]


def _next_attempt(due: DueArticle, setback: Setback, now: datetime) -> datetime | None:
    """The wait doubles with each attempt; a publisher's Retry-After is a floor."""
    if not setback.temporary or due.attempts >= MOST_ATTEMPTS:
        return None
    next_at = now + max(FIRST_WAIT * (1 << max(due.attempts - 1, 0)), min(setback.wait, LONGEST_WAIT))
    return next_at if next_at < due.queued_at + LIFETIME else None


def _forms(words: "list[Token] | tuple[Token, ...]") -> set[str]:
    long = [word for word in words if len(word.folded) >= _SHORTEST_WORD]
    return {key for word in long for key in word.keys} | {word.folded[:_BEGINNING] for word in long}
