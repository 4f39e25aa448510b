"""Headers that break parsers or pretend (mail-safety H-025, H-026, H-031 … H-035, H-042, H-044, H-046)."""

import pytest

from mailgate.inbound import Inbound
from mailgate.parse import parse
from mailgate.reading.read import read_mail
from models.text import is_clean

HEADERS = (
    "From",
    "Sender",
    "Reply-To",
    "To",
    "Cc",
    "Subject",
    "Date",
    "Message-ID",
    "In-Reply-To",
    "References",
    "Content-Type",
    "Content-Disposition",
    "Content-Transfer-Encoding",
    "Received",
)
FRAGMENTS = (
    b"<",
    b">",
    b'"',
    b"(",
    b")",
    b"@",
    b"a@[",
    b"<[",
    b"<[>",
    b"[",
    b"=?",
    b"=?utf-8?b?",
    b"=?utf-8?q?=",
    b",;",
    b":;",
    b";",
    b"\xff",
    b"\x00",
    b"\x1b$B",
    b"a@",
    b"@a",
    b"a@b@c",
    b"<<a@b>>",
    b"\\",
    b'"\\',
    b"(" * 5000,
    b'"' * 5000,
    b";" * 5000,
    b"=?a?b?" * 900,
    b"a@b," * 1500,
    b"*0*=''%",
    b"name*99999999999=x",
    b"Fri, 99 Xxx 99999 99:99:99 +9999",
)


def mail(**headers: str | bytes) -> bytes:
    """A mail of these headers; names have '_' for '-'."""
    lines = [
        name.replace("_", "-").encode() + b": " + (value if isinstance(value, bytes) else value.encode())
        for name, value in headers.items()
    ]
    return b"\r\n".join([*lines, b"", b"Hello", b""])


@pytest.mark.parametrize("header", HEADERS)
def test_no_fragment_in_any_header_breaks_the_reading(header: str) -> None:
    for fragment in FRAGMENTS:
        read = read_mail(
            b"From: dora@example.org\n"
            + header.encode()
            + b": "
            + fragment
            + b"\nTo: a@example.com\n\nHello\n",
            "",
        )
        assert "Hello" in read.text or read.files


@pytest.mark.parametrize("header", HEADERS)
def test_headers_over_their_cap_are_shortened_and_said_to_be(header: str) -> None:
    read = parse(b"From: dora@example.org\n" + header.encode() + b": " + b"x;" * 20_000 + b"\n\nHello\n")
    assert any("Shortened" in remark for remark in read.remarks)


def test_a_header_block_without_end_is_cut_and_the_body_is_still_found() -> None:
    read = parse(b"From: dora@example.org\n" + b"X-A: b\n" * 100_000 + b"\nHello\n")
    assert read.sender is not None
    assert any("headers" in remark for remark in read.remarks)
    assert len(read.headers) <= 1_000


@pytest.mark.parametrize("raw", [b"", b"\n", b"\r\n\r\n", b"\x00", b"\xef\xbb\xbf", b":", b"From", b"From:"])
def test_next_to_nothing_is_a_mail_from_nobody(raw: bytes) -> None:
    read = parse(raw)
    assert read.sender is None
    assert read.sender_problems


def test_a_look_alike_header_inside_a_value_stays_in_it() -> None:
    for breaker in (b"\r", b"\x0b", b"\x0c", "\u0085".encode(), "\u2028".encode()):
        read = parse(
            mail(
                From="dora@example.org",
                Subject=b"Hi" + breaker + b"Bcc: eve@example.net",
                To="support@example.com",
            )
        )
        assert read.cc == ()
        assert "\r" not in read.subject
        assert [name for name, _ in read.headers] == ["From", "Subject", "To"]


def test_bare_line_ends_and_nul_in_the_headers_make_the_sender_unbelieved() -> None:
    assert "NUL" in str(parse(mail(From="dora@example.org", Subject=b"a\x00b")).sender_problems)
    assert "bare" in str(parse(mail(From="dora@example.org", Subject=b"a\rb")).sender_problems)
    assert "bare" in str(parse(mail(From="dora@example.org", Subject=b"a\nX-B: c")).sender_problems)


def test_nothing_postgres_refuses_is_in_any_field() -> None:
    encoded = b"=?utf-8?q?a=00b=C2=85?="
    read = parse(
        mail(
            From=encoded + b" <a=00@example.org>",
            To=encoded + b" <b@example.org>",
            Subject=encoded,
            Message_ID=b"<" + encoded + b"@x>",
            In_Reply_To=b"<a\x00@x>",
            List_Id=encoded,
            Content_Type=b'text/plain; name="' + encoded + b'"',
        )
    )
    assert read.files
    texts = [
        read.subject,
        read.message_id,
        *read.in_reply_to,
        read.list_id,
        read.files[0].filename,
        *(value for _, value in read.headers),
    ]
    texts += [
        part for address in (*read.to, read.sender) if address for part in (address.email, address.name)
    ]
    assert all(is_clean(text) for text in texts)


@pytest.mark.parametrize(
    "charset",
    [
        "utf-7",
        "unicode_escape",
        "raw_unicode_escape",
        "punycode",
        "idna",
        "zlib",
        "hex",
        "rot13",
        "utf-16",
        "hz",
        "cp65001",
        "x" * 3000,
        "../x",
        "iso-2022-jp",
        "utf-32",
        "base64",
        "undefined",
        "mbcs",
        "",
    ],
)
def test_no_charset_label_runs_a_codec_or_breaks_the_reading(charset: str) -> None:
    read = parse(
        mail(From="dora@example.org", Content_Type=f"text/plain; charset={charset}").replace(
            b"Hello", b"Hello \\x3cscript\\x3e"
        )
    )
    assert read.text == "Hello \\x3cscript\\x3e"


@pytest.mark.parametrize(
    "date",
    [
        "",
        "yesterday",
        "Mon, 1 Jan 1900 00:00:00 +0000",
        "Fri, 31 Dec 9999 23:59:59 +0000",
        "Mon, 2 Nov 2026 10:00:00 +9999",
        "1" * 100_000,
    ],
)
def test_an_absurd_date_is_no_date(date: str) -> None:
    assert parse(mail(From="dora@example.org", Date=date)).date is None


def test_a_date_comes_in_utc() -> None:
    date = parse(mail(From="dora@example.org", Date="Mon, 2 Nov 2026 10:15:00 +0100")).date
    assert date is not None
    assert date.isoformat() == "2026-11-02T09:15:00+00:00"


@pytest.mark.parametrize(
    "value, wanted",
    [
        ("<" + "a" * 12_000 + "@example.org>", 998),
        ("<a b@example.org>", len("ab@example.org")),
        ("x", 1),
        ("<>", 0),
        ("", 0),
    ],
)
def test_message_ids_of_any_shape_come_out_short_and_bare(value: str, wanted: int) -> None:
    read = parse(mail(From="dora@example.org", Message_ID=value))
    assert len(read.message_id) <= wanted
    assert not set(read.message_id) & set("<> ")


def test_the_newest_references_are_kept_when_there_are_too_many() -> None:
    many = " ".join(f"<{number}@example.org>" for number in range(600))
    kept = parse(mail(From="dora@example.org", References=many)).references
    assert len(kept) <= 100
    assert kept[-1] == "599@example.org"


def disposition(value: str) -> Inbound:
    return parse(mail(From="dora@example.org", Content_Type="application/pdf", Content_Disposition=value))


def test_the_decoded_extended_name_wins_over_the_plain_one() -> None:
    read = disposition("attachment; filename=\"plain.pdf\"; filename*=utf-8''Gr%C3%BC%C3%9Fe.pdf")
    assert read.files[0].filename == "Grüße.pdf"


def test_five_thousand_pieces_of_a_name_are_read_and_cut() -> None:
    read = disposition("attachment; " + "; ".join(f"filename*{number}*=ab" for number in range(5_000)))
    assert 0 < len(read.files[0].filename) <= 200


@pytest.mark.parametrize(
    "name, other, shown",
    [
        ("Rechnung ??.pdf", "Rechnung №7.pdf", "Rechnung №7.pdf"),
        ("Rechnung ??.pdf", "Rechnung 17.pdf", "Rechnung 17.pdf"),
        ("What??.pdf", "Else77.pdf", "What??.pdf"),
        ("What?.pdf", "", "What?.pdf"),
    ],
)
def test_a_name_that_lost_letters_gives_way_to_the_one_that_has_them(name: str, other: str, shown: str) -> None:
    """Senders write one name in a small charset, with question marks, and the other whole."""
    typed = f'application/pdf; name="{other}"' if other else "application/pdf"
    raw = mail(From="dora@example.org", Content_Type=typed, Content_Disposition=f'attachment; filename="{name}"')
    assert parse(raw).files[0].filename == shown
