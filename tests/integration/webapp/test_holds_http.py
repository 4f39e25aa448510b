"""What waits for an agent's word, on the page of its ticket and under held mail."""

from collections.abc import Callable

import pytest
from sqlalchemy import select

from mailgate.identity.verdict import Level
from models.actions.agent_notices import notice_to_agent
from models.actions.reply_tokens import reply_address
from models.custody import BlockedSender
from models.database import db
from models.message import Message
from models.ticket import Participant
from tests.cast import DORA, EVE, SUPPORT, Became, Writer, mail_from
from tests.integration.webapp.conftest import WebDesk

REPLY_DOMAIN = "reply.example.com"
NO_REPLY = Writer("Some Service", "no-reply@service.example")


@pytest.fixture
def desk(make_web: Callable[..., WebDesk]) -> WebDesk:
    """Agents see what is unassigned, and so look after held mail too."""
    desk = make_web(AGENT_VISIBILITY="unassigned")
    desk.believes(Level.A3)
    return desk


def eves_mail_on_doras_ticket(desk: WebDesk) -> Became:
    first = desk.takes_in(mail_from(DORA, headers={"Cc": "gus@guests.example"}))
    [dora] = db.session.scalars(select(Participant).where(Participant.ticket_id == first.ticket_id))
    token = reply_address(first.ticket_id or 0, dora.id, desk.keys, REPLY_DOMAIN)
    db.session.commit()
    return desk.takes_in(mail_from(EVE, body="Let me help."), token, mail_from=EVE.address)


def test_a_held_mail_shows_what_can_be_done_and_it_is_done_once(desk: WebDesk) -> None:
    held = eves_mail_on_doras_ticket(desk)
    ada, ben = desk.tab("ada"), desk.tab("ben")
    page = f"/inbox/unassigned/t/{held.ticket_id}/"
    assert "Let in, with its sender" in ada.get(page).body
    act = f"{page}held/{held.message_id}/"
    assert ada.post(act, {"do": "let_in"}).status == 303
    assert ben.post(act, {"do": "discard"}).status == 409
    assert desk.message(held.message_id).held_reason is None
    assert "Let in, with its sender" not in ada.get(page).body


def test_a_discarded_mail_leaves_one_line_and_can_come_back(desk: WebDesk) -> None:
    held = eves_mail_on_doras_ticket(desk)
    ada, page = desk.tab("ada"), f"/inbox/unassigned/t/{held.ticket_id}/"
    ada.post(f"{page}held/{held.message_id}/", {"do": "discard"})
    shown = ada.get(page).body
    assert "Take it back" in shown and "Let me help." not in shown
    ada.post(f"{page}held/{held.message_id}/", {"do": "undo"})
    assert "Let me help." in ada.get(page).body


@pytest.mark.parametrize("do", ["", "publish", "let_in\n"])
def test_there_is_no_other_button(desk: WebDesk, do: str) -> None:
    held = eves_mail_on_doras_ticket(desk)
    answer = desk.tab("ada").post(f"/inbox/unassigned/t/{held.ticket_id}/held/{held.message_id}/", {"do": do})
    assert answer.status in (400, 422)
    assert desk.message(held.message_id).held_reason is not None


def test_who_may_not_see_the_ticket_can_do_nothing_about_it(desk: WebDesk) -> None:
    held = eves_mail_on_doras_ticket(desk)
    [suggestion] = db.session.execute(db.text("SELECT id FROM suggested_participant")).scalars()
    desk.assigns(held.ticket_id or 0, desk.ada)
    ben, page = desk.tab("ben"), f"/inbox/open/t/{held.ticket_id}/"
    assert ben.post(f"{page}held/{held.message_id}/", {"do": "let_in"}).status == 404
    assert ben.post(f"{page}people/{suggestion}/", {"do": "add"}).status == 404
    assert ben.post(f"{page}flood/").status == 404
    assert desk.message(held.message_id).held_reason is not None
    assert db.session.scalar(select(Participant.id).where(Participant.address == "gus@guests.example")) is None


def test_a_suggested_person_is_added_with_a_click(desk: WebDesk) -> None:
    held = eves_mail_on_doras_ticket(desk)
    ada, page = desk.tab("ada"), f"/inbox/unassigned/t/{held.ticket_id}/"
    assert "gus@guests.example" in ada.get(page).body
    [suggestion] = db.session.execute(db.text("SELECT id FROM suggested_participant")).scalars()
    assert ada.post(f"{page}people/{suggestion}/", {"do": "add"}).status == 303
    desk.looks_again()
    assert db.session.scalar(select(Participant.role).where(Participant.address == "gus@guests.example")) == "cc"
    assert ada.post(f"{page}people/{suggestion}/", {"do": "add"}).status == 404


def test_a_sender_is_blocked_from_his_held_mail_and_unblocked_from_the_list(desk: WebDesk) -> None:
    body = "Your verification code is 481923."
    held = desk.takes_in(mail_from(NO_REPLY, subject="Confirm", body=body), mail_from=NO_REPLY.address)
    ada, page = desk.tab("ada"), f"/held/{held.inbound_id}/{SUPPORT}/"
    assert "481923" not in ada.get(page).body and f"Block {NO_REPLY.address}" in ada.get(page).body
    assert ada.post(page, {"do": "block"}).status == 303
    again = desk.takes_in(mail_from(NO_REPLY, subject="Hello"), mail_from=NO_REPLY.address)
    assert again.decision == "quarantine"
    assert NO_REPLY.address in ada.get("/held/blocked/").body
    assert ada.post("/held/blocked/", {"sender": NO_REPLY.address}).status == 303
    desk.looks_again()
    assert db.session.scalar(select(BlockedSender.address)) is None


def test_a_flood_is_released_and_every_mail_filed_for_itself(desk: WebDesk) -> None:
    became = [desk.takes_in(mail_from(EVE, subject=f"Mail {number}"), mail_from=EVE.address) for number in range(24)]
    flood = became[-1].ticket_id
    assert [each.ticket_id for each in became[20:]] == [flood] * 4 and desk.ticket(flood).flood_of == EVE.address
    ada, page = desk.tab("ada"), f"/inbox/unassigned/t/{flood}/"
    assert "File them one by one" in ada.get(page).body
    assert ada.post(f"{page}flood/").status == 303
    for each in became[21:]:
        desk.files(each.inbound_id)
    again = [desk.became(each.inbound_id)[0] for each in became[21:]]
    assert [(each.decision, each.rule) for each in again] == [("new_ticket", "D19")] * 3
    assert len({each.ticket_id for each in again} | {flood}) == 4
    assert desk.takes_in(mail_from(EVE, subject="One more"), mail_from=EVE.address).rule == "D19"
    assert len(db.session.scalars(select(Message)).all()) == 25
    assert desk.ledger().balanced
    assert ada.post(f"{page}flood/").status == 409


def test_an_agent_reads_what_was_tried_in_his_name(desk: WebDesk) -> None:
    notice_to_agent(desk.ada.id or 0, "A mail that says it comes from you was held.")
    db.session.commit()
    ada, ben = desk.tab("ada"), desk.tab("ben")
    assert "says it comes from you" in ada.get("/held/").body
    assert "says it comes from you" not in ben.get("/held/").body
    assert ada.post("/notices/read/").status == 303
    assert "says it comes from you" not in ada.get("/held/").body
