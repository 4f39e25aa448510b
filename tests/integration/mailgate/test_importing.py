"""Old mail taken over: threads and dates kept, twins absorbed, nobody woken; stopped half-way, it goes on (H-174)."""

import mailbox
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from pathlib import Path

import pytest
from sqlalchemy import func, select, update

from mailgate.envelope import Recipient
from mailgate.handed_over import Ours
from mailgate.importing.sources import Place, places
from mailgate.importing.takeover import ImportRun, Report, Wanted
from mailgate.inbound import Inbound
from mailgate.pipeline import desk_of
from mailgate.reading_room import RoomClosed
from mailgate.safe_reading import read_safely
from models.app import blobs_of
from models.custody import InboundMessage
from models.database import db
from models.events import RecordedEvent
from models.message import Message
from models.outbox import Outbox
from models.queries.assignment import can_assign
from models.ticket import Participant, Ticket
from tests.audit import audit
from tests.cast import BILLING, DORA, EVE, SUPPORT, Desk, Writer, mail_from

LONG_AGO = datetime(2021, 3, 1, 9, 0, tzinfo=UTC)
ADA = Writer("Ada", "ada@desk.example")
OTTO = Writer("Otto Former", "otto@elsewhere.example")
THE_DESK = Writer("Support", SUPPORT)


def old(who: Writer, days: int, **more: object) -> bytes:
    return mail_from(who, headers={"Date": format_datetime(LONG_AGO + timedelta(days=days))}, **more)  # type: ignore[arg-type]


def an_mbox(path: Path, letters: Sequence[bytes]) -> Path:
    box = mailbox.mbox(str(path))
    for raw in letters:
        box.add(raw.replace(b"\r\n", b"\n"))
    box.close()
    return path


def conversation() -> list[bytes]:
    """Dora asks, the desk answers, Dora thanks; not in the order of their dates."""
    asked = old(DORA, 0, message_id="asked@example.net", subject="The kettle hums", body="Is that so?\nFrom here on it is loud.")
    answered = old(THE_DESK, 1, to=DORA.address, message_id="said@example.com", answers="asked@example.net", subject="Re: The kettle hums", body="It is.")
    thanks = old(DORA, 3, message_id="thanks@example.net", answers="said@example.com", references=["asked@example.net"], body="Thank you.")
    return [thanks, asked, answered]


def importer(desk: Desk, *, team: frozenset[str] = frozenset(), days: int = 30, read=read_safely) -> ImportRun:  # noqa: ANN001
    ours = Ours({SUPPORT: desk.support, BILLING: desk.billing}, Recipient(SUPPORT, desk.support))
    past = desk_of(blobs_of(desk.app), desk.settings, team=team)
    return ImportRun(desk.app, past, read, Wanted(ours, "old.mbox", timedelta(days=days)))


def imports(desk: Desk, path: Path, **more: object) -> Report:
    return importer(desk, **more).run(places(path))  # type: ignore[arg-type]


def only_ticket() -> Ticket:
    return db.session.scalars(select(Ticket)).one()


def count(table: type) -> int:
    return db.session.scalar(select(func.count()).select_from(table)) or 0


def test_a_conversation_is_put_together_with_its_dates(desk: Desk, tmp_path: Path) -> None:
    report = imports(desk, an_mbox(tmp_path / "old.mbox", conversation()))
    assert report.became == {"new_ticket": 1, "reply": 2}
    ticket = only_ticket()
    said = db.session.scalars(select(Message).order_by(Message.id)).all()
    assert [(each.direction, each.created_at) for each in said] == [
        ("in", LONG_AGO), ("out", LONG_AGO + timedelta(days=1)), ("in", LONG_AGO + timedelta(days=3))
    ]  # fmt: skip
    assert "From here on" in said[0].body and ">From" not in said[0].body
    assert (ticket.created_at, ticket.first_response_at, ticket.message_count) == (LONG_AGO, LONG_AGO + timedelta(days=1), 3)
    assert (ticket.status, ticket.closed_at) == ("CLOSED", LONG_AGO + timedelta(days=3))
    assert ticket.preview == "Thank you." and ticket.updated_at == LONG_AGO + timedelta(days=3)


def test_nobody_hears_of_it(desk: Desk, tmp_path: Path) -> None:
    desk.heard.clear()
    imports(desk, an_mbox(tmp_path / "old.mbox", conversation()), days=10_000)
    assert only_ticket().status == "OPEN"
    assert (count(Outbox), count(RecordedEvent), desk.heard) == (0, 0, [])
    assert not can_assign(), "an old ticket is given to nobody by itself, and so nobody is told of it"


def test_what_the_team_answered_last_waits_for_the_customer(desk: Desk, tmp_path: Path) -> None:
    _, asked, answered = conversation()
    imports(desk, an_mbox(tmp_path / "old.mbox", [asked, answered]), days=10_000)
    assert only_ticket().status == "WAITING_ON_CUSTOMER"


def test_a_second_run_finds_everything_here(desk: Desk, tmp_path: Path) -> None:
    path = an_mbox(tmp_path / "old.mbox", conversation())
    imports(desk, path)
    again = imports(desk, path)
    assert (again.known, again.became.total(), count(Message), desk.ledger().balanced) == (3, 0, 3, True)


def test_a_mail_that_came_live_is_not_doubled_and_its_twin_is_linked(desk: Desk, tmp_path: Path) -> None:
    raw = mail_from(DORA, message_id="both@example.net")
    live = desk.takes_in(raw)
    db.session.execute(update(InboundMessage).values(received_at=LONG_AGO))  # longer ago than live twins are looked for
    db.session.commit()
    box = an_mbox(tmp_path / "old.mbox", [b"X-Folder: Archive\r\n" + raw])
    assert imports(desk, box).became == {"duplicate": 1}
    assert count(Message) == 1 and desk.ticket(live.ticket_id).status == "OPEN"


def test_a_mail_that_was_imported_is_absorbed_when_it_comes_live(desk: Desk, tmp_path: Path) -> None:
    raw = old(DORA, 0, message_id="both@example.net")
    imports(desk, an_mbox(tmp_path / "old.mbox", [raw]))
    assert desk.takes_in(b"Received: from elsewhere\r\n" + raw).decision == "duplicate"


def test_a_copy_of_our_own_answer_is_known_by_its_id(desk: Desk, tmp_path: Path) -> None:
    first = desk.takes_in(mail_from(DORA))
    row = desk.delivers(desk.replies(first.ticket_id or 0))
    copy = mail_from(THE_DESK, to=DORA.address, message_id=row.rfc_message_id.strip("<>"), body="It is on its way.")
    assert imports(desk, an_mbox(tmp_path / "sent.mbox", [copy])).became == {"duplicate": 1}
    assert len(desk.messages_on(first.ticket_id)) == 2


def test_a_customer_answers_an_old_mail_and_goes_on_in_its_ticket(desk: Desk, tmp_path: Path) -> None:
    imports(desk, an_mbox(tmp_path / "old.mbox", conversation()), days=10_000)
    ticket = only_ticket()
    became = desk.takes_in(mail_from(DORA, answers="said@example.com"))
    assert (became.decision, became.ticket_id) == ("reply", ticket.id)
    desk.replies(ticket.id)
    assert [row.rcpt for row in db.session.scalars(select(Outbox))] == [DORA.address]
    imports(desk, an_mbox(tmp_path / "again.mbox", [old(DORA, 5, answers="asked@example.net", body="An old word.")]))
    assert desk.ticket(ticket.id).status != "CLOSED", "a ticket that is in use is not brought to rest by an import"


def test_the_sent_folder_of_an_agent_and_of_one_who_left_are_answers(desk: Desk, tmp_path: Path) -> None:
    letters = [
        old(ADA, 0, to=f"{DORA.address}, {EVE.address}", message_id="a@desk.example", body="From Ada."),
        old(OTTO, 1, to=DORA.address, answers="a@desk.example", body="From Otto."),
    ]
    imports(desk, an_mbox(tmp_path / "sent.mbox", letters), team=frozenset({OTTO.address}))
    said = db.session.scalars(select(Message).order_by(Message.id)).all()
    assert [(each.direction, each.author_id) for each in said] == [("out", desk.ada.id), ("out", None)]
    assert len({each.ticket_id for each in said}) == 1
    roles = dict(db.session.execute(select(Participant.address, Participant.role)).all())
    assert roles == {DORA.address: "requester", EVE.address: "cc"}


def test_without_an_import_the_same_mail_is_no_answer_of_the_team(desk: Desk) -> None:
    assert desk.takes_in(old(THE_DESK, 0, to=DORA.address), mail_from=SUPPORT).decision == "held"


def test_a_stranger_who_names_an_old_mail_gets_a_ticket_of_her_own(desk: Desk, tmp_path: Path) -> None:
    letters = [*conversation(), old(EVE, 9, answers="said@example.com", body="Me too.")]
    imports(desk, an_mbox(tmp_path / "old.mbox", letters))
    assert count(Ticket) == 2


def test_old_floods_bounces_and_absences_do_no_harm(desk: Desk, tmp_path: Path) -> None:
    just_now = {"Date": format_datetime(datetime.now(UTC))}  # what was opened lately makes a flood
    letters = [mail_from(DORA, subject=f"Matter {n}", headers=just_now) for n in range(30)]
    letters.append(mail_from(DORA, subject="Out of office", headers={"Auto-Submitted": "auto-replied"}))
    report = imports(desk, an_mbox(tmp_path / "old.mbox", letters))
    assert report.became == {"new_ticket": 30, "auto_reply": 1}
    assert count(Ticket) == 30 and desk.ledger().balanced


def test_what_breaks_its_reader_becomes_a_skeleton(desk: Desk, tmp_path: Path) -> None:
    def breaks(raw: bytes, mail_from: str) -> Inbound:
        raise RecursionError("too deep")

    imports(desk, an_mbox(tmp_path / "old.mbox", [old(DORA, 0, subject="Odd")]), read=breaks)
    assert only_ticket().subject == "Odd"


def test_trouble_of_ours_ends_the_run_and_makes_no_skeletons(desk: Desk, tmp_path: Path) -> None:
    def breaks(raw: bytes, mail_from: str) -> Inbound:
        raise RoomClosed("no reading child could be started")

    path = an_mbox(tmp_path / "old.mbox", [old(DORA, 0, body="All of it.")])
    with pytest.raises(RoomClosed):
        imports(desk, path, read=breaks)
    assert count(InboundMessage) == 0
    imports(desk, path)
    assert "All of it." in db.session.scalars(select(Message)).one().body


class Killed(BaseException):
    """What `kill -9` is to the code: nothing of ours runs after it."""


def test_a_run_that_is_killed_leaves_nothing_half_and_the_next_one_ends_it(desk: Desk, tmp_path: Path) -> None:
    letters = [old(DORA if n % 2 else EVE, n, subject=f"Matter {n}", message_id=f"{n}@example.net") for n in range(120)]
    found = places(an_mbox(tmp_path / "old.mbox", letters))

    def told(mails: int, seen: list[int] = []) -> None:  # noqa: B006 - counts its calls
        seen.append(mails)
        if len(seen) == 2:
            raise Killed

    with pytest.raises(Killed):
        importer(desk).run(found, told)
    desk.looks_again()
    assert 0 < count(Message) < 120 and desk.ledger().waiting == 0
    report = importer(desk).run(found)
    assert (report.known, report.became.total()) == (80, 40)
    assert (count(Message), count(Outbox), desk.ledger().balanced) == (120, 0, True)
    audit(desk.settings.database_url or "", blobs_of(desk.app), [])


def test_a_rehearsal_says_what_would_become_and_writes_nothing(desk: Desk, tmp_path: Path) -> None:
    path = an_mbox(tmp_path / "old.mbox", [*conversation(), *conversation()])
    rehearsal = importer(desk).rehearse(places(path))
    assert (count(InboundMessage), count(Ticket), count(Message)) == (0, 0, 0)
    assert rehearsal.became == imports(desk, path).became == {"new_ticket": 1, "reply": 2}


def test_maildirs_and_folders_of_files_are_read_alike(desk: Desk, tmp_path: Path) -> None:
    thanks, asked, answered = conversation()
    box = mailbox.Maildir(str(tmp_path / "Maildir"))
    box.add(asked)
    box.add_folder("Sent").add(answered)
    box.close()
    (tmp_path / "loose").mkdir()
    (tmp_path / "loose" / "one.eml").write_bytes(thanks)
    (tmp_path / "loose" / "readme.txt").write_text("From here nothing is taken.")
    found: list[Place] = places(tmp_path)
    assert len(found) == 3
    assert importer(desk).run(found).became == {"new_ticket": 1, "reply": 2}


def test_a_mail_goes_to_the_mailbox_it_was_written_to(desk: Desk, tmp_path: Path) -> None:
    imports(desk, an_mbox(tmp_path / "old.mbox", [old(DORA, 0, to=BILLING), old(EVE, 1, to="somebody@elsewhere.example")]))
    where = db.session.execute(select(Ticket.mailbox_id).order_by(Ticket.id)).scalars().all()
    assert where == [desk.billing, desk.support]


def test_large_mail_lies_in_the_blobs(desk: Desk, tmp_path: Path) -> None:
    imports(desk, an_mbox(tmp_path / "old.mbox", [old(DORA, 0, files={"plan.bin": bytes(400_000)})]))
    mail = db.session.scalars(select(InboundMessage)).one()
    assert mail.raw is None and mail.raw_uri and blobs_of(desk.app).read(mail.raw_uri)
