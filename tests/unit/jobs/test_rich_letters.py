"""Letters with rich text, pictures among the words, and messages handed on."""

from dataclasses import replace
from email.message import EmailMessage

import pytest

from jobs.compose import compose
from jobs.letter import File, Forwarded, Person
from jobs.proof import Unsound, prove
from tests.unit.jobs.letters import LETTER, read_letter, text_of

RICH = replace(LETTER, body="Pour water on it.", body_html="Pour <b>water</b> on it.", quote=None)
METER = File("meter.png", "image/png", b"\x89PNG meter", "meter@desk")
SHOWN = replace(RICH, body_html='See <img src="cid:meter@desk" alt="the meter">', files=(METER, File("a.txt", "text/plain", b"a")))


def structure(message: EmailMessage) -> list[str]:
    return [part.get_content_type() for part in message.walk()]


def test_the_html_says_it_with_form_and_the_text_without() -> None:
    message = read_letter(RICH)
    assert message.get_content_type() == "multipart/alternative"
    assert text_of(message) == "Pour water on it.\n"
    assert "<div>Pour <b>water</b> on it.</div>" in text_of(message, "html")


def test_a_picture_is_shown_in_its_place_and_a_file_beside_the_words() -> None:
    message = read_letter(SHOWN)
    assert structure(message) == [
        "multipart/mixed", "multipart/alternative", "text/plain", "multipart/related", "text/html", "image/png",
        "text/plain",
    ]  # fmt: skip
    [picture] = [part for part in message.walk() if part["Content-ID"]]
    assert f'src="cid:{picture["Content-ID"].strip("<>")}"' in text_of(message, "html")
    assert picture.get_content_disposition() == "inline" and picture.get_payload(decode=True) == METER.data
    assert [part.get_filename() for part in message.iter_attachments()] == ["a.txt"]
    prove(compose(SHOWN), SHOWN)


def test_without_other_files_the_mail_is_no_mixture() -> None:
    letter = replace(SHOWN, files=(METER,))
    assert structure(read_letter(letter)) == ["multipart/alternative", "text/plain", "multipart/related", "text/html", "image/png"]
    prove(compose(letter), letter)


def test_a_mail_with_pictures_is_always_the_same_bytes() -> None:
    assert compose(SHOWN) == compose(SHOWN)


@pytest.mark.parametrize("name", ["a@b>\r\nBcc: evil@x.example", 'x" onerror="x()', "ü@desk", "a" * 900])
def test_the_name_a_stranger_gave_a_picture_stands_nowhere(name: str) -> None:
    """H-120: a forwarded mail brings Content-IDs that others chose."""
    picture = replace(METER, content_id=name)
    shown = name.replace("&", "&amp;").replace('"', "&quot;").replace(">", "&gt;")
    letter = replace(RICH, body_html=f'<img src="cid:{shown}">', files=(picture,))
    mime = compose(letter)
    assert name.encode() not in mime and b"evil" not in mime and b"onerror" not in mime
    prove(mime, letter)


def test_a_picture_that_is_none_is_no_part_of_the_page() -> None:
    letter = replace(SHOWN, files=(replace(METER, content_type="image/svg+xml"),))
    message = read_letter(letter)
    assert "cid:" not in text_of(message, "html") and "[the meter]" in text_of(message, "html")
    assert [part.get_filename() for part in message.iter_attachments()] == ["meter.png"]


def test_remote_pictures_of_a_forwarded_mail_are_left_out() -> None:
    html = '<p>Hello</p><img data-remote-src="https://tracker.example/p.gif" alt="logo">'
    letter = replace(RICH, forwarded=Forwarded((("From", "Dora"),), "Hello", html), template="forward")
    assert "tracker" not in compose(letter).decode() and "[logo]" in text_of(read_letter(letter), "html")


def test_a_forward_shows_whose_words_they_are() -> None:
    above = (("From", "Dora <dora@example.net>"), ("Date", "04 Mar 2026, 04:00 UTC"), ("Subject", "Printer"))
    letter = replace(LETTER, template="forward", quote=None, parents=(), subject="Fwd: Re: Printer", forwarded=Forwarded(above, "It burns.\n> old"))
    message = read_letter(letter)
    assert message["Subject"] == "Fwd: Re: Printer [#KTRB-042]"
    assert message["In-Reply-To"] is None and message["References"] is None
    assert text_of(message) == (
        "Pour water on it.\n\n---------- Forwarded message ----------\nFrom: Dora <dora@example.net>\n"
        "Date: 04 Mar 2026, 04:00 UTC\nSubject: Printer\n\nIt burns.\n> old\n"
    )
    assert "Dora &lt;dora@example.net&gt;" in text_of(message, "html")
    prove(compose(letter), letter)


def test_several_people_stand_in_to() -> None:
    letter = replace(LETTER, also_to=(Person("Frank", "frank@example.org"),), cc=(Person("", "zoe@example.org"),))
    message = read_letter(letter)
    assert [str(address) for address in message["To"].addresses] == ["Dora <dora@example.net>", "Frank <frank@example.org>"]
    prove(compose(letter), letter)
    with pytest.raises(Unsound):
        prove(compose(letter), LETTER)
