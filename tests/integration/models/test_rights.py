"""Who sees what: the two questions of `rights.py` give one answer, and every question about a ticket carries it."""

from itertools import product

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import insert, select
from sqlalchemy import text as sql

from models.actions.drafts import save_draft
from models.database import db
from models.errors import Invalid, NotFound
from models.message import Attachment
from models.people import Role, User
from models.queries.conversations import attachment_seen_by, message_seen_by
from models.queries.history import earlier_tickets
from models.queries.places import places_for
from models.queries.rights import viewers_of, visible_to
from models.queries.sidebar import sidebar_counts
from models.queries.tickets import VIEWS, line_page, ticket_page, ticket_seen_by, view_named
from models.settings import AgentVisibility
from models.ticket import Status, Ticket, ref_of
from tests.cast import DORA, EVE, Desk, mail_from, words_in

VISIBILITIES: tuple[AgentVisibility, ...] = ("assigned", "unassigned", "all")

# Nine people: each role three times, one of each switched off.
ROLES = [role for role in Role for _ in range(3)]
PEOPLE = st.integers(0, len(ROLES) - 1)
TICKETS = st.lists(st.tuples(PEOPLE, st.none() | PEOPLE), min_size=1, max_size=8)


@pytest.fixture
def crowd(desk: Desk) -> list[int]:
    """The ids of the nine."""
    rows = [
        {"username": f"p{number}", "email": f"p{number}@x.example", "role": role, "is_active": number % 3 != 2}
        for number, role in enumerate(ROLES)
    ]
    ids = list(db.session.scalars(insert(User).returning(User.id, sort_by_parameter_order=True), rows))
    db.session.commit()
    return ids


@settings(max_examples=25, suppress_health_check=[HealthCheck.too_slow, HealthCheck.function_scoped_fixture])
@given(generated=TICKETS)
def test_both_ways_of_asking_agree_for_every_role_and_visibility(
    desk: Desk, crowd: list[int], generated: list[tuple[int, int | None]]
) -> None:
    ticket_ids = generate(desk, crowd, generated)
    people = db.session.scalars(select(User).where(User.id.in_(crowd))).all()
    for visibility in VISIBILITIES:
        by_viewer = {
            (person.id, ticket_id)
            for person in people
            for ticket_id in db.session.scalars(
                select(Ticket.id).where(Ticket.id.in_(ticket_ids), visible_to(person, visibility))
            )
        }
        by_ticket = {(viewer, each) for each in ticket_ids for viewer in viewers_of(each, crowd, visibility)}
        assert by_viewer == by_ticket == by_the_book(crowd, dict(zip(ticket_ids, generated, strict=True)), visibility)
    db.session.rollback()


def generate(desk: Desk, crowd: list[int], generated: list[tuple[int, int | None]]) -> list[int]:
    """Tickets as generated: (customer, agent), both places in the crowd."""
    first = (db.session.scalar(sql("SELECT coalesce(max(id), 0) FROM ticket")) or 0) + 1
    rows = [
        {
            "id": first + number,
            "ref": ref_of(first + number),
            "mailbox_id": desk.support,
            "customer_id": crowd[customer],
            "assigned_agent_id": None if agent is None else crowd[agent],
            "subject": "generated",
        }
        for number, (customer, agent) in enumerate(generated)
    ]
    db.session.execute(insert(Ticket), rows)
    return [row["id"] for row in rows]


def by_the_book(
    crowd: list[int], tickets: dict[int, tuple[int, int | None]], visibility: AgentVisibility
) -> set[tuple[int, int]]:
    """The rule a third time, as the contract says it."""
    allowed = set()
    for (number, role), (ticket_id, (customer, agent)) in product(enumerate(ROLES), tickets.items()):
        is_active = number % 3 != 2
        if role == Role.ADMIN:
            sees = True
        elif role == Role.AGENT:
            sees = visibility == "all" or agent == number or (visibility == "unassigned" and agent is None)
        else:
            sees = customer == number
        if is_active and sees:
            allowed.add((crowd[number], ticket_id))
    return allowed


# The questions carry the rule


@pytest.fixture
def two_tickets(desk: Desk) -> tuple[int, int]:
    """One of Dora's, which Ada has, with a note and a file; one of Eve's, which nobody has."""
    hers = desk.takes_in(mail_from(DORA, files={"bill.pdf": b"%PDF"})).ticket_id
    other = desk.takes_in(mail_from(EVE, subject="Mine"), mail_from=EVE.address).ticket_id
    assert hers is not None and other is not None
    desk.assigns(hers, desk.ada)
    desk.notes(hers)
    return hers, other


@pytest.mark.parametrize(
    ("viewer", "visibility", "sees"),
    [
        ("ada", "assigned", "hers"),
        ("ada", "unassigned", "hers other"),
        ("ada", "all", "hers other"),
        ("ben", "assigned", ""),
        ("ben", "unassigned", "other"),
        ("ben", "all", "hers other"),
        ("cleo", "assigned", "hers other"),
        (DORA.address, "all", "hers"),
        (EVE.address, "all", "other"),
    ],
)
def test_every_question_about_tickets_carries_the_rule(
    desk: Desk, two_tickets: tuple[int, int], viewer: str, visibility: AgentVisibility, sees: str
) -> None:
    person = db.session.scalars(select(User).where(User.username == viewer)).one()
    may = dict(zip(("hers", "other"), two_tickets, strict=True))
    expected = {may[name] for name in sees.split()}
    for page in (ticket_page, line_page):
        assert {ticket.id for view in VIEWS for ticket in page(person, visibility, view).rows} == expected
    if person.is_staff:
        assert sidebar_counts(person, visibility).views["open"] == len(expected)
    for ticket_id in two_tickets:
        [first, *_] = desk.messages_on(ticket_id)
        asked = [
            lambda: ticket_seen_by(person, visibility, ticket_id),  # noqa: B023 - asked at once
            lambda: message_seen_by(person, visibility, first.id),  # noqa: B023
        ]
        for question in asked:
            if ticket_id in expected:
                question()
            else:
                with pytest.raises(NotFound):
                    question()


def test_a_customer_sees_neither_note_nor_its_file(desk: Desk, two_tickets: tuple[int, int]) -> None:
    dora, cleo = desk.person(DORA), desk.person(desk.cleo)
    note = desk.messages_on(two_tickets[0])[-1]
    secret = Attachment(message_id=note.id, blob_sha256="0" * 64, filename="x", content_type="text/plain", size=1)
    db.session.add(secret)
    db.session.flush()
    assert attachment_seen_by(cleo, "assigned", secret.id) is secret
    for question in (message_seen_by, attachment_seen_by):
        with pytest.raises(NotFound):
            question(dora, "all", note.id if question is message_seen_by else secret.id)
    own = db.session.scalars(select(Attachment).where(Attachment.filename == "bill.pdf")).one()
    assert attachment_seen_by(dora, "assigned", own.id) is own
    with pytest.raises(NotFound):
        attachment_seen_by(desk.person(EVE), "all", own.id)


@pytest.mark.parametrize("ticket_id", [0, -1, 2**63 - 1])
def test_a_ticket_that_cannot_be_is_not_found_and_breaks_nothing(desk: Desk, ticket_id: int) -> None:
    with pytest.raises(NotFound):
        ticket_seen_by(desk.person(desk.cleo), "all", ticket_id)


@pytest.mark.parametrize("visibility", ["assigned", "unassigned", "all"])
def test_a_statement_that_is_kept_asks_for_whoever_asks(desk: Desk, visibility: AgentVisibility) -> None:
    """One statement for all agents, Ada and Ben by turns: what is shown beside a ticket are the tickets that each may see."""
    adas, bens, nobodys = (desk.takes_in(mail_from(DORA, subject=name)).ticket_id for name in ("Ada's", "Ben's", "Nobody's"))
    assert adas and bens and nobodys
    desk.assigns(adas, desk.ada)
    desk.assigns(bens, desk.ben)
    also = {"assigned": set(), "unassigned": {nobodys}, "all": {nobodys, adas, bens}}[visibility]
    for who, own in [(desk.ada, adas), (desk.ben, bens), (desk.ada, adas), (desk.cleo, adas)]:
        seen = {adas, bens, nobodys} if who is desk.cleo else {own} | also
        ticket, viewer = desk.ticket(own), desk.person(who)
        before = earlier_tickets(ticket.customer_id, viewer, visibility, but=own, most=9)
        assert {each.id for each in before} == seen - {own}
        assert {each.id for each in places_for(ticket, viewer, visibility)} == seen - {own}
        assert {each.id for each in line_page(viewer, visibility, view_named("open")).rows} == seen


def test_nobody_reads_anothers_draft(desk: Desk, two_tickets: tuple[int, int]) -> None:
    save_draft(two_tickets[0], desk.ada.id, "reply", "Dear Dora")
    assert words_in(two_tickets[0], desk.ben.id) == {}


# Lists


def test_a_list_is_read_page_by_page_without_gap_or_double(desk: Desk) -> None:
    for number in range(7):
        desk.takes_in(mail_from(DORA, subject=f"Number {number}"))
    cleo = desk.person(desk.cleo)
    seen, cursor = [], ""
    while True:
        page = ticket_page(cleo, "assigned", view_named("open"), cursor=cursor, size=3)
        seen += [ticket.subject for ticket in page.rows]
        cursor = page.next
        if not cursor:
            break
    assert seen == [f"Number {number}" for number in reversed(range(7))]


@pytest.mark.parametrize("cursor", ["x", "é", "bm9wZQ", "WzEsMl0", "W10", "eyJhIjoxfQ", "A" * 10_000])
def test_a_damaged_page_link_is_told_as_one(desk: Desk, cursor: str) -> None:
    with pytest.raises(Invalid) as refused:
        ticket_page(desk.person(desk.cleo), "all", view_named("open"), cursor=cursor)
    assert refused.value.field == "cursor"


def test_each_ticket_stands_in_the_views_of_its_state(desk: Desk) -> None:
    ticket_id = desk.takes_in(mail_from(DORA)).ticket_id
    cleo = desk.person(desk.cleo)

    def stands_in() -> set[str]:
        desk.looks_again()
        return {view.name for view in VIEWS if ticket_page(cleo, "all", view).rows}

    assert stands_in() == {"unassigned", "open"}
    desk.assigns(ticket_id, desk.cleo)
    assert stands_in() == {"mine", "open"}
    desk.sets(ticket_id, Status.WAITING_ON_CUSTOMER)
    assert stands_in() == {"mine", "waiting"}
    desk.sets(ticket_id, Status.RESOLVED)
    assert stands_in() == {"resolved"}
    desk.sets(ticket_id, Status.CLOSED)
    assert stands_in() == {"closed"}
