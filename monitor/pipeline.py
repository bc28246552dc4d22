"""One cycle, top to bottom: poll -> file -> tell; and deliver -> settle.

    due feeds ──► read (fetch, parse) ──► file: entries ──► match ──► story ──► decide ──► notices ──► one commit
    due deliveries ──► hand over ──► settle

Read this module first. It owns the order of things and the transactions; what to do is decided in core/, how it is
done lives in feeds/, store/ and notify/. `read` and `hand_over` touch no store and run in pools; everything on
`Pipeline` belongs to the one thread that writes.
"""

import json
import logging
import traceback
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from monitor.core import alert, cadence, delivery, entry, story
from monitor.core.alert import AlertPolicy, Decision, Outcome
from monitor.core.delivery import Delivery, Failure, Settlement
from monitor.core.entry import Entry, Known, Novelty, ParsedEntry
from monitor.core.feed import DueFeed, Feed, Validators
from monitor.core.match import Match, Matcher
from monitor.core.rule import Rule
from monitor.core.story import Filed, StoryIndex
from monitor.core.veto import Stance, stance
from monitor.errors import DeliveryError, FeedError, FetchError, StoreError
from monitor.feeds.fetch import Fetched, Fetcher, Unchanged
from monitor.feeds.parse import ParsedFeed, parse
from monitor.log import LOGGER, line
from monitor.notices import Notices
from monitor.notify import Notifier
from monitor.store import Store

log = logging.getLogger(LOGGER)

# Longer than any poll or delivery takes; what a crash left leased is taken up again after it, or at the next start.
LEASE = timedelta(minutes=10)


@dataclass(frozen=True, slots=True, kw_only=True)
class Policy:
    """The settings that decide what is told, and when."""

    every: timedelta
    story_window: timedelta
    alerts: AlertPolicy
    give_up_after: timedelta

    @property
    def remembered(self) -> timedelta:
        """How far back an alert can still take in a report."""
        return max(self.story_window, self.alerts.fold_within)


@dataclass(frozen=True, slots=True, kw_only=True)
class Read:
    """A feed that was fetched and understood."""

    validators: Validators
    feed: ParsedFeed


@dataclass(frozen=True, slots=True, kw_only=True)
class Polled:
    """What came of fetching and parsing one feed."""

    feed_id: str
    failures: int
    result: Read | Unchanged | FeedError


@dataclass(slots=True)
class Tally:
    """What one poll brought; the numbers of its log line."""

    feed_id: str
    status: str = "ok"
    entries: int = 0
    new: int = 0
    revised: int = 0
    matches: int = 0
    alerts: int = 0
    bugs: int = 0
    error: str = ""
    touched: dict[int, Rule] = field(default_factory=dict)

    def take(self, other: "Tally") -> None:
        """Add what one entry brought."""
        self.new += other.new
        self.revised += other.revised
        self.matches += other.matches
        self.alerts += other.alerts
        self.touched |= other.touched


def read(fetcher: Fetcher, due: DueFeed, now: datetime) -> Polled:
    """Fetch and parse one feed; whatever goes wrong is in the result, and never in the way of another feed."""
    result: Read | Unchanged | FeedError
    try:
        fetched = fetcher.fetch(due.url, due.validators, now)
        result = _parsed(fetched) if isinstance(fetched, Fetched) else fetched
    except FeedError as error:
        result = error
    except Exception as error:  # noqa: BLE001 - one hostile body must not stop the watch
        log.error(_bug(error, feed=due.id))  # noqa: TRY400 - likewise
        result = FeedError(f"wirewatch failed on this feed ({type(error).__name__}); please report the log lines")
    return Polled(feed_id=due.id, failures=due.failures, result=result)


def hand_over(notifier: Notifier, due: Delivery) -> Failure | None:
    """Send one delivery; None when the receiver has it."""
    try:
        notifier.send(due, json.loads(due.payload))
    except DeliveryError as error:
        return Failure(
            message=str(error), temporary=error.temporary, ambiguous=error.ambiguous, retry_after=error.retry_after
        )
    except Exception as error:  # noqa: BLE001 - one bad message must not stop the lane
        log.error(_bug(error, delivery=due.id))  # noqa: TRY400
        return Failure(message=f"wirewatch failed to send ({type(error).__name__})", temporary=True, ambiguous=True)
    return None


class Pipeline:
    """The writing half, for one thread: it files what was read, and settles what was sent."""

    def __init__(
        self,
        *,
        store: Store,
        matcher: Matcher,
        feeds: Mapping[str, Feed],
        notices: Notices,
        policy: Policy,
        now: datetime,
    ) -> None:
        self.store = store
        self._matcher = matcher
        self._feeds = feeds
        self._notices = notices
        self._policy = policy
        self._index = self._stories_of_the_window(now)

    def file(self, polled: Polled, now: datetime) -> Tally:
        """Everything that follows from one poll, in one commit; raises StoreError and nothing else."""
        try:
            with self.store.transaction():
                return self._file(polled, now)
        except StoreError:
            raise
        except Exception as error:  # noqa: BLE001 - one hostile entry must not stop the watch
            log.error(_bug(error, feed=polled.feed_id))  # noqa: TRY400
            self._index = self._stories_of_the_window(now)
            message = f"wirewatch failed on this feed ({type(error).__name__}); please report the log lines"
            return self._failed(polled, FeedError(message), now)

    def settle(self, due: Delivery, failure: Failure | None, now: datetime) -> Settlement:
        """Record how a delivery went, and when it is tried again."""
        settlement = delivery.settle(due, failure, now, self._policy.give_up_after)
        self.store.outbox.settle(due.id, settlement, now)
        return settlement

    def _file(self, polled: Polled, now: datetime) -> Tally:
        result = polled.result
        if isinstance(result, FeedError):
            return self._failed(polled, result, now)
        tally = Tally(polled.feed_id, status="ok" if isinstance(result, Read) else "unchanged")
        if isinstance(result, Read):
            self._entries(result.feed, tally, now)
            self._notices.tell(tally.touched, now)
        validators = result.validators if isinstance(result, Read) else None
        if tally.bugs:
            # What could not be filed is asked for again, and not answered with a 304.
            validators = Validators()
        due = cadence.next_poll(polled.feed_id, now, cadence.fixed(self._every(polled.feed_id))).at
        self.store.feeds.succeeded(polled.feed_id, validators=validators, result=tally.status, now=now, next_due_at=due)
        return tally

    def _failed(self, polled: Polled, error: FeedError, now: datetime) -> Tally:
        wait = error.retry_after if isinstance(error, FetchError) else None
        pace, failures = cadence.fixed(self._every(polled.feed_id)), polled.failures + 1
        due = cadence.next_poll(polled.feed_id, now, pace, failures=failures, fault=error.fault, retry_after=wait)
        self.store.feeds.failed(polled.feed_id, error=str(error), now=now, next_due_at=due.at)
        return Tally(polled.feed_id, status="failed", error=str(error))

    def _entries(self, parsed: ParsedFeed, tally: Tally, now: datetime) -> None:
        self._index.forget_before(now - self._policy.story_window)
        identities = entry.identities(parsed.entries)
        known = self.store.entries.known(tally.feed_id, identities)
        tally.entries = len(parsed.entries)
        # Feeds list the newest first: filed from the end, entries come in the order they were published.
        for identity, one in reversed(list(zip(identities, parsed.entries, strict=True))):
            self._one_entry(identity, one, known, tally, now)

    def _one_entry(self, identity: str, one: ParsedEntry, known: dict[str, Known], tally: Tally, now: datetime) -> None:
        """File an entry that says something new and follow it, or leave no trace of it: a bug hides no other entry."""
        digest = entry.fingerprint(one)
        novelty = entry.novelty(known.get(identity), digest)
        if novelty is Novelty.UNCHANGED:
            return
        own = Tally(tally.feed_id)
        try:
            with self.store.part():
                filed = self._entry(identity, one, digest, known.get(identity), own, now)
                self._follow(filed, own, now)
        except StoreError:
            raise
        except Exception as error:  # noqa: BLE001 - see above
            log.error(_bug(error, feed=tally.feed_id, entry=identity[:80]))  # noqa: TRY400 - frames only
            tally.bugs += 1
        else:
            known[identity] = Known(filed.id, filed.revision, digest)
            tally.take(own)

    def _entry(
        self, identity: str, one: ParsedEntry, digest: str, known: Known | None, tally: Tally, now: datetime
    ) -> Entry:
        """File an entry as new, or as a revision of the one that is known."""
        feed = self._feeds[tally.feed_id]
        outlet = one.outlet or feed.title
        if known is None:
            tally.new += 1
            return self.store.entries.add(tally.feed_id, identity, digest, one, outlet, feed.language, now)
        tally.revised += 1
        return self.store.entries.revise(known, digest, one, outlet, now)

    def _follow(self, one: Entry, tally: Tally, now: datetime) -> None:
        """Match first, then find the story: a merge decides how a match is told, never whether it is one."""
        document = entry.read(one.title, entry.body_of(one.summary, one.content), one.language)
        found = self._matcher.find(document)
        matches = self._matcher.matches(document, found, one.link, now.date())
        says = stance(document, found, self._matcher.ruleset.vocabulary)
        filed = self._story(one, document.parts[1].text, says, now)
        for match in matches:
            self._decide(match, one, filed.story_id, says, tally, now)
        # Last, when nothing can fail any more that would take the entry back out of the store.
        self._index.add(filed)

    def _story(self, one: Entry, lead: str, says: Stance, now: datetime) -> Filed:
        """The story of an entry: its own if it is a revision, else that of the report it copies, else a new one."""
        report = story.report(one.title, lead, one.outlet, says)
        joined = self.store.stories.of_entry(one.id)
        if joined is not None:
            story_id, opened_at = int(joined["story_id"]), datetime.fromisoformat(joined["opened_at"])
            self.store.stories.restate(one.id, says)
        else:
            candidates = self._index.candidates(report)
            assignment = story.assign(report, candidates, now, self._policy.story_window)
            opened = {filed.story_id: filed.opened_at for filed in candidates}
            story_id = assignment.story_id or self.store.stories.open(one.title, now)
            opened_at = opened.get(story_id, now)
            self.store.stories.join(one.id, story_id, assignment, says, now)
        return Filed(one.id, story_id, now, report, opened_at)

    def _decide(self, match: Match, one: Entry, story_id: int, says: Stance, tally: Tally, now: datetime) -> None:
        decision = alert.decide(
            match=match,
            entry_id=one.id,
            story_id=story_id,
            stance=says,
            told=self.store.alerts.told(match.rule_id, now - self._policy.remembered, one.id),
            policy=self._policy.alerts,
            now=now,
        )
        rule = self._matcher.ruleset.rules[match.rule_id]
        alert_id = self._alert(rule, decision, one, story_id, now)
        self.store.alerts.record(
            match, entry_id=one.id, revision=one.revision, story_id=story_id, stance=says, decision=decision,
            alert_id=alert_id, now=now,
        )  # fmt: skip
        tally.matches += 1
        tally.alerts += decision.outcome is Outcome.ALERTED
        if alert_id is not None:
            tally.touched[alert_id] = rule

    def _alert(self, rule: Rule, decision: Decision, one: Entry, story_id: int, now: datetime) -> int | None:
        if decision.outcome is Outcome.ALERTED:
            return self.store.alerts.open(rule, story_id, one.title, now)
        return decision.alert_id

    def _every(self, feed_id: str) -> timedelta:
        return self._feeds[feed_id].every or self._policy.every

    def _stories_of_the_window(self, now: datetime) -> StoryIndex:
        index = StoryIndex()
        for filed in self.store.stories.since(now - self._policy.story_window):
            index.add(filed)
        return index


def _parsed(fetched: Fetched) -> Read:
    """The validators of a body that was cut off would turn the entry it lost into a 304."""
    feed = parse(fetched)
    return Read(validators=Validators() if feed.cut else fetched.validators, feed=feed)


def _bug(error: BaseException, **fields: object) -> str:
    """Only the frames, no values: the text of an exception may hold a webhook's address."""
    frames = "".join(traceback.format_tb(error.__traceback__))
    return f"{line('bug', **fields, error=type(error).__name__)}\n{frames}"
