"""The way to the smart host is encrypted as it was ordered, or nothing is said on it."""

import logging
import socket
import ssl

import pytest
import trustme

from jobs import outbound
from jobs.host_url import parse_host_url
from jobs.transport import SmartHost
from tests.integration.jobs.conftest import Desk, MakeDesk
from tests.integration.jobs.hosts import Script, scripted_host

CA = trustme.CA()


class TlsHost:
    """A host that speaks TLS, from the first byte or after STARTTLS, and writes down what it heard in it."""

    def __init__(
        self, name: str = "127.0.0.1", *, at_once: bool = False, sign_in: bytes = b"235 2.7.0 hello\r\n"
    ) -> None:
        self.context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        CA.issue_cert(name).configure_cert(self.context)
        self.at_once = at_once
        self.sign_in = sign_in
        self.in_the_clear: list[bytes] = []
        self.encrypted: list[bytes] = []

    def __call__(self, connection: socket.socket) -> None:
        if self.at_once:
            with self.context.wrap_socket(connection, server_side=True) as inside:
                inside.sendall(b"220 host\r\n")
                self.converse(inside, self.encrypted)
            return
        connection.sendall(b"220 host\r\n")
        if not self.converse(connection, self.in_the_clear):
            return
        with self.context.wrap_socket(connection, server_side=True) as inside:
            self.converse(inside, self.encrypted)

    def converse(self, connection: socket.socket, heard: list[bytes]) -> bool:
        """Answer until the client hangs up (False) or wants TLS (True)."""
        answers = {
            b"MAIL": b"250 ok\r\n",
            b"RCPT": b"250 ok\r\n",
            b"DATA": b"354 go on\r\n",
            b".": b"250 taken\r\n",
        }
        answers |= {b"EHLO": b"250-host\r\n250-AUTH PLAIN\r\n250 STARTTLS\r\n", b"AUTH": self.sign_in}
        reader = connection.makefile("rb")
        while line := reader.readline():
            heard.append(line)
            verb = line.split()[0].upper() if line.split() else b""
            if verb == b"STARTTLS":
                connection.sendall(b"220 go on\r\n")
                return True
            connection.sendall(answers.get(verb, b""))
        return False


def desk_behind(make_desk: MakeDesk, url: str, *, trusts_ca: bool = True) -> Desk:
    desk = make_desk(OUTBOUND_SMTP_URL=url)
    context = ssl.create_default_context()
    if trusts_ca:
        CA.configure_trust(context)
    desk.app.extensions[outbound.TRANSPORT] = SmartHost(parse_host_url(url), context)
    return desk


def test_after_starttls_everything_is_encrypted(make_desk: MakeDesk) -> None:
    host = TlsHost()
    with scripted_host(host) as url:
        desk = desk_behind(make_desk, f"{url}?tls=starttls")
        desk.reply()
        desk.send()
    assert desk.row().state == "sent"
    assert [line.split()[0] for line in host.in_the_clear] == [b"ehlo", b"STARTTLS"]
    assert any(line.startswith(b"RCPT TO:<dora@example.net>") for line in host.encrypted)


def test_smtps_is_encrypted_from_the_first_byte(make_desk: MakeDesk) -> None:
    host = TlsHost(at_once=True)
    with scripted_host(host) as url:
        desk = desk_behind(make_desk, url.replace("smtp:", "smtps:"))
        desk.reply()
        desk.send()
    assert desk.row().state == "sent"
    assert any(line.startswith(b"RCPT TO:<dora@example.net>") for line in host.encrypted)


@pytest.mark.parametrize("at_once", [True, False])
@pytest.mark.parametrize("name, trusts_ca", [("127.0.0.1", False), ("another.example", True)])
def test_a_host_with_a_wrong_certificate_gets_no_word(
    make_desk: MakeDesk, name: str, trusts_ca: bool, at_once: bool
) -> None:
    host = TlsHost(name, at_once=at_once)
    with scripted_host(host) as url:
        url = url.replace("smtp:", "smtps:") if at_once else f"{url}?tls=starttls"
        desk = desk_behind(make_desk, url, trusts_ca=trusts_ca)
        desk.reply("a secret")
        desk.send()
    row = desk.row()
    assert (row.state, row.attempts) == ("retry", 0) and "certificate" in row.last_text.lower()
    assert host.encrypted == [] and b"MAIL" not in b"".join(host.in_the_clear)


def test_the_password_is_said_inside_only(make_desk: MakeDesk) -> None:
    host = TlsHost()
    with scripted_host(host) as url:
        desk = desk_behind(make_desk, url.replace("//", "//user:geheim@") + "?tls=required")
        desk.reply()
        desk.send()
    assert desk.row().state == "sent"
    assert any(line.startswith(b"AUTH PLAIN") for line in host.encrypted)
    assert not any(line.startswith(b"AUTH") for line in host.in_the_clear)


def test_a_wrong_password_is_our_trouble_and_not_the_customers(
    make_desk: MakeDesk, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    with scripted_host(TlsHost(sign_in=b"535 5.7.8 Bad credentials\r\n")) as url:
        desk = desk_behind(make_desk, url.replace("//", "//user:geheim@") + "?tls=required")
        desk.reply()
        desk.send()
    row = desk.row()
    assert (row.state, row.attempts) == ("retry", 0)
    assert "535" in row.last_text and "geheim" not in row.last_text
    assert "geheim" not in caplog.text and "AHVzZXIAZ2VoZWlt" not in caplog.text


def test_a_password_is_not_told_to_a_host_whose_starttls_was_stripped(make_desk: MakeDesk) -> None:
    heard: list[bytes] = []

    def plain(connection: socket.socket) -> None:
        reader = connection.makefile("rb")
        connection.sendall(b"220 host\r\n")
        heard.append(reader.readline())
        connection.sendall(b"250-host\r\n250 AUTH PLAIN\r\n")
        heard.extend(reader)

    script: Script = plain
    with scripted_host(script) as url:
        desk = desk_behind(make_desk, url.replace("//", "//user:geheim@") + "?tls=starttls")
        desk.reply()
        desk.send()
    assert desk.row().state == "retry"
    assert [line.split()[0] for line in heard] == [b"ehlo"]
