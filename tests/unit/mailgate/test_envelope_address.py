"""Addresses on the wire: one reading, or none."""

import pytest

from mailgate.envelope_address import (
    NULL_SENDER,
    POSTMASTER,
    Malformed,
    NeedsSmtpUtf8,
    ascii_domain,
    read_recipient,
    read_sender,
)


@pytest.mark.parametrize(
    ("path", "normalised"),
    [
        (b"<Dora@Example.ORG>", "dora@example.org"),
        (b"<a.b+c@x-y.example>", "a.b+c@x-y.example"),
        (b"<!#$%&'*+-/=?^_`{|}~@example.org>", "!#$%&'*+-/=?^_`{|}~@example.org"),
        (b'<"a b"@example.org>', "a b@example.org"),
        (b'<"a\\"b"@example.org>', 'a"b@example.org'),
        (b"<bounce@mail_7.example.org>", "bounce@mail_7.example.org"),
    ],
)
def test_an_address_is_read_into_the_form_in_which_it_is_compared(path: bytes, normalised: str) -> None:
    assert read_sender(path, smtputf8=False).normalised == normalised


def test_the_sender_is_kept_as_it_was_written() -> None:
    assert read_sender(b"<Dora@Example.ORG>", smtputf8=False).written == "Dora@Example.ORG"


def test_no_sender_and_the_bare_postmaster_are_addresses_of_their_own() -> None:
    assert read_sender(b"<>", smtputf8=False) == NULL_SENDER
    assert read_recipient(b"<PostMaster>", smtputf8=False) == POSTMASTER
    with pytest.raises(Malformed):
        read_recipient(b"<>", smtputf8=False)
    with pytest.raises(Malformed):
        read_sender(b"<postmaster>", smtputf8=False)


@pytest.mark.parametrize(
    "path", [b"", b"<", b">", b"a@b", b"<a@b>x", b"<a@b", b"<a@-b>", b"<a@b->", b"<a@b..c>", b"<a b@c>"]
)
def test_what_is_no_address_is_none(path: bytes) -> None:
    with pytest.raises(Malformed):
        read_sender(path, smtputf8=True)


def test_encoded_words_are_not_decoded_but_refused() -> None:
    with pytest.raises(Malformed):
        read_sender(b"<=?utf-8?q?a=40evil=2eexample?=@example.org>", smtputf8=True)


def test_characters_beyond_ascii_need_smtputf8_and_must_be_utf8() -> None:
    with pytest.raises(NeedsSmtpUtf8):
        read_sender("<é@example.org>".encode(), smtputf8=False)
    with pytest.raises(Malformed, match="UTF-8"):
        read_sender(b"<\xe9@example.org>", smtputf8=True)
    assert read_sender("<É@Bücher.example>".encode(), smtputf8=True).normalised == "é@xn--bcher-kva.example"


def test_two_ways_to_compose_a_letter_are_one_address() -> None:
    composed, decomposed = "<\u00e9@example.org>".encode(), "<e\u0301@example.org>".encode()
    assert read_sender(composed, True).normalised == read_sender(decomposed, True).normalised


def test_lengths_are_bounded() -> None:
    assert read_recipient(b"<" + b"x" * 64 + b"@example.org>", smtputf8=False)
    with pytest.raises(Malformed):
        read_recipient(b"<" + b"x" * 65 + b"@example.org>", smtputf8=False)
    assert read_sender(b"<" + b"x" * 242 + b"@example.org>", smtputf8=False)
    with pytest.raises(Malformed):
        read_sender(b"<" + b"x" * 243 + b"@example.org>", smtputf8=False)
    with pytest.raises(Malformed):
        ascii_domain("x" * 64 + ".example")
