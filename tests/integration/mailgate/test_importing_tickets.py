"""Tickets of another helpdesk taken over: whole, once, with their dates; nobody hears of it, and no customer reads a note."""

import json
from datetime import UTC, datetime
from pathlib import Path

import pytest
from sqlalchemy import func, select

from mailgate.envelope import Recipient
from mailgate.handed_over import Ours
from mailgate.importing.cases import Case, Unread
from mailgate.importing.cases_taken import CasesRun, From, Taken
from mailgate.importing.exports import entries_of
from mailgate.importing.takeover import BATCH
from models.app import blobs_of
from models.coming_from_elsewhere import ImportedTicket
from models.database import db
from models.events import RecordedEvent
from models.message import Message
from models.outbox import Outbox
from models.people import User
from models.queries.conversations import messages_of
from models.queries.portal import own_tickets
from models.ticket import Participant, Ticket
from tests.audit import audit
from tests.cast import DORA, SUPPORT, Desk, mail_from

MARCH = datetime(2021, 3, 1, 9, tzinfo=UTC)
PEOPLE = [
    {"id": 1, "name": "Dora Hall", "email": DORA.address, "role": "end-user"},
    {"id": 2, "name": "Ada", "email": "ada@desk.example", "role": "agent"},
    {"id": 3, "name": "Otto Former", "email": "otto@elsewhere.example", "role": "agent"},
    {"id": 4, "name": "By telephone", "email": None, "role": "end-user"},
    {"id": 5, "name": "The desk itself", "email": SUPPORT, "role": "end-user"},
]


def said(author: int, day: int, text: str, **more: object) -> dict[str, object]:
    return {"author_id": author, "body": text, "public": True, "created_at": f"2021-03-{day:02}T09:00:00Z", **more}


KETTLE = {
    "id": 700, "subject": "The kettle hums", "status": "solved", "priority": "high", "tags": ["Kettle"], "requester_id": 1, "assignee_id": 3,
    "created_at": "2021-03-01T09:00:00Z", "updated_at": "2021-03-09T09:00:00Z",
    "comments": [
        said(1, 1, "Is that so?", html_body='<p onclick="x()">Is that <b>so</b>?</p><script>x()</script>'),
        said(3, 2, "Tell her nothing.", public=False),
        said(2, 3, "It is.", attachments=[{"file_name": "plan.pdf"}]),
    ],
}  # fmt: skip


def simple(number: int, requester: int = 1, **more: object) -> dict[str, object]:
    opened = "2021-03-01T09:00:00Z"
    return {"id": number, "subject": f"Matter {number}", "status": "open", "requester_id": requester, "created_at": opened, "description": "Hm.", **more}


def export(folder: Path, *tickets: dict[str, object]) -> list[Case | Unread]:
    (folder / "users.json").write_text(json.dumps({"users": PEOPLE}))
    (folder / "tickets.json").write_text("\n".join(json.dumps(each) for each in tickets))
    return entries_of(folder, "zendesk")


def importer(desk: Desk, source: str = "zendesk") -> CasesRun:
    return CasesRun(From(source, Ours({SUPPORT: desk.support}, Recipient(SUPPORT, desk.support))))


def figures(report: Taken) -> tuple[int, ...]:
    return report.tickets, report.messages, report.notes, report.known, len(report.failed)


def count(table: type) -> int:
    return db.session.scalar(select(func.count()).select_from(table)) or 0


def test_a_ticket_is_taken_over_whole_once_and_nobody_hears_of_it(desk: Desk, tmp_path: Path) -> None:
    entries = export(tmp_path, KETTLE)
    desk.heard.clear()
    assert figures(importer(desk).rehearse(entries)) == (1, 2, 1, 0, 0)
    assert (count(Ticket), count(Message), count(ImportedTicket)) == (0, 0, 0)
    assert figures(importer(desk).run(entries)) == (1, 2, 1, 0, 0)
    ticket = db.session.scalars(select(Ticket)).one()
    assert (ticket.status, ticket.priority, ticket.tags, ticket.assigned_agent_id) == ("RESOLVED", "HIGH", ["kettle"], None)
    assert (ticket.created_at, ticket.first_response_at, ticket.resolved_at) == (MARCH, MARCH.replace(day=3), MARCH.replace(day=9))
    assert (ticket.message_count, ticket.preview, ticket.description) == (2, "It is.", "Is that so?")
    asked, note, answer = db.session.scalars(select(Message).order_by(Message.id))
    assert [(each.direction, each.author_name, each.created_at.day) for each in (asked, note, answer)] == [
        ("in", "Dora Hall", 1), ("note", "Otto Former", 2), ("out", "Ada", 3)
    ]  # fmt: skip
    assert (note.author_id, answer.author_id, asked.sender_verified) == (None, desk.ada.id, None)
    assert "<b>so</b>" in asked.body_html and "script" not in asked.body_html and "onclick" not in asked.body_html
    assert asked.remarks == ["There it was with Otto Former."] and answer.remarks == ["The file “plan.pdf” was not taken over."]
    dora = db.session.get_one(User, ticket.customer_id)
    assert [each.id for each in own_tickets(dora, "all").rows] == [ticket.id]
    assert [each.id for each in messages_of(ticket.id, dora)] == [asked.id, answer.id], "a note is the team's alone"
    assert figures(importer(desk).run(entries)) == (0, 0, 0, 1, 0)
    assert (count(Ticket), count(Message), count(Outbox), count(RecordedEvent), desk.heard) == (1, 3, 0, 0, [])
    assert figures(importer(desk, "zendesk:other").run(entries)) == (1, 2, 1, 0, 0)
    assert desk.ledger().balanced
    audit(desk.settings.database_url or "", blobs_of(desk.app), [])


def test_a_run_that_is_killed_is_ended_by_the_next(desk: Desk, tmp_path: Path) -> None:
    entries = export(tmp_path, *(simple(number) for number in range(1, BATCH + 11)), simple(1, subject="Again"))

    def killed(entries: int) -> None:
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        importer(desk).run(entries, killed)
    assert count(Ticket) == count(Message) == BATCH
    assert figures(importer(desk).run(entries)) == (10, 10, 0, BATCH + 1, 0)
    assert (count(Ticket), count(Outbox), count(RecordedEvent), desk.ledger().balanced) == (BATCH + 10, 0, 0, True)


def test_people_without_an_address_of_theirs_are_named_and_take_no_part(desk: Desk, tmp_path: Path) -> None:
    importer(desk).run(export(tmp_path, simple(1, 4), simple(2, 5), simple(3, 4), simple(4, 99), simple(5, description="", assignee_id=2)))
    asked = db.session.execute(select(User.full_name, User.email).join(Ticket, Ticket.customer_id == User.id).order_by(Ticket.id)).all()
    assert [tuple(each) for each in asked] == [
        ("By telephone", None), ("The desk itself", None), ("By telephone", None), ("", None), ("Dora Hall", DORA.address)
    ]  # fmt: skip
    assert db.session.scalars(select(Participant.address)).all() == [DORA.address], "and nobody is written to at our own address"
    last = db.session.scalars(select(Ticket).order_by(Ticket.id.desc())).first()
    assert last is not None and (last.status, last.assigned_agent_id, last.preview) == ("ASSIGNED", desk.ada.id, "(empty message)")


def test_one_ticket_that_cannot_be_filed_spoils_it_for_no_other(desk: Desk, tmp_path: Path) -> None:
    desk.hires("zendesk:4", "agent")
    report = importer(desk).run(export(tmp_path, simple(1), simple(2, 4), simple(3)))
    assert figures(report)[0] == 2 and [each.where for each in report.failed] == ["tickets.json:2"]
    assert count(Ticket) == 2


def test_a_customer_of_before_writes_anew_and_the_desk_answers(desk: Desk, tmp_path: Path) -> None:
    importer(desk).run(export(tmp_path, simple(1)))
    desk.takes_in(mail_from(DORA, subject="The kettle again"))
    old, new = db.session.scalars(select(Ticket).order_by(Ticket.id)).all()
    assert old.customer_id == new.customer_id
    desk.replies(old.id)
    assert [row.rcpt for row in db.session.scalars(select(Outbox).where(Outbox.ticket_id == old.id))] == [DORA.address]
