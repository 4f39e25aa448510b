"""The audit log: every act of an administrator leaves an entry, nobody changes one, and a spreadsheet finds it inert."""

import csv
import io
import json
from collections.abc import Mapping
from typing import Any
from uuid import uuid4

import psycopg
import pytest
from sqlalchemy import func, insert, select, text

from models.actions.administering import Changes, change_user
from models.actions.audit import note_in_audit
from models.actions.imap_accounts import ImapWanted, add_account, remove_account
from models.actions.mailboxes import change_mailbox
from models.actions.webhooks import make_webhook
from models.actor import COMMAND_LINE
from models.audit import AuditEntry
from models.budget import Budget
from models.coming_from_elsewhere import Restoration
from models.custody import BlockedSender
from models.database import db
from models.outbox import Outbox
from models.people import User
from models.suppression import Suppression
from models.ticket import Ticket
from models.webhook import WebhookDelivery
from tests.api import ApiClient
from tests.cast import DORA, mail_from
from tests.doors import ADMIN, DOORS
from tests.integration.webapp.conftest import WebDesk
from tests.web import Answer, BrowserTab

def newest() -> AuditEntry:
    db.session.rollback()
    return db.session.scalars(select(AuditEntry).order_by(AuditEntry.id.desc()).limit(1)).one()


def test_an_entry_has_who_what_before_and_after_and_from_where(desk: WebDesk) -> None:
    ben = desk.person(desk.ben)
    form = {"username": "ben", "email": "", "full_name": "Benjamin", "role": "admin", "capacity": "3", "is_active": "yes"}
    assert desk.tab("cleo").post(f"/admin/users/{ben.id}/", form).status == 303
    entry = newest()
    assert (entry.act, entry.subject, entry.subject_id) == ("user.changed", "user", str(ben.id))
    assert (entry.actor_id, entry.actor_role, entry.place) == (desk.cleo.id, "admin", "127.0.0.1")
    assert entry.after == {"full_name": "Benjamin", "role": "admin", "capacity": 3}
    assert entry.before == {"full_name": desk.ben.name, "role": "agent", "capacity": 10}


def test_what_changes_nothing_is_not_noted(desk: WebDesk) -> None:
    change_user(desk.person(desk.ben).id, Changes(role="agent"), desk.cleo)
    change_mailbox(desk.support, name=None, actor=desk.cleo)
    db.session.commit()
    acts = db.session.scalars(select(AuditEntry.act)).all()
    assert not {"user.changed", "mailbox.changed"} & set(acts)


def test_an_act_that_fails_leaves_no_entry(desk: WebDesk) -> None:
    """It stands in the transaction of the act."""
    before = db.session.scalar(select(func.count(AuditEntry.id)))
    tab, cleo = desk.tab("cleo"), desk.person(desk.cleo)
    refused = tab.post(f"/admin/users/{cleo.id}/", {"username": "cleo", "role": "agent", "is_active": "yes"})
    assert refused.status == 409
    db.session.rollback()
    assert db.session.scalar(select(func.count(AuditEntry.id))) == before


@pytest.mark.parametrize(
    "harm",
    [
        "DELETE FROM audit_entry",
        "UPDATE audit_entry SET actor_name = 'Nobody'",
        "UPDATE audit_entry SET act = 'user.changed', erased_at = now()",
        "UPDATE audit_entry SET at = now(), erased_at = now()",
    ],
)
def test_the_database_itself_lets_nobody_change_an_entry(desk: WebDesk, database_url: str, harm: str) -> None:
    note_in_audit(desk.cleo, "mailbox.paused", "mailbox", 1, "Support")
    db.session.commit()
    with psycopg.connect(database_url) as connection, pytest.raises(psycopg.errors.RaiseException, match="only added to"):
        connection.execute(harm)  # type: ignore[call-overload]


def test_values_under_the_name_of_a_secret_are_never_written_down(desk: WebDesk) -> None:
    note_in_audit(COMMAND_LINE, "user.changed", "user", after={"password": "hunter2", "api_key": "k", "name": "Ada"})
    db.session.commit()
    assert newest().after == {"password": "(not shown)", "api_key": "(not shown)", "name": "Ada"}


def test_the_page_narrows_by_act_actor_name_and_day(desk: WebDesk) -> None:
    note_in_audit(desk.cleo, "sender.blocked", "sender", name="canary@example.net")
    note_in_audit(COMMAND_LINE, "mailbox.created", "mailbox", 7, "Zebra desk")
    db.session.commit()
    tab = desk.tab("cleo")

    def shown(query: str) -> tuple[bool, bool]:
        page = tab.get(f"/admin/audit/?{query}").body
        return "canary@example.net" in page, "Zebra desk" in page

    assert shown("") == (True, True)
    assert shown("act=sender.blocked") == (True, False)
    assert shown("actor=command") == (False, True)
    assert shown("find=ZEBRA") == (False, True)
    assert shown("last=9999-12-31") == (True, True), "the last day there is has none after it"
    assert shown("find=%25") == (False, False)
    assert shown("first=2999-01-01") == (False, False)
    assert shown("last=2020-01-01") == (False, False)


@pytest.mark.parametrize("name", ["=cmd|' /C calc'!A0", "+1", "-1+2", "@SUM(1)", "\t=1"])
def test_the_csv_is_inert_in_a_spreadsheet(desk: WebDesk, name: str) -> None:
    """H-166: names come from outside, and a cell that begins like a formula is one."""
    note_in_audit(desk.cleo, "sender.blocked", "sender", name=name, after={"x": '"\n=1'})
    db.session.commit()
    answer = desk.tab("cleo").get("/admin/audit.csv?act=sender.blocked")
    assert answer.headers["Content-Disposition"] == 'attachment; filename="postroom-audit.csv"'
    [heads, row] = csv.reader(io.StringIO(answer.body.removeprefix("\ufeff")))
    assert dict(zip(heads, row, strict=True))["act"] == "sender.blocked"
    assert not [cell for cell in row if cell.startswith(("=", "+", "-", "@", "\t", "\r", "\n"))]


def test_an_imap_account_is_noted_without_its_password(desk: WebDesk) -> None:
    wanted = ImapWanted(desk.support, "mail.example.com", "support", {"password": "hunter2"})
    account = add_account(wanted, desk.cleo, desk.keys)
    remove_account(account.id, desk.cleo)
    db.session.commit()
    added, removed = db.session.scalars(select(AuditEntry).where(AuditEntry.subject == "IMAP account").order_by(AuditEntry.id)).all()
    assert (added.act, removed.act, added.subject_name) == ("imap.added", "imap.removed", "support at mail.example.com")
    assert added.after["host"] == "mail.example.com" and "hunter2" not in json.dumps([added.after, removed.before])


# --- every act ------------------------------------------------------------------------------------------------------


def prepared(desk: WebDesk) -> dict[str, object]:
    """Something that each act of an administrator can be done to."""
    ticket_id = desk.takes_in(mail_from(DORA)).ticket_id
    assert ticket_id is not None
    desk.assigns(ticket_id, desk.ada)
    desk.replies(ticket_id, "It is on its way.")
    db.session.get_one(Ticket, ticket_id).automatic_off_until = func.now() + text("interval '1 day'")
    for address in ("gone@example.net", DORA.address):
        db.session.execute(insert(Suppression).values(address=address, reason="undeliverable"))
    db.session.execute(insert(BlockedSender).values(address="blocked@example.net"))
    db.session.execute(insert(Budget).values(scope="address", key="x@example.net", window_start=func.now(), n=1))
    db.session.commit()
    imap = add_account(ImapWanted(desk.support, "imap.example.com", "prepared", {"password": "x"}), desk.cleo, desk.keys)
    db.session.add(Restoration(backup_made_at=func.now()))
    hook, _ = make_webhook("Hook", "https://hooks.example.com/x", ["ticket.created"], desk.cleo)
    delivery_id = uuid4()
    db.session.execute(
        insert(WebhookDelivery).values(id=delivery_id, webhook_id=hook.id, event_id=1, kind="ticket.created", payload={})
    )
    db.session.commit()
    return {
        "ticket_id": ticket_id,
        "view_name": "open",
        "webhook_id": hook.id,
        "delivery_id": delivery_id,
        "imap_account_id": imap.id,
        "user_id": db.session.scalars(select(User.id).where(User.username == "ben")).one(),
        "mailbox_id": desk.support,
        "outbox_id": db.session.scalars(select(Outbox.id).where(Outbox.kind == "reply")).one(),
    }


# What is sent where the table of doors sends too little to change anything.
SENT = {
    "POST /admin/users/<int:user_id>/": {"username": "ben", "full_name": "Benjamin", "role": "admin", "is_active": "yes"},
    "POST /admin/users/new/": {"username": "fred", "role": "agent", "password": "fred-fred-fred"},
    "POST /admin/mailboxes/new/": {"name": "More", "address": "more@example.com"},
    "POST /admin/mailboxes/<int:mailbox_id>/": {
        "name": "Theirs", "address": "support@example.com", "agents_by_mail": "off", "reopen_days": "14", "is_active": "yes",
    },
    "POST /outbox/lift/": {"address": "gone@example.net"},
    "POST /outbox/mailboxes/<int:mailbox_id>/": {"do": "pause"},
    "POST /outbox/test/": {"address": "x@example.org", "mailbox": "1"},
    "POST /ai-drafts/mailboxes/<int:mailbox_id>/": {"to": "off"},
    "POST /webhooks/<int:webhook_id>/": {"do": "rest"},
    "PATCH /api/admin/users/<int:user_id>/": {"capacity": 77},
    "PATCH /api/admin/mailboxes/<int:mailbox_id>/": {"name": "Another name"},
}  # fmt: skip
# Looks, not acts: what administrators read stands in no audit log. What is needed for others goes last.
LAST = (
    "DELETE /api/admin/imap-accounts/<int:imap_account_id>/",
    "DELETE /api/admin/webhooks/<int:webhook_id>/",
    "DELETE /api/tickets/<int:ticket_id>/",
    "POST /api/tickets/<int:ticket_id>/restore/",
)
OF_THEIR_OWN = ("/held/", "/admin/people-data/")  # acts on held mail stand in its own evidence; erasing has tests of its own


def writing_doors() -> list[str]:
    doors = [
        name for name, door in DOORS.items()
        if door.who == ADMIN and not name.startswith("GET ") and not name.partition(" ")[2].startswith(OF_THEIR_OWN)
    ]  # fmt: skip
    return sorted(doors, key=lambda name: LAST.index(name) if name in LAST else -1)


def test_every_act_of_an_administrator_leaves_an_entry(desk: WebDesk) -> None:
    """The table of doors says which acts there are: whoever adds one to it has to note it."""
    objects, tab = prepared(desk), desk.tab("cleo")
    script = desk.script(desk.cleo)
    silent = []
    for name in writing_doors():
        method, _, rule = name.partition(" ")
        for word, value in objects.items():
            for kind in ("int:", "uuid:", ""):
                rule = rule.replace(f"<{kind}{word}>", str(value))
        sent = {**DOORS[name].sends, **SENT.get(name, {})}
        sent = {**sent, "breaker": str(objects["ticket_id"])} if "breaker" in sent else sent
        before = newest_id()
        answer = asks(tab, script, method, rule, sent)
        assert answer.status < 400, (name, answer.status, answer.body[:500])
        if newest_id() == before:
            silent.append(name)
    assert silent == []


def newest_id() -> int:
    db.session.rollback()
    return db.session.scalar(select(func.max(AuditEntry.id))) or 0


def asks(tab: BrowserTab, script: ApiClient, method: str, path: str, sent: Mapping[str, Any]) -> Answer:
    if path.startswith("/api/"):
        return script.asks(method, path, None if method == "DELETE" else json.dumps(dict(sent)))
    return tab.post(path, sent)
