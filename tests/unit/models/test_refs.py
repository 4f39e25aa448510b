"""References of tickets: short, speakable, one for each ticket."""

import math
import re

from hypothesis import given
from hypothesis import strategies as st

from models.ticket import REF_LETTERS, REF_SPACE, REF_STRIDE, ref_of

FORM = re.compile(rf"[{REF_LETTERS}]{{4,}}-\d{{3}}")
IDS = st.integers(min_value=1, max_value=20 * REF_SPACE)


def test_the_first_hundred_thousand_tickets_have_as_many_references() -> None:
    refs = [ref_of(number) for number in range(1, 100_001)]
    assert len(set(refs)) == len(refs)
    assert all(FORM.fullmatch(ref) and len(ref) == 8 for ref in refs)


def test_the_stride_shares_no_divisor_with_the_space() -> None:
    """Which makes the scattering one-to-one over the whole space, not only where somebody has looked."""
    assert math.gcd(REF_STRIDE, REF_SPACE) == 1


@given(IDS, IDS)
def test_two_tickets_never_share_a_reference(one: int, other: int) -> None:
    assert (ref_of(one) == ref_of(other)) == (one == other)


@given(IDS)
def test_a_reference_has_the_form_that_people_know(ticket_id: int) -> None:
    assert FORM.fullmatch(ref_of(ticket_id))


def test_past_the_space_a_letter_is_added() -> None:
    assert len(ref_of(REF_SPACE - 1)) == 8
    assert len(ref_of(REF_SPACE)) == 9
    assert len(ref_of(20 * REF_SPACE)) == 10


def test_neighbours_do_not_look_alike() -> None:
    """Or an agent mixes up two tickets of the same hour."""
    for number in range(1, 2000):
        one, next_one = ref_of(number), ref_of(number + 1)
        assert sum(a != b for a, b in zip(one, next_one, strict=True)) >= 4
