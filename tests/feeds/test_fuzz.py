"""Our samples cut, spliced, repeated and bitten: what comes of them is entries that can be stored, or a ParseError."""

from contextlib import suppress
from dataclasses import asdict
from pathlib import Path

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from monitor.core.entry import fingerprint, identities
from monitor.errors import ParseError
from monitor.feeds.encoding import settle
from monitor.feeds.parse import ParsedFeed, Source, parse

DATA = Path(__file__).parents[1] / "data" / "feeds"
SAMPLES = [
    path.read_bytes()
    for path in sorted([*DATA.glob("*/feed.xml"), *DATA.glob("hostile/*")])
    if 0 < path.stat().st_size < 5_000 and "laughs" not in path.name
]
TOKENS = (
    b"<item> </item> <entry> </entry> <title> </title> <![CDATA[ ]]> <!-- --> & &# &#xD800; < > \" ' \x00 \xff \xd0"
    b" \xe2\x80 { ] <?xml <link/> <guid> <source> </source> <category/> </category> <content> <enclosure/>"
    b" <svg> </svg> <math> <textInput> <image> </width> </gml:pos> </tags>"
).split()

sample = st.sampled_from(SAMPLES)


@st.composite
def mutants(draw: st.DrawFn) -> bytes:
    """A sample with some of another in it, or of itself again, or without, or with a few bytes changed."""
    at = st.integers(0, 5_000)
    body = draw(sample)
    for _ in range(draw(st.integers(1, 6))):
        begin, end = sorted(draw(st.tuples(at, at)))
        other = draw(sample)
        body = draw(
            st.sampled_from(
                [
                    body[:begin] + body[end:],
                    body[:begin] + other[begin:end] + body[begin:],
                    body[:begin] + body[begin:end] * 2 + body[end:],
                    body[:begin] + other[begin:],
                    body[:end],
                    body[:begin] + draw(st.sampled_from(TOKENS)) + body[begin:],
                    body[:begin] + draw(st.binary(max_size=4)) + body[begin + 4 :],
                ]
            )
        )
    return body


def parsed(body: bytes) -> ParsedFeed:
    settled = settle(body, "", language="", encoding="")
    return parse(Source(url="https://n.example/feed", body=settled.body, content_type=settled.content_type))


@given(body=mutants())
@settings(deadline=None, max_examples=300, suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large])
def test_what_became_of_a_sample_gives_entries_or_an_error(body: bytes) -> None:
    with suppress(ParseError):
        feed = parsed(body)
        for entry, identity in zip(feed.entries, identities(feed.entries, feed.link), strict=True):
            assert identity
            assert fingerprint(entry)
            assert all(text.encode().decode() == text for text in asdict(entry).values() if isinstance(text, str))
