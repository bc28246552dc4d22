"""JSON Feed, versions 1.0 and 1.1 (jsonfeed.org), to entries.

Knows the format and how senders get its types wrong; knows nothing of encodings. A field of the wrong type is a field
that is missing: one bad item costs no other.
"""

import json
from collections.abc import Iterator
from datetime import datetime
from typing import Any
from urllib.parse import urljoin

from monitor.core.entry import Enclosure, ParsedEntry
from monitor.core.feed import Fault
from monitor.errors import ParseError
from monitor.feeds.dates import moment
from monitor.feeds.document import (
    LONGEST_CONTENT,
    LONGEST_FIELD,
    LONGEST_LANGUAGE,
    MOST_ENCLOSURES,
    WEB,
    ParsedFeed,
    Source,
    ids_shared,
    is_ghost,
)
from monitor.feeds.plaintext import headline, plaintext, prose

_VERSION = "jsonfeed.org/version/"


def is_json(body: bytes) -> bool:
    """Whether a body begins as JSON does."""
    return body[:64].lstrip(b"\xef\xbb\xbf \t\r\n").startswith((b"{", b"["))


def parse_json(source: Source, text: str) -> ParsedFeed:
    """The entries of a JSON Feed; raises ParseError for broken JSON and for any other document."""
    document = _loaded(text)
    items = document.get("items") if isinstance(document, dict) else None
    if not isinstance(items, list) or not (_VERSION in _text(document.get("version")) or _looks_like_items(items)):
        kind = source.content_type.split(";")[0] or "data of no stated type"
        raise ParseError(
            f"this is no feed ({kind}, {len(source.body):,} bytes); it is JSON, but no JSON Feed: "
            "check the address in feeds.yaml"
        )
    language = _text(document.get("language"))
    read = [_entry(item, source, language) for item in items if isinstance(item, dict)]
    entries = tuple(entry for entry in read if not is_ghost(entry))
    return ParsedFeed(
        title=headline(_text(document.get("title")))[:LONGEST_FIELD],
        entries=entries,
        skipped=len(items) - len(entries),
        link=_link(document.get("home_page_url"), source),
        notes=("the publisher says that this feed has ended",) if document.get("expired") is True else (),
        ids_shared=ids_shared(entries),
    )


def _loaded(text: str) -> Any:
    try:
        return json.loads(text)
    except RecursionError:
        raise ParseError("the JSON is nested too deep", fault=Fault.UNREADABLE) from None
    except ValueError as error:
        said = error.msg if isinstance(error, json.JSONDecodeError) else "a number too long"
        raise ParseError(f"the JSON is broken or cut off ({said})", fault=Fault.UNREADABLE) from None


def _looks_like_items(items: list[Any]) -> bool:
    """Some senders forget the version; what has an id or address, and text, is an item all the same."""
    first = items[0] if items else None
    return isinstance(first, dict) and bool({"id", "url"} & first.keys()) and bool(
        {"title", "content_html", "content_text", "summary"} & first.keys()
    )  # fmt: skip


def _entry(item: dict[str, Any], source: Source, language: str) -> ParsedEntry:
    content = prose(_text(item.get("content_html"))) or plaintext(_escaped(_text(item.get("content_text"))))
    published, updated = (_moment(item.get(f"date_{what}"), source) for what in ("published", "modified"))
    return ParsedEntry(
        id=" ".join(_clean(_text(item.get("id"))).split())[:LONGEST_FIELD],
        link=_link(item.get("url"), source) or _link(item.get("external_url"), source),
        title=headline(_text(item.get("title")))[:LONGEST_FIELD],
        summary=prose(_text(item.get("summary")))[:LONGEST_CONTENT] or content[:LONGEST_CONTENT],
        content=content[:LONGEST_CONTENT],
        author=", ".join(dict.fromkeys(_authors(item)))[:LONGEST_FIELD],
        language=_clean(_text(item.get("language")) or language)[:LONGEST_LANGUAGE],
        published_at=published or updated,
        updated_at=updated,
        enclosures=tuple(_attachments(item, source))[:MOST_ENCLOSURES],
    )


def _authors(item: dict[str, Any]) -> Iterator[str]:
    """Version 1.1 has a list, 1.0 one author; some write names where objects belong."""
    authors = item.get("authors")
    for author in authors if isinstance(authors, list) else [item.get("author")]:
        if name := headline(_text(author.get("name") if isinstance(author, dict) else author)):
            yield name


def _attachments(item: dict[str, Any], source: Source) -> Iterator[Enclosure]:
    attachments = item.get("attachments")
    for one in attachments if isinstance(attachments, list) else ():
        if isinstance(one, dict) and (url := _link(one.get("url"), source)):
            size = one.get("size_in_bytes")
            yield Enclosure(
                url=url,
                type=_clean(_text(one.get("mime_type")))[:LONGEST_FIELD],
                size=int(size) if isinstance(size, int | float) and 0 < size < 2**62 else 0,
            )


def _link(value: object, source: Source) -> str:
    """An address of the Web, completed with that of the feed; "" for anything else."""
    written = "".join(_clean(value).split()) if isinstance(value, str) else ""
    if written and not written.startswith(WEB):
        try:
            written = urljoin(source.url, written)
        except ValueError:
            return ""
    return written[:LONGEST_FIELD] if written.lower().startswith(WEB) else ""


def _moment(value: object, source: Source) -> datetime | None:
    return moment(_text(value), source.fetched_at)


def _text(value: object) -> str:
    """A text, or a number as one writes it: ids come as numbers."""
    if isinstance(value, bool):
        return ""
    return value if isinstance(value, str) else str(value) if isinstance(value, int | float) else ""


def _clean(text: str) -> str:
    """Without characters that are none ("\\ud83d" alone)."""
    return text.encode("utf-8", "replace").decode()


def _escaped(text: str) -> str:
    """Plain text by declaration: its "<" is one."""
    return text.replace("&", "&amp;").replace("<", "&lt;")
