"""Accounts that mail is fetched from by IMAP: made and changed by administrators, leased and advanced by whoever fetches."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from ipaddress import ip_address
from typing import Any

from sqlalchemy import case, func, or_, select, text, update

from models.actions.audit import note_in_audit, values_of
from models.actor import Actor
from models.database import db
from models.errors import Conflict, Forbidden, Invalid, NotFound
from models.imap_account import ImapAccount
from models.mailbox import Mailbox
from models.people import Role
from models.sealing import seal, unseal
from models.text import clean_text

LEASE = timedelta(seconds=90)
PURPOSE = "imap account"
BELL = "imap"  # the fetching process listens here, so that a new account is seen at once
SECURITIES, AFTERWARDS = ("tls", "starttls", "plain"), ("leave", "seen", "move")
PORTS = {"tls": 993, "starttls": 143, "plain": 143}
OAUTH_FIELDS = ("refresh_token", "client_id", "client_secret", "token_url")
AUDITED = ("mailbox_id", "host", "port", "security", "username", "folder", "sign_in", "afterwards", "move_to", "takes_old")
MOST_LEFT = 1000

now = func.clock_timestamp


class FolderLost(Conflict):
    """Somebody else reads this folder by now, or it is not the folder it was: nothing of this may be committed."""

    def __init__(self) -> None:
        super().__init__("another process reads this folder now")


@dataclass(frozen=True)
class ImapWanted:
    """An account as somebody asks for it. `secret` is the password, or `OAUTH_FIELDS` by name."""

    mailbox_id: int
    host: str
    username: str
    secret: Mapping[str, str] = field(repr=False)
    security: str = "tls"
    port: int | None = None
    folder: str = "INBOX"
    afterwards: str = "leave"
    move_to: str = ""
    takes_old: bool = False
    trusted_hosts: Sequence[str] = ()


@dataclass(frozen=True)
class Leased:
    """An account in the hands of one process, as it was then."""

    id: int
    owner: str
    mailbox_id: int
    host: str
    port: int
    security: str
    username: str
    folder: str
    secret: Mapping[str, str] = field(repr=False)
    afterwards: str
    move_to: str
    takes_old: bool
    trusted_hosts: frozenset[str]
    created_at: datetime
    uidvalidity: int | None
    taken_uid: int
    settled_uid: int


def add_account(wanted: ImapWanted, actor: Actor, keys: Sequence[bytes]) -> ImapAccount:
    """Have the mail of one folder fetched. Raises `Forbidden`, `Invalid`, `Conflict`."""
    only_admins(actor)
    if db.session.get(Mailbox, wanted.mailbox_id) is None:
        raise Invalid("mailbox", "there is no such mailbox")
    host, username, folder = plain(wanted.host, "host"), plain(wanted.username, "username"), plain(wanted.folder, "folder")
    refuse_odd(wanted, host)
    same = select(ImapAccount.id).where(ImapAccount.host == host, ImapAccount.username == username, ImapAccount.folder == folder)
    if db.session.scalar(same) is not None:
        raise Conflict("this folder is fetched already")
    account = ImapAccount(
        mailbox_id=wanted.mailbox_id,
        host=host,
        port=wanted.port or PORTS[wanted.security],
        security=wanted.security,
        username=username,
        folder=folder,
        sign_in="oauth" if "refresh_token" in wanted.secret else "password",
        sealed=seal(keys, PURPOSE, json.dumps(dict(wanted.secret)).encode()),
        afterwards=wanted.afterwards,
        move_to=clean_text(wanted.move_to, 200).strip(),
        takes_old=wanted.takes_old,
        trusted_hosts=[each.strip().lower() for each in wanted.trusted_hosts if each.strip()],
    )
    db.session.add(account)
    db.session.flush()
    note_in_audit(actor, "imap.added", "IMAP account", account.id, f"{username} at {host}", after=values_of(account, AUDITED))
    ring()
    return account


def refuse_odd(wanted: ImapWanted, host: str) -> None:
    """Raises `Invalid` for what could not work, or would tell the password to the network."""
    if wanted.security not in SECURITIES:
        raise Invalid("security", "choose tls, starttls or plain")
    if wanted.security == "plain" and not is_this_machine(host):
        raise Invalid("security", "without encryption mail is fetched from this machine alone")
    if wanted.port is not None and not 0 < wanted.port < 65536:
        raise Invalid("port", "a port is a number from 1 to 65535")
    if wanted.afterwards not in AFTERWARDS:
        raise Invalid("afterwards", "choose leave, seen or move")
    if wanted.afterwards == "move" and not wanted.move_to.strip():
        raise Invalid("move_to", "say into which folder mail is moved")
    if not wanted.secret.get("password") and not all(wanted.secret.get(name) for name in OAUTH_FIELDS):
        raise Invalid("password", "a password is needed, or everything that OAuth needs")
    url = wanted.secret.get("token_url", "")
    if url and not url.startswith("https://") and not is_this_machine(url.removeprefix("http://").partition(":")[0]):
        raise Invalid("token_url", "tokens are fetched over https")


def is_this_machine(host: str) -> bool:
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"


def plain(typed: str, field_name: str) -> str:
    typed = clean_text(typed, 320).strip()
    if not typed or "\n" in typed:
        raise Invalid(field_name, "this is needed, in one line")
    return typed


def switch(account_id: int, actor: Actor, *, is_active: bool) -> ImapAccount:
    """Let the account rest, or go on. Raises `Forbidden`, `NotFound`."""
    account = account_of(account_id, actor)
    account.is_active = is_active
    account.trouble, account.trouble_since = "", None
    note_in_audit(actor, "imap.goes_on" if is_active else "imap.rests", "IMAP account", account.id, f"{account.username} at {account.host}")
    ring()
    return account


def remove_account(account_id: int, actor: Actor) -> None:
    """Fetch from there no more; what was fetched stays. Raises `Forbidden`, `NotFound`."""
    account = account_of(account_id, actor)
    note_in_audit(actor, "imap.removed", "IMAP account", account.id, f"{account.username} at {account.host}", before=values_of(account, AUDITED))
    db.session.delete(account)
    ring()


def account_of(account_id: int, actor: Actor) -> ImapAccount:
    only_admins(actor)
    account = db.session.get(ImapAccount, account_id, with_for_update=True, populate_existing=True)
    if account is None:
        raise NotFound("there is no such account")
    return account


def only_admins(actor: Actor) -> None:
    if actor.role not in (Role.ADMIN, "desk"):
        raise Forbidden("only administrators say where mail is fetched")


def ring() -> None:
    db.session.execute(text("SELECT pg_notify(:bell, '')"), {"bell": BELL})


def claim_accounts(owner: str) -> list[int]:
    """Lease to `owner` every account that nobody reads: their ids. The caller commits at once."""
    free = or_(ImapAccount.lease_until.is_(None), ImapAccount.lease_until < now())
    chosen = select(ImapAccount.id).where(ImapAccount.is_active, free).with_for_update(skip_locked=True)
    lease = (
        update(ImapAccount)
        .where(ImapAccount.id.in_(chosen))
        .values(lease_owner=owner, lease_until=now() + LEASE)
        .returning(ImapAccount.id)
        .execution_options(synchronize_session=False)
    )
    return list(db.session.scalars(lease))


def leased(account_id: int, owner: str, keys: Sequence[bytes]) -> Leased:
    """The account as it is now. Raises `FolderLost` where it was removed, `Conflict` where its secret cannot be read any more."""
    row = db.session.get(ImapAccount, account_id, populate_existing=True)
    if row is None:
        raise FolderLost
    return Leased(
        id=row.id, owner=owner, mailbox_id=row.mailbox_id, host=row.host, port=row.port, security=row.security,
        username=row.username, folder=row.folder, secret=json.loads(unseal(keys, PURPOSE, row.sealed)),
        afterwards=row.afterwards, move_to=row.move_to, takes_old=row.takes_old, trusted_hosts=frozenset(row.trusted_hosts),
        created_at=row.created_at, uidvalidity=row.uidvalidity, taken_uid=row.taken_uid, settled_uid=row.settled_uid,
    )  # fmt: skip


def write(account_id: int, owner: str, numbered: int | None = None, **values: Any) -> None:
    """Write to the account while the lease holds, and renew it; with `numbered`, while the folder has that UIDVALIDITY too.

    Raises `FolderLost`.
    """
    mine = [ImapAccount.id == account_id, ImapAccount.lease_owner == owner, ImapAccount.lease_until > now(), ImapAccount.is_active]
    if numbered is not None:
        mine.append(ImapAccount.uidvalidity == numbered)
    change = update(ImapAccount).where(*mine).values(lease_until=now() + LEASE, **values)
    if db.session.execute(change.execution_options(synchronize_session=False)).rowcount != 1:
        raise FolderLost


def hold_account(account_id: int, owner: str) -> None:
    write(account_id, owner)


def looked(account_id: int, owner: str) -> None:
    """All is well: the folder was looked into."""
    write(account_id, owner, looked_at=now(), trouble="", trouble_since=None)


def begin_folder(account_id: int, owner: str, uidvalidity: int, taken_uid: int) -> None:
    """The folder has these numbers from now on, and everything up to `taken_uid` is none of ours."""
    write(account_id, owner, uidvalidity=uidvalidity, taken_uid=taken_uid, settled_uid=taken_uid, left_uids=[])


def note_taken(account_id: int, owner: str, uidvalidity: int, uid: int, *, is_kept: bool) -> None:
    """In the transaction that keeps the mail: it is here. Raises `FolderLost`."""
    write(account_id, owner, uidvalidity, taken_uid=uid, taken=ImapAccount.taken + int(is_kept))


def note_settled(account_id: int, owner: str, uidvalidity: int, uid: int) -> None:
    """The server knows what became of everything up to `uid`."""
    write(account_id, owner, uidvalidity, settled_uid=uid)


def note_left(account_id: int, owner: str, uidvalidity: int, uid: int) -> None:
    """The mail is too large to be taken: it stays where it is, and somebody is shown that, of the first thousand."""
    room = func.cardinality(ImapAccount.left_uids) < MOST_LEFT
    left = case((room, func.array_append(ImapAccount.left_uids, uid)), else_=ImapAccount.left_uids)
    write(account_id, owner, uidvalidity, taken_uid=uid, left_uids=left)


def note_trouble(account_id: int, owner: str, sentence: str) -> None:
    """What went wrong, since when."""
    since = func.coalesce(ImapAccount.trouble_since, now())
    write(account_id, owner, trouble=clean_text(sentence, 500), trouble_since=since)


def let_go(owner: str) -> None:
    """The process ends: others may read its folders at once."""
    mine = update(ImapAccount).where(ImapAccount.lease_owner == owner).values(lease_owner=None, lease_until=None)
    db.session.execute(mine.execution_options(synchronize_session=False))
