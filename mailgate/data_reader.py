"""Reads commands and bodies from the wire in bulk.

The mail library's own loop keeps one object per body line, so that 25 MiB of empty lines cost gigabytes. Here
a body passes through in the chunks in which it arrived: the end is searched for and the dots are taken off
(RFC 5321 section 4.5.2) chunk by chunk, and only CR LF . CR LF ends a mail, nothing that merely looks like
it.
"""

import re

END_OF_DATA = b"\r\n.\r\n"
_LEADING_DOT = re.compile(rb"\r\n\.")


class LineTooLong(Exception):
    """A command line over the limit; it is dropped to its end."""


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
        """The next bytes of the mail. What might be the start of the terminator is held back until it is
        sure.
        """
        wire = self._held + chunk
        has_dots = _LEADING_DOT.search(wire) is not None  # one look where most pieces need no other
        end = wire.find(END_OF_DATA) if has_dots else -1
        if end >= 0:
            self.finished = True
            self.rest = wire[end + len(END_OF_DATA) :]
            self._held = b""
            return self._unstuffed(wire[: end + 2])
        keep = _length_of_possible_terminator(wire)
        self._held = wire[len(wire) - keep :]
        return self._unstuffed(wire[: len(wire) - keep], has_dots)

    def _unstuffed(self, wire: bytes, has_dots: bool = True) -> bytes:
        content = wire.replace(b"\r\n.", b"\r\n") if has_dots else wire
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


class CommandReader:
    """Takes the wire's bytes in any pieces, gives back command lines; pure and synchronous."""

    def __init__(self, limit: int) -> None:
        self._limit = limit
        self._pending = bytearray()
        self._searched = 0
        self._is_dropping = False

    def __len__(self) -> int:
        """How many octets wait to be read."""
        return len(self._pending)

    def feed(self, data: bytes) -> None:
        self._pending += data

    def next_line(self) -> bytes | None:
        """The next line with its line end, whichever that is; None: it is not whole yet. Raises
        `LineTooLong`.
        """
        end = self._pending.find(b"\n", self._searched)
        if end < 0:
            self._searched = len(self._pending)
            if len(self._pending) > self._limit:
                self._is_dropping = True
                self._forget(len(self._pending))
            return None
        line = bytes(self._pending[: end + 1])
        self._forget(end + 1)
        if self._is_dropping or len(line) > self._limit:
            self._is_dropping = False
            raise LineTooLong
        return line

    def take_all(self) -> bytes:
        """All that waits, whatever it is."""
        everything = bytes(self._pending)
        self._forget(len(everything))
        return everything

    def _forget(self, count: int) -> None:
        del self._pending[:count]
        self._searched = 0
