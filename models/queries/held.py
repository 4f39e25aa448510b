"""Mail that was set aside, for the agents who look after it."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import ColumnElement, false, func, select, true
from sqlalchemy.orm import aliased

from models.custody import HELD, InboundDelivery, InboundMessage
from models.database import db
from models.errors import NotFound
from models.people import Role, User
from models.queries.counting import Count, up_to
from models.settings import AgentVisibility

MOST = 200


@dataclass(frozen=True)
class HeldMail:
    """One mail at one of our addresses, and why it is not on a ticket. `shown` is plain text, washed and short."""

    inbound_id: UUID
    rcpt: str
    decision: str
    rule: str
    why: str
    problems: tuple[str, ...]
    sender: str
    mail_from: str
    subject: str
    text: str
    received_at: datetime
    size: int
    discarded_at: datetime | None
    discarded_by: str


def may_look_after(viewer: User, visibility: AgentVisibility) -> ColumnElement[bool]:
    """Mail on no ticket is seen by whoever sees unassigned tickets."""
    if not viewer.is_active or not viewer.is_staff:
        return false()
    return true() if viewer.role == Role.ADMIN or visibility != "assigned" else false()


def held_mails(viewer: User, visibility: AgentVisibility, *, discarded: bool = False) -> Sequence[HeldMail]:
    """The held mails, newest first; with `discarded`, those that were thrown away."""
    return questions(viewer, visibility, ("discarded",) if discarded else HELD)


def held_count(viewer: User, visibility: AgentVisibility) -> Count:
    """How many mails wait for somebody's word, counted up to `MOST`; stray reports and auto-replies wait for none."""
    waiting = select(InboundDelivery.inbound_id).where(
        InboundDelivery.decision == "held", InboundDelivery.message_id.is_(None), may_look_after(viewer, visibility)
    )
    return up_to(waiting, MOST)


def held_mail(viewer: User, visibility: AgentVisibility, inbound_id: UUID, rcpt: str) -> HeldMail:
    """One of them. Raises `NotFound` also where it is not held any more, or not the viewer's to see."""
    found = questions(
        viewer, visibility, (*HELD, "discarded"), InboundDelivery.inbound_id == inbound_id, InboundDelivery.rcpt == rcpt
    )
    if not found:
        raise NotFound("there is no such held mail: perhaps somebody has seen to it")
    return found[0]


def questions(
    viewer: User, visibility: AgentVisibility, decisions: tuple[str, ...], *more: ColumnElement[bool]
) -> Sequence[HeldMail]:
    discarder = aliased(User)
    wanted = (
        select(
            InboundDelivery,
            InboundMessage.mail_from,
            InboundMessage.received_at,
            InboundMessage.raw_size,
            func.coalesce(discarder.full_name, discarder.username, ""),
        )
        .join(InboundMessage, InboundMessage.id == InboundDelivery.inbound_id)
        .join(discarder, discarder.id == InboundDelivery.discarded_by_id, isouter=True)
        .where(InboundDelivery.decision.in_(decisions), InboundDelivery.message_id.is_(None), *more)
        .where(InboundDelivery.cleared_at.is_(None))
        .where(may_look_after(viewer, visibility))
        .order_by(InboundMessage.received_at.desc())
        .limit(MOST)
    )
    return [as_held(*row) for row in db.session.execute(wanted)]


def as_held(delivery: InboundDelivery, mail_from: str, received_at: datetime, size: int, discarded_by: str) -> HeldMail:
    shown = delivery.evidence.get("shown", {})
    return HeldMail(
        inbound_id=delivery.inbound_id,
        rcpt=delivery.rcpt,
        decision=delivery.decision or "",
        rule=delivery.rule or "",
        why=str(delivery.evidence.get("why", "")),
        problems=tuple(map(str, delivery.evidence.get("problems", ()))),
        sender=str(shown.get("sender", "")),
        mail_from=mail_from,
        subject=str(shown.get("subject", "")),
        text=str(shown.get("text", "")),
        received_at=received_at,
        size=size,
        discarded_at=delivery.discarded_at,
        discarded_by=discarded_by,
    )
