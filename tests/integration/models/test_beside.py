"""What lies beside a ticket is said to be there, each thing for itself, and nothing of another ticket or reader."""

import pytest
from sqlalchemy import text

from models.database import db
from models.queries.beside import Beside, beside
from tests.cast import DORA, EVE, Desk, mail_from

NOTHING = Beside(drafts=0, draft_files=0, ai_drafts=0, notes=0, suggestions=0, links=0, stopped=0, files=0, followers=0, follows=0, read=None)

THINGS = {
    "drafts": "INSERT INTO draft (ticket_id, author_id, mode, body) VALUES (:ticket, :reader, 'note', 'Words')",
    "draft_files": "INSERT INTO draft_file (ticket_id, author_id, mode, blob_sha256, filename, content_type, size)"
    " VALUES (:ticket, :reader, 'note', 'x', 'a.txt', 'text/plain', 1)",
    "ai_drafts": "INSERT INTO ai_draft (ticket_id, asked_by_id) VALUES (:ticket, :reader)",
    "notes": "INSERT INTO person_note (person_id, author_id, author_name, body) SELECT customer_id, :reader, 'Ada', 'Kind' FROM ticket WHERE id = :ticket",
    "suggestions": "INSERT INTO suggested_participant (ticket_id, address, address_as_written, suggested_by)"
    " VALUES (:ticket, 'gus@example.net', 'gus@example.net', 'dora@example.net')",
    "links": "INSERT INTO ticket_link (ticket_id, other_id, kind) VALUES (:ticket, :other, 'sibling')",
    "stopped": "INSERT INTO suppression (address, reason) SELECT address, 'undeliverable' FROM participant WHERE ticket_id = :ticket",
    "files": "INSERT INTO attachment (message_id, blob_sha256, filename, content_type, size)"
    " SELECT id, 'x', 'a.txt', 'text/plain', 1 FROM message WHERE ticket_id = :ticket",
    "followers": "INSERT INTO follower (ticket_id, user_id) VALUES (:ticket, :colleague)",
    "read": "INSERT INTO ticket_read (user_id, ticket_id, message_id) VALUES (:reader, :ticket, 1)",
}


def put(statement: str, **values: int | None) -> None:
    db.session.execute(text(statement), values)
    db.session.commit()


@pytest.mark.parametrize("thing", THINGS)
def test_each_thing_is_seen_beside_its_own_ticket_alone(desk: Desk, thing: str) -> None:
    here = desk.takes_in(mail_from(DORA)).ticket_id or 0
    other = desk.takes_in(mail_from(EVE, subject="Mine"), mail_from=EVE.address).ticket_id or 0
    ada = desk.person(desk.ada)
    assert beside(desk.ticket(here), ada) == beside(desk.ticket(other), ada) == NOTHING
    values = {"ticket": here, "other": other, "reader": ada.id, "colleague": desk.ben.id}
    put(THINGS[thing], **{name: value for name, value in values.items() if f":{name}" in THINGS[thing]})
    found = beside(desk.ticket(here), ada)
    assert {name for name in vars(found) if getattr(found, name) != getattr(NOTHING, name)} == {thing}
    assert beside(desk.ticket(other), ada) == NOTHING


def test_a_ticket_that_goes_on_in_another_has_a_link(desk: Desk) -> None:
    here = desk.takes_in(mail_from(DORA)).ticket_id or 0
    later = desk.takes_in(mail_from(DORA, subject="Again")).ticket_id or 0
    put("UPDATE ticket SET follow_up_of_id = :here WHERE id = :later", here=here, later=later)
    assert beside(desk.ticket(here), desk.person(desk.ada)).links == 1


def test_what_a_colleague_does_is_not_the_reader_s(desk: Desk) -> None:
    here = desk.takes_in(mail_from(DORA)).ticket_id or 0
    for thing in ("drafts", "draft_files", "ai_drafts", "read"):
        put(THINGS[thing], ticket=here, reader=desk.ben.id)
    put(THINGS["followers"], ticket=here, colleague=desk.ben.id)
    assert beside(desk.ticket(here), desk.person(desk.ada)) == Beside(**{**vars(NOTHING), "followers": 1})
    assert beside(desk.ticket(here), desk.person(desk.ben)).follows == 1
