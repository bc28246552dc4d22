"""Slack's incoming webhooks and chat.postMessage, played over real HTTP on loopback."""

import json
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any
from urllib.parse import parse_qs

from tests.support.http import Answer, HttpServer, Request

WEBHOOK = "/services/T0/B0/s3cr3tw3bh00k"
TOKEN = "xoxb-s3cr3t-t0k3n"


class SlackServer:
    """Keeps what was posted; `script` holds answers to give before the usual ones."""

    def __init__(self) -> None:
        self.posts: list[dict[str, Any]] = []
        self.script: list[Answer] = []
        self.server: HttpServer | None = None

    @property
    def webhook(self) -> str:
        assert self.server is not None
        return self.server.url + WEBHOOK

    @property
    def api_url(self) -> str:
        assert self.server is not None
        return self.server.url + "/api/"

    def respond(self, request: Request) -> Answer:
        post = _post(request)
        if self.script:
            answer = self.script.pop(0)
            if answer.status == 200 and not answer.hang_up:
                self.posts.append(post)
            return answer
        if request.path == WEBHOOK:
            self.posts.append(post)
            return Answer(body=b"ok")
        if request.path == "/api/chat.postMessage":
            if request.headers.get("Authorization") != f"Bearer {TOKEN}":
                return _json({"ok": False, "error": "invalid_auth"})
            self.posts.append(post)
            return _json({"ok": True, "channel": post.get("channel"), "ts": f"1724400000.{len(self.posts):06}"})
        return Answer(status=404, body=b"no_team")


def _post(request: Request) -> dict[str, Any]:
    if request.headers.get("Content-Type", "").startswith("application/json"):
        return dict(json.loads(request.body))
    fields = parse_qs(request.body.decode())
    return {name: values[0] for name, values in fields.items()}


def _json(document: dict[str, Any]) -> Answer:
    return Answer(body=json.dumps(document).encode(), headers={"Content-Type": "application/json"})


@contextmanager
def slack_server() -> Iterator[SlackServer]:
    """A Slack for the time of a test."""
    one = SlackServer()
    one.server = HttpServer(one.respond)
    try:
        yield one
    finally:
        one.server.close()
