"""Commands on the list of feeds: list, poll, add, remove, import, export, discover."""

import shlex
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import asdict
from datetime import datetime
from pathlib import Path
from typing import IO, Any, TypeVar

import click

from monitor import app as composition
from monitor import log
from monitor.cli import output
from monitor.cli.options import json_option, load, places_options, reading, where
from monitor.core.feed import KINDS
from monitor.core.render import plain
from monitor.daemon import clock, run_once
from monitor.errors import ConfigError, Problem
from monitor.ruleset.feedblock import Keys
from monitor.ruleset.feedlist import FeedList, Intake, added, intake, read_list, removed, write
from monitor.store import Store, is_polled, sole_daemon

LIST_NAME = "feeds.yaml"
# One byte more than any list may have is enough to refuse it.
_MOST_BYTES = 8_000_001
_MOST_TOLD = 20

Command = TypeVar("Command", bound=Callable[..., Any])


@click.group()
def feeds() -> None:
    """The feeds: their state, polling one now, and the desk's list."""


@feeds.command("list")
@places_options
@json_option
def list_feeds(as_json: bool, **options: Any) -> None:
    """Every feed: its last poll, when it is due next, and why."""
    rows = reading(options).feeds.all()
    if as_json:
        output.as_json(rows)
        return
    columns = {"id": "FEED", "last_result": "LAST", "last_poll_at": "POLLED", "next_due_at": "NEXT",
               "entries": "ENTRIES", "failures": "FAILURES", "due_why": "WHY",
               "last_error": "ERROR"}  # fmt: skip
    shown = [{**row, "next_due_at": None if row["stopped_at"] else row["next_due_at"]} for row in rows]
    output.table(shown, columns, empty="no feeds yet; 'wirewatch once' takes over the desk's list")


@feeds.command()
@click.argument("feed", metavar="URL_OR_ID")
@places_options
def poll(feed: str, **options: Any) -> None:
    """Poll one feed of the desk now.

    What comes of it is delivered; a running daemon is asked to do both.

    \b
    wirewatch feeds poll tass-en
    """
    app = load(options, lenient=True)
    known = next((one for one in app.desk.feeds.values() if feed in {one.id, one.url}), None)
    if known is None:
        raise click.BadParameter(f"no feed of the desk has the id or address {feed!r}", param_hint="URL_OR_ID")
    log.configure()
    if is_polled(app.store_path):
        store = Store.open(app.store_path)
        if known.id not in {row["id"] for row in store.feeds.all()}:
            output.fail(f"the running daemon has not taken up {known.id}; wirewatch status says what it has loaded")
            raise SystemExit(1)
        store.feeds.make_due(clock(), known.id)
        click.echo(_left_alone(store, known.id) or f"the running daemon polls {known.id} next")
        return
    with sole_daemon(app.store_path):
        totals = run_once(composition.means(app), feed_id=known.id)
    if not totals.polls:
        output.fail(_left_alone(Store.read(app.store_path), known.id))
    raise SystemExit(1 if totals.failed or totals.unsent or not totals.polls else 0)


def _left_alone(store: Store, feed_id: str) -> str:
    """What keeps a feed that was asked for from being polled: only its publisher's own wish."""
    (row,) = (row for row in store.feeds.all() if row["id"] == feed_id)
    if datetime.fromisoformat(row["next_due_at"]) <= clock():
        return ""
    until = output.when(row["next_due_at"])
    return f"{feed_id} is not polled before {until}: {row['due_why']}"


def _described(command: Command) -> Command:
    """The options that say of feeds what no feed says of itself."""
    for option in (
        click.option("--language", metavar="CODE", help="The language it writes in, such as tr."),
        click.option("--country", metavar="CODE", help="Of the outlet, ISO 3166, such as TR."),
        click.option("--tier", type=click.IntRange(1, 4), help="1 official, 2 agency, 3 press, 4 aggregator."),
        click.option("--kind", type=click.Choice(KINDS), help="The kind of outlet."),
        click.option("--owner", metavar="NAME", help="Who owns the outlet."),
        click.option("--tags", metavar="A,B", help="Free words, with commas between them."),
        click.option("--every", metavar="TIME", help="Its own polling interval, such as 5m."),
    ):
        command = option(command)
    return command


@feeds.command()
@click.argument("url")
@click.option("--id", metavar="ID", help="A stable name, [a-z0-9-] [default: made of the host].")
@click.option("--title", metavar="TEXT", help="What an alert calls it [default: the feed's own title].")
@_described
@click.option("--floor", metavar="TIME", help="In place of what the publisher asks for, such as 0s.")
@click.option("--encoding", metavar="NAME", help="What its bytes are in, whatever they declare.")
@click.option("--baseline/--no-baseline", default=None, help="Whether its first poll is old news that rings nothing.")
@click.option("--fulltext", is_flag=True, default=None, help="Fetch the article page of each new entry.")
@click.option("--no-fetch", is_flag=True, help="Take the address as it is, without looking at it.")
@places_options
def add(url: str, no_fetch: bool, **options: Any) -> None:
    """Add a feed to the desk's feeds.yaml.

    The address is fetched first; title and language are the feed's own unless they are given. Nothing else in the file
    is changed.

    \b
    wirewatch feeds add https://tass.com/rss/v2.xml --kind state --tier 2
    wirewatch feeds add https://www.example.org/feed --id example --language tr --tags turkey,syria
    """
    listing = read_list(_list_file(options))
    keys = {"url": url, **_given(options)}
    _sole(intake(listing, [keys]))
    if not no_fetch:
        keys = {**_looked_up(listing, url, options), **keys}
    (new,) = _sole(intake(listing, [keys])).new
    after = added(listing, [new])
    write(listing, after)
    feed = after.listed[-1].feed
    click.echo(
        f"added {feed.id} ({plain(feed.title)}; {feed.language}) to {listing.file}, line {after.listed[-1].line}"
    )
    click.echo("a running wirewatch polls it from now on")


@feeds.command()
@click.argument("names", metavar="ID_OR_URL...", nargs=-1, required=True)
@places_options
def remove(names: tuple[str, ...], **options: Any) -> None:
    """Remove feeds from the desk's feeds.yaml.

    Nothing else in the file is changed, and what the store has of them stays.

    \b
    wirewatch feeds remove tass-en
    """
    listing = read_list(_list_file(options))
    ids = {}
    for name in names:
        found = listing.find(name)
        if found is None:
            message = f"no feed of the desk has the id or address {name!r}{listing.nearest(name)}"
            raise click.BadParameter(message, param_hint="ID_OR_URL")
        ids[found.feed.id] = found
    write(listing, removed(listing, ids))
    click.echo(f"removed {', '.join(ids)} from {listing.file}; stored entries stay")
    click.echo(f"a running wirewatch polls {'it' if len(ids) == 1 else 'them'} no more")


@feeds.command("import")
@click.argument("file", type=click.File("rb"))
@_described
@click.option("--dry-run", is_flag=True, help="Say what would be added, and change nothing.")
@places_options
@json_option
def import_feeds(file: IO[bytes], dry_run: bool, as_json: bool, **options: Any) -> None:
    """Add the feeds of an OPML file to the desk's feeds.yaml.

    Folders become tags. A plain list of addresses, one a line, is read as well. What the options say holds for feeds
    of which the file does not say it. Nothing is fetched; the next poll tells what is behind an address.

    \b
    wirewatch feeds import subscriptions.opml --dry-run
    wirewatch feeds import subscriptions.opml --language tr
    """
    given = _given(options)
    listing = read_list(_list_file(options))
    found = intake(listing, [{**given, **keys} for keys in composition.feeds_of(file.read(_MOST_BYTES))])
    after = added(listing, found.new)
    if found.new and not dry_run:
        write(listing, after)
    if as_json:
        output.as_json(_imported(found, dry_run=dry_run))
    else:
        _print_import(found, listing, dry_run=dry_run)
    raise SystemExit(1 if found.refused else 0)


@feeds.command()
@places_options
@json_option
def export(as_json: bool, **options: Any) -> None:
    """The desk's list as OPML on standard output.

    Other feed readers take it; 'wirewatch feeds import' makes the same list of it again.

    \b
    wirewatch feeds export
    wirewatch feeds export --json
    """
    listed = read_list(_list_file(options)).feeds
    if as_json:
        output.as_json([asdict(feed) for feed in listed])
        return
    # The document says that it is UTF-8, whatever the terminal is.
    click.echo(composition.opml_of(listed), nl=False)


@feeds.command()
@click.argument("site")
@places_options
@json_option
def discover(site: str, as_json: bool, **options: Any) -> None:
    """Find the feeds of a site, and read each.

    Those its page names, else those at the usual addresses.

    \b
    wirewatch feeds discover example.org
    wirewatch feeds discover https://www.example.org/world --json
    """
    with composition.scout(where(options)) as scout:
        found = scout.discover(site, clock())
    known = _known(options)
    rows = [{**asdict(offer), "known_as": known(offer.url), "command": _command(offer.url, options["desk"])}
            for offer in found.offers]  # fmt: skip
    failed = [{"url": url, "reason": reason} for url, reason in found.failed]
    if as_json:
        output.as_json({"site": found.site, "feeds": rows, "failed": failed, "unseen": found.unseen})
    else:
        _print_discovery(found.site, rows, failed, found.unseen)
    raise SystemExit(0 if rows else 1)


def _list_file(options: dict[str, Any]) -> Path:
    return where(options).desk / LIST_NAME


def _given(options: dict[str, Any]) -> dict[str, str | Sequence[str]]:
    """What the options say, as feeds.yaml has it."""
    words = {key: options.get(key) for key in ("id", "title", "language", "country", "kind", "owner", "every", "floor",
                                               "encoding")}  # fmt: skip
    given: dict[str, str | Sequence[str]] = {key: word for key, word in words.items() if word is not None}
    if options["tier"] is not None:
        given["tier"] = str(options["tier"])
    if options["tags"] is not None:
        given["tags"] = tuple(tag.strip() for tag in options["tags"].split(","))
    truths = {key: options.get(key) for key in ("baseline", "fulltext")}
    return given | {key: str(truth).lower() for key, truth in truths.items() if truth is not None}


def _sole(found: Intake) -> Intake:
    """For a single feed, what is listed already is a problem like any other."""
    problems = [*(problem for _, problem in found.present), *found.refused]
    if problems:
        raise ConfigError(problems)
    return found


def _looked_up(listing: FeedList, url: str, options: dict[str, Any]) -> Keys:
    """Title and language as the feed itself has them."""
    told = {key: options[key] or "" for key in ("language", "encoding")}
    with composition.scout(where(options)) as scout:
        offer = scout.look(url, clock(), **told)
    holder = listing.holder(offer.landed)
    if holder is not None:
        message = f"feed {holder.feed.id!r} has the address that {url} leads to: {offer.landed}"
        raise ConfigError([Problem(file=str(listing.file), line=holder.line, message=message)])
    click.echo(f"{offer.format}, {output.count(offer.entries, 'entry', 'entries')}", err=True)
    if offer.landed not in {url, offer.url}:
        click.echo(plain(f"it leads to {offer.landed}; if the feed has moved for good, give that address"), err=True)
    if not (offer.language or options["language"]):
        click.echo("the feed does not say its language; it is taken for en (--language says another)", err=True)
    found = {"title": " ".join(offer.title.split()), "language": offer.language}
    return {key: value for key, value in found.items() if value}


def _imported(found: Intake, *, dry_run: bool) -> dict[str, Any]:
    return {
        "dry_run": dry_run,
        "added": list(found.new),
        "present": [{"url": url, "by": problem.as_dict()} for url, problem in found.present],
        "refused": [problem.as_dict() for problem in found.refused],
    }


def _print_import(found: Intake, listing: FeedList, *, dry_run: bool) -> None:
    for keys in found.new[:_MOST_TOLD] if not dry_run else found.new:
        click.echo(f"{'would add' if dry_run else 'added'} {keys['id']}: {keys['url']}")
    if len(found.new) > _MOST_TOLD and not dry_run:
        click.echo(f"... and {len(found.new) - _MOST_TOLD} more")
    for url, problem in found.present:
        click.echo(f"already there: {url} ({problem})")
    output.problems(found.refused)
    new, present, refused = len(found.new), len(found.present), len(found.refused)
    verb = "would be added" if dry_run else "added"
    click.echo(f"{output.count(new, 'feed')} {verb} to {listing.file}, {present} already there, {refused} refused")
    if new and not dry_run:
        click.echo("a running wirewatch polls them from now on")


def _known(options: dict[str, Any]) -> Callable[[str], str | None]:
    """The id under which the desk has an address, if there is a desk."""
    with suppress(ConfigError, OSError):
        listing = read_list(_list_file(options))
        return lambda url: holder.feed.id if (holder := listing.holder(url)) else None
    return lambda _url: None


def _command(url: str, desk: Path | None) -> str:
    return shlex.join(["wirewatch", "feeds", "add", url, *(["--desk", str(desk)] if desk else [])])


def _print_discovery(site: str, rows: list[dict[str, Any]], failed: list[dict[str, str]], unseen: int) -> None:
    columns = {"format": "FORMAT", "entries": "ENTRIES", "newest": "NEWEST", "language": "LANG", "title": "TITLE",
               "url": "ADDRESS", "known_as": "ON THE DESK AS"}  # fmt: skip
    if rows:
        output.table([{**row, "newest": _minute(row["newest"])} for row in rows], columns, empty="")
    for each in failed:
        output.fail(f"{each['url']} is no feed that can be read: {each['reason']}")
    if unseen:
        output.fail(f"{unseen} more addresses were not looked at; name a page with fewer")
    if not rows:
        output.fail(f"no feed was found at {site}: it names none that can be read, and none is at the usual addresses")
    for row in rows:
        if row["known_as"] is None:
            click.echo(row["command"])


def _minute(moment: Any) -> str:
    return output.when(moment.isoformat()) if moment else ""
