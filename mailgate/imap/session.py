"""One connection to an IMAP server; the only import of IMAPClient. Reading leaves no mark: every fetch is a peek."""

import ssl
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime

from imapclient import IMAPClient, SocketTimeout
from imapclient.exceptions import IMAPClientError

from mailgate.imap.oauth import access_token
from models.actions.imap_accounts import Leased

PIECE = 1 << 20  # octets of a large mail that are fetched at once
CONNECT_SECONDS, READ_SECONDS = 10, 60
GLANCE = 1.0

# What an account may run into; it is told, and tried again.
Trouble = (IMAPClientError, OSError)


@dataclass(frozen=True)
class Letter:
    """A mail in the folder that has not been fetched yet."""

    uid: int
    size: int
    came_at: datetime  # when the server took it


class Session:
    """A signed-in connection with the folder open. Raises `Trouble` anywhere."""

    def __init__(self, account: Leased, context: ssl.SSLContext | None = None) -> None:
        timeout = SocketTimeout(CONNECT_SECONDS, READ_SECONDS)
        is_tls = account.security == "tls"
        self.client = IMAPClient(
            account.host, account.port, use_uid=True, ssl=is_tls, timeout=timeout,
            ssl_context=(context or ssl.create_default_context()) if is_tls else None,
        )  # fmt: skip
        self.client.normalise_times = False  # keep the server's zone: a naive time would be ours by mistake
        if account.security == "starttls":
            self.client.starttls(context or ssl.create_default_context())
        self.sign_in(account)
        opened = self.client.select_folder(account.folder, readonly=account.afterwards == "leave")
        self.uidvalidity = int(opened[b"UIDVALIDITY"])
        self.next_uid = int(opened.get(b"UIDNEXT", 0))
        self.can_idle = self.client.has_capability("IDLE")
        self.can_move = self.client.has_capability("MOVE")
        self.can_expunge_some = self.client.has_capability("UIDPLUS")

    def sign_in(self, account: Leased) -> None:
        if "refresh_token" in account.secret:
            self.client.oauth2_login(account.username, access_token(account.secret))
        else:
            self.client.login(account.username, account.secret["password"])

    def last_uid(self) -> int:
        """The highest number given so far."""
        if self.next_uid:
            return self.next_uid - 1
        return max(self.client.search("ALL"), default=0)

    def letters_after(self, uid: int) -> list[Letter]:
        """What came after `uid`, oldest first. `n:*` names the last mail even where it is older."""
        self.client.noop()  # a server need not tell of what came while nobody asked
        found = sorted(each for each in self.client.search(["UID", f"{uid + 1}:*"]) if each > uid)
        told = self.client.fetch(found, ["RFC822.SIZE", "INTERNALDATE"]) if found else {}
        return [
            Letter(each, int(told[each][b"RFC822.SIZE"]), in_utc(told[each][b"INTERNALDATE"])) for each in found if each in told
        ]

    def pieces(self, letter: Letter) -> Iterator[bytes]:
        """The octets of a mail, byte for byte; none where it is gone meanwhile. Raises where it goes away half-way."""
        if letter.size <= PIECE:
            yield self.part(letter, "BODY.PEEK[]", b"BODY[]") or b""
            return
        start = 0
        while True:
            piece = self.part(letter, f"BODY.PEEK[]<{start}.{PIECE}>", f"BODY[]<{start}>".encode())
            if piece is None and start:
                raise IMAPClientError("the mail was taken away while it was fetched")
            yield piece or b""
            if len(piece or b"") < PIECE:
                return
            start += PIECE

    def part(self, letter: Letter, asked: str, named: bytes) -> bytes | None:
        """What the server gives of a mail; None where it has no such mail any more."""
        told = self.client.fetch([letter.uid], [asked]).get(letter.uid)
        return None if told is None else told.get(named) or b""

    def mark_seen(self, uids: Sequence[int]) -> None:
        self.client.add_flags(list(uids), [b"\\Seen"], silent=True)

    def move(self, uids: Sequence[int], folder: str) -> None:
        """Into another folder, which is made where it is not there. Without MOVE: a copy, then away with the first.

        Where the server cannot take away these alone (RFC 4315) they stay, marked as deleted: others may be marked too.
        """
        if not self.client.folder_exists(folder):
            self.client.create_folder(folder)
        if self.can_move:
            self.client.move(list(uids), folder)
        else:
            self.client.copy(list(uids), folder)
            self.client.delete_messages(list(uids), silent=True)
            if self.can_expunge_some:
                self.client.expunge(list(uids))

    def wait_for_news(self, seconds: float, stopped: Callable[[], bool]) -> None:
        """Return when the server says that something came, after `seconds`, or soon after `stopped`."""
        until = time.monotonic() + seconds
        if not self.can_idle:
            while time.monotonic() < until and not stopped():
                time.sleep(GLANCE)
            self.client.noop()
            return
        self.client.idle()
        try:
            while time.monotonic() < until and not stopped():
                if self.client.idle_check(timeout=GLANCE):
                    break
        finally:
            self.client.idle_done()

    def close(self) -> None:
        try:
            self.client.logout()
        except Trouble:
            self.client.shutdown()


def in_utc(moment: datetime) -> datetime:
    return moment.replace(tzinfo=UTC) if moment.tzinfo is None else moment.astimezone(UTC)
