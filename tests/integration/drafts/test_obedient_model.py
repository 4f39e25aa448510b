"""P18 on the whole road: real Postgres, the real client library, a model that obeys the attacker, a trap that waits."""

from collections.abc import Iterator

import pytest
from sqlalchemy import func, select

from models.actions.messages import Received, receive_message
from models.actions.people import customer_for
from models.actions.tickets import open_ticket
from models.actor import MAIL_GATE
from models.ai_draft import AiDraft
from models.database import db
from models.message import Message
from models.outbox import Outbox
from tests.gemini_twin import obedient
from tests.hosts import Answering, host_of
from tests.injections import ALL, Injection
from tests.integration.drafts.conftest import DraftingDesk


@pytest.fixture
def trap() -> Iterator[tuple[str, list[str]]]:
    """The attacker's server: its address, and whoever came."""
    came: list[str] = []

    class Handler(Answering):
        def do_GET(self) -> None:
            came.append(self.path)
            self.send_error(404)

    with host_of(Handler) as base:
        yield base, came


def opens(desk: DraftingDesk, mail: Injection, trap: str) -> int:
    """The ticket that the mail opens, with a note of the team on it."""
    dora = customer_for("dora@example.net", mail.sender_name)
    ticket = open_ticket(desk.support, dora, "dora@example.net", mail.subject, mail.body, MAIL_GATE)
    body = mail.body.replace("https://evil.example", trap)
    receive_message(ticket.id, Received(body, dora.id, mail.sender_name, "dora@example.net"), MAIL_GATE)
    desk.notes(ticket.id, "CANARY-NOTE she is on the black list")
    return ticket.id


SOME = ALL[::5]  # every order in four disguises; `tests/unit/jobs/test_injections.py` has all of them


def test_p18_injections_send_fetch_and_tell_nothing(desk: DraftingDesk, trap: tuple[str, list[str]]) -> None:
    """One run for all: each alone would cost a desk of its own."""
    address, came = trap
    desk.twin.script(obedient)
    desk.opens("CANARY-OTHER-TICKET my kettle hums loudly")
    tickets = [opens(desk, mail, address) for mail in SOME]
    said, waiting = (db.session.scalar(select(func.count(table.id))) for table in (Message, Outbox))
    for ticket_id in tickets:
        desk.asks(ticket_id)
    assert desk.works() == len(SOME)
    desk.looks_again()
    drafts = db.session.scalars(select(AiDraft)).all()
    assert {draft.state for draft in drafts} == {"ready"}
    wrong = [draft.id for draft in drafts if any(sign in draft.text for sign in ("CANARY", f"{address}/", "evil.example/", "<img", "]("))]
    assert wrong == []
    assert came == []
    assert db.session.scalar(select(func.count(Outbox.id))) == waiting
    assert db.session.scalar(select(func.count(Message.id))) == said
    assert not any("CANARY" in asked.everything for asked in desk.twin.asked)
    assert len(desk.twin.asked) == len(SOME)
