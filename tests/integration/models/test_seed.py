"""A synthetic desk in a real database: complete, repeatable beside what is there, and of no matter to the ledger."""

from datetime import UTC, datetime
from pathlib import Path

import psycopg
import pytest

from models.blobs import BlobStore
from models.database import db
from models.people import User
from models.queries.custody import ledger
from models.queries.tickets import ticket_page, view_named
from models.settings import AgentVisibility
from postroom.seed import Seeded, Wanted, seed_desk
from postroom.seed.load import HEAVY
from tests.cast import DORA, Desk, mail_from

WANTED = Wanted(tickets=300, messages=1200, agents=4, until=datetime(2026, 11, 20, tzinfo=UTC))
ALL: AgentVisibility = "all"


@pytest.fixture
def seeded(desk: Desk, database_url: str, tmp_path: Path) -> Seeded:
    return seed_desk(database_url, BlobStore(tmp_path / "blobs"), WANTED)


def ask(url: str, question: str) -> list[tuple[object, ...]]:
    with psycopg.connect(url) as connection:
        return connection.execute(question).fetchall()


def test_the_desk_shows_the_seeded_tickets(desk: Desk, seeded: Seeded) -> None:
    cleo = db.session.get_one(User, desk.cleo.id)
    assert seeded.tickets == 300 and seeded.messages > 900
    page = ticket_page(cleo, ALL, view_named("resolved"))
    assert len(page.rows) == 50 and page.next


def test_the_desk_goes_on_where_the_seed_ended(desk: Desk, seeded: Seeded, database_url: str) -> None:
    ticket_id = desk.takes_in(mail_from(DORA)).ticket_id
    assert ticket_id == 301
    assert ask(database_url, "SELECT max(id) FROM message")[0][0] == seeded.messages + 1


def test_the_ledger_knows_nothing_of_it_and_is_balanced(desk: Desk, seeded: Seeded) -> None:
    desk.takes_in(mail_from(DORA))
    assert (ledger().accepted, ledger().unaccounted) == (1, 0)


def test_a_second_helping_comes_beside_the_first(desk: Desk, seeded: Seeded, database_url: str, tmp_path: Path) -> None:
    seed_desk(database_url, BlobStore(tmp_path / "blobs"), WANTED)
    assert ask(database_url, "SELECT count(*), count(DISTINCT ref) FROM ticket") == [(600, 600)]
    assert ask(database_url, "SELECT count(*) FROM mailbox WHERE name = 'Billing'") <= [(2,)]


def test_the_indexes_set_aside_for_speed_are_back(desk: Desk, seeded: Seeded, database_url: str) -> None:
    for name in HEAVY:
        assert ask(database_url, f"SELECT to_regclass('{name}')::text") == [(name,)]


def test_attachments_can_be_opened(desk: Desk, seeded: Seeded, database_url: str, tmp_path: Path) -> None:
    sha256 = ask(database_url, "SELECT DISTINCT blob_sha256 FROM attachment")[0][0]
    assert BlobStore(tmp_path / "blobs").read(str(sha256)).startswith(b"\x89PNG")
