"""Slack's answers, over real HTTP."""

import json
import socket
import ssl
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import timedelta

import pytest

from monitor.core.delivery import Medium
from monitor.errors import DeliveryError
from monitor.notify import Notifier
from monitor.notify.slack import SlackBotNotifier, SlackWebhookNotifier
from monitor.secret import Secret
from tests.support.http import Answer, HttpServer, Request, http_server
from tests.support.notice import delivery, payload
from tests.support.slack import TOKEN, WEBHOOK, SlackServer
from tests.support.tls import Tls

CONTEXT = ssl.create_default_context()
TIMEOUT = timedelta(seconds=5)
JSON = {"Content-Type": "application/json"}
HTML = b"<!DOCTYPE html><html><head><title>Service Unavailable</title></head></html>"

# docs.slack.dev, as sorted in the reference, 1.3.
RECEIVER = [
    "channel_not_found", "not_in_channel", "is_archived", "channel_is_archived", "restricted_action",
    "restricted_action_read_only_channel", "restricted_action_thread_only_channel",
    "restricted_action_non_threadable_channel", "invalid_auth", "not_authed", "account_inactive", "token_revoked",
    "token_expired", "missing_scope", "no_permission", "not_allowed_token_type", "access_denied", "accesslimited",
    "ekm_access_denied", "enterprise_is_restricted", "team_access_not_granted", "two_factor_setup_required",
    "app_access_restricted", "messages_tab_disabled", "user_not_found", "no_service", "no_service_id",
    "no_active_hooks", "no_team", "team_disabled", "action_prohibited", "posting_to_general_channel_denied",
    "invalid_token",
]  # fmt: skip
NOTICE = [
    "invalid_blocks", "invalid_blocks_format", "msg_blocks_too_long", "msg_too_long", "no_text",
    "too_many_attachments", "attachment_payload_limit_exceeded", "invalid_metadata_format", "invalid_metadata_schema",
    "metadata_too_large", "markdown_text_conflict", "invalid_arguments", "invalid_arg_name", "invalid_charset",
    "invalid_payload", "cannot_reply_to_message", "restricted_action_thread_locked",
]  # fmt: skip
TRANSIENT = [
    "ratelimited", "rate_limited", "service_unavailable", "request_timeout", "team_added_to_org", "org_login_required",
    "external_channel_migrating", "message_limit_exceeded",
]  # fmt: skip
AMBIGUOUS = ["fatal_error", "internal_error"]


Make = Callable[[SlackServer], Notifier]


def webhook(slack: SlackServer) -> SlackWebhookNotifier:
    address = Secret(slack.webhook)
    return SlackWebhookNotifier(lambda: address, timeout=TIMEOUT, context=CONTEXT)


def bot(slack: SlackServer) -> SlackBotNotifier:
    return SlackBotNotifier(lambda: Secret(TOKEN), api_url=slack.api_url, timeout=TIMEOUT, context=CONTEXT)


def failure(notifier: Notifier) -> DeliveryError:
    with pytest.raises(DeliveryError) as caught:
        notifier.send(delivery("C024BE91L"), payload(Medium.SLACK))
    return caught.value


def refused_by_bot(slack: SlackServer, word: str) -> DeliveryError:
    slack.script.append(Answer(body=json.dumps({"ok": False, "error": word}).encode(), headers=JSON))
    return failure(bot(slack))


def refused_by_webhook(slack: SlackServer, status: int, body: bytes, **headers: str) -> DeliveryError:
    slack.script.append(Answer(status=status, body=body, headers=headers))
    return failure(webhook(slack))


def posts(slack: SlackServer) -> int:
    assert slack.server is not None
    return len(slack.server.requests)


def test_a_webhook_is_posted_the_notice_as_it_was_rendered(slack: SlackServer) -> None:
    webhook(slack).send(delivery(""), payload(Medium.SLACK))
    assert slack.posts == [payload(Medium.SLACK)]


def test_a_bot_posts_the_notice_as_it_was_rendered_to_its_channel(slack: SlackServer) -> None:
    bot(slack).send(delivery("C024BE91L"), payload(Medium.SLACK))
    assert slack.posts == [{"channel": "C024BE91L", **payload(Medium.SLACK)}]


def test_what_no_encoding_has_goes_to_slack_all_the_same(slack: SlackServer) -> None:
    webhook(slack).send(delivery(""), payload(Medium.SLACK, text="\ud800 🚨 \x00 عاجل"))
    assert slack.posts[0]["text"] == "\ud800 🚨 \x00 عاجل"


@pytest.mark.parametrize("make", [webhook, bot])
def test_a_server_that_hangs_up_after_reading_is_posted_to_once(slack: SlackServer, make: Make) -> None:
    slack.script += [Answer(hang_up=True), Answer(hang_up=True)]
    assert failure(make(slack)).ambiguous
    assert posts(slack) == 1


@pytest.mark.parametrize("make", [webhook, bot])
def test_a_server_that_is_busy_is_posted_to_once(slack: SlackServer, make: Make) -> None:
    slack.script += [Answer(status=429, headers={"Retry-After": "0"}), Answer(status=503)]
    assert failure(make(slack)).temporary
    assert posts(slack) == 1


@pytest.mark.parametrize("word", NOTICE)
def test_a_word_against_the_notice_is_final(slack: SlackServer, word: str) -> None:
    error = refused_by_bot(slack, word)
    assert (error.temporary, error.ambiguous) == (False, False)
    assert word in str(error)


@pytest.mark.parametrize("word", RECEIVER)
def test_a_word_against_the_receiver_waits_and_says_what_to_do(slack: SlackServer, word: str) -> None:
    error = refused_by_bot(slack, word)
    assert (error.temporary, error.ambiguous) == (True, False)
    assert f"slack answered 200 {word}: " in str(error)


@pytest.mark.parametrize("word", TRANSIENT)
def test_a_word_that_passes_is_temporary(slack: SlackServer, word: str) -> None:
    error = refused_by_bot(slack, word)
    assert (error.temporary, error.ambiguous) == (True, False)


@pytest.mark.parametrize("word", AMBIGUOUS)
def test_a_word_of_doubt_is_ambiguous(slack: SlackServer, word: str) -> None:
    error = refused_by_bot(slack, word)
    assert (error.temporary, error.ambiguous) == (True, True)


@pytest.mark.parametrize(
    ("status", "word"),
    [(400, "invalid_payload"), (400, "no_text"), (400, "too_many_attachments"), (413, "msg_too_long")],
)
def test_a_webhook_that_refuses_the_notice_is_final(slack: SlackServer, status: int, word: str) -> None:
    assert not refused_by_webhook(slack, status, word.encode()).temporary


@pytest.mark.parametrize(
    ("status", "word"),
    [
        (403, "invalid_token"),
        (403, "action_prohibited"),
        (404, "no_service"),
        (404, "channel_not_found"),
        (404, ""),
        (410, "channel_is_archived"),
        (410, "gone"),
    ],
)
def test_a_webhook_that_is_no_more_waits_for_a_person(slack: SlackServer, status: int, word: str) -> None:
    error = refused_by_webhook(slack, status, word.encode())
    assert (error.temporary, error.ambiguous) == (True, False)


@pytest.mark.parametrize("word", ["ratelimited", "rate_limited"])
def test_both_spellings_of_rate_limits_carry_their_wait(slack: SlackServer, word: str) -> None:
    body = json.dumps({"ok": False, "error": word}).encode()
    slack.script.append(Answer(body=body, headers={**JSON, "retry-after": "17"}))
    assert failure(bot(slack)).retry_after == timedelta(seconds=17)


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        ("30", timedelta(seconds=30)),
        ("0", timedelta()),
        ("Fri, 23 Aug 2024 13:10:00 GMT", None),
        ("-1", None),
        ("1.5", None),
        ("²", None),
        ("soon", None),
    ],
)
def test_a_wait_is_taken_only_where_it_is_a_number_of_seconds(
    slack: SlackServer, value: str, expected: timedelta | None
) -> None:
    error = refused_by_webhook(slack, 429, b"", **{"Retry-After": value})
    assert (error.temporary, error.retry_after) == (True, expected)


def test_an_absurd_wait_is_cut_and_breaks_nothing(slack: SlackServer) -> None:
    error = refused_by_webhook(slack, 429, b"", **{"Retry-After": "9" * 400})
    assert error.retry_after == timedelta(seconds=999_999)


@pytest.mark.parametrize("make", [webhook, bot])
@pytest.mark.parametrize("status", [500, 502, 503, 504])
def test_a_server_error_in_html_is_temporary_and_its_page_is_not_shown(
    slack: SlackServer, make: Make, status: int
) -> None:
    slack.script.append(Answer(status=status, body=HTML, headers={"Content-Type": "text/html", "Retry-After": "9"}))
    error = failure(make(slack))
    assert (error.temporary, error.ambiguous, error.retry_after) == (True, False, timedelta(seconds=9))
    assert str(error) == f"slack answered {status}"


@pytest.mark.parametrize("make", [webhook, bot])
@pytest.mark.parametrize("status", [200, 400, 407, 408, 413])
def test_a_page_of_a_proxy_says_nothing_against_the_notice(slack: SlackServer, make: Make, status: int) -> None:
    slack.script.append(Answer(status=status, body=HTML, headers={"Content-Type": "text/html"}))
    assert failure(make(slack)).temporary


@pytest.mark.parametrize("make", [webhook, bot])
def test_a_redirect_is_no_success_wherever_it_leads(slack: SlackServer, make: Make) -> None:
    slack.script += [Answer(status=302, headers={"Location": "/elsewhere"}), Answer(body=b"<p>Welcome</p>")]
    assert failure(make(slack)).temporary


@pytest.mark.parametrize("make", [webhook, bot])
@pytest.mark.parametrize(
    "answer",
    [
        Answer(body=b"o", headers={"Content-Length": "1000"}),
        Answer(body=b"ok", headers={"Content-Type": "text/plain; charset=klingon"}),
        Answer(status=500, body=b"oops", headers={"Content-Type": "text/plain; charset=klingon"}),
        Answer(body=b"\xff\xfe", headers={"Content-Type": "text/plain; charset=utf-8"}),
    ],
    ids=["cut short", "unknown charset", "unknown charset of an error", "wrong charset"],
)
def test_an_answer_that_cannot_be_read_is_ambiguous(slack: SlackServer, make: Make, answer: Answer) -> None:
    slack.script.append(answer)
    error = failure(make(slack))
    assert (error.temporary, error.ambiguous) == (True, True)


@pytest.mark.parametrize(
    "address",
    [
        "http://hooks.slack.com/services/T0/B0/s3cr3t",
        "http://127.0.0.1.evil.example/services",
        "hooks.slack.com/services/T0/B0/s3cr3t",
        "file:///etc/passwd",
        "slack-syria",
    ],
)
def test_a_notice_goes_nowhere_without_tls(address: str) -> None:
    error = failure(SlackWebhookNotifier(lambda: Secret(address), timeout=TIMEOUT, context=CONTEXT))
    assert (error.temporary, error.ambiguous) == (True, False)
    assert str(error) == "slack: the webhook secret is no https:// address"


def test_a_name_that_is_not_found_is_certain(monkeypatch: pytest.MonkeyPatch) -> None:
    def lost(*_: object, **__: object) -> None:
        raise socket.gaierror(socket.EAI_AGAIN, "Temporary failure in name resolution")

    monkeypatch.setattr(socket, "getaddrinfo", lost)
    address = Secret("https://hooks.slack.com" + WEBHOOK)
    error = failure(SlackWebhookNotifier(lambda: address, timeout=TIMEOUT, context=CONTEXT))
    assert (error.temporary, error.ambiguous) == (True, False)


@contextmanager
def https_server(tls: Tls) -> Iterator[HttpServer]:
    def respond(_: Request) -> Answer:
        return Answer(body=b"ok")

    with http_server(respond) as server:
        server._server.socket = tls.serving.wrap_socket(server._server.socket, server_side=True)
        yield server


def test_a_certificate_that_is_not_trusted_gets_no_notice(tls: Tls) -> None:
    with https_server(tls) as server:
        address = Secret(f"https://127.0.0.1:{server.port}{WEBHOOK}")
        error = failure(SlackWebhookNotifier(lambda: address, timeout=TIMEOUT, context=CONTEXT))
        assert server.requests == []
    assert (error.temporary, error.ambiguous) == (True, False)


def test_a_certificate_that_is_trusted_gets_the_notice(tls: Tls) -> None:
    with https_server(tls) as server:
        address = Secret(f"https://127.0.0.1:{server.port}{WEBHOOK}")
        notifier = SlackWebhookNotifier(lambda: address, timeout=TIMEOUT, context=tls.trusting)
        notifier.send(delivery(""), payload(Medium.SLACK))
        assert [request.method for request in server.requests] == ["POST"]
