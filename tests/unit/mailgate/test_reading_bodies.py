"""Odd but honest bodies and files: what is shown of them, in which order (mail-safety H-038, H-040, H-042, H-058)."""

import pytest

from mailgate.parse import parse

HEAD = b"From: dora@example.org\nTo: support@example.com\nMIME-Version: 1.0\n"
FLOWED = HEAD + b"Content-Type: text/plain; format=flowed\n\n"
DELSP = HEAD + b"Content-Type: text/plain; format=flowed; delsp=yes\n\n"


def multipart(subtype: str, *parts: tuple[str, str]) -> bytes:
    inner = "".join(f"--b\nContent-Type: {content_type}\n\n{content}\n" for content_type, content in parts)
    return HEAD + f"Content-Type: multipart/{subtype}; boundary=b\n\n{inner}--b--\n".encode()


@pytest.mark.parametrize(
    "raw, text",
    [
        (FLOWED + b"One long line \nis broken here.\nAnd ends.\n", "One long line is broken here.\nAnd ends."),
        (DELSP + b"Rindfleisch \netikettierung\n", "Rindfleischetikettierung"),
        (FLOWED + b" From the start\n >no quote\n", "From the start\n>no quote"),  # space-stuffed
        (FLOWED + b"> said \n> before\nand now\n", "> said before\nand now"),
        (FLOWED + b">> older \n> newer\n", ">> older \n> newer"),  # no line flows from one depth into another
        (FLOWED + b"Words \n-- \nDora\n", "Words \n-- \nDora"),  # a signature's line never flows
        (HEAD + b"Content-Type: text/plain\n\nNot \nflowed\n", "Not \nflowed"),
    ],
)
def test_flowed_text_is_put_together_again(raw: bytes, text: str) -> None:
    """RFC 3676."""
    assert [line.rstrip() for line in parse(raw).text.split("\n")] == [line.rstrip() for line in text.split("\n")]


def test_a_signature_in_flowed_text_is_folded() -> None:
    assert parse(FLOWED + b"Hello there, \nall of you.\n-- \nDora\n").reply_text == "Hello there, all of you."


HTML = ("text/html", "<p>Hello</p>")
PICTURE = ("image/png; name=p.png", "x")


@pytest.mark.parametrize(
    "raw, text, files",
    [
        (multipart("mixed", ("text/plain", "One"), PICTURE, ("text/plain", "Two")), "One\n\nTwo", ["p.png"]),
        (multipart("mixed", HTML, PICTURE, ("text/html", "<p>more</p>")), "Hello\n\nmore", ["p.png"]),
        (multipart("mixed", PICTURE), "", ["p.png"]),
        (multipart("mixed", HTML), "Hello", []),
        (multipart("alternative", ("text/plain", ""), HTML), "Hello", []),
        (multipart("alternative", ("text/plain", "Plain"), ("text/html", "")), "Plain", []),
        (multipart("mixed", ("text/calendar; name=c.ics", "BEGIN:VCALENDAR")), "", ["c.ics"]),
        (HEAD + b"Content-Type: image/png; name=p.png\n\nx", "", ["p.png"]),
        (HEAD + b"Content-Type: text/html\n\n<p>Hello</p>", "Hello", []),
        (HEAD + b"Content-Type: multipart/mixed\n\nno boundary at all", "no boundary at all", []),
        (HEAD + b"Content-Type: multipart/related; boundary=b\n\n--b\nContent-Type: text/html\n\n<p>Hi</p>\n--b--\n", "Hi", []),
    ],
)
def test_all_that_can_be_shown_is_shown_in_its_order(raw: bytes, text: str, files: list[str]) -> None:
    read = parse(raw)
    assert read.text == text
    assert [file.filename for file in read.files] == files


@pytest.mark.parametrize(
    "name, filename, is_remarked",
    [
        ("holiday.jpg", "holiday.exe", True),
        ("holiday.exe", "holiday.jpg", True),
        ("a.JPG", "b.jpg", False),
        ("holiday", "holiday.jpg", False),
        ("one.pdf", "two.pdf", False),
    ],
)
def test_two_names_of_different_kinds_are_remarked(name: str, filename: str, is_remarked: bool) -> None:
    raw = f'Content-Type: application/octet-stream; name="{name}"\nContent-Disposition: attachment; filename="{filename}"\n\nx'
    read = parse(HEAD + raw.encode())
    assert read.files[0].filename == filename
    assert any(name in remark and "second name" in remark for remark in read.remarks) is is_remarked


@pytest.mark.parametrize(
    "reply_to, remark",
    [
        ("eve@evil.example", "The mail wants its answers sent to eve@evil.example; they go to dora@example.org."),
        ("eve@evil.example, x@y.example", "eve@evil.example and 1 more"),
        ("Dora <DORA@example.org>", ""),
        ("<>", ""),
        ("", ""),
    ],
)
def test_answers_wanted_elsewhere_are_remarked(reply_to: str, remark: str) -> None:
    remarks = parse(HEAD + f"Reply-To: {reply_to}\n\nHello".encode()).remarks
    assert remarks == () if not remark else remark in remarks[0]


def test_a_hundred_addresses_for_answers_are_one_remark() -> None:
    many = ", ".join(f"a{number}@evil.example" for number in range(100))
    assert len(parse(HEAD + f"Reply-To: {many}\n\nHello".encode()).remarks) == 1
