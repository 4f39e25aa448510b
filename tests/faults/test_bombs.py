"""Mails built to cost: quadratic headers, deep nesting, a hundred thousand parts, seas of quotes (H-026–H-028, H-043).

Each is finished or fallen back within its ten seconds of the processor, and the honest mails beside it hardly notice.
"""

from collections.abc import Iterator

import pytest

from mailgate.filer import Filer
from mailgate.reading_child import Allowance
from mailgate.reading_room import ReadingRoom
from tests.custody import Custody

HEAD = b"From: Dora <dora@example.org>\r\nMessage-ID: <1@bombs.example>\r\n"
SUBJECT = HEAD + b"Subject: Bomb\r\n"


def multipart(parts: bytes) -> bytes:
    return SUBJECT + b'MIME-Version: 1.0\r\nContent-Type: multipart/mixed; boundary="b"\r\n\r\n' + parts


def nested(depth: int) -> bytes:
    opening = b"".join(b'Content-Type: multipart/mixed; boundary="b%d"\r\n\r\n--b%d\r\n' % (n, n) for n in range(depth))
    return SUBJECT + b"MIME-Version: 1.0\r\n" + opening + b"\r\nHello\r\n"


def html(body: bytes) -> bytes:
    return SUBJECT + b"Content-Type: text/html; charset=utf-8\r\n\r\n" + body


def text(body: bytes) -> bytes:
    return SUBJECT + b"Content-Type: text/plain; charset=utf-8\r\n\r\n" + body


BOMBS = {
    "240 KB of encoded words": HEAD + b"Subject: " + b"=?utf-8?q?a?= " * 17_000 + b"\r\n\r\nx\r\n",
    "20k semicolons": SUBJECT + b"Content-Type: text/plain" + b";" * 20_000 + b"\r\n\r\nx\r\n",
    "20k quotes": SUBJECT + b"Content-Type: text/plain; name=" + b'"' * 20_000 + b"\r\n\r\nx\r\n",
    "10k quotes in To": SUBJECT + b"To: " + b'"' * 10_000 + b"\r\n\r\nx\r\n",
    "10k addresses": SUBJECT + b"To: " + b"a@example.org, " * 10_000 + b"b@example.org\r\n\r\nx\r\n",
    "10k brackets": SUBJECT + b"To: " + b"(" * 10_000 + b"\r\nCc: " + b"<" * 10_000 + b"\r\n\r\nx\r\n",
    "5k parameters": SUBJECT + b"Content-Type: text/plain" + b"".join(b"; p%d=x" % n for n in range(5_000)) + b"\r\n\r\nx\r\n",
    "5k pieces of a name": SUBJECT + b"Content-Disposition: attachment"
    + b"".join(b"; filename*%d*=x" % n for n in range(5_000)) + b"\r\n\r\nx\r\n",
    "100k headers": SUBJECT + b"X-A: b\r\n" * 100_000 + b"\r\nx\r\n",
    "100k folds": HEAD + b"Subject: a" + b"\r\n b" * 100_000 + b"\r\n\r\nx\r\n",
    "5,000 nested multiparts": nested(5_000),
    "5,000 nested mails": SUBJECT + b"Content-Type: message/rfc822\r\n\r\n" * 5_000 + b"x\r\n",
    "100,000 empty parts": multipart(b"--b\r\n\r\n\r\n" * 100_000 + b"--b--\r\n"),
    "5,000 real parts": multipart(b"--b\r\nContent-Type: image/png; name=a.png\r\n\r\nabc\r\n" * 5_000 + b"--b--\r\n"),
    "1 MB of quotes": text(b">" * 1_000_000),
    "1 MB of quoted lines": text(b"> a\r\n" * 200_000),
    "10k attributions": text(b"On Monday, Dora <dora@example.org> wrote:\r\n> yes\r\n" * 10_000),
    "100k dashes": text(b"-----\r\n" * 100_000),
    "5,000 blockquotes": html(b"<blockquote>" * 5_000 + b"x"),
    "100k divs": html(b"<div>" * 100_000),
    "2 MB of ampersands": html(b"&" * 2_000_000),
    "100k half tags": html(b"<a <b " * 100_000),
    "10 MB in one line": text(b"x" * 10_000_000),
    "25 MB of soft line ends": SUBJECT + b"Content-Transfer-Encoding: quoted-printable\r\n\r\n" + b"=\r\n" * 8_300_000,
}  # fmt: skip


@pytest.fixture(scope="module")
def room() -> Iterator[ReadingRoom]:
    found = ReadingRoom(allowance=Allowance(wall_seconds=120))  # the processor's time counts, and not what else the machine does
    found.open()
    yield found
    found.close()


@pytest.mark.parametrize("bomb", BOMBS)
def test_a_bomb_is_read_or_given_up_in_time(room: ReadingRoom, bomb: str) -> None:
    """Not even once is a child lost to one of these: all end within their allowance."""
    raw = BOMBS[bomb]
    inbound = room.read(raw, "dora@example.org")
    assert inbound.sender is not None and inbound.sender.email == "dora@example.org"


def test_honest_mails_hardly_notice_the_bombs(custody: Custody) -> None:
    """All bombs in one heap, honest mails behind them: the slowest of these waits for no bomb's allowance."""
    for number, raw in enumerate(BOMBS.values()):
        custody.keep_raw(raw.replace(b"<1@bombs", b"<%d@bombs" % number))
    honest = [custody.keep(f"Parcel {number}") for number in range(20)]
    room = ReadingRoom()
    room.open()
    filer = Filer(custody.app, room)
    try:
        custody.work_off(filer)
    finally:
        filer.stop()
    assert all(custody.became(each)[:2] == ("done", 1) for each in honest)
    custody.audit()
