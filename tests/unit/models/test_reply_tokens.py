"""Signed addresses: what we made is known again, and nothing else is."""

import pytest

from models.reply_tokens import LETTERS, Purpose, is_signed_for, new_token_id, signed_token, token_id_in

KEY = b"a key that is long enough for a test"
OLD = b"the key that was in use before that"
KEYS = (KEY, OLD)
SUPPORT, BILLING = 1, 2
ID = 0x123456789ABCDEF
TOKEN = signed_token(KEY, Purpose.CUSTOMER, ID, SUPPORT)


def ours(local_part: str, purpose: str = Purpose.CUSTOMER, mailbox_id: int = SUPPORT) -> bool:
    """Whether the token counts, asked as the desk asks: first which row, then whether it is signed for that row."""
    token_id = token_id_in(local_part)
    return token_id == ID and is_signed_for(KEYS, local_part, purpose, token_id, mailbox_id)


def test_a_token_is_short_and_names_its_id() -> None:
    assert len(TOKEN) == 31 and TOKEN.startswith("r1")
    assert token_id_in(TOKEN) == ID
    assert ours(TOKEN)


def test_a_bounce_address_looks_different() -> None:
    token = signed_token(KEY, Purpose.BOUNCE, ID, SUPPORT)
    assert token.startswith("b1") and ours(token, Purpose.BOUNCE)


def test_any_case_is_read() -> None:
    assert ours(TOKEN.upper()) and ours(TOKEN.title())


def test_a_token_of_an_older_key_still_counts() -> None:
    assert ours(signed_token(OLD, Purpose.CUSTOMER, ID, SUPPORT))


def test_a_token_of_a_foreign_key_does_not() -> None:
    assert not ours(signed_token(b"a key of somebody else, also long", Purpose.CUSTOMER, ID, SUPPORT))


def test_no_single_letter_may_be_another_one() -> None:
    """Every letter of the token in turn becomes every other letter: all bit flips of key id, id and signature."""
    counted = [
        changed
        for place in range(len(TOKEN))
        for letter in LETTERS + "0189"
        if letter != TOKEN[place] and ours(changed := TOKEN[:place] + letter + TOKEN[place + 1 :])
    ]
    assert counted == []


@pytest.mark.parametrize(
    "damaged", [TOKEN[:-1], TOKEN + "a", TOKEN + "=", TOKEN[2:], f"+{TOKEN}", f"{TOKEN}\n", "r1", "", "support+123", "ï" * 31]
)
def test_a_damaged_token_names_nothing(damaged: str) -> None:
    assert token_id_in(damaged) is None


@pytest.mark.parametrize("made_for", Purpose)
@pytest.mark.parametrize("asked_as", Purpose)
def test_a_token_serves_its_own_purpose_only(made_for: Purpose, asked_as: Purpose) -> None:
    token = signed_token(KEY, made_for, ID, SUPPORT)
    assert ours(token, asked_as) == (made_for == asked_as)
    other_prefix = ("r" if token[0] == "b" else "b") + token[1:]
    assert not ours(other_prefix, asked_as)


def test_a_token_is_bound_to_its_mailbox() -> None:
    assert not ours(TOKEN, mailbox_id=BILLING)


def test_a_token_is_bound_to_its_id() -> None:
    assert not is_signed_for(KEYS, TOKEN, Purpose.CUSTOMER, ID + 1, SUPPORT)


def test_ids_are_random_and_fit_their_letters() -> None:
    ids = {new_token_id() for _ in range(100)}
    assert len(ids) == 100
    assert {token_id_in(signed_token(KEY, Purpose.AGENT, each, SUPPORT)) for each in ids} == ids
