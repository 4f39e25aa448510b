"""Which addresses are addresses, which are ours, and what the others are told."""

import pytest

from mailgate import answers
from tests.gate import Desk, GateFactory, GateThread
from tests.smtp_client import MAIL, RCPT, Client
from tests.waiting import wait_until

MALFORMED = {
    "encoded-word domain": b"<a@=?utf-8?q?example=2ecom?=>",
    "encoded-word local part": b"<=?utf-8?q?support?=@example.com>",
    "only an encoded-word": b"<=?utf-8?q?x?=>",
    "NUL": b"<a\0b@example.com>",
    "CR": b"<a\rb@example.com>",
    "TAB": b"<a\tb@example.com>",
    "DEL": b"<a\x7fb@example.com>",
    "comment": b"<support(x)@example.com>",
    "source route": b"<@a.example,@b.example:support@example.com>",
    "two at": b"<a@b@example.com>",
    "unbalanced quote": b'<"support@example.com>',
    "latin-1 without SMTPUTF8": b"<caf\xe9@example.com>",
    "long domain": b"<a@" + b".".join([b"d" * 50] * 5) + b".example>",
    "long label": b"<a@" + b"d" * 64 + b".example>",
    "address literal": b"<a@[127.0.0.1]>",
    "two dots": b"<a..b@example.com>",
    "leading dot": b"<.a@example.com>",
    "no domain": b"<support>",
    "empty domain": b"<support@>",
    "empty local part": b"<@example.com>",
    "no brackets": b"support@example.com",
    "space": b"<sup port@example.com>",
}


@pytest.mark.parametrize("path", MALFORMED.values(), ids=MALFORMED)
def test_a_malformed_address_is_refused_for_good(gate: GateThread, path: bytes) -> None:
    """H-013, H-014: never 4xx and never 421, or senders would try it for days."""
    with gate.client() as dora:
        dora.greets()
        assert dora.says(b"MAIL FROM:" + path)[:3] in (b"501", b"553")
        assert dora.says(MAIL).startswith(b"250 ")
        for _ in range(5):
            assert dora.says(b"RCPT TO:" + path)[:3] in (b"501", b"550", b"553")
        assert dora.says(RCPT).startswith(b"250 ")


def test_a_recipient_over_64_octets_is_refused_and_a_sender_is_not(gate: GateThread) -> None:
    """H-014; bounce addresses that carry the recipient (VERP) are often longer, and those mails must not be
    lost.
    """
    with gate.client() as dora:
        dora.greets()
        assert dora.says(b"MAIL FROM:<bounces-" + b"x" * 70 + b"@example.org>").startswith(b"250 ")
        assert dora.says(b"RCPT TO:<" + b"x" * 65 + b"@example.com>").startswith(b"501 5.1.3 ")


@pytest.mark.parametrize(
    "path",
    [
        b"<someone@elsewhere.example>", b"<support%elsewhere.example@example.com>",
        b"<elsewhere!support@example.com>",
        b'<"support@elsewhere.example"@example.com>', b"<support@example.com.evil.example>",
        b"<support@evilexample.com>", b"<support@mail.example.com>", b"<support@com>",
    ],
)  # fmt: skip
def test_nothing_is_relayed(desk: Desk, gate: GateThread, path: bytes) -> None:
    """H-015"""
    with gate.client() as eve:
        eve.greets().says(MAIL)
        assert eve.says(b"RCPT TO:" + path) == b"550 5.7.1 Relaying denied\r\n"
        assert eve.says(b"DATA").startswith(b"503 ")


def test_the_null_sender_and_the_postmaster_are_always_welcome(desk: Desk, gate: GateThread) -> None:
    """H-019"""
    with gate.client() as dora:
        dora.greets()
        dora.begins_mail(b"MAIL FROM:<>", b"RCPT TO:<support@example.com>")
        dora.send(b"one\r\n.\r\n")
        assert dora.answer().startswith(b"250 ")
        everybody = (
            b"<postmaster>", b"<POSTMASTER@EXAMPLE.COM>", b"<abuse@example.org>", b"<sales@example.com>",
            b"<support@example.com>",
        )  # fmt: skip
        dora.begins_mail(b"MAIL FROM:<>", *(b"RCPT TO:" + path for path in everybody))
        dora.send(b"five\r\n.\r\n")
        assert dora.answer().startswith(b"250 ")
        dora.says(b"MAIL FROM:<>")
        assert dora.says(b"RCPT TO:<>").startswith(b"501 5.1.3 ")
    one, five = desk.kept()
    assert (one.mail_from, five.mail_from) == ("", "")
    assert dict(zip(five.recipients, five.mailboxes, strict=True)) == {
        "postmaster": 1, "postmaster@example.com": 1, "abuse@example.org": 1, "sales@example.com": 2,
        "support@example.com": 1,
    }  # fmt: skip


@pytest.mark.parametrize(
    ("path", "recipient", "mailbox", "tag"),
    [
        (b"<Support@Example.COM>", "support@example.com", 1, ""),
        (b"<sales+Spring+24@example.com>", "sales+spring+24@example.com", 2, "spring+24"),
        (b"<verkauf@example.org>", "verkauf@example.org", 2, ""),
        (b'<"support"@example.com>', "support@example.com", 1, ""),
        (b'<"su\\pport"@example.com>', "support@example.com", 1, ""),
    ],
)
def test_an_address_of_ours_is_known_in_every_spelling(
    desk: Desk, gate: GateThread, path: bytes, recipient: str, mailbox: int, tag: str
) -> None:
    """S13"""
    with gate.client() as dora:
        dora.greets().begins_mail(MAIL, b"RCPT TO:" + path)
        dora.send(b".\r\n")
        assert dora.answer().startswith(b"250 ")
    (mail,) = desk.kept()
    assert (mail.recipients, mail.mailboxes, mail.tags) == ([recipient], [mailbox], [tag])


def test_an_address_that_holds_a_plus_of_its_own_is_found(desk: Desk, gate: GateThread) -> None:
    desk.add_address(2, "c+c@example.com")
    with gate.client() as dora:
        dora.greets().begins_mail(MAIL, b"RCPT TO:<c+c@example.com>")
        dora.send(b".\r\n")
        dora.answer()
    (mail,) = desk.kept()
    assert (mail.mailboxes, mail.tags) == ([2], [""])


def test_anything_in_the_shape_of_a_token_is_taken_on_its_own_domains_alone(
    desk: Desk, open_a_gate: GateFactory
) -> None:
    """S13, S15"""
    gate = open_a_gate(reply_domain="Reply.example.com", bounce_domain="bounce.example.com")
    with gate.client() as dora:
        dora.greets().says(MAIL)
        assert dora.says(b"RCPT TO:<r1abcdefgh234567@reply.example.com>").startswith(b"250 ")
        assert dora.says(b"RCPT TO:<B1ABCDEFGH@BOUNCE.EXAMPLE.COM>").startswith(b"250 ")
        assert dora.says(b"RCPT TO:<postmaster@bounce.example.com>").startswith(b"250 ")
        assert dora.says(b"RCPT TO:<somebody@reply.example.com>").startswith(b"550 5.1.1 ")
        assert dora.says(b"RCPT TO:<r1abcdefgh234567@example.com>").startswith(b"550 5.1.1 ")
        dora.says(b"DATA")
        dora.send(b".\r\n")
        assert dora.answer().startswith(b"250 ")
    (mail,) = desk.kept()
    assert dict(zip(mail.recipients, mail.tags, strict=True)) == {
        "r1abcdefgh234567@reply.example.com": "r1abcdefgh234567",
        "b1abcdefgh@bounce.example.com": "b1abcdefgh",
        "postmaster@bounce.example.com": "",
    }
    assert set(mail.mailboxes) == {1}


def test_a_mailbox_switched_off_defers_for_three_days_and_then_refuses(desk: Desk, gate: GateThread) -> None:
    """S14"""
    desk.execute(
        "UPDATE mailbox SET is_active = false, disabled_at = now() - interval '71 hours' WHERE id = 2"
    )
    desk.execute("NOTIFY mailbox")
    with gate.client() as dora:
        dora.greets().says(MAIL)
        wait_for_answer(dora, b"RCPT TO:<sales@example.com>", b"450 4.2.1 ")
        desk.execute("UPDATE mailbox SET disabled_at = now() - interval '73 hours' WHERE id = 2")
        assert dora.says(b"RCPT TO:<sales@example.com>").startswith(b"550 5.2.1 ")
        desk.execute("UPDATE mailbox SET is_active = true, disabled_at = NULL WHERE id = 2")
        assert dora.says(b"RCPT TO:<sales@example.com>").startswith(b"250 ")


def wait_for_answer(client: Client, command: bytes, wanted: bytes) -> None:
    """Begins a mail and says the command until the gate has heard of the change."""

    def is_given() -> bool:
        client.says(b"RSET")
        client.says(MAIL)
        return client.says(command).startswith(wanted)

    wait_until(is_given)


def test_a_new_address_is_known_at_once_and_a_new_domain_too(desk: Desk, open_a_gate: GateFactory) -> None:
    """S15: a permanent no comes only from a table read after the question."""
    gate = open_a_gate(directory_refresh_seconds=3_600.0)
    with gate.client() as dora:
        dora.greets().says(MAIL)
        assert dora.says(b"RCPT TO:<press@new.example>").startswith(b"550 5.7.1 ")
        desk.add_address(1, "press@new.example")
        assert dora.says(b"RCPT TO:<press@new.example>").startswith(b"250 ")
        assert dora.says(b"RCPT TO:<nobody@new.example>").startswith(b"550 5.1.1 ")


def test_a_removed_address_is_forgotten_at_the_ring_of_the_bell(desk: Desk, open_a_gate: GateFactory) -> None:
    gate = open_a_gate(directory_refresh_seconds=3_600.0)
    with gate.client() as dora:
        dora.greets().says(MAIL)
        assert dora.says(b"RCPT TO:<sales@example.com>").startswith(b"250 ")
        desk.execute("DELETE FROM mailbox_address WHERE address = 'sales@example.com'")
        desk.execute("NOTIFY mailbox")
        wait_for_answer(dora, b"RCPT TO:<sales@example.com>", b"550 5.1.1 ")


def test_nobody_is_told_who_has_a_mailbox(gate: GateThread) -> None:
    """H-016"""
    with gate.client() as eve:
        eve.greets()
        assert eve.says(b"VRFY support@example.com") == eve.says(b"VRFY nobody@example.com") == answers.CANNOT_VERIFY
        assert eve.says(b"EXPN support") == eve.says(b"EXPN nobody") == eve.says(b"HELP RCPT")
        assert eve.says(b"EXPN support") == b"502 5.5.1 Not offered here\r\n"


def test_guessing_ends_the_session_after_ten_misses(gate: GateThread) -> None:
    """H-016"""
    with gate.client() as eve:
        eve.greets().says(MAIL)
        guesses = [eve.says(b"RCPT TO:<guess%d@example.com>" % number)[:3] for number in range(11)]
        assert guesses == [b"550"] * 10 + [b"421"]
        assert eve.is_closed()


def test_5000_guesses_sent_at_once_get_no_further(gate: GateThread) -> None:
    """H-016"""
    with gate.client() as eve:
        eve.greets().says(MAIL)
        eve.send(b"".join(b"RCPT TO:<guess%d@example.com>\r\n" % number for number in range(5_000)))
        assert [eve.answer()[:3] for _ in range(11)] == [b"550"] * 10 + [b"421"]
        assert eve.is_closed()


@pytest.mark.parametrize("total", [101, 1_000])
def test_recipients_over_the_hundredth_are_deferred(desk: Desk, gate: GateThread, total: int) -> None:
    """H-017"""
    with gate.client() as dora:
        dora.greets().says(MAIL)
        dora.send(b"".join(b"RCPT TO:<support+%d@example.com>\r\n" % number for number in range(total)))
        answers = [dora.answer()[:9] for _ in range(total)]
        assert answers == [b"250 2.1.5"] * 100 + [b"452 4.5.3"] * (total - 100)
        dora.says(b"DATA")
        dora.send(b".\r\n")
        assert dora.answer().startswith(b"250 ")
    assert len(desk.kept()[0].recipients) == 100


def test_a_recipient_given_fifty_times_is_one(desk: Desk, gate: GateThread) -> None:
    """H-017"""
    with gate.client() as dora:
        dora.greets().says(MAIL)
        for number in range(50):
            spelling = b"RCPT TO:<Support@example.com>" if number % 2 else RCPT
            assert dora.says(spelling) == b"250 2.1.5 Recipient ok\r\n"
        dora.says(b"DATA")
        dora.send(b".\r\n")
        assert dora.answer().startswith(b"250 ")
    assert desk.kept()[0].recipients == ["support@example.com"]


def test_a_recipient_given_again_needs_no_room_among_the_hundred(desk: Desk, gate: GateThread) -> None:
    with gate.client() as dora:
        dora.greets().says(MAIL)
        for number in range(100):
            assert dora.says(b"RCPT TO:<support+%d@example.com>" % number).startswith(b"250 ")
        assert dora.says(b"RCPT TO:<support+7@example.com>").startswith(b"250 ")
        assert dora.says(b"RCPT TO:<support+another@example.com>").startswith(b"452 ")


def test_addresses_beyond_ascii_are_taken_with_smtputf8_and_only_then(desk: Desk, gate: GateThread) -> None:
    """H-024"""
    user = "用户@例え.jp".encode()
    desk.add_address(2, "用户@xn--r8jz45g.jp")
    with gate.client() as dora:
        dora.greets()
        assert dora.says(b"MAIL FROM:<" + user + b">").startswith(b"553 5.6.7 ")
        assert dora.says(b"MAIL FROM:<" + user + b"> SMTPUTF8=1").startswith(b"501 ")
        assert dora.says(b"MAIL FROM:<\xff\xfe@example.org> SMTPUTF8").startswith(b"501 5.1.7 ")
        dora.says(MAIL)
        assert dora.says(b"RCPT TO:<" + user + b">").startswith(b"553 5.6.7 ")
        dora.says(b"RSET")
        dora.begins_mail(b"MAIL FROM:<" + user + b"> BODY=8BITMIME SMTPUTF8", b"RCPT TO:<" + user + b">")
        dora.send("Subject: grüße\r\n\r\nこんにちは\r\n.\r\n".encode())
        assert dora.answer().startswith(b"250 ")
    (mail,) = desk.kept()
    assert mail.smtputf8 and mail.mail_from == "用户@例え.jp"
    assert mail.recipients == ["用户@xn--r8jz45g.jp"] and mail.mailboxes == [2]
    assert " with UTF8SMTP id " in mail.our_received
    assert mail.raw == "Subject: grüße\r\n\r\nこんにちは\r\n".encode()


def test_utf8_in_headers_needs_no_word_in_the_envelope(desk: Desk, gate: GateThread) -> None:
    """H-024"""
    with gate.client() as dora:
        assert dora.greets().gives("Subject: grüße\r\n\r\n".encode()).startswith(b"250 ")
    assert desk.bodies() == ["Subject: grüße\r\n\r\n".encode()]


def test_parameters_of_extensions_not_offered_are_refused(gate: GateThread) -> None:
    with gate.client() as dora:
        dora.greets()
        for parameter in (b"RET=FULL", b"AUTH=<>", b"ENVID=x", b"XYZ"):
            assert dora.says(MAIL + b" " + parameter).startswith(b"555 5.5.4 "), parameter
        for parameter in (b"BODY=BINARYMIME", b"BODY", b"SIZE=1 SIZE=2", b"=x"):
            assert dora.says(MAIL + b" " + parameter).startswith(b"501 5.5.4 "), parameter
        assert dora.says(MAIL + b" body=8bitmime size=10").startswith(b"250 ")
        assert dora.says(RCPT + b" NOTIFY=NEVER").startswith(b"555 5.5.4 ")
