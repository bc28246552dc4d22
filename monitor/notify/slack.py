"""Notices to Slack, by incoming webhook or as a bot, through slack_sdk.

Knows which of Slack's answers are final, which pass, and which may mean that the message arrived. slack_sdk's own
retries are off: after a reset it would post the same notice twice, and retrying is the outbox's work.
"""

import logging
import socket
import ssl
from collections.abc import Callable
from datetime import timedelta
from http.client import HTTPException
from typing import Any

from slack_sdk import WebClient
from slack_sdk.errors import SlackApiError, SlackClientError
from slack_sdk.webhook import WebhookClient

from monitor.core.delivery import Delivery
from monitor.errors import DeliveryError
from monitor.secret import Secret, SecretMissingError

# May have been posted, says Slack itself.
AMBIGUOUS = frozenset({"fatal_error", "internal_error"})
# Pass by themselves.
TRANSIENT = frozenset(
    {"ratelimited", "rate_limited", "service_unavailable", "request_timeout", "team_added_to_org",
     "org_login_required", "external_channel_migrating", "message_limit_exceeded"}
)  # fmt: skip
# The notice itself is refused; trying it again changes nothing.
NOTICE_FAULTS = frozenset(
    {"invalid_blocks", "invalid_blocks_format", "msg_blocks_too_long", "msg_too_long", "no_text",
     "too_many_attachments", "attachment_payload_limit_exceeded", "invalid_metadata_format",
     "invalid_metadata_schema", "metadata_too_large", "markdown_text_conflict", "invalid_arguments",
     "invalid_arg_name", "invalid_charset", "invalid_payload", "cannot_reply_to_message",
     "restricted_action_thread_locked"}
)  # fmt: skip
# A person mends these; until then the notice waits, for the fault is the receiver's and not the notice's.
RECEIVER_FAULTS = {
    "channel_not_found": "check 'channel', and invite the bot to it",
    "not_in_channel": "invite the bot to the channel",
    "is_archived": "the channel is archived; name another",
    "channel_is_archived": "the channel is archived; name another",
    "invalid_auth": "the token is not valid; make a new one",
    "not_authed": "the token is not valid; make a new one",
    "account_inactive": "the token's account is gone; make a new one",
    "token_revoked": "the token was revoked; make a new one",
    "token_expired": "the token expired; make a new one",
    "missing_scope": "give the app the scope chat:write",
    "no_permission": "the app may not post there",
    "restricted_action": "the app may not post there",
    "restricted_action_read_only_channel": "the app may not post there",
    "restricted_action_thread_only_channel": "the app may not post there",
    "restricted_action_non_threadable_channel": "the app may not post there",
    "not_allowed_token_type": "this kind of token may not post; make a bot token",
    "access_denied": "the app may not post there",
    "accesslimited": "an admin limited access",
    "ekm_access_denied": "an admin suspended posting",
    "enterprise_is_restricted": "an admin restricted posting",
    "team_access_not_granted": "the app has no access to the workspace",
    "two_factor_setup_required": "the token's account needs two-factor authentication",
    "app_access_restricted": "an admin restricted the app",
    "messages_tab_disabled": "the app's messages tab is disabled",
    "user_not_found": "the user is gone; name another",
    "no_service": "the webhook was removed; make a new one",
    "no_service_id": "the webhook was removed; make a new one",
    "no_active_hooks": "the webhook was disabled; make a new one",
    "no_team": "the workspace is gone",
    "team_disabled": "the workspace is disabled",
    "action_prohibited": "an admin restricted posting",
    "posting_to_general_channel_denied": "an admin restricted posting to #general",
    "invalid_token": "the webhook's address is not valid; make a new one",
}

# slack_sdk logs a webhook's address at DEBUG, and at ERROR a header that could not be sent, with the token in it.
_MUTE = logging.getLogger("slack_sdk.mute")
_MUTE.setLevel(logging.CRITICAL + 1)
# LookupError: the answer names a charset nobody knows. HTTPException: it was cut short, or is no HTTP.
_NO_ANSWER = (OSError, ValueError, LookupError, HTTPException, SlackClientError)

SecretSource = Callable[[], Secret]


class SlackWebhookNotifier:
    """Posts to an incoming webhook; its address is the secret."""

    def __init__(self, address: SecretSource, *, timeout: timedelta, context: ssl.SSLContext) -> None:
        self._address = address
        self._timeout = timeout
        self._context = context

    def send(self, _delivery: Delivery, payload: dict[str, Any]) -> None:
        """Post; 200 with `ok` alone is success."""
        url = _secret(self._address)
        if not url.startswith(("https://", "http://127.0.0.1:", "http://localhost:")):
            raise DeliveryError("slack: the webhook secret is no https:// address", temporary=True)
        seconds = int(self._timeout.total_seconds())
        client = WebhookClient(url, timeout=seconds, ssl=self._context, logger=_MUTE, retry_handlers=[])
        try:
            response = client.send_dict(payload)
        except _NO_ANSWER as error:
            raise _no_answer(error) from None
        if response.status_code != 200:
            raise classify(response.status_code, response.body.strip()[:60], dict(response.headers)) from None
        if response.body.strip() != "ok":
            # A proxy's page, or where a redirect led: urllib follows it with a GET, and the notice stays behind.
            raise DeliveryError("slack answered 200, but not with ok", temporary=True, ambiguous=True)


class SlackBotNotifier:
    """Posts with chat.postMessage; the recipient of a delivery is the channel."""

    def __init__(self, token: SecretSource, *, api_url: str, timeout: timedelta, context: ssl.SSLContext) -> None:
        self._token = token
        self._api_url = api_url
        self._timeout = timeout
        self._context = context

    def send(self, delivery: Delivery, payload: dict[str, Any]) -> None:
        """Post; `ok` alone is success."""
        client = WebClient(
            token=_secret(self._token),
            base_url=self._api_url,
            timeout=int(self._timeout.total_seconds()),
            ssl=self._context,
            logger=_MUTE,
            retry_handlers=[],
        )
        try:
            client.chat_postMessage(channel=delivery.recipient, **payload)
        except SlackApiError as error:
            raise _api_failure(error) from None
        except _NO_ANSWER as error:
            raise _no_answer(error) from None


def classify(status: int, code: str, headers: dict[str, Any]) -> DeliveryError:
    """What an answer other than success means; `code` is Slack's word for it."""
    word = code if code.replace("_", "").isalnum() else ""
    message = f"slack answered {status} {word}".rstrip()
    if status == 429 or code in TRANSIENT:
        return DeliveryError(message, temporary=True, retry_after=_retry_after(headers))
    if code in RECEIVER_FAULTS:
        return DeliveryError(f"{message}: {RECEIVER_FAULTS[code]}", temporary=True)
    if code in AMBIGUOUS:
        return DeliveryError(message, temporary=True, ambiguous=True)
    if status >= 500:
        return DeliveryError(message, temporary=True, retry_after=_retry_after(headers))
    if status in {403, 404, 410}:
        return DeliveryError(f"{message}: the webhook is not valid any more; make a new one", temporary=True)
    # A page without a word is a proxy's, and a word we do not know may be the receiver's fault: the notice waits.
    return DeliveryError(message, temporary=code not in NOTICE_FAULTS)


def _api_failure(error: SlackApiError) -> DeliveryError:
    response = error.response
    data = response.data if isinstance(response.data, dict) else {}
    return classify(int(response.status_code), str(data.get("error", ""))[:60], dict(response.headers))


def _no_answer(error: Exception) -> DeliveryError:
    """No connection is certain; a time-out or a reset may have come after Slack took the message."""
    reason = getattr(error, "reason", error)
    refused = isinstance(reason, ConnectionRefusedError | socket.gaierror | ssl.SSLCertVerificationError)
    name = type(reason).__name__ if isinstance(reason, Exception) else type(error).__name__
    return DeliveryError(f"slack did not answer ({name})", temporary=True, ambiguous=not refused)


def _secret(source: SecretSource) -> str:
    try:
        value = source().reveal()
    except SecretMissingError as error:
        raise DeliveryError(str(error), temporary=True) from None
    if not (value.isascii() and value.isprintable()) or " " in value:
        raise DeliveryError("slack: the secret has a space, a line break or a foreign letter in it", temporary=True)
    return value


def _retry_after(headers: dict[str, Any]) -> timedelta | None:
    """Slack gives seconds; a proxy before it may give a date, which the outbox's own wait then covers."""
    value = next((str(value) for name, value in headers.items() if name.lower() == "retry-after"), "")
    return timedelta(seconds=int(value[:6])) if value.isascii() and value.isdigit() else None
