"""Reads commands and bodies from the wire in bulk.

The mail library's own loop keeps one object per body line, so that 25 MiB of empty lines cost gigabytes. Here
a body passes through in the chunks in which it arrived: the end is searched for and the dots are taken off
(RFC 5321 section 4.5.2) chunk by chunk, and only CR LF . CR LF ends a mail, nothing that merely looks like it.
"""

import asyncio
from collections.abc import AsyncIterator

END_OF_DATA = b"\r\n.\r\n"
CHUNK = 65_536  # bytes asked of the stream at once


class EndOfInput(Exception):
    """The client has gone, or said all it will say."""


class LineTooLong(Exception):
    """A command line over the limit; it has been read to its end and dropped."""


class DotReader:
    """Takes the wire's bytes in any pieces, gives back the mail's bytes; pure and synchronous.

    `finished` turns true with the terminator; `rest` then holds what came behind it (the next command).
    """

    def __init__(self) -> None:
        self.finished = False
        self.rest = b""
        # A mail may end with its first line: a CR LF is imagined in front of it and dropped again.
        self._held = b"\r\n"
        self._imagined = 2

    def feed(self, chunk: bytes) -> bytes:
        """The next bytes of the mail. What might be the start of the terminator is held back until it is sure."""
        wire = self._held + chunk
        end = wire.find(END_OF_DATA)
        if end >= 0:
            self.finished = True
            self.rest = wire[end + len(END_OF_DATA) :]
            self._held = b""
            return self._unstuffed(wire[: end + 2])
        keep = _length_of_possible_terminator(wire)
        self._held = wire[len(wire) - keep :]
        return self._unstuffed(wire[: len(wire) - keep])

    def _unstuffed(self, wire: bytes) -> bytes:
        content = wire.replace(b"\r\n.", b"\r\n")
        if self._imagined and content:
            dropped = min(self._imagined, len(content))
            self._imagined -= dropped
            return content[dropped:]
        return content


def _length_of_possible_terminator(wire: bytes) -> int:
    """How many bytes at the end could begin a terminator (0 to 4)."""
    for length in (4, 3, 2, 1):
        if wire.endswith(END_OF_DATA[:length]):
            return length
    return 0


class WireReader:
    """What a client sends, command line by command line, or as a body."""

    def __init__(self, source: asyncio.StreamReader) -> None:
        self._source = source
        self._pending = bytearray()

    @property
    def has_more(self) -> bool:
        """Whether the client has already sent something behind what was read last (pipelining)."""
        return bool(self._pending)

    def drop_pending(self) -> None:
        """Forgets what was sent ahead: nothing said before a TLS handshake counts after it (RFC 3207 4.2)."""
        self._pending.clear()

    async def speaks_within(self, seconds: float) -> bool:
        """Whether the client says anything in that time; raises EndOfInput when it leaves."""
        if self._pending:
            return True
        try:
            async with asyncio.timeout(seconds):
                await self._fetch()
        except TimeoutError:
            return False
        return True

    async def command(self, limit: int) -> bytes:
        """The next line with its line end, whichever that is. Raises LineTooLong, EndOfInput."""
        searched = 0
        while True:
            end = self._pending.find(b"\n", searched)
            if end > limit or (end < 0 and len(self._pending) > limit):
                await self._drop_line()
                raise LineTooLong
            if end >= 0:
                line = bytes(self._pending[: end + 1])
                del self._pending[: end + 1]
                return line
            searched = len(self._pending)
            await self._fetch()

    async def body(self) -> AsyncIterator[bytes]:
        """The mail's bytes as they arrive, dots taken off, up to and without the terminator."""
        dots = DotReader()
        if not self._pending:
            await self._fetch()
        while True:
            content = dots.feed(bytes(self._pending))
            self._pending.clear()
            if dots.finished:
                self._pending += dots.rest
            if content:
                yield content
            if dots.finished:
                return
            await self._fetch()

    async def _drop_line(self) -> None:
        while True:
            end = self._pending.find(b"\n")
            if end >= 0:
                del self._pending[: end + 1]
                return
            self._pending.clear()
            await self._fetch()

    async def _fetch(self) -> None:
        chunk = await self._source.read(CHUNK)
        if not chunk:
            raise EndOfInput
        self._pending += chunk
