"""Notices: what is said of an alert, drawn for every receiver when it is queued.

Part of the pipeline's writing half: works inside its transactions. Knows routes, receivers and the outbox; knows
nothing of feeds, of matching or of how a notice is sent.
"""

import json
from collections.abc import Iterable, Mapping
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any, Protocol

from monitor.core import entry, render
from monitor.core.delivery import Medium
from monitor.core.match import Evidence
from monitor.core.render import Excerpt, Notice
from monitor.core.route import Route, receivers_of
from monitor.core.rule import Ringing, as_grave
from monitor.core.severity import Severity
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

    def tell(self, touched: Mapping[int, Ringing], now: datetime) -> None:
        """One notice for each alert that opened; one that nobody has been sent yet takes in further reports.

        After that, what was added to an alert is told by a notice of its own: updates, and what made it graver. Routes
        go by how grave the alert is by now.
        """
        for alert_id, rule in sorted(touched.items()):
            ringing = as_grave(rule, Severity[self._alert(alert_id)["severity"].upper()])
            new = [row for row in self._store.updates.of(alert_id) if row["notice_id"] is None]
            if not self._store.outbox.of_alert(alert_id):
                notice_id = self._open(alert_id, ringing, now)
            elif (unsent := self._store.outbox.unsent_notice(alert_id)) is not None:
                notice_id = self._redraw(unsent, alert_id, ringing, now, graver=bool(new))
            elif new:
                notice_id = self._add(alert_id, ringing, new, now)
            else:
                continue
            self._store.updates.told([row["id"] for row in new], notice_id)

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

    def _open(self, alert_id: int, rule: Ringing, now: datetime) -> int:
        notice = self._notice(alert_id)
        notice_id = self._store.outbox.add_notice(alert_id, "opened", render.subject(notice), now)
        self._queue(notice_id, notice, self._targets_of(rule), now, now + self._wait(rule))
        return notice_id

    def _redraw(self, notice_id: int, alert_id: int, rule: Ringing, now: datetime, *, graver: bool) -> int:
        """As the alert is by now; of one that may be graver, those hear, too, who hear of nothing less."""
        notice, due_at = self._notice(alert_id), now + self._wait(rule)
        payloads = {medium.value: json.dumps(render.render(notice, medium)) for medium in Medium}
        self._store.outbox.redraw(notice_id, render.subject(notice), payloads, due_at)
        if graver:
            self._queue(notice_id, notice, self._targets_of(rule), now, due_at)
        return notice_id

    def _add(self, alert_id: int, rule: Ringing, new: list[dict[str, Any]], now: datetime) -> int:
        """Tell what was added to an alert that was told."""
        kind = "escalation" if any(row["kind"] == "escalation" for row in new) else "update"
        notice = replace(
            self._notice(alert_id),
            reference=f"wirewatch.{self._store.id}.{alert_id}.{kind}.{new[0]['id']}",
            at=now,
            label=", ".join(dict.fromkeys(row["name"] for row in new)),
            why="; ".join(row["detail"] for row in new),
            updates=(),
        )
        notice_id = self._store.outbox.add_notice(alert_id, kind, render.subject(notice), now)
        self._queue(notice_id, notice, self._targets_of(rule), now, now + self._wait(rule))
        return notice_id

    def _wait(self, rule: Ringing) -> timedelta:
        """Nobody waits for reprints of what is critical."""
        return timedelta() if rule.severity is Severity.CRITICAL else self._group_wait

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
            label=row["label"],
            why=row["detail"] or ": ".join(part for part in (first["reason"], first["detail"]) if part),
            # What its first report brought is why it rang.
            updates=tuple(
                f"{one['name']}: {one['detail']}"
                for one in self._store.updates.of(alert_id)
                if one["match_id"] != first["id"]
            ),
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
