"""Bot challenges: pages that want a browser in place of a reader.

Knows what the pages of the usual walls look like; knows nothing of how they were fetched. A challenge is told apart
from a broken feed because the remedy is another: the site's owner has to let the feed's path through.
"""

from collections.abc import Mapping

# What to read of a page to know it.
BODY_START = 16_384

# Headers that only a wall sends.
_HEADERS = {"cf-mitigated": "Cloudflare", "x-amzn-waf-action": "AWS WAF", "x-vercel-mitigated": "Vercel"}
_PAGES = (
    (b"/cdn-cgi/challenge-platform/", "Cloudflare"),
    (b"_cf_chl_opt", "Cloudflare"),
    (b"<title>just a moment...</title>", "Cloudflare"),
    (b"attention required! | cloudflare", "Cloudflare"),
    (b"captcha-delivery.com", "DataDome"),
    (b"_pxappid", "HUMAN"),
    (b"px-captcha", "HUMAN"),
    (b"_incapsula_resource", "Imperva"),
    (b"incapsula incident id", "Imperva"),
    (b"awswafintegration", "AWS WAF"),
    (b"gokuprops", "AWS WAF"),
    (b"sucuri_cloudproxy_js", "Sucuri"),
    (b"sucuri website firewall", "Sucuri"),
    (b"/.well-known/ddos-guard/", "DDoS-Guard"),
    (b"<title>ddos-guard</title>", "DDoS-Guard"),
    (b"/.within.website/x/cmd/anubis/", "Anubis"),
    (b"__qrator", "Qrator"),
    (b"vercel security checkpoint", "Vercel"),
    (b"__arcsjs", "ArvanCloud"),
    (b"/_sec/cp_challenge/", "Akamai"),
)
# On a page that refuses, these are the wall; on any other they may be a comment form.
_FORMS = (
    (b"challenges.cloudflare.com/turnstile", "Cloudflare"),
    (b"google.com/recaptcha", "reCAPTCHA"),
    (b"hcaptcha.com", "hCaptcha"),
    (b"errors.edgesuite.net", "Akamai"),
)
_REFUSALS = frozenset({401, 403, 405, 406, 429, 503})
_MAY_BE_WALLS = _REFUSALS | {200, 202}
_HTML = (b"<!doctype html", b"<html", b"<head", b"<title", b"<script", b"<meta")


def challenge(status: int, headers: Mapping[str, str], body_start: bytes) -> str:
    """Whose bot challenge an answer is, "" for none; `headers` are asked in any case, `body_start` is decoded."""
    for name, wall in _HEADERS.items():
        if headers.get(name, "").lower().startswith(("challenge", "captcha")):
            return wall
    page = body_start[:BODY_START].lower()
    if status not in _MAY_BE_WALLS or not is_html(page):
        return ""
    signs = _PAGES + _FORMS if status in _REFUSALS else _PAGES
    return next((wall for sign, wall in signs if sign in page), "")


def is_html(body_start: bytes) -> bool:
    """Whether a page begins here, whatever the headers call it; feeds are served as text/html, and pages as XML."""
    start = body_start[:1_024].removeprefix(b"\xef\xbb\xbf").lstrip().lower()
    for opens, closes in ((b"<?xml", b"?>"), (b"<!--", b"-->")):
        if start.startswith(opens):
            start = start.partition(closes)[2].lstrip()
    return start.startswith(_HTML)
