"""What only reads ends by COMMIT and keeps the connection's prepared statements; what wrote is rolled back as ever."""

from collections.abc import Iterator

import pytest
from flask import Flask
from sqlalchemy import select, text

from models.actions.reading import has_looked
from models.app import base_app
from models.attention import TicketRead
from models.database import db
from models.mailbox import Mailbox
from models.only_read import only_reads
from tests.cast import DORA, Desk, mail_from, settings_for

UNTIL_PREPARED = 5  # psycopg prepares what it is asked more often than that


@pytest.fixture
def app(database_url: str, tmp_path: object) -> Iterator[Flask]:
    app = base_app(settings_for(database_url, tmp_path))  # type: ignore[arg-type]
    yield app
    with app.app_context():
        db.engine.dispose()


def test_prepared_statements_outlive_what_only_reads(app: Flask) -> None:
    for _ in range(UNTIL_PREPARED + 1):
        with app.app_context():
            db.session.scalars(select(Mailbox)).all()
    with app.app_context():
        prepared = db.session.scalars(text("SELECT statement FROM pg_prepared_statements")).all()
        assert [each for each in prepared if "FROM mailbox" in each] != []


def test_what_was_read_can_be_read_on_when_its_context_is_over(app: Flask) -> None:
    with app.app_context():
        db.session.add(Mailbox(name="Support"))
        db.session.commit()
    with app.app_context():
        box = db.session.scalars(select(Mailbox)).one()
    assert box.name == "Support"


def test_what_nobody_committed_is_rolled_back(app: Flask) -> None:
    for statement in ("INSERT INTO mailbox (name) VALUES ('Forgotten')", "WITH m AS (INSERT INTO mailbox (name) VALUES ('F') RETURNING id) SELECT * FROM m"):
        with app.app_context():
            db.session.execute(text(statement))
    with app.app_context():
        db.session.add(Mailbox(name="Never flushed"))
    with app.app_context():
        assert db.session.scalars(select(Mailbox)).all() == []


@pytest.mark.parametrize(
    ("statement", "reads"),
    [
        ("SELECT 1", True),
        ("  select updated_at, merged_into_id FROM ticket", True),
        ("WITH newest AS (SELECT 1) SELECT * FROM newest", True),
        ("WITH gone AS (DELETE FROM ticket RETURNING id) SELECT * FROM gone", False),
        ("SELECT id FROM ticket FOR UPDATE", False),
        ("SELECT nextval('ticket_id_seq')", False),
        ("SELECT * INTO copied FROM ticket", False),
        ("UPDATE ticket SET subject = ''", False),
        ("SAVEPOINT here", False),
        ("SET LOCAL statement_timeout = 1", False),
        ("", False),
    ],
)
def test_what_may_write_is_told_from_what_surely_does_not(statement: str, reads: bool) -> None:
    assert only_reads(statement) is reads


def test_a_look_is_noted_without_waiting_for_the_disk_and_nothing_else_is(desk: Desk) -> None:
    ticket_id = desk.takes_in(mail_from(DORA)).ticket_id or 0
    for newest in (1, 7):
        has_looked(desk.ada.id or 0, ticket_id, newest)
        assert db.session.scalar(text("SHOW synchronous_commit")) == "off"
        db.session.commit()
        assert db.session.scalar(text("SHOW synchronous_commit")) == "on"
        assert db.session.scalars(select(TicketRead.message_id)).all() == [newest]
