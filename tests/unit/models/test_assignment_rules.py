"""Who gets a ticket: the least load below capacity, ties to whoever waited longest."""

from datetime import UTC, datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st

from models.assignment_rules import Candidate, least_busy

NOON = datetime(2026, 3, 4, 12, tzinfo=UTC)


def test_nobody_at_work_gets_nothing() -> None:
    assert least_busy([]) is None


def test_the_least_load_wins_however_long_others_have_waited() -> None:
    ada, ben = Candidate(1, 3, 10, None), Candidate(2, 2, 10, NOON)
    assert least_busy([ada, ben]) == ben


def test_of_two_with_the_same_load_the_one_who_was_given_one_longest_ago_wins() -> None:
    ada, ben = Candidate(1, 2, 10, NOON), Candidate(2, 2, 10, NOON - timedelta(minutes=1))
    assert least_busy([ada, ben]) == ben


def test_who_never_had_one_has_waited_longest() -> None:
    ada, ben = Candidate(1, 0, 10, NOON - timedelta(days=300)), Candidate(2, 0, 10)
    assert least_busy([ada, ben]) == ben


def test_an_agent_who_is_full_is_passed_over_even_where_others_have_more() -> None:
    ada, ben = Candidate(1, 1, 1), Candidate(2, 7, 8)
    assert least_busy([ada, ben]) == ben
    assert least_busy([ada, Candidate(2, 8, 8)]) is None
    assert least_busy([Candidate(1, 0, 0)]) is None


candidates = st.lists(
    st.builds(
        Candidate,
        st.integers(1, 9),
        st.integers(0, 5),
        st.integers(0, 5),
        st.none() | st.datetimes(timezones=st.just(UTC)),
    ),
    unique_by=lambda each: each.agent_id,
    max_size=6,
)


@given(candidates)
def test_whoever_is_chosen_has_room_and_nobody_with_room_has_less(found: list[Candidate]) -> None:
    chosen = least_busy(found)
    with_room = [each for each in found if each.load < each.capacity]
    assert (chosen is None) == (not with_room)
    if chosen is not None:
        assert chosen.load < chosen.capacity
        assert all(chosen.load <= each.load for each in with_room)


@given(candidates, st.randoms(use_true_random=False))
def test_the_choice_does_not_depend_on_the_order_of_asking(found: list[Candidate], dice: object) -> None:
    shuffled = list(found)
    dice.shuffle(shuffled)  # type: ignore[attr-defined]
    assert least_busy(shuffled) == least_busy(found)
