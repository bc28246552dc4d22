"""One cycle, top to bottom: poll -> file -> tell; and deliver -> settle.

    due feeds ──► read (fetch, parse) ──► file: entries ──► match ──► story ──► decide ──► notices ──► aftermath
                                          └─────────────────────────── one commit ────────────────────────────┘
    due deliveries ──► hand over ──► settle

Read this module first. It owns the order of things and the transactions; what to do is decided in core/, how it is
done lives in feeds/, store/ and notify/. `polls.read` and `hand_over` touch no store and run in pools; everything on
`Pipeline` belongs to the one thread that writes. What is said is in notices.py, what a poll leaves behind (when the
feed is due again, what was learned of it, whether it went blind) in aftermath.py.
"""

import contextlib
import json
import logging
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from monitor.aftermath import Aftermath
from monitor.articles import Articles, Page
from monitor.core import alert, delivery, entry, story
from monitor.core.alert import AlertPolicy, Decision, Outcome, Reason
from monitor.core.delivery import Delivery, Failure, Settlement
from monitor.core.entry import Document, Entry, Known, Novelty, ParsedEntry
from monitor.core.feed import DueFeed, Feed
from monitor.core.language import language_of
from monitor.core.match import Match, Matcher, Setting
from monitor.core.origin import Origin, origin_of
from monitor.core.rule import Rule
from monitor.core.sighting import Sighting
from monitor.core.story import Filed, Report, StoryIndex
from monitor.core.terms import Found
from monitor.core.veto import Stance, stance
from monitor.digests import Digests
from monitor.errors import DeliveryError, StoreError
from monitor.feeds.document import ParsedFeed
from monitor.log import LOGGER
from monitor.notices import Notices
from monitor.notify import Notifier
from monitor.overtime import OverTime
from monitor.polls import Polled, Read, Same, Tally, bug, failure
from monitor.store import Store

log = logging.getLogger(LOGGER)

# Longer than any poll or delivery takes; what a crash left leased is taken up again after it, or at the next start.
LEASE = timedelta(minutes=10)


@dataclass(frozen=True, slots=True, kw_only=True)
class Policy:
    """The settings that decide what is told, and when."""

    story_window: timedelta
    alerts: AlertPolicy
    give_up_after: timedelta
    baseline: bool
    recorded: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Parts:
    """What a pipeline works by: the desk and the configuration, put to work on its store."""

    matcher: Matcher
    feeds: Mapping[str, Feed]
    notices: Notices
    aftermath: Aftermath
    articles: Articles
    digests: Digests
    over_time: OverTime
    policy: Policy


class _Bug(Exception):  # noqa: N818 - it never leaves this module
    """Something in a handful of polls failed that must not."""


def hand_over(notifier: Notifier, due: Delivery) -> Failure | None:
    """Send one delivery; None when the receiver has it."""
    try:
        notifier.send(due, json.loads(due.payload))
    except DeliveryError as error:
        return Failure(
            message=str(error), temporary=error.temporary, ambiguous=error.ambiguous, retry_after=error.retry_after
        )
    except Exception as error:  # noqa: BLE001 - one bad message must not stop the lane
        log.error(bug(error, delivery=due.id))  # noqa: TRY400
        return Failure(message=f"wirewatch failed to send ({type(error).__name__})", temporary=True, ambiguous=True)
    return None


class Pipeline:
    """The writing half, for one thread: it files what was read, and settles what was sent."""

    def __init__(self, *, store: Store, parts: Parts, now: datetime) -> None:
        self.store = store
        self._feeds: Mapping[str, Feed] = {}
        self._work_by(parts)
        self._index = self._stories_of_the_window(now)

    def take(self, parts: Parts, now: datetime) -> None:
        """Work by these from the next commit on, whole; what is under way is filed by them. Between transactions."""
        longer = parts.policy.story_window > self._policy.story_window
        self._work_by(parts)
        if longer:
            self._index = self._stories_of_the_window(now)

    def _work_by(self, parts: Parts) -> None:
        self.parts = parts
        self._matcher = parts.matcher
        # A poll under way may still come in of a feed that has left the list.
        self._feeds = {**self._feeds, **parts.feeds}
        self._notices = parts.notices
        self._aftermath = parts.aftermath
        self.articles = parts.articles
        self._digests = parts.digests
        self._over_time = parts.over_time
        self._policy = parts.policy

    def file(self, polled: Polled, now: datetime) -> Tally:
        """Everything that follows from one poll, in one commit; raises StoreError and nothing else."""
        try:
            with self.store.transaction():
                return self._file(polled, now)
        except StoreError:
            raise
        except Exception as error:  # noqa: BLE001 - one hostile entry must not stop the watch
            log.error(bug(error, feed=polled.due.id))  # noqa: TRY400
            self._recall(now)
            with self.store.transaction():
                return self._file(replace(polled, result=failure(error)), now)

    def file_all(self, polls: Sequence[Polled], now: datetime) -> list[Tally]:
        """Several polls, in their order: those that brought nothing in one commit, each other in its own.

        Raises StoreError and nothing else.
        """
        settled: dict[int, Tally] = {}
        # One that trips a bug takes the others back with it: then each is filed by itself, as file() knows how.
        with contextlib.suppress(_Bug), self.store.transaction():
            settled = {id(one): self._quiet(one, now) for one in polls if isinstance(one.result, Same)}
        return [settled.get(id(one)) or self.file(one, now) for one in polls]

    def file_page(self, page: Page, now: datetime) -> Tally:
        """What follows from the article page of an entry, in one commit; raises StoreError and nothing else."""
        tally = Tally(page.due.feed_id)
        try:
            with self.store.transaction():
                filed = self.articles.file(page, now)
                tally.status, tally.error = filed.settlement.state.value, filed.settlement.reason
                if filed.entry is not None:
                    self._follow(filed.entry, tally, now, silent=False)
                    self._notices.tell(tally.touched, now)
        except StoreError:
            raise
        except Exception as error:  # noqa: BLE001 - one hostile page must not stop the watch
            log.error(bug(error, entry=page.due.entry_id))  # noqa: TRY400 - frames only
            self._recall(now)
            tally = Tally(page.due.feed_id, status="failed", bugs=1)
            with self.store.transaction():
                tally.error = self.articles.failed(page.due, error, now).settlement.reason
        return tally

    def plan(self, now: datetime) -> None:
        """Spend the polls of the next hours anew, by what was learned of the feeds."""
        self._aftermath.plan(now)

    def tell_digest(self, now: datetime) -> None:
        """Queue the digest when its time has come; raises StoreError."""
        self._digests.tell_due(self._matcher.ruleset.rules, now)

    def tick(self, now: datetime) -> Tally:
        """What falls due by the clock alone: changes that were held, events that did not come; raises StoreError."""
        tally = Tally("")
        if self._over_time.due(now):
            with self.store.transaction():
                self._over_time.tick(tally, now)
                self._notices.tell(tally.touched, now)
        return tally

    def catch_up(self, now: datetime) -> None:
        """The clock was set back: what is due by the old time would wait until it has passed once more."""
        with self.store.transaction():
            self.store.feeds.set_back(now)
            self.store.articles.set_back(now)
            self.store.outbox.set_back(now)
            self.store.trackers.set_back(now)

    def settle(self, due: Delivery, failure: Failure | None, now: datetime) -> Settlement:
        """Record how a delivery went, and when it is tried again."""
        settlement = delivery.settle(due, failure, now, self._policy.give_up_after)
        self.store.outbox.settle(due.id, settlement, now)
        return settlement

    def _quiet(self, polled: Polled, now: datetime) -> Tally:
        try:
            return self._file(polled, now)
        except StoreError:
            raise
        except Exception as error:
            self._aftermath.recall()
            raise _Bug from error

    def _file(self, polled: Polled, now: datetime) -> Tally:
        tally, result = Tally(polled.due.id), polled.result
        if isinstance(result, Read):
            self._entries(result, polled.due, tally, now)
            self._notices.tell(tally.touched, now)
        self._aftermath.settle(polled, tally, now)
        return tally

    def _entries(self, result: Read, due: DueFeed, tally: Tally, now: datetime) -> None:
        self._index.forget_before(now - self._policy.story_window)
        entries = result.feed.entries
        identities = entry.identities(entries, result.feed.link)
        known = self._known(due, result.feed, identities)
        silent = not due.succeeded and self._has_baseline(due.id)
        tally.entries, tally.listed = result.listed, result.listed
        tally.known, tally.dates = len(known) + result.left_out, [one.published_at for one in entries]
        # Feeds list the newest first: filed from the end, entries come in the order they were published.
        for identity, one in reversed(list(zip(identities, entries, strict=True))):
            self._one_entry(identity, one, known, tally, now, silent=silent)

    def _known(self, due: DueFeed, feed: ParsedFeed, identities: list[str]) -> dict[str, Known]:
        """The entries of a document that are stored, by identity; those whose id changed are renamed."""
        known = self.store.entries.known(due.id, identities)
        unknown = {one: name for name, one in zip(identities, feed.entries, strict=True) if name not in known}
        pages = entry.pages(unknown, feed.link)
        if not (pages and due.succeeded):
            return known
        listed = {one.id for one in known.values()}
        stored = [one for one in self.store.entries.on_pages(due.id, list(pages)) if one.known.id not in listed]
        for key, one in pages.items():
            found = entry.same_page(one, (other for other in stored if other.link_key == key))
            if found is not None:
                self.store.entries.rename(found, unknown[one])
                known[unknown[one]] = found
        return known

    def _has_baseline(self, feed_id: str) -> bool:
        """Whether what a feed shows at its first poll is old news."""
        own = self._feeds[feed_id].baseline
        return not self._policy.recorded and (self._policy.baseline if own is None else own)

    def _one_entry(
        self, identity: str, one: ParsedEntry, known: dict[str, Known], tally: Tally, now: datetime, *, silent: bool
    ) -> None:
        """File an entry that says something new and follow it, or leave no trace of it: a bug hides no other entry."""
        digest = entry.fingerprint(one)
        novelty = entry.novelty(known.get(identity), digest)
        if novelty is Novelty.UNCHANGED:
            return
        own = Tally(tally.feed_id)
        try:
            with self.store.part():
                filed = self._entry(identity, one, digest, known.get(identity), own, now)
                if novelty is Novelty.NEW and not silent:
                    self.articles.queue(filed, now)
                self._follow(filed, own, now, silent=silent)
                own.mattered = int(novelty is Novelty.NEW and own.mattered > 0)
        except StoreError:
            raise
        except Exception as error:  # noqa: BLE001 - see above
            log.error(bug(error, feed=tally.feed_id, entry=identity[:80]))  # noqa: TRY400 - frames only
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
            tally.published.append(one.published_at)
            spoken = self._matcher.ruleset.vocabulary.spoken
            language = language_of(
                one.title, entry.body_of(one.summary, one.content), declared=feed.language, allowed=spoken
            )
            return self.store.entries.add(tally.feed_id, identity, digest, one, outlet, language, now)
        tally.revised += 1
        return self.store.entries.revise(known, digest, one, outlet, now)

    def _follow(self, one: Entry, tally: Tally, now: datetime, *, silent: bool) -> None:
        """Match first, then find the story: a merge decides how a match is told, never whether it is one."""
        document = entry.read(one.title, one.body, one.language, whole=self._matcher.reads_body)
        dated = one.published_at if one.published_at and one.published_at < now else now
        setting = Setting(today=now.date(), dated=dated.date(), link=one.link, feed=self._feeds[one.feed_id])
        survey = self._matcher.survey(document, setting)
        says = stance(document, survey.found, self._matcher.ruleset.vocabulary)
        filed = self._story(one, document.parts[1].text, says, now)
        origin = self._origin(one, filed.report, document, survey.found) if survey.matches else Origin()
        for match in survey.matches:
            seen = Sighting(
                match=match,
                entry=one,
                feed=self._feeds[one.feed_id],
                story_id=filed.story_id,
                origin=origin,
                stance=says,
                dated_at=dated,
                at=now,
                old_news=silent or self._repeats(match, one, says),
                reading=survey.reading,
            )
            self._decide(seen, tally)
        if one.revision > 1:
            self._over_time.revised(one, {match.rule_id for match in survey.matches}, tally, now)
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
            story_id = assignment.story_id or self.store.stories.open(entry.heading(one.title, one.body), now)
            opened_at = opened.get(story_id, now)
            self.store.stories.join(one.id, story_id, assignment, says, now)
        return Filed(one.id, story_id, now, report, opened_at)

    def _origin(self, one: Entry, report: Report, document: Document, found: Found) -> Origin:
        feed, vocabulary = self._feeds[one.feed_id], self._matcher.ruleset.vocabulary
        return origin_of(
            feed, report, outlet=one.outlet, author=one.author, document=document, found=found, vocabulary=vocabulary
        )

    def _repeats(self, match: Match, one: Entry, says: Stance) -> bool:
        """Whether the entry said the same already, and as firmly, when it was old news."""
        names = self._matcher.ruleset.rules[match.rule_id].names
        return alert.repeats(match.assertion, says, self.store.alerts.silenced(one.id, names))

    def _decide(self, seen: Sighting, tally: Tally) -> None:
        rule = self._matcher.ruleset.rules[seen.match.rule_id]
        decision = self._over_time.decision(rule, seen) or self._decision(rule, seen)
        alert_id = self._alert(rule, decision, seen)
        match_id = self.store.alerts.record(seen, decision, alert_id)
        tally.matches += 1
        tally.alerts += decision.outcome is Outcome.ALERTED
        tally.silenced += decision.reason is Reason.BASELINE
        tally.mattered += decision.outcome is not Outcome.DROPPED
        if alert_id is not None:
            tally.touched[alert_id] = rule
        self._over_time.heard(rule, seen, match_id, decision, alert_id, tally)

    def _decision(self, rule: Rule, seen: Sighting) -> Decision:
        """What becomes of a match by itself, given what was told and listed before."""
        policy, window = self._policy.alerts.by(rule.telling), seen.at - self._policy.story_window
        told_since = min(window, seen.at - policy.fold_within)
        return alert.decide(
            match=seen.match,
            entry_id=seen.entry.id,
            story_id=seen.story_id,
            stance=seen.stance,
            told=self.store.alerts.told(rule.names, told_since, seen.entry.id),
            listed=self.store.digests.listed(rule.names, window, seen.entry.id),
            policy=policy,
            now=seen.at,
            status=rule.status,
            old_news=seen.old_news,
        )

    def _alert(self, rule: Rule, decision: Decision, seen: Sighting) -> int | None:
        if decision.outcome is Outcome.ALERTED:
            title = entry.heading(seen.entry.title, seen.entry.body)
            return self.store.alerts.open(rule, seen.story_id, title, seen.at)
        return decision.alert_id

    def _recall(self, now: datetime) -> None:
        """What is kept in memory as the store has it: after a commit that was undone."""
        self._index = self._stories_of_the_window(now)
        self._aftermath.recall()

    def _stories_of_the_window(self, now: datetime) -> StoryIndex:
        index = StoryIndex()
        for filed in self.store.stories.since(now - self._policy.story_window):
            index.add(filed)
        return index
