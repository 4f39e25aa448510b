"""Fetches one folder: what is new goes into custody together with the note that it did; then the server is told.

Killed between the two, the server is told later; killed before, the mail is fetched again. The same mail a second time, for
whatever reason, meets its own envelope key and is absorbed.
"""

import hashlib
import logging
import os
import time
from collections.abc import Callable
from contextlib import nullcontext
from dataclasses import dataclass, replace
from datetime import timedelta
from pathlib import Path

from mailgate.envelope import Envelope, new_id
from mailgate.handed_over import Ours, handed_over, host_that_trusted_servers_saw, written_at
from mailgate.identity.sending_host import host_in
from mailgate.imap.session import Letter, Session
from mailgate.keeping import keep_envelopes
from mailgate.limits import Limits
from mailgate.reading.headers import split_mail
from mailgate.spool import HEAD, Anomalies
from models.actions.imap_accounts import (
    Leased,
    begin_folder,
    hold_account,
    leased,
    looked,
    note_left,
    note_settled,
    note_taken,
)
from models.blobs import BlobStore
from models.database import db
from models.imap_account import ImapAccount
from models.message_ids import id_hash

log = logging.getLogger(__name__)

BEAT_SECONDS = 20
CLOCKS_DIFFER = timedelta(minutes=5)
"""What came that much before the account was made is mail of the past: taken in as imported, so that it wakes nobody."""


@dataclass(frozen=True)
class Body:
    """A whole mail: its octets in `raw`, or in the blob store."""

    raw: bytes | None
    opening: bytes
    size: int
    sha256: bytes
    flags: tuple[str, ...]


class Folder:
    """The folder of a leased account over one session. Raises `FolderLost` when the lease is somebody else's by now."""

    def __init__(self, account: Leased, session: Session, blobs: BlobStore, ours: Ours, keys: tuple[bytes, ...], limits: Limits = Limits()) -> None:
        self.account = account
        self.session = session
        self.blobs = blobs
        self.ours = ours
        self.keys = keys
        self.limits = limits
        self.beaten_at = time.monotonic()

    def look(self, stopped: Callable[[], bool] = lambda: False) -> int:
        """Take what is new, then tell the server about it and about what an earlier look left untold. How many were taken.

        In this order, for a server that cannot be told (a folder that it does not let us make) must not keep mail away.
        """
        self.know_the_folder()
        taken = 0
        for letter in self.session.letters_after(self.account.taken_uid):
            if stopped():
                break
            taken += self.take(letter)
            self.account = replace(self.account, taken_uid=letter.uid)
        self.settle()
        looked(self.account.id, self.account.owner)
        db.session.commit()
        return taken

    def know_the_folder(self) -> None:
        """Begin where the account says, and anew where the server has numbered the folder anew (RFC 9051 section 2.3.1.1)."""
        if self.account.uidvalidity == self.session.uidvalidity:
            return
        is_first = self.account.uidvalidity is None
        begin_at = self.session.last_uid() if is_first and not self.account.takes_old else 0
        begin_folder(self.account.id, self.account.owner, self.session.uidvalidity, begin_at)
        db.session.commit()
        if not is_first:
            log.warning("imap account %s: the server has numbered its folder anew; all of it is looked through", self.account.id)
        self.account = leased(self.account.id, self.account.owner, self.keys)
        db.session.rollback()

    def take(self, letter: Letter) -> int:
        """One mail into custody, and the note of its number: one transaction. 1 where it was taken."""
        account, validity = self.account, self.session.uidvalidity
        if letter.size > self.limits.message:
            self.leave(letter, f"it has {letter.size} octets")
            return 0
        body = self.fetch(letter)
        if body is not None:
            self.keep(self.envelope(letter, body, is_old=letter.came_at < account.created_at - CLOCKS_DIFFER))
        note_taken(account.id, account.owner, validity, letter.uid, is_kept=body is not None)
        db.session.commit()
        return int(body is not None)

    def leave(self, letter: Letter, why: str) -> None:
        """It stays where it is, and somebody is shown that."""
        note_left(self.account.id, self.account.owner, self.session.uidvalidity, letter.uid)
        db.session.commit()
        log.warning("imap account %s: mail %d stays where it is: %s", self.account.id, letter.uid, why)

    def fetch(self, letter: Letter) -> Body | None:
        """The octets, a large mail's straight to the disk; None where it is gone."""
        found, anomalies, opening, size = hashlib.sha256(), Anomalies(), b"", 0
        pieces: list[bytes] = []
        path = self.blobs.fresh_path() if letter.size > self.limits.in_row else None
        try:
            with open(path, "xb") if path else nullcontext() as file:
                for piece in self.session.pieces(letter):
                    found.update(piece)
                    anomalies.look(piece)
                    opening += piece[: HEAD - len(opening)]
                    size += len(piece)
                    file.write(piece) if file else pieces.append(piece)
                    self.beat()
                if file:
                    file.flush()
                    os.fsync(file.fileno())
            if not size:
                return None
            if path:
                self.blobs.adopt(path, found.hexdigest())
            return Body(None if path else b"".join(pieces), opening, size, found.digest(), anomalies.flags())
        finally:
            forget(path)

    def beat(self) -> None:
        """A large mail over a slow line must not cost the lease."""
        if time.monotonic() - self.beaten_at > BEAT_SECONDS:
            hold_account(self.account.id, self.account.owner)
            db.session.commit()
            self.beaten_at = time.monotonic()

    def envelope(self, letter: Letter, body: Body, *, is_old: bool) -> Envelope:
        """What SMTP would have said, as far as the headers can; and in words what that stands on."""
        found = handed_over(body.opening, self.ours)
        received = [line.decode("ascii", "replace") for line in split_mail(body.opening)[0].all_raw("received")]
        line = host_that_trusted_servers_saw(received, self.account.trusted_hosts)
        peer, helo = host_in(line) if line else ("", "")
        host = f"host {peer} from a Received line of a trusted server" if peer else "no host, for no trusted server names one"
        return Envelope(
            id=new_id(),
            gateway=f"imap {self.account.username} at {self.account.host}, {self.account.folder}",
            peer_ip=peer or None,
            helo=helo,
            tls="",
            smtputf8=False,
            mail_from=found.mail_from,
            recipients=(found.recipient,),
            our_received=f"{found.why}; {host}",
            raw_sha256=body.sha256,
            raw_size=body.size,
            raw=body.raw,
            spooled=None,
            wire_flags=body.flags,
            id_hash=id_hash(found.message_id) if found.message_id else None,
            origin="import" if is_old else "imap",
            dated_at=written_at(body.opening, letter.came_at) if is_old else None,
        )

    def keep(self, envelope: Envelope) -> None:
        connection = db.session.connection().connection.driver_connection
        assert connection is not None
        keep_envelopes(connection, [envelope])

    def settle(self) -> None:
        """Tell the server what became of what is taken, as the account wants it. Doing so twice does no harm."""
        account = self.account
        if account.settled_uid >= account.taken_uid:
            return
        if account.afterwards != "leave":
            here = [each.uid for each in self.session.letters_after(account.settled_uid) if each.uid <= account.taken_uid]
            left = set(left_behind(account.id))
            uids = [uid for uid in here if uid not in left]
            if uids and account.afterwards == "seen":
                self.session.mark_seen(uids)
            elif uids:
                self.session.move(uids, account.move_to)
        note_settled(account.id, account.owner, self.session.uidvalidity, account.taken_uid)
        db.session.commit()
        self.account = replace(account, settled_uid=account.taken_uid)


def left_behind(account_id: int) -> list[int]:
    from_there = db.session.get_one(ImapAccount, account_id, populate_existing=True).left_uids
    db.session.rollback()
    return list(from_there)


def forget(path: Path | None) -> None:
    """Nothing is left of a file that was not adopted."""
    if path is not None:
        path.unlink(missing_ok=True)
