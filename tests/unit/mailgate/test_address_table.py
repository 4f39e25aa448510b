"""Whose address is it? The rules S11 to S15, without a database."""

import pytest

from mailgate.directory import AddressTable, Entry, MailboxOff, NoSuchMailbox, NotOurs
from mailgate.envelope import Recipient
from mailgate.envelope_address import read_recipient

OPEN_HOUSE = AddressTable(
    {
        "support@example.com": Entry(1, is_active=True, off_for_good=False),
        "sales@example.com": Entry(2, is_active=True, off_for_good=False),
        "old@example.com": Entry(3, is_active=False, off_for_good=True),
        "paused@example.com": Entry(4, is_active=False, off_for_good=False),
    },
    token_domains=frozenset({"reply.example.com"}),
)


@pytest.mark.parametrize(
    ("address", "found"),
    [
        ("support@example.com", Recipient("support@example.com", 1)),
        ("Sales+Q4@EXAMPLE.com", Recipient("sales+q4@example.com", 2, "q4")),
        ("postmaster", Recipient("postmaster", 1)),
        ("Abuse@example.com", Recipient("abuse@example.com", 1)),
        ("postmaster@reply.example.com", Recipient("postmaster@reply.example.com", 1)),
        ("R1ABCDEF@reply.example.com", Recipient("r1abcdef@reply.example.com", 1, "r1abcdef")),
        ("r2abcdef@reply.example.com", NoSuchMailbox()),
        ("support@reply.example.com", NoSuchMailbox()),
        ("nobody@example.com", NoSuchMailbox()),
        ("old@example.com", MailboxOff(for_good=True)),
        ("paused+x@example.com", MailboxOff(for_good=False)),
        ("support@example.org", NotOurs()),
        ("postmaster@example.org", NotOurs()),
        ("a%b@example.com", NotOurs()),
        ("a!b@example.com", NotOurs()),
    ],
)
def test_each_address_finds_its_place(address: str, found: object) -> None:
    assert OPEN_HOUSE.find(read_recipient(f"<{address}>".encode(), smtputf8=False)) == found


def test_a_house_without_mailboxes_still_has_a_postmaster() -> None:
    assert AddressTable().find(read_recipient(b"<postmaster>", smtputf8=False)) == Recipient(
        "postmaster", None
    )


def test_what_is_for_the_house_goes_to_a_mailbox_that_is_open() -> None:
    table = AddressTable({"a@x.example": Entry(1, False, True), "b@x.example": Entry(2, True, False)})
    assert table.default_mailbox == 2
