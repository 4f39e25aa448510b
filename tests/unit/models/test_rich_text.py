"""What an agent writes as rich text: what is kept of it, and how it reads as plain text."""

import pytest

from models.markup import clean_html
from models.rich_text import pictures_in, text_of_html, written_html


@pytest.mark.parametrize(
    ("html", "text"),
    [
        ("just words", "just words"),
        ("one<div>two</div><div>three</div>", "one\ntwo\nthree"),
        ("<div>one</div><div><br></div><div>two</div>", "one\n\ntwo"),
        ("<p>one</p><p>two<br>three</p>", "one\n\ntwo\nthree"),
        ("<div>&nbsp;&nbsp;indented</div>", "  indented"),
        ("a  lot \n of   space", "a lot of space"),
        ("<b>bold</b>, <i>italic</i> and <code>code</code>", "bold, italic and code"),
        ("<ul><li>one</li><li>two</li></ul>", "- one\n- two"),
        ("<ol><li>one</li><li>two</li></ol>", "1. one\n2. two"),
        ('<ol start="7"><li>seven</li></ol>', "7. seven"),
        ("<ul><li>one<ul><li>below</li></ul></li></ul>", "- one\n  - below"),
        ("<ul><li><p>one</p></li></ul>", "- one"),
        ("<blockquote>she said<br>this</blockquote>so it is", "> she said\n> this\nso it is"),
        ("<blockquote>a<blockquote>b</blockquote></blockquote>", "> a\n> > b"),
        ("<pre>a  b\n  c</pre>", "a  b\n  c"),
        ("<h2>Steps</h2><div>one</div>", "Steps\n\none"),
        ('<a href="https://example.com/x">the page</a>', "the page <https://example.com/x>"),
        ('<a href="https://example.com/">https://example.com</a>', "https://example.com"),
        ('<a href="mailto:a@example.com">a@example.com</a>', "a@example.com"),
        ('<img src="cid:a@b" alt="the meter">', "[the meter]"),
        ("1 &lt; 2 &amp; 3", "1 < 2 & 3"),
        ("", ""),
    ],
)
def test_html_reads_as_plain_text(html: str, text: str) -> None:
    assert text_of_html(html) == text


@pytest.mark.parametrize("html", ["words", "<div>a</div><div><br></div>", "<p>a<br>b</p>", "<span style='color:red'>a</span>", ""])
def test_what_is_nothing_but_lines_is_kept_as_text_alone(html: str) -> None:
    assert written_html(html) == ""


@pytest.mark.parametrize(
    "hostile",
    [
        "<script>x()</script>",
        "<style>*{}</style>",
        "<img src=x onerror=x()>",
        '<img src="https://evil.example/pixel.gif">',
        '<img src="data:image/png;base64,AAAA">',
        '<a href="javascript:x()">a</a>',
        '<svg onload="x()"></svg>',
        "<iframe src='https://evil.example'></iframe>",
        "<form action='https://evil.example'><input name=q></form>",
        "<div style='position:fixed;background:url(https://evil.example)'>a</div>",
        '<b class="MsoNormal" id="x" onclick="x()" style="mso-x:1">a</b>',
        "<math><mtext><table><mglyph><style><img src=x onerror=x()>",
        "<o:p>&nbsp;</o:p><!--[if gte mso 9]><xml></xml><![endif]-->",
    ],
)
def test_nothing_hostile_and_nothing_foreign_stays(hostile: str) -> None:
    """H-109: what goes out passes the gate that strangers' HTML goes through."""
    kept = written_html(f"<b>bold</b>{hostile}")
    assert clean_html(kept).html == kept
    for word in ("script", "on", "style", "evil", "data", "class", "svg", "iframe", "form"):
        assert f"{word}=" not in kept and f"<{word}" not in kept
    assert "evil.example" not in kept and kept.startswith("<b>bold</b>")
    assert "evil.example" not in text_of_html(hostile)


def test_a_picture_of_the_message_itself_stays_and_is_named() -> None:
    kept = written_html('see <img src="cid:a&amp;b@desk" alt="x">')
    assert 'src="cid:a&amp;b@desk"' in kept
    assert pictures_in(kept) == {"a&b@desk"}


def test_a_hundred_thousand_open_blocks_do_not_hang_the_desk() -> None:
    assert written_html("<div>" * 100_000 + "<b>x</b>") == ""
