"""What a hostile title or body becomes on the way through a mail server: text, and never a header."""

import ssl
from datetime import timedelta
from email import message_from_bytes, policy
from email.message import EmailMessage

import pytest
from hypothesis import given
from hypothesis import strategies as st

from monitor.core.delivery import Medium
from monitor.errors import DeliveryError
from monitor.notify.smtp import HEADERS, MailNotifier, Server, _assert_headers, compose
from tests.support.mailbox import Mailbox
from tests.support.notice import delivery, payload
from tests.support.smtp import smtp_script

OURS = sorted([*HEADERS, "Content-Type", "Content-Transfer-Encoding", "MIME-Version"])
ANY_TEXT = st.text(st.characters(exclude_categories=()), max_size=200)
ENCODED_WORD = "=?utf-8?q?a=0D=0ABcc:_evil=40x.org?="


def send(port: int, **changed: str) -> None:
    server = Server(
        host="127.0.0.1",
        port=port,
        security="none",
        username="",
        sender="wirewatch@example.org",
        timeout=timedelta(seconds=5),
    )
    notifier = MailNotifier(server, password=None, context=ssl.create_default_context())
    notifier.send(delivery(), payload(Medium.EMAIL, **changed))


@pytest.mark.parametrize(
    ("title", "arrives"),
    [
        ("Patrols resume\r\nBcc: evil@x.org\r\n\r\nbody", "Patrols resume Bcc: evil@x.org body"),
        ("Patrols\rresume\nX-Evil: yes", "Patrols resume X-Evil: yes"),
        ("Patrols\x0bresume", "Patrols resume"),
        ("Patrols\x0c\x1c\x1d\x1e\x85resume", "Patrols resume"),
        ("Patrols\u2028resume\u2029again", "Patrols resume again"),
        ("Patrols\x00resume\x1b[2J\x07", "Patrols resume [2J"),
        (ENCODED_WORD, "= ?utf-8?q?a=0D=0ABcc:_evil=40x.org?="),
        ("=\x00?utf-8?b?QmNjOiBldmls?=", "= ?utf-8?b?QmNjOiBldmls?="),
        ("x" * 10_000, "x" * 10_000),
        ("дозор " * 1_666 + "дозор", "дозор " * 1_666 + "дозор"),
        ("עברית \u202eالدورية\u202c المشتركة", "עברית الدورية المشتركة"),
        ("lone \ud83d surrogates \udfff", "lone surrogates"),
        ("🚨 عاجل 🇹🇷🇷🇺 👩‍🚒", "🚨 عاجل 🇹🇷🇷🇺 👩‍🚒"),
        ("گشت‌های مشترک از سر گرفته می‌شود", "گشت‌های مشترک از سر گرفته می‌شود"),
        ('"quoted" <angle@x.org>, (comment); \\', '"quoted" <angle@x.org>, (comment); \\'),
        ("", ""),
    ],
)
def test_a_title_arrives_as_text_with_our_headers_and_no_other(mails: Mailbox, title: str, arrives: str) -> None:
    send(mails.port, subject=title)
    (mail,) = mails.mails
    assert sorted(mail.keys()) == OURS
    assert mail["Subject"] == arrives
    assert mails.envelopes == [["desk@example.org"]]


@pytest.mark.parametrize("rule", [ENCODED_WORD, "joint\r\nBcc: evil@x.org", "joint\u2028patrol"])
def test_a_rule_cannot_make_a_header_either(mails: Mailbox, rule: str) -> None:
    send(mails.port, rule=rule)
    assert sorted(mails.mails[0].keys()) == OURS


@pytest.mark.parametrize(
    ("body", "arrives"),
    [
        ("one\n.\n..\n.two\nQUIT\n", "one\n.\n..\n.two\nQUIT\n"),
        ("Bcc: evil@x.org\n\nTo: you\n", "Bcc: evil@x.org\n\nTo: you\n"),
        ("Дозор возобновлён\nدورية\n", "Дозор возобновлён\nدورية\n"),
        ("x" * 5_000 + "\n", "x" * 5_000 + "\n"),
        ("lone \ud83d surrogate\n", "lone ? surrogate\n"),
        ("🚨\n", "🚨\n"),
    ],
)
def test_a_body_arrives_as_it_was_written(mails: Mailbox, body: str, arrives: str) -> None:
    send(mails.port, body=body)
    (mail,) = mails.mails
    assert mail.get_content().replace("\r\n", "\n") == arrives
    assert sorted(mail.keys()) == OURS


def test_a_mail_goes_over_the_wire_in_seven_bits_and_short_lines() -> None:
    with smtp_script() as script:
        send(script.port, subject="Дозор " * 200, body="Дозор\n")
        send(script.port, subject="x" * 2_000, body="x" * 2_000 + "\nДозор возобновлён " * 200)
    for text in script.texts:
        assert text.isascii()
        assert max(len(line) for line in text.splitlines()) <= 998
        assert text.count(b"\n") == text.count(b"\r\n")


@given(title=ANY_TEXT, rule=ANY_TEXT, body=ANY_TEXT)
def test_no_text_makes_a_header_or_keeps_a_mail_from_being_written(title: str, rule: str, body: str) -> None:
    changed = payload(Medium.EMAIL, subject=title, rule=rule, body=body)
    raw = compose(changed, "wirewatch@example.org", delivery()).as_bytes()
    read = message_from_bytes(raw, policy=policy.default)
    assert sorted(read.keys()) == OURS
    assert str(read["Subject"]).replace("\u200c", "").replace("\u200d", "").isprintable()
    assert read["Message-ID"] == "<wirewatch.0123456789abcdef.7.opened@example.org>"


def test_a_header_that_python_makes_keeps_the_mail_here(monkeypatch: pytest.MonkeyPatch) -> None:
    written = EmailMessage.as_bytes
    monkeypatch.setattr(EmailMessage, "as_bytes", lambda message: b"Bcc: evil@x.org\r\n" + written(message))
    with smtp_script() as script:
        with pytest.raises(DeliveryError, match="a header of its own") as caught:
            send(script.port)
        assert script.commands == []
    assert not caught.value.temporary


@pytest.mark.parametrize("extra", ["Bcc", "Subject", "X-Evil"])
def test_a_header_that_is_not_ours_is_noticed_before_anything_is_sent(extra: str) -> None:
    message = compose(payload(Medium.EMAIL), "wirewatch@example.org", delivery())
    crowded = EmailMessage(policy=policy.compat32)
    for name, value in [*message.items(), (extra, "evil@x.org")]:
        crowded[name] = str(value)
    with pytest.raises(DeliveryError, match="a header of its own") as caught:
        _assert_headers(crowded)
    assert not caught.value.temporary
