"""Mail fetched from a real Dovecot: into the same custody, each once, whatever is killed, cut or numbered anew."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace

import pytest
from sqlalchemy import event, func, select, text, update

from mailgate.imap import fetching
from mailgate.imap.run import Fetchers, ours_of
from mailgate.imap.session import Session, Trouble
from models.actions.imap_accounts import FolderLost, ImapWanted, add_account, claim_accounts, leased, let_go, note_trouble, switch
from models.app import blobs_of
from models.custody import InboundDelivery, InboundMessage
from models.database import db
from models.errors import Forbidden, Invalid
from models.imap_account import ImapAccount
from models.outbox import Outbox
from tests.cast import DORA, SUPPORT, Desk, mail_from
from tests.dovecot import Dovecot, dovecot
from tests.waiting import wait_until

__all__ = ["dovecot"]

OWNER = "the process of the tests"
FIRST = b"Return-Path: <dora@example.net>\r\nDelivered-To: support@example.com\r\n"
users = iter(f"support{number}" for number in range(1000))


class Account:
    """One account on the server, and a small vocabulary to play with it."""

    def __init__(self, desk: Desk, server: Dovecot, **more: object) -> None:
        self.desk, self.server, self.user = desk, server, next(users)
        wanted = ImapWanted(desk.support, "127.0.0.1", self.user, {"password": server.password}, "plain", server.port, **more)  # type: ignore[arg-type]
        self.id = add_account(wanted, desk.cleo, desk.keys).id
        db.session.commit()

    @property
    def row(self) -> ImapAccount:
        self.desk.looks_again()
        return db.session.get_one(ImapAccount, self.id)

    def delivers(self, *letters: bytes) -> None:
        for raw in letters:
            self.server.delivers(FIRST + raw, self.user)

    def opens(self, owner: str = OWNER) -> fetching.Folder:
        """The folder, leased to `owner`, over a new connection."""
        db.session.execute(update(ImapAccount).values(lease_owner=None, lease_until=None))
        assert self.id in claim_accounts(owner)
        account = leased(self.id, owner, self.desk.keys)
        db.session.commit()
        return fetching.Folder(account, Session(account), blobs_of(self.desk.app), ours_of(account, self.desk.settings), self.desk.keys)

    def looks(self) -> int:
        folder = self.opens()
        try:
            return folder.look()
        finally:
            folder.session.close()


@pytest.fixture
def account(desk: Desk, dovecot: Dovecot) -> Account:
    """An account whose folder has been looked into once, and was empty."""
    made = Account(desk, dovecot)
    assert made.looks() == 0
    return made


def kept() -> list[InboundMessage]:
    return list(db.session.scalars(select(InboundMessage).order_by(InboundMessage.received_at)))


def file_all(desk: Desk) -> None:
    for mail in kept():
        if mail.state != "done":
            desk.files(mail.id)
    desk.looks_again()


def test_new_mail_is_taken_in_byte_for_byte_and_filed(desk: Desk, account: Account) -> None:
    raw = mail_from(DORA)
    account.delivers(raw)
    assert account.looks() == 1
    [mail] = kept()
    assert (mail.raw, mail.origin, mail.mail_from, mail.peer_ip) == (FIRST + raw, "imap", DORA.address, None)
    assert "from Return-Path" in mail.our_received and "no trusted server names one" in mail.our_received
    file_all(desk)
    [delivery] = db.session.scalars(select(InboundDelivery))
    assert (delivery.rcpt, delivery.decision) == (SUPPORT, "new_ticket") and desk.ledger().balanced
    assert account.server.flags(account.user) == [()], "what is fetched leaves no mark"
    assert (account.looks(), account.row.taken, account.row.trouble) == (0, 1, "")


def test_what_lay_there_before_is_left_alone(desk: Desk, dovecot: Dovecot) -> None:
    account = Account(desk, dovecot)
    account.delivers(mail_from(DORA, subject="Old"))
    assert account.looks() == 0
    account.delivers(mail_from(DORA, subject="New"))
    assert account.looks() == 1 and len(kept()) == 1


def test_or_it_is_taken_in_as_imported_and_nobody_is_written_to(desk: Desk, dovecot: Dovecot) -> None:
    account = Account(desk, dovecot, takes_old=True)
    account.delivers(mail_from(DORA, subject="Old"))
    db.session.execute(update(ImapAccount).values(created_at=text("now() + interval '1 hour'")))
    db.session.commit()
    assert account.looks() == 1
    file_all(desk)
    assert kept()[0].origin == "import" and not db.session.scalars(select(Outbox)).all()


@pytest.mark.parametrize("afterwards", ["seen", "move"])
def test_the_server_is_told_what_became_of_it(desk: Desk, dovecot: Dovecot, afterwards: str) -> None:
    account = Account(desk, dovecot, afterwards=afterwards, move_to="Taken")
    account.looks()
    account.delivers(mail_from(DORA), mail_from(DORA))
    assert account.looks() == 2
    if afterwards == "seen":
        assert all(b"\\Seen" in flags for flags in account.server.flags(account.user))
    else:
        assert account.server.flags(account.user) == [] and len(account.server.flags(account.user, "Taken")) == 2
    assert account.row.settled_uid == account.row.taken_uid == 2


class Killed(BaseException):
    """What `kill -9` is to the code: nothing of ours runs after it."""


@contextmanager
def killed_at(commit: int, when: str) -> Iterator[None]:
    """The process dies `when` the database has come to its so many-th commit: 'before_commit' or 'after_commit'."""
    left = [commit]

    def dies(session: object) -> None:
        left[0] -= 1
        if not left[0]:
            raise Killed

    event.listen(db.session, when, dies)
    try:
        with pytest.raises(Killed):
            yield
    finally:
        event.remove(db.session, when, dies)
        db.session.remove()


@pytest.mark.parametrize("when", ["before_commit", "after_commit"])
@pytest.mark.parametrize("commit", [2, 4], ids=["of the first mail", "of what the server was told"])
def test_a_kill_at_any_point_loses_and_doubles_nothing(desk: Desk, dovecot: Dovecot, commit: int, when: str) -> None:
    account = Account(desk, dovecot, afterwards="seen")
    account.looks()
    account.delivers(mail_from(DORA, subject="One"), mail_from(DORA, subject="Two"))
    with killed_at(commit, when):
        account.looks()  # commits: its lease, one mail, the other, what the server was told
    account.looks()
    file_all(desk)
    assert len(kept()) == 2 and [mail.seen_count for mail in kept()] == [1, 1]
    assert db.session.scalar(select(func.count()).select_from(InboundDelivery).where(InboundDelivery.decision == "new_ticket")) == 2
    assert all(b"\\Seen" in flags for flags in account.server.flags(account.user))


def test_a_server_that_cannot_be_told_keeps_no_mail_away(desk: Desk, dovecot: Dovecot) -> None:
    account = Account(desk, dovecot, afterwards="move", move_to="a/../b")  # no server makes such a folder
    account.looks()
    for number in (1, 2):
        account.delivers(mail_from(DORA, subject=f"Mail {number}"))
        with pytest.raises(Trouble):
            account.looks()
        db.session.rollback()
        assert len(kept()) == number
    assert account.row.settled_uid == 0


@pytest.mark.parametrize("can_expunge_some", [True, False])
def test_where_the_server_cannot_move_a_copy_is_made_once(desk: Desk, dovecot: Dovecot, can_expunge_some: bool) -> None:
    account = Account(desk, dovecot, afterwards="move", move_to="Taken")
    account.looks()
    account.delivers(mail_from(DORA))
    for _ in range(2):
        folder = account.opens()
        folder.session.can_move, folder.session.can_expunge_some = False, can_expunge_some
        folder.look()
        folder.session.close()
    assert len(account.server.flags(account.user, "Taken")) == 1
    assert account.server.flags(account.user) == ([] if can_expunge_some else [(b"\\Deleted",)])


def test_a_folder_that_is_numbered_anew_is_looked_through_and_nothing_is_doubled(desk: Desk, account: Account) -> None:
    account.delivers(mail_from(DORA, subject="One"), mail_from(DORA, subject="Two"))
    account.looks()
    before = account.row.uidvalidity
    account.server.stop()
    account.server.numbers_anew(account.user)
    account.server.start()
    account.delivers(mail_from(DORA, subject="Three"))
    account.looks()
    assert account.row.uidvalidity != before, "the server has numbered it anew"
    assert [mail.seen_count for mail in kept()] == [2, 2, 1] and account.row.taken_uid == 3


def test_two_processes_never_read_one_folder(desk: Desk, account: Account) -> None:
    first = account.opens("first")
    assert claim_accounts("second") == []
    db.session.rollback()
    second = account.opens("second")  # the first has slept past its lease
    account.delivers(mail_from(DORA))
    with pytest.raises(FolderLost):
        first.look()
    db.session.rollback()
    assert kept() == [] and second.look() == 1 and len(kept()) == 1
    first.session.close()
    second.session.close()


def test_a_large_mail_goes_to_the_blobs_in_pieces(desk: Desk, account: Account) -> None:
    raw = mail_from(DORA, files={"plan.bin": bytes(range(256)) * 10_000})
    account.delivers(raw)
    account.looks()
    [mail] = kept()
    assert mail.raw is None and mail.raw_uri and blobs_of(desk.app).read(mail.raw_uri) == FIRST + raw


def test_a_mail_beyond_the_limit_stays_there_and_is_shown(desk: Desk, account: Account) -> None:
    account.delivers(mail_from(DORA, body="x" * 3_000), mail_from(DORA))
    folder = account.opens()
    folder.limits = replace(folder.limits, message=2_000)
    assert folder.look() == 1 and account.row.left_uids == [1]
    folder.session.close()


def test_a_trusted_server_says_which_host_it_took_the_mail_from(desk: Desk, dovecot: Dovecot) -> None:
    account = Account(desk, dovecot, trusted_hosts=["mx.provider.example", ".inside.provider.example"])
    account.looks()
    received = (
        b"Received: from mx.provider.example by store.inside.provider.example with LMTP; Mon, 2 Nov 2026 10:00:00 +0000\r\n"
        b"Received: from out.example.net (out.example.net [192.0.2.7]) by mx.provider.example with ESMTP; Mon, 2 Nov 2026 10:00:00 +0000\r\n"
        b"Received: from bank.example (bank.example [198.51.100.1]) by mx.provider.example; Mon, 2 Nov 2026 09:00:00 +0000\r\n"
    )
    account.delivers(received.replace(b"bank.example (bank.example [198.51.100.1]) by mx.provider", b"bank.example (bank.example [198.51.100.1]) by elsewhere") + mail_from(DORA))
    account.looks()
    assert str(kept()[0].peer_ip) == "192.0.2.7" and kept()[0].helo == "out.example.net"


@pytest.fixture
def fetchers(desk: Desk) -> Iterator[Fetchers]:
    found = Fetchers(desk.app)
    yield found
    found.stop()


def until(happened: Callable[[], bool]) -> None:
    def is_seen() -> bool:
        db.session.rollback()
        return happened()

    wait_until(is_seen)


def test_the_process_hears_of_mail_at_once_and_outlives_a_cut_connection(desk: Desk, account: Account, fetchers: Fetchers) -> None:
    db.session.execute(update(ImapAccount).values(lease_owner=None, lease_until=None))
    db.session.commit()
    fetchers.look()
    account.delivers(mail_from(DORA, subject="One"))
    until(lambda: len(kept()) == 1)
    account.server.stop()
    until(lambda: bool(account.row.trouble))
    account.server.start()
    account.delivers(mail_from(DORA, subject="Two"))
    until(lambda: len(kept()) == 2)
    assert account.row.trouble == "" and fetchers.owner == account.row.lease_owner


def test_a_password_that_cannot_be_read_any_more_is_told_and_stops_no_other(desk: Desk, account: Account, fetchers: Fetchers) -> None:
    other = Account(desk, account.server)
    db.session.execute(update(ImapAccount).values(lease_owner=None, lease_until=None))
    db.session.execute(update(ImapAccount).where(ImapAccount.id == other.id).values(sealed=b"by a key of long ago"))
    db.session.commit()
    fetchers.look()
    account.delivers(mail_from(DORA))
    until(lambda: len(kept()) == 1)
    until(lambda: "SECRET_KEY has changed" in other.row.trouble)


def test_a_wrong_password_is_told_and_never_shown(desk: Desk, account: Account) -> None:
    folder = account.opens()
    folder.session.close()
    with pytest.raises(Trouble) as trouble:
        Session(replace(folder.account, secret={"password": "wrong-password"}))
    note_trouble(account.id, OWNER, str(trouble.value))
    db.session.commit()
    assert account.row.trouble and "wrong-password" not in account.row.trouble
    assert b"fetch-me" not in account.row.sealed and "fetch-me" not in repr(folder.account)
    let_go(OWNER)
    switch(account.id, desk.cleo, is_active=False)
    assert claim_accounts("another") == []


def test_what_could_not_work_is_refused(desk: Desk) -> None:
    good = ImapWanted(desk.support, "imap.example.com", "support", {"password": "x"})
    for wrong in ({"security": "plain"}, {"afterwards": "move"}, {"secret": {}}, {"port": 70_000}, {"host": " "}, {"mailbox_id": 99}):
        with pytest.raises(Invalid):
            add_account(replace(good, **wrong), desk.cleo, desk.keys)  # type: ignore[arg-type]
    with pytest.raises(Forbidden):
        add_account(good, desk.ada, desk.keys)
    oauth = {"refresh_token": "r", "client_id": "c", "client_secret": "s", "token_url": "http://tokens.example.com/"}
    with pytest.raises(Invalid, match="https"):
        add_account(replace(good, secret=oauth), desk.cleo, desk.keys)
