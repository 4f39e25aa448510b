"""Marks a ticket can have for whoever looks: unread, snoozed, followed, held mail on it, an answer that did not arrive."""

from collections.abc import Callable

from sqlalchemy import ColumnElement, Select, and_, exists, false, select

from models.custody import InboundDelivery
from models.message import Message
from models.outbox import Outbox, OutboxState
from models.people import User
from models.queries.attention import is_followed_by, is_unread_by
from models.ticket import Status, Ticket


def is_snoozed(viewer: User) -> ColumnElement[bool]:
    return Ticket.snoozed_until.is_not(None)


def has_held_mail(viewer: User) -> ColumnElement[bool]:
    """A mail on it waits for an agent's word; automatic replies wait for none."""
    is_automatic = exists().where(InboundDelivery.message_id == Message.id, InboundDelivery.decision == "auto_reply")
    waiting = select(Message.ticket_id).where(Message.held_reason.is_not(None), Message.discarded_at.is_(None), ~is_automatic)
    return Ticket.id.in_(waiting)


def has_undelivered_mail(viewer: User) -> ColumnElement[bool]:
    """An answer on it failed, or nobody knows whether it arrived; what is closed is nobody's trouble any more."""
    lost = select(Message.ticket_id).join(Outbox, Outbox.message_id == Message.id)
    return and_(Ticket.id.in_(lost.where(did_not_arrive())), Ticket.status != Status.CLOSED)


def undelivered_mails() -> Select[tuple[int]]:
    """The tickets of `has_undelivered_mail`, each as often as there are mails that did not arrive."""
    lost = select(Ticket.id).join(Message, Message.ticket_id == Ticket.id).join(Outbox, Outbox.message_id == Message.id)
    return lost.where(did_not_arrive(), Ticket.status != Status.CLOSED)


def did_not_arrive() -> ColumnElement[bool]:
    """Read by a partial index. Its message says where an answer stands: the row keeps the ticket it was sent for."""
    return and_(Outbox.kind == "reply", Outbox.state.in_((OutboxState.FAILED, OutboxState.UNCERTAIN)))


MARKS: dict[str, Callable[[User], ColumnElement[bool]]] = {
    "unread": is_unread_by,
    "snoozed": is_snoozed,
    "followed": is_followed_by,
    "held": has_held_mail,
    "undelivered": has_undelivered_mail,
}


def is_marked(mark: str, viewer: User) -> ColumnElement[bool]:
    """The condition by its name in a search, `is:unread`; to a customer no ticket has any."""
    return MARKS[mark](viewer) if viewer.is_staff else false()
