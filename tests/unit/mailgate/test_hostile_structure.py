"""Bodies that break parsers or hide things (mail-safety H-027 … H-030, H-036 … H-043)."""

import base64
import hashlib

import pytest

from mailgate.parse import parse

HEAD = b"From: dora@example.org\nTo: support@example.com\nMIME-Version: 1.0\n"
MIXED = HEAD + b"Content-Type: multipart/mixed; boundary=b\n\n"


def part(content: bytes, headers: bytes = b"Content-Type: text/plain") -> bytes:
    return b"--b\n" + headers + b"\n\n" + content + b"\n"


def test_five_thousand_nested_multiparts_are_cut_and_said_to_be() -> None:
    raw = HEAD + b"".join(
        b"Content-Type: multipart/mixed; boundary=b%d\n\n--b%d\n" % (n, n) for n in range(5_000)
    )
    assert any("nested" in remark for remark in parse(raw).remarks)


def test_nested_mails_are_one_file_each_level_for_itself() -> None:
    read = parse(HEAD + b"Content-Type: message/rfc822\n\n" * 5_000 + b"\nx")
    assert [file.content_type for file in read.files] == ["message/rfc822"]


def test_no_more_parts_than_the_cap_are_read() -> None:
    read = parse(MIXED + part(b"Hello") + part(b"x", b"Content-Type: image/png") * 5_000)
    assert read.text == "Hello"
    assert len(read.files) == 100
    assert any("parts" in remark for remark in read.remarks)
    assert any("files" in remark for remark in read.remarks)


def test_a_preamble_and_an_epilogue_are_not_the_message() -> None:
    read = parse(MIXED + b"preamble words\n" + part(b"Hello") + b"--b--\nepilogue words\n")
    assert read.text == "Hello"


def test_the_same_boundary_inside_itself_loses_no_file() -> None:
    inner = b"Content-Type: multipart/mixed; boundary=b\n\n" + part(
        b"x", b"Content-Type: application/pdf; name=a.pdf"
    )
    read = parse(MIXED + part(b"Hello") + b"--b\n" + inner + b"--b--\n")
    assert "a.pdf" in [file.filename for file in read.files]


def test_the_first_of_two_content_types_counts_and_the_sender_is_not_believed() -> None:
    read = parse(HEAD + b"Content-Type: text/plain\nContent-Type: text/html\n\n<b>Hello</b>\n")
    assert read.text == "<b>Hello</b>"
    assert read.sender_problems


@pytest.mark.parametrize(
    "encoding",
    [b"base64", b"quoted-printable", b"x-uuencode", b"x-yenc", b"binhex", b"nonsense", b"8bit", b"\xff"],
)
def test_a_broken_encoding_keeps_the_bytes_in_a_file(encoding: bytes) -> None:
    read = parse(
        HEAD
        + b"Content-Type: application/zip; name=a.zip\nContent-Transfer-Encoding: "
        + encoding
        + b"\n\n*=G!\xfe\n"
    )
    assert [file.filename for file in read.files] == ["a.zip"]


def test_encoding_on_a_multipart_is_ignored() -> None:
    raw = (
        HEAD
        + b"Content-Type: multipart/mixed; boundary=b\nContent-Transfer-Encoding: base64\n\n"
        + part(b"Hello")
        + b"--b--\n"
    )
    assert parse(raw).text == "Hello"


def test_plain_and_html_that_disagree_are_both_kept() -> None:
    raw = (
        HEAD
        + b"Content-Type: multipart/alternative; boundary=b\n\n"
        + part(b"approve")
        + part(b"<p>deny</p>", b"Content-Type: text/html")
        + b"--b--\n"
    )
    read = parse(raw)
    assert (read.text, read.html) == ("approve", "<p>deny</p>")


def test_related_without_start_and_pictures_only() -> None:
    picture = b"Content-Type: image/png; name=p.png\nContent-ID: <p@x>\nContent-Transfer-Encoding: base64"
    read = parse(
        HEAD
        + b"Content-Type: multipart/related; boundary=b\n\n"
        + part(b"iVBORw0KGgo=", picture)
        + b"--b--\n"
    )
    assert read.text == ""
    assert (read.files[0].filename, read.files[0].content_id) == ("p.png", "p@x")


@pytest.mark.parametrize(
    "content_type",
    [
        "message/partial; id=x; number=1; total=2",
        "message/external-body; access-type=URL",
        "application/pkcs7-mime; name=smime.p7m",
        "application/pgp-encrypted",
        "application/applefile",
        "application/ms-tnef; name=winmail.dat",
        "text/calendar",
    ],
)
def test_what_we_do_not_open_is_a_file(content_type: str) -> None:
    raw = MIXED + part(b"Hello") + part(b"data", b"Content-Type: " + content_type.encode()) + b"--b--\n"
    read = parse(raw)
    assert read.text == "Hello"
    assert len(read.files) == 1
    assert read.files[0].content == b"data"


def test_what_cannot_be_opened_is_remarked() -> None:
    read = parse(HEAD + b"Content-Type: application/ms-tnef; name=winmail.dat\n\n\x78\x9f\x3e\x22broken")
    assert any("winmail.dat" in remark for remark in read.remarks)


def test_long_text_is_cut_and_marks_are_limited() -> None:
    raw = HEAD + b"Content-Type: text/plain; charset=utf-8\n\n"
    assert len(parse(raw + b"word " * 400_000).text) == 512 * 1024
    assert len(parse(raw + ("a" + "\u0301" * 5_000).encode()).text) <= 9


@pytest.mark.parametrize(
    "bomb",
    [
        b">" * 1_000_000,
        b"On 2 Nov 2026 a@b.example wrote:\n" * 10_000,
        b"-----\n" * 100_000,
        b"From: a@b.example\nSent: x\n" * 20_000,
    ],
)
def test_bombs_against_folding_lose_no_text(bomb: bytes) -> None:
    read = parse(HEAD + b"Content-Type: text/plain\n\nHello\n" + bomb)
    assert read.text.startswith("Hello\n")
    assert read.reply_text.startswith("Hello")


def test_deeply_nested_quotes_in_html_are_text_all_the_same() -> None:
    read = parse(HEAD + b"Content-Type: text/html\n\nHello" + b"<blockquote>" * 5_000 + b"x")
    assert "Hello" in read.text


def test_a_file_is_byte_exact_and_hashed() -> None:
    content = bytes(range(256)) * 10
    raw = (
        HEAD
        + b"Content-Type: application/octet-stream; name=a\nContent-Transfer-Encoding: base64\n\n"
        + base64.encodebytes(content)
    )
    file = parse(raw).files[0]
    assert (file.content, file.size) == (content, 2560)
    assert file.sha256 == hashlib.sha256(content).hexdigest()


def test_reading_twice_gives_the_same_reading() -> None:
    raw = MIXED + part(b"Hello") + part(b"x", b"Content-Type: application/pdf") + b"--b--\n"
    assert parse(raw) == parse(raw)
