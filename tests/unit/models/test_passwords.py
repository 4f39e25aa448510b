"""Passwords: what is kept of them, and what an unknown name costs."""

import pytest

from models.errors import Invalid
from models.passwords import MAX_LENGTH, MIN_LENGTH, hash_password, hasher, matches

GOOD = "correct horse battery"


def test_the_right_password_matches_and_no_other() -> None:
    kept = hash_password(GOOD)
    assert matches(kept, GOOD)
    assert not matches(kept, GOOD + " ")
    assert not matches(kept, "")


def test_nothing_of_the_password_is_in_what_is_kept() -> None:
    one, other = hash_password(GOOD), hash_password(GOOD)
    assert one.startswith("$argon2id$") and GOOD not in one
    assert one != other  # each has a salt of its own


@pytest.mark.parametrize("kept", [None, "", "not a hash", "$argon2id$v=19$m=65536,t=3,p=4$broken"])
def test_nobody_gets_in_where_there_is_no_hash(kept: str | None) -> None:
    assert not matches(kept, GOOD)
    assert not matches(kept, "there is no such user")


def test_an_unknown_name_costs_as_much_work_as_a_known_one(monkeypatch: pytest.MonkeyPatch) -> None:
    """Work, not time: whoever counts seconds on a busy machine counts nothing."""
    asked: list[str] = []
    real = type(hasher).verify
    monkeypatch.setattr(type(hasher), "verify", lambda self, kept, said: asked.append(kept) or real(self, kept, said))
    matches(None, GOOD)
    matches(hash_password(GOOD), "wrong and wrong")
    assert [kept.split("$")[1:4] for kept in asked] == [hasher_parameters()] * 2


def hasher_parameters() -> list[str]:
    return ["argon2id", "v=19", f"m={hasher.memory_cost},t={hasher.time_cost},p={hasher.parallelism}"]


@pytest.mark.parametrize(("length", "is_taken"), [(MIN_LENGTH - 1, False), (MIN_LENGTH, True), (MAX_LENGTH + 1, False)])
def test_a_password_has_a_sensible_length(length: int, is_taken: bool) -> None:
    if is_taken:
        assert matches(hash_password("x" * length), "x" * length)
    else:
        with pytest.raises(Invalid, match="characters"):
            hash_password("x" * length)


def test_an_endless_guess_is_not_hashed_whole() -> None:
    assert not matches(hash_password(GOOD), GOOD * 100_000)
