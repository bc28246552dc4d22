"""Telling systemd how the service is (sd_notify).

Knows the protocol of NOTIFY_SOCKET; does nothing where the variable is not set.
"""

import contextlib
import os
import socket


def notify(*lines: str) -> None:
    """Send lines such as READY=1 or STATUS=...; a lost message is no reason to stop."""
    address = os.environ.get("NOTIFY_SOCKET", "")
    if not address.startswith(("/", "@")):
        return
    # An abstract socket is written with @ and addressed with a NUL.
    target = "\0" + address[1:] if address.startswith("@") else address
    with contextlib.suppress(OSError), socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as channel:
        channel.sendto("\n".join(lines).encode(), target)
