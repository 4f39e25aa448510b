"""clean_html over wild HTML: a fixpoint, without scripts, without anything that loads by itself."""

import re

from hypothesis import given, settings
from hypothesis import strategies as st

from models.markup import clean_html, fold_quotes

_TAGS = [
    "a",
    "b",
    "p",
    "div",
    "table",
    "tr",
    "td",
    "form",
    "svg",
    "math",
    "style",
    "script",
    "noscript",
    "template",
    "title",
    "blockquote",
    "ul",
    "li",
    "img",
    "pre",
    "details",
    "summary",
    "font",
    "select",
    "textarea",
    "xmp",
    "h1",
    "center",
]
_ATTRIBUTES = [
    'style="color:red;background:url(http://t.example/x)"',
    'style="display:none"',
    "onclick=alert(1)",
    "hidden",
    'id="divRplyFwdMsg"',
    'class="gmail_quote x"',
    'href="javascript:alert(1)"',
    'href="http://e.example/?a=1&b"',
    "href='mailto:a@b'",
    'src="http://t.example/p.gif"',
    'src="cid:a@b"',
    'src="data:image/svg+xml,x"',
    'type="cite"',
    'background="http://t.example"',
    'srcset="http://t.example/x 2x"',
    'title="</b><script>"',
    "data-remote-src='javascript:x'",
    'style="font-size:0;x:expression(1)"',
    "lang='\u00a0\"'",
]
_TEXTS = [
    "words ",
    "&amp;",
    "&lt;script&gt;",
    "<!-- c -->",
    "--!>",
    "]]>",
    "<![CDATA[x",
    "&nbsp;",
    "\u200b",
    "\x00",
    "\ufeffé",
    "On x wrote:",
    "<",
    ">",
    '"',
]

opened = st.builds(
    lambda tag, found: f"<{tag} {' '.join(found)}>",
    st.sampled_from(_TAGS),
    st.lists(st.sampled_from(_ATTRIBUTES), max_size=3),
)
closed = st.sampled_from(_TAGS).map(lambda tag: f"</{tag}>")
wild_html = st.lists(opened | closed | st.sampled_from(_TEXTS), max_size=25).map("".join)

_ON = re.compile(r"<[^<>]*\son\w+=", re.I)
_LOADS = re.compile(
    r"(?:\ssrc=\"(?!cid:)|\ssrcset=|\sbackground=|url\(|@import|<(?:script|style|link|meta|base|iframe|object|form|svg|math|input)\b)",
    re.I,
)


@given(wild_html)
@settings(max_examples=250)
def test_clean_html_is_a_fixpoint(html: str) -> None:
    once = clean_html(html).html
    assert clean_html(once).html == once


@given(wild_html)
@settings(max_examples=250)
def test_nothing_runs_and_nothing_loads(html: str) -> None:
    clean = fold_quotes(clean_html(html).html)
    text = re.sub(r">[^<]*<", "><", clean)
    assert not _ON.search(text)
    assert not _LOADS.search(text)
    assert "javascript:" not in text.lower()


@given(wild_html)
@settings(max_examples=150)
def test_folding_loses_nothing_and_survives_cleaning(html: str) -> None:
    clean = clean_html(html).html
    folded = fold_quotes(clean)
    without = folded.replace('<details class="quoted"><summary>…</summary>', "").replace("</details>", "")
    assert without == clean.replace("</details>", "")
    assert folded.count("<details") == folded.count("</details>")
