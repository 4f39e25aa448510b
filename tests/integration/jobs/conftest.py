"""A desk in real Postgres: Ada answers, Dora wrote; its outbox leads to a real SMTP server."""

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from flask.ctx import AppContext
from sqlalchemy import select, text

from jobs import outbound
from models.actions import mailboxes, messages, people, tickets
from models.actions.messages import Received, StoredFile, Written
from models.actor import MAIL_GATE, Actor, actor_of
from models.app import HandOver, base_app
from models.database import db
from models.mailbox import Mailbox
from models.outbox import Outbox
from models.settings import Settings, load_settings
from models.ticket import Participant
from models.timeline import TimelineEntry
from tests.smtp_sink import SmtpSink


class Desk:
    """One mailbox, one ticket of Dora's; everything happens in the application context of the test."""

    def __init__(self, settings: Settings, hand_over: HandOver | None = None) -> None:
        self.settings = settings
        self.app = base_app(settings, hand_over)

    def open(self) -> "Desk":
        """Let Dora write her first mail."""
        mailboxes.ensure_first_mailbox("support@example.com")
        ada = people.create_user("ada", "ada@example.com", "agent", full_name="Ada")
        self.ada: Actor = actor_of(ada)
        self.dora_id = people.customer_for("dora@example.net", "Dora").id
        mailbox_id = db.session.scalar(select(Mailbox.id))
        dora = people.customer_for("dora@example.net", "Dora")
        self.ticket = tickets.open_ticket(
            mailbox_id, dora, "dora@example.net", "Printer on fire", "", MAIL_GATE
        )
        self.ticket_id, self.ref = self.ticket.id, self.ticket.ref
        self.hear("it burns", "first@dora.example.net")
        return self

    def hear(
        self, body: str, message_id: str, *, held: str | None = None, author: tuple[str, int] | None = None, html: str = ""
    ) -> int:
        """Dora (or `author`, an address and a person) writes; the id of the message."""
        address, author_id = author or ("dora@example.net", self.dora_id)
        received = Received(body, author_id, "Dora", address, rfc_message_id=message_id, held_reason=held, body_html=html)
        message = messages.receive_message(self.ticket_id, received, MAIL_GATE)
        db.session.commit()
        return message.id

    def invite(self, address: str, name: str = "") -> int:
        """Put somebody else on the ticket; the person's id."""
        person = people.customer_for(address, name)
        db.session.add(
            Participant(
                ticket_id=self.ticket_id,
                user_id=person.id,
                address=address,
                address_as_written=address,
                role="cc",
            )
        )
        db.session.commit()
        return person.id

    def reply(self, body: str = "pour water", files: tuple[StoredFile, ...] = ()) -> int:
        """Ada answers; the id of the message."""
        message = messages.post_reply(
            self.ticket_id, Written(body, files=files), self.ada, self.settings.signing_keys
        )
        db.session.commit()
        return message.id

    def send(self) -> int:
        """What a worker does when the bell rings or it looks for itself. How many mails were tried."""
        outbound.backoff_of(self.app).succeeded()
        return outbound.send_due()

    def rows(self) -> list[Outbox]:
        db.session.rollback()
        db.session.expire_all()
        return list(db.session.scalars(select(Outbox).order_by(Outbox.message_id, Outbox.participant_id)))

    def row(self) -> Outbox:
        [row] = self.rows()
        return row

    def later(self, interval: str) -> None:
        """Let `interval` pass for every mail of the outbox."""
        shift = ", ".join(f"{name} = {name} - interval '{interval}'" for name in MOMENTS)
        db.session.execute(text(f"UPDATE outbox SET {shift}"))
        db.session.commit()

    def timeline(self, kind: str) -> list[TimelineEntry]:
        return list(db.session.scalars(select(TimelineEntry).where(TimelineEntry.kind == kind)))


MOMENTS = ("next_attempt_at", "lease_until", "give_up_at", "created_at", "warned_at")
MakeDesk = Callable[..., Desk]


@pytest.fixture
def make_desk(database_url: str, tmp_path: Path) -> Iterator[MakeDesk]:
    """Builds a desk with further settings, open for the length of the test."""
    contexts: list[AppContext] = []

    def make(hand_over: HandOver | None = None, **settings: str) -> Desk:
        given = {"DATABASE_URL": database_url, "POSTROOM_DATA": str(tmp_path), **settings}
        desk = Desk(load_settings(given), hand_over)
        context = desk.app.app_context()
        context.push()
        contexts.append(context)
        return desk.open()

    yield make
    for context in reversed(contexts):
        db.session.remove()
        db.engine.dispose()
        context.pop()


@pytest.fixture
def desk(make_desk: MakeDesk, smtp_sink: SmtpSink) -> Desk:
    """A desk whose smart host is the sink."""
    return make_desk(OUTBOUND_SMTP_URL=smtp_sink.url)
