"""SMTP on the wire: a connection from greeting to goodbye; the protocol and nothing else.

The mail library gives the stream, the STARTTLS upgrade and the PROXY header. The loop that reads commands is
our own, with bounds on all it reads: the library's costs a task and timers a command and a decode that guesses.
"""

import asyncio
import logging
import re
import time
from typing import Any

from aiosmtpd.proxy_protocol import V2_CMD, get_proxy
from aiosmtpd.smtp import SMTP, TLSSetupException

from mailgate import answers
from mailgate.conversation import VERBS, Conversation, Goodbye, refusal_of_data
from mailgate.data_reader import CHUNK, EndOfInput, LineTooLong, WireReader
from mailgate.house import House
from mailgate.intake import Intake
from mailgate.limits import is_within
from mailgate.store import StoreUnavailable

log = logging.getLogger(__name__)

PLAIN_LINE = re.compile(rb"[\t -~\x80-\xff]*\r\n")
ADDRESS_VERBS = {b"MAIL": answers.SENDER_MALFORMED, b"RCPT": answers.RECIPIENT_MALFORMED}
HTTP_VERBS = (b"GET", b"POST", b"HEAD", b"PUT", b"DELETE", b"OPTIONS", b"CONNECT", b"PATCH", b"TRACE", b"PRI")
FAR_AWAY = float("inf")


class GateSession(SMTP):
    """One connection. Its task runs `_handle_client`; the house looks at its deadlines from outside."""

    def __init__(self, house: House) -> None:
        # The library's constructor looks through all attributes of class and handler, for each connection anew:
        # a quarter of the cost of a small mail. What it finds is the same each time, so it is taken from a model.
        vars(self).update(house.library_attributes)
        self.loop = asyncio.get_running_loop()
        asyncio.StreamReaderProtocol.__init__(
            self,
            asyncio.StreamReader(limit=CHUNK, loop=self.loop),
            client_connected_cb=self._cb_client_connected,
            loop=self.loop,
        )
        self._house = house
        self._limits = house.limits
        self._talk = Conversation(house)
        self._wire: WireReader | None = None
        self._out: list[bytes] = []
        self._is_listening = True  # for a command, with nothing of the client's in our hands
        self._deadline = FAR_AWAY
        self._last_words = b""  # what is said when the deadline passes
        self._session_ends = time.monotonic() + house.limits.session_seconds

    # --- called by the mail library ----------------------------------------------------------------------

    def _create_envelope(self) -> Any:
        return None  # the library's own; ours is the conversation's transaction

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        super().connection_made(transport)
        if self._wire is None:
            self._wire = WireReader(self._reader)
            self._house.sessions.add(self)
        else:
            self._wire.drop_pending()  # it comes a second time when TLS is on

    def connection_lost(self, error: Exception | None) -> None:
        self._house.sessions.discard(self)
        super().connection_lost(error)

    def eof_received(self) -> bool:
        """A client may close its side and still wait for our answer; over TLS that cannot be done."""
        asyncio.StreamReaderProtocol.eof_received(self)
        return self._tls_protocol is None

    def _timeout_cb(self) -> None:
        """The library's timer is not used: `end_if_late` knows better what the session is about."""

    async def _handle_client(self) -> None:
        try:
            await self._hold_session()
        except (EndOfInput, ConnectionError):
            pass  # the client has gone; what it had not finished is not ours
        except Exception:  # nothing may leave a session hanging, or answer it with a traceback
            log.exception("the session of %s failed", self._talk.peer)
            self._out.append(answers.TOO_MUCH_TROUBLE)
            await self._flush()
        finally:
            if self.transport is not None:
                self.transport.close()

    # --- called by the house -----------------------------------------------------------------------------

    def end_if_late(self, now: float) -> None:
        if now >= self._deadline:
            self._end(self._last_words)
        elif self._is_listening and now >= self._session_ends:
            self._end(answers.SESSION_TOO_LONG)

    def end_if_idle(self) -> None:
        if self._is_listening:
            self._end(answers.SHUTTING_DOWN)

    def abort(self) -> None:
        if self.transport is not None:
            self.transport.abort()

    def _end(self, last_words: bytes) -> None:
        self._deadline = FAR_AWAY
        if self.transport is None:
            return
        if last_words:
            self.transport.write(last_words)
        self.transport.close()
        # Closing waits for a client that reads nothing; it need not wait for ever.
        self.loop.call_later(self._limits.proxy_header_seconds, self.abort)

    # --- the session -------------------------------------------------------------------------------------

    async def _hold_session(self) -> None:
        try:
            self._talk.peer = await self._learn_peer()
            if not self._house.doorkeeper.admits(self._talk.peer):
                raise Goodbye(answers.TOO_MANY_SESSIONS)
            try:
                await self._greet()
                await self._converse()
            finally:
                self._house.doorkeeper.leaves(self._talk.peer)
        except Goodbye as goodbye:
            self._out.append(goodbye.answer)
            await self._flush()

    async def _learn_peer(self) -> str:
        """Who is there: the other end, or whom a balancer of ours speaks for. Nobody else may say so."""
        peer = str(self.session.peer[0])
        if not is_within(peer, self._house.settings.balancers):
            return peer
        self._expect_within(self._limits.proxy_header_seconds, b"")
        header = await get_proxy(self._reader)
        if header and header.command == V2_CMD.LOCAL:
            return peer  # the balancer speaks for itself, to see whether we live
        if not header or header.src_addr is None:
            log.warning("balancer %s sent no usable PROXY header", peer)
            raise Goodbye(b"")
        return str(header.src_addr)

    async def _greet(self) -> None:
        if self._house.is_draining:
            raise Goodbye(answers.SHUTTING_DOWN)
        if self._house.custody.breaker.is_open:
            raise Goodbye(answers.STORE_IS_DOWN_AT_CONNECT)
        is_known = self._house.doorkeeper.knows(self._talk.peer)
        if not is_known and await self._wire.speaks_within(self._limits.greeting_pause):
            raise Goodbye(answers.TALKED_FIRST)
        self._out.append(answers.greeting(self.hostname))

    async def _converse(self) -> None:
        while True:
            if not self._wire.has_more:
                await self._flush()
                if self._house.is_draining:
                    raise Goodbye(answers.SHUTTING_DOWN)
            self._is_listening = True
            self._expect_within(self._limits.command_seconds, answers.TOO_SLOW)
            try:
                line = await self._wire.command(self._limits.line)
            except LineTooLong:
                self._out.append(self._refuse_line())
            else:
                self._is_listening = False
                await self._obey(line)

    async def _obey(self, line: bytes) -> None:
        """Answers one command. Whatever goes wrong with us here is our trouble, and told as such."""
        self._talk.tally.commands += 1
        if self._talk.tally.commands > self._limits.commands:
            raise Goodbye(answers.TOO_MANY_COMMANDS)
        verb, _, argument = line.rstrip(b"\r\n").partition(b" ")
        verb = verb.upper()
        try:
            if (refusal := self._refusal_of_line(verb, line)) is not None:
                self._out.append(refusal)
            elif verb in VERBS:
                self._out.append(await VERBS[verb](self._talk, argument.strip(b" ")))
            elif verb == b"DATA":
                await self._take_data(argument.strip(b" "))
            elif verb == b"STARTTLS":
                await self._start_tls(argument)
            else:
                self._refuse_unknown(verb)
        except (Goodbye, EndOfInput, ConnectionError):
            raise
        except StoreUnavailable:
            self._admit_trouble()
        except Exception:  # a mistake of ours must never be told as the sender's error
            log.exception("%r of %s failed", verb, self._talk.peer)
            self._talk.reset()
            self._admit_trouble()

    def _refusal_of_line(self, verb: bytes, line: bytes) -> bytes | None:
        """The answer to a line with characters that have no place in one; in an address it is the address's fault."""
        is_plain = PLAIN_LINE.fullmatch(line) is not None
        if is_plain and (line.isascii() or verb in ADDRESS_VERBS):
            return None
        if self._talk.tally.commands == 1:
            raise Goodbye(answers.NOT_SMTP)
        if verb in ADDRESS_VERBS and line.endswith(b"\r\n"):
            return ADDRESS_VERBS[verb]
        return self._refuse_line()

    def _refuse_line(self) -> bytes:
        self._talk.tally.bad_lines += 1
        if self._talk.tally.bad_lines >= self._limits.bad_lines:
            raise Goodbye(answers.TOO_MANY_ERRORS)
        return answers.LINE_REFUSED

    def _refuse_unknown(self, verb: bytes) -> None:
        """Who opens with a foreign verb, or speaks HTTP, is lost here and not merely mistaken."""
        self._talk.tally.unknown += 1
        if self._talk.tally.commands == 1 or verb in HTTP_VERBS:
            raise Goodbye(answers.NOT_SMTP)
        if self._talk.tally.unknown > self._limits.unknown_commands:
            raise Goodbye(answers.TOO_MANY_ERRORS)
        self._out.append(answers.UNKNOWN_COMMAND)

    def _admit_trouble(self) -> None:
        self._talk.tally.troubles += 1
        if self._talk.tally.troubles > self._limits.troubles:
            raise Goodbye(answers.TOO_MUCH_TROUBLE)
        self._out.append(answers.TROUBLE)

    # --- the verbs that take the wire --------------------------------------------------------------------

    async def _take_data(self, argument: bytes) -> None:
        if refusal := refusal_of_data(self._talk, argument):
            self._out.append(refusal)
            return
        self._out.append(answers.GO_AHEAD)
        await self._flush()
        intake = Intake(self._talk)
        body_ends = time.monotonic() + self._limits.body_seconds
        try:
            async for chunk in self._wire.body():
                self._deadline = min(time.monotonic() + self._limits.body_stall_seconds, body_ends)
                await intake.take(chunk)
            self._deadline = FAR_AWAY
            self._out.append(await intake.finish())
        finally:
            intake.close()
            self._talk.reset()

    async def _start_tls(self, argument: bytes) -> None:
        if argument or self._house.tls is None or self._talk.tls:
            self._out.append(_refusal_of_tls(argument, is_on=bool(self._talk.tls)))
            return
        await self._flush()
        self._wire.drop_pending()
        try:
            await self.smtp_STARTTLS("")
        except TLSSetupException as error:
            log.info("the TLS handshake with %s failed: %s", self._talk.peer, error.__cause__)
            raise Goodbye(b"") from error
        cipher, version, _ = self.transport.get_extra_info("cipher")
        self._talk.start_over_with_tls(f"{version} {cipher}")

    # --- writing -----------------------------------------------------------------------------------------

    def _expect_within(self, seconds: float, last_words: bytes) -> None:
        self._deadline = time.monotonic() + seconds
        self._last_words = last_words

    async def _flush(self) -> None:
        """Sends the answers collected so far, in one piece (RFC 2920 3.2)."""
        if self._out and self.transport is not None:
            self._writer.write(b"".join(self._out))
            self._out.clear()
            await self._writer.drain()


def _refusal_of_tls(argument: bytes, is_on: bool) -> bytes:
    if argument:
        return answers.NO_ARGUMENT_HERE
    return answers.TLS_ALREADY_ON if is_on else answers.TLS_NOT_OFFERED
