"""Takes one mail in at DATA: bounds what it may hold, and answers the final dot."""

import logging
from datetime import UTC, datetime
from email.utils import format_datetime
from functools import lru_cache
from uuid import UUID

from mailgate import answers
from mailgate.conversation import Conversation
from mailgate.envelope import Envelope, new_id
from mailgate.spool import Body, Spool
from models.log_context import about
from models.message_ids import id_hash

log = logging.getLogger(__name__)


class Intake:
    """One body on its way in. What cannot be kept is still read to its end: only then may it be answered."""

    def __init__(self, talk: Conversation) -> None:
        self._talk = talk
        self._house = talk.house
        limits = talk.house.limits
        self._spool = Spool(talk.house.blobs, limits.in_row, limits.message)
        self._has_slot = False
        self._lacks_slot = False
        self._disk_failed = False
        self._is_too_much = False  # with what the day has brought already

    @property
    def wants_writing(self) -> bool:
        return self._spool.wants_writing

    def take(self, chunk: bytes) -> None:
        is_large = self._spool.size + len(chunk) > self._house.limits.free_of_slot
        if is_large and not self._has_slot and not self._lacks_slot:
            self._has_slot = self._house.slots.take(self._talk.peer)
            self._lacks_slot = not self._has_slot
            if self._lacks_slot:
                self._spool.refuse()
        self._refuse_too_much(self._spool.size + len(chunk))
        self._spool.take(chunk)

    def _refuse_too_much(self, octets: int) -> None:
        """Nobody has to say at MAIL how big a mail will be: what was not said there is noticed here (H-125)."""
        sender = self._talk.transaction.sender
        if self._is_too_much or sender is None or not self._house.custody.volume.refuses(sender.written, octets):
            return
        self._is_too_much = True
        self._spool.refuse()

    async def write_out(self) -> None:
        """Relieves the memory; to be awaited when `wants_writing`."""
        try:
            await self._spool.write_out()
        except OSError as error:
            self._note_disk_failure(error)

    async def finish(self) -> bytes:
        """The answer to the final dot: 250 if, and only if, the mail is committed. Raises
        `StoreUnavailable`.
        """
        if self._spool.too_big:
            return answers.TOO_BIG
        if self._lacks_slot:
            return answers.NO_ROOM_FOR_BODIES
        if self._is_too_much:
            return answers.ENOUGH_FOR_TODAY
        body = await self._finish_body()
        if body is None:
            return answers.DISK_IS_FULL
        if self._is_looping(body):
            return answers.ROUTING_LOOP
        envelope = describe(self._talk, body)
        inbound_id = await self._house.custody.keep(envelope)
        self._house.custody.volume.add(envelope.mail_from, body.size)
        self._house.doorkeeper.remember(self._talk.peer)
        self._talk.tally.idle = 0
        with about(mail=inbound_id):
            log.info(
                "kept %s: %d octets from <%s> at %s for %d recipients",
                inbound_id, body.size, envelope.mail_from, envelope.peer_ip, len(envelope.recipients),
            )  # fmt: skip
        return answers.queued(inbound_id)

    async def _finish_body(self) -> Body | None:
        if not self._disk_failed:
            try:
                return await self._spool.finish()
            except OSError as error:
                self._note_disk_failure(error)
        return None

    def _note_disk_failure(self, error: OSError) -> None:
        log.error("a large mail cannot be spooled: %s", error)
        self._disk_failed = True
        self._spool.refuse()

    def close(self) -> None:
        self._spool.discard()
        if self._has_slot:
            self._house.slots.give_back(self._talk.peer)
            self._has_slot = False

    def _is_looping(self, body: Body) -> bool:
        """A bounce in a loop is taken and filed as one: to refuse it would end nowhere."""
        sender = self._talk.transaction.sender
        return (
            body.received_lines > self._house.limits.received_lines
            and sender is not None
            and not sender.is_null
        )


def describe(talk: Conversation, body: Body) -> Envelope:
    """All that was said about the mail and all that was seen of it."""
    given = talk.transaction
    assert given.sender is not None
    inbound_id = new_id()
    looping = ("routing_loop",) if body.received_lines > talk.house.limits.received_lines else ()
    return Envelope(
        id=inbound_id,
        gateway=talk.house.settings.gateway,
        peer_ip=talk.peer,
        helo=talk.hello_name,
        tls=talk.tls,
        smtputf8=given.smtputf8,
        mail_from=given.sender.written,
        recipients=tuple(given.recipients.values()),
        our_received=received_line(talk, inbound_id, datetime.now(UTC)),
        raw_sha256=body.sha256,
        raw_size=body.size,
        raw=body.raw,
        spooled=body.spooled,
        wire_flags=body.wire_flags + looping,
        id_hash=id_hash(body.message_id) if body.message_id else None,
    )


def received_line(talk: Conversation, inbound_id: UUID, now: datetime) -> str:
    """Our trace line (RFC 5321 4.4). Kept beside the mail, not in it, so that a second try has the same
    bytes.
    """
    protocol = ("ESMTP" if talk.is_extended else "SMTP") + ("S" if talk.tls else "")
    if talk.transaction.smtputf8:
        protocol = "UTF8" + protocol.removeprefix("E")  # RFC 6531 4.3
    literal = f"IPv6:{talk.peer}" if ":" in talk.peer else talk.peer
    return (
        f"Received: from {talk.hello_name} ([{literal}]) by {talk.house.settings.hostname} "
        f"with {protocol} id {inbound_id}; {date_line(now.replace(microsecond=0))}"
    )


@lru_cache(maxsize=4)
def date_line(now: datetime) -> str:
    """The date as RFC 5322 3.3 has it; the mails of one second share it."""
    return format_datetime(now)
