"""Notices by mail, through smtplib.

Knows TLS, envelopes and SMTP's answers. One envelope for each recipient: with several, a mail server can take some and
refuse others, and a retry would mail the first ones twice. Before anything is sent the message's headers are counted:
some Pythons decode an encoded word in a title into a header of its own (CVE-2024-6923).
"""

import contextlib
import smtplib
import ssl
from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta
from email import message_from_bytes, policy
from email.message import EmailMessage
from typing import Any

from monitor.core.delivery import Delivery
from monitor.errors import DeliveryError
from monitor.secret import Secret, SecretMissingError

HEADERS = ("From", "To", "Subject", "Date", "Message-ID", "Auto-Submitted", "X-Auto-Response-Suppress", "List-Id")
# Seven bits, for a server need not take eight (RFC 6152).
_POLICY = policy.SMTP.clone(cte_type="7bit")
# Persian and emoji are spelled with them; they are invisible, but do not break a line.
_JOINERS = "\u200c\u200d"
_BODY_HEADERS = frozenset({"content-type", "content-transfer-encoding", "mime-version"})


@dataclass(frozen=True, slots=True, kw_only=True)
class Server:
    """A mail server; `security` is tls, starttls or none."""

    host: str
    port: int
    security: str
    username: str
    sender: str
    timeout: timedelta


class MailNotifier:
    """Sends each notice to one recipient; `password` is asked for each time, so that it can be rotated."""

    def __init__(self, server: Server, *, password: Callable[[], Secret] | None, context: ssl.SSLContext) -> None:
        self._server = server
        self._password = password
        self._context = context

    def send(self, delivery: Delivery, payload: dict[str, Any]) -> None:
        """Return when the server has taken the mail."""
        message = compose(payload, self._server.sender, delivery)
        handing_over = False
        try:
            with contextlib.closing(self._connect()) as client:
                self._prepare(client)
                handing_over = True
                client.send_message(message, self._server.sender, [delivery.recipient])
                # The mail is taken; a server that grumbles at QUIT must not have it sent twice.
                with contextlib.suppress(smtplib.SMTPException, OSError):
                    client.quit()
        except SecretMissingError as error:
            raise DeliveryError(str(error), temporary=True) from None
        except smtplib.SMTPException as error:
            raise classify(error, handing_over=handing_over) from None
        except (OSError, ValueError) as error:
            reason = f"mail: {self._server.host}:{self._server.port}: {_why(error)}"
            raise DeliveryError(reason, temporary=True, ambiguous=handing_over) from None

    def _connect(self) -> smtplib.SMTP:
        server, seconds = self._server, self._server.timeout.total_seconds()
        if server.security == "tls":
            return smtplib.SMTP_SSL(server.host, server.port, timeout=seconds, context=self._context)
        return smtplib.SMTP(server.host, server.port, timeout=seconds)

    def _prepare(self, client: smtplib.SMTP) -> None:
        if self._server.security == "starttls":
            # Without a context starttls() takes any certificate.
            client.starttls(context=self._context)
        if self._password is not None:
            client.login(self._server.username, self._password().reveal())


def compose(payload: dict[str, Any], sender: str, delivery: Delivery) -> EmailMessage:
    """The mail of a delivery; its Message-ID is the same at every try, so that mail systems can drop a repeat."""
    domain = sender.rpartition("@")[2]
    message = EmailMessage(policy=_POLICY)
    values = (
        sender,
        delivery.recipient,
        header_text(payload["subject"]),
        payload["date"],
        f"<{payload['reference']}@{domain}>",
        "auto-generated",
        "All",
        f"<{header_text(payload['rule'])}.wirewatch.{domain}>",
    )
    for name, value in zip(HEADERS, values, strict=True):
        message[name] = value
    message.set_content(payload["body"].encode("utf-8", "replace").decode())
    _assert_headers(message)
    return message


def header_text(text: str) -> str:
    """A header's value that cannot become another header: no control characters, no encoded words."""
    kept = (char if char.isprintable() or char in _JOINERS else " " for char in text)
    return " ".join("".join(kept).replace("=?", "= ?").split())


def classify(error: smtplib.SMTPException, *, handing_over: bool) -> DeliveryError:
    """4yz passes, 5yz of the message or the recipient is final, 5yz before that waits until a person mends it.

    A sender refused is one of those: 530 asks for a log-in, 550 means an address that this user may not use.
    """
    code, text = _answer(error)
    if isinstance(error, smtplib.SMTPServerDisconnected):
        return DeliveryError("mail: the server hung up or fell silent", temporary=True, ambiguous=handing_over)
    if isinstance(error, smtplib.SMTPAuthenticationError):
        message = f"mail: the server refused the log-in ({code}); check username and password"
        return DeliveryError(message, temporary=True)
    if not code:
        return DeliveryError(f"mail: the server lacks what is asked of it: {text}", temporary=True)
    final = 500 <= code < 600 and isinstance(error, smtplib.SMTPRecipientsRefused | smtplib.SMTPDataError)
    return DeliveryError(f"mail: the server answered {code} {text}".rstrip(), temporary=not final)


def _answer(error: smtplib.SMTPException) -> tuple[int, str]:
    """The code and the text of the answer; the text is the server's and is cut."""
    code, text = 0, str(error).encode()
    if isinstance(error, smtplib.SMTPRecipientsRefused):
        code, text = next(iter(error.recipients.values()), (0, b""))
    elif isinstance(error, smtplib.SMTPResponseException):
        answer = error.smtp_error
        code, text = error.smtp_code, answer if isinstance(answer, bytes) else answer.encode()
    return code, header_text(text.decode("utf-8", "replace"))[:120]


def _why(error: OSError | ValueError) -> str:
    if isinstance(error, ssl.SSLCertVerificationError):
        return "its certificate is not trusted"
    if isinstance(error, ssl.SSLError):
        return "TLS failed; check 'security' and 'port'"
    if isinstance(error, OSError):
        return error.strerror or type(error).__name__
    return f"{type(error).__name__}; user name and password are plain ASCII"


def _assert_headers(message: EmailMessage) -> None:
    """As another mail program would read the bytes: exactly our headers, each once."""
    read = [name.lower() for name in message_from_bytes(message.as_bytes()) if name.lower() not in _BODY_HEADERS]
    if read != [name.lower() for name in HEADERS]:
        raise DeliveryError("mail: a title would have made a header of its own", temporary=False)
