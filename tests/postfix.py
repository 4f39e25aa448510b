"""A real Postfix: the company's mail server, with the desk behind it and its customers' mailboxes in it.

def test_…(postfix):
    postfix.start(gate_port=…, authority=…)
"""

import os
import pwd
import smtplib
import socket
import tempfile
from collections.abc import Iterator
from email import message_from_bytes, policy
from email.message import EmailMessage
from pathlib import Path

import pytest

from tests.processes import free_port
from tests.servers import Foreground, block, needs
from tests.waiting import wait_until

CUSTOMERS = "customers.example"

OURS = """
compatibility_level = 3.6
queue_directory = {folder}/queue
data_directory = {folder}/data
command_directory = /usr/sbin
daemon_directory = /usr/lib/postfix/sbin
mail_owner = postfix
setgid_group = postdrop
maillog_file_prefixes = /
maillog_file = {folder}/maillog
myhostname = mx.company.example
mydestination = company.example
local_recipient_maps = inline:{{ support=x, help=x }}
alias_maps =
mynetworks = 127.0.0.2
inet_interfaces = 127.0.0.1
inet_protocols = ipv4
smtp_tls_loglevel = 1
smtpd_client_restrictions =
minimal_backoff_time = 1s
maximal_backoff_time = 1s
queue_run_delay = 1s
address_verify_poll_delay = 1s
address_verify_poll_count = 10
virtual_mailbox_domains = {customers}
virtual_mailbox_base = {folder}/mailboxes
virtual_mailbox_maps = inline:{{ dora@{customers}=dora/ }}
virtual_uid_maps = static:{uid}
virtual_gid_maps = static:{gid}
virtual_minimum_uid = 1
"""

SERVICES = """
{port} inet n - n - - smtpd
pickup unix n - n 60 1 pickup
cleanup unix n - n - 0 cleanup
qmgr unix n - n 300 1 qmgr
tlsmgr unix - - n 1000? 1 tlsmgr
rewrite unix - - n - - trivial-rewrite
bounce unix - - n - 0 bounce
defer unix - - n - 0 bounce
trace unix - - n - 0 bounce
verify unix - - n - 1 verify
proxymap unix - - n - - proxymap
proxywrite unix - - n - 1 proxymap
smtp unix - - n - - smtp
relay unix - - n - - smtp
error unix - - n - - error
retry unix - - n - - error
virtual unix - n n - - virtual
anvil unix - - n - 1 anvil
postlog unix-dgram n - n - 1 postlogd
"""


class Postfix:
    """One instance. It believes the certificate authority it is given, and no other."""

    def __init__(self, folder: Path) -> None:
        self.program = needs("postfix", "postfix")
        self.folder = folder
        self.port = free_port()
        self.mailboxes = folder / "mailboxes"

    def start(self, gate_port: int, authority: Path) -> None:
        user, owner = pwd.getpwnam("nobody"), pwd.getpwnam("postfix")
        for name in ("config", "queue", "data", "mailboxes"):
            (self.folder / name).mkdir()
        os.chown(self.folder / "data", owner.pw_uid, owner.pw_gid)
        os.chown(self.mailboxes, user.pw_uid, user.pw_gid)
        paper = block("tls-and-hardening.md", "postfix", {"[127.0.0.1]:2525": f"[127.0.0.1]:{gate_port}"})
        ours = OURS.format(folder=self.folder, customers=CUSTOMERS, uid=user.pw_uid, gid=user.pw_gid)
        trust = f"smtp_tls_CAfile = {authority}\n"
        (self.folder / "config" / "main.cf").write_text(ours + paper + trust)
        (self.folder / "config" / "master.cf").write_text(SERVICES.format(port=f"127.0.0.1:{self.port}"))
        self.server = Foreground(self.program, "-c", str(self.folder / "config"), "start-fg", folder=self.folder)
        self.server.wait_until(self.answers)

    def answers(self) -> bool:
        with socket.create_connection(("127.0.0.1", self.port), timeout=5) as line:
            return line.recv(3) == b"220"

    def send(self, mail: EmailMessage, to: str) -> None:
        with smtplib.SMTP("127.0.0.1", self.port, timeout=60) as server:
            server.send_message(mail, mail["From"], [to])

    def came_to(self, name: str, number: int) -> bytes:
        """The `number`th mail in a mailbox, as it lies there."""

        def came() -> list[Path]:
            found = sorted((self.mailboxes / name / "new").iterdir(), key=lambda path: path.stat().st_mtime_ns)
            return found[number - 1 :]

        found = wait_until(came, told=lambda: f"no mail came:\n{self.log()}", passing=(FileNotFoundError,))
        return found[0].read_bytes()

    def log(self) -> str:
        return (self.folder / "maillog").read_text()

    def stop(self) -> None:
        self.server.stop()


def parsed(raw: bytes) -> EmailMessage:
    mail = message_from_bytes(raw, policy=policy.default)
    assert isinstance(mail, EmailMessage)
    return mail


@pytest.fixture
def postfix() -> Iterator[Postfix]:
    with tempfile.TemporaryDirectory(prefix="postroom-postfix-", ignore_cleanup_errors=True) as folder:
        Path(folder).chmod(0o755)  # Postfix's own user must come to its queue
        opened = Postfix(Path(folder))
        yield opened
        opened.stop()
