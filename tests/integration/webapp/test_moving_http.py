"""Moving a mail over HTTP: rights, a ticket by its reference, and the way back."""

import re

import pytest

from models.database import db
from models.message import Message
from tests.cast import DORA, mail_from
from tests.integration.webapp.conftest import WebDesk


@pytest.fixture
def mails(desk: WebDesk) -> tuple[int, int, str]:
    """Ada's ticket, the second mail on it, and the reference of another ticket of hers."""
    first = desk.takes_in(mail_from(DORA, message_id="one@example.net"))
    second = desk.takes_in(mail_from(DORA, answers="one@example.net"))
    other = desk.takes_in(mail_from(DORA, subject="Another matter"))
    assert first.ticket_id and other.ticket_id and second.message_id
    desk.assigns(first.ticket_id, desk.ada)
    desk.assigns(other.ticket_id, desk.ada)
    return first.ticket_id, second.message_id, desk.ticket(other.ticket_id).ref


def test_a_mail_goes_to_a_ticket_by_its_reference_and_back(desk: WebDesk, mails: tuple[int, int, str]) -> None:
    ticket_id, message_id, ref = mails
    tab = desk.tab("ada")
    path = f"/inbox/mine/t/{ticket_id}/m/{message_id}/move/"
    moved = tab.post(path, {"ticket": f" {ref.lower()} "}, HX_Request="true").body
    assert f"Moved to {ref}" in moved and f'hx-post="{path}undo/"' in moved
    assert message_id not in [message.id for message in desk.messages_on(ticket_id)]
    assert "Back on" in tab.post(f"{path}undo/", {}, HX_Request="true").body
    assert message_id in [message.id for message in desk.messages_on(ticket_id)]
    assert tab.post(f"{path}undo/", {}, HX_Request="true").status == 409


def test_the_page_offers_the_customers_other_tickets(desk: WebDesk, mails: tuple[int, int, str]) -> None:
    ticket_id, message_id, ref = mails
    page = desk.tab("ada").get(f"/inbox/mine/t/{ticket_id}/").body
    assert re.search(rf'<button class="menu-item" name="ticket" value="{ref}">', page)
    assert f'id="move-{message_id}"' in page


def test_who_opens_a_ticket_by_moving_a_mail_sees_it(desk: WebDesk, mails: tuple[int, int, str]) -> None:
    """Where agents see their own tickets alone, the mail must not leave the sight of whoever moved it."""
    ticket_id, message_id, _ = mails
    tab = desk.tab("ada")
    assert tab.post(f"/inbox/mine/t/{ticket_id}/m/{message_id}/move/", {"ticket": ""}).status == 303
    desk.looks_again()
    new = desk.ticket(db.session.get_one(Message, message_id).ticket_id)
    assert new.id != ticket_id and new.assigned_agent_id == desk.ada.id


def test_nobody_moves_a_mail_back_to_where_he_no_longer_looks(desk: WebDesk, mails: tuple[int, int, str]) -> None:
    ticket_id, message_id, _ = mails
    path = f"/inbox/mine/t/{ticket_id}/m/{message_id}/move/"
    assert desk.tab("ada").post(path, {"ticket": ""}).status == 303
    desk.assigns(ticket_id, desk.ben)
    assert desk.tab("ada").post(f"{path}undo/", {}).status == 404
    assert len(desk.messages_on(ticket_id)) == 1


def test_nobody_moves_what_he_may_not_see_nor_to_where_he_may_not_look(desk: WebDesk, mails: tuple[int, int, str]) -> None:
    ticket_id, message_id, _ = mails
    hidden = desk.takes_in(mail_from(DORA, subject="Ben's matter")).ticket_id
    assert hidden is not None
    desk.assigns(hidden, desk.ben)
    path = f"/inbox/mine/t/{ticket_id}/m/{message_id}/move/"
    assert desk.tab("ben").post(path, {"ticket": ""}).status == 404
    refused = desk.tab("ada").post(path, {"ticket": desk.ticket(hidden).ref})
    assert refused.status == 422
    assert desk.tab("ada").post(path, {"ticket": ""}, token=False).status in (400, 401, 403)
    assert message_id in [message.id for message in desk.messages_on(ticket_id)]
