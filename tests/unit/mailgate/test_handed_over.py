"""An envelope that is read from headers: it chooses among our addresses, and nothing in it upsets the database."""

import pytest

from mailgate.envelope import Recipient
from mailgate.handed_over import HandedOver, Ours, handed_over
from mailgate.identity.sending_host import host_in
from models.text import is_clean

OURS = Ours({"support@example.com": 1, "billing@example.com": 2}, Recipient("support@example.com", 1))


def envelope(*headers: str) -> HandedOver:
    return handed_over("".join(f"{header}\r\n" for header in headers).encode() + b"\r\nHello.\r\n", OURS)


def test_what_a_mail_server_wrote_counts_before_what_the_sender_wrote() -> None:
    found = envelope("Return-Path: <dora@example.net>", "Delivered-To: billing@example.com", "To: support@example.com")
    assert (found.mail_from, found.recipient.address) == ("dora@example.net", "billing@example.com")


def test_what_names_none_of_ours_goes_home_and_is_answered_by_no_machine() -> None:
    found = envelope("To: somebody@elsewhere.example")
    assert (found.mail_from, found.recipient) == ("", OURS.home)


@pytest.mark.parametrize("odd", ["\0", "\x01", "\x1b", "\x7f", "\x85", "\ud800".encode("utf-8", "surrogatepass").decode("latin-1")])
def test_no_control_character_reaches_the_database(odd: str) -> None:
    """One mail that Postgres refuses would keep back every mail behind it."""
    found = envelope(f"Return-Path: <a{odd}b@example.net>", f"Delivered-To: support+{odd}x@example.com", f"Message-ID: <a{odd}@b>")
    assert all(map(is_clean, (found.mail_from, found.why, found.recipient.address, found.recipient.tag)))
    assert all(map(is_clean, host_in(f"from a{odd}b (a.example [192.0.2.7]) by mx.example.com")))
