"""Drafts: what an agent has written is on the server, his alone, until it is sent or emptied."""

import pytest

from models.actions.drafts import discard_draft, save_draft
from models.database import db
from models.errors import Invalid
from models.queries.conversations import drafts_of
from tests.cast import DORA, Desk, mail_from


@pytest.fixture
def ticket_id(desk: Desk) -> int:
    ticket_id = desk.takes_in(mail_from(DORA)).ticket_id
    assert ticket_id is not None
    return ticket_id


def test_the_last_write_wins(desk: Desk, ticket_id: int) -> None:
    for body in ("Dear", "Dear Dora", "Dear Dora, it"):
        save_draft(ticket_id, desk.ada.id, "reply", body)
    assert drafts_of(ticket_id, desk.ada.id) == {"reply": "Dear Dora, it"}


def test_reply_and_note_are_two_drafts_and_each_agent_has_his_own(desk: Desk, ticket_id: int) -> None:
    save_draft(ticket_id, desk.ada.id, "reply", "Ada's reply")
    save_draft(ticket_id, desk.ada.id, "note", "Ada's note")
    save_draft(ticket_id, desk.ben.id, "reply", "Ben's reply")
    assert drafts_of(ticket_id, desk.ada.id) == {"reply": "Ada's reply", "note": "Ada's note"}
    assert drafts_of(ticket_id, desk.ben.id) == {"reply": "Ben's reply"}


@pytest.mark.parametrize("emptied", ["", "  \n", "\x00"])
def test_an_emptied_draft_is_forgotten(desk: Desk, ticket_id: int, emptied: str) -> None:
    save_draft(ticket_id, desk.ada.id, "reply", "Dear")
    save_draft(ticket_id, desk.ada.id, "reply", emptied)
    assert drafts_of(ticket_id, desk.ada.id) == {}
    discard_draft(ticket_id, desk.ada.id, "reply")  # a second time harms nobody


def test_sending_ends_the_draft_of_its_kind_and_author(desk: Desk, ticket_id: int) -> None:
    for agent in (desk.ada, desk.ben):
        for mode in ("reply", "note"):
            save_draft(ticket_id, agent.id, mode, f"{agent.name}'s {mode}")
    db.session.commit()
    desk.replies(ticket_id, "Sent.", desk.ada)
    assert drafts_of(ticket_id, desk.ada.id) == {"note": "Ada's note"}
    desk.notes(ticket_id, "Noted.", desk.ada)
    assert drafts_of(ticket_id, desk.ada.id) == {}
    assert drafts_of(ticket_id, desk.ben.id) == {"reply": "Ben's reply", "note": "Ben's note"}


def test_a_draft_that_was_not_sent_after_all_is_still_there(desk: Desk, ticket_id: int) -> None:
    save_draft(ticket_id, desk.ada.id, "reply", "Dear Dora")
    db.session.commit()
    with pytest.raises(Invalid):
        desk.replies(ticket_id, "Sent?", desk.ada, set_status="NONSENSE")
    desk.looks_again()
    assert drafts_of(ticket_id, desk.ada.id) == {"reply": "Dear Dora"}


def test_there_is_no_third_kind(desk: Desk, ticket_id: int) -> None:
    with pytest.raises(Invalid):
        save_draft(ticket_id, desk.ada.id, "poem", "Roses are red")
