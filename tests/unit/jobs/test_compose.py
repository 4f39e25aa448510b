"""The mail that a customer gets."""

from dataclasses import replace

import pytest

from jobs.compose import compose
from jobs.letter import File, Person, Quote, new_words
from jobs.proof import prove
from tests.unit.jobs.letters import LETTER, read_letter, text_of


def test_a_reply_carries_the_fields_it_must_and_no_other() -> None:
    assert read_letter(LETTER).keys() == [
        "From", "To", "Subject", "Date", "Message-ID", "In-Reply-To", "References",
        "X-Auto-Response-Suppress", "X-Postroom-Id", "MIME-Version", "Content-Type",
    ]  # fmt: skip


def test_the_same_letter_is_always_the_same_bytes() -> None:
    letter = replace(LETTER, files=(File("a.txt", "text/plain", b"a"),))
    assert compose(letter) == compose(letter)


@pytest.mark.parametrize(
    "subject",
    [
        "Printer on fire",
        "Re: Printer on fire",
        "RE: re: Printer on fire",
        "AW: Re[2]: Printer on fire",
        "Re: Printer on fire [#KTRB-042]",
        "Re: [#KTRB-042] Printer on fire [#KTRB-042]",
        "Printer\r\n\ton  fire",
    ],
)
def test_the_subject_has_one_re_and_the_reference_once(subject: str) -> None:
    assert read_letter(replace(LETTER, subject=subject))["Subject"] == "Re: Printer on fire [#KTRB-042]"


def test_a_forwarded_subject_stays_forwarded() -> None:
    assert read_letter(replace(LETTER, subject="Fwd: Invoice"))["Subject"] == "Re: Fwd: Invoice [#KTRB-042]"


def test_a_subject_cannot_write_a_header() -> None:
    message = read_letter(
        replace(LETTER, subject="=?utf-8?q?a=0d=0aBcc=3a_evil=40x?=\r\nBcc: evil@x.example")
    )
    assert message["Bcc"] is None
    assert message["Subject"] == "Re: =?utf-8?q?a=0d=0aBcc=3a_evil=40x?= Bcc: evil@x.example [#KTRB-042]"


def test_the_others_on_the_ticket_are_shown_in_cc() -> None:
    message = read_letter(
        replace(LETTER, cc=(Person("", "frank@example.org"), Person("Zoë", "zoe@example.org")))
    )
    assert [str(address) for address in message["Cc"].addresses] == [
        "frank@example.org",
        "Zoë <zoe@example.org>",
    ]


def test_text_and_html_say_the_same() -> None:
    message = read_letter(replace(LETTER, body="1 < 2\n  indented <script>", signature="Ada\nSupport"))
    assert text_of(message) == (
        "1 < 2\n  indented <script>\n\n-- \nAda\nSupport\n\nOn 04 Mar 2026 at 04:00 UTC, Dora wrote:\n"
        "> It burns.\n>\n> Help!\n"
    )
    html = text_of(message, "html")
    assert "1 &lt; 2<br>\n\u00a0\u00a0indented &lt;script&gt;" in html
    assert "Ada<br>\nSupport" in html and "It burns.<br>" in html


def test_a_name_is_text_in_html_too() -> None:
    quote = Quote("Tom & Jerry &lt;b>", LETTER.date, "Hi")
    assert "Tom &amp; Jerry &amp;lt;b wrote:" in text_of(read_letter(replace(LETTER, quote=quote)), "html")


def test_without_a_quote_nothing_is_quoted() -> None:
    assert text_of(read_letter(replace(LETTER, quote=None))) == "Pour water on it.\n"


def test_a_quote_without_words_is_none() -> None:
    quote = replace(LETTER.quote, body="") if LETTER.quote else None
    assert "wrote:" not in text_of(read_letter(replace(LETTER, quote=quote)))


def test_a_very_long_quote_is_cut() -> None:
    quote = Quote("Dora", LETTER.date, "word " * 100_000)
    text = text_of(read_letter(replace(LETTER, quote=quote)))
    assert len(text) < 25_000 and text.endswith("> […]\n")


def test_what_was_quoted_already_is_not_quoted_again() -> None:
    assert new_words("Yes.\n> old\n-- \nDora", [[5, 11, "quote"], [11, 19, "signature"]]) == "Yes."
    assert new_words("Yes.", []) == "Yes."


def test_lines_of_any_length_become_short_ones_of_seven_bits() -> None:
    mime = compose(replace(LETTER, body="ü" * 50_000 + "\n" + "x" * 50_000))
    assert mime.isascii()
    assert max(map(len, mime.split(b"\r\n"))) <= 100


def test_files_travel_with_their_names() -> None:
    files = (
        File("Übersicht 2026.pdf", "application/pdf", bytes(range(256)) * 10),
        File("a\r\nBcc: evil@x.example.txt", "text/plain; charset=evil\r\nBcc: x", b"hello\nworld"),
        File("mail.eml", "message/rfc822", b"From: x@y\n\nhello"),
    )
    letter = replace(LETTER, files=files)
    prove(compose(letter), letter)
    parts = list(read_letter(letter).iter_attachments())
    assert [part.get_filename() for part in parts] == [
        "Übersicht 2026.pdf",
        "a Bcc_ evil@x.example.txt",
        "mail.eml",
    ]
    assert [part.get_content_type() for part in parts] == [
        "application/pdf",
        *["application/octet-stream"] * 2,
    ]
    assert [part.get_payload(decode=True) for part in parts] == [file.data for file in files]
