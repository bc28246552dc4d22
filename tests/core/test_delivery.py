"""What an attempt leads to, and when the next one is due."""

from datetime import datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from monitor.core.delivery import (
    FEWEST_ATTEMPTS,
    FIRST_WAIT,
    LONGEST_RETRY_AFTER,
    LONGEST_WAIT,
    OPEN_STATES,
    Delivery,
    Failure,
    State,
    next_attempt,
    settle,
)
from tests.core.reading import NOON

LIFETIME = timedelta(hours=24)


def delivery(*, number: int = 10, attempts: int = 1, queued_at: datetime = NOON) -> Delivery:
    return Delivery(
        id=number,
        notice_id=1,
        receiver="syria-desk",
        recipient="#syria",
        payload="{}",
        attempts=attempts,
        queued_at=queued_at,
    )


def test_a_delivery_that_was_taken_is_done_with() -> None:
    found = settle(delivery(), None, NOON, LIFETIME)
    assert (found.state, found.due_at, found.error) == (State.SENT, None, "")


@pytest.mark.parametrize(
    ("failure", "state"),
    [
        (Failure(message="503", temporary=True), State.DEFERRED),
        (Failure(message="reset", temporary=True, ambiguous=True), State.AMBIGUOUS),
        (Failure(message="no such channel", temporary=False), State.FAILED),
        (Failure(message="refused after it was sent", temporary=False, ambiguous=True), State.FAILED),
    ],
)
def test_a_failure_settles_by_its_kind_and_keeps_its_words(failure: Failure, state: State) -> None:
    found = settle(delivery(), failure, NOON, LIFETIME)
    assert (found.state, found.error) == (state, failure.message)
    assert (found.due_at is not None) == (state in OPEN_STATES)


def test_a_delivery_that_outlived_its_use_fails_with_its_last_error() -> None:
    old = delivery(queued_at=NOON - LIFETIME, attempts=9)
    found = settle(old, Failure(message="503", temporary=True), NOON, LIFETIME)
    assert (found.state, found.due_at, found.error) == (State.FAILED, None, "503")


@pytest.mark.parametrize(
    ("attempts", "seconds"), [(1, 5), (2, 10), (3, 20), (4, 40), (10, 2_560), (11, 3_600), (500, 3_600)]
)
def test_the_wait_doubles_up_to_an_hour(attempts: int, seconds: int) -> None:
    due_at = next_attempt(delivery(attempts=attempts), NOON, LIFETIME, None)
    assert due_at == NOON + timedelta(seconds=seconds)


def test_a_pause_that_a_receiver_asks_for_is_kept_up_to_a_day() -> None:
    hour, year = timedelta(hours=1), timedelta(days=365)
    assert next_attempt(delivery(), NOON, LIFETIME, hour) == NOON + hour
    assert next_attempt(delivery(), NOON, LIFETIME, year) == NOON + timedelta(days=1)


def test_deliveries_of_one_burst_do_not_return_together() -> None:
    due = {next_attempt(delivery(number=number, attempts=5), NOON, LIFETIME, None) for number in range(40, 50)}
    assert len(due) == 10


deliveries = st.builds(
    delivery,
    number=st.integers(1, 10**9),
    attempts=st.integers(1, 10**6),
    queued_at=st.integers(0, 10**6).map(lambda seconds: NOON - timedelta(seconds=seconds)),
)
pauses = st.none() | st.integers(0, 10**8).map(lambda seconds: timedelta(seconds=seconds))
lifetimes = st.integers(1, 10**6).map(lambda seconds: timedelta(seconds=seconds))


@given(one=deliveries, retry_after=pauses, lifetime=lifetimes)
def test_the_next_attempt_is_after_every_pause_that_was_asked_for_and_within_the_lifetime(
    one: Delivery, retry_after: timedelta | None, lifetime: timedelta
) -> None:
    due_at = next_attempt(one, NOON, lifetime, retry_after)
    assert (due_at is None) == (NOON - one.queued_at >= lifetime and one.attempts >= FEWEST_ATTEMPTS)
    if due_at is not None:
        asked = min(retry_after or timedelta(), LONGEST_RETRY_AFTER)
        assert due_at >= NOON + max(asked, FIRST_WAIT)
        assert due_at <= NOON + max(asked, LONGEST_WAIT * 1.2)
