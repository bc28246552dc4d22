"""How a mail server's answers are taken, and what a mail says on the wire."""

import socket
import ssl
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta

import pytest

from monitor.core.delivery import Medium
from monitor.errors import DeliveryError
from monitor.notify.smtp import MailNotifier, Server
from monitor.secret import Secret
from tests.support.mailbox import PASSWORD, USER, Mailbox, mailbox
from tests.support.notice import AT, delivery, payload
from tests.support.smtp import HANG_UP, SILENCE, smtp_script
from tests.support.tls import Tls

CONTEXT = ssl.create_default_context()


def notifier(
    port: int,
    *,
    security: str = "none",
    context: ssl.SSLContext = CONTEXT,
    password: str = "",
    timeout: timedelta = timedelta(seconds=5),
) -> MailNotifier:
    server = Server(
        host="127.0.0.1",
        port=port,
        security=security,
        username=USER if password else "",
        sender="wirewatch@example.org",
        timeout=timeout,
    )
    return MailNotifier(server, password=(lambda: Secret(password)) if password else None, context=context)


def send(one: MailNotifier, recipient: str = "desk@example.org", **changed: str) -> None:
    one.send(delivery(recipient), payload(Medium.EMAIL, **changed))


def failure(one: MailNotifier) -> DeliveryError:
    with pytest.raises(DeliveryError) as caught:
        send(one)
    return caught.value


def patience(answer: str) -> timedelta:
    """Short where a test waits for it to run out."""
    return timedelta(seconds=1 if answer == SILENCE else 10)


def kind(error: DeliveryError) -> str:
    assert error.temporary or not error.ambiguous
    return ("ambiguous" if error.ambiguous else "temporary") if error.temporary else "final"


def test_each_recipient_has_an_envelope_of_its_own(mails: Mailbox) -> None:
    send(notifier(mails.port), "one@example.org")
    send(notifier(mails.port), "two@example.org")
    assert mails.envelopes == [["one@example.org"], ["two@example.org"]]
    assert [mail["To"] for mail in mails.mails] == ["one@example.org", "two@example.org"]


def test_the_message_id_is_the_same_at_every_try(mails: Mailbox) -> None:
    one = notifier(mails.port)
    one.send(delivery(number=1, attempts=1), payload(Medium.EMAIL))
    one.send(delivery(number=1, attempts=2), payload(Medium.EMAIL))
    assert [mail["Message-ID"] for mail in mails.mails] == ["<wirewatch.0123456789abcdef.7.opened@example.org>"] * 2


def test_a_mail_says_when_what_and_that_a_program_wrote_it(mails: Mailbox) -> None:
    send(notifier(mails.port))
    (mail,) = mails.mails
    assert mail["Date"].datetime == AT
    assert mail["From"] == "wirewatch@example.org"
    assert mail["Auto-Submitted"] == "auto-generated"
    assert mail["X-Auto-Response-Suppress"] == "All"
    assert mail["List-Id"] == "<joint-patrol.wirewatch.example.org>"
    # CPython begins a new line for a subject of 70 to 77 characters, and reads its fold back as a space.
    assert mail["Subject"].strip() == "[high] Turkey-Russia joint patrol: Turkey and Russia resume joint patrols"
    assert mail.get_content().splitlines() == payload(Medium.EMAIL)["body"].splitlines()


def test_starttls_with_a_certificate_that_is_not_trusted_is_refused(tls: Tls) -> None:
    with mailbox(starttls=tls.serving) as mails:
        error = failure(notifier(mails.port, security="starttls", password=PASSWORD))
        assert mails.mails == []
    assert kind(error) == "temporary"
    assert str(error) == f"mail: 127.0.0.1:{mails.port}: its certificate is not trusted"


def test_starttls_with_a_certificate_that_is_trusted_takes_the_password_and_the_mail(tls: Tls) -> None:
    with mailbox(starttls=tls.serving) as mails:
        send(notifier(mails.port, security="starttls", context=tls.trusting, password=PASSWORD))
        assert mails.envelopes == [["desk@example.org"]]


def test_tls_from_the_first_byte_takes_the_password_and_the_mail(tls: Tls) -> None:
    with mailbox(tls.serving) as mails:
        send(notifier(mails.port, security="tls", context=tls.trusting, password=PASSWORD))
        assert mails.envelopes == [["desk@example.org"]]


def test_tls_from_the_first_byte_with_a_certificate_that_is_not_trusted_is_refused(tls: Tls) -> None:
    with mailbox(tls.serving) as mails:
        error = failure(notifier(mails.port, security="tls", password=PASSWORD))
        assert mails.mails == []
    assert kind(error) == "temporary"
    assert "its certificate is not trusted" in str(error)


@pytest.mark.parametrize("security", ["starttls", "tls"])
def test_a_wrong_password_waits_for_a_person(tls: Tls, security: str) -> None:
    with mailbox(tls.serving) if security == "tls" else mailbox(starttls=tls.serving) as mails:
        error = failure(notifier(mails.port, security=security, context=tls.trusting, password="a wrong one"))
        assert mails.mails == []
    assert kind(error) == "temporary"
    assert str(error) == "mail: the server refused the log-in (535); check username and password"


def test_a_server_that_wants_a_log_in_waits_for_a_person(tls: Tls) -> None:
    with mailbox(starttls=tls.serving) as mails:
        error = failure(notifier(mails.port, security="starttls", context=tls.trusting))
        assert mails.mails == []
    assert kind(error) == "temporary"
    assert "530" in str(error)


def test_a_server_without_starttls_gets_neither_password_nor_mail() -> None:
    with smtp_script(EHLO="250-ready\r\n250 AUTH PLAIN") as script:
        error = failure(notifier(script.port, security="starttls", password=PASSWORD))
        assert set(script.verbs) <= {"EHLO", "QUIT"}
    assert kind(error) == "temporary"
    assert "STARTTLS" in str(error)


@pytest.mark.parametrize("ehlo", ["250 ready", "250-ready\r\n250 AUTH GSSAPI"])
def test_a_server_without_a_way_to_log_in_waits_for_a_person(ehlo: str) -> None:
    with smtp_script(EHLO=ehlo) as script:
        error = failure(notifier(script.port, password=PASSWORD))
        assert script.texts == []
    assert kind(error) == "temporary"
    assert "the server lacks what is asked of it" in str(error)


def test_tls_towards_a_server_that_speaks_plainly_says_what_to_check(mails: Mailbox) -> None:
    error = failure(notifier(mails.port, security="tls"))
    assert kind(error) == "temporary"
    assert "check 'security' and 'port'" in str(error)


@pytest.mark.parametrize(
    ("answer", "expected"),
    [
        ("550 5.1.1 nobody here", "final"),
        ("554 5.7.1 relaying denied", "final"),
        ("451 4.7.1 greylisted", "temporary"),
        ("421 4.3.2 going down", "temporary"),
    ],
)
def test_a_recipient_that_is_refused(mails: Mailbox, answer: str, expected: str) -> None:
    mails.answers["RCPT"] = answer
    error = failure(notifier(mails.port))
    assert kind(error) == expected
    assert str(error) == f"mail: the server answered {answer}"


@pytest.mark.parametrize(
    ("answer", "expected"),
    [
        ("452 4.3.1 disk full", "temporary"),
        ("554 5.6.0 looks like spam", "final"),
        ("421 4.3.0 going down", "temporary"),
    ],
)
def test_a_text_that_is_refused(mails: Mailbox, answer: str, expected: str) -> None:
    mails.answers["DATA"] = answer
    error = failure(notifier(mails.port))
    assert kind(error) == expected
    assert str(error) == f"mail: the server answered {answer}"


@pytest.mark.parametrize(
    ("step", "answer", "expected"),
    [
        ("greeting", "421 too busy", "temporary"),
        ("greeting", "554 no service", "temporary"),
        ("greeting", HANG_UP, "temporary"),
        ("greeting", "HTTP/1.1 400 Bad Request", "temporary"),
        ("EHLO", HANG_UP, "temporary"),
        ("AUTH", "454 4.7.0 try later", "temporary"),
        ("AUTH", HANG_UP, "temporary"),
        ("MAIL", "421 too many", "temporary"),
        ("MAIL", "451 try later", "temporary"),
        ("MAIL", "550 5.7.1 this user may not use that address", "temporary"),
        ("RCPT", "421 going down", "temporary"),
        ("DATA", "451 try later", "temporary"),
        ("DATA", "554 no valid recipients", "final"),
        ("dot", "421 going down", "temporary"),
        ("dot", HANG_UP, "ambiguous"),
        ("dot", SILENCE, "ambiguous"),
    ],
)
def test_each_step_can_fail_and_is_taken_for_what_it_is(step: str, answer: str, expected: str) -> None:
    with smtp_script(**{step: answer}) as script:
        error = failure(notifier(script.port, password=PASSWORD, timeout=patience(answer)))
    assert kind(error) == expected


def test_a_server_that_cuts_the_line_with_a_reset_after_the_dot_is_ambiguous() -> None:
    with resetting_server() as port:
        assert kind(failure(notifier(port))) == "ambiguous"


@pytest.mark.parametrize("answer", ["500 what?", "421 going down", HANG_UP, SILENCE])
def test_a_server_that_grumbles_at_the_end_has_the_mail_and_gets_no_second(answer: str) -> None:
    with smtp_script(QUIT=answer) as script:
        send(notifier(script.port, timeout=patience(answer)))
        assert len(script.texts) == 1


def test_what_a_server_says_is_cut_and_cannot_forge_a_log_line() -> None:
    with smtp_script(RCPT=f"550-first\r\n550 \x1b[2J\u2028sent delivery=1 {'x' * 400}") as script:
        message = str(failure(notifier(script.port)))
    assert message.startswith("mail: the server answered 550 first [2J sent delivery=1 xxx")
    assert message.isprintable()
    assert len(message) < 200


@contextmanager
def resetting_server() -> Iterator[int]:
    """Takes one mail whole and answers its last line with a TCP reset."""
    with socket.create_server(("127.0.0.1", 0)) as listening:
        thread = threading.Thread(target=_take_and_reset, args=(listening,), daemon=True)
        thread.start()
        yield listening.getsockname()[1]
        thread.join(10)


def _take_and_reset(listening: socket.socket) -> None:
    connection, _ = listening.accept()
    with connection, connection.makefile("rb") as lines:
        connection.sendall(b"220 ready\r\n")
        for line in lines:
            if line == b".\r\n":
                connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, b"\1\0\0\0\0\0\0\0")
                return
            if line[:4].upper() in {b"EHLO", b"MAIL", b"RCPT"}:
                connection.sendall(b"250 go on\r\n")
            elif line[:4].upper() == b"DATA":
                connection.sendall(b"354 go on\r\n")
