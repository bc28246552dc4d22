"""Markup to the text a reader would see, whatever its state, and without holding a poll."""

import time

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from monitor.feeds.plaintext import LONGEST, headline, plaintext, prose


@pytest.mark.parametrize(
    ("markup", "text"),
    [
        ("", ""),
        ("Turkey, Russia\n  resume   patrols", "Turkey, Russia resume patrols"),
        ("<b>Turkey</b>, <i class='x'>Russia</i>", "Turkey, Russia"),
        ("<p>One.</p><p>Two.<br/>Three.</p>", "One.\nTwo.\nThree."),
        ("<ul><li>One</li><LI>Two</LI></ul>", "One\nTwo"),
        ("<h2>Head</h2>text", "Head\ntext"),
        ("<p>\n  One\n  line&#10;here\n</p>two", "One line here\ntwo"),
        ("pat<b>rol</b>s", "patrols"),
        ("a<!-- <b>not</b> this -->b", "ab"),
        ("<!DOCTYPE html><?xml version='1.0'?>text", "text"),
        ("<a href='https://wire.example/?a=1&amp;b=2'>link</a>", "link"),
        ('<img alt="5 > 3" src="x.png">text', "text"),
        ("<a title=it's href=x>don't</a> say it's", "don't say it's"),
        ('<a title="it\'s">text</a>', "text"),
        ("<a\nhref='x'\n>text</a\n>", "text"),
        ("<br/ >one<hr>two", "one\ntwo"),
        ("<o:p>text</o:p>", "text"),
    ],
)
def test_tags_go_and_blocks_stay_apart(markup: str, text: str) -> None:
    assert plaintext(markup) == text


@pytest.mark.parametrize(
    "markup",
    [
        "<script>alert('<b>')</script>text",
        "<style>p > a { color: red }</style>text",
        "<SCRIPT type='x'>if (a < b && c > d) {}</SCRIPT >text",
        "<template><p>unseen</p></template>text",
        "<script>document.write('<p>unseen</p>')</script>text",
    ],
)
def test_scripts_and_styles_are_no_text(markup: str) -> None:
    assert plaintext(markup) == "text"


@pytest.mark.parametrize(
    ("markup", "text"),
    [
        ("AT&amp;T &lt;b&gt; &quot;x&quot; &#39;y&#39; &#x2014; &hellip;", "AT&T <b> \"x\" 'y' — …"),
        ("one&nbsp;two&nbsp;&nbsp;three", "one two three"),
        ("AT&T & Co", "AT&T & Co"),
        ("&unknown; &;", "&unknown; &;"),
        ("half &#xD83D; &#55357;&#56833; out &#x110000;", "half � �� out �"),
        ("a\x00b &#0;c", "ab �c"),
        ("&#" + "1" * 5_000 + ";text", "�text"),
        ("a &lt;script&gt;b", "a <script>b"),
    ],
)
def test_references_become_their_characters(markup: str, text: str) -> None:
    assert plaintext(markup) == text


@pytest.mark.parametrize(
    "text",
    [
        "5 < 7 and 9 > 8",
        "if a<b then",
        "I <3 Kobani",
        "a <",
        "a </",
        "a <!",
        "a <![",
        "a <![x[ b",
        "patrols <a href='https://wire.example/",
        "patrols <!-- resume",
        "<",
    ],
)
def test_what_is_no_markup_stays(text: str) -> None:
    assert plaintext(text) == text


def test_text_behind_broken_markup_is_not_lost() -> None:
    assert "resume" in plaintext("<a href='x>Turkey and Russia</a> resume")
    assert "resume" in plaintext("<b <i>Turkey</i> resume")
    assert plaintext("<![CDATA[Turkey and Russia]]> resume") == "Turkey and Russia resume"
    assert plaintext("<![if !supportLists]>Turkey<![endif]> resume") == "Turkey resume"


def test_a_text_longer_than_a_book_is_cut() -> None:
    assert len(plaintext("x" * (LONGEST + 10))) == LONGEST
    assert len(plaintext("<p>" + "x" * (LONGEST + 10))) <= LONGEST


@pytest.mark.parametrize(
    "piece",
    ["<", "<a ", "<a/", "<a\n=", "<a b='", '<a b="', '<a "', "<a b=\"'", "</", "</a ", "<!--", "<!", "<?", "<![",
     "<![x[", "&", "&#", "&amp", "<div>", "<script>", "</p", "<a b= ", "=\"<a'", "--><!--", "<a b='>"],
)  # fmt: skip
@pytest.mark.parametrize("end", ["", ">", "'>", "-->"])
def test_no_markup_holds_a_poll(piece: str, end: str) -> None:
    markup = piece * (LONGEST // len(piece))
    began = time.monotonic()
    plaintext(markup[: LONGEST - len(end)] + end)
    assert time.monotonic() - began < 3


@pytest.mark.parametrize(
    ("markup", "text"),
    [
        ("a < b", "a < b"),
        ("if a<b then c>d", "if a<b then c>d"),
        ("&lt;LIVE&gt; Turkey", "<LIVE> Turkey"),
        ("<속보> 터키", "<속보> 터키"),
        ("5 > 3 and 3 < 5", "5 > 3 and 3 < 5"),
        ("I <3 Kobani", "I <3 Kobani"),
        ("Q&A: R&D", "Q&A: R&D"),
        ("&#x0024;5", "$5"),
        ("&amp;lt;b&amp;gt;Joint&amp;lt;/b&amp;gt; patrol", "Joint patrol"),
        ("&lt;b&gt;Joint&lt;/b&gt; patrol", "Joint patrol"),
        ("<a href='https://n.example/?a=1'>Joint</a> <o:p>patrol</o:p>", "Joint patrol"),
        ("AT&amp;amp;T &amp;quot;talks&amp;quot;", 'AT&T "talks"'),
        ("<p>Joint</p>\n<p>patrol</p>", "Joint patrol"),
        ("<script>alert(1)</script>Joint patrol", "Joint patrol"),
        ("Joint\x01 pa\x0btrol\ud83d\x85\u2028x", "Joint pa trol\ufffd x"),
    ],
)
def test_a_title_is_unescaped_until_it_is_text_and_keeps_what_is_no_tag(markup: str, text: str) -> None:
    assert headline(markup) == text


@pytest.mark.parametrize(
    ("markup", "text"),
    [
        ("<p>One.</p><p>Two.</p>", "One.\nTwo."),
        ("&lt;p&gt;One.&lt;/p&gt;&lt;p&gt;Two &amp;amp; three.&lt;/p&gt;", "One.\nTwo & three."),
        ("<p>One.</p><p>&amp;quot;Two&amp;quot;</p>", 'One.\n"Two"'),
        ("<p>5 &lt; 7 &amp; 7 &gt; 5</p>", "5 < 7 & 7 > 5"),
        ("an &lt;angle&gt; of fire", "an <angle> of fire"),
    ],
)
def test_a_summary_is_unescaped_again_where_markup_is_left(markup: str, text: str) -> None:
    assert prose(markup) == text


def test_a_text_is_not_cut_inside_a_tag() -> None:
    assert plaintext("x" * (LONGEST - 3) + "<b>patrol</b>") == "x" * (LONGEST - 3)
    assert plaintext("x" * (LONGEST - 4) + "<div>patrol</div>") == "x" * (LONGEST - 4)


pieces = st.sampled_from(
    ("<", ">", "</", "<!--", "-->", "<!", "<![", "]]>", "<?", "&", "&#", ";", "'", '"', "=", "p", "script", "a ",
     "\x00", "<p>", "</p>", "<script>", "</script>", "<b class='x'>", "1114112", "xD800", "\n", "دورية")
)  # fmt: skip


@given(markup=st.text() | st.lists(pieces, max_size=30).map("".join))
@example(markup="<![x[")
@settings(deadline=None)
def test_no_markup_raises_and_text_comes_in_clean_lines(markup: str) -> None:
    lines = plaintext(markup).split("\n")
    assert lines == [""] or all(line == " ".join(line.split()) != "" for line in lines)


@given(markup=st.text() | st.lists(pieces, max_size=30).map("".join))
@settings(deadline=None)
def test_a_title_comes_in_one_line_and_does_not_change_any_more(markup: str) -> None:
    text = headline(markup)
    assert text == " ".join(text.split())
    assert text.encode().decode() == text
    assert prose(markup).encode().decode() == prose(markup)


@given(words=st.lists(st.sampled_from(("Turkey", "Russia", "patrol", "دورية", "патруль")), max_size=8), data=st.data())
@settings(deadline=None)
def test_tags_between_words_hide_none_of_them(words: list[str], data: st.DataObject) -> None:
    tags = st.sampled_from(
        (" ", "<br>", " <b>", "</p>", " <a href='x'> ", "<!-- x -->", " & ", " &amp; ", " < ", "<p >")
    )
    markup = "".join(data.draw(tags) + word for word in words)
    shown = plaintext(markup)
    assert [word for word in words if word not in shown] == []
