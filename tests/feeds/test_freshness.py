"""When a server wants to be asked again: what its headers promise, and that none of them can do harm."""

from datetime import UTC, datetime, timedelta
from email.utils import format_datetime

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from monitor.feeds.freshness import LONGEST, fresh_for, moment, retry_after
from tests.core.reading import NOON


def at(seconds: int) -> str:
    return format_datetime(NOON + timedelta(seconds=seconds), usegmt=True)


# --- Retry-After


@pytest.mark.parametrize(
    ("value", "wait"),
    [
        (None, None),
        ("", None),
        ("0", timedelta()),
        (" 30 ", timedelta(seconds=30)),
        ("-5", None),
        ("1.5", None),
        ("١٢", None),
        ("soon", None),
        ("9" * 50, LONGEST),
        ("Fri, 23 Aug 2024 12:00:30 GMT", timedelta(seconds=30)),
        ("Fri, 23 Aug 2024 15:00:30 +0300", timedelta(seconds=30)),
        ("Friday, 23-Aug-24 12:00:30 GMT", timedelta(seconds=30)),
        ("Fri, 23 Aug 2024 12:00:30 -0000", timedelta(seconds=30)),
        ("Thu, 22 Aug 2024 12:00:00 GMT", timedelta()),
        ("Fri, 23 Aug 9999 12:00:00 GMT", LONGEST),
        ("Fri, 23 Aug 99999999999999999999 12:00:00 GMT", None),
        ("Fri, 32 Aug 2024 12:00:00 GMT", None),
    ],
)
def test_a_pause_is_read_in_seconds_or_as_a_date(value: str | None, wait: timedelta | None) -> None:
    assert retry_after({} if value is None else {"Retry-After": value}, NOON) == wait


def test_a_pause_until_a_date_is_counted_by_the_clock_of_the_server() -> None:
    assert retry_after({"Retry-After": at(90), "Date": at(60)}, NOON) == timedelta(seconds=30)
    assert retry_after({"Retry-After": at(90), "Date": "nonsense"}, NOON) == timedelta(seconds=90)


# --- Cache-Control, Age, Expires


@pytest.mark.parametrize(
    ("headers", "seconds"),
    [
        ({}, None),
        ({"Cache-Control": "max-age=43200"}, 43200),
        ({"Cache-Control": "public, Max-Age=600, must-revalidate"}, 600),
        ({"Cache-Control": 'max-age="600"'}, 600),
        ({"Cache-Control": "max-age = 600"}, 600),
        ({"Cache-Control": "max-age=600, max-age=5"}, 600),
        ({"Cache-Control": "s-maxage=600"}, None),
        ({"Cache-Control": "max-age=600", "Age": "100"}, 500),
        ({"Cache-Control": "max-age=600", "Age": "600"}, None),
        ({"Cache-Control": "max-age=600", "Age": "700"}, None),
        ({"Cache-Control": "max-age=600", "Age": "old"}, 600),
        ({"Cache-Control": "max-age=600, no-cache"}, None),
        ({"Cache-Control": "no-store, max-age=600"}, None),
        ({"Cache-Control": "max-age=0"}, None),
        ({"Cache-Control": "max-age=0", "Expires": at(60)}, None),
        ({"Cache-Control": "max-age=-1"}, None),
        ({"Cache-Control": "max-age=600", "Expires": at(60)}, 600),
        ({"Cache-Control": "max-age=soon", "Expires": at(60)}, 60),
        ({"Cache-Control": "private", "Expires": at(60)}, 60),
        ({"Expires": at(60), "Date": at(-40)}, 100),
        ({"Expires": at(60), "Date": "today"}, 60),
        ({"Expires": at(-60)}, None),
        ({"Expires": "0"}, None),
        ({"Expires": "-1"}, None),
        ({"Expires": "never"}, None),
        ({"Cache-Control": "max-age=99999999999999999999"}, int(LONGEST.total_seconds())),
    ],
)
def test_an_answer_is_good_for_as_long_as_its_headers_promise(headers: dict[str, str], seconds: int | None) -> None:
    assert fresh_for(headers, NOON) == (None if seconds is None else timedelta(seconds=seconds))


# --- the words of strangers

dates = st.builds(
    "{}, {} {} {} {}:{}:{} {}".format,
    st.sampled_from(("Fri", "Frid", "")),
    st.integers(-1, 10**12),
    st.sampled_from(("Aug", "Augst", "8")),
    st.integers(-1, 10**25),
    st.integers(-1, 99),
    st.integers(-1, 99),
    st.integers(-1, 99),
    st.sampled_from(("GMT", "+9999", "-99999999", "EST", "", "+00000000000000000000000001")),
)
directives = st.builds(
    "{}{}{}".format,
    st.sampled_from(("max-age", "no-cache", "MAX-AGE", "s-maxage", "")),
    st.sampled_from(("=", " = ", "", '="', "==")),
    st.integers().map(str) | st.text(max_size=20),
)
words = st.text() | dates | st.integers().map(str) | st.lists(directives).map(",".join)


@given(value=words)
@example(value="Fri, 1 Aug 99999999999999999999 0:0:0 GMT")
@example(value="Fri, 1 Aug 0 0:0:0 GMT")
@example(value="Sat, 1 Jan 1 0:0:0 +2359")
@example(value="Fri, 31 Dec 9999 23:59:59 -2359")
def test_no_header_is_too_strange_to_be_read(value: str) -> None:
    now = datetime(2024, 8, 23, tzinfo=UTC)
    found = moment(value)
    assert found is None or found.tzinfo is not None
    for name in ("Retry-After", "Date"):
        wait = retry_after({"Retry-After": "Fri, 23 Aug 2024 12:00:30 GMT", name: value}, now)
        assert wait is None or timedelta() <= wait <= LONGEST


@given(headers=st.dictionaries(st.sampled_from(("Cache-Control", "Expires", "Date", "Age")), words))
@example(headers={"Expires": "Fri, 31 Dec 9999 23:59:59 -2359", "Date": "Sat, 1 Jan 1 0:0:0 +2359"})
@example(headers={"Cache-Control": "max-age=1" + "," * 100_000})
@example(headers={"Cache-Control": "max-age" + " " * 100_000 + "=1"})
def test_whatever_headers_say_is_a_span_of_time_or_nothing(headers: dict[str, str]) -> None:
    span = fresh_for(headers, NOON)
    assert span is None or timedelta() < span <= LONGEST
