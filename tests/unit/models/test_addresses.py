"""Addresses in their one form: who is the same person, and who is not."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mailgate.envelope_address import read_sender
from models.addresses import MAX_ADDRESS, normalise, typed_address, without_tag
from models.errors import Invalid


@pytest.mark.parametrize(
    ("written", "normal"),
    [
        ("dora@example.net", "dora@example.net"),
        (" Dora@Example.NET ", "dora@example.net"),
        ("dora@example.net.", "dora@example.net"),
        ("dora@bücher.example", "dora@xn--bcher-kva.example"),
        ("DORA@BÜCHER.example", "dora@xn--bcher-kva.example"),
        ("d\u006f\u0308ra@example.net", "döra@example.net"),
        ('"dora hall"@example.net', '"dora hall"@example.net'),
        ("dora@[192.0.2.1]", "dora@[192.0.2.1]"),
        ("a@b@example.net", "a@b@example.net"),
    ],
)
def test_one_person_has_one_form(written: str, normal: str) -> None:
    assert normalise(written) == normal


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("d.ora@example.net", "dora@example.net"),
        ("dora+shop@example.net", "dora@example.net"),
        ("dora@straße.example", "dora@strasse.example"),
        ("dora@exаmple.net", "dora@example.net"),
        ("dora@faß.example", "dora@fass.example"),
    ],
    ids=["dots", "tags", "sharp s", "Cyrillic a", "another sharp s"],
)
def test_two_people_have_two_forms(one: str, other: str) -> None:
    """A domain that only reads like another has another owner (IDNA 2008, not 2003)."""
    assert normalise(one) != normalise(other)


@pytest.mark.parametrize("written", ["", "@", "dora", "dora@", "@example.net", "dora@.", "dora@ü..de", "dora@" + "ü" * 70])
def test_what_cannot_be_an_address_is_refused(written: str) -> None:
    with pytest.raises(ValueError):
        normalise(written)


@pytest.mark.parametrize("stop", [".", "．", "。"])
def test_a_full_stop_at_the_end_is_none_in_any_script(stop: str) -> None:
    assert normalise(f"dora@example.net{stop}") == "dora@example.net"


def test_an_address_longer_than_mail_allows_is_refused() -> None:
    """An index cannot hold it, and no honest mail has it: it would be tried, and fail, for ever."""
    domain = "@example.net"
    assert normalise("d" * (MAX_ADDRESS - len(domain)) + domain)
    with pytest.raises(ValueError):
        normalise("d" * (MAX_ADDRESS - len(domain) + 1) + domain)


@given(st.from_regex(r"[^@\s]{1,20}@[^@\s]{1,20}", fullmatch=True))
def test_the_form_of_a_form_is_itself(written: str) -> None:
    try:
        normal = normalise(written)
    except ValueError:
        return
    assert normalise(normal) == normal


@pytest.mark.parametrize("written", ["Dora@Example.NET", "dora@bücher.example", "dora@straße.example", "DÖRA@example.net"])
def test_the_gate_and_the_desk_mean_the_same_person(written: str) -> None:
    """The envelope is read by code of its own; a second opinion would let a mail in that nobody can file."""
    address = read_sender(f"<{written}>".encode(), smtputf8=True)
    assert address.normalised == normalise(written)


@pytest.mark.parametrize(
    "typed",
    ["dora", "dora@", "dora@example", "do ra@example.net", "dora@@example.net", "döra@example.net", "d\x00@example.net",
     "d" * 250 + "@example.net", "dora@example..", '"dora"@x@example.net'],
)  # fmt: skip
def test_a_typing_error_is_told_in_a_sentence(typed: str) -> None:
    with pytest.raises(Invalid, match="looks like name@example.com") as refused:
        typed_address(typed)
    assert refused.value.field == "email"


def test_a_typed_address_is_kept_in_its_one_form() -> None:
    assert typed_address(" Ada@Example.COM ") == "ada@example.com"


@pytest.mark.parametrize(
    ("address", "base", "tag"),
    [
        ("support+sale@example.com", "support@example.com", "sale"),
        ("support@example.com", "support@example.com", ""),
        ("support+a+b@example.com", "support@example.com", "a+b"),
        ("+tag@example.com", "+tag@example.com", ""),
    ],
)
def test_a_tag_is_split_off(address: str, base: str, tag: str) -> None:
    assert without_tag(address) == (base, tag)
