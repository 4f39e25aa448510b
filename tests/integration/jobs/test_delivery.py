"""What becomes of a mail when the next server does not simply say yes."""

import socket
import time
from datetime import datetime

import pytest
from sqlalchemy import select, text

from jobs import outbound
from jobs.host_url import parse_host_url
from jobs.transport import Patience, SmartHost
from models.database import db
from models.outbox import OutboxAttempt
from tests.integration.jobs.conftest import Desk, MakeDesk
from tests.integration.jobs.hosts import Script, hangs_up, says, scripted_host
from tests.smtp_sink import Phase, SmtpSink


@pytest.mark.parametrize(
    "phase, answer",
    [
        ("RCPT", "450 4.2.0 Greylisted, come again"),
        ("MAIL", "421 4.7.0 Too many, come again"),
        ("RCPT", "452 4.5.3 Too many, come again"),
        ("DATA", "451 4.3.0 Disk full, come again"),
        ("DOT", "451 4.3.0 Busy, come again"),
    ],
)
def test_a_mail_that_is_not_taken_yet_is_sent_once_when_it_comes_again(
    desk: Desk, smtp_sink: SmtpSink, phase: Phase, answer: str
) -> None:
    smtp_sink.at(phase, answer, times=1)
    desk.reply()
    desk.send()
    row = desk.row()
    assert (row.state, row.attempts, row.last_code, row.lease_owner) == ("retry", 1, int(answer[:3]), None)
    assert "come again" in row.last_text
    assert desk.send() == 0, "it comes again in a minute, not at once"
    desk.later("1 minute")
    assert desk.send() == 1
    assert desk.row().state == "sent"
    assert len(smtp_sink.mails) == 1


def test_every_try_sends_the_same_bytes(desk: Desk, smtp_sink: SmtpSink) -> None:
    smtp_sink.at("RCPT", "450 4.2.0 no", times=1)
    desk.reply()
    desk.send()
    frozen = desk.row().mime
    desk.ticket.subject = "Another subject"
    desk.later("1 minute")
    desk.send()
    assert smtp_sink.mails[0].content == frozen


@pytest.mark.parametrize("attempt, minutes", [(1, 1), (2, 5), (3, 15), (4, 30), (5, 60), (6, 60)])
def test_the_pauses_between_tries_grow(desk: Desk, smtp_sink: SmtpSink, attempt: int, minutes: int) -> None:
    smtp_sink.at("DATA", "451 4.3.0 Try later")
    desk.reply()
    for _ in range(attempt):
        desk.later("1 hour")
        desk.send()
    row = desk.row()
    pause = (row.next_attempt_at - max(row.created_at, *tried_at(desk))).total_seconds()
    assert (row.attempts, round(pause / 60)) == (attempt, minutes)


def tried_at(desk: Desk) -> list[datetime]:
    return list(db.session.scalars(select(OutboxAttempt.at)))


def test_a_mail_that_is_four_hours_late_is_told_on_the_ticket_once(desk: Desk, smtp_sink: SmtpSink) -> None:
    smtp_sink.at("RCPT", "451 4.3.0 no")
    desk.reply()
    desk.send()
    assert desk.timeline("delivery_late") == []
    for _ in range(2):
        desk.later("4 hours")
        desk.send()
    [line] = desk.timeline("delivery_late")
    assert line.is_internal and line.data["rcpt"] == "dora@example.net"


def test_after_five_days_the_desk_gives_up_and_says_so(desk: Desk, smtp_sink: SmtpSink) -> None:
    smtp_sink.at("RCPT", "451 4.3.0 no")
    desk.reply()
    desk.send()
    desk.later("5 days")
    desk.send()
    assert desk.row().state == "failed"
    [line] = desk.timeline("delivery_failed")
    assert line.data["text"] == "gave up after 2 attempts: 4.3.0 no"


@pytest.mark.parametrize(
    "phase, answer",
    [
        ("MAIL", "552 5.3.4 Too big"),
        ("RCPT", "550 5.1.1 No such user"),
        ("DATA", "554 5.7.1 No"),
        ("DOT", "554 5.7.1 Spam"),
        ("DOT", "552 5.3.4 Message size exceeds fixed limit"),
    ],
)
def test_a_refused_mail_has_failed_and_is_not_tried_again(
    desk: Desk, smtp_sink: SmtpSink, phase: Phase, answer: str
) -> None:
    """H-122: files too large for the smart host (552, at MAIL or after the dot) fail for good, and the ticket says so."""
    smtp_sink.at(phase, answer)
    desk.reply()
    desk.send()
    row = desk.row()
    assert (row.state, row.last_code, row.last_text) == ("failed", int(answer[:3]), answer[4:])
    [line] = desk.timeline("delivery_failed")
    assert line.is_internal and line.data["code"] == int(answer[:3])
    desk.later("2 days")
    assert desk.send() == 0


def test_one_refused_recipient_does_not_hinder_the_other(desk: Desk, smtp_sink: SmtpSink) -> None:
    desk.invite("frank@example.org")
    smtp_sink.at("RCPT", "550 5.1.1 No such user", times=1)
    desk.reply()
    desk.send()
    assert [row.state for row in desk.rows()] == ["failed", "sent"]
    assert [mail.recipients for mail in smtp_sink.mails] == [["frank@example.org"]]


def test_a_host_that_is_down_costs_no_attempt(make_desk: MakeDesk) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
    desk = make_desk(OUTBOUND_SMTP_URL=f"smtp://127.0.0.1:{port}")
    desk.reply()
    for _ in range(3):
        desk.later("1 minute")
        desk.send()
    row = desk.row()
    assert (row.state, row.attempts, row.last_code) == ("retry", 0, None)


def test_when_the_host_is_down_the_other_mails_are_not_even_tried(make_desk: MakeDesk) -> None:
    desk = make_desk(OUTBOUND_SMTP_URL="smtp://127.0.0.1:9")
    desk.invite("frank@example.org")
    desk.reply()
    assert desk.send() == 1
    assert [row.state for row in desk.rows()] == ["retry", "queued"]


@pytest.mark.parametrize(
    "script",
    [
        says(b"554 go away\r\n"),
        says(b"*&%$ garbage\r\n"),
        says(b"220 ok\r\n", b"250-sink\r\n" * 1000 + b"250 sink\r\n", b"530 5.7.0 Sign in first\r\n"),
        says(b"220 ok\r\n", b"250 ok\r\n", b"x" * 10_000_000 + b"\r\n"),
        says(b"220 ok\r\n", b"250 ok\r\n", b"354 what?\r\n"),
        says(b"220 ok\r\n", b"250 ok\r\n", b"250 ok\r\n", b"\xff\xfe\r\n"),
        says(b"220 ok\r\n", b"250 ok\r\n", b"250 ok\r\n", b"250 ok\r\n", b"250 no data, thanks\r\n"),
        says(b"220 ok\r\n", b"250 ok\r\n", b"250 ok\r\n", b"\r\n"),
    ],
    ids=[
        "554 banner",
        "garbage banner",
        "sign in",
        "endless line",
        "wrong code",
        "garbage",
        "DATA says 250",
        "empty line",
    ],
)
def test_garbage_before_the_dot_means_later(make_desk: MakeDesk, script: Script) -> None:
    with scripted_host(script) as url:
        desk = make_desk(OUTBOUND_SMTP_URL=url)
        desk.reply()
        desk.send()
    assert desk.row().state == "retry"


@pytest.mark.parametrize("answer", [b"", b"garbage\r\n", b"354 more?\r\n", b"999 what\r\n"], ids=repr)
def test_no_answer_to_the_dot_leaves_the_mail_in_doubt(make_desk: MakeDesk, answer: bytes) -> None:
    with scripted_host(says(after_dot=answer) if answer else hangs_up_after_the_dot) as url:
        desk = make_desk(OUTBOUND_SMTP_URL=url)
        desk.reply()
        desk.send()
    row = desk.row()
    assert (row.state, row.in_doubt) == ("uncertain", 1)
    [line] = desk.timeline("delivery_uncertain")
    assert line.data["tries_again"] is True


def up_to_the_dot(connection: socket.socket) -> None:
    reader = connection.makefile("rb")
    for answer in (b"220 sink\r\n", b"250 sink\r\n", b"250 ok\r\n", b"250 ok\r\n", b"354 go on\r\n"):
        connection.sendall(answer)
        reader.readline()
    while reader.readline() not in (b".\r\n", b""):
        pass


def hangs_up_after_the_dot(connection: socket.socket) -> None:
    up_to_the_dot(connection)
    hangs_up(connection)


def takes_it_and_hangs_up(connection: socket.socket) -> None:
    up_to_the_dot(connection)
    connection.sendall(b"250 taken\r\n")
    time.sleep(0.05)
    hangs_up(connection)


def drips(connection: socket.socket) -> None:
    """Answers byte by byte, for ever: no single wait is long."""
    connection.sendall(b"220 ")
    while True:
        connection.sendall(b"x")
        time.sleep(0.02)


def never_ends_its_answer(connection: socket.socket) -> None:
    up_to_the_dot(connection)
    while True:
        connection.sendall(b"250-and furthermore\r\n")
        time.sleep(0.02)


def test_a_host_that_says_yes_and_hangs_up_has_the_mail(make_desk: MakeDesk) -> None:
    with scripted_host(takes_it_and_hangs_up) as url:
        desk = make_desk(OUTBOUND_SMTP_URL=url)
        desk.reply()
        desk.send()
    assert desk.row().state == "sent"


@pytest.mark.parametrize("script, state", [(drips, "retry"), (never_ends_its_answer, "uncertain")])
def test_a_host_that_answers_byte_by_byte_is_not_waited_for_for_ever(
    make_desk: MakeDesk, script: Script, state: str
) -> None:
    with scripted_host(script) as url:
        desk = make_desk(OUTBOUND_SMTP_URL=url)
        desk.app.extensions[outbound.TRANSPORT] = SmartHost(
            parse_host_url(url), patience=Patience(dot=0.5, session=1)
        )
        desk.reply()
        desk.send()
    assert desk.row().state == state


def test_a_mail_we_fail_to_make_waits_and_hinders_no_other(desk: Desk, smtp_sink: SmtpSink) -> None:
    desk.reply()
    db.session.execute(text("UPDATE outbox SET rfc_message_id = E'<\\ud7ff>'"))
    desk.reply("a good one")
    desk.send()
    assert [row.state for row in desk.rows()] == ["failed", "sent"]


def test_an_address_beyond_ascii_fails_clearly_where_the_host_takes_none(make_desk: MakeDesk) -> None:
    with scripted_host(says()) as url:
        desk = make_desk(OUTBOUND_SMTP_URL=url)
        desk.invite("dörte@example.org")
        desk.reply()
        desk.send()
    to_dora, to_doerte = desk.rows()
    assert (to_dora.state, to_doerte.state) == ("sent", "failed")
    assert "SMTPUTF8" in to_doerte.last_text


def test_a_starttls_that_was_stripped_sends_nothing_in_the_clear(
    make_desk: MakeDesk, smtp_sink: SmtpSink
) -> None:
    desk = make_desk(OUTBOUND_SMTP_URL=f"{smtp_sink.url}?tls=starttls")
    desk.reply("a secret")
    desk.send()
    row = desk.row()
    assert row.state == "retry" and "STARTTLS" in row.last_text
    assert smtp_sink.mails == []
