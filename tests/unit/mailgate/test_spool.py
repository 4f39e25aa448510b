"""A body on its way in: counted, hashed, looked at, and held within bounds."""

import asyncio
import hashlib
import threading
from pathlib import Path

import pytest

from mailgate.parse import parse
from mailgate.spool import Anomalies, Body, Spool, header_block, message_id_in
from models.blobs import BlobStore


def spooled(folder: Path, *chunks: bytes, in_row: int = 100, limit: int = 1_000) -> tuple[Spool, Body]:
    async def receive() -> tuple[Spool, Body]:
        spool = Spool(BlobStore(folder), in_row, limit)
        for chunk in chunks:
            spool.take(chunk)
            if spool.wants_writing:
                await spool.write_out()
        return spool, await spool.finish()

    return asyncio.run(receive())


def test_a_small_body_stays_in_memory(tmp_path: Path) -> None:
    _, body = spooled(tmp_path, b"hello ", b"world")
    assert body.raw == b"hello world" and body.spooled is None and body.size == 11
    assert body.sha256 == hashlib.sha256(b"hello world").digest()
    assert list(tmp_path.iterdir()) == []


def test_a_large_body_goes_to_a_file_and_is_gone_when_nobody_wants_it(tmp_path: Path) -> None:
    spool, body = spooled(tmp_path, b"x" * 300, b"y" * 300, b"z" * 300)
    assert body.raw is None and body.spooled is not None
    assert body.spooled.read_bytes() == b"x" * 300 + b"y" * 300 + b"z" * 300
    spool.discard()
    assert list(tmp_path.iterdir()) == []


def test_a_body_that_is_large_at_once_goes_to_a_file_too(tmp_path: Path) -> None:
    _, body = spooled(tmp_path, b"x" * 101)
    assert body.raw is None


def test_over_the_limit_nothing_is_held_and_all_is_counted(tmp_path: Path) -> None:
    async def receive() -> Spool:
        spool = Spool(BlobStore(tmp_path), in_row=100, limit=150)
        spool.take(b"x" * 120)
        await spool.write_out()
        for _ in range(5):
            spool.take(b"x" * 100)
        return spool

    spool = asyncio.run(receive())
    assert spool.too_big and spool.size == 620 and not spool.wants_writing
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(
    ("body", "count"),
    [
        (b"Received: a\r\n\tby b\r\nreceived: c\r\nX-Received: d\r\n\r\nReceived: body\r\n", 2),
        (b"Received : a\nRECEIVED:b\n\nReceived: body\n", 2),
        (b"\r\nReceived: body\r\n", 0),
        (b"Received: only", 1),
    ],
)
def test_received_lines_are_counted_in_the_header_alone(tmp_path: Path, body: bytes, count: int) -> None:
    assert spooled(tmp_path, body)[1].received_lines == count


@pytest.mark.parametrize(
    ("chunks", "flags"),
    [
        ((b"a\r\n", b"b\r\n"), ()),
        ((b"a\r", b"\nb\r\n"), ()),
        ((b"a\nb",), ("bare_lf",)),
        ((b"a\rb",), ("bare_cr",)),
        ((b"a\0",), ("nul",)),
        ((b"a\n.\r\n",), ("bare_lf", "end_lookalike")),
        ((b"a\n", b".", b"\r\n"), ("bare_lf", "end_lookalike")),
        ((b"a\r.\r\n",), ("bare_cr", "end_lookalike")),
        ((b"a\r\n.\r\n",), ()),
    ],
)
def test_oddities_are_noted_however_they_are_cut(chunks: tuple[bytes, ...], flags: tuple[str, ...]) -> None:
    anomalies = Anomalies()
    for chunk in chunks:
        anomalies.look(chunk)
    assert anomalies.flags() == flags


@pytest.mark.parametrize(
    ("headers", "message_id"),
    [
        (b"Message-ID: <one@example.net>", "one@example.net"),
        (b"message-id:<One@Example.NET>", "One@Example.NET"),
        (b"Subject: x\r\nMessage-ID:\r\n <folded@example.net>", "folded@example.net"),
        (b"Message-ID : <old@example.net>\r\nMessage-ID: <second@example.net>", "old@example.net"),
        (b"Message-ID: <" + b"x" * 998 + b">", "x" * 998),
        (b"Message-ID: <" + b"x" * 999 + b">", ""),
        (b"Message-ID: <with space@example.net>", ""),
        (b"Message-ID: bare@example.net", ""),
        (b"Subject: <not@example.net>\r\nIn-Reply-To: <nor@example.net>", ""),
        (b"Subject: x\r\n\r\nMessage-ID: <in-the-body@example.net>", ""),
    ],
)
def test_an_ordinary_message_id_is_seen_in_passing(headers: bytes, message_id: str) -> None:
    """What is seen is what the filers read, or nothing: a reply never waits for the wrong mail."""
    assert message_id_in(header_block(headers + b"\r\n\r\nhello\r\n")) == message_id
    if message_id:
        assert parse(headers + b"\r\n\r\nhello\r\n").message_id == message_id


def test_a_client_that_leaves_while_its_mail_is_written_leaves_no_file(tmp_path: Path) -> None:
    """The thread that writes goes on for a moment; only then is thrown away what it wrote."""
    begins, may_go_on = threading.Event(), threading.Event()

    class SlowDisk(BlobStore):
        def fresh_path(self) -> Path:
            begins.set()
            assert may_go_on.wait(10)
            return super().fresh_path()

    async def leave() -> None:
        spool = Spool(SlowDisk(tmp_path), in_row=10, limit=1_000)
        spool.take(b"x" * 100)
        writing = asyncio.create_task(spool.write_out())
        await asyncio.to_thread(begins.wait, 10)
        writing.cancel()
        await asyncio.gather(writing, return_exceptions=True)
        spool.discard()
        may_go_on.set()
        await asyncio.get_running_loop().shutdown_default_executor()
        await asyncio.sleep(0)

    asyncio.run(leave())
    assert list(tmp_path.iterdir()) == []
