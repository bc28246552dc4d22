"""When a server wants to be asked again, from the headers of its answer.

Knows the headers of RFC 9110 and RFC 9111; knows nothing of sockets or feeds. Pure: headers are the words of
strangers, and whatever they hold comes out as a span of time or as nothing.
"""

import re
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime

# Three years; whoever schedules by it has a cap of its own.
LONGEST = timedelta(seconds=10**8)

_LONGEST_HEADER = 1_000
_DIRECTIVE = re.compile(r"([a-z-]+)[ \t]*(?:=[ \t]*\"?([^\",]*))?")


def retry_after(headers: Mapping[str, str], now: datetime) -> timedelta | None:
    """The pause that Retry-After asks for; None where it is missing or no such thing.

    In seconds, or as a date, which is counted from the server's own Date (RFC 9110, 10.2.3).
    """
    value = headers.get("Retry-After", "").strip()
    if not value:
        return None
    seconds = _seconds(value)
    if seconds is not None:
        return seconds
    until = moment(value)
    return None if until is None else _between(_sent_at(headers, now), until)


def fresh_for(headers: Mapping[str, str], now: datetime) -> timedelta | None:
    """How long the server promises the same answer: max-age less Age, else Expires less Date (RFC 9111, 4.2.1).

    None where it promises nothing: no-cache, no-store, an age that is over, or headers that say neither.
    """
    said = _directives(headers.get("Cache-Control", ""))
    if "no-cache" in said or "no-store" in said:
        return None
    most = _seconds(said.get("max-age", ""))
    if most is None:
        until = moment(headers.get("Expires", ""))
        most = _between(_sent_at(headers, now), until) if until else timedelta()
    else:
        most -= _seconds(headers.get("Age", "").strip()) or timedelta()
    return most if most > timedelta() else None


def moment(value: str) -> datetime | None:
    """A date as HTTP and mail write it; None for nonsense."""
    try:
        found = parsedate_to_datetime(value[:_LONGEST_HEADER])
    except (ValueError, OverflowError, TypeError, IndexError):
        return None
    return found if found.tzinfo else found.replace(tzinfo=UTC)


def _directives(value: str) -> dict[str, str]:
    """The first of each name counts."""
    found: dict[str, str] = {}
    if value:
        for name, argument in _DIRECTIVE.findall(value[:_LONGEST_HEADER].lower()):
            found.setdefault(name, argument.strip())
    return found


def _seconds(value: str) -> timedelta | None:
    if not (value.isascii() and value.isdigit()):
        return None
    return min(timedelta(seconds=int(value[:9])), LONGEST) if len(value) < 10 else LONGEST


def _sent_at(headers: Mapping[str, str], now: datetime) -> datetime:
    return moment(headers.get("Date", "")) or now


def _between(begin: datetime, end: datetime) -> timedelta:
    return min(max(end - begin, timedelta()), LONGEST)
