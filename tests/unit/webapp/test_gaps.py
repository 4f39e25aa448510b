"""What of a long conversation is shown, and what its links ask for."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from webapp.inbox.gaps import FOLDED_FROM, PAGE, TAIL, gaps_between, hidden_at_first, hidden_in, read_gaps, shown_of, write_gaps

LONG = list(range(1, 301))


def test_a_short_conversation_is_shown_whole() -> None:
    assert hidden_at_first(LONG[: FOLDED_FROM - 1]) == []


def test_of_a_long_one_the_first_and_the_last_are_shown() -> None:
    shown = shown_of(LONG, hidden_at_first(LONG))
    assert shown == [1, *LONG[-TAIL:]]


def test_a_link_to_a_message_in_the_middle_shows_it_among_its_neighbours() -> None:
    hidden = hidden_at_first(LONG, 150)
    assert shown_of(LONG, hidden) == [1, *range(147, 154), *LONG[-TAIL:]]
    assert [gap.number for gap in gaps_between(LONG, hidden)] == [145, 136]


def test_a_link_to_a_message_of_another_ticket_changes_nothing() -> None:
    assert hidden_at_first(LONG, 999) == hidden_at_first(LONG)


def test_a_click_shows_a_page_more_at_either_end_and_then_all() -> None:
    hidden = hidden_at_first(LONG)
    gap = gaps_between(LONG, hidden)[0]
    assert gap.number == 300 - 1 - TAIL and gap.after == 1
    before = shown_of(LONG, hidden_in(LONG, read_gaps(gap.before)))
    behind = shown_of(LONG, hidden_in(LONG, read_gaps(gap.behind)))
    assert before == [1, *LONG[-TAIL - PAGE :]]
    assert behind == [*LONG[: 1 + PAGE], *LONG[-TAIL:]]
    assert shown_of(LONG, hidden_in(LONG, read_gaps(gap.none))) == LONG


def test_clicking_on_and_on_reaches_every_message() -> None:
    hidden, clicks = hidden_at_first(LONG, 150), 0
    while hidden:
        hidden = hidden_in(LONG, read_gaps(gaps_between(LONG, hidden)[0].before))
        clicks += 1
        assert clicks < 40
    assert shown_of(LONG, hidden) == LONG


@pytest.mark.parametrize("typed", ["", "x", "5", "9-", "-9", "1-2-3", "9999999999999999999999-1", "5-4", "٣-٤x", "1-2;3"])
def test_what_is_no_gap_hides_nothing(typed: str) -> None:
    assert shown_of(LONG, hidden_in(LONG, read_gaps(typed))) == LONG


@given(st.lists(st.tuples(st.integers(0, 400), st.integers(0, 400)), max_size=6), st.integers(0, 60))
def test_the_first_and_the_newest_message_are_never_hidden_and_nothing_is_lost(gaps: list[tuple[int, int]], length: int) -> None:
    ids = LONG[:length]
    hidden = hidden_in(ids, read_gaps(write_gaps(gaps)))
    shown = shown_of(ids, hidden)
    assert shown[:1] == ids[:1] and shown[-1:] == ids[-1:]
    assert len(shown) + sum(gap.number for gap in gaps_between(ids, hidden)) == len(ids)
    assert hidden_in(ids, read_gaps(write_gaps(hidden))) == hidden
