"""Naming a colleague in a note: who can be named, and what follows from it."""

import pytest

from models.agent_notice import AgentNotice
from models.attention import Follower
from models.database import db
from models.message import Mention
from models.outbox import Outbox
from models.queries.mentions import nameable_on
from models.settings import AgentVisibility
from tests.cast import DORA, Desk, mail_from


@pytest.fixture
def ticket_id(desk: Desk) -> int:
    ticket_id = desk.takes_in(mail_from(DORA)).ticket_id
    assert ticket_id is not None
    desk.assigns(ticket_id, desk.ada)
    db.session.query(Outbox).delete()  # what Ada was told of that
    db.session.commit()
    return ticket_id


def told(desk: Desk) -> list[tuple[str, int | None]]:
    desk.looks_again()
    return [(row.kind, row.agent_id) for row in db.session.query(Outbox).filter(Outbox.agent_id.is_not(None))]


@pytest.mark.parametrize(("visibility", "names"), [("assigned", ["ada", "cleo"]), ("all", ["ada", "ben", "cleo"])])
def test_only_who_may_see_the_ticket_can_be_named(desk: Desk, ticket_id: int, visibility: AgentVisibility, names: list[str]) -> None:
    assert [each.username for each in nameable_on(ticket_id, visibility)] == names


def test_whoever_is_named_is_told_and_follows(desk: Desk, ticket_id: int) -> None:
    note = desk.notes(ticket_id, "@Cleo can you look at this?")
    assert [(each.message_id, each.agent_id) for each in db.session.query(Mention)] == [(note.id, desk.cleo.id)]
    assert [(each.ticket_id, each.user_id) for each in db.session.query(Follower)] == [(ticket_id, desk.cleo.id)]
    [notice] = db.session.query(AgentNotice)
    assert (notice.agent_id, notice.ticket_id) == (desk.cleo.id, ticket_id) and "named you" in notice.sentence
    assert told(desk) == [("agent_mention", desk.cleo.id)]


def test_who_may_not_see_the_ticket_is_told_nothing(desk: Desk, ticket_id: int) -> None:
    """A mention gives nobody sight of what is not his: Ben sees his own tickets alone."""
    desk.notes(ticket_id, "@ben can you look at this?")
    assert told(desk) == [] and db.session.query(Mention).count() == db.session.query(Follower).count() == 0


def test_naming_oneself_tells_nobody(desk: Desk, ticket_id: int) -> None:
    desk.notes(ticket_id, "@ada: remember this")
    assert told(desk) == [] and db.session.query(AgentNotice).count() == 0


def test_the_assigned_agent_is_told_of_the_note_once(desk: Desk, ticket_id: int) -> None:
    desk.notes(ticket_id, "@ada what do you say?", by=desk.cleo)
    assert told(desk) == [("agent_note", desk.ada.id)]
    assert db.session.query(Mention).count() == 1


def test_a_reply_names_nobody(desk: Desk, ticket_id: int) -> None:
    desk.replies(ticket_id, "@cleo is our administrator")
    assert db.session.query(Mention).count() == 0
