"""Drafts: what an agent has written is on the server, his alone, until it is sent or emptied."""

import pytest

from models.actions.drafts import MOST_FILES, MOST_OCTETS, Begun, discard_draft, files_in, put_in, save_draft, take_out
from models.actions.messages import StoredFile
from models.database import db
from models.errors import Invalid, NotFound
from models.queries.conversations import drafts_of
from tests.cast import DORA, Desk, mail_from, words_in


@pytest.fixture
def ticket_id(desk: Desk) -> int:
    ticket_id = desk.takes_in(mail_from(DORA)).ticket_id
    assert ticket_id is not None
    return ticket_id


def test_the_last_write_wins(desk: Desk, ticket_id: int) -> None:
    for body in ("Dear", "Dear Dora", "Dear Dora, it"):
        save_draft(ticket_id, desk.ada.id, "reply", body)
    assert words_in(ticket_id, desk.ada.id) == {"reply": "Dear Dora, it"}


def test_reply_and_note_are_two_drafts_and_each_agent_has_his_own(desk: Desk, ticket_id: int) -> None:
    save_draft(ticket_id, desk.ada.id, "reply", "Ada's reply")
    save_draft(ticket_id, desk.ada.id, "note", "Ada's note")
    save_draft(ticket_id, desk.ben.id, "reply", "Ben's reply")
    assert words_in(ticket_id, desk.ada.id) == {"reply": "Ada's reply", "note": "Ada's note"}
    assert words_in(ticket_id, desk.ben.id) == {"reply": "Ben's reply"}


@pytest.mark.parametrize("emptied", ["", "  \n", "\x00"])
def test_an_emptied_draft_is_forgotten(desk: Desk, ticket_id: int, emptied: str) -> None:
    save_draft(ticket_id, desk.ada.id, "reply", "Dear")
    save_draft(ticket_id, desk.ada.id, "reply", emptied)
    assert words_in(ticket_id, desk.ada.id) == {}
    discard_draft(ticket_id, desk.ada.id, "reply")  # a second time harms nobody


def test_sending_ends_the_draft_of_its_kind_and_author(desk: Desk, ticket_id: int) -> None:
    for agent in (desk.ada, desk.ben):
        for mode in ("reply", "note"):
            save_draft(ticket_id, agent.id, mode, f"{agent.name}'s {mode}")
    db.session.commit()
    desk.replies(ticket_id, "Sent.", desk.ada)
    assert words_in(ticket_id, desk.ada.id) == {"note": "Ada's note"}
    desk.notes(ticket_id, "Noted.", desk.ada)
    assert words_in(ticket_id, desk.ada.id) == {}
    assert words_in(ticket_id, desk.ben.id) == {"reply": "Ben's reply", "note": "Ben's note"}


def test_a_draft_that_was_not_sent_after_all_is_still_there(desk: Desk, ticket_id: int) -> None:
    save_draft(ticket_id, desk.ada.id, "reply", "Dear Dora")
    db.session.commit()
    with pytest.raises(Invalid):
        desk.replies(ticket_id, "Sent?", desk.ada, set_status="NONSENSE")
    desk.looks_again()
    assert words_in(ticket_id, desk.ada.id) == {"reply": "Dear Dora"}


def test_there_is_no_third_kind(desk: Desk, ticket_id: int) -> None:
    with pytest.raises(Invalid):
        save_draft(ticket_id, desk.ada.id, "poem", "Roses are red")


def a_file(name: str = "a.png", size: int = 3, *, is_inline: bool = False) -> StoredFile:
    return StoredFile("0" * 64, name, "image/png", size, is_inline)


def test_a_draft_keeps_its_form_whom_it_is_for_and_its_files(desk: Desk, ticket_id: int) -> None:
    me = author(desk)
    save_draft(ticket_id, me, "reply", Begun("bold", "<b>bold</b><script>x()</script>", {"to": [DORA.address]}))
    [picture, paper] = put_in(ticket_id, me, "reply", [a_file(is_inline=True), a_file("b.pdf")])
    db.session.commit()
    kept = drafts_of(ticket_id, me)["reply"]
    assert (kept.body_html, kept.addressed) == ("<b>bold</b>", {"to": [DORA.address]})
    assert picture.content_id.endswith("@desk") and paper.content_id == ""
    assert [file.filename for file in files_in(ticket_id, me, "reply")] == ["a.png", "b.pdf"]
    discard_draft(ticket_id, me, "reply")
    assert files_in(ticket_id, me, "reply") == []


def test_files_are_taken_out_by_whoever_put_them_in_and_nobody_else(desk: Desk, ticket_id: int) -> None:
    [file] = put_in(ticket_id, author(desk), "reply", [a_file()])
    with pytest.raises(NotFound):
        take_out(ticket_id, author(desk, "ben"), file.id)
    take_out(ticket_id, author(desk), file.id)
    assert files_in(ticket_id, author(desk), "reply") == []


def test_a_draft_takes_no_more_than_a_mail_does(desk: Desk, ticket_id: int) -> None:
    put_in(ticket_id, author(desk), "reply", [a_file(size=MOST_OCTETS)])
    with pytest.raises(Invalid, match="25 MB"):
        put_in(ticket_id, author(desk), "reply", [a_file()])
    put_in(ticket_id, author(desk), "note", [a_file()] * MOST_FILES)
    with pytest.raises(Invalid, match="at most 20"):
        put_in(ticket_id, author(desk), "note", [a_file()])


def author(desk: Desk, name: str = "ada") -> int:
    found = getattr(desk, name).id
    assert found is not None
    return int(found)
