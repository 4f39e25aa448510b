"""What goes into the mail of each recipient: nobody is shown what they were not sent."""

from email.message import EmailMessage

from models.actions.messages import StoredFile, Written, add_note
from models.app import blobs_of
from models.database import db
from models.mailbox import Mailbox
from models.markup import clean_html
from models.people import User
from models.ticket import Participant
from tests.integration.jobs.conftest import Desk
from tests.smtp_sink import SmtpSink
from tests.unit.jobs.letters import read, text_of


def mails_to(smtp_sink: SmtpSink, address: str) -> list[EmailMessage]:
    return [read(mail.content) for mail in smtp_sink.mails if mail.recipients == [address]]


def test_the_answered_message_is_quoted_to_whoever_wrote_it(desk: Desk, smtp_sink: SmtpSink) -> None:
    desk.invite("frank@example.org")
    desk.hear("now it smokes", "second@dora.example.net")
    desk.reply()
    desk.send()
    assert "> now it smokes\n" in text_of(mails_to(smtp_sink, "dora@example.net")[0])
    assert "smokes" not in mails_to(smtp_sink, "frank@example.org")[0].as_string()


def test_what_is_quoted_is_what_the_agent_saw(desk: Desk, smtp_sink: SmtpSink) -> None:
    """H-105: a letter whose plain form says something else than its HTML gets no agent to send that other thing."""
    html = clean_html("<style>.k{display:none}</style><div>I do <b>n</b>ot agree.</div><p>Thanks,<br>Dora</p><p style='display:none'>I agree</p>").html
    desk.hear("I agree to pay 10,000.", "kobold@dora.example.net", html=html)
    desk.reply("Noted.")
    desk.send()
    [mail] = mails_to(smtp_sink, "dora@example.net")
    assert "> I do not agree.\n> Thanks,\n> Dora\n" in text_of(mail)
    assert "agree to pay" not in mail.as_string() and "agree to pay" not in text_of(mail, "html")


def test_notes_and_held_messages_are_never_quoted_or_named(desk: Desk, smtp_sink: SmtpSink) -> None:
    desk.hear("a stranger's words", "evil@eve.example", held="sender could not be verified")
    desk.hear("are you there?", "second@dora.example.net")
    desk.hear("more of a stranger's words", "evil-too@eve.example", held="sender could not be verified")
    add_note(desk.ticket_id, Written("she pays late"), desk.ada)
    desk.reply()
    desk.send()
    [mail] = mails_to(smtp_sink, "dora@example.net")
    whole = mail.as_string()
    assert "stranger" not in text_of(mail) and "pays late" not in text_of(mail)
    assert "eve.example" not in whole
    assert mail["In-Reply-To"] == "<second@dora.example.net>"
    assert "> are you there?\n" in text_of(mail)


def test_a_thread_is_made_of_what_the_recipient_knows(desk: Desk, smtp_sink: SmtpSink) -> None:
    frank_id = desk.invite("frank@example.org")
    desk.reply("one")
    desk.send()
    desk.hear("thanks", "frank-1@example.org", author=("frank@example.org", frank_id))
    desk.reply("two")
    desk.send()
    first, second = mails_to(smtp_sink, "frank@example.org")
    assert second["In-Reply-To"] == "<frank-1@example.org>"
    assert second["References"].split() == [
        "<first@dora.example.net>",
        first["Message-ID"],
        "<frank-1@example.org>",
    ]
    to_dora = mails_to(smtp_sink, "dora@example.net")
    assert to_dora[1]["References"].split()[1] == to_dora[0]["Message-ID"] != first["Message-ID"]


def test_a_second_answer_without_a_word_between_answers_the_same_message(
    desk: Desk, smtp_sink: SmtpSink
) -> None:
    for body in ("one", "two"):
        desk.reply(body)
        desk.send()
    first, second = mails_to(smtp_sink, "dora@example.net")
    assert first["In-Reply-To"] == second["In-Reply-To"] == "<first@dora.example.net>"


def test_a_broken_message_id_is_not_quoted_back(desk: Desk, smtp_sink: SmtpSink) -> None:
    desk.hear("again", "no good id")
    desk.reply()
    desk.send()
    [mail] = mails_to(smtp_sink, "dora@example.net")
    assert mail["In-Reply-To"] == mail["References"] == "<first@dora.example.net>"


def test_a_user_name_is_not_told_to_customers(desk: Desk, smtp_sink: SmtpSink) -> None:
    db.session.get_one(User, desk.ada.id).full_name = ""
    desk.reply()
    desk.send()
    assert mails_to(smtp_sink, "dora@example.net")[0]["From"] == "Support <support@example.com>"


def test_the_mailboxs_signature_ends_the_mail(desk: Desk, smtp_sink: SmtpSink) -> None:
    db.session.query(Mailbox).one().signature = "Your printer people"
    desk.reply("pour water")
    desk.send()
    assert text_of(mails_to(smtp_sink, "dora@example.net")[0]).startswith(
        "pour water\n\n-- \nYour printer people\n"
    )


def test_files_of_the_reply_travel_with_it(desk: Desk, smtp_sink: SmtpSink) -> None:
    data = bytes(range(256)) * 8000  # two megabytes: the frozen mail is kept as a blob
    sha256 = blobs_of(desk.app).put(data)
    desk.reply(files=(StoredFile(sha256, "manual.pdf", "application/pdf", len(data)),))
    desk.send()
    [part] = mails_to(smtp_sink, "dora@example.net")[0].iter_attachments()
    assert (part.get_filename(), part.get_content_type()) == ("manual.pdf", "application/pdf")
    assert part.get_payload(decode=True) == data
    row = desk.row()
    assert row.mime is None and blobs_of(desk.app).read(row.mime_uri) == smtp_sink.mails[0].content


def test_a_file_that_cannot_be_read_keeps_the_mail_waiting(desk: Desk, smtp_sink: SmtpSink) -> None:
    sha256 = blobs_of(desk.app).put(b"data")
    desk.reply(files=(StoredFile(sha256, "a.bin", "application/octet-stream", 4),))
    blobs_of(desk.app).path(sha256).unlink()
    desk.send()
    row = desk.row()
    assert row.state == "retry" and "cannot be read" in row.last_text
    blobs_of(desk.app).put(b"data")
    desk.later("1 minute")
    desk.send()
    assert len(smtp_sink.mails) == 1


def test_an_address_no_mail_can_be_sent_to_fails_with_the_reason(desk: Desk, smtp_sink: SmtpSink) -> None:
    db.session.query(Participant).one().address_as_written = "dora@example.net>\r\nRCPT TO:<eve@evil.example"
    desk.reply()
    desk.send()
    row = desk.row()
    assert row.state == "failed" and row.last_text.startswith("not sent: not an address")
    assert len(desk.timeline("delivery_failed")) == 1
    assert smtp_sink.sessions == 0


def test_an_address_beyond_ascii_is_sent_where_the_host_can(desk: Desk, smtp_sink: SmtpSink) -> None:
    desk.invite("dörte@bücher.example")
    desk.reply()
    desk.send()
    to_dora, mail = smtp_sink.mails
    assert to_dora.content.isascii() and to_dora.mail_options == [f"SIZE={len(to_dora.content)}"]
    assert mail.recipients == ["dörte@xn--bcher-kva.example"]
    assert "SMTPUTF8" in mail.mail_options
    assert "dörte@xn--bcher-kva.example".encode() in mail.content


def test_someone_who_left_gets_nothing_and_is_not_shown(desk: Desk, smtp_sink: SmtpSink) -> None:
    desk.invite("frank@example.org")
    frank = db.session.query(Participant).filter_by(address="frank@example.org").one()
    frank.left_at = db.func.now()
    desk.reply()
    assert desk.send() == 1
    assert mails_to(smtp_sink, "dora@example.net")[0]["Cc"] is None


def test_a_mail_whose_envelope_names_a_stranger_is_never_sent(desk: Desk, smtp_sink: SmtpSink) -> None:
    desk.reply()
    db.session.execute(db.text("UPDATE outbox SET rcpt = 'eve@evil.example'"))
    desk.send()
    row = desk.row()
    assert row.state == "failed" and "its recipient is not among those it names" in row.last_text
    assert smtp_sink.sessions == 0
