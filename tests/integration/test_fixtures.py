"""The fixtures themselves: what they promise to every other test."""

import smtplib

import psycopg
import pytest
import redis

from tests.services import empty_tables
from tests.smtp_sink import SmtpSink

MAIL = b"Subject: Hello\r\n\r\nWhere is my parcel?\r\n"


def send(sink: SmtpSink) -> None:
    with smtplib.SMTP(sink.host, sink.port, timeout=5) as client:
        client.sendmail("dora@example.org", ["support@example.com"], MAIL)


def test_tables_are_emptied_but_not_alembics(bare_database_url: str) -> None:
    with psycopg.connect(bare_database_url) as connection:
        connection.execute("CREATE TABLE alembic_version (version_num text)")
        connection.execute("CREATE TABLE tickets (id serial PRIMARY KEY)")
        connection.execute("CREATE TABLE messages (ticket int REFERENCES tickets)")
        connection.execute("INSERT INTO alembic_version VALUES ('0001')")
        connection.execute("INSERT INTO tickets DEFAULT VALUES")
        connection.execute("INSERT INTO messages VALUES (1)")
    empty_tables(bare_database_url)
    with psycopg.connect(bare_database_url) as connection:
        assert connection.execute("SELECT count(*) FROM messages").fetchone() == (0,)
        assert connection.execute("INSERT INTO tickets DEFAULT VALUES RETURNING id").fetchone() == (1,)
        assert connection.execute("SELECT version_num FROM alembic_version").fetchone() == ("0001",)


@pytest.mark.parametrize("_turn", ["first", "second"])
def test_redis_is_empty_at_the_start_of_each_test(redis_url: str, _turn: str) -> None:
    with redis.Redis.from_url(redis_url) as client:
        assert client.dbsize() == 0
        client.set("left", "behind")


def test_the_sink_keeps_envelope_and_bytes(smtp_sink: SmtpSink) -> None:
    send(smtp_sink)
    (mail,) = smtp_sink.wait_for(1)
    assert (mail.sender, mail.recipients) == ("dora@example.org", ["support@example.com"])
    assert mail.content == MAIL
    assert smtp_sink.sessions == 1


@pytest.mark.parametrize(
    ("phase", "error"),
    [
        ("MAIL", smtplib.SMTPSenderRefused),
        ("RCPT", smtplib.SMTPRecipientsRefused),
        ("DATA", smtplib.SMTPDataError),
        ("DOT", smtplib.SMTPDataError),
    ],
)
def test_the_sink_answers_what_it_was_told_and_then_is_good_again(
    smtp_sink: SmtpSink, phase: str, error: type[Exception]
) -> None:
    smtp_sink.at(phase, "450 4.2.1 Mailbox busy", times=1)  # type: ignore[arg-type]
    with pytest.raises(error, match="450"):
        send(smtp_sink)
    assert smtp_sink.mails == []
    send(smtp_sink)
    assert len(smtp_sink.wait_for(1)) == 1


@pytest.mark.parametrize("phase", ["EHLO", "MAIL", "RCPT", "DATA", "DOT"])
def test_the_sink_hangs_up_where_it_was_told(smtp_sink: SmtpSink, phase: str) -> None:
    smtp_sink.at(phase, drop=True)  # type: ignore[arg-type]
    with pytest.raises((smtplib.SMTPServerDisconnected, ConnectionError)):
        send(smtp_sink)
    assert smtp_sink.mails == []


def test_the_sink_can_keep_a_mail_and_lose_its_answer(smtp_sink: SmtpSink) -> None:
    smtp_sink.at("DOT", drop=True, keep=True, times=1)
    with pytest.raises((smtplib.SMTPServerDisconnected, ConnectionError)):
        send(smtp_sink)
    assert len(smtp_sink.wait_for(1)) == 1
