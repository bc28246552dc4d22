"""Bot challenges are told from broken feeds, and feeds that speak of them are not taken for one."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from monitor.core.feed import Fault
from monitor.feeds.challenge import challenge, is_html
from tests.feeds.asking import fetched, refused
from tests.support.http import Answer, http_server
from tests.support.wire import Item, rss

WALLS = {
    "Cloudflare": b'<!DOCTYPE html><html lang="en-US"><head><title>Just a moment...</title></head></html>',
    "DataDome": b"<html><head><title>news.example</title></head><script src='https://ct.captcha-delivery.com/c.js'>",
    "Imperva": b"<html><body><iframe src='/_Incapsula_Resource?SWUDNSAI=31'></iframe></body></html>",
    "Anubis": b"<!doctype html><html><script src='/.within.website/x/cmd/anubis/static/js/main.mjs'></script>",
    "DDoS-Guard": b"<!-- hi --><html><head><title>DDoS-Guard</title></head></html>",
    "Sucuri": b"\xef\xbb\xbf\n<html><title>Just wait</title><script>sucuri_cloudproxy_js='';</script>",
    "AWS WAF": b"<!DOCTYPE html><html><script>window.gokuProps = {}; AwsWafIntegration.getToken()</script>",
}
FORM = b"<html><body>Subscribe <script src='https://www.google.com/recaptcha/api.js'></script></body></html>"


@pytest.mark.parametrize("wall", WALLS)
@pytest.mark.parametrize("status", [200, 202, 403, 429, 503])
def test_a_page_of_a_wall_is_known_whatever_its_status(wall: str, status: int) -> None:
    assert challenge(status, {}, WALLS[wall]) == wall


def test_a_header_of_a_wall_is_enough() -> None:
    for headers in ({"cf-mitigated": "challenge"}, {"x-amzn-waf-action": "captcha"}):
        assert challenge(403, headers, b"")
    assert challenge(200, {"cf-mitigated": "", "server": "cloudflare"}, b"") == ""


def test_a_form_is_a_wall_only_where_the_page_refuses() -> None:
    assert challenge(403, {}, FORM) == "reCAPTCHA"
    assert challenge(200, {}, FORM) == ""


def test_an_error_page_is_no_wall() -> None:
    assert challenge(403, {}, b"<html><h1>Forbidden</h1></html>") == ""
    assert challenge(404, {}, WALLS["Cloudflare"]) == ""


def test_a_feed_that_speaks_of_walls_is_no_wall() -> None:
    news = rss([Item(title="Just a moment...", summary="gokuProps, captcha-delivery.com, _Incapsula_Resource")])
    assert challenge(200, {"content-type": "text/html"}, news) == ""


@pytest.mark.parametrize("start", [b"<?xml version='1.0'?><!DOCTYPE html>", b"<!-- a --> <HTML>", b"\n<head>"])
def test_a_page_is_known_by_how_it_begins(start: bytes) -> None:
    assert is_html(start)
    assert not is_html(b"<?xml version='1.0'?><!-- <html> --><rss>")


@given(st.integers(100, 599), st.binary() | st.binary().map(lambda body: b"<html>" + body))
def test_no_page_is_too_strange_to_be_looked_at(status: int, body: bytes) -> None:
    assert isinstance(challenge(status, {}, body), str)


@pytest.mark.parametrize("status", [200, 403, 503])
def test_a_feed_behind_a_wall_is_blocked_and_not_broken(status: int) -> None:
    answer = Answer(status=status, body=WALLS["Cloudflare"], headers={"Content-Type": "text/html"})
    with http_server(lambda _: answer) as server:
        error = refused(server.url)
        assert (error.fault, error.status) == (Fault.BLOCKED, status)
        assert str(error) == (
            "a bot challenge (Cloudflare) stands before the feed; ask its publisher to let readers through"
        )


def test_a_feed_that_is_mislabelled_as_a_page_is_fetched() -> None:
    body = rss([Item(title="Just a moment...")])
    with http_server(lambda _: Answer(body=body, headers={"Content-Type": "text/html"})) as server:
        assert fetched(server.url).body == body
