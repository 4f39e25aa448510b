"""What our mails carry when they leave: the table of headers, the signature, addresses of their own."""

from pathlib import Path

import dkim
import pytest

from models.actions.mail_queue import queue_mail
from models.actions.suppression import note_trouble
from models.database import db
from models.dkim_keys import dns_record
from models.mailbox import Mailbox
from models.queries.reply_tokens import outbox_behind, reply_token_at
from tests.integration.jobs.conftest import Desk, MakeDesk
from tests.smtp_sink import ReceivedMail, SmtpSink
from tests.unit.jobs.letters import read


@pytest.fixture
def desk(make_desk: MakeDesk, smtp_sink: SmtpSink) -> Desk:
    """A desk with domains for replies and bounces."""
    domains = {"REPLY_DOMAIN": "reply.example.com", "BOUNCE_DOMAIN": "bounces.example.com"}
    return make_desk(OUTBOUND_SMTP_URL=smtp_sink.url, **domains)


def sent_reply(desk: Desk, smtp_sink: SmtpSink) -> ReceivedMail:
    desk.reply()
    desk.send()
    return smtp_sink.mails[-1]


def sent_test(desk: Desk, smtp_sink: SmtpSink) -> ReceivedMail:
    mailbox = db.session.query(Mailbox).one()
    queue_mail("test:1", "test", mailbox, "cleo@example.com", desk.settings.signing_keys, automatic=True)
    db.session.commit()
    desk.send()
    return smtp_sink.mails[-1]


HUMAN = {
    "Auto-Submitted": None,
    "Precedence": None,
    "X-Auto-Response-Suppress": "DR, RN, NRN",
    "List-Unsubscribe": None,
    "In-Reply-To": "<first@dora.example.net>",
    "References": "<first@dora.example.net>",
}
AUTOMATIC = {
    "Auto-Submitted": "auto-generated",
    "Precedence": "bulk",
    "X-Auto-Response-Suppress": "All",
    "List-Unsubscribe": None,
    "In-Reply-To": None,
    "References": None,
}


@pytest.mark.parametrize("sent, carries", [(sent_reply, HUMAN), (sent_test, AUTOMATIC)], ids=["human", "automatic"])
def test_our_mails_carry_the_headers_of_the_table(
    desk: Desk, smtp_sink: SmtpSink, sent: object, carries: dict[str, str | None]
) -> None:
    assert callable(sent)
    mail: ReceivedMail = sent(desk, smtp_sink)
    seen = read(mail.content)
    assert {name: seen[name] for name in carries} == carries
    row = desk.row()
    assert seen["Message-ID"] == row.rfc_message_id and len(seen["Message-ID"]) <= 75
    assert seen["From"].addresses[0].addr_spec == "support@example.com"
    assert seen["X-Postroom-Id"].startswith("p1.")
    assert len(seen.get_all("DKIM-Signature")) == 1
    assert outbox_behind(mail.sender.partition("@")[0], desk.settings.signing_keys) == row.id
    assert mail.sender.endswith("@bounces.example.com") and mail.sender == row.envelope_from


def test_each_participant_answers_to_an_address_of_his_own(desk: Desk, smtp_sink: SmtpSink) -> None:
    desk.invite("frank@example.org")
    desk.reply()
    desk.send()
    answers_to = [read(mail.content)["Reply-To"].addresses[0] for mail in smtp_sink.mails]
    assert {address.domain for address in answers_to} == {"reply.example.com"}
    tokens = [reply_token_at(address.username, desk.settings.signing_keys) for address in answers_to]
    assert [token.participant_id for token in tokens if token] == [row.participant_id for row in desk.rows()]
    assert len({mail.sender for mail in smtp_sink.mails}) == 2


def test_every_try_comes_from_the_same_address_with_the_same_signature(desk: Desk, smtp_sink: SmtpSink) -> None:
    smtp_sink.at("DOT", "451 4.3.0 Try later", keep=True, times=1)
    desk.reply()
    desk.send()
    desk.later("1 minute")
    desk.send()
    first, second = smtp_sink.mails
    assert first == second


def test_what_arrives_is_signed_and_the_signature_is_good(desk: Desk, smtp_sink: SmtpSink) -> None:
    mail = sent_reply(desk, smtp_sink)
    name, value = dns_record(desk.settings, "example.com")
    records = {f"{name}.".encode(): value.encode()}
    assert dkim.verify(mail.content, dnsfunc=lambda asked, timeout=5: records.get(asked))
    assert not dkim.verify(b"Subject: Buy\r\n" + mail.content, dnsfunc=lambda asked, timeout=5: records.get(asked))


def test_without_domains_of_their_own_replies_go_to_the_mailbox(make_desk: MakeDesk, smtp_sink: SmtpSink) -> None:
    desk = make_desk(OUTBOUND_SMTP_URL=smtp_sink.url)
    mail = sent_reply(desk, smtp_sink)
    assert mail.sender == "support@example.com" and read(mail.content)["Reply-To"] is None


def stop_writing_to_dora(desk: Desk) -> None:
    note_trouble(desk.rows()[0], "bounce", "5.1.10", 2, "5.1.10 no mail here")
    db.session.commit()


def test_a_reply_to_an_address_that_bounces_fails_at_once_and_says_why(desk: Desk, smtp_sink: SmtpSink) -> None:
    desk.reply()
    stop_writing_to_dora(desk)
    desk.send()
    row = desk.row()
    assert (row.state, smtp_sink.mails) == ("failed", []) and "5.1.10 no mail here" in row.last_text
    assert len(desk.timeline("delivery_failed")) == 1


def test_automatic_mail_to_such_an_address_just_ends(desk: Desk, smtp_sink: SmtpSink) -> None:
    desk.reply()
    stop_writing_to_dora(desk)
    mailbox = db.session.query(Mailbox).one()
    keys = desk.settings.signing_keys
    row = queue_mail("test:1", "test", mailbox, "dora@example.net", keys, automatic=True)
    assert row is not None
    db.session.commit()
    desk.send()
    db.session.refresh(row)
    assert (row.state, smtp_sink.mails) == ("cancelled", [])


def test_a_refusal_that_speaks_of_the_address_counts_against_it(desk: Desk, smtp_sink: SmtpSink) -> None:
    smtp_sink.at("RCPT", "550 5.1.10 This domain takes no mail", times=1)
    desk.reply()
    desk.send()
    desk.reply("again")
    desk.send()
    assert [row.state for row in desk.rows()] == ["failed", "failed"] and smtp_sink.sessions == 1


def test_a_refusal_that_speaks_of_us_does_not(desk: Desk, smtp_sink: SmtpSink) -> None:
    smtp_sink.at("RCPT", "550 5.7.1 Relaying denied", times=3)
    for _ in range(4):
        desk.reply()
        desk.send()
    assert [row.state for row in desk.rows()] == ["failed"] * 3 + ["sent"]


def test_a_wrong_key_is_our_trouble_and_loses_no_mail(make_desk: MakeDesk, smtp_sink: SmtpSink, tmp_path: Path) -> None:
    desk = make_desk(OUTBOUND_SMTP_URL=smtp_sink.url, DKIM_KEY="nonsense")
    desk.reply()
    desk.send()
    assert desk.row().state == "retry" and smtp_sink.mails == []
