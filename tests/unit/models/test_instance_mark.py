"""The mark by which we know our own mail."""

from uuid import uuid4

import pytest

from models.instance_mark import instance_mark, is_our_mark

OLD, NEW, FOREIGN = b"o" * 32, b"n" * 32, b"f" * 32


def test_our_mark_is_known_after_the_key_was_changed_too() -> None:
    mark = instance_mark([OLD], uuid4())
    assert is_our_mark([OLD], mark)
    assert is_our_mark([NEW, OLD], f" {mark} ")


def test_the_mark_of_another_desk_is_not_ours() -> None:
    assert not is_our_mark([NEW, OLD], instance_mark([FOREIGN], uuid4()))


@pytest.mark.parametrize("mark", ["", "p1..", "p1." + "a" * 32 + "." + "b" * 32, "p1.é.x", "x" * 100_000])
def test_what_somebody_made_up_is_not_ours(mark: str) -> None:
    assert not is_our_mark([NEW], mark)
