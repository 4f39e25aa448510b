"""How many statements a page costs: pinned, so that one more is a decision; and the same however much there is to show."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import event, func, select, text, update

from models.actions.people import create_user
from models.actions.signing_in import start_sign_in
from models.blobs import BlobStore
from models.database import db
from models.message import Attachment, Message
from models.people import Role
from models.queries.figures import today
from models.ticket import Ticket
from postroom.seed import Wanted, seed_desk
from tests.cast import settings_for
from webapp.auth import tokens_for
from webapp.factory import create_app

PINNED = {
    "/inbox/mine/": 4,
    "/inbox/unassigned/": 4,
    "/inbox/open/": 4,
    "/inbox/closed/": 4,
    "/inbox/open/older/": 4,
    "/inbox/open/live/?ticket={ticket}": 13,
    "/inbox/open/t/{ticket}/": 13,
    "/inbox/open/t/{ticket}/?all": 13,
    "/inbox/open/t/{ticket}/trace/": 7,
    "/search/?q=you": 7,
    "/search/?q=customre": 8,
    "/search/?q=is:closed": 5,
    "/reports/?days=30": 56,
    "/reports/?days=365": 56,
    "/reports/behind/created/{today}/": 4,
    "/outbox/": 7,
    "/held/": 4,
    "/mail/": 11,
    "/admin/users/": 4,
    "/api/tickets/": 3,
    "/api/tickets/{ticket}/": 3,
    "/api/tickets/{ticket}/messages/": 7,
    "/api/tickets/{ticket}/timeline/": 4,
    "/api/tickets/search/?q=you": 6,
    "/api/analytics/summary/": 2,
    "/api/analytics/volume/": 8,
    "/api/analytics/resolution/": 8,
    "/api/analytics/arrivals/": 7,
    "/api/analytics/breakdown/": 8,
    "/api/analytics/breakdown/?by=tag": 3,
    "/api/analytics/mail/": 6,
    "/api/analytics/drafts/": 3,
}
"""Statements by address, at most; `{ticket}` is a ticket with messages, files and mails out. Each begins with who is asking."""


class Counter:
    """Counts what an application says to its database."""

    def __init__(self, app: Flask) -> None:
        self.said: list[str] = []
        with app.app_context():
            event.listen(db.engine, "before_cursor_execute", self.hears)

    def hears(self, _connection: object, _cursor: object, statement: str, *_more: object) -> None:
        self.said.append(statement)


class Reader:
    """An administrator who asks for pages, in this process."""

    def __init__(self, app: Flask) -> None:
        self.counter = Counter(app)
        with app.app_context():
            admin = create_user("reader", "reader@desk.example", Role.ADMIN)
            db.session.flush()
            sign_in = start_sign_in(admin)
            db.session.commit()
            self.headers = {"Authorization": f"Bearer {tokens_for(admin, sign_in)[0]}"}
        self.client: FlaskClient = app.test_client()

    def statements(self, path: str) -> int:
        """How many it took to answer; the first answer of a process also learns what the server can, and is not counted."""
        for _ in range(2):
            self.counter.said.clear()
            answer = self.client.get(path, headers=self.headers)
            assert answer.status_code == 200, (path, answer.status_code, answer.text[:300])
        return len(self.counter.said)


@pytest.fixture
def app(database_url: str, redis_url: str, tmp_path: Path) -> Iterator[Flask]:
    app = create_app(settings_for(database_url, tmp_path, REDIS_URL=redis_url))
    try:
        yield app
    finally:
        app.extensions["postroom.relay"].stop()
        with app.app_context():
            db.engine.dispose()


def fill(database_url: str, tmp_path: Path, tickets: int, seed: int) -> None:
    seed_desk(database_url, BlobStore(tmp_path / "blobs"), Wanted(tickets, tickets * 5, seed=seed, agents=4, days=20))


def lengthen(ticket_id: int) -> None:
    """Eighty more messages on one ticket, each sent out and with a file."""
    db.session.execute(
        text(
            "WITH m AS (INSERT INTO message (ticket_id, mailbox_id, direction, source, author_id, author_name, body)"
            " SELECT t.id, t.mailbox_id, 'out', 'web', t.assigned_agent_id, 'Agent', 'It is on its way.'"
            " FROM ticket t, generate_series(1, 80) WHERE t.id = :id RETURNING id, ticket_id, mailbox_id),"
            " f AS (INSERT INTO attachment (message_id, blob_sha256, filename, content_type, size)"
            " SELECT id, repeat('0', 64), 'a.txt', 'text/plain', 1 FROM m),"
            " e AS (INSERT INTO timeline_entry (ticket_id, kind, actor_name, message_id) SELECT ticket_id, 'replied', 'Agent', id FROM m)"
            " INSERT INTO outbox (id, idempotency_key, kind, mailbox_id, ticket_id, message_id, mail_from, rcpt, rfc_message_id, state)"
            " SELECT gen_random_uuid(), 'k' || id, 'reply', mailbox_id, ticket_id, id, 'a@desk.example', 'dora@example.net',"
            " '<' || id || '@desk.example>', 'sent' FROM m"
        ),
        {"id": ticket_id},
    )
    db.session.commit()


def a_talk() -> int:
    """A ticket at work on which both sides have written, and to which a file belongs."""
    both = select(Ticket.id).where(Ticket.message_count > 2, Ticket.assigned_agent_id.is_not(None), Ticket.last_direction == "out")
    ticket_id = db.session.scalars(both.order_by(Ticket.id).limit(1)).one()
    db.session.execute(update(Ticket).where(Ticket.id == ticket_id).values(status="IN_PROGRESS"))
    said = db.session.scalars(select(Message).where(Message.ticket_id == ticket_id).limit(1)).one()
    db.session.add(Attachment(message_id=said.id, blob_sha256="0" * 64, filename="a.txt", content_type="text/plain", size=1))
    db.session.commit()
    return ticket_id


def test_a_page_asks_as_much_of_a_large_desk_as_of_a_small_one(app: Flask, database_url: str, tmp_path: Path) -> None:
    fill(database_url, tmp_path, 30, seed=1)
    with app.app_context():
        ticket_id, day = a_talk(), today()
    reader = Reader(app)
    addresses = {path: path.format(ticket=ticket_id, today=day) for path in PINNED}
    small = {path: reader.statements(address) for path, address in addresses.items()}
    fill(database_url, tmp_path, 150, seed=2)
    with app.app_context():
        lengthen(ticket_id)
        assert db.session.scalar(select(func.count()).select_from(Ticket)) == 180
    large = {path: reader.statements(address) for path, address in addresses.items()}
    assert large == small
    assert {path: number for path, number in large.items() if number > PINNED[path]} == {}
