"""Article pages for entries that came as a headline: which are wanted, how one is read, what comes of it.

Part of the pipeline. `fetch` touches no store and runs in the pool that fetches feeds; `Articles` belongs to the one
thread that writes and works inside its transactions. An entry that gets a text is a new revision, and is followed as
one; an entry whose page cannot be had keeps its headline, and the reason is stored.
"""

import logging
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from urllib.parse import urlsplit

from monitor.core import article
from monitor.core.article import DueArticle, Setback, Settlement, State
from monitor.core.entry import Entry, is_stub
from monitor.core.feed import Fault, Feed, Validators
from monitor.core.link import unwrapped
from monitor.errors import FeedError, FetchError
from monitor.feeds.article import is_page, main_text
from monitor.feeds.fetch import Fetched, Fetcher
from monitor.feeds.robots import Robots
from monitor.log import LOGGER
from monitor.polls import bug
from monitor.store import Store

log = logging.getLogger(LOGGER)

# The extraction of a text from (address, body, content type); where it runs is for whoever hands it in.
Extract = Callable[[str, bytes, str], str]

# A host that refuses a page is not asked for the next one at once, nor one that has trouble.
REFUSED_REST = timedelta(hours=1)
TROUBLE_REST = timedelta(minutes=5)
LEASE = timedelta(minutes=10)

_REFUSALS = {401, 402, 403, 451}
_PASSING = {408, 425, 429}
_CONSENT_HOSTS = ("consent.", "guce.", "privacy.", "login.", "cmp.")
_MISSING = "the text of pages needs an extra that is not installed; the README says how, under Full text"


@dataclass(frozen=True, slots=True, kw_only=True)
class Page:
    """What came of one attempt at a page: a text, or a setback. `pause` is what its host wants between requests."""

    due: DueArticle
    text: str = ""
    setback: Setback | None = None
    pause: timedelta = timedelta()


@dataclass(frozen=True, slots=True, kw_only=True)
class Filed:
    """How an attempt was settled; `entry` is the new revision that is to be followed, where there is one."""

    settlement: Settlement
    entry: Entry | None = None


def fetch(fetcher: Fetcher, robots: Robots, due: DueArticle, now: datetime, extract: Extract = main_text) -> Page:
    """Read one page, if its publisher allows it; whatever goes wrong is in the result."""
    try:
        return _fetched(fetcher, robots, due, now, extract)
    except Exception as error:  # noqa: BLE001 - one hostile page must not stop the watch
        log.error(bug(error, entry=due.entry_id))  # noqa: TRY400 - frames only
        return Page(due=due, setback=_of_bug(error))


def missing(feeds: Iterable[Feed], *, available: bool) -> str:
    """What `check` says of feeds that want `fulltext` where the extra is not installed; "" where all is well."""
    wanting = sorted(feed.id for feed in feeds if feed.fulltext)
    if available or not wanting:
        return ""
    others = f" (and {len(wanting) - 1} more)" if len(wanting) > 1 else ""
    return f"feed {wanting[0]!r}{others} has 'fulltext: true', but {_MISSING}"


class Articles:
    """The writing half: queues pages, leases them within the budget, and files what came of them.

    `per_hour` is `polling.articles`, 0 for none; `available` whether the extra is installed.
    """

    def __init__(self, store: Store, *, feeds: Mapping[str, Feed], per_hour: int, available: bool) -> None:
        self._store = store
        self._feeds = {name for name, feed in feeds.items() if feed.fulltext}
        self._per_hour = per_hour
        self._available = available

    def queue(self, one: Entry, now: datetime) -> bool:
        """Want the page of a new entry, if its feed is to be read in full and it came as a headline alone.

        For entries filed as new, not for revisions nor for what a feed shows at its first poll. Where the page will
        not be asked for the reason is stored; False says so.
        """
        if one.feed_id not in self._feeds or self._per_hour <= 0 or not is_stub(one.body):
            return False
        link = unwrapped(one.link).partition("#")[0]
        host = _web_host(link)
        self._store.articles.queue(one.id, link=link, host=host, now=now)
        reason = "" if self._available else _MISSING
        reason = reason if host else "the entry has no link to a page"
        if reason:
            self._give_up(one, link, reason, now)
        return not reason

    def lease_due(self, now: datetime, limit: int) -> list[DueArticle]:
        """The pages to fetch now, at most `limit`, the newest first; drops those that waited for a day."""
        return self._store.articles.lease_due(now, LEASE, limit, per_hour=self._per_hour, feeds=self._feeds)

    def file(self, page: Page, now: datetime) -> Filed:
        """Store what came of an attempt. The entry in the result, if any, is then followed like any revision."""
        due, beginning = page.due, article.beginning(page.text) if page.text else ""
        twin = self._store.articles.twin(due, beginning) if beginning else None
        setback = page.setback
        if twin is not None:
            setback = Setback(reason=f"it begins like the page of entry {twin}: a wall, or one page for both",
                              refused=True, asked=not due.text)  # fmt: skip
        settlement = article.settle(due, setback, now, page.pause)
        if settlement.state is not State.FETCHED:
            self._store.articles.settle(due, settlement, now)
            return Filed(settlement=settlement)
        self._store.articles.complete(due, page.text, beginning, settlement, now)
        return Filed(settlement=settlement, entry=self._store.entries.get(due.entry_id))

    def failed(self, due: DueArticle, error: BaseException, now: datetime) -> Filed:
        """Settle a page whose text cannot be followed: a bug, which the caller logs."""
        settlement = article.settle(due, _of_bug(error), now, timedelta())
        self._store.articles.settle(due, settlement, now)
        return Filed(settlement=settlement)

    def _give_up(self, one: Entry, link: str, reason: str, now: datetime) -> None:
        due = DueArticle(
            entry_id=one.id, feed_id=one.feed_id, link=link, title=one.title, language=one.language, attempts=0,
            queued_at=now, leased_at=now,
        )  # fmt: skip
        settlement = Settlement(state=State.FAILED, reason=reason, host_free_at=now, asked=False)
        self._store.articles.settle(due, settlement, now)


def _fetched(fetcher: Fetcher, robots: Robots, due: DueArticle, now: datetime, extract: Extract) -> Page:
    if due.text:
        return Page(due=due, text=article.without_title(due.text, due.title))
    try:
        permission = robots.ask(due.link, now)
    except FetchError as error:
        return Page(due=due, setback=_of_robots(error))
    if not permission.allowed:
        return Page(due=due, setback=Setback(reason=permission.why, refused=True, asked=False))
    result = _asked(fetcher, robots, due, now, extract)
    if isinstance(result, Setback):
        return Page(due=due, setback=result, pause=permission.delay)
    return Page(due=due, text=result, pause=permission.delay)


def _asked(fetcher: Fetcher, robots: Robots, due: DueArticle, now: datetime, extract: Extract) -> str | Setback:
    """The text of a page that may be asked for, or why there is none."""
    try:
        fetched = fetcher.fetch(due.link, Validators(), now)
    except FetchError as error:
        return _of_page(error)
    if not isinstance(fetched, Fetched):
        return Setback(reason="the server answered 304 to a first request; it holds no page for us")
    elsewhere = _elsewhere(robots, due.link, fetched.url, now)
    if elsewhere is not None:
        return elsewhere
    if not is_page(fetched.content_type, fetched.body):
        media = fetched.content_type.partition(";")[0].strip() or "data of no stated type"
        return Setback(reason=f"no HTML page stands there ({media}, {len(fetched.body):,} bytes)")
    return _text(fetched, due, extract)


def _text(fetched: Fetched, due: DueArticle, extract: Extract) -> str | Setback:
    try:
        text = extract(fetched.url, fetched.body, fetched.content_type)
    except ImportError:
        return Setback(reason=_MISSING)
    except FeedError as error:
        return Setback(reason=f"its text cannot be read ({error})")
    text = article.without_title(text, due.title)
    if not text:
        return Setback(reason="no text of an article was found on the page")
    if not article.is_about(due.title, text, due.language):
        reason = "the page says nothing of the headline: a cookie notice, a login or an error in its place"
        return Setback(reason=reason, refused=True)
    return text


def _elsewhere(robots: Robots, asked: str, arrived: str, now: datetime) -> Setback | None:
    """What speaks against the page that a redirect led to: a consent wall, or a robots.txt that forbids it."""
    if arrived == asked:
        return None
    host = _web_host(arrived)
    if host != _web_host(asked) and host.startswith(_CONSENT_HOSTS):
        return Setback(reason=f"it leads to {host}, a wall in front of the page", refused=True, rest=REFUSED_REST)
    try:
        permission = robots.ask(arrived, now)
    except FetchError as error:
        return replace(_of_robots(error), asked=True)
    if permission.allowed:
        return None
    return Setback(reason=f"it leads to {host}: {permission.why}", refused=True)


def _of_robots(error: FetchError) -> Setback:
    """Without its robots.txt a host is left alone, for now (RFC 9309, 2.3.1.4)."""
    wait = error.retry_after or timedelta()
    passing = error.fault is not Fault.FORBIDDEN
    return Setback(reason=str(error), temporary=passing, asked=False, wait=wait, rest=max(wait, TROUBLE_REST))


def _of_page(error: FetchError) -> Setback:
    """What an answer other than a page leads to: refused for good, tried again, or given up."""
    wait, status = error.retry_after or timedelta(), error.status
    # What follows is advice for the address of a feed.
    reason = str(error).partition("; ")[0] if status else str(error)
    if status in _REFUSALS or error.fault is Fault.BLOCKED:
        return Setback(reason=reason, refused=True, rest=max(wait, REFUSED_REST))
    silent = status is None and error.fault is Fault.NO_ANSWER
    passing = silent or error.fault is Fault.THROTTLED or status in _PASSING or (status or 0) >= 500
    rest = max(wait, TROUBLE_REST) if passing else timedelta()
    return Setback(reason=reason, temporary=passing, wait=wait, rest=rest)


def _of_bug(error: BaseException) -> Setback:
    return Setback(reason=f"wirewatch failed on this page ({type(error).__name__}); please report the log lines")


def _web_host(link: str) -> str:
    """The host of a web address; "" for anything else."""
    try:
        parts = urlsplit(link)
        host = parts.hostname or ""
    except ValueError:
        return ""
    return host if parts.scheme in {"http", "https"} else ""
