"""Several mails on one connection, and connections that die in between."""

import socket

import pytest

from jobs import outbound
from jobs.host_url import parse_host_url
from jobs.transport import MOST_ON_ONE_LINE, SmartHost
from tests.integration.jobs.conftest import Desk, MakeDesk
from tests.integration.jobs.hosts import hangs_up, scripted_host
from tests.smtp_sink import SmtpSink


def replies(desk: Desk, count: int) -> None:
    for number in range(count):
        desk.reply(f"answer {number}")


def test_what_waits_together_goes_over_one_connection(desk: Desk, smtp_sink: SmtpSink) -> None:
    replies(desk, 5)
    desk.send()
    assert (len(smtp_sink.mails), smtp_sink.sessions) == (5, 1)
    desk.reply("later")
    desk.send()
    assert smtp_sink.sessions == 2, "nobody keeps a host waiting while there is nothing to send"


def test_a_connection_carries_so_many_mails_and_no_more(desk: Desk, smtp_sink: SmtpSink, is_long: bool) -> None:
    """A hundred; in the short run it may carry ten."""
    most = MOST_ON_ONE_LINE if is_long else 10
    desk.app.extensions[outbound.TRANSPORT] = SmartHost(parse_host_url(smtp_sink.url), most_on_one_line=most)
    replies(desk, most + 1)
    desk.send()
    assert (len(smtp_sink.mails), smtp_sink.sessions) == (most + 1, 2)


def test_a_refused_recipient_costs_no_connection(desk: Desk, smtp_sink: SmtpSink) -> None:
    smtp_sink.at("RCPT", "550 5.7.1 Not you", times=1)
    replies(desk, 3)
    desk.send()
    assert [row.state for row in desk.rows()] == ["failed", "sent", "sent"]
    assert smtp_sink.sessions == 1


def test_each_mail_has_one_recipient_and_nothing_of_the_one_before(desk: Desk, smtp_sink: SmtpSink) -> None:
    desk.invite("frank@example.org")
    smtp_sink.at("DATA", "451 4.3.0 Not now", times=1)
    replies(desk, 2)
    desk.send()
    assert smtp_sink.sessions == 1
    assert all(len(mail.recipients) == 1 for mail in smtp_sink.mails) and len(smtp_sink.mails) == 3


class ForgetfulHost:
    """Takes one mail on each connection; to a second it says what is given, or hangs up before it is named."""

    def __init__(self, with_the_second: bytes | None) -> None:
        self.with_the_second = with_the_second
        self.taken = 0

    def __call__(self, connection: socket.socket) -> None:
        reader = connection.makefile("rb")
        connection.sendall(b"220 host\r\n")
        taken_here = 0
        while line := reader.readline():
            verb = line[:4].upper()
            if verb == b"RSET" and self.with_the_second is None:
                return hangs_up(connection)
            if verb == b"MAIL" and taken_here:
                connection.sendall(self.with_the_second or b"")
            elif verb == b"DATA":
                connection.sendall(b"354 go on\r\n")
                while reader.readline() != b".\r\n":
                    pass
                self.taken, taken_here = self.taken + 1, taken_here + 1
                connection.sendall(b"250 taken\r\n")
            else:
                connection.sendall(b"250 ok\r\n")


@pytest.mark.parametrize("with_the_second", [None, b"421 4.7.0 One is enough\r\n"])
def test_a_host_that_wants_one_mail_a_connection_gets_that(make_desk: MakeDesk, with_the_second: bytes | None) -> None:
    host = ForgetfulHost(with_the_second)
    with scripted_host(host) as url:
        desk = make_desk(OUTBOUND_SMTP_URL=url)
        replies(desk, 3)
        desk.send()
    assert [(row.state, row.attempts) for row in desk.rows()] == [("sent", 1)] * 3
    assert host.taken == 3
