"""SMTP on the wire: a connection from greeting to goodbye; the protocol and nothing else.

What is sent is read by our own code, with bounds on all of it, and obeyed as it arrives: the mail library's
loop costs a task and timers a command and a decode that guesses. Only what has to wait (the commit, the disk,
a question to the directory) is a task.
"""

import asyncio
import enum
import logging
import time
from collections.abc import Callable, Coroutine
from typing import Any

from aiosmtpd.proxy_protocol import V2_CMD, get_proxy

from mailgate import answers, conversation
from mailgate.connection import Connection
from mailgate.conversation import VERBS, Conversation, Goodbye
from mailgate.data_reader import CommandReader, DotReader, LineTooLong
from mailgate.house import House
from mailgate.intake import Intake
from mailgate.limits import is_within

log = logging.getLogger(__name__)

SENT_AHEAD = 65_536  # octets a client may send while we are busy, before we stop reading
FAR_AWAY = float("inf")


class Turn(enum.Enum):
    """Whose turn it is."""

    INTRODUCTION = enum.auto()  # a balancer has to say for whom it speaks
    SILENCE = enum.auto()  # the client has to wait for our greeting
    COMMAND = enum.auto()  # the client's, with a command
    BODY = enum.auto()  # the client's, with the next piece of a mail
    OURS = enum.auto()  # we owe an answer; what the client sends ahead waits
    OVER = enum.auto()


class GateSession(Connection):
    """One client, from coming to going. The event loop calls it with what arrives; the house looks at its
    deadlines.
    """

    def __init__(self, house: House) -> None:
        super().__init__(house.library_attributes)
        self._house = house
        self._limits = house.limits
        self._talk = Conversation(house)
        self._turn = Turn.OURS
        self._commands = CommandReader(house.limits.line)
        self._dots = DotReader()
        self._intake: Intake | None = None
        self._command = b""  # the one being answered, for the log
        self._work: asyncio.Task[None] | None = None
        self._is_admitted = False
        self._client_has_finished = False
        self._deadline = FAR_AWAY
        self._last_words = b""  # what is said when the deadline passes
        self._body_ends = FAR_AWAY
        self._session_ends = time.monotonic() + house.limits.session_seconds

    # --- called by the event loop ------------------------------------------------------------------------

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        super().connection_made(transport)
        if self.is_over_tls:  # it comes a second time when TLS is on
            self._commands.take_all()
            return
        self._house.sessions.add(self)
        peer = str(transport.get_extra_info("peername")[0]).partition("%")[0]  # without an IPv6 zone
        if is_within(peer, self._house.settings.balancers):
            self._turn = Turn.INTRODUCTION
            self._expect_within(self._limits.proxy_header_seconds, b"")
            self._work = self.loop.create_task(self._finish(self._be_introduced(peer), Turn.COMMAND))
        else:
            self._guarded(lambda: self._welcome(peer))

    def data_received(self, data: bytes) -> None:
        match self._turn:
            case Turn.COMMAND:
                self._commands.feed(data)
                self._go_on()
            case Turn.BODY:
                self._take_body(data)
                self._go_on()
            case Turn.OURS:
                self._commands.feed(data)
                if len(self._commands) > SENT_AHEAD:
                    self.read_on(False)
            case Turn.SILENCE:
                self._say_goodbye(answers.TALKED_FIRST)
            case Turn.INTRODUCTION:
                self._reader.feed_data(data)
            case Turn.OVER:
                pass

    def eof_received(self) -> bool:
        """A client may close its side and still wait for our answer; over TLS that cannot be done."""
        self._client_has_finished = True
        self._reader.feed_eof()
        return self._turn is Turn.OURS and not self.is_over_tls

    def connection_lost(self, error: Exception | None) -> None:
        self._turn = Turn.OVER
        self._house.sessions.discard(self)
        if self._is_admitted:
            self._house.doorkeeper.leaves(self._talk.peer)
        if self._work is not None:
            self._work.cancel()
        if self._intake is not None:
            self._intake.close()
        super().connection_lost(error)

    # --- called by the house -----------------------------------------------------------------------------

    def end_if_late(self, now: float) -> None:
        if now >= self._deadline:
            self._say_goodbye(self._last_words)
        elif self._turn is Turn.COMMAND and now >= self._session_ends:
            self._say_goodbye(answers.SESSION_TOO_LONG)

    def end_if_idle(self) -> None:
        if self._turn in (Turn.COMMAND, Turn.SILENCE):
            self._say_goodbye(answers.SHUTTING_DOWN)

    # --- coming in ---------------------------------------------------------------------------------------

    async def _be_introduced(self, balancer: str) -> bytes:
        """Learns from a balancer of ours for whom it speaks. Nobody else may say so."""
        header = await get_proxy(self._reader)
        if header and header.command == V2_CMD.LOCAL:
            peer = balancer  # it speaks for itself, to see whether we live
        elif header and header.src_addr is not None:
            peer = str(header.src_addr)
        else:
            log.warning("balancer %s sent no usable PROXY header", balancer)
            raise Goodbye(b"")
        self._reader.feed_eof()
        self._commands.feed(await self._reader.read())
        self._deadline = FAR_AWAY
        self._welcome(peer)
        return b""

    def _welcome(self, peer: str) -> None:
        self._talk.peer = peer
        self._is_admitted = self._house.doorkeeper.admits(peer)
        if not self._is_admitted:
            raise Goodbye(answers.TOO_MANY_SESSIONS)
        if self._house.is_draining:
            raise Goodbye(answers.SHUTTING_DOWN)
        if self._house.custody.breaker.is_open:
            raise Goodbye(answers.STORE_IS_DOWN_AT_CONNECT)
        if self._commands:
            raise Goodbye(answers.TALKED_FIRST)
        self._turn = Turn.SILENCE
        if self._limits.greeting_pause and not self._house.doorkeeper.knows(peer):
            self.loop.call_later(self._limits.greeting_pause, self._greet)
        else:
            self._greet()

    def _greet(self) -> None:
        if self._turn is Turn.SILENCE:
            self.say(answers.greeting(self._house.settings.hostname))
            self._await_command()
            self.flush()

    # --- commands ----------------------------------------------------------------------------------------

    def _go_on(self) -> None:
        """Obeys every command that is whole, then sends the answers in one piece (RFC 2920 3.2)."""
        while self._turn is Turn.COMMAND:
            try:
                line = self._commands.next_line()
            except LineTooLong:
                self._guarded(lambda: self._answer(conversation.refuse_line(self._talk)))
                continue
            if line is None:
                break
            self._guarded(lambda line=line: self._obey(line))  # type: ignore[misc]
            if self._turn is Turn.COMMAND:
                self._await_command()
        self.flush()
        if self._turn is Turn.COMMAND and self._house.is_draining:
            self._say_goodbye(answers.SHUTTING_DOWN)
        elif self._turn in (Turn.COMMAND, Turn.BODY) and self._client_has_finished:
            self._say_goodbye(b"")

    def _obey(self, line: bytes) -> None:
        self._command = line
        verb, _, argument = line.rstrip(b"\r\n").partition(b" ")
        verb = verb.upper()
        if (refusal := conversation.refusal_of_line(self._talk, verb, line)) is not None:
            self._answer(refusal)
        elif verb in VERBS:
            answer = VERBS[verb](self._talk, argument.strip(b" "))
            if isinstance(answer, bytes):
                self._answer(answer)
            else:
                self._do_beside(answer)
        elif verb == b"DATA":
            self._begin_body(argument.strip(b" "))
        elif verb == b"STARTTLS":
            self._begin_tls(argument)
        else:
            self._answer(conversation.refuse_unknown(self._talk, verb))

    # --- the body ----------------------------------------------------------------------------------------

    def _begin_body(self, argument: bytes) -> None:
        if refusal := conversation.refusal_of_data(self._talk, argument):
            self._answer(refusal)
            return
        self.say(answers.GO_AHEAD)
        self.flush()
        self._intake, self._dots = Intake(self._talk), DotReader()
        self._body_ends = time.monotonic() + self._limits.body_seconds
        self._go_on_with_body()

    def _go_on_with_body(self) -> None:
        self._await_body()
        if self._commands:
            self._take_body(self._commands.take_all())

    def _take_body(self, data: bytes) -> None:
        """The next piece. An error ends the session: to go on would be to read the mail as commands."""
        assert self._intake is not None
        try:
            self._intake.take(self._dots.feed(data))
        except Exception:  # whatever it is, the mail is not taken and the sender comes again
            log.exception("a body from %s could not be read on", self._talk.peer)
            self._say_goodbye(answers.TOO_MUCH_TROUBLE)
            return
        if self._dots.finished:
            self._commands.feed(self._dots.rest)
            self._do_beside(self._end_body(self._intake))
        elif self._intake.wants_writing:
            self._do_beside(self._relieve(self._intake), then=Turn.BODY)
        else:
            self._await_body()

    async def _relieve(self, intake: Intake) -> bytes:
        try:
            await intake.write_out()
        except Exception as error:  # as above
            log.exception("a body from %s could not be written", self._talk.peer)
            raise Goodbye(answers.TOO_MUCH_TROUBLE) from error
        return b""

    async def _end_body(self, intake: Intake) -> bytes:
        try:
            return await intake.finish()
        finally:
            intake.close()
            self._intake = None
            self._talk.reset()

    # --- TLS ---------------------------------------------------------------------------------------------

    def _begin_tls(self, argument: bytes) -> None:
        if argument:
            self.say(answers.NO_ARGUMENT_HERE)
        elif self._talk.tls:
            self.say(answers.TLS_ALREADY_ON)
        elif self._house.tls is None:
            self.say(answers.TLS_NOT_OFFERED)
        else:
            self._do_beside(self._change_to_tls())
            self._expect_within(self._limits.command_seconds, b"")

    async def _change_to_tls(self) -> bytes:
        self._commands.take_all()  # nothing sent ahead of the handshake counts (RFC 3207 4.2)
        tls = await self.shake_hands()
        if not tls:
            log.info("%s gave up the TLS handshake", self._talk.peer)
            self._work = None  # it is this one, and it has come to its end
            self.connection_lost(None)  # asyncio tells nobody of a connection that never got its TLS
            raise Goodbye(b"")
        self._talk.start_over_with_tls(tls)
        return b""

    # --- answering ---------------------------------------------------------------------------------------

    def _answer(self, answer: bytes) -> None:
        """Notes an answer, to be sent by `flush`; the log tells what was refused and why."""
        if answer[:1] in (b"4", b"5"):
            log.info("%s said %r and was told %r", self._talk.peer, self._command[:300], answer)
        self.say(answer)

    def _do_beside(self, work: Coroutine[Any, Any, bytes], then: Turn = Turn.COMMAND) -> None:
        """Lets a task find the answer; what the client sends meanwhile waits, and is a command or body by
        `then`.
        """
        self.flush()
        self._turn = Turn.OURS
        self._deadline = FAR_AWAY
        self._work = self.loop.create_task(self._finish(work, then))

    async def _finish(self, work: Coroutine[Any, Any, bytes], then: Turn) -> None:
        try:
            self._answer(await work)
        except Exception as error:  # every one of them is told, none of them in its own words
            self._tell_of(error)
            if self._turn is Turn.INTRODUCTION:
                self._say_goodbye(b"")
        self._work = None
        if self._turn is Turn.OURS:
            self.read_on(True)
            if then is Turn.BODY:
                self._go_on_with_body()  # may begin the next such task: nothing after it touches the turn
            else:
                self._await_command()
        self._go_on()

    def _guarded(self, act: Callable[[], None]) -> None:
        """Whatever goes wrong with us is our trouble, and told as such; the session ends where it has to."""
        try:
            act()
        except Exception as error:  # every one of them is told, none of them in its own words
            self._tell_of(error)

    def _tell_of(self, error: Exception) -> None:
        try:
            self._answer(conversation.own_up_to(self._talk, error))
        except Goodbye as goodbye:
            self._say_goodbye(goodbye.answer)

    def _say_goodbye(self, answer: bytes) -> None:
        self._turn = Turn.OVER
        self._deadline = FAR_AWAY
        self._answer(answer)
        self.flush()
        self.close_within(self._limits.proxy_header_seconds)

    def _await_command(self) -> None:
        self._turn = Turn.COMMAND
        self._expect_within(self._limits.command_seconds, answers.TOO_SLOW)

    def _await_body(self) -> None:
        """A body that stalls, or never ends, is cut off without an answer: the sender will come again."""
        self._turn = Turn.BODY
        self._last_words = b""
        self._deadline = min(time.monotonic() + self._limits.body_stall_seconds, self._body_ends)

    def _expect_within(self, seconds: float, last_words: bytes) -> None:
        self._deadline = time.monotonic() + seconds
        self._last_words = last_words
