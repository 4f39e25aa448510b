"""A real SMTP server that collects what it is sent, and misbehaves when told to.

def test_…(smtp_sink):
    smtp_sink.at("RCPT", "450 4.2.1 Mailbox busy", times=1)
    …
    assert smtp_sink.mails[0].recipients == ["dora@example.org"]
"""

import asyncio
import threading
from collections import defaultdict
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Literal

import pytest
from aiosmtpd.controller import Controller
from aiosmtpd.smtp import SMTP, Envelope, Session

from tests.waiting import PATIENCE

Phase = Literal["EHLO", "MAIL", "RCPT", "DATA", "DOT"]
"""Where the sink can misbehave. DATA is the answer to the command, DOT the one to the finished mail."""


@dataclass(frozen=True)
class ReceivedMail:
    """One mail as it came over the wire, after the sink said 250 to it."""

    sender: str
    recipients: list[str]
    content: bytes
    mail_options: list[str] = field(default_factory=list)
    helo: str = ""


@dataclass(frozen=True)
class Behaviour:
    """What to do at a phase: wait so many seconds, or until something has happened, then say `answer` (None: what a good server says) or drop the connection.

    `keep` decides for DOT whether the mail counts as received: a server that took a mail and whose answer
    was lost is `Behaviour(drop=True, keep=True)`.
    """

    answer: str | None = None
    delay: float = 0
    drop: bool = False
    keep: bool = False
    until: threading.Event | None = None


class SmtpSink:
    """Collects mails on a free port of 127.0.0.1. Thread-safe; `mails` is in order of arrival."""

    def __init__(self) -> None:
        self.mails: list[ReceivedMail] = []
        self.sessions = 0
        self._arrived = threading.Condition()
        self._behaviours: dict[str, list[Behaviour]] = defaultdict(list)
        self._controller = _Controller(self)

    @property
    def host(self) -> str:
        return self._controller.hostname

    @property
    def port(self) -> int:
        return self._controller.bound_port

    @property
    def url(self) -> str:
        return f"smtp://{self.host}:{self.port}"

    def at(
        self,
        phase: Phase,
        answer: str | None = None,
        *,
        times: int | None = None,
        delay: float = 0,
        drop: bool = False,
        keep: bool = False,
        until: threading.Event | None = None,
    ) -> None:
        """Misbehave at `phase`: `times` times, or until `behave` is called. Several calls queue up."""
        behaviour = Behaviour(answer, delay, drop, keep, until)
        self._behaviours[phase].extend([behaviour] * (times if times is not None else 1_000_000))

    def behave(self) -> None:
        """Be a good server again."""
        self._behaviours.clear()

    def has_played(self, phase: Phase) -> bool:
        """Whether everything planned for `phase` has begun."""
        return not self._behaviours[phase]

    def wait_for(self, count: int, seconds: float = PATIENCE) -> list[ReceivedMail]:
        """The mails, once there are at least `count`. Raises AssertionError when they do not come."""
        with self._arrived:
            came = self._arrived.wait_for(lambda: len(self.mails) >= count, seconds)
            assert came, f"{count} mails were expected, {len(self.mails)} came within {seconds} s"
            return list(self.mails)

    def start(self) -> None:
        self._controller.start()

    def stop(self) -> None:
        self._controller.stop()

    def received(self, mail: ReceivedMail) -> None:
        with self._arrived:
            self.mails.append(mail)
            self._arrived.notify_all()

    def next_behaviour(self, phase: Phase) -> Behaviour:
        queued = self._behaviours[phase]
        return queued.pop(0) if queued else Behaviour()


class _Server(SMTP):
    """The stock server with an opinion on the command DATA, which its hooks do not offer."""

    sink: SmtpSink

    async def smtp_DATA(self, arg: str) -> None:
        behaviour = self.sink.next_behaviour("DATA")
        answer = await _play(behaviour, self)
        if answer is not None:
            await self.push(answer)
        elif not behaviour.drop:
            await super().smtp_DATA(arg)


class _Controller(Controller):
    bound_port = 0

    def __init__(self, sink: SmtpSink) -> None:
        super().__init__(_Handler(sink), hostname="127.0.0.1", port=0)
        self._sink = sink

    def factory(self) -> SMTP:
        self._sink.sessions += 1
        server = _Server(self.handler, enable_SMTPUTF8=True, ident="sink")
        server.sink = self._sink
        server.line_length_limit = 1_000_000
        return server

    def _trigger_server(self) -> None:
        """The stock one dials port 0, which is where we asked to be, not where we are."""
        assert self.server is not None
        self.bound_port = self.server.sockets[0].getsockname()[1]
        self.port = self.bound_port
        self._sink.sessions -= 1  # the controller's own call
        super()._trigger_server()


class _Handler:
    def __init__(self, sink: SmtpSink) -> None:
        self._sink = sink

    async def handle_EHLO(
        self, server: SMTP, session: Session, envelope: Envelope, hostname: str, responses: list[str]
    ) -> list[str]:
        session.host_name = hostname
        answer = await _play(self._sink.next_behaviour("EHLO"), server)
        return [answer] if answer else responses

    async def handle_MAIL(
        self, server: SMTP, session: Session, envelope: Envelope, address: str, options: list[str]
    ) -> str:
        answer = await _play(self._sink.next_behaviour("MAIL"), server)
        if answer:
            return answer
        envelope.mail_from = "" if address == "<>" else address
        envelope.mail_options.extend(options)
        return "250 2.1.0 Ok"

    async def handle_RCPT(
        self, server: SMTP, session: Session, envelope: Envelope, address: str, options: list[str]
    ) -> str:
        answer = await _play(self._sink.next_behaviour("RCPT"), server)
        if answer:
            return answer
        envelope.rcpt_tos.append(address)
        return "250 2.1.5 Ok"

    async def handle_DATA(self, server: SMTP, session: Session, envelope: Envelope) -> str:
        behaviour = self._sink.next_behaviour("DOT")
        good = behaviour.answer is None and not behaviour.drop
        if good or behaviour.keep:
            self._sink.received(_mail(session, envelope))
        return await _play(behaviour, server) or "250 2.0.0 Ok"


def _mail(session: Session, envelope: Envelope) -> ReceivedMail:
    content = envelope.content if isinstance(envelope.content, bytes) else (envelope.content or "").encode()
    return ReceivedMail(
        sender=envelope.mail_from or "",
        recipients=list(envelope.rcpt_tos),
        content=content,
        mail_options=list(envelope.mail_options),
        helo=session.host_name or "",
    )


async def _play(behaviour: Behaviour, server: SMTP) -> str | None:
    """Wait, hang up or name the answer; None means: answer as a good server does."""
    if behaviour.delay:
        await asyncio.sleep(behaviour.delay)
    while behaviour.until is not None and not behaviour.until.is_set():
        await asyncio.sleep(0.01)
    if behaviour.drop and server.transport is not None:
        server.transport.abort()
    return behaviour.answer


@contextmanager
def collecting() -> Iterator[SmtpSink]:
    sink = SmtpSink()
    sink.start()
    try:
        yield sink
    finally:
        sink.stop()


@pytest.fixture
def smtp_sink() -> Iterator[SmtpSink]:
    """A collecting SMTP server of this test's own."""
    with collecting() as sink:
        yield sink
