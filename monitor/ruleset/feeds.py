"""feeds.yaml to feeds."""

import codecs
import re
from collections.abc import Collection, Iterator
from datetime import timedelta
from urllib.parse import urlsplit

from monitor import yamlfile
from monitor.core.feed import KINDS, Feed
from monitor.yamlfile import Node, Problems

LANGUAGE = re.compile(r"[a-z]{2,3}")
SHORTEST_INTERVAL = timedelta(seconds=1)
LONGEST_INTERVAL = timedelta(days=7)

FEED_FILE_KEYS = ("version", "feeds")
FEED_KEYS = (
    "id", "url", "title", "language", "country", "tier", "owner", "kind", "tags", "speaks_for", "every", "floor",
    "encoding", "baseline", "fulltext",
)  # fmt: skip
_ID = re.compile(r"[a-z0-9][a-z0-9-]{0,63}")
_COUNTRY = re.compile(r"[A-Z]{2}")


def read_feeds(root: Node, problems: Problems, names: Collection[str] | None = None) -> dict[str, Feed]:
    """The feeds by id; two feeds of one id or address are a problem.

    `names` are the entities and groups of the gazetteer, None where it could not be read.
    """
    top = yamlfile.versioned(root, problems, known=FEED_FILE_KEYS, required=("feeds",), what="feeds.yaml")
    feeds: dict[str, Feed] = {}
    addresses: dict[str, str] = {}
    for node in yamlfile.items(top["feeds"], problems, "'feeds'") if "feeds" in top else ():
        for feed in _feed(node, problems, names):
            if feed.id in feeds:
                problems.add(node, f"feed id {feed.id!r} again; give each feed its own 'id'")
            elif feed.url in addresses:
                first = addresses[feed.url]
                problems.add(node, f"feed {feed.id!r} has the address of feed {first!r}; remove one of them")
            feeds[feed.id] = feed
            addresses[feed.url] = feed.id
    return feeds


def _feed(node: Node, problems: Problems, names: Collection[str] | None) -> Iterator[Feed]:
    keys = yamlfile.mapping(node, problems, known=FEED_KEYS, required=("url",), what="a feed")
    if "url" not in keys:
        return
    url = yamlfile.text(keys["url"], problems, "'url'")
    if "@" in url.partition("//")[2].partition("/")[0]:
        problems.add(keys["url"], "a password does not belong into an address: it would be stored and shown")
        return
    host = _host(url)
    if not host:
        problems.add(keys["url"], f"{url!r} is no feed address; it begins with http:// or https:// and has a host")
        return
    yield Feed(
        id=_id(keys, host, problems),
        url=url,
        host=host,
        title=yamlfile.text(keys["title"], problems, "'title'") if "title" in keys else host,
        language=_patterned(keys, "language", "en", LANGUAGE, "a language code such as en, tr or kmr", problems),
        country=_patterned(keys, "country", "", _COUNTRY, "a country code of two capitals such as TR", problems),
        tier=yamlfile.whole(keys["tier"], problems, "'tier'", 1, 4) if "tier" in keys else 3,
        owner=yamlfile.text(keys["owner"], problems, "'owner'") if "owner" in keys else "",
        kind=yamlfile.choice(keys["kind"], problems, "'kind'", KINDS) if "kind" in keys else "press",
        tags=yamlfile.texts(keys["tags"], problems, "'tags'") if "tags" in keys else (),
        speaks_for=_spoken_for(keys, names, problems),
        every=_interval(keys, "every", problems, SHORTEST_INTERVAL),
        floor=_interval(keys, "floor", problems, timedelta()),
        encoding=_encoding(keys, problems),
        baseline=yamlfile.truth(keys["baseline"], problems, "'baseline'") if "baseline" in keys else None,
        fulltext="fulltext" in keys and yamlfile.truth(keys["fulltext"], problems, "'fulltext'"),
    )


def _spoken_for(keys: dict[str, Node], names: Collection[str] | None, problems: Problems) -> tuple[str, ...]:
    """The entities whose voice a feed is, with or without the `$`."""
    if "speaks_for" not in keys:
        return ()
    written = [name.removeprefix("$") for name in yamlfile.texts(keys["speaks_for"], problems, "'speaks_for'")]
    for name in written:
        if name and names is not None and name not in names:
            hint = yamlfile.nearest(name, names)
            problems.add(keys["speaks_for"], f"'speaks_for': no entity or group is called {name!r}{hint}")
    return tuple(written)


def _host(url: str) -> str:
    try:
        parts = urlsplit(url)
        _ = parts.port
    except ValueError:
        return ""
    clean = url.isprintable() and not any(char.isspace() or char in '<>"' for char in url)
    usable = clean and parts.scheme in {"http", "https"}
    return (parts.hostname or "") if usable else ""


def id_from(name: str) -> str:
    """An id made of a host or another name; "" where nothing in it can stand in an id."""
    return re.sub(r"[^a-z0-9]+", "-", name.removeprefix("www.")).strip("-")[:64]


def _id(keys: dict[str, Node], host: str, problems: Problems) -> str:
    if "id" not in keys:
        made = id_from(host)
        if not made:
            problems.add(keys["url"], "no id can be made of this address; give the feed an 'id'")
        return made
    written = yamlfile.text(keys["id"], problems, "'id'")
    if written and not _ID.fullmatch(written):
        problems.add(keys["id"], f"feed id {written!r}: use lower-case letters, digits and '-', at most 64")
    return written


def _patterned(
    keys: dict[str, Node], key: str, default: str, pattern: re.Pattern[str], what: str, problems: Problems
) -> str:
    if key not in keys:
        return default
    written = yamlfile.text(keys[key], problems, f"{key!r}")
    if written and not pattern.fullmatch(written):
        problems.add(keys[key], f"{key!r} is {what}, not {written!r}")
    return written


def _interval(keys: dict[str, Node], key: str, problems: Problems, shortest: timedelta) -> timedelta | None:
    if key not in keys:
        return None
    return yamlfile.duration(keys[key], problems, f"{key!r}", shortest, LONGEST_INTERVAL)


def _encoding(keys: dict[str, Node], problems: Problems) -> str:
    """The name of an encoding as Python calls it."""
    if "encoding" not in keys:
        return ""
    written = yamlfile.text(keys["encoding"], problems, "'encoding'")
    try:
        found = codecs.lookup(written)
    except (LookupError, ValueError):
        found = None
    # "rot13" and "hex" are codecs, too.
    if found is None or not found._is_text_encoding:  # noqa: SLF001 - the only place that tells
        problems.add(keys["encoding"], f"{written!r} is no encoding such as utf-8, windows-1254 or windows-1256")
        return ""
    return found.name
