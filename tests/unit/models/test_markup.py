"""A stranger's HTML: what stays, what goes, what is parked, what is folded (mail-safety H-097 … H-105)."""

import pytest

from models.markup import clean_html, fold_quotes, limit_of


def html(body: str) -> str:
    return clean_html(body).html


@pytest.mark.parametrize(
    "hostile",
    [
        "<script>alert(1)</script>",
        "<style>p{}</style>",
        "<iframe src=http://e.example></iframe>",
        "<object data=x></object>",
        "<embed src=x>",
        "<svg onload=alert(1)><circle/></svg>",
        "<math><mi>x</mi></math>",
        "<form action=http://e.example><input name=a></form>",
        "<base href=http://e.example>",
        "<meta http-equiv=refresh content=0>",
        "<link rel=stylesheet href=http://e.example>",
        "<video src=x></video>",
        "<template><b>x</b></template>",
        "<xmp><b></xmp>",
    ],
)
def test_elements_that_act_are_gone_with_their_content(hostile: str) -> None:
    """H-098, H-102."""
    assert html(f"<p>before</p>{hostile}<p>after</p>") == "<p>before</p><p>after</p>"


@pytest.mark.parametrize(
    "link",
    [
        "javascript:alert(1)",
        "JaVa\tScript:alert(1)",
        "data:text/html,x",
        "vbscript:x",
        "blob:x",
        "//evil.example",
        "/api/logout",
        "file:///etc/passwd",
        "http:evil",
        "steam://run",
        "&#106;avascript:x",
        " javascript:x",
        "#top",
        "relative.html",
        "http://a b",
        "https://bank.example@evil.example/",
        "http://user:word@evil.example",
    ],
)
def test_links_that_are_not_plain_lose_their_target(link: str) -> None:
    """H-101."""
    assert "href" not in html(f'<a href="{link}">x</a>')


@pytest.mark.parametrize(
    "link",
    ["http://example.org/a?b=1&amp;c=2", "https://example.org", "mailto:a@example.org", "tel:+4930123"],
)
def test_plain_links_open_outside_and_tell_nobody(link: str) -> None:
    assert (
        html(f'<a href="{link}">x</a>')
        == f'<a href="{link}" target="_blank" rel="noopener noreferrer nofollow">x</a>'
    )


def test_control_characters_do_not_pass() -> None:
    assert html("a\x01b\x85c\x7fd\ud800e") == "abcde"


def test_remote_images_are_parked_and_counted_and_inline_ones_stay() -> None:
    clean = clean_html(
        '<img src="http://t.example/p.gif" width="1"><img src="cid:a@b" alt="A"><img src="data:image/png,x"><img srcset="http://t.example 2x">'
    )
    assert clean.blocked_images == 1
    assert 'data-remote-src="http://t.example/p.gif"' in clean.html
    assert '<img src="cid:a@b" alt="A">' in clean.html
    assert ' src="http' not in clean.html
    assert "srcset" not in clean.html
    assert "data:" not in clean.html


@pytest.mark.parametrize(
    "style, kept",
    [
        ("color:red", "color:red"),
        ("COLOR: Red ; position:fixed", "color:Red"),
        ("background:url(http://t.example)", None),
        ("background-color:url(http://t.example)", None),
        ("width:expression(alert(1))", None),
        ("background-color:image-set('x' 1x)", None),
        ("color:\\72 ed", None),
        ("margin:-100px", None),
        ("margin-left:10px;margin-top:-5px", "margin-left:10px"),
        ("z-index:9;float:left", None),
        ("color:rgb(1, 2, 3)", "color:rgb(1, 2, 3)"),
        ("col/*x*/or:red", "color:red"),
        ("border-top:solid #E1E1E1 1.0pt", "border-top:solid #E1E1E1 1.0pt"),
        ("font-family:'Segoe UI',sans-serif", "font-family:'Segoe UI',sans-serif"),
        ("behavior:url(x);-moz-binding:url(x)", None),
    ],
)
def test_only_quiet_styles_stay(style: str, kept: str | None) -> None:
    """H-099."""
    assert html(f'<p style="{style}">x</p>') == (f'<p style="{kept}">x</p>' if kept else "<p>x</p>")


@pytest.mark.parametrize(
    "hidden",
    [
        '<p style="display:none">secret</p>',
        "<p hidden>secret</p>",
        '<span style="font-size:0px">secret</span>',
        '<div style="visibility: hidden">secret</div>',
        '<div style="opacity:0">secret</div>',
        '<p style="mso-hide:all">secret</p>',
        '<p style="color:#fff;background-color:#FFF">secret</p>',
        '<div style="max-height:0;overflow:hidden">secret</div>',
        '<div style="display:none !important"><p>sec</p><p>ret</p></div>',
        "s\u200be\u200bc\U000e0041r\ufeffe\u2060t\u200b",
    ],
)
def test_hidden_text_is_removed_and_counted(hidden: str) -> None:
    """H-104."""
    clean = clean_html(f"<p>seen</p>{hidden}")
    assert clean.hidden_characters == 6
    assert "seen" in clean.html


@pytest.mark.parametrize(
    "letter",
    [
        "<style>.k{display:none} blockquote .k{display:block}</style><p class=k>KOBOLD</p><p>seen</p>",
        "<style>body>div .k{display:none}</style><div><p class=k id=k>KOBOLD</p></div><p>seen</p>",
        "<link rel=stylesheet href=http://e.example/k.css><p class='k gmail_quote_k'>KOBOLD</p><p>seen</p>",
        "<style>@media print{.k{display:block}}.k{font-size:0}</style><p class=k>KOBOLD</p><p>seen</p>",
        "<p style='display:none' class=k>KOBOLD</p><p>seen</p>",
        "<p style='font-size:0'>KOBOLD</p><p>seen</p>",
        "<div style='max-height:0;overflow:hidden'>KOBOLD</div><p>seen</p>",
    ],
)
@pytest.mark.parametrize("around", ["{}", "<blockquote><div>{}</div></blockquote>", '<div class="gmail_quote">{}</div>', "<div id=divRplyFwdMsg></div>{}"])
def test_a_letter_reads_the_same_at_every_depth(letter: str, around: str) -> None:
    """H-105: no rule that depends on the place is left, so what an agent sees is what a forward of it shows."""
    first = clean_html(letter)
    again = clean_html(around.format(first.html))
    assert "class=k" not in first.html and "style" not in first.html
    assert again.html.count("KOBOLD") == first.html.count("KOBOLD") == (0 if first.hidden_characters else 1)
    assert again.hidden_characters == 0 and "seen" in again.html
    assert again.html == clean_html(around.format("@")).html.replace("@", first.html)


def test_ids_names_and_classes_go_except_the_marks_of_history() -> None:
    """H-102."""
    assert (
        html('<div id="app" name="x" class="btn gmail_quote" contenteditable>x</div>')
        == '<div class="gmail_quote">x</div>'
    )
    assert html('<div id="divRplyFwdMsg">x</div>') == '<div class="divRplyFwdMsg">x</div>'


@pytest.mark.parametrize(
    "bomb", ["<div>" * 100_000, "&" * 2_000_000, "<p " + "a=b " * 50_000 + ">", "<b>x</b>" * 140_000]
)
def test_bombs_are_shortened(bomb: str) -> None:
    """H-103."""
    clean = clean_html("<p>Hello</p>" + bomb)
    assert clean.shortened
    assert clean.html.startswith("<p>Hello</p>")


def test_an_ordinary_page_of_a_shop_is_not_shortened() -> None:
    page = (
        '<table width="600" style="a:b"><tr><td>'
        + '<p class="x" style="color:red">12 &amp; 13<br><li>x' * 900
        + "</table>"
    )
    assert limit_of(page) == len(page)


def test_markup_that_two_parsers_read_differently_is_stable_after_one_pass() -> None:
    """H-097."""
    for odd in (
        "<p><table><p>x</table>",
        "<a href='http://a.example'><a href='http://b.example'>x",
        "<b><p></b>x</p>",
        "<table><b>x</table>",
        "<ul><li><ul></li></ul>x",
        "<!--a--!><b>x",
    ):
        once = html(odd)
        assert html(once) == once


FOLDED = {
    "Gmail": '<div>Thanks.</div><div class="gmail_quote"><div class="gmail_attr">On x, Ada wrote:</div><blockquote>Hi</blockquote></div>',
    "Thunderbird": '<p>Thanks.</p><blockquote type="cite"><p>Hi</p></blockquote>',
    "Apple Mail": '<div>Thanks.</div><div><br><blockquote type="cite"><div>On x, Ada wrote:</div><div>Hi</div></blockquote></div>',
    "Outlook on the web": '<div>Thanks.</div><div id="appendonsend"></div><hr><div id="divRplyFwdMsg"><b>From:</b> Ada</div><div>Hi</div>',
    "Outlook": '<div><p>Thanks.</p><div style="border:none;border-top:solid #E1E1E1 1.0pt;padding:3.0pt 0cm 0cm 0cm"><p><b>From:</b> Ada</p></div><p>Hi</p></div>',
    "Yahoo": '<div>Thanks.</div><div id="yahoo_quoted_1" class="yahoo_quoted"><div>On x, Ada wrote:</div><div>Hi</div></div>',
    "Proton": '<div>Thanks.</div><div class="protonmail_quote">On x, Ada wrote:<blockquote type="cite">Hi</blockquote></div>',
    "Zoho": '<div>Thanks.</div><div class="zmail_extra"><blockquote>Hi</blockquote></div>',
}


@pytest.mark.parametrize("client", FOLDED)
def test_history_marked_by_the_client_is_folded_behind_a_summary(client: str) -> None:
    clean = html(FOLDED[client])
    folded = fold_quotes(clean)
    visible = folded.partition("<details")[0]
    assert "Thanks." in visible
    assert "Hi" not in visible
    assert (
        folded.replace('<details class="quoted"><summary>…</summary>', "").replace("</details>", "") == clean
    )


@pytest.mark.parametrize(
    "own",
    [
        "<p>Hello</p>",
        '<div class="gmail_quote"><div class="gmail_attr">---------- Forwarded message ---------<br>From: Carl</div>Broken chair</div>',
        '<p>See:</p><div class="gmail_quote">---------- Forwarded message ---------<br>From: Carl<br><br>Broken</div>',
        "<p>one</p><blockquote>a</blockquote><p>two</p><blockquote>b</blockquote><p>three</p>",
    ],
)
def test_forwards_and_a_persons_own_words_stay_open(own: str) -> None:
    assert "<details" not in fold_quotes(html(own))


def test_a_signature_marked_by_the_client_is_folded() -> None:
    assert fold_quotes(html('<p>Thanks.</p><div class="gmail_signature">Dora</div>')).endswith(
        '<details class="quoted"><summary>…</summary><div class="gmail_signature">Dora</div></details>'
    )


def test_folded_html_survives_cleaning() -> None:
    folded = fold_quotes(html(FOLDED["Gmail"]))
    assert '<details class="quoted"><summary>…</summary>' in html(folded)
