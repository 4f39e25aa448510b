"""Whom a From header shows and why it is not believed (mail-safety H-047, H-048, H-050 … H-052)."""

import pytest

from mailgate.parse import parse

BELIEVED = [
    ("dora@example.org", "dora@example.org", ""),
    ("<dora@example.org>", "dora@example.org", ""),
    ("Dora Winter <dora@example.org>", "dora@example.org", "Dora Winter"),
    ('"Winter, Dora" <dora@example.org>', "dora@example.org", "Winter, Dora"),
    ('"a@good.example" <b@evil.example>', "b@evil.example", "a@good.example"),
    ("=?utf-8?q?M=C3=BCller?= <m@example.org>", "m@example.org", "Müller"),
    ("dora@example.org (Dora)", "dora@example.org", "Dora"),
    ("Dora\r\n Winter\r\n <dora@example.org>", "dora@example.org", "Dora Winter"),
    ("Dora (Sales) <dora@example.org>", "dora@example.org", "Dora (Sales)"),
    ("dora@example.org <dora@example.org>", "dora@example.org", "dora@example.org"),
    ('"quoted local"@example.org', '"quoted local"@example.org', ""),
    ("dora@bücher.example", "dora@bücher.example", ""),
]

AMBIGUOUS = [
    "=?utf-8?q?a?=@good.example",
    "b@evil.example <a@good.example>",
    "a@good.example (x) <b@evil.example>",
    "<a@good.example><b@evil.example>",
    "a@good.example, b@evil.example",
    "b@evil.example(<a@good.example>)",
    "a@good.example\x00@evil.example",
    "a@good.example@evil.example",
    "a@ours.example\x00.evil.example",
    "a@ours.example;evil",
    "a@ours.example%0a <",
    "desk: a@b.example, c@d.example;",
    "undisclosed-recipients:;",
    "x: y: a@b.example;;",
    "<@relay.example:a@good.example>",
    "=?utf-8?b?YUBnb29kLmV4YW1wbGU=?=",
    "<=?utf-8?q?a=40good.example?=>",
    "Dora",
    "",
    "<>",
    "a@good.example b@evil.example",
    "a@-bad-.example",
]


@pytest.mark.parametrize("value, email, name", BELIEVED)
def test_one_strict_mailbox_is_believed(value: str, email: str, name: str) -> None:
    read = parse(f"From: {value}\r\nTo: support@example.com\r\n\r\nHello\r\n".encode())
    assert read.sender is not None
    assert (read.sender.email, read.sender.name) == (email, name)
    assert read.sender_problems == ()


@pytest.mark.parametrize("value", AMBIGUOUS)
def test_anything_else_is_ambiguous(value: str) -> None:
    assert parse(f"From: {value}\r\nTo: support@example.com\r\n\r\nHello\r\n".encode()).sender_problems


@pytest.mark.parametrize(
    "extra",
    [
        "From: b@evil.example",
        "From : b@evil.example",
        "FROM: b@evil.example",
        "Subject: again\r\nSubject: and again",
        "To: other@example.com",
        "Reply-To: a@b.example\r\nReply-To: c@d.example",
        "Content-Type: text/plain\r\nContent-Type: text/html",
        "Date: x\r\nDate: y",
        "no colon here\r\nX-A: b",
    ],
)
def test_doubled_or_damaged_headers_make_the_sender_ambiguous(extra: str) -> None:
    raw = f"From: a@good.example\r\nTo: support@example.com\r\n{extra}\r\n\r\nHello\r\n".encode()
    assert parse(raw).sender_problems


def test_accounts_that_look_alike_are_kept_apart_and_spellings_are_kept() -> None:
    senders = [
        parse(f"From: {value}\r\n\r\nx".encode()).sender
        for value in ("a@exаmple.com", "a@example.com", "A@Example.com")
    ]
    emails = [sender.email for sender in senders if sender]
    assert len(set(emails)) == 3


def test_a_name_that_is_an_address_never_becomes_the_address() -> None:
    read = parse(b'From: "support@example.com" <eve@example.net>\r\n\r\nx')
    assert read.sender is not None
    assert read.sender.email == "eve@example.net"


@pytest.mark.parametrize(
    "before", ["\r\n", "\n\n", "\ufeff", "From dora@example.org Mon Nov  2 10:15:00 2026\n", "junk\r\n"]
)
def test_anything_before_the_headers_makes_the_sender_ambiguous_but_still_shown(before: str) -> None:
    read = parse(f"{before}From: dora@example.org\r\nTo: support@example.com\r\n\r\nHello\r\n".encode())
    assert read.sender is not None
    assert read.sender.email == "dora@example.org"
    assert "damaged" in str(read.sender_problems)


@pytest.mark.parametrize("value", ["<'dora'@example.org>", "'dora@example.org", "'dora'@example.org"])
def test_who_would_be_shown_as_another_is_not_believed(value: str) -> None:
    """Quotes that senders put round an address are taken away for showing: that must not make two people one."""
    assert parse(f"From: {value}\r\n\r\nHello\r\n".encode()).sender_problems


@pytest.mark.parametrize("value", ["'@example.org", "<''@example.org>", "'@0.example"])
def test_an_address_is_never_empty(value: str) -> None:
    sender = parse(f"From: {value}\r\n\r\nHello\r\n".encode()).sender
    assert sender is None or "@" in sender.email
