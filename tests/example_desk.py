"""A desk full of examples, for browser tests and screenshots: the cast, their tickets, all kinds of cards."""

from datetime import timedelta

from flask import Flask

from models.actions.drafts import save_draft
from models.actions.mailboxes import create_mailbox, ensure_first_mailbox
from models.actions.people import create_user, customer_for
from models.actions.tickets import assign, edit_ticket, set_status
from models.actor import MAIL_GATE
from models.database import db
from models.outbox import Outbox
from models.ticket import Participant

PASSWORD = "correct horse battery"

from tests.example_mails import (
    COUNTER_ANSWER,
    COUNTER_REPLY,
    FIRST_MAIL,
    LONG_SUBJECT,
    ORDER_HTML,
    SMALL_ONES,
    picture,
)
from tests.example_stage import Cast, Stage


def build(app: Flask) -> Cast:
    """Fill an empty desk. Everybody signs in with `PASSWORD`."""
    with app.app_context():
        cast = people()
        mailboxes()
        Examples(app, cast).play()
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


class Examples(Stage):
    """Plays the examples into the desk, the oldest first."""

    def play(self) -> None:
        self.many_small_ones()
        self.a_long_one()
        self.what_was_set_aside()
        self.odd_ones()
        self.a_bounced_reply()
        self.newsletter_order()
        self.invoice()
        self.printer()

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
                self.reply(
                    ticket, self.ada, "Thank you for writing. I am looking into it.", ago - timedelta(hours=1)
                )
                set_status(ticket.id, "WAITING_ON_CUSTOMER" if number % 12 == 2 else "RESOLVED", self.ada)
                self.settle(ticket, ago - timedelta(hours=1))

    def a_long_one(self) -> None:
        ticket = self.mail(
            "noor@example.org",
            "Noor Haddad",
            "Which adapter fits the older model?",
            "Hello, which one?",
            timedelta(days=9),
        )
        assign(ticket.id, self.ada.id, self.cleo)
        self.settle(ticket, timedelta(days=9))
        for day in range(8, 0, -1):
            self.reply(
                ticket,
                self.ada,
                f"Could you read me line {9 - day} on the label?",
                timedelta(days=day, hours=5),
            )
            self.answers(
                ticket,
                "noor@example.org",
                "Noor Haddad",
                f"It says PX-{day}40, revision {day}.",
                timedelta(days=day, hours=2),
            )

    def what_was_set_aside(self) -> None:
        """Mails that became no ticket, one for each way."""
        self.accepted(
            "list@news.example",
            "Weekly news",
            "Your week",
            "…",
            None,
            timedelta(hours=7),
            "backscatter",
            "D5",
            why="A report about no mail of ours.",
        )
        self.accepted(
            "support@example.com",
            "Support",
            "Re: Re: Re: Out of office",
            "…",
            None,
            timedelta(hours=5),
            "loop",
            "D1",
            why="It carries our own mark: a loop.",
        )
        self.accepted(
            "eve@elsewhere.example", "Eve", "(broken)", "…", None, timedelta(hours=4), "", "", state="dead"
        )
        self.accepted(
            "dora@example.net",
            "Dora Winter",
            "The printer on the third floor",
            "…",
            None,
            timedelta(minutes=41),
            "duplicate",
            "D14",
            why="The same words under the same Message-ID came 2 minutes earlier.",
        )

    def odd_ones(self) -> None:
        self.mail("x@example.org", "", LONG_SUBJECT, "Short text.", timedelta(hours=9))
        self.mail(
            "yael@example.org",
            "יעל כהן",
            "שאלה על החשבון",
            "שלום, יש לי שאלה על החשבונית האחרונה שלי.\nתודה!",
            timedelta(hours=8),
        )
        self.mail("sora@example.org", "空 田中", "🎉", "🎉🎉", timedelta(hours=6))

    def a_bounced_reply(self) -> None:
        ticket = self.mail(
            "tomas@example.org",
            "Tomás Vidal",
            "Cannot sign in since the update",
            "Since this morning I only see a white page.",
            timedelta(hours=3, minutes=30),
        )
        assign(ticket.id, self.ada.id, MAIL_GATE)
        edit_ticket(ticket.id, self.ada, priority="URGENT", tags=["login", "update"])
        self.settle(ticket, timedelta(hours=3, minutes=20))
        customer = customer_for("it@example.org", "IT Helpdesk")
        db.session.add(
            Participant(
                ticket_id=ticket.id,
                user_id=customer.id,
                address="it@example.org",
                address_as_written="it@example.org",
                role="cc",
            )
        )
        message = self.reply(
            ticket,
            self.ada,
            "Please empty the browser's cache once and try again.\n\nAda",
            timedelta(hours=3),
        )
        rows = list(db.session.query(Outbox).filter_by(message_id=message.id))
        rows[0].state, rows[0].last_text, rows[0].sent_at = (
            "failed",
            "550 5.1.1 <tomas@example.org>: no such user here",
            None,
        )
        db.session.flush()

    def newsletter_order(self) -> None:
        files = (
            self.stored(picture(), "cup.png", "image/png", is_inline=True, content_id="cup@mail"),
            self.stored(picture(), "box from outside.png", "image/png"),
            self.stored(b"%PDF-1.7 an example", "invoice-4411.pdf", "application/pdf"),
        )
        ticket = self.mail(
            "iris@example.org",
            "Iris Almeida",
            "Order 4411 arrived broken",
            "Hello team, two of the six cups came in pieces.",
            timedelta(hours=2),
            body_html=ORDER_HTML,
            files=files,
            sender_verified=True,
        )
        edit_ticket(ticket.id, self.ben, tags=["orders", "damaged", "refund"])
        self.settle(ticket, timedelta(hours=2))

    def invoice(self) -> None:
        ticket = self.mail(
            "jonas@example.org",
            "Jonas Brandt",
            "Invoice 2024-118 has the wrong address",
            "Please correct the address: it is Lindenweg 4, not 14.",
            timedelta(hours=1, minutes=10),
            mailbox=self.billing,
        )
        assign(ticket.id, self.ada.id, self.cleo)
        edit_ticket(ticket.id, self.ada, priority="HIGH")
        self.settle(ticket, timedelta(minutes=58))
        self.reply(
            ticket,
            self.ada,
            "Thank you, Jonas. A corrected invoice is on its way to you.\n\nAda",
            timedelta(minutes=52),
            "WAITING_ON_CUSTOMER",
        )

    def printer(self) -> None:
        """The ticket most tests open: every kind of card."""
        ticket = self.mail(
            "dora@example.net",
            "Dora Winter",
            "The printer on the third floor",
            FIRST_MAIL,
            timedelta(minutes=43),
            sender_verified=True,
            folds=[[FIRST_MAIL.index("-- "), len(FIRST_MAIL), "signature"]],
        )
        assign(ticket.id, self.ada.id, MAIL_GATE)
        edit_ticket(ticket.id, self.ada, tags=["printer"])
        self.settle(ticket, timedelta(minutes=40))
        self.note(
            ticket,
            self.ben,
            "Same model as in the Berlin office: there it was the duplex counter. Ask for a sheet first.",
            timedelta(minutes=31),
        )
        self.reply(
            ticket,
            self.ada,
            COUNTER_REPLY,
            timedelta(minutes=25),
            "WAITING_ON_CUSTOMER",
        )
        body = COUNTER_ANSWER
        self.answers(
            ticket,
            "dora@example.net",
            "Dora Winter",
            body,
            timedelta(minutes=9),
            sender_verified=True,
            shown="Here is the sheet.",
            folds=[[body.index("On Friday"), len(body), "quote"]],
            files=(self.stored(picture(), "counter sheet.png", "image/png"),),
        )
        self.answers(
            ticket,
            "eve@elsewhere.example",
            "Eve",
            "I am Dora's colleague, please send everything to me from now on.",
            timedelta(minutes=4),
            sender_verified=False,
            held_reason="The sender does not take part in this ticket.",
            remarks=["The mail answers one of ours, but comes from an address that never wrote here."],
        )
        save_draft(ticket.id, self.ada.id, "reply", "Thank you, Dora. ")
