"""Our own Message-IDs: whatever is changed in them or around them, they are ours no longer."""

import re
from uuid import UUID, uuid4

import pytest
from hypothesis import given
from hypothesis import strategies as st

from models.message_ids import OURS, id_hash, is_signed_for, looks_like_ours, new_message_id

KEY, OLD_KEY, FOREIGN_KEY = b"k" * 32, b"o" * 32, b"f" * 32
OUTBOX, TICKET, PARTICIPANT = UUID(int=7), 42, 4711
DOMAIN = "mail.example.com"


def made(keys: tuple[bytes, ...] = (KEY,), domain: str = DOMAIN) -> str:
    """An id as it comes back in a mail: without its brackets."""
    return new_message_id(keys, OUTBOX, TICKET, PARTICIPANT, domain).strip("<>")


def is_ours(message_id: str, keys: tuple[bytes, ...] = (KEY,)) -> bool:
    return is_signed_for(keys, message_id, OUTBOX, TICKET, PARTICIPANT)


def test_an_id_is_believed_for_the_mail_it_was_made_for() -> None:
    assert is_ours(made())


@pytest.mark.parametrize("spelling", [str.upper, str.title])
def test_a_relay_that_changes_the_case_breaks_nothing(spelling: type) -> None:
    assert is_ours(spelling(made()))


def test_a_relay_that_changes_the_domain_breaks_nothing() -> None:
    """The domain is where the id was made, no part of what is believed."""
    assert is_ours(made().replace(DOMAIN, "relay.example.net"))


@pytest.mark.parametrize(
    ("outbox", "ticket", "participant"),
    [(uuid4(), TICKET, PARTICIPANT), (OUTBOX, TICKET + 1, PARTICIPANT), (OUTBOX, TICKET, PARTICIPANT + 1)],
    ids=["another mail", "another ticket", "another participant"],
)
def test_an_id_is_worth_nothing_elsewhere(outbox: UUID, ticket: int, participant: int) -> None:
    assert not is_signed_for((KEY,), made(), outbox, ticket, participant)


def test_fields_cannot_be_moved_into_each_other() -> None:
    """Ticket 4 of participant 12 is not ticket 41 of participant 2."""
    message_id = new_message_id((KEY,), OUTBOX, 4, 12, DOMAIN).strip("<>")
    assert not is_signed_for((KEY,), message_id, OUTBOX, 41, 2)


def test_an_id_under_another_key_is_not_ours() -> None:
    assert not is_ours(made((FOREIGN_KEY,)))


def test_after_a_rotation_the_new_key_signs_and_the_old_one_is_still_believed() -> None:
    before, after = made((OLD_KEY,)), made((KEY, OLD_KEY))
    assert is_ours(before, (KEY, OLD_KEY)) and is_ours(after, (KEY, OLD_KEY))
    assert is_ours(after, (KEY,)) and not is_ours(before, (KEY,))


LETTERS = "abcdefghijklmnopqrstuvwxyz234567"


@pytest.mark.parametrize("place", range(len("h1.") + 13 + 1 + 16))
def test_one_changed_letter_anywhere_is_enough(place: int) -> None:
    message_id = made()
    if message_id[place] == "." or place < 3:
        changed = ["x"]
    else:
        changed = [letter for letter in LETTERS if letter != message_id[place]]
    assert not any(is_ours(message_id[:place] + letter + message_id[place + 1 :]) for letter in changed)


@pytest.mark.parametrize(
    "forged",
    [
        "",
        "h1",
        "h1..@example.com",
        f"h1.{'a' * 13}.{'a' * 16}@example.com",
        f"h1.{'a' * 13}.@example.com",
        f"h2.{'a' * 13}.{'a' * 16}@example.com",
        f"h1.{'a' * 13}.{'é' * 16}@example.com",
    ],
)
def test_what_only_looks_like_one_is_not_believed(forged: str) -> None:
    assert not is_ours(forged)


@given(st.text(max_size=200))
def test_no_text_breaks_the_question(text: str) -> None:
    looks_like_ours(text)
    assert not is_ours(text)


@pytest.mark.parametrize("domain", ["a.de", "d" * 21 + ".com"])
def test_an_id_stays_short_enough_for_every_header_folder(domain: str) -> None:
    """Python's folding corrupts ids from 78 letters on, and others are no better (mail-safety F15)."""
    assert len(domain) <= 25
    message_id = new_message_id((KEY,), UUID(int=2**128 - 1), 2**62, 2**62, domain)
    assert len(message_id) <= 75
    assert re.fullmatch(r"<[!-;=?-~]{1,250}>", message_id)


def test_no_two_ids_are_alike() -> None:
    ids = {made() for _ in range(1000)}
    assert len(ids) == 1000
    assert all(OURS.fullmatch(each) for each in ids)


def test_an_id_is_found_with_and_without_its_brackets() -> None:
    assert id_hash("<a@b>") == id_hash("a@b") == id_hash("  <a@b> ")
    assert id_hash("a@b") != id_hash("A@b")


@given(st.text(max_size=2000))
def test_every_id_has_a_key_of_one_size(text: str) -> None:
    assert len(id_hash(text)) == 32
