"""What every notifier owes the outbox: how a delivery ended, said exactly, and without the secret."""

import base64
import io
import logging
import socket
import ssl
import traceback
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager, suppress
from dataclasses import dataclass
from datetime import timedelta
from enum import StrEnum
from functools import partial

import pytest

from monitor.core.delivery import Medium
from monitor.errors import DeliveryError
from monitor.notify import Notifier
from monitor.notify.slack import SlackBotNotifier, SlackWebhookNotifier
from monitor.notify.smtp import MailNotifier, Server
from monitor.notify.terminal import TerminalNotifier
from monitor.secret import secrets_from
from tests.support.http import Answer
from tests.support.mailbox import PASSWORD, USER
from tests.support.notice import delivery, payload
from tests.support.slack import TOKEN, WEBHOOK, slack_server
from tests.support.smtp import HANG_UP, SILENCE, smtp_script

CONTEXT = ssl.create_default_context()
TIMEOUT = timedelta(seconds=1)
JSON = {"Content-Type": "application/json"}


class Fault(StrEnum):
    """How a receiver can behave."""

    NONE = "none"
    FINAL = "the notice is refused"
    RECEIVER = "the secret is not valid"
    PASSING = "not now"
    BUSY = "too many"
    BROKEN = "the receiver is broken"
    REFUSED = "nobody listens"
    SILENT = "nothing is said after the notice was read"
    HANGS_UP = "the line is cut after the notice was read"


@dataclass(frozen=True, kw_only=True)
class Bench:
    """A notifier before a receiver; `received` counts the notices that reached it whole.

    The secret is looked up in `environment`, under DESK.
    """

    notifier: Notifier
    medium: Medium
    received: Callable[[], int]
    environment: dict[str, str]


WEBHOOK_ANSWERS = {
    Fault.FINAL: Answer(status=400, body=b"invalid_payload"),
    Fault.RECEIVER: Answer(status=403, body=b"invalid_token"),
    Fault.PASSING: Answer(status=503, body=b"service_unavailable"),
    Fault.BUSY: Answer(status=429, headers={"Retry-After": "30"}),
    Fault.BROKEN: Answer(status=500, body=b"<html>broken</html>"),
    Fault.SILENT: Answer(silent=True),
    Fault.HANGS_UP: Answer(hang_up=True),
}
BOT_ANSWERS = {
    **WEBHOOK_ANSWERS,
    Fault.FINAL: Answer(body=b'{"ok": false, "error": "invalid_blocks"}', headers=JSON),
    Fault.RECEIVER: Answer(body=b'{"ok": false, "error": "invalid_auth"}', headers=JSON),
    Fault.PASSING: Answer(body=b'{"ok": false, "error": "service_unavailable"}', headers=JSON),
    Fault.BUSY: Answer(
        status=429, body=b'{"ok": false, "error": "ratelimited"}', headers={**JSON, "Retry-After": "30"}
    ),
}
MAIL_REPLIES = {
    Fault.FINAL: {"RCPT": "550 5.1.1 nobody here"},
    Fault.RECEIVER: {"AUTH": "535 5.7.8 wrong"},
    Fault.PASSING: {"RCPT": "451 4.7.1 greylisted"},
    Fault.BUSY: {"MAIL": "421 4.7.0 too many mails"},
    Fault.BROKEN: {"greeting": "554 out of order"},
    Fault.SILENT: {"dot": SILENCE},
    Fault.HANGS_UP: {"dot": HANG_UP},
}


@contextmanager
def webhook(fault: Fault) -> Iterator[Bench]:
    with slack_server() as slack:
        assert slack.server is not None
        slack.script += [WEBHOOK_ANSWERS[fault]] if fault in WEBHOOK_ANSWERS else []
        address = f"http://127.0.0.1:{closed_port()}{WEBHOOK}" if fault is Fault.REFUSED else slack.webhook
        environment, requests = {"DESK": address}, slack.server.requests
        notifier = SlackWebhookNotifier(
            partial(secrets_from(environment, None).get, "desk"), timeout=TIMEOUT, context=CONTEXT
        )
        yield Bench(notifier=notifier, medium=Medium.SLACK, received=lambda: len(requests), environment=environment)


@contextmanager
def bot(fault: Fault) -> Iterator[Bench]:
    with slack_server() as slack:
        assert slack.server is not None
        slack.script += [BOT_ANSWERS[fault]] if fault in BOT_ANSWERS else []
        url = f"http://127.0.0.1:{closed_port()}/api/" if fault is Fault.REFUSED else slack.api_url
        environment, requests = {"DESK": TOKEN}, slack.server.requests
        notifier = SlackBotNotifier(
            partial(secrets_from(environment, None).get, "desk"), api_url=url, timeout=TIMEOUT, context=CONTEXT
        )
        yield Bench(notifier=notifier, medium=Medium.SLACK, received=lambda: len(requests), environment=environment)


@contextmanager
def mail(fault: Fault) -> Iterator[Bench]:
    with smtp_script(**MAIL_REPLIES.get(fault, {})) as script:
        server = Server(
            host="127.0.0.1",
            port=closed_port() if fault is Fault.REFUSED else script.port,
            security="none",
            username=USER,
            sender="wirewatch@example.org",
            timeout=TIMEOUT,
        )
        environment = {"DESK": PASSWORD}
        notifier = MailNotifier(server, password=partial(secrets_from(environment, None).get, "desk"), context=CONTEXT)
        yield Bench(notifier=notifier, medium=Medium.EMAIL, received=lambda: len(script.texts), environment=environment)


@contextmanager
def terminal(_fault: Fault) -> Iterator[Bench]:
    screen = io.StringIO()
    yield Bench(
        notifier=TerminalNotifier(screen),
        medium=Medium.TERMINAL,
        received=lambda: screen.getvalue().count("[high] Turkey-Russia joint patrol"),
        environment={},
    )


def closed_port() -> int:
    with socket.socket() as one:
        one.bind(("127.0.0.1", 0))
        return int(one.getsockname()[1])


def send(bench: Bench) -> None:
    bench.notifier.send(delivery(), payload(bench.medium))


def failure(bench: Bench) -> DeliveryError:
    with pytest.raises(DeliveryError) as caught:
        send(bench)
    return caught.value


Receiver = Callable[[Fault], AbstractContextManager[Bench]]

remote = pytest.mark.parametrize("receiver", [webhook, bot, mail])


@pytest.mark.parametrize("receiver", [webhook, bot, mail, terminal])
def test_a_notice_that_is_taken_has_arrived_once(receiver: Receiver) -> None:
    with receiver(Fault.NONE) as bench:
        send(bench)
        assert bench.received() == 1


@remote
def test_a_notice_that_is_refused_is_not_tried_again(receiver: Receiver) -> None:
    with receiver(Fault.FINAL) as bench:
        error = failure(bench)
    assert not error.temporary
    assert not error.ambiguous


@remote
@pytest.mark.parametrize("fault", [Fault.RECEIVER, Fault.PASSING, Fault.BUSY, Fault.BROKEN])
def test_trouble_of_the_receiver_is_waited_out(receiver: Receiver, fault: Fault) -> None:
    with receiver(fault) as bench:
        error = failure(bench)
    assert error.temporary
    assert not error.ambiguous


@pytest.mark.parametrize("receiver", [webhook, bot])
def test_a_receiver_that_is_busy_says_when_to_come_back(receiver: Receiver) -> None:
    with receiver(Fault.BUSY) as bench:
        assert failure(bench).retry_after == timedelta(seconds=30)


@remote
def test_where_nobody_listens_nothing_can_have_arrived(receiver: Receiver) -> None:
    with receiver(Fault.REFUSED) as bench:
        error = failure(bench)
        assert bench.received() == 0
    assert error.temporary
    assert not error.ambiguous


@remote
@pytest.mark.parametrize("fault", [Fault.SILENT, Fault.HANGS_UP])
def test_a_notice_that_was_read_and_not_answered_may_have_arrived(receiver: Receiver, fault: Fault) -> None:
    with receiver(fault) as bench:
        error = failure(bench)
        assert bench.received() == 1
    assert error.temporary
    assert error.ambiguous


@remote
@pytest.mark.parametrize("fault", [fault for fault in Fault if fault is not Fault.NONE])
def test_a_failure_keeps_the_secret(receiver: Receiver, fault: Fault, overheard: "Overheard") -> None:
    with receiver(fault) as bench:
        assert_untold(overheard(failure(bench)))


@pytest.mark.parametrize("receiver", [webhook, bot])
@pytest.mark.parametrize("fault", [Fault.NONE, Fault.FINAL, Fault.REFUSED, Fault.HANGS_UP])
def test_slack_sdk_writes_nothing_into_the_log(
    receiver: Receiver, fault: Fault, overheard: "Overheard", caplog: pytest.LogCaptureFixture
) -> None:
    with receiver(fault) as bench, suppress(DeliveryError):
        send(bench)
    assert "slack_sdk" not in overheard(None)
    assert caplog.records == []


@pytest.mark.parametrize("receiver", [webhook, bot, mail])
def test_a_delivery_keeps_the_secret(receiver: Receiver, overheard: "Overheard") -> None:
    with receiver(Fault.NONE) as bench:
        send(bench)
    assert_untold(overheard(None))


@pytest.mark.parametrize(
    ("receiver", "written"),
    [
        (webhook, "https://hooks.slack.com/services/T0/B0/s3cr3tw3bh00k and more"),
        (webhook, "https://hooks.slack.com/services/T0/B0/s3cr3tw3bh00k\nhttps://hooks.slack.com/services/T0/B0/other"),
        (webhook, "https://hooks.slack.com/services/T0/B0/s3cr3tw3bh00k\u2019"),
        (webhook, "https://127.0.0.1:s3cr3tw3bh00k/services"),
        (webhook, "https://[s3cr3tw3bh00k/services"),
        (webhook, "hooks.slack.com/services/T0/B0/s3cr3tw3bh00k"),
        (webhook, "file:///etc/s3cr3tw3bh00k"),
        (bot, "xoxb-s3cr3t-t0k3n\nX-Another: header"),
        (bot, "xoxb-s3cr3t-t0k3n \u2019"),
        (bot, "xoxb-s3cr3t-t0k3n\x00"),
        (bot, "xoxb-s3cr3t-t0k3n xoxb-another"),
        (mail, f"{PASSWORD}é"),
    ],
)
def test_a_secret_that_cannot_be_used_is_waited_for_and_kept(
    receiver: Receiver, written: str, overheard: "Overheard"
) -> None:
    with receiver(Fault.NONE) as bench:
        bench.environment["DESK"] = written
        error = failure(bench)
        assert bench.received() == 0
    assert error.temporary
    assert_untold(overheard(error))


@remote
def test_a_secret_that_is_not_there_is_named_and_waited_for(receiver: Receiver) -> None:
    with receiver(Fault.NONE) as bench:
        secret = bench.environment.pop("DESK")
        error = failure(bench)
        bench.environment["DESK"] = secret
        send(bench)
        assert bench.received() == 1
    assert error.temporary
    assert not error.ambiguous
    assert "secret 'desk' is missing; set DESK" in str(error)


Overheard = Callable[[DeliveryError | None], str]

SECRETS = ("s3cr3tw3bh00k", "s3cr3t-t0k3n", PASSWORD)
CODED = (f"\0{USER}\0{PASSWORD}", PASSWORD)


def assert_untold(text: str) -> None:
    told = [secret for secret in SECRETS if secret in text]
    told += [secret for secret in CODED if base64.b64encode(secret.encode()).decode().rstrip("=") in text]
    assert told == [], text


@pytest.fixture(name="overheard")
def _overheard(caplog: pytest.LogCaptureFixture, capfd: pytest.CaptureFixture[str]) -> Overheard:
    """Everything that a log at DEBUG, the terminal and a printed error show."""
    for name in ("", "slack_sdk", "urllib3", "wirewatch"):
        caplog.set_level(logging.DEBUG, logger=name or None)

    def everything(error: DeliveryError | None) -> str:
        shown = [str(error), repr(error), *traceback.format_exception(error)] if error else []
        return "\n".join([*shown, caplog.text, *capfd.readouterr()])

    return everything
