"""What administrators see and say of a restored desk and of accounts that mail is fetched from."""

from sqlalchemy import func, insert, select, update

from models.coming_from_elsewhere import Restoration
from models.database import db
from models.imap_account import ImapAccount
from models.outbox import Outbox
from models.queries.restoring import is_restored
from tests.cast import DORA, mail_from
from tests.integration.webapp.conftest import WebDesk

ACCOUNT = {"host": "imap.example.com", "username": "support", "password": "never to be told"}


def held_back(desk: WebDesk) -> Outbox:
    """A desk in restore mode, with an answer that waited in the backup."""
    first = desk.takes_in(mail_from(DORA))
    desk.replies(first.ticket_id or 0)
    db.session.execute(update(Outbox).values(state="restored"))
    db.session.execute(insert(Restoration).values(backup_made_at=db.func.now()))
    db.session.commit()
    return db.session.scalars(select(Outbox)).one()


def test_an_administrator_sees_what_would_go_out_and_says_so(desk: WebDesk) -> None:
    row = held_back(desk)
    tab = desk.tab("cleo")
    page = tab.get("/admin/restore/")
    assert page.status == 200 and row.rcpt in page.body and "sends nothing" in page.body
    assert tab.post("/admin/restore/", {"send": str(row.id), "do": "release"}).status == 303
    desk.looks_again()
    assert not is_restored() and db.session.get_one(Outbox, row.id).state == "queued"
    assert "Mail leaves as ever" in tab.get("/admin/restore/").body


def test_an_account_is_made_and_its_password_never_told(desk: WebDesk) -> None:
    script = desk.script(desk.cleo)
    made = script.post("/api/admin/imap-accounts/", mailbox=desk.support, **ACCOUNT)
    assert made.status == 201 and "never to be told" not in made.body
    path = f"/api/admin/imap-accounts/{made.json['id']}/"
    assert script.patch(path, is_active=False).json["is_active"] is False
    assert script.post("/api/admin/imap-accounts/", mailbox=desk.support, **ACCOUNT).status == 409
    assert script.post("/api/admin/imap-accounts/", mailbox=desk.support, security="plain", **ACCOUNT).status == 422
    assert script.delete(path).status == 204
    assert script.get("/api/admin/imap-accounts/").json["results"] == []


FORM = {**ACCOUNT, "security": "tls", "folder": "INBOX", "afterwards": "leave"}


def test_an_administrator_has_an_account_fetched_lets_it_rest_and_removes_it(desk: WebDesk) -> None:
    tab = desk.tab("cleo")
    made = tab.post("/admin/mailboxes/imap/new/", {"mailbox": str(desk.support), **FORM})
    assert made.status == 303
    page = tab.get("/admin/mailboxes/imap/").body
    assert "imap.example.com" in page and "not looked into yet" in page and "never to be told" not in page
    account = db.session.scalars(select(ImapAccount)).one()
    path = f"/admin/mailboxes/imap/{account.id}/"
    assert tab.post(path, {"do": "rest"}).status == 303
    assert "rests" in tab.get("/admin/mailboxes/imap/").body
    assert tab.post(path, {"do": "something"}).status == 422
    assert tab.post(path, {"do": "wake"}).status == tab.post(path, {"do": "remove"}).status == 303
    assert "imap.example.com" not in tab.get("/admin/mailboxes/imap/").body


def test_a_form_that_could_not_work_says_why_and_keeps_all_but_the_secrets(desk: WebDesk) -> None:
    tab = desk.tab("cleo")
    for odd in ({"security": "plain"}, {"port": "x"}, {"afterwards": "move"}, {"password": ""}, {"mailbox": ""}):
        answer = tab.post("/admin/mailboxes/imap/new/", {"mailbox": str(desk.support), **FORM, **odd})
        assert answer.status == 422 and 'role="alert"' in answer.body
        assert "imap.example.com" in answer.body and "never to be told" not in answer.body
    assert db.session.scalar(select(func.count(ImapAccount.id))) == 0


def test_a_consent_is_kept_in_place_of_a_password(desk: WebDesk) -> None:
    consent = {"client_id": "c", "client_secret": "s", "refresh_token": "r", "token_url": "https://id.example.com/token"}
    answer = desk.tab("cleo").post("/admin/mailboxes/imap/new/", {"mailbox": str(desk.support), **FORM, "password": "", **consent})
    assert answer.status == 303
    assert db.session.scalars(select(ImapAccount.sign_in)).one() == "oauth"
