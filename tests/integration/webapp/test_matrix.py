"""The matrix of rights: every route × every kind of person × Dora's ticket, its note, its files, Ada's drafts and tokens.

`tests/doors.py` says who may go in where. Whoever may not is refused, sees none of the canaries that lie in every object,
and changes nothing; whoever may is not refused. One desk stands for the whole matrix.
"""

import json
import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any
from urllib.parse import quote, urlencode
from uuid import uuid4

import pytest
from flask import Flask, Response
from sqlalchemy import insert, select, text, update
from werkzeug.routing import Rule

from models.actions.api_tokens import make_token, revoke_token
from models.actions.bulk import ask_for_bulk
from models.actions.drafts import save_draft
from models.actions.saved_views import ViewText, save_view
from models.actions.signing_in import end_sign_in, start_sign_in
from models.actions.imap_accounts import ImapWanted, add_account
from models.actions.webhooks import make_webhook
from models.database import db
from models.erasure import Erasure
from models.message import Attachment
from models.outbox import Outbox
from models.people import SignIn, User
from models.ticket import Ticket
from models.webhook import WebhookDelivery
from tests.api import ApiClient
from tests.cast import DORA, EVE, bounce_about, mail_from
from tests.doors import API, DOORS, EVERYBODY, READ, SOCKETS, WRITE, Door
from tests.integration.webapp.conftest import WebDesk
from tests.web import Answer, BrowserTab, Socket
from webapp.auth import hand_tokens

# One secret word in each thing, beside the word 'zebra', which everybody may look for.
PUBLIC, NOTE, FILE, NOTE_FILE, DRAFT, HELD, HOOK, OTHERS = (
    f"canary{name}" for name in ("public", "note", "file", "notefile", "draft", "held", "hook", "others")
)
# Who may meet which of them.
MAY_MEET = {
    PUBLIC: {"dora", "ada", "cleo"},
    FILE: {"dora", "ada", "cleo"},
    NOTE: {"ada", "cleo"},
    NOTE_FILE: {"ada", "cleo"},
    DRAFT: {"ada"},
    HELD: {"cleo"},
    HOOK: {"cleo"},
    OTHERS: {"eve", "cleo"},
}
ASKED = {"q": "zebra", "tag": "zebra", "discarded": "1"}
REFUSALS = {401, 403, 404}
NOT_THERE = ("<key>", "filename", "draft_id", "reply_id", "file_id", "google")  # what this desk has none of; refusals are asked for all the same
VOLATILE = {"alembic_version", "api_token", "sign_in", "failed_sign_in", "guess"}


@dataclass(frozen=True)
class Stage:
    """The desk, what lies on it, and how each person asks."""

    desk: WebDesk
    objects: dict[str, object]
    tabs: dict[str, BrowserTab]
    scripts: dict[str, ApiClient]
    note_file_id: int
    note_id: int


@pytest.fixture
def stage(desk: WebDesk) -> Stage:
    ticket_id = desk.takes_in(mail_from(DORA, subject=f"Zebra {PUBLIC}", body=f"A zebra {PUBLIC}", files={f"{FILE}.txt": FILE.encode()})).ticket_id
    assert ticket_id is not None
    desk.takes_in(mail_from(EVE, subject=f"Zebra {OTHERS}", body=f"A zebra {OTHERS}"), mail_from=EVE.address)
    desk.assigns(ticket_id, desk.ada)
    desk.replies(ticket_id, f"The zebra {PUBLIC} is on its way.")
    db.session.execute(update(Outbox).values(mime=f"Subject: zebra {PUBLIC}\r\n\r\n".encode()))
    db.session.commit()
    scripts = {name: script_of(desk, name) for name in EVERYBODY}
    noted = scripts["ada"].sends_form(
        f"/api/tickets/{ticket_id}/messages/", {"body": f"A zebra {NOTE}", "is_internal": "true"}, {f"{NOTE_FILE}.txt": ("text/plain", NOTE_FILE.encode())}
    ).json
    save_draft(ticket_id, desk.ada.id or 0, "reply", f"A zebra {DRAFT}")
    stray = bounce_about("<nobody@example.org>", "x@example.net").replace(b"I'm sorry", f"A zebra {HELD}".encode())
    held = desk.takes_in(stray, mail_from="")
    hook, _ = make_webhook(f"{HOOK}", f"https://hooks.example.com/{HOOK}", ["ticket.created"], desk.cleo)
    delivery_id = uuid4()
    db.session.execute(insert(WebhookDelivery).values(id=delivery_id, webhook_id=hook.id, event_id=1, kind="ticket.created", payload={"x": HOOK}))
    proof_id = db.session.scalar(insert(Erasure).values(by_name="Cleo", address_mac=b"x", report={"erased": {}, "stays": [], "still_named": {}}).returning(Erasure.id))
    imap = add_account(ImapWanted(desk.support, "imap.example.com", f"{HOOK}", {"password": "x"}), desk.cleo, desk.keys)
    token, _ = make_token(db.session.get_one(User, desk.ada.id), "Ada's", ["tickets:read"])
    view = save_view(ViewText(f"A zebra {DRAFT}", "is:open"), desk.ada)
    job = ask_for_bulk(db.session.get_one(User, desk.ada.id), "assigned", "tag", {"tag": "zebra"}, [Ticket.id == ticket_id])
    db.session.commit()
    first = desk.messages_on(ticket_id)[0]
    objects: dict[str, object] = {
        "ticket_id": ticket_id,
        "message_id": first.id,
        "attachment_id": db.session.scalar(select(Attachment.id).where(Attachment.message_id == first.id)),
        "inbound_id": first.inbound_id,
        "rcpt": "support@example.com",
        "held_id": held.inbound_id,
        "webhook_id": hook.id,
        "delivery_id": delivery_id,
        "imap_account_id": imap.id,
        "token_id": token.id,
        "view_id": view.id,
        "job_id": job.id,
        "sign_in_id": db.session.scalar(select(SignIn.id).where(SignIn.user_id == desk.ada.id)),
        "user_id": desk.person(DORA).id,
        "mailbox_id": desk.support,
        "outbox_id": desk.mails_out(ticket_id)[0].id,
        "draft_id": 1,
        "file_id": 1,
        "erasure_id": proof_id,
        "reply_id": 1,
        "suggestion_id": 1,
        "view_name": "open",
        "table": "days",
        "measure": "created",
        "day": "2026-11-02",
        "mode": "reply",
        "filename": "nothing.css",
        "number": 0,
        "way": "source",
        "participant_id": 1,
        "note_id": 1,
        "key": "1.x",
    }
    tabs = {name: tab_of(desk, name, scripts[name]) for name in EVERYBODY}
    return Stage(desk, objects, tabs, scripts, noted["attachments"][0]["id"], noted["id"])


def script_of(desk: WebDesk, name: str) -> ApiClient:
    if name == "nobody":
        return ApiClient(desk.base)
    if name == "revoked":
        ada = db.session.get_one(User, desk.ada.id)
        token, secret = make_token(ada, "Old", ["tickets:read", "tickets:write"])
        revoke_token(ada, token.id)
        db.session.commit()
        return ApiClient(desk.base, secret)
    return desk.script({"dora": DORA, "eve": EVE}.get(name) or getattr(desk, name))


def tab_of(desk: WebDesk, name: str, script: ApiClient) -> BrowserTab:
    """A browser tab; the revoked one has the cookies of a sign-in that has ended."""
    if name == "nobody":
        return BrowserTab(desk.base)
    username = {"dora": DORA.address, "eve": EVE.address, "revoked": "ben"}.get(name, name)
    tab = BrowserTab(desk.base)
    with desk.web.test_request_context():
        user = db.session.scalars(select(User).where(User.username == username)).one()
        signed, handed = start_sign_in(user), Response()
        hand_tokens(handed, user, signed)
        if name == "revoked":
            end_sign_in(signed.id)
        db.session.commit()
    tab.keeps_cookies(handed.headers.getlist("Set-Cookie"))
    return tab


def rules_of(web: Flask) -> Iterator[tuple[str, Rule, str]]:
    """Each method of each route: its name in the table, the rule, the method."""
    for rule in web.url_map.iter_rules():
        for method in sorted((rule.methods or set()) - {"HEAD", "OPTIONS"}):
            if rule.rule != "/broken":
                yield f"{method} {rule.rule}", rule, method


def path_of(rule: str, objects: dict[str, object]) -> str:
    if rule.startswith("/held/"):
        objects = {**objects, "inbound_id": objects["held_id"]}
    return re.sub(r"<(?:[^<>:]+:)?(\w+)>", lambda found: quote(str(objects[found[1]])), rule)


def ask(stage: Stage, name: str, method: str, path: str, door: Door, asked: dict[str, str] | None = None) -> Answer:
    if path.startswith("/api/"):
        query = f"?{urlencode({'q': 'zebra'})}" if path == "/api/tickets/search/" else ""
        body = None if method in ("GET", "DELETE") else door.sends
        script = stage.scripts[name]
        return script.asks(method, path + query, *([] if body is None else [as_json(body)]))
    tab = stage.tabs[name]
    if method == "GET":
        return tab.get(f"{path}?{urlencode(asked or ASKED)}")
    form = urlencode({**door.sends, "csrf_token": tab.csrf})
    headers = {"Origin": tab.base, "Content-Type": "application/x-www-form-urlencoded"}
    return tab.asks(method, path, {"body": form}, headers)


def as_json(body: Any) -> str:
    return json.dumps(dict(body))


def is_refused(answer: Answer) -> bool:
    return answer.status in REFUSALS or (answer.status in (302, 303) and answer.location.startswith(("/session/renew", "/signin")))


def leaks(name: str, answer: Answer) -> set[str]:
    """The canaries in an answer that this person must not meet."""
    everything = f"{answer.headers}{answer.body}"
    return {canary for canary, friends in MAY_MEET.items() if name not in friends and canary in everything}


def contents(stage: Stage) -> dict[str, str]:
    """What stands in each table, as a digest."""
    stage.desk.looks_again()
    tables = db.session.scalars(text("SELECT tablename FROM pg_tables WHERE schemaname = 'public'")).all()
    digest = "SELECT coalesce(md5(string_agg(md5(t::text), '' ORDER BY md5(t::text))), '') FROM {} t"
    return {name: db.session.scalar(text(digest.format(name))) or "" for name in tables if name not in VOLATILE}


def test_whoever_may_not_is_refused_learns_nothing_and_changes_nothing(stage: Stage) -> None:
    before, let_in, leaked = contents(stage), [], []
    for name, rule, method in rules_of(stage.desk.web):
        door = DOORS[name]
        for person in EVERYBODY if name not in SOCKETS else ():
            if door.lets_in(person):
                continue
            answer = ask(stage, person, method, path_of(rule.rule, stage.objects), door)
            if not is_refused(answer):
                let_in.append((name, person, answer.status))
            leaked += [(name, person, canary) for canary in leaks(person, answer)]
    assert (let_in, leaked) == ([], [])
    after = contents(stage)
    assert {table for table in before if before[table] != after[table]} == set()


def test_whoever_may_is_let_in_and_meets_only_his_own_canaries(stage: Stage) -> None:
    shut_out, leaked, met = [], [], set()
    for name, rule, method in rules_of(stage.desk.web):
        door = DOORS[name]
        if method != "GET" or name in SOCKETS or any(word in rule.rule for word in NOT_THERE):
            continue
        for person in EVERYBODY:
            if not door.lets_in(person):
                continue
            answer = ask(stage, person, method, path_of(rule.rule, stage.objects), door, {"q": "zebra"})
            if is_refused(answer) and not rule.rule.endswith("/picture") and rule.rule != "/session/renew":
                shut_out.append((name, person, answer.status))
            leaked += [(name, person, canary) for canary in leaks(person, answer)]
            met |= {canary for canary in MAY_MEET if canary in answer.body}
    assert (shut_out, leaked) == ([], [])
    assert met == set(MAY_MEET), "each canary sings somewhere, or its silence proves nothing"


def test_a_token_does_what_its_scope_is_for_and_sees_no_more_than_its_owner(stage: Stage) -> None:
    wrong = []
    for owner in ("ada", "ben"):
        for scope in (READ, WRITE):
            with stage.desk.web.app_context():
                _, secret = make_token(db.session.get_one(User, getattr(stage.desk, owner).id), scope, [scope])
                db.session.commit()
            script = ApiClient(stage.desk.base, secret)
            for name, door in API.items():
                method, _, rule = name.partition(" ")
                if door.who == "anyone" or name not in {each for each, _, _ in rules_of(stage.desk.web)}:
                    continue
                if door.scope == scope and door.lets_in(owner) and method != "GET":
                    continue  # it would be done
                answer = script.asks(method, path_of(rule, stage.objects) + ("?q=zebra" if "search" in rule else ""), *([] if method in ("GET", "DELETE") else [as_json(door.sends)]))
                may = door.scope == scope and door.lets_in(owner)
                if is_refused(answer) == may and "draft_id" not in rule or leaks(owner, answer):
                    wrong.append((owner, scope, name, answer.status))
    assert wrong == []


def test_a_note_and_its_file_are_the_team_s_alone(stage: Stage) -> None:
    paths = [f"/api/attachments/{stage.note_file_id}/", f"/attachments/{stage.note_file_id}/", f"/messages/{stage.note_id}/frame"]
    for person in EVERYBODY:
        for path in paths:
            answer = ask(stage, person, "GET", path, Door("works"))
            assert is_refused(answer) != (person in ("ada", "cleo")), (person, path, answer.status)
            assert not leaks(person, answer)


def test_counts_tell_nothing_of_what_one_may_not_see(stage: Stage) -> None:
    """H-141"""
    for person in ("ben", "eve"):
        listed = stage.scripts[person].get("/api/tickets/").json["results"]
        assert len(listed) == (1 if person == "eve" else 0)
    page = stage.tabs["ben"].get("/inbox/open/").body
    assert set(re.findall(r'class="view-count[^"]*"[^>]*>(\d+)', page)) <= {"0"}


@pytest.mark.parametrize("rule", SOCKETS)
def test_sockets_open_to_whom_they_are_for(stage: Stage, rule: str) -> None:
    door, path = SOCKETS[rule], path_of(rule.partition(" ")[2], stage.objects)
    for person in EVERYBODY - {"revoked"}:
        token = stage.scripts[person].token
        line = Socket(stage.desk.base, f"{path}?last_event_id=0" + (f"&token={token}" if token else ""))
        try:
            if door.lets_in(person):
                assert line.hears()["type"] == "resync", "it was told that it has missed something"
            else:
                assert line.is_closed_with() == {"nobody": 4403}.get(person, 4404 if "ticket_id" in rule else 4403)
        finally:
            line.close()
