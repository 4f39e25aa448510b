"""The road of a reply, from the agent's word to the customer's server."""

from email import message_from_bytes
from email.policy import SMTP
from pathlib import Path

from models.events import DeliveryChanged, MailQueued
from models.instance_mark import is_our_mark
from tests.integration.jobs.conftest import Desk, MakeDesk
from tests.smtp_sink import SmtpSink
from tests.unit.jobs.letters import read, text_of


def test_a_reply_arrives_at_the_customers_server(desk: Desk, smtp_sink: SmtpSink) -> None:
    desk.reply("pour water")
    assert desk.send() == 1
    [mail] = smtp_sink.mails
    assert (mail.sender, mail.recipients) == ("support@example.com", ["dora@example.net"])
    read = message_from_bytes(mail.content, policy=SMTP)
    assert str(read["From"]) == '"Ada (Support)" <support@example.com>'
    assert str(read["To"]) == "Dora <dora@example.net>"
    assert str(read["Subject"]) == f"Re: Printer on fire [#{desk.ref}]"
    assert str(read["In-Reply-To"]) == str(read["References"]) == "<first@dora.example.net>"
    assert "Auto-Submitted" not in read
    assert str(read["X-Auto-Response-Suppress"]) == "DR, RN, NRN"
    assert is_our_mark(desk.settings.signing_keys, str(read["X-Postroom-Id"]))
    assert read.get_body(("plain",)).get_content().startswith("pour water\r\n")
    row = desk.row()
    assert (row.state, row.attempts, row.last_code) == ("sent", 1, 250)
    assert str(read["Message-ID"]) == row.rfc_message_id
    assert row.mime == mail.content


def test_without_a_smart_host_the_mail_lies_in_the_local_outbox(make_desk: MakeDesk, tmp_path: Path) -> None:
    desk = make_desk()
    desk.reply()
    desk.send()
    [path] = (tmp_path / "outbox").glob("*.eml")
    content = path.read_bytes()
    assert content.startswith(
        b"Return-Path: <support@example.com>\r\nDelivered-To: dora@example.net\r\nDKIM-Signature: "
    )
    assert content.endswith(desk.row().mime)
    assert desk.row().state == "sent"


def test_each_recipient_gets_a_mail_of_their_own(desk: Desk, smtp_sink: SmtpSink) -> None:
    desk.invite("frank@example.org", "Frank")
    desk.reply()
    assert desk.send() == 2
    assert sorted(mail.recipients for mail in smtp_sink.mails) == [
        ["dora@example.net"],
        ["frank@example.org"],
    ]
    ids = {str(message_from_bytes(mail.content)["Message-ID"]) for mail in smtp_sink.mails}
    assert len(ids) == 2
    for mail in smtp_sink.mails:
        read = message_from_bytes(mail.content)
        assert (read["To"], read["Cc"]) == ("Dora <dora@example.net>", "Frank <frank@example.org>")


def test_the_desk_hears_of_the_queueing_and_of_the_delivery(make_desk: MakeDesk, smtp_sink: SmtpSink) -> None:
    happened: list = []
    desk = make_desk(happened.extend, OUTBOUND_SMTP_URL=smtp_sink.url)
    message_id = desk.reply()
    desk.send()
    events = [event for _, event in happened]
    assert MailQueued(desk.ticket_id, message_id) in events
    assert events[-1] == DeliveryChanged(desk.ticket_id, message_id)


def test_lines_of_dots_arrive_as_they_were_written(desk: Desk, smtp_sink: SmtpSink) -> None:
    desk.reply("one\n.\n..two\n.\nthree")
    desk.send()
    [mail] = smtp_sink.mails
    assert text_of(read(mail.content)).startswith("one\n.\n..two\n.\nthree\n")
