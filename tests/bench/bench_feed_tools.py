"""What hostile pages and lists cost: seconds for a small and a four times larger one, and their ratio (4 is linear).

.venv/bin/python -m tests.bench.bench_feed_tools
"""

import time
from collections.abc import Callable
from contextlib import suppress

from monitor.errors import ParseError
from monitor.feeds import opml
from monitor.feeds.page import LONGEST_PAGE, feeds_named
from tests.feeds.test_page import PIECES

LISTS = (
    "<outline text='&amp;'/>",
    "<outline>",
    "&",
    "<outline xmlUrl='https://a.example/'/>",
    "\nx",
    "<!--",
    "&eacute;",
)


def main() -> None:
    """Print a line for each kind, the dearest first."""
    rows = [(f"page of {piece[:20]!r}", *_measured(_page, piece, LONGEST_PAGE)) for piece in PIECES]
    rows += [(f"list of {piece[:20]!r}", *_measured(_list, piece, opml.LARGEST - 100)) for piece in LISTS]
    for name, small, large in sorted(rows, key=lambda row: -row[2]):
        print(f"{name:34} {small:7.3f} s  {large:7.3f} s  x {large / small:4.1f}")


def _measured(read: Callable[[bytes], None], piece: str, size: int) -> tuple[float, float]:
    bodies = [(piece * (length // len(piece))).encode() for length in (size // 4, size)]
    small, large = (min(_seconds(read, body) for _ in range(3)) for body in bodies)
    return small, large


def _seconds(read: Callable[[bytes], None], body: bytes) -> float:
    start = time.process_time()
    read(body)
    return time.process_time() - start


def _page(body: bytes) -> None:
    feeds_named(body, "https://site.example/")


def _list(body: bytes) -> None:
    with suppress(ParseError):
        opml.read(b"<opml><body>" + body)


if __name__ == "__main__":
    main()
