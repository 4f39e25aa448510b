"""The verbs of the example desk: a mail comes, somebody answers, and each happens as long ago as one says."""

import hashlib
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from uuid import UUID, uuid4

from flask import Flask
from sqlalchemy import update

from models.actions.messages import Received, StoredFile, Written, add_note, post_reply, receive_message
from models.actions.people import customer_for
from models.actions.tickets import open_ticket
from models.actor import MAIL_GATE, Actor, actor_of
from models.app import blobs_of, settings_of
from models.custody import InboundDelivery, InboundMessage
from models.database import db
from models.mailbox import Mailbox
from models.message import Message
from models.outbox import Outbox
from models.people import User
from models.ticket import Ticket
from models.timeline import TimelineEntry

@dataclass(frozen=True)
class Cast:
    """The people of the tests, by their ids."""

    ada: int
    ben: int
    cleo: int


class Stage:
    """Plays the examples into the desk, the oldest first."""

    def __init__(self, app: Flask, cast: Cast) -> None:
        self.blobs = blobs_of(app)
        self.keys = settings_of(app).signing_keys
        self.now = datetime.now(UTC)
        users = {user.id: actor_of(user) for user in db.session.query(User).all()}
        self.ada, self.ben, self.cleo = users[cast.ada], users[cast.ben], users[cast.cleo]
        self.support, self.billing = (box.id for box in db.session.query(Mailbox).order_by(Mailbox.id))

    def mail(
        self, address: str, name: str, subject: str, body: str, ago: timedelta, **more: object
    ) -> Ticket:
        """A mail that opened a ticket `ago`."""
        customer = customer_for(address, name)
        mailbox = more.pop("mailbox", self.support)
        ticket = open_ticket(mailbox, customer, address, subject, body, MAIL_GATE)
        inbound = self.accepted(
            address, name, subject, body, ticket, ago, "new_ticket", "D19", mailbox=mailbox
        )
        message = receive_message(
            ticket.id, Received(body, customer.id, name, address, inbound_id=inbound, **more), MAIL_GATE
        )
        self.file(inbound, message, "new_ticket", "D19")
        self.at(ticket, message, ago)
        return ticket

    def answers(
        self, ticket: Ticket, address: str, name: str, body: str, ago: timedelta, **more: object
    ) -> Message:
        """A customer's further mail."""
        customer = customer_for(address, name)
        decision = ("reply", "D17") if "held_reason" not in more else ("auto_reply", "D10")
        inbound = self.accepted(address, name, f"Re: {ticket.subject}", body, ticket, ago, *decision)
        message = receive_message(
            ticket.id, Received(body, customer.id, name, address, inbound_id=inbound, **more), MAIL_GATE
        )
        self.file(inbound, message, *decision)
        self.at(ticket, message, ago)
        return message

    def reply(
        self, ticket: Ticket, actor: Actor, body: str, ago: timedelta, then: str | None = None
    ) -> Message:
        message = post_reply(ticket.id, Written(body, set_status=then), actor, self.keys)
        self.at(ticket, message, ago)
        self.deliver(message, "sent", ago)
        return message

    def note(self, ticket: Ticket, actor: Actor, body: str, ago: timedelta) -> None:
        self.at(ticket, add_note(ticket.id, Written(body), actor), ago)

    def deliver(self, message: Message, state: str, ago: timedelta, detail: str = "") -> None:
        sent = self.now - ago if state == "sent" else None
        rows = update(Outbox).where(Outbox.message_id == message.id)
        db.session.execute(rows.values(state=state, sent_at=sent, last_text=detail))

    def at(self, ticket: Ticket, message: Message, ago: timedelta) -> None:
        """Move the message, and what happened with it, to where it belongs in time."""
        db.session.flush()
        then = self.now - ago
        db.session.execute(update(Message).where(Message.id == message.id).values(created_at=then))
        recent = TimelineEntry.created_at > self.now - timedelta(seconds=1)
        lines = update(TimelineEntry).where(TimelineEntry.ticket_id == ticket.id, recent)
        db.session.execute(lines.values(created_at=then))
        created = (
            then if message.id == ticket.last_message_id and ticket.message_count == 1 else Ticket.created_at
        )
        stood = Ticket.updated_at if message.held_reason else then
        db.session.execute(
            update(Ticket).where(Ticket.id == ticket.id).values(updated_at=stood, created_at=created)
        )
        db.session.expire_all()

    def settle(self, ticket: Ticket, ago: timedelta) -> None:
        """What was done to the ticket just now was done `ago`."""
        db.session.flush()
        then = self.now - ago
        recent = TimelineEntry.created_at > self.now - timedelta(seconds=1)
        lines = update(TimelineEntry).where(TimelineEntry.ticket_id == ticket.id, recent)
        db.session.execute(lines.values(created_at=then))
        db.session.execute(update(Ticket).where(Ticket.id == ticket.id).values(updated_at=then))
        db.session.expire_all()

    def accepted(
        self,
        address: str,
        name: str,
        subject: str,
        body: str,
        ticket: Ticket | None,
        ago: timedelta,
        decision: str,
        rule: str,
        *,
        mailbox: int | None = None,
        why: str = "",
        state: str = "done",
    ) -> UUID:
        """The mail in custody, and what became of it."""
        raw = (
            f"Return-Path: <{address}>\r\nFrom: {name} <{address}>\r\nTo: support@example.com\r\n"
            f"Subject: {subject}\r\nMessage-ID: <{uuid4().hex}@mail.example.net>\r\n\r\n{body}\r\n"
        ).encode()
        inbound = uuid4()
        digest = hashlib.sha256(raw).digest()
        then = self.now - ago
        db.session.add(
            InboundMessage(
                id=inbound,
                envelope_key=digest,
                raw_sha256=digest,
                raw=raw,
                raw_size=len(raw),
                mail_from=address,
                peer_ip="203.0.113.25",
                helo="mail.example.net",
                tls="TLSv1.3",
                state=state,
                received_at=then,
                attempts=1,
                filed_at=then + timedelta(milliseconds=420) if state == "done" else None,
                last_error="UnexpectedStructure: nested too deep" if state == "dead" else None,
                error_class="ParseTrouble" if state == "dead" else None,
            )
        )
        db.session.flush()
        evidence = {"why": why} if why else {}
        evidence |= (
            {"sender": address, "authentication": "pass"} if decision in ("new_ticket", "reply") else {}
        )
        # What became a message is decided in `file`, in one statement with the message's number.
        decided = state == "done" and ticket is None
        db.session.add(
            InboundDelivery(
                inbound_id=inbound,
                rcpt="support@example.com",
                mailbox_id=mailbox or self.support,
                decision=decision if decided else None,
                rule=rule if decided else None,
                evidence=evidence,
                ticket_id=ticket.id if ticket else None,
            )
        )
        db.session.flush()
        return inbound

    def file(self, inbound: UUID, message: Message, decision: str, rule: str) -> None:
        rows = update(InboundDelivery).where(InboundDelivery.inbound_id == inbound)
        db.session.execute(rows.values(decision=decision, rule=rule, message_id=message.id))

    def stored(self, content: bytes, filename: str, content_type: str, **more: object) -> StoredFile:
        return StoredFile(self.blobs.put(content), filename, content_type, len(content), **more)
