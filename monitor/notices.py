"""Notices: what is said of an alert, drawn for every receiver when it is queued.

Part of the pipeline's writing half: works inside its transactions. Knows routes, receivers and the outbox; knows
nothing of feeds, of matching or of how a notice is sent.
"""

import json
from collections.abc import Iterable, Mapping
from datetime import datetime, timedelta
from typing import Any, Protocol

from monitor.core import entry, render
from monitor.core.delivery import Medium
from monitor.core.match import Evidence
from monitor.core.render import Excerpt, Notice
from monitor.core.route import Route, receivers_of
from monitor.core.rule import Ringing, Rule, Severity
from monitor.store import Store


class Target(Protocol):
    """A receiver, as far as queueing is concerned."""

    @property
    def name(self) -> str:
        """What the configuration calls it."""
        ...

    @property
    def medium(self) -> Medium:
        """How notices for it are drawn."""
        ...

    @property
    def recipients(self) -> tuple[str, ...]:
        """Whom it reaches; each has a delivery of its own."""
        ...


class Notices:
    """Draws and queues notices; `group_wait` lets reprints of the next seconds join one before it is sent."""

    def __init__(
        self, store: Store, *, targets: Mapping[str, Target], routes: Iterable[Route], group_wait: timedelta
    ) -> None:
        self._store = store
        self._targets = targets
        self._routes = tuple(routes)
        self._group_wait = group_wait

    def tell(self, touched: Mapping[int, Rule], now: datetime) -> None:
        """One notice for each alert that opened; one that nobody has been sent yet takes in further reports."""
        for alert_id, rule in sorted(touched.items()):
            if not self._store.outbox.of_alert(alert_id):
                self._open(alert_id, rule, now)
            elif (unsent := self._store.outbox.unsent_notice(alert_id)) is not None:
                notice = self._notice(alert_id)
                payloads = {medium.value: json.dumps(render.render(notice, medium)) for medium in Medium}
                self._store.outbox.redraw(unsent, payloads)

    def tell_blind(self, alert_id: int, rule: Ringing, kind: str, now: datetime, *, detail: str) -> None:
        """Say that a blind spot `opened` or `closed`; nobody waits for reprints of it."""
        row = self._alert(alert_id)
        notice = Notice(
            number=str(alert_id),
            reference=f"wirewatch.{self._store.id}.{alert_id}.{kind}",
            rule_id=row["rule_id"],
            rule_title=row["rule_title"],
            owner=row["owner"],
            severity=row["severity"],
            at=now,
            why=detail,
            words=(),
            excerpts=(),
            reports=(),
            notes=row["notes"],
            title=row["title"],
            closed=kind == "closed",
        )
        notice_id = self._store.outbox.add_notice(alert_id, kind, render.subject(notice), now)
        self._queue(notice_id, notice, self._targets_of(rule), now, now)

    def drill(self, target: Target, now: datetime) -> int:
        """Queue a marked test notice for one receiver; the number of the notice."""
        notice = Notice(
            number="drill",
            reference=f"wirewatch.{self._store.id}.drill.{int(now.timestamp() * 1_000_000)}",
            rule_id="drill",
            rule_title="wirewatch test notice",
            owner="you",
            severity=Severity.INFO.label,
            at=now,
            why=f"somebody ran: wirewatch send-test {target.name}",
            words=(),
            excerpts=(Excerpt(text="If you can read this, alerts reach you here. Nothing has happened.", spans=()),),
            reports=(),
            drill=True,
        )
        with self._store.transaction():
            notice_id = self._store.outbox.add_notice(None, "drill", render.subject(notice), now)
            self._queue(notice_id, notice, (target,), now, now)
        return notice_id

    def _open(self, alert_id: int, rule: Rule, now: datetime) -> None:
        notice = self._notice(alert_id)
        wait = timedelta() if rule.severity is Severity.CRITICAL else self._group_wait
        notice_id = self._store.outbox.add_notice(alert_id, "opened", render.subject(notice), now)
        self._queue(notice_id, notice, self._targets_of(rule), now, now + wait)

    def _targets_of(self, rule: Ringing) -> list[Target]:
        return [self._targets[name] for name in receivers_of(rule, self._routes)]

    def _queue(
        self, notice_id: int, notice: Notice, targets: Iterable[Target], now: datetime, due_at: datetime
    ) -> None:
        for target in targets:
            payload = json.dumps(render.render(notice, target.medium))
            for recipient in target.recipients:
                self._store.outbox.queue(
                    notice_id, receiver=target.name, recipient=recipient, medium=target.medium.value,
                    payload=payload, now=now, due_at=due_at,
                )  # fmt: skip

    def _notice(self, alert_id: int) -> Notice:
        """The notice of an alert as the store has it now."""
        row = self._alert(alert_id)
        first = self._store.alerts.first_match(alert_id)
        rang = self._store.entries.get(first["entry_id"])
        document = entry.read(rang.title, rang.body, rang.language)
        return Notice(
            number=str(alert_id),
            reference=f"wirewatch.{self._store.id}.{alert_id}.opened",
            rule_id=row["rule_id"],
            rule_title=row["rule_title"],
            owner=row["owner"],
            severity=row["severity"],
            at=datetime.fromisoformat(row["opened_at"]),
            why=": ".join(part for part in (first["reason"], first["detail"]) if part),
            words=tuple(evidence.text for evidence in first["evidence"]),
            excerpts=tuple(_excerpt(part.name, part.text, first["evidence"]) for part in document.parts),
            reports=tuple(self._store.alerts.reports(alert_id)),
            notes=row["notes"],
        )

    def _alert(self, alert_id: int) -> dict[str, Any]:
        row = self._store.alerts.get(alert_id)
        if row is None:
            raise LookupError(f"there is no alert {alert_id}")
        return row


def _excerpt(name: str, text: str, evidence: Iterable[Evidence]) -> Excerpt:
    """The words that matched, as long as a revision has not moved them since."""
    spans = tuple(
        (one.start, one.end) for one in evidence if one.part == name and text[one.start : one.end] == one.text
    )
    return Excerpt(text=text, spans=spans)
