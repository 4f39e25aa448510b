"""A desk full of examples, for browser tests and screenshots: the cast, their tickets, and every state a card can have.

Built through the same actions as the real thing; only times are moved into the past afterwards.
"""

import hashlib
import struct
import zlib
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from uuid import UUID, uuid4

from flask import Flask
from sqlalchemy import update

from models.actions.drafts import save_draft
from models.actions.mailboxes import create_mailbox, ensure_first_mailbox
from models.actions.messages import Received, StoredFile, Written, add_note, post_reply, receive_message
from models.actions.people import create_user, customer_for
from models.actions.tickets import assign, edit_ticket, open_ticket, set_status
from models.actor import MAIL_GATE, Actor, actor_of
from models.app import blobs_of, settings_of
from models.custody import InboundDelivery, InboundMessage
from models.database import db
from models.mailbox import Mailbox
from models.message import Message
from models.outbox import Outbox
from models.people import User
from models.ticket import Participant, Ticket
from models.timeline import TimelineEntry

PASSWORD = "correct horse battery"

FIRST_MAIL = (
    "Hello,\n\nsince yesterday the printer on the third floor prints every page twice. We have restarted it. "
    "The manual is at https://printers.example.net/manual?model=px-40.\n\nDora\n\n"
    "-- \nDora Winter\nFacilities, third floor"
)


@dataclass(frozen=True)
class Cast:
    """The people of the tests, by their ids."""

    ada: int
    ben: int
    cleo: int


def build(app: Flask) -> Cast:
    """Fill an empty desk. Everybody signs in with `PASSWORD`."""
    with app.app_context():
        cast = people()
        mailboxes()
        Stage(app, cast).play()
        db.session.commit()
        return cast


def people() -> Cast:
    made = [
        create_user(name.lower(), f"{name.lower()}@example.com", role, password=PASSWORD, full_name=full)
        for name, full, role in (
            ("Ada", "Ada Lind", "agent"),
            ("Ben", "Ben Okafor", "agent"),
            ("Cleo", "Cleo Marchetti", "admin"),
        )
    ]
    create_user("dora", "dora@example.net", "customer", password=PASSWORD, full_name="Dora Winter")
    return Cast(*(user.id for user in made))


def mailboxes() -> None:
    ensure_first_mailbox("support@example.com")
    create_mailbox("Billing", "billing@example.com")


class Stage:
    """Plays the examples into the desk, the oldest first."""

    def __init__(self, app: Flask, cast: Cast) -> None:
        self.blobs = blobs_of(app)
        self.keys = settings_of(app).signing_keys
        self.now = datetime.now(UTC)
        users = {user.id: actor_of(user) for user in db.session.query(User).all()}
        self.ada, self.ben, self.cleo = users[cast.ada], users[cast.ben], users[cast.cleo]
        self.support, self.billing = (box.id for box in db.session.query(Mailbox).order_by(Mailbox.id))

    def play(self) -> None:
        self.many_small_ones()
        self.a_long_one()
        self.what_was_set_aside()
        self.odd_ones()
        self.a_bounced_reply()
        self.newsletter_order()
        self.invoice()
        self.printer()

    # the words of the stage

    def mail(self, address: str, name: str, subject: str, body: str, ago: timedelta, **more: object) -> Ticket:
        """A mail that opened a ticket `ago`."""
        customer = customer_for(address, name)
        mailbox = more.pop("mailbox", self.support)
        ticket = open_ticket(mailbox, customer, address, subject, body, MAIL_GATE)
        inbound = self.accepted(address, name, subject, body, ticket, ago, "new_ticket", "D19", mailbox=mailbox)
        message = receive_message(
            ticket.id, Received(body, customer.id, name, address, inbound_id=inbound, **more), MAIL_GATE
        )
        self.file(inbound, message, "new_ticket", "D19")
        self.at(ticket, message, ago)
        return ticket

    def answers(self, ticket: Ticket, address: str, name: str, body: str, ago: timedelta, **more: object) -> Message:
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

    def reply(self, ticket: Ticket, actor: Actor, body: str, ago: timedelta, then: str | None = None) -> Message:
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
        created = then if message.id == ticket.last_message_id and ticket.message_count == 1 else Ticket.created_at
        stood = Ticket.updated_at if message.held_reason else then
        db.session.execute(update(Ticket).where(Ticket.id == ticket.id).values(updated_at=stood, created_at=created))
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
        self, address: str, name: str, subject: str, body: str, ticket: Ticket | None, ago: timedelta, decision: str,
        rule: str, *, mailbox: int | None = None, why: str = "", state: str = "done",
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
                id=inbound, envelope_key=digest, raw_sha256=digest, raw=raw, raw_size=len(raw), mail_from=address,
                peer_ip="203.0.113.25", helo="mail.example.net", tls="TLSv1.3", state=state, received_at=then,
                attempts=1, filed_at=then + timedelta(milliseconds=420) if state == "done" else None,
                last_error="UnexpectedStructure: nested too deep" if state == "dead" else None,
                error_class="ParseTrouble" if state == "dead" else None,
            )
        )
        db.session.flush()
        evidence = {"why": why} if why else {}
        evidence |= {"sender": address, "authentication": "pass"} if decision in ("new_ticket", "reply") else {}
        # What became a message is decided in `file`, in one statement with the message's number.
        decided = state == "done" and ticket is None
        db.session.add(
            InboundDelivery(
                inbound_id=inbound, rcpt="support@example.com", mailbox_id=mailbox or self.support,
                decision=decision if decided else None, rule=rule if decided else None, evidence=evidence,
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

    # the examples

    def many_small_ones(self) -> None:
        """Enough rows for a list that scrolls, in every status."""
        for number, (name, subject, body) in enumerate(SMALL_ONES):
            address = f"{name.split()[0].lower()}@example.org"
            ago = timedelta(days=1 + number // 5, hours=number % 7)
            ticket = self.mail(address, name, subject, body, ago)
            if number % 3 == 1:
                assign(ticket.id, self.ben.id, MAIL_GATE)
                self.settle(ticket, ago)
            if number % 6 == 2:
                assign(ticket.id, self.ada.id, MAIL_GATE)
                self.reply(ticket, self.ada, "Thank you for writing. I am looking into it.", ago - timedelta(hours=1))
                set_status(ticket.id, "WAITING_ON_CUSTOMER" if number % 12 == 2 else "RESOLVED", self.ada)
                self.settle(ticket, ago - timedelta(hours=1))

    def a_long_one(self) -> None:
        ticket = self.mail("noor@example.org", "Noor Haddad", "Which adapter fits the older model?", "Hello, which one?", timedelta(days=9))
        assign(ticket.id, self.ada.id, self.cleo)
        self.settle(ticket, timedelta(days=9))
        for day in range(8, 0, -1):
            self.reply(ticket, self.ada, f"Could you read me line {9 - day} on the label?", timedelta(days=day, hours=5))
            self.answers(ticket, "noor@example.org", "Noor Haddad", f"It says PX-{day}40, revision {day}.", timedelta(days=day, hours=2))

    def what_was_set_aside(self) -> None:
        """Mails that became no ticket, one for each way."""
        self.accepted("list@news.example", "Weekly news", "Your week", "…", None, timedelta(hours=7), "backscatter", "D5", why="A report about no mail of ours.")
        self.accepted("support@example.com", "Support", "Re: Re: Re: Out of office", "…", None, timedelta(hours=5), "loop", "D1", why="It carries our own mark: a loop.")
        self.accepted("eve@elsewhere.example", "Eve", "(broken)", "…", None, timedelta(hours=4), "", "", state="dead")
        self.accepted("dora@example.net", "Dora Winter", "The printer on the third floor", "…", None, timedelta(minutes=41), "duplicate", "D14", why="The same words under the same Message-ID came 2 minutes earlier.")

    def odd_ones(self) -> None:
        long = "A very long subject that goes on and on, because somebody wrote the whole matter into it: " + "and then it stopped " * 12
        self.mail("x@example.org", "", long, "Short text.", timedelta(hours=9))
        self.mail("yael@example.org", "יעל כהן", "שאלה על החשבון", "שלום, יש לי שאלה על החשבונית האחרונה שלי.\nתודה!", timedelta(hours=8))
        self.mail("sora@example.org", "空 田中", "🎉", "🎉🎉", timedelta(hours=6))

    def a_bounced_reply(self) -> None:
        ticket = self.mail("tomas@example.org", "Tomás Vidal", "Cannot sign in since the update", "Since this morning I only see a white page.", timedelta(hours=3, minutes=30))
        assign(ticket.id, self.ada.id, MAIL_GATE)
        edit_ticket(ticket.id, self.ada, priority="URGENT", tags=["login", "update"])
        self.settle(ticket, timedelta(hours=3, minutes=20))
        customer = customer_for("it@example.org", "IT Helpdesk")
        db.session.add(Participant(ticket_id=ticket.id, user_id=customer.id, address="it@example.org", address_as_written="it@example.org", role="cc"))
        message = self.reply(ticket, self.ada, "Please empty the browser's cache once and try again.\n\nAda", timedelta(hours=3))
        rows = list(db.session.query(Outbox).filter_by(message_id=message.id))
        rows[0].state, rows[0].last_text, rows[0].sent_at = "failed", "550 5.1.1 <tomas@example.org>: no such user here", None
        db.session.flush()

    def newsletter_order(self) -> None:
        html = (
            '<div style="font-family:Georgia,serif"><h2 style="color:#7a1f4b">Order 4411 arrived broken</h2>'
            '<p>Hello team,<br>two of the <b>six cups</b> came in pieces. Here is a picture:</p>'
            '<p><img src="cid:cup@mail" alt="The broken cup" width="160"></p>'
            '<p><img data-remote-src="https://tracker.example/p.png" alt="logo" width="120" height="30"></p>'
            '<table style="border-collapse:collapse"><tr><td style="border:1px solid #ccc;padding:6px">Cup, blue</td>'
            '<td style="border:1px solid #ccc;padding:6px">6</td><td style="border:1px solid #ccc;padding:6px">54.00</td></tr></table>'
            '<p>Greetings<br>Iris</p>'
            '<details class="quoted"><summary>…</summary><blockquote>On Tuesday you wrote: your parcel is on its way.</blockquote></details></div>'
        )
        files = (
            self.stored(picture(), "cup.png", "image/png", is_inline=True, content_id="cup@mail"),
            self.stored(picture(), "box from outside.png", "image/png"),
            self.stored(b"%PDF-1.7 an example", "invoice-4411.pdf", "application/pdf"),
        )
        ticket = self.mail("iris@example.org", "Iris Almeida", "Order 4411 arrived broken", "Hello team, two of the six cups came in pieces.", timedelta(hours=2), body_html=html, files=files, sender_verified=True)
        edit_ticket(ticket.id, self.ben, tags=["orders", "damaged", "refund"])
        self.settle(ticket, timedelta(hours=2))

    def invoice(self) -> None:
        ticket = self.mail("jonas@example.org", "Jonas Brandt", "Invoice 2024-118 has the wrong address", "Please correct the address: it is Lindenweg 4, not 14.", timedelta(hours=1, minutes=10), mailbox=self.billing)
        assign(ticket.id, self.ada.id, self.cleo)
        edit_ticket(ticket.id, self.ada, priority="HIGH")
        self.settle(ticket, timedelta(minutes=58))
        self.reply(ticket, self.ada, "Thank you, Jonas. A corrected invoice is on its way to you.\n\nAda", timedelta(minutes=52), "WAITING_ON_CUSTOMER")

    def printer(self) -> None:
        """The ticket most tests open: every kind of card."""
        ticket = self.mail(
            "dora@example.net", "Dora Winter", "The printer on the third floor",
            FIRST_MAIL,
            timedelta(minutes=43), sender_verified=True, folds=[[FIRST_MAIL.index("-- "), len(FIRST_MAIL), "signature"]],
        )
        assign(ticket.id, self.ada.id, MAIL_GATE)
        edit_ticket(ticket.id, self.ada, tags=["printer"])
        self.settle(ticket, timedelta(minutes=40))
        self.note(ticket, self.ben, "Same model as in the Berlin office: there it was the duplex counter. Ask for a counter sheet first.", timedelta(minutes=31))
        self.reply(ticket, self.ada, "Hello Dora,\n\nthank you for the details. Could you print a counter sheet (Menu → Reports → Counter) and send us a photo of it?\n\nBest regards\nAda", timedelta(minutes=25), "WAITING_ON_CUSTOMER")
        body = "Here is the sheet.\n\nDora\n\nOn Friday Ada wrote:\n> Hello Dora,\n>\n> thank you for the details. Could you print a counter sheet?"
        self.answers(
            ticket, "dora@example.net", "Dora Winter", body, timedelta(minutes=9), sender_verified=True, shown="Here is the sheet.",
            folds=[[body.index("On Friday"), len(body), "quote"]], files=(self.stored(picture(), "counter sheet.png", "image/png"),),
        )
        self.answers(
            ticket, "eve@elsewhere.example", "Eve", "I am Dora's colleague, please send everything to me from now on.", timedelta(minutes=4),
            sender_verified=False, held_reason="The sender does not take part in this ticket.", remarks=["The mail answers one of ours, but comes from an address that never wrote here."],
        )
        save_draft(ticket.id, self.ada.id, "reply", "Thank you, Dora. ")


def picture() -> bytes:
    """A small PNG, drawn here: a blue gradient."""
    side = 96
    lines = b"".join(
        b"\x00" + b"".join(bytes((60 + x, 90 + y // 2, 200 - x // 2)) for x in range(side)) for y in range(side)
    )

    def chunk(kind: bytes, data: bytes) -> bytes:
        return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))

    head = struct.pack(">IIBBBBB", side, side, 8, 2, 0, 0, 0)
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", head) + chunk(b"IDAT", zlib.compress(lines)) + chunk(b"IEND", b"")


SMALL_ONES = [
    (name, subject, body)
    for name, subject, body in zip(
        ("Mara Engel", "Piotr Zając", "Lucía Romero", "Sam Whitfield", "Aiko Mori", "Henk de Vries", "Fatima Zahra", "Oleg Petrov") * 4,
        (
            "Change of delivery address", "Refund for a double charge", "How do I export my data?", "Password reset mail does not arrive",
            "Question about the yearly plan", "Two accounts with the same address", "Feature idea: dark invoices", "The app is slow on Mondays",
        ) * 4,
        (
            "We are moving in December. Could you send the next parcel to the new address?", "My card was charged twice on the 3rd.",
            "I would like to have all my invoices as one file.", "I have looked into the spam folder as well, there is nothing.",
            "Is it possible to change from monthly to yearly in the middle of a month?", "I seem to have two accounts, and both get the newsletter.",
            "It would be lovely if invoices could be dark, too.", "Every Monday morning the first page takes ten seconds.",
        ) * 4,
        strict=True,
    )
]
