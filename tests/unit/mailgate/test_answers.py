"""Every answer says the same in all its three ways: reply code, enhanced code, words."""

import re
from uuid import UUID

import pytest

from mailgate import answers

CONSTANTS = {name: value for name, value in vars(answers).items() if isinstance(value, bytes)}
WITH_ENHANCED_CODE = re.compile(rb"(?P<code>[245])\d\d (?P=code)\.\d{1,3}\.\d{1,3} [ -~]+\r\n")

# Permanent only where the sender is wrong and trying again cannot help.
PERMANENT = {
    "LINE_REFUSED", "UNKNOWN_COMMAND", "NOT_OFFERED", "SAY_HELLO_FIRST", "HELLO_NEEDS_A_NAME", "NO_ARGUMENT_HERE",
    "TLS_NOT_OFFERED", "TLS_ALREADY_ON", "ALREADY_IN_A_MAIL", "MAIL_SYNTAX", "SENDER_MALFORMED", "UNKNOWN_PARAMETER",
    "TOO_BIG", "NEEDS_SMTPUTF8", "NEED_MAIL_FIRST", "RCPT_SYNTAX", "RECIPIENT_MALFORMED", "RELAYING_DENIED",
    "NO_SUCH_MAILBOX", "MAILBOX_CLOSED", "NEED_RCPT_FIRST", "ROUTING_LOOP",
}  # fmt: skip


@pytest.mark.parametrize("name", CONSTANTS)
def test_an_answer_carries_an_enhanced_code_of_its_own_class(name: str) -> None:
    if name != "GO_AHEAD":  # RFC 2034 gives none to 3xx
        assert WITH_ENHANCED_CODE.fullmatch(CONSTANTS[name])


def test_an_answer_is_permanent_only_where_it_was_meant_to_be() -> None:
    assert {name for name, value in CONSTANTS.items() if value.startswith(b"5")} == PERMANENT


def test_the_answer_to_ehlo_is_one_line_an_offer() -> None:
    assert answers.hello("mx.example.com", (b"SIZE 1", b"8BITMIME")) == (
        b"250-mx.example.com\r\n250-SIZE 1\r\n250 8BITMIME\r\n"
    )


def test_the_final_answer_names_the_mail() -> None:
    assert answers.queued(UUID(int=7)) == b"250 2.0.0 queued as 00000000-0000-0000-0000-000000000007\r\n"
