"""Whom a reply goes to: people stored on the ticket, and those the agent names with it, who take part from then on.

Mail goes to no other address (mail-safety, the first law): what a customer's mail had in Cc or Reply-To is only offered.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import select

from models.actions.mail_queue import queue_reply_to, recipients
from models.actions.participants import MOST_ON_TICKET, Newcomer, how_many, take_in
from models.actor import Actor
from models.addresses import normalise, typed_address, without_tag
from models.database import db
from models.errors import Invalid
from models.events import MailQueued, record
from models.mailbox import Mailbox, MailboxAddress
from models.message import Message
from models.ticket import Participant, Ticket

MOST_FORWARDED_TO = 10

FORWARD_INSTEAD = "whoever opened the ticket gets every public reply: to write to somebody else alone, forward"


@dataclass(frozen=True)
class Addressed:
    """A participant of the ticket, and where the mail's header shows him: 'to' or 'cc'."""

    participant: Participant
    place: str


def everybody_on(ticket: Ticket) -> list[Addressed]:
    """Whoever takes part now: the requester in To, the others in Cc."""
    return [Addressed(each, "to" if each.role == "requester" else "cc") for each in recipients(ticket.id)]


def addressed(ticket: Ticket, to: Sequence[str] | None, cc: Sequence[str] | None, actor: Actor) -> list[Addressed]:
    """The people a reply goes to, as its writer named them; everybody where he named nobody at all.

    The ticket is locked. A new address becomes a participant. Raises `Invalid` for what is no address of a customer,
    and where the requester is left out.
    """
    if to is None and cc is None:
        return everybody_on(ticket)
    present = {each.address: each for each in recipients(ticket.id)}
    named: dict[str, Addressed] = {}
    for place, addresses in (("to", to or ()), ("cc", cc or ())):
        for address in addresses:
            normal = normal_or_typed(address, place)
            if normal not in named:
                named[normal] = Addressed(present.get(normal) or newcomer(ticket, address, normal, place, actor), place)
    requesters = [each for each in present.values() if each.role == "requester"]
    if any(each.address not in named for each in requesters):
        raise Invalid("to", FORWARD_INSTEAD)
    return list(named.values())


def queue_reply(
    ticket: Ticket, message: Message, people: Sequence[Addressed], keys: Sequence[bytes], *, undo_seconds: int = 0
) -> None:
    """One row for each of them: mail goes to stored addresses and to no other."""
    mailbox = db.session.get_one(Mailbox, ticket.mailbox_id)
    for each in people:
        queue_reply_to(each.participant, message, mailbox, keys, addressed_as=each.place, undo_seconds=undo_seconds)
    record(MailQueued(ticket.id, message.id))


def normal_or_typed(address: str, field: str) -> str:
    """`address` as it is compared. Raises `Invalid`."""
    try:
        return normalise(address)
    except ValueError:
        return typed_address(address, field)  # says what is wrong with it


def newcomer(ticket: Ticket, address: str, normal: str, field: str, actor: Actor) -> Participant:
    """Somebody the writer brings in. Raises `Invalid`."""
    typed_address(address, field)
    refuse_our_own([normal], field)
    if how_many(ticket.id) >= MOST_ON_TICKET:
        raise Invalid(field, f"at most {MOST_ON_TICKET} people take part in a ticket")
    return take_in(ticket, Newcomer(normal, address.strip()), actor)


def strangers(addresses: Sequence[str], field: str = "to") -> list[str]:
    """Addresses a forward goes to, normalised, each once. Raises `Invalid`."""
    normal = list(dict.fromkeys(typed_address(address, field) for address in addresses if address.strip()))
    if not normal:
        raise Invalid(field, "say whom it goes to")
    if len(normal) > MOST_FORWARDED_TO:
        raise Invalid(field, f"at most {MOST_FORWARDED_TO} people get one forward")
    refuse_our_own(normal, field)
    return normal


def refuse_our_own(addresses: Sequence[str], field: str) -> None:
    """A mail to ourselves would come back as a ticket. Raises `Invalid`."""
    plain = {without_tag(address)[0] for address in addresses} | set(addresses)
    ours = db.session.scalar(select(MailboxAddress.address).where(MailboxAddress.address.in_(plain)).limit(1))
    if ours is not None:
        raise Invalid(field, f"{ours} is an address of the desk itself")
