"""One connection of the mail library, with its own conversation switched off: the stream, TLS, and flow
control.
"""

import asyncio
from collections.abc import Mapping
from typing import Any

from aiosmtpd.smtp import SMTP, TLSSetupException

from mailgate import answers


class Connection(SMTP):
    """What a session stands on. Of the library it uses the upgrade to TLS and the reader for PROXY
    headers.
    """

    def __init__(self, library_attributes: Mapping[str, Any]) -> None:
        # The library's constructor looks through all attributes of class and handler, for each connection
        # anew:
        # a quarter of the cost of a small mail. What it finds is the same each time, so it is taken from a
        # model.
        vars(self).update(library_attributes)
        self.loop = asyncio.get_running_loop()
        asyncio.StreamReaderProtocol.__init__(
            self,
            asyncio.StreamReader(loop=self.loop),
            client_connected_cb=self._cb_client_connected,
            loop=self.loop,
        )
        self._out: list[bytes] = []
        self._is_reading = True

    @property
    def is_over_tls(self) -> bool:
        return self._tls_protocol is not None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        if self.is_over_tls:
            super().connection_made(transport)  # exchanges the transports, drops what was read in clear text
        else:
            asyncio.StreamReaderProtocol.connection_made(self, transport)
            self.transport = transport

    def connection_lost(self, error: Exception | None) -> None:
        if self._original_transport is not None:
            self._original_transport.close()
        asyncio.StreamReaderProtocol.connection_lost(self, error)
        self.transport = None

    def pause_writing(self) -> None:
        """Who does not read our answers is not asked for more."""
        super().pause_writing()
        self.read_on(False)

    def resume_writing(self) -> None:
        super().resume_writing()
        self.read_on(True)

    async def push(self, status: str | bytes) -> None:
        """The library says one thing by itself, before a handshake; it is said in our words."""
        self.say(answers.READY_FOR_TLS)
        self.flush()

    def _create_envelope(self) -> Any:
        return None  # the library's own; ours is the conversation's transaction

    def _reset_timeout(self, duration: float | None = None) -> None:
        """The library's timer is not used: the session knows better what it is waiting for."""

    def say(self, answer: bytes) -> None:
        """Notes an answer, to be sent by `flush`."""
        self._out.append(answer)

    def flush(self) -> None:
        """Sends what was noted, in one piece."""
        if self._out and self.transport is not None:
            self.transport.write(b"".join(self._out))
            self._out.clear()

    def read_on(self, is_wanted: bool) -> None:
        """Lets the client send, or lets it wait."""
        if self.transport is None or self._is_reading == is_wanted or self.transport.is_closing():
            return
        self._is_reading = is_wanted
        if is_wanted:
            self.transport.resume_reading()
        else:
            self.transport.pause_reading()

    async def shake_hands(self) -> str:
        """Upgrades to TLS: its version and cipher, or '' when the client gave up or failed."""
        self.read_on(True)
        try:
            await self.smtp_STARTTLS("")
        except TLSSetupException:
            return ""
        cipher = self.transport.get_extra_info("cipher") if self.transport is not None else None
        return f"{cipher[1]} {cipher[0]}" if cipher else ""

    def close_within(self, seconds: float) -> None:
        """Closes when what was said has been sent; a client that reads nothing is not waited for for ever."""
        if self.transport is None:
            return
        self.transport.close()
        if self.transport is not None and (self.is_over_tls or self.transport.get_write_buffer_size()):
            self.loop.call_later(seconds, self.abort)

    def abort(self) -> None:
        """Ends without a word."""
        if self.transport is not None:
            self.transport.abort()
