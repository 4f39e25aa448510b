"""Saved replies, as those see them who may use them: the team's and one's own."""

from collections.abc import Sequence

from sqlalchemy import ColumnElement, and_, case, false, or_, select
from sqlalchemy.orm import joinedload

from models.database import db
from models.errors import NotFound
from models.people import User
from models.saved_reply import SavedReply

MOST = 200
MOST_WORDS = 8


def usable_by(viewer: User) -> ColumnElement[bool]:
    """The team's, and the viewer's own. Customers know of none."""
    if not viewer.is_staff or not viewer.is_active:
        return false()
    return or_(SavedReply.owner_id.is_(None), SavedReply.owner_id == viewer.id)


def for_mailbox(mailbox_id: int) -> ColumnElement[bool]:
    return or_(SavedReply.mailbox_id.is_(None), SavedReply.mailbox_id == mailbox_id)


def saved_replies(
    viewer: User, *, search: str = "", mailbox_id: int | None = None, limit: int = MOST
) -> Sequence[SavedReply]:
    """Those whose title or body has every word of `search`; found by title first, then the ones used most."""
    wanted = select(SavedReply).where(usable_by(viewer))
    if mailbox_id is not None:
        wanted = wanted.where(for_mailbox(mailbox_id))
    words = search.split()[:MOST_WORDS]
    in_title = and_(*(SavedReply.title.icontains(word, autoescape=True) for word in words)) if words else None
    for word in words:
        has_it = (column.icontains(word, autoescape=True) for column in (SavedReply.title, SavedReply.body))
        wanted = wanted.where(or_(*has_it))
    if in_title is not None:
        wanted = wanted.order_by(case((in_title, 0), else_=1))
    wanted = wanted.order_by(SavedReply.uses.desc(), SavedReply.title, SavedReply.id).limit(limit)
    return db.session.scalars(wanted.options(joinedload(SavedReply.mailbox), joinedload(SavedReply.owner))).all()


def saved_reply_seen_by(viewer: User, reply_id: int) -> SavedReply:
    """One of them. Raises `NotFound` also where it is somebody else's own."""
    wanted = select(SavedReply).where(SavedReply.id == reply_id, usable_by(viewer))
    reply = db.session.scalar(wanted.options(joinedload(SavedReply.mailbox), joinedload(SavedReply.owner)))
    if reply is None:
        raise NotFound("there is no such saved reply, or it is somebody else's own")
    return reply
