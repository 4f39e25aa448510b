"""Whom a reply goes to: people stored on the ticket, and those the agent names, who take part from then on."""

import pytest

from models.actions.participants import add_participant
from models.database import db
from models.errors import Invalid
from models.ticket import Participant
from tests.cast import DORA, EVE, SUPPORT, Desk, mail_from

FRANK = "frank@example.org"


@pytest.fixture
def ticket_id(desk: Desk) -> int:
    ticket_id = desk.takes_in(mail_from(DORA, headers={"Cc": EVE.address, "Reply-To": EVE.address})).ticket_id
    assert ticket_id is not None
    return ticket_id


def places(desk: Desk, ticket_id: int) -> dict[str, str | None]:
    return {row.rcpt: row.addressed_as for row in desk.mails_out(ticket_id) if row.kind == "reply"}


def test_without_a_word_about_it_everybody_who_takes_part_gets_the_reply(desk: Desk, ticket_id: int) -> None:
    add_participant(ticket_id, FRANK, desk.ada)
    desk.replies(ticket_id, "x")
    assert places(desk, ticket_id) == {DORA.address: "to", FRANK: "cc"}


def test_a_reply_can_leave_out_who_was_copied(desk: Desk, ticket_id: int) -> None:
    add_participant(ticket_id, FRANK, desk.ada)
    desk.replies(ticket_id, "x", to=[DORA.address], cc=[])
    assert places(desk, ticket_id) == {DORA.address: "to"}
    assert desk_still_has(ticket_id, FRANK)


def desk_still_has(ticket_id: int, address: str) -> bool:
    return db.session.query(Participant).filter_by(ticket_id=ticket_id, address=address, left_at=None).count() == 1


def test_whom_the_agent_names_takes_part_from_then_on(desk: Desk, ticket_id: int) -> None:
    desk.replies(ticket_id, "x", to=[DORA.address], cc=["Frank@Example.org "])
    assert places(desk, ticket_id) == {DORA.address: "to", "Frank@Example.org": "cc"}
    desk.replies(ticket_id, "y")
    assert [row.rcpt for row in desk.mails_out(ticket_id)].count("Frank@Example.org") == 2
    [line] = desk.timeline(ticket_id, "participant_added")
    assert line.is_internal and line.data["address"] == FRANK


def test_an_address_that_only_a_mails_header_named_gets_nothing(desk: Desk, ticket_id: int) -> None:
    """The first of the three laws: Eve stood in Cc and in Reply-To, and no agent has said a word."""
    desk.replies(ticket_id, "x")
    desk.replies(ticket_id, "y", to=[DORA.address], cc=[])
    assert set(places(desk, ticket_id)) == {DORA.address}


def test_the_requester_cannot_be_left_out_unseen(desk: Desk, ticket_id: int) -> None:
    """A public reply stands in his portal too: who wants to write to others alone forwards."""
    add_participant(ticket_id, FRANK, desk.ada)
    with pytest.raises(Invalid, match="forward"):
        desk.replies(ticket_id, "x", to=[FRANK], cc=[])
    db.session.rollback()
    assert desk.mails_out(ticket_id) == []


@pytest.mark.parametrize("address", ["nobody", "a@b", "x@example.org\r\nBcc: y@example.org", SUPPORT, "support+tag@example.com", "a@b@example.org"])
def test_what_is_no_customers_address_is_refused(desk: Desk, ticket_id: int, address: str) -> None:
    with pytest.raises(Invalid) as refusal:
        desk.replies(ticket_id, "x", to=[DORA.address], cc=[address])
    assert refusal.value.field == "cc"
    db.session.rollback()
    assert desk.mails_out(ticket_id) == []


def test_who_stands_in_both_places_gets_one_mail(desk: Desk, ticket_id: int) -> None:
    desk.replies(ticket_id, "x", to=[DORA.address, DORA.address.upper()], cc=[DORA.address])
    assert places(desk, ticket_id) == {DORA.address: "to"}


def test_rich_text_is_kept_cleaned_beside_its_text(desk: Desk, ticket_id: int) -> None:
    said = desk.replies(ticket_id, "not this", html="Take <b>two</b><script>x()</script> <a href='javascript:x()'>pills</a>")
    assert said.body == "Take two pills"
    assert said.body_html == 'Take <b>two</b> <a target="_blank" rel="noopener noreferrer nofollow">pills</a>'
    assert said.cleaner_version


def test_rich_text_that_is_plain_is_kept_as_text_alone(desk: Desk, ticket_id: int) -> None:
    said = desk.replies(ticket_id, "", html="<div>one</div><div>two</div>")
    assert (said.body, said.body_html) == ("one\ntwo", "")
