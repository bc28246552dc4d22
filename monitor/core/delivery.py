"""Deliveries: the states of one notice for one receiver, and when it is tried again.

Knows attempts and waits; knows nothing of Slack, mail or the store.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

# Waits double from the first to the last; a lifetime ends in a failure somebody sees.
FIRST_WAIT = timedelta(seconds=5)
LONGEST_WAIT = timedelta(hours=1)
# A machine that was down for days must not give up on its first try, with the network not yet up.
FEWEST_ATTEMPTS = 5
# A receiver's wish for a longer pause than this is a mistake; it would outlive the notice.
LONGEST_RETRY_AFTER = timedelta(days=1)


class Medium(StrEnum):
    """How a receiver is reached; it decides how a notice is rendered."""

    TERMINAL = "terminal"
    SLACK = "slack"
    EMAIL = "email"


class State(StrEnum):
    """Where a delivery stands; `ambiguous` may have arrived and is tried again."""

    QUEUED = "queued"
    DEFERRED = "deferred"
    AMBIGUOUS = "ambiguous"
    SENT = "sent"
    FAILED = "failed"


OPEN_STATES = (State.QUEUED, State.DEFERRED, State.AMBIGUOUS)


@dataclass(frozen=True, slots=True, kw_only=True)
class Delivery:
    """A leased delivery as a notifier gets it; `payload` is what the medium's renderer made."""

    id: int
    notice_id: int
    receiver: str
    recipient: str
    payload: str
    attempts: int
    queued_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Failure:
    """What a notifier reported: the message is fit for a log, it holds no secret."""

    message: str
    temporary: bool
    ambiguous: bool = False
    retry_after: timedelta | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Settlement:
    """What the store records after an attempt; `due_at` is None once the delivery is done with."""

    state: State
    due_at: datetime | None = None
    error: str = ""


def settle(delivery: Delivery, failure: Failure | None, now: datetime, lifetime: timedelta) -> Settlement:
    """What an attempt leads to. `delivery.attempts` counts this attempt."""
    if failure is None:
        return Settlement(state=State.SENT)
    due_at = next_attempt(delivery, now, lifetime, failure.retry_after) if failure.temporary else None
    if due_at is None:
        return Settlement(state=State.FAILED, error=failure.message)
    state = State.AMBIGUOUS if failure.ambiguous else State.DEFERRED
    return Settlement(state=state, due_at=due_at, error=failure.message)


def next_attempt(
    delivery: Delivery, now: datetime, lifetime: timedelta, retry_after: timedelta | None
) -> datetime | None:
    """The time of the next try, or None when the delivery has outlived its use.

    The wait doubles with each attempt; a receiver's Retry-After is a floor. Deliveries of one burst are spread by
    their id over a fifth of the wait, so that they do not return together.
    """
    if now - delivery.queued_at >= lifetime and delivery.attempts >= FEWEST_ATTEMPTS:
        return None
    wait = min(FIRST_WAIT * (1 << min(delivery.attempts - 1, 20)), LONGEST_WAIT)
    wait += wait * 0.2 * (delivery.id % 10 / 10)
    return now + max(wait, min(retry_after or timedelta(), LONGEST_RETRY_AFTER))
