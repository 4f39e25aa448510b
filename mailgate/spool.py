"""Holds one incoming body within bounds: in memory while it is small, in a file of the blob folder beyond.

Counts, hashes and looks at the bytes on the way, so that nothing has to be read a second time.
"""

import asyncio
import hashlib
import os
import re
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

from models.blobs import BlobStore

HEAD = 256 * 1024  # octets in which the header block is looked for
IN_ONE_GO = 4  # times what a row may hold: a body of medium size goes to its file in one piece
_RECEIVED = re.compile(rb"^received[ \t]*:", re.IGNORECASE | re.MULTILINE)
_MESSAGE_ID = re.compile(rb"^message-id[ \t]*:(?:[ \t]|\r?\n[ \t])*<([!-;=?-~]{1,998})>", re.IGNORECASE | re.MULTILINE)
_END_OF_HEADERS = re.compile(rb"(?:\A|\n)\r?\n")
_DOT_ALONE_BUT_NOT_IN_CRLF = re.compile(rb"(?:(?<!\r)\n|\r(?!\n))\.(?=[\r\n])")


@dataclass(frozen=True, slots=True)
class Body:
    """A whole mail as it came: its bytes in `raw`, or in the file at `spooled` when it was large."""

    raw: bytes | None
    spooled: Path | None
    size: int
    sha256: bytes
    wire_flags: tuple[str, ...]
    received_lines: int
    message_id: str  # without brackets; '' where there is none that can be told at a glance


class Anomalies:
    """Notes what a strict reader of the wire would stumble over; the bytes stay as they are."""

    def __init__(self) -> None:
        self._cr = self._lf = self._crlf = 0
        self._nul = self._end_lookalike = False
        self._last = b""

    def look(self, chunk: bytes) -> None:
        self._nul = self._nul or b"\0" in chunk
        crlf = chunk.count(b"\r\n")
        cr = lf = crlf
        if len(chunk) - len(chunk.translate(None, b"\r\n")) != 2 * crlf:  # one look for what is hardly ever so
            cr, lf = chunk.count(b"\r"), chunk.count(b"\n")
        crlf += self._last[-1:] == b"\r" and chunk[:1] == b"\n"
        self._cr, self._lf, self._crlf = self._cr + cr, self._lf + lf, self._crlf + crlf
        is_odd = self._cr != self._crlf or self._lf != self._crlf
        if is_odd and not self._end_lookalike:
            self._end_lookalike = bool(_DOT_ALONE_BUT_NOT_IN_CRLF.search(self._last + chunk))
        self._last = (self._last + chunk)[-4:] if len(chunk) < 4 else chunk[-4:]

    def flags(self) -> tuple[str, ...]:
        """`bare_cr`, `bare_lf`, `nul`; `end_lookalike`: a lone dot behind a bare line end."""
        found = {
            "bare_cr": self._cr > self._crlf,
            "bare_lf": self._lf > self._crlf,
            "nul": self._nul,
            "end_lookalike": self._end_lookalike,
        }
        return tuple(name for name, is_there in found.items() if is_there)


class Spool:
    """Takes a body chunk by chunk. Over `limit` octets it keeps nothing more and only counts on."""

    def __init__(self, blobs: BlobStore, in_row: int, limit: int) -> None:
        self._blobs = blobs
        self._in_row = in_row
        self._limit = limit
        self._chunks: list[bytes] = []
        self._waiting = 0  # octets in _chunks
        self._file: BinaryIO | None = None
        self._path: Path | None = None
        self._writing: asyncio.Future[None] | None = None
        self._hash = hashlib.sha256()
        self._anomalies = Anomalies()
        self._head = b""
        self._is_refused = False
        self.size = 0

    @property
    def too_big(self) -> bool:
        return self.size > self._limit

    @property
    def wants_writing(self) -> bool:
        """Whether so much is in memory that `write_out` should be awaited before more is taken."""
        return self._waiting > IN_ONE_GO * self._in_row

    def take(self, chunk: bytes) -> None:
        """The next bytes of the body."""
        self.size += len(chunk)
        if self.too_big:
            self.refuse()
        if self._is_refused:
            return
        self._hash.update(chunk)
        self._anomalies.look(chunk)
        if len(self._head) < HEAD:
            self._head += chunk[: HEAD - len(self._head)]
        self._chunks.append(chunk)
        self._waiting += len(chunk)

    async def write_out(self) -> None:
        """Moves what is in memory to the file, beside the event loop. Raises `OSError`."""
        await self._in_thread(self._write_to_file)

    def refuse(self) -> None:
        """From now on nothing is kept, only counted."""
        if not self._is_refused:
            self._is_refused = True
            self.discard()

    async def finish(self) -> Body:
        """The whole body; a large one is on the disk by then, under a temporary name. Raises `OSError`."""
        if self._file is not None or self._waiting > self._in_row:
            await self._in_thread(self._close_durably)
        headers = header_block(self._head)
        return Body(
            raw=None if self._path else b"".join(self._chunks),
            spooled=self._path,
            size=self.size,
            sha256=self._hash.digest(),
            wire_flags=self._anomalies.flags(),
            received_lines=len(_RECEIVED.findall(headers)),
            message_id=message_id_in(headers),
        )

    def discard(self) -> None:
        """Lets go of everything held; harmless after the blob store has taken the file over."""
        if self._writing is not None and not self._writing.done():
            self._writing.add_done_callback(lambda _: self._let_go())
        else:
            self._let_go()

    def _let_go(self) -> None:
        self._chunks.clear()
        self._waiting = 0
        self._head = b""
        if self._file is not None:
            self._file.close()
            self._file = None
        if self._path is not None:
            self._path.unlink(missing_ok=True)
            self._path = None

    async def _in_thread(self, write: Callable[[], None]) -> None:
        """Runs `write` beside the event loop. Shielded: a client that leaves does not end it half-way."""
        self._writing = asyncio.get_running_loop().run_in_executor(None, write)
        await asyncio.shield(self._writing)

    def _write_to_file(self) -> None:
        if self._file is None:
            self._path = self._blobs.fresh_path()
            self._file = open(self._path, "xb", buffering=0)
        # Not os.writev: it may stop half-way, and a raw file's write may too.
        for chunk in self._chunks:
            _write_all(self._file, chunk)
        self._chunks.clear()
        self._waiting = 0

    def _close_durably(self) -> None:
        self._write_to_file()
        if self._file is not None:
            os.fsync(self._file.fileno())
            self._file.close()
            self._file = None


def _write_all(file: BinaryIO, data: bytes) -> None:
    view = memoryview(data)
    while view:
        view = view[file.write(view) :]


def header_block(head: bytes) -> bytes:
    """What stands before the first empty line."""
    end = _END_OF_HEADERS.search(head)
    return head[: end.start()] if end else head


def message_id_in(headers: bytes) -> str:
    """The Message-ID, where it is an ordinary one. Nothing is decided by it: it tells the filers which mail to wait for."""
    found = _MESSAGE_ID.search(headers)
    return found[1].decode("ascii") if found else ""
