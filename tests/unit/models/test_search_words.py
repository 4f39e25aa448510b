"""What is typed into the search field, case by case."""

from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from models.search_words import MOST_TERMS, Wanted, read_search
from models.ticket import ACTIVE, Priority, Status


@pytest.mark.parametrize(
    ("typed", "wanted"),
    [
        ("", Wanted()),
        ("   ", Wanted()),
        ("kettle hums", Wanted(groups=("kettle", "hums"))),
        ('"hums at night" kettle', Wanted(groups=('"hums at night"', "kettle"))),
        ('"no end of it', Wanted(groups=('"no end of it"',))),
        ("kettle -tea", Wanted(groups=("kettle",), without=("tea",))),
        ('-"green tea"', Wanted(without=('"green tea"',))),
        ("kettle or pot", Wanted(groups=("kettle or pot",))),
        ('kettle OR "tea pot" lid', Wanted(groups=('kettle or "tea pot"', "lid"))),
        ("or kettle", Wanted(groups=("kettle",))),
        ("kettle or", Wanted(groups=("kettle",))),
        ("from:dora", Wanted(senders=("dora",))),
        ('FROM:"Dora Hall"', Wanted(senders=("Dora Hall",))),
        ("subject:kettle hums", Wanted(groups=("hums",), subjects=("kettle",))),
        ("is:open is:waiting", Wanted(statuses=(Status.OPEN, Status.WAITING_ON_CUSTOMER))),
        ("is:in_progress", Wanted(statuses=(Status.IN_PROGRESS,))),
        ("is:active", Wanted(statuses=ACTIVE)),
        ("is:unassigned", Wanted(agents=("none",))),
        ("is:unread is:snoozed", Wanted(marks=("unread", "snoozed"))),
        ("priority:urgent", Wanted(priorities=(Priority.URGENT,))),
        ("has:attachment", Wanted(has_attachment=True)),
        ("assignee:me", Wanted(agents=("me",))),
        ("assignee:none", Wanted(agents=("none",))),
        ("tag:Late", Wanted(tags=("late",))),
        ("mailbox:billing@example.com", Wanted(mailboxes=("billing@example.com",))),
        ("before:2026-01-31", Wanted(before=datetime(2026, 1, 31, tzinfo=UTC))),
        ("after:2026-01-31", Wanted(after=datetime(2026, 1, 31, tzinfo=UTC))),
        ("#ktrb-042", Wanted(refs=("KTRB-042",))),
        ("KTRB-042", Wanted(refs=("KTRB-042",))),
        ("#1042", Wanted(ids=(1042,))),
        ("#", Wanted()),
        ("?! --- ***", Wanted()),
        ("http://example.com/x", Wanted(groups=("http://example.com/x",))),
        ("re:invoice", Wanted(groups=("re:invoice",))),
        ("e-mail", Wanted(groups=("e-mail",))),
        ("from: dora", Wanted(groups=("from:", "dora"))),
        ("it's", Wanted(groups=("it's",))),
        ("Müller 東京", Wanted(groups=("Müller", "東京"))),
    ],
)
def test_a_search_is_understood(typed: str, wanted: Wanted) -> None:
    assert read_search(typed) == wanted


@pytest.mark.parametrize(
    ("typed", "names"),
    [("is:asleep", "waiting"), ("before:tomorrow", "before:2026-01-31"), ("has:cheese", "has:attachment"), ("priority:9", "urgent"), ("-from:dora", "minus")],
)
def test_what_is_not_understood_is_said(typed: str, names: str) -> None:
    wanted = read_search(typed)
    assert wanted.is_empty and len(wanted.problems) == 1 and names in wanted.problems[0]


@given(st.text(max_size=700))
def test_nothing_that_can_be_typed_breaks_it(typed: str) -> None:
    wanted = read_search(typed)
    assert len(wanted.groups) <= MOST_TERMS
    assert all(any(letter.isalnum() for letter in group) for group in wanted.groups)
