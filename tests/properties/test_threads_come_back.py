"""What we compose, a customer's program answers, and our reader finds the thread again: for any letter."""

from dataclasses import replace

from hypothesis import given, settings
from hypothesis import strategies as st

from jobs.compose import compose
from jobs.letter import Letter
from mailgate.parse import parse
from models.addresses import a_label, normalise
from tests.properties.test_letters import LETTERS
from tests.unit.jobs.letters import LETTER

IDS = st.from_regex(r"[a-z0-9.]{1,120}@[a-z0-9]{1,20}\.example", fullmatch=True)


def unquoted(address: str) -> str:
    """Without the quotes that senders put round an address, and that are therefore not shown."""
    return address.replace("'", "")


@settings(max_examples=40)
@given(LETTERS)
def test_a_letter_of_ours_reads_back_with_its_thread(letter: Letter) -> None:
    read = parse(compose(letter))
    assert read.message_id == letter.message_id.strip("<>")
    assert read.sender is not None and unquoted(read.sender.email) == unquoted(letter.sender.address)
    assert [unquoted(address.email) for address in read.to] == [unquoted(letter.to.address)]
    assert set(read.in_reply_to) <= set(read.references)


@settings(max_examples=40)
@given(st.lists(IDS, min_size=1, max_size=9, unique=True))
def test_the_ids_we_quote_are_the_ids_we_read(parents: list[str]) -> None:
    """Also the long ones, which libraries encode beyond recognition (F15)."""
    read = parse(compose(replace(LETTER, parents=tuple(f"<{each}>" for each in parents))))
    assert read.in_reply_to == (parents[-1],)
    assert list(read.references) == parents[-len(read.references) :] or set(read.references) <= set(parents)
    assert read.references[-1] == parents[-1]


DOMAINS = st.from_regex(r"[a-z0-9]{1,20}(\.[a-z0-9]{1,20}){1,3}", fullmatch=True)
LOCALS = st.text(st.characters(categories=("Ll", "Nd"), include_characters=".+-_"), min_size=1, max_size=20)


@given(LOCALS, DOMAINS)
def test_one_account_is_one_account_however_it_is_written(local: str, domain: str) -> None:
    """H-050: the same account is never split, and comparing twice changes nothing."""
    plain = normalise(f"{local}@{domain}")
    assert normalise(plain) == plain
    assert normalise(f" {local}@{domain.upper()}. ") == plain
    assert normalise(f"{local}@{domain.title()}") == plain


def test_letters_that_look_alike_are_two_accounts() -> None:
    twins = ["a@example.com", "a@exаmple.com", "а@example.com", "a@example.com.evil.example", "a.b@example.com", "ab@example.com"]
    assert len({normalise(each) for each in twins}) == len(twins)
    assert a_label("BÜCHER.example") == a_label("xn--bcher-kva.example") == "xn--bcher-kva.example"
    assert normalise("a@ｅxample.com") == normalise("a@example.com")
