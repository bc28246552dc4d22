"""What asks hosts: the fetchers of feeds and of pages, under the settings for polling.

Knows the configuration's values and the classes of feeds/; knows nothing of the desk's rules or of the store.
"""

import ssl
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from urllib.parse import urlsplit

from monitor import __version__
from monitor.articles import Page
from monitor.articles import fetch as fetch_page
from monitor.config import Polling
from monitor.core.article import DueArticle
from monitor.core.feed import Feed
from monitor.feeds.fetch import Fetcher, Limits
from monitor.feeds.guard import Guard
from monitor.feeds.robots import Robots
from monitor.feeds.worker import Worker


@dataclass(frozen=True, kw_only=True)
class Asking:
    """What asks the hosts of feeds and pages; it knows whose turn it is, and their robots.txt."""

    own: Fetcher
    strangers: Fetcher
    robots: Mapping[bool, Robots]


def asking_by(polling: Polling, context: ssl.SSLContext) -> Asking:
    """What asks, by these settings."""
    own = fetcher(polling, context)
    strangers = own.for_strangers()
    return Asking(own=own, strangers=strangers, robots={True: Robots(own), False: Robots(strangers)})


def fetcher(polling: Polling, context: ssl.SSLContext) -> Fetcher:
    """What fetches feeds, and pages, under the settings for polling."""
    contact = f" (+{polling.contact})" if polling.contact else ""
    return Fetcher(
        user_agent=f"wirewatch/{__version__}{contact}",
        limits=Limits(timeout=polling.timeout, max_bytes=polling.max_bytes),
        context=context,
        guard=Guard(allow=polling.allow, ports=polling.ports),
        gap=polling.gap,
    )


def manners(polling: Polling) -> tuple[object, ...]:
    """The settings that a fetcher is made with."""
    return polling.contact, polling.timeout, polling.max_bytes, polling.allow, polling.ports, polling.gap


def page_reader(feeds: Mapping[str, Feed], asking: Asking, pages: Worker) -> Callable[[DueArticle, datetime], Page]:
    """Reads article pages; only at the host of its own feed does an entry's link lead inside our walls."""

    def read_page(due: DueArticle, now: datetime) -> Page:
        at_home = urlsplit(due.link).hostname == feeds[due.feed_id].host
        own = asking.own if at_home else asking.strangers
        return fetch_page(own, asking.robots[at_home], due, now, extract=pages.text)

    return read_page
