"""Receivers of the configuration, and the notifier that hands over to each.

Knows the configuration's values and the classes of notify/; a secret is looked up by its notifier, each time it sends.
"""

import ssl
from datetime import timedelta
from functools import partial
from typing import TextIO

from monitor.config import Mail, Receiver, Slack
from monitor.notify import Notifier
from monitor.notify.slack import SlackBotNotifier, SlackWebhookNotifier
from monitor.notify.smtp import MailNotifier, Server
from monitor.notify.terminal import TerminalNotifier
from monitor.secret import Secrets


def notifier(
    receiver: Receiver, timeout: timedelta, secrets: Secrets, context: ssl.SSLContext, terminal: TextIO
) -> Notifier:
    """The notifier of a receiver; secrets are looked up when it sends."""
    match receiver:
        case Slack(webhook_secret=name) if name:
            return SlackWebhookNotifier(partial(secrets.get, name), timeout=timeout, context=context)
        case Slack():
            token = partial(secrets.get, receiver.token_secret)
            return SlackBotNotifier(token, api_url=receiver.api_url, timeout=timeout, context=context)
        case Mail():
            return _mail(receiver, timeout, secrets, context)
        case _:
            return TerminalNotifier(terminal)


def _mail(mail: Mail, timeout: timedelta, secrets: Secrets, context: ssl.SSLContext) -> MailNotifier:
    server = Server(
        host=mail.host,
        port=mail.port,
        security=mail.security,
        username=mail.username,
        sender=mail.sender,
        timeout=timeout,
    )
    password = partial(secrets.get, mail.password_secret) if mail.password_secret else None
    return MailNotifier(server, password=password, context=context)
