"""A real IMAP server for tests: Dovecot from Debian's package `dovecot-imapd`, in a folder of its own, gone with the test."""

import getpass
import shutil
import signal
import socket
import subprocess
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

import pytest
import trustme
from imapclient import IMAPClient

from tests.processes import free_port
from tests.token_host import TokenHost, token_host
from tests.waiting import wait_until

CONFIGURATION = """
base_dir = {folder}/run
state_dir = {folder}/state
log_path = {folder}/dovecot.log
protocols = imap
listen = 127.0.0.1
ssl = yes
ssl_cert = <{folder}/certificate.pem
ssl_key = <{folder}/key.pem
auth_mechanisms = plain login xoauth2
disable_plaintext_auth = no
default_internal_user = {internal}
default_login_user = {login}
default_internal_group = {group}
first_valid_uid = 0
first_valid_gid = 0
mail_location = maildir:{folder}/mail/%n
mail_uid = {me}
mail_gid = {mail_group}
passdb {{
  driver = oauth2
  mechanisms = xoauth2
  args = {folder}/oauth2.conf
}}
passdb {{
  driver = static
  mechanisms = plain login
  args = password=fetch-me
}}
userdb {{
  driver = static
  args = home={folder}/home/%n
}}
service anvil {{
  chroot =
}}
service imap-login {{
  chroot =
  inet_listener imap {{
    port = {port}
  }}
  inet_listener imaps {{
    port = {tls_port}
    ssl = yes
  }}
}}
"""

OAUTH = """
tokeninfo_url = {base}/tokeninfo?access_token=
username_attribute = email
"""


@dataclass
class Dovecot:
    """Takes any user name with this password, or with a token that `tokens` knows; the mail of each lies in a Maildir.

    Its certificate is for `localhost`, and `authority` has signed it.
    """

    port: int
    tls_port: int
    folder: Path
    tokens: TokenHost
    authority: trustme.CA = field(default_factory=trustme.CA)
    password: str = "fetch-me"
    process: "subprocess.Popen[bytes] | None" = None

    def start(self) -> None:
        self.process = subprocess.Popen(["dovecot", "-F", "-c", str(self.folder / "dovecot.conf")], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        wait_until(self.answers, told=self.why_not, passing=(OSError,))

    def answers(self) -> bool:
        with socket.create_connection(("127.0.0.1", self.port), timeout=5) as line:
            return line.recv(4) == b"* OK"

    def why_not(self) -> str:
        log = self.folder / "dovecot.log"
        return f"Dovecot does not answer: {log.read_text() if log.exists() else 'it wrote no log'}"

    def stop(self) -> None:
        if self.process is not None:
            self.process.send_signal(signal.SIGTERM)
            try:
                self.process.wait(10)
            except subprocess.TimeoutExpired:
                self.process.kill()
                self.process.wait()
            self.process = None

    def client(self, user: str = "support") -> IMAPClient:
        client = IMAPClient("127.0.0.1", self.port, ssl=False, timeout=60)
        client.login(user, self.password)
        return client

    def delivers(self, raw: bytes, user: str = "support", folder: str = "INBOX") -> None:
        """Put a mail into the folder, as whoever delivers it does."""
        with self.client(user) as client:
            if not client.folder_exists(folder):
                client.create_folder(folder)
            client.append(folder, raw)

    def numbers_anew(self, user: str = "support", folder: str = "INBOX") -> None:
        """The folder gets another UIDVALIDITY, as after a repair or a move to another server."""
        place = self.folder / "mail" / user
        for note in ("dovecot-uidlist", "dovecot.index", "dovecot.index.log", "dovecot.index.cache"):
            (place / note).unlink(missing_ok=True)

    def flags(self, user: str = "support", folder: str = "INBOX") -> list[tuple[bytes, ...]]:
        with self.client(user) as client:
            client.select_folder(folder, readonly=True)
            found = client.search("ALL")
            return [tuple(flag for flag in told[b"FLAGS"] if flag != b"\\Recent") for told in client.fetch(found, ["FLAGS"]).values()] if found else []


@pytest.fixture(scope="module")
def dovecot() -> Iterator[Dovecot]:
    if shutil.which("dovecot") is None:
        pytest.skip("Dovecot is not installed (Debian: apt-get install dovecot-imapd)")
    me, group = getpass.getuser(), subprocess.run(["id", "-gn"], capture_output=True, text=True, check=True).stdout.strip()
    owner, mail_group = ("mail", "mail") if me == "root" else (me, group)  # it opens no mail as root
    # As root, its parts that talk to strangers run as the package's own users.
    internal, login = ("dovecot", "dovenull") if me == "root" else (me, me)
    with tempfile.TemporaryDirectory(prefix="postroom-dovecot-") as name, token_host() as tokens:
        folder = Path(name)
        folder.chmod(0o755)
        server = Dovecot(free_port(), free_port(), folder, tokens)
        issued = server.authority.issue_cert("localhost")
        issued.private_key_and_cert_chain_pem.write_to_path(str(folder / "certificate.pem"))
        issued.private_key_pem.write_to_path(str(folder / "key.pem"))
        (folder / "oauth2.conf").write_text(OAUTH.format(base=tokens.base))
        (folder / "dovecot.conf").write_text(
            CONFIGURATION.format(
                folder=folder, port=server.port, tls_port=server.tls_port, me=owner, mail_group=mail_group, internal=internal, login=login,
                group="dovecot" if me == "root" else group,
            )  # fmt: skip
        )
        for place in ("home", "mail"):
            (folder / place).mkdir()
            shutil.chown(folder / place, owner, mail_group)
        try:
            server.start()
            yield server
        finally:
            server.stop()
