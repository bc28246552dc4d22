"""Dates as they are written in feeds, the moments they mean, and those that mean none."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from monitor.core.months import month, solar_month
from monitor.feeds.dates import AHEAD, EARLIEST, moment

NOW = datetime(2019, 11, 6, 18, 0, tzinfo=UTC)
NOON, MORNING, MIDNIGHT = (
    datetime(2019, 11, 5, hour, minute, tzinfo=UTC) for hour, minute in ((12, 20), (9, 20), (0, 0))
)


@pytest.mark.parametrize(
    "written",
    [
        "Tue, 05 Nov 2019 12:20:00 GMT", "Tue, 5 Nov 2019 12:20 UT", "5 Nov 19 12:20 Z",
        "Tuesday, 05-Nov-19 12:20:00 GMT",
        "Tue Nov  5 12:20:00 2019", "Tue,05 Nov 2019 12:20:00 +0000", "Wed, 05 Nov 2019 12:20:00 GMT",
        "Tue, 05 Nov 2019 15:20:00 +0300", "Tue, 05 Nov 2019 07:20:00 EST", "Tue Nov 05 07:20:00 EST 2019",
        "Tue, 05 Nov 2019 15:20:00 +3", "Tue, 05 Nov 2019 15:20:00 GMT+3", "Tue, 05 Nov 2019 15:20:00 UTC+03:00",
        "Tue, 05 Nov 2019 17:50:00 +0530", "Tue, 05 Nov 2019 09:20:00 −0300", "November 5th, 2019, 12:20 pm",
        "Nov 5, 2019 at 7:20 AM EST", "2019-11-05T12:20:00Z", "2019-11-05T12:20Z", "2019-11-05T15:20:00.123456+03:00",
        "2019-11-05 12:20:00", "2019-11-05 15:20:00 +0300", "2019-11-05 15:20:00 MSK", "2019/11/05 12:20",
        "2019.11.05 12:20",
        "20191105T122000Z", "20191105122000", "201911051220", "1572956400", "1572956400.0", "1572956400000",
        "05.11.2019 12:20", "05/11/2019 12:20", "05-11-2019 12:20", "5.11.19 12:20", "12:20 05.11.2019",
        "11/5/2019 12:20:00 PM", "Tue, 11/05/2019 - 12:20", "05.11.2019, saat 12:20",
        "2019年11月5日 12:20", "2019년 11월 5일 12:20", "2019. november 5. 12:20",
    ],
)  # fmt: skip
def test_one_moment_in_many_forms(written: str) -> None:
    assert moment(written, NOW) == NOON


@pytest.mark.parametrize("written", ["13/13/00", "14/13/2024", "00/00/2024"])
def test_what_is_a_date_in_neither_order_is_none(written: str) -> None:
    assert moment(written) is None


@pytest.mark.parametrize("zone", ["TRT", "TSİ", "MSK", "МСК", "EEST", "AST", "+03:00", "GMT+0300", "(AST)"])
def test_zones_of_the_desk_are_three_hours_east(zone: str) -> None:
    assert moment(f"Tue, 05 Nov 2019 12:20:00 {zone}", NOW) == MORNING
    assert moment(f"5 Kasım 2019 12:20 {zone}", NOW) == MORNING


def test_eastern_europe_in_winter_is_two_hours_east_and_an_unknown_zone_none() -> None:
    assert moment("Tue, 05 Nov 2019 12:20:00 EET", NOW) == NOON - timedelta(hours=2)
    assert moment("Tue, 05 Nov 2019 12:20:00 QQQ", NOW) == moment("Tue, 05 Nov 2019 12:20:00", NOW) == NOON


@pytest.mark.parametrize(
    "written",
    [
        "5 Kasım 2019 12:20", "Salı, 05 KASIM 2019 12:20", "Sal, 05 Kas 2019 12:20:00", "Вт, 05 ноя 2019 12:20:00",
        "05 ноября 2019, 12:20", "Вторник, 5 ноября 2019 г. 12:20", "5 листопада 2019 12:20",
        "вт, 05 лис 2019 12:20:00",
        "الثلاثاء، 05 نوفمبر 2019 12:20", "٥ نوفمبر ٢٠١٩ ١٢:٢٠", "5 تشرين الثاني 2019 12:20", "5 نونبر 2019 12:20",
        "۵ نوامبر ۲۰۱۹ ۱۲:۲۰", "14 آبان 1398 - 12:20", "1398/08/14 12:20", "5ê Mijdarê 2019 12:20",
        "5 Mijdar 2019 12:20",
        "5ی تشرینی دووەم 2019 12:20", "mar., 05 nov. 2019 12:20:00", "martes, 5 de noviembre de 2019 12:20",
        "ter, 05 nov 2019 12:20", "Di, 05. Nov. 2019 12:20", "wto, 5 lis 2019 12:20", "út, 5. listopadu 2019 12:20",
        "Τρι, 05 Νοε 2019 12:20:00", "יום ג, 5 נובמבר 2019 12:20", "5 noyabr 2019 12:20",
    ],
)  # fmt: skip
def test_months_in_the_languages_of_the_desk(written: str) -> None:
    assert moment(written, NOW) == NOON


@pytest.mark.parametrize("written", ["05.11.2019", "5 Nov 2019", "2019-11-05", "20191105", "5 تشرين الثاني 2019"])
def test_a_day_alone_is_its_midnight(written: str) -> None:
    assert moment(written, NOW) == MIDNIGHT


@pytest.mark.parametrize(
    ("written", "when"),
    [
        ("Tue, 05 Nov 2019 24:00:00 GMT", datetime(2019, 11, 6, tzinfo=UTC)),
        ("Tue, 05 Nov 2019 23:59:60 GMT", datetime(2019, 11, 5, 23, 59, 59, tzinfo=UTC)),
        ("5 Nov 2019 12:05 am", datetime(2019, 11, 5, 0, 5, tzinfo=UTC)),
        ("5 نوفمبر 2019 3:20 م", datetime(2019, 11, 5, 15, 20, tzinfo=UTC)),
        ("Seg, 24 Set 2018 19:42:40 -0300", datetime(2018, 9, 24, 22, 42, 40, tzinfo=UTC)),
        ("Paz, 10 Mar 2019 12:20", datetime(2019, 3, 10, 12, 20, tzinfo=UTC)),
        ("mar, 10 sep 2019 12:20", datetime(2019, 9, 10, 12, 20, tzinfo=UTC)),
        ("31.12.2018", datetime(2018, 12, 31, tzinfo=UTC)),
        ("12/31/2018", datetime(2018, 12, 31, tzinfo=UTC)),
        ("Fri, 05/03/2019 - 15:21", datetime(2019, 5, 3, 15, 21, tzinfo=UTC)),
        ("03/12/2019", datetime(2019, 3, 12, tzinfo=UTC)),
        ("20 Mar 12:20", datetime(2019, 3, 20, 12, 20, tzinfo=UTC)),
        ("20 Dec 12:20", datetime(2018, 12, 20, 12, 20, tzinfo=UTC)),
        ("1 فروردین 1398", datetime(2019, 3, 21, tzinfo=UTC)),
        ("29 اسفند 1397", datetime(2019, 3, 20, tzinfo=UTC)),
        ("30 اسفند 1395", datetime(2017, 3, 20, tzinfo=UTC)),
    ],
)
def test_what_is_odd_is_read_with_sense(written: str, when: datetime) -> None:
    assert moment(written, NOW) == when


@pytest.mark.parametrize(
    "written",
    [
        "", " ", "just now", "yesterday", "Tue, 31 Feb 2019 12:00:00 GMT", "32.01.2019", "00.00.0000",
        "0000-00-00T00:00:00Z",
        "Tue, 05 Nov 2019 25:00:00 GMT", "99999999999999", "12345", "2019", "Nov 2019", "9999-12-31T23:59:59-23:00",
        "1398/13/14", "31 آبان 1698", "١٤ ربيع الأول ١٤٤١", "+" * 1_000, "5" * 10_000, "5 " * 1_000, "Nov " * 1_000,
    ],
)  # fmt: skip
def test_what_cannot_be_read_is_no_date(written: str) -> None:
    assert moment(written, NOW) is None


def test_before_the_web_and_after_tomorrow_there_are_no_dates() -> None:
    assert moment("Thu, 01 Jan 1970 00:00:00 GMT", NOW) is None
    assert moment("Mon, 01 Jan 1990 00:00:00 GMT", NOW) == EARLIEST
    assert moment("Thu, 07 Nov 2019 17:59:00 GMT", NOW) == datetime(2019, 11, 7, 17, 59, tzinfo=UTC)
    assert moment("Thu, 07 Nov 2019 18:01:00 GMT", NOW) is None
    assert moment("Tue, 05 Nov 2069 12:20:00 GMT") == datetime(2069, 11, 5, 12, 20, tzinfo=UTC)
    assert moment("Tue, 05 Nov 2199 12:20:00 GMT") is None


@given(seconds=st.integers(0, 940_000_000), offset=st.integers(-12, 14))
def test_every_moment_is_read_back_from_rfc_822_and_iso_8601(seconds: int, offset: int) -> None:
    at = EARLIEST + timedelta(seconds=seconds)
    local = at + timedelta(hours=offset)
    zone = f"{'-' if offset < 0 else '+'}{abs(offset):02}"
    months = "Jan Feb Mar Apr May Jun Jul Aug Sep Oct Nov Dec".split()  # noqa: SIM905
    rfc = f"{local:%a, %d} {months[local.month - 1]} {local:%Y %H:%M:%S} {zone}00"
    assert moment(rfc, NOW) == at
    assert moment(f"{local:%Y-%m-%dT%H:%M:%S}{zone}:00", NOW) == at
    assert moment(f"{local:%d.%m.%Y %H:%M:%S} {zone}00", NOW) == at


PIECES = st.sampled_from(["5", "05", "31", "2019", "19", "99", "Nov", "Kasım", "آبان", "1398", "12:20", "24:00",
"+03", "-",
                          "/", ".", ":", "T", "Z", "PM", " ", ",", "99999999999", "٥"])  # fmt: skip


@given(written=st.text(max_size=40) | st.lists(PIECES, max_size=12).map("".join), now=st.sampled_from([None, NOW]))
def test_whatever_is_written_it_is_a_moment_in_bounds_or_none(written: str, now: datetime | None) -> None:
    at = moment(written, now)
    assert at is None or (at.tzinfo is UTC and at >= EARLIEST and (now is None or at <= now + AHEAD))


def test_the_names_of_months_are_told_apart() -> None:
    assert [month(name) for name in ("kas", "nov", "ноя", "نوفمبر", "тра", "lis")] == [11, 11, 11, 11, 5, 11]
    assert [month(name) for name in ("", "tue", "sal", "ju", "сал")] == [0] * 5
    assert (solar_month("ابان"), solar_month("nov")) == (8, 0)
