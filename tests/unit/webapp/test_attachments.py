"""Names and types of attachments (mail-safety H-112 to H-114)."""

import pytest

from webapp.inbox.attachments import disposition, shown_name
from webapp.pictures import picture_type


@pytest.mark.parametrize(
    ("given", "shown"),
    [
        ("../../etc/passwd", "passwd"),
        ("C:\\Users\\x\\plan.doc", "plan.doc"),
        ("/absolute", "absolute"),
        ("nul\x00l.txt", "null.txt"),
        ("two\r\nlines.txt", "two  lines.txt"),
        ("\u200b.htaccess", "htaccess"),
        (".htaccess", "htaccess"),
        ("photo\u202egpj.exe", "photogpj.exe"),
        ("trailing. . ", "trailing"),
        ("", "attachment"),
        ("...", "attachment"),
        ("🎉 party.png", "🎉 party.png"),
        ("e\u0301te\u0301.txt", "été.txt"),
    ],
)
def test_a_name_is_shown_without_what_could_trick_somebody(given: str, shown: str) -> None:
    """H-112."""
    assert shown_name(given) == shown


def test_a_long_name_keeps_its_ending() -> None:
    name = shown_name("x" * 5000 + ".pdf")
    assert len(name) == 120
    assert name.endswith(".pdf")


@pytest.mark.parametrize(
    "name", ['a"b.txt', "a;b.txt", "a%22b.txt", "ü.txt", "a\r\nSet-Cookie: x=1", "\udcff.txt"]
)
def test_the_download_header_is_one_safe_line(name: str) -> None:
    header = disposition(name)
    header.encode("ascii")
    assert header.startswith('attachment; filename="')
    assert "\n" not in header and "\r" not in header
    assert header.split('"')[2].startswith("; filename*=UTF-8''")


@pytest.mark.parametrize(
    ("content", "kind"),
    [
        (b"\x89PNG\r\n\x1a\n...", "image/png"),
        (b"\xff\xd8\xff\xe0", "image/jpeg"),
        (b"GIF89a", "image/gif"),
        (b"RIFF....WEBPVP8 ", "image/webp"),
        (b"<svg xmlns='http://www.w3.org/2000/svg'>", None),
        (b"<html>", None),
        (b"%PDF-1.7", None),
        (b"", None),
    ],
)
def test_a_picture_is_what_begins_like_one(content: bytes, kind: str | None) -> None:
    assert picture_type(content) == kind
