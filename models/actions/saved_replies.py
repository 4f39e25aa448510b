"""Saved replies: written, changed, thrown away, counted. An agent's own are his; the team's are the administrators'."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from sqlalchemy import func, update

from models.actions.audit import note_in_audit, values_of
from models.actor import Actor
from models.database import db
from models.errors import Forbidden, Invalid, NotFound
from models.mailbox import Mailbox
from models.people import Role
from models.saved_reply import SavedReply
from models.text import clean_text
from models.variables import MEANINGS, unknown_variables

MAX_TITLE = 120
AUDITED = ("title", "body", "mailbox_id", "approved_for_drafts")
MAX_BODY = 20_000


@dataclass(frozen=True)
class ReplyText:
    """What a saved reply says and for whom. Without a mailbox it is for all."""

    title: str
    body: str
    mailbox_id: int | None = None
    is_shared: bool = False
    approved_for_drafts: bool = False


def save_reply(text: ReplyText, actor: Actor) -> SavedReply:
    """Write a new one. Raises `Invalid`, and `Forbidden` where it is for the team and the writer no administrator."""
    reply = SavedReply(owner_id=owner_for(text, actor))
    put(text, reply, actor)
    db.session.add(reply)
    db.session.flush()
    note_shared(reply, "saved_reply.made", actor, after=values_of(reply, AUDITED))
    return reply


def change_reply(reply_id: int, text: ReplyText, actor: Actor) -> SavedReply:
    """Give it another text. Raises `Invalid`, `Forbidden`, `NotFound`."""
    reply = changeable(reply_id, actor)
    before = values_of(reply, AUDITED)
    reply.owner_id = owner_for(text, actor) if text.is_shared or reply.is_shared else reply.owner_id
    put(text, reply, actor)
    note_shared(reply, "saved_reply.changed", actor, before=before, after=values_of(reply, AUDITED))
    return reply


def delete_reply(reply_id: int, actor: Actor) -> None:
    """Throw it away. Raises `Forbidden`, `NotFound`."""
    reply = changeable(reply_id, actor)
    note_shared(reply, "saved_reply.deleted", actor, before=values_of(reply, AUDITED))
    db.session.delete(reply)


def note_shared(reply: SavedReply, act: str, actor: Actor, **values: Mapping[str, Any]) -> None:
    """What the whole team says is an administrator's act; what an agent keeps for himself is his own affair."""
    if reply.is_shared:
        note_in_audit(actor, act, "saved reply", reply.id, reply.title, **values)


def count_use(reply_id: int, actor: Actor) -> None:
    """Somebody has put it into a reply; the ones used most are offered first."""
    usable = (SavedReply.owner_id.is_(None)) | (SavedReply.owner_id == actor.id)
    used = update(SavedReply).where(SavedReply.id == reply_id, usable).values(uses=SavedReply.uses + 1)
    db.session.execute(used)


def owner_for(text: ReplyText, actor: Actor) -> int | None:
    if actor.id is None or not actor.is_staff:
        raise Forbidden("saved replies are for the team")
    if text.is_shared and actor.role != Role.ADMIN:
        raise Forbidden("replies of the whole team are an administrator's to write")
    return None if text.is_shared else actor.id


def changeable(reply_id: int, actor: Actor) -> SavedReply:
    """The reply, locked. Another agent's own is not there for anybody else, not even an administrator."""
    reply = db.session.get(SavedReply, reply_id, with_for_update=True, populate_existing=True)
    if reply is None or not actor.is_staff or (not reply.is_shared and reply.owner_id != actor.id):
        raise NotFound("there is no such saved reply, or it is somebody else's own")
    if reply.is_shared and actor.role != Role.ADMIN:
        raise Forbidden("replies of the whole team are an administrator's to change")
    return reply


def put(text: ReplyText, reply: SavedReply, actor: Actor) -> None:
    reply.title = " ".join(clean_text(text.title, MAX_TITLE * 4).split())[:MAX_TITLE]
    reply.body = clean_text(text.body, MAX_BODY + 1).strip()
    if not reply.title:
        raise Invalid("title", "give it a name under which it is found")
    if not reply.body:
        raise Invalid("body", "write what it says")
    if len(reply.body) > MAX_BODY:
        raise Invalid("body", f"a saved reply has {MAX_BODY:,} characters at most")
    if unknown := unknown_variables(reply.body):
        known = ", ".join(f"{{{{{each}}}}}" for each in MEANINGS)
        raise Invalid("body", f"{{{{{unknown[0]}}}}} stands for nothing; there is {known}")
    if text.mailbox_id is not None and db.session.get(Mailbox, text.mailbox_id) is None:
        raise Invalid("mailbox", "there is no such mailbox")
    reply.mailbox_id = text.mailbox_id
    reply.approved_for_drafts = text.approved_for_drafts
    reply.updated_by_id = actor.id
    reply.updated_at = func.clock_timestamp()
