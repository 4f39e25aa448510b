"""Reports about our mails: how they find the mail, and what it takes to stop writing to somebody."""

from uuid import uuid4

import pytest
from sqlalchemy import text, update

from models.actions.reply_tokens import bounce_address
from models.custody import InboundDelivery
from models.database import db
from models.outbox import Outbox
from models.queries.suppression import is_suppressed
from models.suppression import AddressTrouble
from tests.cast import DORA, EVE, Became, Desk, bounce_about, bounce_of, mail_from

BOUNCES = "bounces.example.com"


@pytest.fixture
def ticket_id(desk: Desk) -> int:
    became = desk.takes_in(mail_from(DORA))
    assert became.ticket_id is not None
    return became.ticket_id


def sends(desk: Desk, ticket_id: int, *, with_bounce_address: bool = True) -> tuple[Outbox, str]:
    """A reply on its way to Dora, and where reports about it go."""
    row = desk.delivers(desk.replies(ticket_id, f"answer {uuid4()}"))
    if not with_bounce_address:
        return row, "support@example.com"
    assert row.mailbox_id is not None
    row.envelope_from = bounce_address(row.id, row.mailbox_id, desk.keys, BOUNCES)
    db.session.commit()
    return row, row.envelope_from


def comes_to(desk: Desk, raw: bytes, rcpt: str, sender: str = "") -> Became:
    """A mail at one of our addresses; what is for the house goes to the first mailbox, as at the gate."""
    inbound_id = desk.keeps(raw, rcpt, mail_from=sender)
    db.session.execute(
        update(InboundDelivery).where(InboundDelivery.inbound_id == inbound_id).values(mailbox_id=desk.support)
    )
    db.session.commit()
    desk.files(inbound_id)
    return desk.became(inbound_id)[0]


def test_a_bounce_finds_its_mail_by_the_address_it_comes_to(desk: Desk, ticket_id: int) -> None:
    row, verp = sends(desk, ticket_id)
    raw = bounce_about("not-ours@mx.example.net", "somebody-it-was-forwarded-to@example.org", to=verp)
    became = comes_to(desk, raw, verp)
    assert (became.decision, became.ticket_id, became.message_id) == ("bounce", ticket_id, row.message_id)
    [mail] = desk.mails_out(ticket_id)
    assert mail.state == "failed" and "no such user" in mail.last_text
    [line] = desk.timeline(ticket_id, "bounce")
    assert line.is_internal and line.data["rcpt"] == DORA.address


def test_two_mails_that_bounce_stop_the_desk_writing_there(desk: Desk, ticket_id: int) -> None:
    for _ in range(2):
        row, verp = sends(desk, ticket_id)
        comes_to(desk, bounce_of(row, to=verp), verp)
    assert is_suppressed(DORA.address)
    [line] = desk.timeline(ticket_id, "suppressed")
    assert line.is_internal and line.data["rcpt"] == DORA.address


def test_without_a_bounce_domain_our_signed_message_id_is_proof_enough(desk: Desk, ticket_id: int) -> None:
    for _ in range(2):
        row, support = sends(desk, ticket_id, with_bounce_address=False)
        comes_to(desk, bounce_of(row), support)
    assert is_suppressed(DORA.address)


def forged(desk: Desk, row: Outbox, verp: str, how: str) -> tuple[bytes, str]:
    """A bounce somebody made up, and where he sends it."""
    local, _, domain = verp.partition("@")
    match how:
        case "to the mailbox, quoting the Message-ID":
            return bounce_of(row), "support@example.com"
        case "to the mailbox, quoting a made-up Message-ID":
            return bounce_about(f"h1.{'a' * 13}.{'b' * 16}@example.com", row.rcpt), "support@example.com"
        case "to a bounce address with one letter changed":
            other = "a" if local[-1] != "a" else "b"
            return bounce_about("x@y", row.rcpt), f"{local[:-1]}{other}@{domain}"
        case "to a bounce address turned into a reply address":
            return bounce_about("x@y", row.rcpt), f"r{local[1:]}@{domain}"
        case "a month later":
            db.session.execute(text("UPDATE outbox SET sent_at = sent_at - interval '30 days'"))
            db.session.commit()
            return bounce_of(row, to=verp), verp
        case _:
            raise AssertionError(how)


@pytest.mark.parametrize(
    "how",
    [
        "to the mailbox, quoting the Message-ID",
        "to the mailbox, quoting a made-up Message-ID",
        "to a bounce address with one letter changed",
        "to a bounce address turned into a reply address",
        "a month later",
    ],
)
def test_a_forged_bounce_cannot_disable_an_address(desk: Desk, ticket_id: int, how: str) -> None:
    for _ in range(3):
        row, verp = sends(desk, ticket_id)
        raw, rcpt = forged(desk, row, verp, how)
        comes_to(desk, raw, rcpt, sender=EVE.address)
    assert not is_suppressed(DORA.address)
    assert db.session.query(AddressTrouble).count() == 0


def test_a_temporary_failure_stops_nothing(desk: Desk, ticket_id: int) -> None:
    for _ in range(5):
        row, verp = sends(desk, ticket_id)
        comes_to(desk, bounce_of(row, to=verp, status="4.2.2"), verp)
    assert not is_suppressed(DORA.address)


def test_a_complaint_ends_automatic_mail_to_its_writer(desk: Desk, ticket_id: int) -> None:
    row, verp = sends(desk, ticket_id)
    became = comes_to(desk, complaint_about(row), verp)
    assert became.decision == "complaint"
    assert is_suppressed(DORA.address) and not is_suppressed(DORA.address, automatic=False)
    assert [mail.state for mail in desk.mails_out(ticket_id)] == ["sent"]


def complaint_about(row: Outbox) -> bytes:
    """A feedback report (RFC 5965)."""
    lines = f"""\
From: Feedback <feedback@provider.example>
To: support@example.com
Subject: complaint
Message-ID: <{uuid4().hex}@provider.example>
MIME-Version: 1.0
Content-Type: multipart/report; report-type=feedback-report; boundary=B

--B
Content-Type: text/plain

This is a complaint.

--B
Content-Type: message/feedback-report

Feedback-Type: abuse
User-Agent: Provider/1
Version: 1

--B
Content-Type: message/rfc822

Message-ID: {row.rfc_message_id}
Subject: Re: Where is my parcel?

--B--
"""
    return lines.encode().replace(b"\n", b"\r\n")


def test_words_nobody_can_read_at_a_bounce_address_are_noted_and_open_nothing(desk: Desk, ticket_id: int) -> None:
    row, verp = sends(desk, ticket_id)
    became = comes_to(desk, mail_from(EVE, to=verp, subject="hm", body="Something is odd with this one."), verp)
    assert (became.decision, became.rule) == ("words", "D4b")
    assert len(desk.tickets()) == 1 and desk.mails_out(ticket_id)[0].state == "sent"
    [line] = desk.timeline(ticket_id, "words")
    assert "odd" in line.data["text"]
