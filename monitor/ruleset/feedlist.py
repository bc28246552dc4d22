"""feeds.yaml edited as a careful person edits it: some blocks more or fewer, every other byte as it was.

Knows where each feed stands in the file and how the file is indented; knows nothing of what is behind an address. It
works on whole lines around the places that yamlfile gives, and reads the result again before anything is written: a
file laid out so that this does not come out right is refused, never written wrong.
"""

import contextlib
import io
import os
import re
import tempfile
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from urllib.parse import urlsplit

from monitor import yamlfile
from monitor.core.feed import Feed
from monitor.core.link import canonical
from monitor.errors import ConfigError, Problem
from monitor.ruleset.feedblock import Keys, Style
from monitor.ruleset.feeds import FEED_KEYS, id_from, read_feeds
from monitor.yamlfile import Node, Problems

_BOM = "\ufeff"
# A key that stands further behind its dash is a slip, not a style.
_WIDEST_GAP = 8
_HALF = re.compile("[\ud800-\udfff]")


@dataclass(frozen=True, slots=True, kw_only=True)
class Listed:
    """A feed and where it stands; `line` counts from 1."""

    feed: Feed
    line: int
    node: Node


@dataclass(frozen=True, slots=True, kw_only=True)
class FeedList:
    """feeds.yaml as it is written, and the feeds in it, which are in order.

    `key` and `place` are the nodes of `feeds` and of its value; `mark` is the byte order mark that an editor put before
    the text, if any.
    """

    file: Path
    mark: str
    text: str
    listed: tuple[Listed, ...]
    key: Node
    place: Node

    @property
    def feeds(self) -> tuple[Feed, ...]:
        """The feeds in the order of the file."""
        return tuple(one.feed for one in self.listed)

    def find(self, name: str) -> Listed | None:
        """The feed of this id or address."""
        return next((one for one in self.listed if name in {one.feed.id, one.feed.url}), None) or self.holder(name)

    def holder(self, url: str) -> Listed | None:
        """The feed that is polled at this address, or at one that differs by scheme, `www.` or trackers alone."""
        wanted = canonical(url)
        return next((one for one in self.listed if wanted and canonical(one.feed.url) == wanted), None)

    def nearest(self, name: str) -> str:
        """`; did you mean 'x'?` with an id or address that is near, or nothing."""
        known = (name for feed in self.feeds for name in (feed.id, feed.url))
        return yamlfile.nearest(name, known)


@dataclass(frozen=True, slots=True, kw_only=True)
class Intake:
    """Feeds sorted out before they are added.

    `new` are complete, each with an id. `present` has the addresses that are listed already, each with the place of who
    holds it. `refused` tells of those that are not in order with the address in place of a file, and of taken ids with
    the place of who has them.
    """

    new: tuple[dict[str, str | Sequence[str]], ...]
    present: tuple[tuple[str, Problem], ...]
    refused: tuple[Problem, ...]


def read_list(file: Path) -> FeedList:
    """The list in a file; raises ConfigError with every problem of the file, OSError where it cannot be read."""
    if not file.parent.is_dir():
        raise _wrong(file.parent, "there is no such folder; name the desk with --desk DIR")
    if not file.exists():
        raise _wrong(file, "the desk has no list of feeds yet; make this file with the line 'feeds: []'")
    if file.stat().st_size > yamlfile.LARGEST_FILE or not (text := _decoded(file.read_bytes())):
        problems = Problems()
        yamlfile.load(file, str(file), problems)
        raise ConfigError(problems.found)
    mark = text[: text.startswith(_BOM)]
    return _parsed(file, mark, text.removeprefix(_BOM))


def intake(listing: FeedList, offered: Iterable[Keys]) -> Intake:
    """What of these can be added: those with neither address nor id of another, each given an id where it has none."""
    ids = {one.feed.id: _holds(listing.file, one.feed.id, one.line) for one in listing.listed}
    addresses = {canonical(one.feed.url) or one.feed.url: ids[one.feed.id] for one in listing.listed}
    new: list[dict[str, str | Sequence[str]]] = []
    present: list[tuple[str, Problem]] = []
    refused: list[Problem] = []
    for keys in offered:
        url = str(keys["url"])
        address = canonical(url) or url
        whole = {"id": _free_id(url, ids), **keys}
        try:
            feed = _in_order(whole)
        except ConfigError as error:
            refused += error.problems
            continue
        if address in addresses:
            present.append((url, addresses[address]))
        elif feed.id in ids:
            message = f"feed {feed.id!r} has this id already; give {url} another"
            refused.append(replace(ids[feed.id], message=message))
        else:
            ids[feed.id] = addresses[address] = _holds(url, feed.id)
            new.append({key: whole[key] for key in FEED_KEYS if key in whole})
    return Intake(new=tuple(new), present=tuple(present), refused=tuple(refused))


def added(listing: FeedList, new: Sequence[Keys]) -> FeedList:
    """The list with these feeds behind the others, in the style of the last; raises ConfigError where it is not read.

    Their keys are complete and free, as `intake` leaves them.
    """
    if not new:
        return listing
    lines, at, style = _opened(listing) if not listing.listed else _behind_the_last(listing)
    if at and not lines[at - 1].endswith(("\n", "\r")):
        lines[at - 1] += style.end
    lines[at:at] = [line for keys in new for line in style.block(keys)]
    wanted = [*(_values(one.node) for one in listing.listed), *(_as_read(keys) for keys in new)]
    return _checked(listing, lines, wanted)


def removed(listing: FeedList, ids: Collection[str]) -> FeedList:
    """The list without the blocks of these feeds; comments above a block and blank lines stay. Raises ConfigError."""
    lines = _lines(listing.text)
    going = [index for index, one in enumerate(listing.listed) if one.feed.id in ids]
    extents = [_extent(listing, lines, index) for index in going]
    for extent in reversed(extents):
        del lines[extent.start : extent.stop]
    if going and len(going) == len(listing.listed):
        _close(listing.key, lines)
    wanted = [_values(one.node) for one in listing.listed if one.feed.id not in ids]
    return _checked(listing, lines, wanted)


def write(before: FeedList, after: FeedList) -> None:
    """Put `after` in place of `before`, in one step; a link stays a link, owner and permissions stay.

    Raises ConfigError where somebody else wrote the file meanwhile, OSError where it cannot be written.
    """
    target = before.file.resolve()
    if target.read_bytes() != _encoded(before):
        raise _wrong(before.file, "somebody else changed this file meanwhile; nothing was written, run this again")
    was = target.stat()
    # Beside the file: a rename is one step within a file system only.
    with tempfile.NamedTemporaryFile(dir=target.parent, prefix=f".{target.name}.", delete=False) as written:
        temporary = Path(written.name)
        try:
            written.write(_encoded(after))
            written.flush()
            with contextlib.suppress(PermissionError):
                os.fchown(written.fileno(), was.st_uid, was.st_gid)
            os.fchmod(written.fileno(), was.st_mode & 0o7777)
            os.fsync(written.fileno())
            temporary.replace(target)
        except BaseException:
            temporary.unlink(missing_ok=True)
            raise


def _decoded(data: bytes) -> str:
    try:
        return data.decode()
    except UnicodeDecodeError:
        return ""


def _encoded(listing: FeedList) -> bytes:
    return (listing.mark + listing.text).encode()


def _parsed(file: Path, mark: str, text: str) -> FeedList:
    problems = Problems()
    root = yamlfile.parse(text, str(file), problems)
    place = _place(root)
    feeds = read_feeds(root, problems).values() if root is not None else ()
    if problems or root is None or place is None:
        raise ConfigError(problems.found)
    nodes = place.value if isinstance(place.value, list) else []
    listed = tuple(Listed(feed=feed, line=node.line, node=node) for feed, node in zip(feeds, nodes, strict=True))
    return FeedList(file=file, mark=mark, text=text, listed=listed, key=root.keys["feeds"], place=place)


def _place(root: Node | None) -> Node | None:
    """The value of `feeds` as it is written; a key with nothing behind it is an empty list here."""
    if root is None or not isinstance(root.value, dict) or "feeds" not in root.value:
        return None
    written = root.value["feeds"]
    if written.empty:
        root.value["feeds"] = replace(written, value=[], bare=False)
    return written


def _wrong(file: Path, message: str, line: int = 0) -> ConfigError:
    return ConfigError([Problem(file=str(file), line=line, message=message)])


def _holds(file: Path | str, feed_id: str, line: int = 0) -> Problem:
    return Problem(file=str(file), line=line, message=f"feed {feed_id!r} has this address already")


def _free_id(url: str, taken: Collection[str]) -> str:
    """An id of the host; with the last word of the path, then a number, where another feed has that one."""
    try:
        parts = urlsplit(url)
        host, path = parts.hostname or "", parts.path
    except ValueError:
        return ""
    base = id_from(host) or "feed"
    words = [
        word for word in id_from(path.lower()).split("-") if word not in {"", "rss", "xml", "feed", "feeds", "atom"}
    ]
    for made in (base, f"{base}-{words[-1]}" if words else base):
        if made not in taken and len(made) <= 64:
            return made
    return next(made for number in range(2, len(taken) + 3) if (made := f"{base[:56]}-{number}") not in taken)


def _in_order(keys: Keys) -> Feed:
    """The feed of these keys; raises ConfigError with its address in place of a file."""
    url = str(keys["url"])
    if any(_HALF.search(text) for value in keys.values() for text in ([value] if isinstance(value, str) else value)):
        raise _wrong(Path(ascii(url)), "half a character stands in it; give every value as UTF-8")
    problems = Problems()
    top = {"feeds": Node(url, 0, 0, [_as_node(url, keys)])}
    feeds = list(read_feeds(Node(url, 0, 0, dict(top), keys=top), problems).values())
    if problems:
        raise ConfigError(problems.found)
    return feeds[0]


def _as_node(file: str, keys: Keys) -> Node:
    def node(value: str | Sequence[str]) -> Node:
        return Node(file, 0, 0, value if isinstance(value, str) else [Node(file, 0, 0, text) for text in value])

    values = {key: node(value) for key, value in keys.items()}
    return Node(file, 0, 0, values, keys=dict(values))


def _lines(text: str) -> list[str]:
    """With their ends. str.splitlines would end one at a line separator within a title."""
    return list(io.StringIO(text, newline=""))


def _behind_the_last(listing: FeedList) -> tuple[list[str], int, Style]:
    """The lines, how many of them stand before a new block, and how it is written."""
    lines = _lines(listing.text)
    node, extent = listing.listed[-1].node, _extent(listing, lines, len(listing.listed) - 1)
    dash, gap = listing.place.column - 1, node.column - listing.place.column
    same_line = node.line == extent.start + 1
    flow = lines[node.line - 1][node.column - 1 :].startswith("{")
    style = Style(dash=dash, gap=gap if same_line and gap <= _WIDEST_GAP else 2, flow=flow, end=_end(lines))
    return lines, extent.stop, style


def _opened(listing: FeedList) -> tuple[list[str], int, Style]:
    """The same for a list without feeds: its `[]` or `null` is taken out, what stands behind it stays."""
    lines, place = _lines(listing.text), listing.place
    line, column = place.line - 1, place.column - 1
    before, behind = lines[line][:column], lines[line][column:]
    if place.value == []:
        behind, count = re.subn(r"^\[[ \t]*\]", "", behind)
        if not count:
            raise _by_hand(listing)
    elif place.value:
        behind = behind[len(str(place.value)) :]
    if place.value != "":
        kept = behind.rstrip("\r\n")
        lines[line] = before.rstrip(" \t") + (f" {kept.lstrip()}" if kept.strip() else "") + behind[len(kept) :]
    style = Style(dash=listing.key.column - 1, gap=2, flow=False, end=_end(lines))
    return lines, line + 1, style


def _close(key: Node, lines: list[str]) -> None:
    """An empty list in place of the blocks that are gone: a key with nothing behind it is a mistake."""
    line = lines[key.line - 1]
    colon = line.find(":", key.column - 1) + 1
    lines[key.line - 1] = line[:colon] + " []" + line[colon:]


def _extent(listing: FeedList, lines: Sequence[str], index: int) -> range:
    """The lines of a block, from 0: from its dash to its last value, with deeper comments directly below.

    Other comments and blank lines behind it belong to what follows.
    """
    dash, listed = listing.place.column - 1, listing.listed
    start = _dash_line(listing, lines, listed[index].node)
    last = index + 1 == len(listed)
    stop = len(lines) if last else _dash_line(listing, lines, listed[index + 1].node)
    while stop > start + 1 and _is_between(lines[stop - 1]):
        stop -= 1
    while stop < len(lines) and lines[stop].lstrip(" ").startswith("#") and _indent(lines[stop]) > dash:
        stop += 1
    return range(start, stop)


def _dash_line(listing: FeedList, lines: Sequence[str], node: Node) -> int:
    """The line, from 0, with the dash of an item, which may stand above its first key."""
    dash = listing.place.column - 1
    for number in range(node.line - 1, -1, -1):
        if lines[number][dash : dash + 1] == "-" and not lines[number][:dash].strip(" "):
            return number
    raise _by_hand(listing)


def _is_between(line: str) -> bool:
    """A blank line, a comment, or the end of the document."""
    text = line.strip()
    return not text or text.startswith("#") or line.startswith("...")


def _indent(line: str) -> int:
    return len(line) - len(line.lstrip(" "))


def _end(lines: Sequence[str]) -> str:
    """How the file ends its lines."""
    return "\r\n" if lines and lines[0].endswith("\r\n") else "\n"


def _by_hand(listing: FeedList) -> ConfigError:
    message = "the list is laid out in a way that only a person should edit; write each feed as a block, '- url: ...'"
    return _wrong(listing.file, message, listing.place.line)


def _checked(listing: FeedList, lines: Sequence[str], wanted: Sequence[object]) -> FeedList:
    """The list that the lines make, if it is the one that is wanted."""
    text = "".join(lines)
    if len(text.encode()) > yamlfile.LARGEST_FILE:
        raise _wrong(listing.file, f"it would have more than {yamlfile.LARGEST_FILE:,} bytes; nothing was written")
    try:
        after = _parsed(listing.file, listing.mark, text)
    except ConfigError as error:
        raise _by_hand(listing) from error
    if [_values(one.node) for one in after.listed] != list(wanted):
        raise _by_hand(listing)
    return after


def _values(node: Node) -> object:
    """What a node says, wherever it stands."""
    if isinstance(node.value, dict):
        return {key: _values(value) for key, value in node.value.items()}
    return [_values(item) for item in node.value] if isinstance(node.value, list) else node.value


def _as_read(keys: Keys) -> object:
    return _values(_as_node("", keys))
