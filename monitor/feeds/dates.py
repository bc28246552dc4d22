"""Dates as feeds write them, to moments.

Knows the forms of RFC 822 and ISO 8601, the ways people break them, and months in the languages of the desk; knows
nothing of entries. A date without a zone is UTC: a publisher's country is not said in a feed, and an hour too early is
better than a guess that moves with the summer. feedparser reads "1572956400" as the year 1572, "2019/11/05" as the
first of November, and 12:20 in Moscow, Istanbul or Athens as 12:20 in London.
"""

import re
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from functools import lru_cache

from monitor.core.months import month, solar_month
from monitor.core.text import fold

# What is dated before the Web, or after tomorrow, is a fault of the sender's; so is the next century.
EARLIEST, LATEST = datetime(1990, 1, 1, tzinfo=UTC), datetime(2100, 1, 1, tzinfo=UTC)
AHEAD = timedelta(days=1)
# No date is longer; a hostile one may be.
_LONGEST = 80

_PLAIN = str.maketrans(
    "٠١٢٣٤٥٦٧٨٩۰۱۲۳۴۵۶۷۸۹،−–٫\u00a0", "01234567890123456789,--. ", "\u200e\u200f\u200b\u202a\u202b\u202c\u061c"
)
_DIGITS = re.compile(r"(\d+)(?:\.\d*)?")
_COMPACT = re.compile(r"((?:19|20)\d\d)(\d\d)(\d\d)(?:[t ]?(\d\d)(\d\d)(\d\d)?(?:\.\d+)?)?(?!\d)(.*)")
_YEAR_FIRST = re.compile(r"(?<!\d)(\d{4})\s?[-/.年년]\s?(\d{1,2})\s?[-/.月월]\s?(\d{1,2})(?!\d)[日일.]?")
_YEAR_LAST = re.compile(r"(?<!\d)(\d{1,2})([-/.])\s?(\d{1,2})\2\s?(\d{4}|\d{2})(?!\d)")
_TIME = re.compile(
    r"(?<!\d)(\d{1,2})[:.h]([0-5]\d)(?:[:.]([0-6]?\d)(?:[.,]\d+)?)?(?!\d)(?:\s?([ap])\.?m\b|\s([مص])\b)?"
)
_CLOCK = re.compile(r"(?<!\d)(\d{1,2})[:h]([0-5]\d)")
_OFFSET = re.compile(r"([+-])\s?(\d{1,2})(?::?(\d\d))?(?!\d)")
_WORD = re.compile(r"[^\W\d_]+")
_NUMBER = re.compile(r"(?<![\d:+])\d+(?![\d:])")
_SOLAR_YEARS = range(1370, 1420)
_WEEKDAYS = {"mon": 0, "tue": 1, "wed": 2, "thu": 3, "fri": 4, "sat": 5, "sun": 6}

# Minutes east of Greenwich. AST is Arabia's here, not the Atlantic's: this desk reads the Middle East; IST is India's.
_ZONES = {
    "z": 0, "ut": 0, "utc": 0, "gmt": 0, "wet": 0, "west": 60, "bst": 60, "met": 60, "mest": 120, "cet": 60,
    "cest": 120, "eet": 120, "eest": 180, "msk": 180, "мск": 180, "msd": 240, "trt": 180, "tsi": 180, "ast": 180,
    "idt": 180, "irst": 210, "irdt": 270, "aft": 270, "gst": 240, "azt": 240, "get": 240, "amt": 240, "samt": 240,
    "pkt": 300, "yekt": 300, "ist": 330, "npt": 345, "omst": 360, "novt": 420, "krat": 420, "wib": 420, "hkt": 480,
    "sgt": 480, "pht": 480, "awst": 480, "irkt": 480, "jst": 540, "kst": 540, "yakt": 540, "acst": 570, "aest": 600,
    "vlat": 600, "acdt": 630, "aedt": 660, "magt": 660, "nzst": 720, "nzdt": 780, "wat": 60, "cat": 120, "sast": 120,
    "eat": 180, "est": -300, "edt": -240, "et": -300, "cst": -360, "cdt": -300, "ct": -360, "mst": -420, "mdt": -360,
    "mt": -420, "pst": -480, "pdt": -420, "pt": -480, "akst": -540, "akdt": -480, "hst": -600, "adt": -180,
    "nst": -210, "ndt": -150, "brt": -180, "art": -180, "clt": -240, "cot": -300, "pet": -300,
}  # fmt: skip


def moment(written: str, now: datetime | None = None) -> datetime | None:
    """The moment in UTC; None where none can be read, or one before 1990 or more than a day behind `now`.

    Day before month ("05/11/2019" is in November) unless the other way alone makes a date, the day of the week agrees
    with it, or AM and PM betray an American clock. A date without a time is its midnight. Never raises.
    """
    text = " ".join(written[:_LONGEST].translate(_PLAIN).casefold().split())
    try:
        at = _read(text, now)
    except (ValueError, OverflowError):
        return None
    if at is None or not EARLIEST <= at <= (LATEST if now is None else now + AHEAD):
        return None
    return at


def _read(text: str, now: datetime | None) -> datetime | None:
    if found := _DIGITS.fullmatch(text):
        return _seconds(found[1]) if len(found[1]) in {9, 10, 13} else _compact(text)
    if found := _COMPACT.match(text):
        return _compact(text)
    if found := _YEAR_FIRST.search(text):
        year, number, day = map(int, found.groups())
        return _at(_civil(year, number, day), text[: found.start()] + " " + text[found.end() :].lstrip("t"))
    if found := _YEAR_LAST.search(text):
        rest = text[: found.start()] + " " + text[found.end() :]
        return _at(_day_or_month_first(int(found[1]), int(found[3]), _century(found[4]), text, now), rest)
    return _named(text, now)


def _seconds(digits: str) -> datetime:
    return datetime.fromtimestamp(int(digits) // (1000 if len(digits) == 13 else 1), UTC)


def _compact(text: str) -> datetime | None:
    found = _COMPACT.match(text)
    if found is None:
        return None
    year, number, day, hour, minute, second = (int(found[at] or 0) for at in range(1, 7))
    return _at(datetime(year, number, day, tzinfo=UTC), f"{hour:02}:{minute:02}:{second:02}{found[7]}")


def _civil(year: int, number: int, day: int) -> datetime:
    """The midnight of a date, in Iran's calendar where the year is one of it."""
    if year in _SOLAR_YEARS:
        return _solar(year, number, day)
    return datetime(year, number, day, tzinfo=UTC)


def _solar(year: int, number: int, day: int) -> datetime:
    """Iran's calendar, which has eight leap years in 33; its year 1370 began on 21 March 1991."""
    if not (1 <= number <= 12 and 1 <= day <= 31):
        raise ValueError(number)
    days = sum(366 if (25 * before + 11) % 33 < 8 else 365 for before in range(_SOLAR_YEARS[0], year))
    days += 31 * (number - 1) if number <= 7 else 186 + 30 * (number - 7)
    return datetime(1991, 3, 21, tzinfo=UTC) + timedelta(days=days + day - 1)


def _day_or_month_first(one: int, two: int, year: int, text: str, now: datetime | None) -> datetime:
    """05/11 is the fifth of November, unless something speaks for the eleventh of May."""
    readings = list(_readings(one, two, year))
    if not readings:
        raise ValueError(text)
    if len(readings) == 1 or one == two:
        return readings[0]
    weekday = next((_WEEKDAYS[word[:3]] for word in _WORD.findall(text) if word[:3] in _WEEKDAYS), None)
    agreeing = [at for at in readings if at.weekday() == weekday]
    past = [at for at in readings if now is None or at <= now + AHEAD]
    american = readings[::-1] if re.search(r"\d\s?[ap]\.?m\b", text) else readings
    return next(iter(agreeing or (past if len(past) == 1 else american)))


def _readings(one: int, two: int, year: int) -> Iterator[datetime]:
    if two <= 12:
        yield _civil(year, two, one)
    if one <= 12:
        yield _civil(year, one, two)


def _named(text: str, now: datetime | None) -> datetime | None:
    """A date with the name of a month in it."""
    clock = _CLOCK.search(text)
    found = _TIME.search(text, clock.start()) if clock else None
    before, after = (text[: found.start()], text[found.end() :]) if found else (text, "")
    rest = text[found.start() :] if found else ""
    spoken = before + " " + (_OFFSET.sub(" ", after) if found else "")
    word = _month_word(spoken)
    if word is None:
        return None
    name, begin, end = word
    day, year = _day_and_year(spoken, begin, end)
    if not day:
        return None
    if not year:
        return _this_year(day, month(name), rest, now)
    if year in _SOLAR_YEARS:
        return _at(_solar(year, solar_month(name), day), rest)
    return _at(datetime(year, month(name), day, tzinfo=UTC), rest)


def _month_word(text: str) -> tuple[str, int, int] | None:
    """The last name of a month and its place: what comes before may be a day of the week ("mar, 05 nov")."""
    words = [(_folded(found[0]), found.start(), found.end()) for found in _WORD.finditer(text)]
    best = None
    for at, (word, begin, end) in enumerate(words):
        both = f"{word} {words[at + 1][0]}" if at + 1 < len(words) else ""
        if both and month(both):
            best = (both, begin, words[at + 1][2])
        elif (month(word) or solar_month(word)) and (best is None or begin >= best[2]):
            best = (word, begin, end)
    return best


@lru_cache(maxsize=2_048)
def _folded(word: str) -> str:
    return word if word.isascii() else fold(word)


def _day_and_year(text: str, begin: int, end: int) -> tuple[int, int]:
    """The numbers around the name of a month: the nearest before it, else behind it, is the day."""
    numbers = [(found[0], found.start()) for found in _NUMBER.finditer(text)]
    long = [digits for digits, _ in numbers if len(digits) == 4]
    short = [(digits, at) for digits, at in numbers if len(digits) <= 2]
    day = next((one for one in reversed(short) if one[1] < begin), None)
    day = day or next((one for one in short if one[1] >= end), None)
    if day is None:
        return 0, 0
    if long:
        return int(day[0]), int(long[0])
    others = [one for one in short if one is not day and one[1] >= end]
    return int(day[0]), _century(others[0][0]) if others else 0


def _this_year(day: int, number: int, rest: str, now: datetime | None) -> datetime | None:
    """A date without a year is the last one that has been."""
    if now is None or not number:
        return None
    at = _at(datetime(now.year, number, day, tzinfo=UTC), rest)
    return at if at <= now + AHEAD else at.replace(year=now.year - 1)


def _century(digits: str) -> int:
    year = int(digits)
    return year if len(digits) > 2 else year + (2000 if year < 70 else 1900)


def _at(midnight: datetime, rest: str) -> datetime:
    """The moment on a day, by the time and the zone in the rest of what is written."""
    found = _TIME.search(rest)
    if found is None:
        return midnight
    hour, minute, second = int(found[1]), int(found[2]), min(int(found[3] or 0), 59)
    if half := found[4] or {"م": "p", "ص": "a"}.get(found[5] or ""):
        hour = hour % 12 + (12 if half == "p" else 0)
    if hour > 24 or (hour == 24 and (minute or second)):
        raise ValueError(hour)
    return midnight + timedelta(hours=hour, minutes=minute - _zone(rest[found.end() :]), seconds=second)


def _zone(rest: str) -> int:
    """Minutes east of Greenwich."""
    if found := _OFFSET.search(rest):
        minutes = 60 * int(found[2]) + int(found[3] or 0)
        return -minutes if found[1] == "-" else minutes
    return next((_ZONES[word] for word in map(_folded, _WORD.findall(rest)) if word in _ZONES), 0)
