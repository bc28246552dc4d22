"""Digests: when they go out, and what each receiver is told.

Part of the pipeline's writing half. Knows the timetable, routes, receivers and the outbox; knows nothing of matching,
or of how a notice is sent. All of a digest is one transaction: its lines are told by it, or wait for the next.
"""

import json
import logging
from collections.abc import Iterable, Mapping
from datetime import UTC, datetime

from monitor.core import digest
from monitor.core.digest import Digest, DigestLine
from monitor.core.route import Route, receivers_of
from monitor.core.rule import Rule
from monitor.core.timetable import Timetable
from monitor.log import LOGGER, line
from monitor.notices import Target
from monitor.store import Store
from monitor.tracking import waits_besides

log = logging.getLogger(LOGGER)

_HEEDED = "digest_heeded"


def waiting(store: Store, rules: Iterable[Rule], now: datetime) -> list[DigestLine]:
    """Every line that the next digest tells, as it stands now."""
    return [*store.digests.waiting(), *store.digests.also(waits_besides(store, rules, now))]


class Digests:
    """Draws and queues digests; for one thread.

    A line goes to the receivers that its rule names, else to those of all digests, else where alerts of the rule go.
    """

    def __init__(
        self,
        store: Store,
        *,
        targets: Mapping[str, Target],
        routes: Iterable[Route],
        receivers: tuple[str, ...],
        timetable: Timetable,
    ) -> None:
        self._store = store
        self._targets = targets
        self._routes = tuple(routes)
        self._receivers = receivers
        self._timetable = timetable

    def next_at(self, now: datetime) -> datetime:
        """When the next digest goes out; in the past where nobody was there to send it."""
        return self._timetable.next_after(self._heeded() or now)

    def tell_due(self, rules: Mapping[str, Rule], now: datetime) -> None:
        """Queue a digest where one was due since the last time; one, however many were missed."""
        heeded = self._heeded()
        # A clock that was set back must not keep the digest waiting until the old time has come again.
        if heeded is None or heeded > now:
            self._heed(now)
        elif self._timetable.next_after(heeded) <= now:
            with self._store.transaction():
                self.tell(rules, now)
                self._heed(now)

    def tell(self, rules: Mapping[str, Rule], now: datetime) -> int | None:
        """Queue a digest of all that waits, in one commit; the number of the notice, None where nothing waits."""
        with self._store.transaction():
            besides = waits_besides(self._store, rules.values(), now)
            lines = [*self._store.digests.waiting(), *self._store.digests.also(besides)]
            if not lines:
                return None
            known = {**{old: rule for rule in rules.values() for old in rule.formerly}, **rules}
            titles = {name: rule.title for name, rule in known.items()}
            subject = digest.subject(digest.sections(lines, titles))
            notice_id = self._store.outbox.add_notice(None, "digest", subject, now)
            for name, own in self._by_receiver(lines, known).items():
                self._queue(notice_id, self._targets[name], own, titles, now)
            self._store.digests.told(notice_id, besides)
        log.info(line("digest", notice=notice_id, lines=len(lines)))
        return notice_id

    def _queue(
        self, notice_id: int, target: Target, lines: Iterable[DigestLine], titles: Mapping[str, str], now: datetime
    ) -> None:
        drawn = Digest(
            number=str(notice_id),
            reference=f"wirewatch.{self._store.id}.digest.{notice_id}.{target.name}",
            at=now,
            sections=digest.sections(lines, titles),
        )
        payload = json.dumps(digest.draw(drawn, target.medium))
        for recipient in target.recipients:
            self._store.outbox.queue(
                notice_id, receiver=target.name, recipient=recipient, medium=target.medium.value, payload=payload,
                now=now, due_at=now,
            )  # fmt: skip

    def _by_receiver(self, lines: Iterable[DigestLine], rules: Mapping[str, Rule]) -> dict[str, list[DigestLine]]:
        found: dict[str, list[DigestLine]] = {}
        for one in lines:
            for name in self._receivers_of(rules.get(one.rule_id)):
                found.setdefault(name, []).append(one)
        return found

    def _receivers_of(self, rule: Rule | None) -> tuple[str, ...]:
        """A rule that left the desk before its lines were told is anybody's."""
        if rule is None:
            return self._receivers or tuple(self._targets)
        return rule.telling.receivers or self._receivers or receivers_of(rule, self._routes)

    def _heeded(self) -> datetime | None:
        """The last time of the timetable that was heeded, whether there was something to tell or not."""
        stored = self._store.facts.get(_HEEDED)
        return datetime.fromisoformat(stored) if stored else None

    def _heed(self, now: datetime) -> None:
        self._store.facts.put(_HEEDED, now.astimezone(UTC).isoformat())
