"""Kinds of mail: two bits for machines, bounces and their dialects, sign-up codes."""

import pytest

from mailgate.inbound import Inbound
from mailgate.parse import parse


def mail(
    *lines: str,
    sender: str = "Dora <dora@example.org>",
    subject: str = "A lamp",
    body: str = "Hello",
    mail_from: str = "dora@example.org",
) -> Inbound:
    head = "\n".join([f"From: {sender}", "To: support@example.com", f"Subject: {subject}", *lines])
    return parse(f"{head}\n\n{body}\n".encode(), mail_from)


@pytest.mark.parametrize(
    "line",
    [
        "Auto-Submitted: auto-replied",
        "Auto-Submitted: auto-replied (vacation)",
        "X-Autoreply: yes",
        "X-Autorespond: x",
        "Precedence: auto_reply",
        "X-Auto-Reply-From: x@y.example",
        "Delivered-To: Autoresponder",
    ],
)
def test_auto_replied_mail_is_automatic_a_reply_and_not_answered(line: str) -> None:
    if line.startswith("X-Auto-Reply-From"):
        line = "X-Autoreply-From: x@y.example"
    read = mail(line)
    assert (read.automatic, read.auto_reply, read.may_be_answered) == (True, True, False)
    assert read.automatic_evidence


@pytest.mark.parametrize(
    "line",
    [
        "Auto-Submitted: auto-generated",
        "Auto-Submitted: auto-notified; x=y",
        "Precedence: bulk",
        "Precedence: junk",
        "X-Loop: desk@example.com",
    ],
)
def test_generated_mail_is_automatic_but_no_reply(line: str) -> None:
    read = mail(line)
    assert (read.automatic, read.auto_reply, read.may_be_answered) == (True, False, False)


@pytest.mark.parametrize(
    "line",
    [
        "X-Auto-Response-Suppress: All",
        "X-Auto-Response-Suppress: OOF",
        "List-Id: <l.example.org>",
        "List-Unsubscribe: <mailto:x@y.example>",
        "Precedence: list",
        "Feedback-ID: 1:2",
        "Return-Path: <>",
        "Auto-Submitted: auto-forwarded",
        "List-Post: NO",
    ],
)
def test_what_forbids_an_answer_does_not_make_a_mail_automatic(line: str) -> None:
    read = mail(line)
    assert (read.automatic, read.may_be_answered) == (False, False)


@pytest.mark.parametrize(
    "line", ["Auto-Submitted: no", "X-Auto-Response-Suppress: none", "Precedence: normal", "X-Autoreply: no"]
)
def test_headers_that_deny_it_change_nothing(line: str) -> None:
    read = mail(line)
    assert (read.automatic, read.may_be_answered) == (False, True)


@pytest.mark.parametrize(
    "sender",
    [
        "no-reply@shop.example",
        "noreply@shop.example",
        "do-not-reply@shop.example",
        "shop-donotreply@shop.example",
        "owner-list@example.org",
        "list-request@example.org",
    ],
)
def test_nobody_answers_addresses_nobody_reads(sender: str) -> None:
    assert mail(sender=sender).may_be_answered is False


@pytest.mark.parametrize(
    "subject",
    [
        "Automatic reply: A lamp",
        "Out of Office: back on Monday",
        "Abwesenheitsnotiz",
        "Réponse automatique : A lamp",
        "Respuesta automática: A",
        "Risposta automatica: A",
        "Resposta automática: A",
        "Automatisch antwoord: A",
        "Autosvar: A",
        "Automaattinen vastaus: A",
        "Automatyczna odpowiedź: A",
        "Автоответ: A",
        "自動返信: A",
        "自动回复: A",
    ],
)
def test_absence_notices_are_known_by_their_subject(subject: str) -> None:
    assert mail(subject=subject).auto_reply is True


@pytest.mark.parametrize(
    "subject",
    [
        "Re: your automatic reply",
        "The automatic door is broken",
        "Question about vacation rental",
        "I am not out of office",
    ],
)
def test_people_may_write_about_such_things(subject: str) -> None:
    assert mail(subject=subject).automatic is False


DIALECTS = {
    "Exim": (
        "Mail Delivery System <Mailer-Daemon@mx.example.net>",
        "Mail delivery failed: returning message to sender",
        "A message that you sent could not be delivered to one or more of its recipients. The following address failed:\n\n  gone@example.net\n    host mx [192.0.2.1]: 550 5.1.1 unknown user\n\n------ This is a copy of the message, including all the headers. ------\n\nMessage-ID: <h1.ours@mail.example.com>\nTo: gone@example.net\n",
    ),
    "sendmail": (
        "Mail Delivery Subsystem <MAILER-DAEMON@mx.example.net>",
        "Returned mail: see transcript for details",
        "   ----- The following addresses had permanent fatal errors -----\n<gone@example.net>\n    (reason: 550 5.1.1 User unknown)\n\n   ----- Transcript of session follows -----\n... while talking to mx.\n",
    ),
    "Exchange": (
        "System Administrator <postmaster@example.net>",
        "Undeliverable: A lamp",
        "Your message did not reach some or all of the intended recipients.\n\n  Subject: A lamp\n\nThe following recipient(s) could not be reached:\n\n  gone@example.net on 02.11.2026 09:00\n    The e-mail account does not exist. #5.1.1\n",
    ),
    "a sentence": (
        "MAILER-DAEMON@mx.example.net",
        "Mail failure",
        "There was an error delivering your mail to <gone@example.net>.\n\n550 5.1.1 no such user\n",
    ),
    "a label": (
        "postmaster@example.net",
        "Undelivered mail",
        "We could not deliver your mail.\n\nRCPT TO: gone@example.net\nReason: 5.1.1 unknown user\n",
    ),
}


@pytest.mark.parametrize("dialect", DIALECTS)
def test_bounces_in_prose_tell_who_and_why(dialect: str) -> None:
    sender, subject, body = DIALECTS[dialect]
    bounce = mail(sender=sender, subject=subject, body=body, mail_from="").bounce
    assert bounce is not None
    assert (bounce.recipients, bounce.status, bounce.hard, bounce.delayed) == (
        ("gone@example.net",),
        "5.1.1",
        True,
        False,
    )


def test_the_returned_mail_names_our_message() -> None:
    sender, subject, body = DIALECTS["Exim"]
    bounce = mail(sender=sender, subject=subject, body=body).bounce
    assert bounce is not None
    assert bounce.original_message_id == "h1.ours@mail.example.com"


def test_a_warning_is_a_delay() -> None:
    bounce = mail(
        sender="MAILER-DAEMON@mx.example.net",
        subject="Warning: could not send message for past 4 hours",
        body="<slow@example.net>... Deferred\nThis is a warning message only. We will keep trying.\n",
    ).bounce
    assert bounce is not None
    assert (bounce.delayed, bounce.hard, bounce.recipients) == (True, False, ("slow@example.net",))


def test_exims_header_names_the_recipient() -> None:
    bounce = mail(
        "X-Failed-Recipients: gone@example.net",
        sender="Mailer-Daemon@mx.example.net",
        body="It failed: 5.1.1",
    ).bounce
    assert bounce is not None
    assert bounce.recipients == ("gone@example.net",)


@pytest.mark.parametrize(
    "body",
    [
        "I got '550 5.1.1 user unknown' for <gone@example.net>, why?",
        "Mail delivery failed: returning message to sender\n\n<gone@example.net>:\n550 no such user",
    ],
)
def test_a_person_who_quotes_an_error_is_no_bounce(body: str) -> None:
    assert mail(subject="Undelivered Mail Returned to Sender", body=body).bounce is None


def test_a_report_of_success_is_no_bounce() -> None:
    body = "--b\n\nDelivered.\n--b\nContent-Type: message/delivery-status\n\nReporting-MTA: dns; x\n\nFinal-Recipient: rfc822; a@example.net\nAction: delivered\nStatus: 2.0.0\n--b--"
    assert (
        mail(
            "Content-Type: multipart/report; report-type=delivery-status; boundary=b",
            sender="MAILER-DAEMON@x.example",
            subject="Success",
            body=body,
        ).bounce
        is None
    )


CODES = [
    "Your verification code is 482 913",
    "Use 48291 to confirm your email address",
    "Confirm: https://chat.example/confirm?token=abc",
    "Ihr Bestätigungscode lautet 482913",
    "Votre code de vérification : 482913",
    "認証コード: 482913",
]


@pytest.mark.parametrize("body", CODES)
def test_codes_from_machines_are_signups(body: str) -> None:
    assert (
        mail(
            sender="no-reply@chat.example", body=body + "\nPlease verify. " if "https" in body else body
        ).signup_code
        is True
    )


@pytest.mark.parametrize("body", CODES)
def test_the_same_words_from_a_person_are_not(body: str) -> None:
    assert mail(body=body).signup_code is False


def test_an_order_confirmation_of_a_shop_is_none() -> None:
    assert mail(sender="no-reply@shop.example", body="Your parcel has left our house.").signup_code is False


def test_a_bounce_told_as_json_is_read_and_washed() -> None:
    body = (
        '{"notificationType":"Bounce","mail":{"messageId":"x\\u0000y"},"bounce":{"bouncedRecipients":'
        '[{"emailAddress":"gone\\u0000@example.net","status":"5.1.1"}]}}'
    )
    bounce = mail(sender="no-reply@sns.example", subject="Notification", body=body).bounce
    assert bounce is not None
    assert (bounce.recipients, bounce.original_message_id) == (("gone@example.net",), "xy")
