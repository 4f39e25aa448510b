"""What lists and menus show."""

import pytest

from models.people import User
from models.ticket import Status, Ticket
from models.timeline import TimelineEntry
from webapp.inbox.happenings import words_of
from webapp.inbox.view_models import counted, face_of, status_choices, views_for


@pytest.mark.parametrize(
    ("name", "letters"),
    [
        ("Ada Lind", "AL"),
        ("ada@example.com", "AE"),
        ("Ada", "A"),
        ("", "?"),
        ("<script>", "?"),
        ("空 田中", "空田"),
        ("  ", "?"),
    ],
)
def test_a_face_has_one_or_two_letters(name: str, letters: str) -> None:
    assert face_of(name).letters == letters


def test_a_face_keeps_its_colour() -> None:
    assert face_of("Ada Lind", "ada@example.com").hue == face_of("A. Lind", "Ada@Example.com").hue


@pytest.mark.parametrize(("number", "shown"), [(0, ""), (7, "7"), (999, "999"), (1000, "999+")])
def test_a_count_is_short(number: int, shown: str) -> None:
    assert counted(number) == shown


@pytest.mark.parametrize(
    ("status", "agent", "offered"),
    [
        (Status.OPEN, None, ["IN_PROGRESS", "WAITING_ON_CUSTOMER", "RESOLVED", "CLOSED"]),
        (Status.WAITING_ON_CUSTOMER, 1, ["IN_PROGRESS", "RESOLVED", "CLOSED"]),
        (Status.RESOLVED, None, ["OPEN", "CLOSED"]),
        (Status.CLOSED, 1, ["IN_PROGRESS"]),
    ],
)
def test_the_status_menu_offers_only_allowed_moves(
    status: Status, agent: int | None, offered: list[str]
) -> None:
    ticket = Ticket(status=status, assigned_agent_id=agent)
    assert [choice.value for choice in status_choices(ticket)] == offered


def test_who_sees_only_own_tickets_is_not_shown_an_empty_view_for_ever() -> None:
    agent, admin = User(role="agent"), User(role="admin")
    assert "unassigned" not in [view.name for view in views_for(agent, "assigned")]
    assert "unassigned" in [view.name for view in views_for(agent, "unassigned")]
    assert "unassigned" in [view.name for view in views_for(admin, "assigned")]


@pytest.mark.parametrize(
    ("kind", "data", "words"),
    [
        ("status", {"before": "OPEN", "after": "IN_PROGRESS"}, "changed Open to In progress"),
        ("assigned", {"after": 7, "name": "Ada"}, "took this ticket"),
        ("assigned", {"after": 8, "name": "Ben"}, "assigned this to Ben"),
        ("assigned", {"before": 8, "after": None}, "took the assignment away"),
        ("tags", {"before": ["a", "b"], "after": ["b", "c"]}, "tagged +c −a"),
        ("priority", {"after": "URGENT"}, "set the priority to Urgent"),
        (
            "bounce",
            {"rcpt": "d@example.net", "text": "550 no"},
            "heard that our mail did not reach d@example.net: 550 no",
        ),
        ("something_new", {}, "something new"),
    ],
)
def test_a_happening_reads_as_a_sentence(kind: str, data: dict[str, object], words: str) -> None:
    assert words_of(TimelineEntry(kind=kind, data=data, actor_id=7, actor_name="Ada")) == words
