"""The cast of people, the mails they write, and a desk of two mailboxes on a real database.

Ada and Ben are agents, Cleo is the administrator, Dora is a customer, Eve is a stranger who has seen a Message-ID.
"""

import hashlib
import itertools
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from email.message import EmailMessage
from email.utils import formataddr
from pathlib import Path
from typing import Any
from uuid import UUID, uuid4

import pytest
from sqlalchemy import func, select, text, update

from mailgate.filer import Filer
from mailgate.identity.claim import Claim, Judge, unchecked
from mailgate.identity.verdict import Level, Verdict
from mailgate.pipeline import Reader, desk_of, file_mail
from mailgate.safe_reading import read_safely
from mailgate.spool import header_block, message_id_in
from models.actions import messages, tickets
from models.actions.custody import FILERS_BELL, claim_mails
from models.actions.mailboxes import create_mailbox
from models.actions.messages import Written
from models.actions.people import create_user
from models.actor import Actor, actor_of
from models.addresses import without_tag
from models.app import HandOver, base_app, blobs_of, scanner_of
from models.custody import InboundDelivery, InboundMessage
from models.database import db
from models.events import Event
from models.mailbox import MailboxAddress
from models.message import Message
from models.message_ids import id_hash
from models.outbox import Outbox
from models.people import Role, User
from models.queries.conversations import drafts_of
from models.queries.custody import Ledger, ledger
from models.reply_tokens import TOKEN
from models.settings import Settings, load_settings
from models.ticket import Ticket
from models.timeline import TimelineEntry

SECRET = "the-desk-of-the-tests-signs-with-this"
PASSWORD = "ten letters and more"
FILER = "the filer of the tests"
SUPPORT, BILLING = "support@example.com", "billing@example.com"


@dataclass(frozen=True)
class Writer:
    """Somebody outside who writes mail."""

    name: str
    address: str


DORA = Writer("Dora Hall", "dora@example.net")
EVE = Writer("Eve Stranger", "eve@example.org")

_numbers = itertools.count(1)


def mail_from(
    who: Writer,
    *,
    to: str = SUPPORT,
    subject: str = "Where is my parcel?",
    body: str = "It should have come on Monday.",
    html: str = "",
    answers: str | Sequence[str] = (),
    references: Sequence[str] = (),
    message_id: str | None = None,
    files: Mapping[str, bytes] | None = None,
    headers: Mapping[str, str] | None = None,
) -> bytes:
    """The bytes of a mail as a mail client sends it.

    `answers` and `references` are Message-IDs with or without brackets; `message_id` '' leaves the header out;
    `files` are attachments by name.
    """
    mail = EmailMessage()
    mail["From"] = formataddr((who.name, who.address))
    mail["To"] = to
    mail["Subject"] = subject
    if message_id is None:
        message_id = f"{next(_numbers)}.{uuid4().hex[:8]}@{who.address.rpartition('@')[2]}"
    if message_id:
        mail["Message-ID"] = bracketed([message_id])
    answered = [answers] if isinstance(answers, str) else list(answers)
    if answered:
        mail["In-Reply-To"] = bracketed(answered)
    if answered or references:
        mail["References"] = bracketed([*references, *answered])
    for name, value in (headers or {}).items():
        mail[name] = value
    mail.set_content(body)
    if html:
        mail.add_alternative(html, subtype="html")
    for name, content in (files or {}).items():
        mail.add_attachment(content, maintype="application", subtype="octet-stream", filename=name)
    return mail.as_bytes().replace(b"\r\n", b"\n").replace(b"\n", b"\r\n")


def bracketed(message_ids: Iterable[str]) -> str:
    return " ".join(f"<{each.strip('<>')}>" for each in message_ids)


def bounce_of(row: Outbox, *, to: str = SUPPORT, action: str = "failed", status: str = "5.1.1") -> bytes:
    """The delivery report a mail system sends about a mail of ours (RFC 3464)."""
    return bounce_about(row.rfc_message_id, row.rcpt, to=to, action=action, status=status)


def bounce_about(message_id: str, rcpt: str, *, to: str = SUPPORT, action: str = "failed", status: str = "5.1.1") -> bytes:
    lines = f"""\
From: Mail Delivery System <mailer-daemon@mx.example.net>
To: {to}
Subject: Undelivered Mail Returned to Sender
Message-ID: <{uuid4().hex}@mx.example.net>
Auto-Submitted: auto-replied
MIME-Version: 1.0
Content-Type: multipart/report; report-type=delivery-status; boundary=B

--B
Content-Type: text/plain

I'm sorry to have to inform you that your message could not be delivered.

--B
Content-Type: message/delivery-status

Reporting-MTA: dns; mx.example.net

Final-Recipient: rfc822; {rcpt}
Action: {action}
Status: {status}
Diagnostic-Code: smtp; 550 {status} no such user here

--B
Content-Type: text/rfc822-headers

From: {to}
To: {rcpt}
Subject: Re: Where is my parcel?
Message-ID: <{message_id.strip("<>")}>

--B--
"""
    return lines.encode().replace(b"\n", b"\r\n")


@dataclass(frozen=True)
class Became:
    """What the ledger says of one mail at one of our addresses."""

    inbound_id: UUID
    state: str
    decision: str | None
    rule: str | None
    evidence: dict[str, Any]
    ticket_id: int | None
    message_id: int | None

    @property
    def why(self) -> str:
        return str(self.evidence.get("why", ""))


class ReadingHere:
    """What a filer needs of a reading room, without the processes."""

    def __init__(self, read: Reader) -> None:
        self.read = read

    def close(self) -> None:
        """There is nobody to send home."""


def words_in(ticket_id: int, author_id: int | None) -> dict[str, str]:
    """The author's unsent words on a ticket, by mode."""
    assert author_id is not None
    return {mode: draft.body for mode, draft in drafts_of(ticket_id, author_id).items()}


class Desk:
    """A desk with the mailboxes support@ and billing@, its people, and a small vocabulary to play with it.

    Everything happens in the application context of the test; `heard` are the events handed over so far.
    """

    def __init__(self, settings: Settings, hand_over: HandOver | None = None) -> None:
        self.settings = settings
        self.heard: list[tuple[int, Event]] = []
        self.hand_over = hand_over
        self.judge_sender: Judge = unchecked
        self.app = base_app(settings, self.hears)

    def open(self) -> "Desk":
        """Make mailboxes and people."""
        self.support = create_mailbox("Support", SUPPORT).id
        self.billing = create_mailbox("Billing", BILLING).id
        self.ada = self.hires("ada", Role.AGENT)
        self.ben = self.hires("ben", Role.AGENT)
        self.cleo = self.hires("cleo", Role.ADMIN)
        db.session.commit()
        return self

    def hires(self, name: str, role: str, password: str | None = None) -> Actor:
        """Somebody new on the team; without a password, nobody can sign in as him."""
        user = create_user(name, f"{name}@desk.example", role, password=password, full_name=name.title())
        db.session.commit()
        return actor_of(user)

    @property
    def keys(self) -> tuple[bytes, ...]:
        return self.settings.signing_keys

    def hears(self, happened: Sequence[tuple[int, Event]]) -> None:
        self.heard.extend(happened)
        if self.hand_over is not None:
            self.hand_over(happened)

    # Mail in

    def believes(self, level: Level) -> None:
        """From now on every sender is found to be at this level."""

        def judge(claim: Claim) -> Verdict:
            email = claim.inbound.sender.email if claim.inbound.sender else ""
            return Verdict(level, email, email.rpartition("@")[2], why=f"The test says {level.name}.")

        self.judge_sender = judge

    def keeps(self, raw: bytes, *rcpts: str, mail_from: str = DORA.address, peer_ip: str | None = None) -> UUID:
        """Keep a mail as the gate does, unfiled; its id."""
        inbound_id = uuid4()
        sha256 = hashlib.sha256(raw).digest()
        db.session.add(
            InboundMessage(
                id=inbound_id,
                envelope_key=hashlib.sha256(inbound_id.bytes + sha256).digest(),
                mail_from=mail_from,
                peer_ip=peer_ip,
                raw_sha256=sha256,
                raw_size=len(raw),
                raw=raw,
                id_hash=id_hash(message_id_in(header_block(raw))),
            )
        )
        db.session.flush()
        for rcpt in rcpts or (SUPPORT,):
            address, tag = without_tag(rcpt)
            mailbox_id = db.session.scalar(select(MailboxAddress.mailbox_id).where(MailboxAddress.address == address))
            if mailbox_id is None and TOKEN.fullmatch(rcpt.partition("@")[0]):
                mailbox_id = self.support  # as the gate does: it takes every signed address for the first mailbox
            db.session.add(InboundDelivery(inbound_id=inbound_id, rcpt=rcpt, mailbox_id=mailbox_id, tag=tag))
        db.session.execute(select(func.pg_notify(FILERS_BELL, "")))
        db.session.commit()
        return inbound_id

    def filer(self, read: Reader = read_safely) -> Filer:
        """A filer that reads in this process; the rooms where mails are read have tests of their own."""
        return Filer(self.app, ReadingHere(read))  # type: ignore[arg-type]

    def files(self, inbound_id: UUID, read: Reader = read_safely) -> None:
        """See one kept mail through the pipeline."""
        claim_mails(FILER, 100)
        db.session.commit()
        file_mail(inbound_id, FILER, read, desk_of(blobs_of(self.app), self.settings, self.judge_sender, scanner_of(self.app)))

    def gives_up(self, inbound_id: UUID) -> None:
        """As a filer leaves a mail of which not even a skeleton could be filed."""
        db.session.execute(update(InboundMessage).where(InboundMessage.id == inbound_id).values(state="dead"))
        db.session.commit()

    def takes_in(self, raw: bytes, *rcpts: str, mail_from: str = DORA.address, peer_ip: str | None = None) -> Became:
        """Keep a mail, file it through the real pipeline, and say what it became at its first address."""
        return self.takes_in_at_all(raw, *rcpts, mail_from=mail_from, peer_ip=peer_ip)[0]

    def takes_in_at_all(
        self, raw: bytes, *rcpts: str, mail_from: str = DORA.address, peer_ip: str | None = None
    ) -> list[Became]:
        """The same, for each of its addresses, in the order of the alphabet."""
        inbound_id = self.keeps(raw, *rcpts, mail_from=mail_from, peer_ip=peer_ip)
        self.files(inbound_id)
        assert self.ledger().balanced
        return self.became(inbound_id)

    def became(self, inbound_id: UUID) -> list[Became]:
        self.looks_again()
        mail = db.session.get_one(InboundMessage, inbound_id)
        deliveries = db.session.scalars(
            select(InboundDelivery).where(InboundDelivery.inbound_id == inbound_id).order_by(InboundDelivery.rcpt)
        )
        return [
            Became(inbound_id, mail.state, each.decision, each.rule, each.evidence, each.ticket_id, each.message_id)
            for each in deliveries
        ]

    def ledger(self) -> Ledger:
        self.looks_again()
        return ledger()

    # Work

    def replies(self, ticket_id: int, body: str = "It is on its way.", by: Actor | None = None, **more: Any) -> Message:
        message = messages.post_reply(ticket_id, Written(body, **more), by or self.ada, self.keys)
        db.session.commit()
        return message

    def notes(self, ticket_id: int, body: str = "She is a friend of the house.", by: Actor | None = None, **more: Any) -> Message:
        message = messages.add_note(ticket_id, Written(body, **more), by or self.ada)
        db.session.commit()
        return message

    def assigns(self, ticket_id: int, agent: Actor | None, by: Actor | None = None) -> None:
        tickets.assign(ticket_id, agent.id if agent else None, by or self.cleo)
        db.session.commit()

    def sets(self, ticket_id: int, status: str, by: Actor | None = None) -> None:
        tickets.set_status(ticket_id, status, by or self.cleo)
        db.session.commit()

    def delivers(self, message: Message) -> Outbox:
        """The one mail of a reply, on its way; as `jobs/` leaves it."""
        db.session.execute(
            update(Outbox).where(Outbox.message_id == message.id).values(state="sent", sent_at=func.clock_timestamp())
        )
        db.session.commit()
        return db.session.scalars(select(Outbox).where(Outbox.message_id == message.id)).one()

    # Looking

    def looks_again(self) -> None:
        """See what others have committed."""
        db.session.rollback()
        db.session.expire_all()

    def ticket(self, ticket_id: int | None) -> Ticket:
        self.looks_again()
        return db.session.get_one(Ticket, ticket_id)

    def tickets(self) -> list[Ticket]:
        self.looks_again()
        return list(db.session.scalars(select(Ticket).order_by(Ticket.id)))

    def message(self, message_id: int | None) -> Message:
        self.looks_again()
        return db.session.get_one(Message, message_id)

    def messages_on(self, ticket_id: int | None) -> list[Message]:
        self.looks_again()
        return list(db.session.scalars(select(Message).where(Message.ticket_id == ticket_id).order_by(Message.id)))

    def mails_out(self, ticket_id: int | None) -> list[Outbox]:
        """The mails that carry what was said on the ticket; `tests/post.py` has those that only tell of it."""
        self.looks_again()
        carried = (Outbox.ticket_id == ticket_id) & (Outbox.kind == "reply")
        found = select(Outbox).where(carried).order_by(Outbox.message_id, Outbox.participant_id)
        return list(db.session.scalars(found))

    def timeline(self, ticket_id: int | None, kind: str | None = None) -> list[TimelineEntry]:
        self.looks_again()
        found = select(TimelineEntry).where(TimelineEntry.ticket_id == ticket_id).order_by(TimelineEntry.id)
        return [entry for entry in db.session.scalars(found) if kind in (None, entry.kind)]

    def person(self, who: Writer | Actor) -> User:
        self.looks_again()
        if isinstance(who, Actor):
            return db.session.get_one(User, who.id)
        return db.session.scalars(select(User).where(User.email == who.address)).one()

    def customer(self, who: Writer) -> Actor:
        return actor_of(self.person(who))

    def happened(self) -> list[Event]:
        """The events heard so far, oldest first; they are forgotten by asking."""
        events = [event for _, event in self.heard]
        self.heard.clear()
        return events

    def time_passes(self, table: str, interval: str, *columns: str) -> None:
        """Let `interval` pass for the rows of one table."""
        shift = ", ".join(f"{column} = {column} - interval '{interval}'" for column in columns)
        db.session.execute(text(f"UPDATE {table} SET {shift}"))  # noqa: S608 - names of our own
        db.session.commit()


def settings_for(database_url: str, data: Path, **more: str) -> Settings:
    return load_settings({"DATABASE_URL": database_url, "POSTROOM_DATA": str(data), "SECRET_KEY": SECRET, **more})


@pytest.fixture
def desk(database_url: str, tmp_path: Path) -> Iterator[Desk]:
    """A desk on the real database: two mailboxes, Ada, Ben, Cleo; no ticket yet."""
    desk = Desk(settings_for(database_url, tmp_path))
    with desk.app.app_context():
        try:
            yield desk.open()
        finally:
            db.session.remove()
            db.engine.dispose()
