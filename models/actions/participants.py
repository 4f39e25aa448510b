"""Who takes part in a ticket: added by an agent, or suggested by a mail that was sent to them too."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass

from sqlalchemy import func, select

from models.actions.people import customer_for
from models.actions.reply_tokens import revoke_reply_address
from models.actions.tickets import lock_ticket
from models.actions.timeline import note_on_timeline
from models.actor import Actor
from models.addresses import typed_address, without_tag
from models.database import db
from models.errors import Conflict, Forbidden, NotFound
from models.events import TicketUpdated, record
from models.mailbox import MailboxAddress
from models.people import STAFF, User
from models.text import clean_text
from models.ticket import Participant, SuggestedParticipant, Ticket

MOST_AT_ONCE = 10
MOST_ON_TICKET = 40


@dataclass(frozen=True)
class Newcomer:
    """Somebody a mail was also sent to: `address` normalised, and as it was written."""

    address: str
    address_as_written: str
    name: str = ""


def suggest_participants(
    ticket: Ticket, newcomers: Sequence[Newcomer], by: str, actor: Actor, *, they_join: bool = False
) -> None:
    """Offer them to the agents, or with `they_join` let them take part at once: ten of a mail, forty on a ticket.

    Mailboxes of ours, people who answer here, and who was offered or takes part already are left out. The ticket is
    locked, or so new that nobody else can know of it.
    """
    if not newcomers:
        return
    known = known_addresses(ticket.id, [each.address for each in newcomers])
    room = MOST_ON_TICKET - how_many(ticket.id)
    for newcomer in [each for each in newcomers if each.address not in known][: min(MOST_AT_ONCE, max(room, 0))]:
        if they_join:
            take_in(ticket, newcomer, actor)
            continue
        db.session.add(
            SuggestedParticipant(
                ticket_id=ticket.id,
                address=newcomer.address,
                address_as_written=clean_text(newcomer.address_as_written, 320),
                name=clean_text(newcomer.name, 200),
                suggested_by=by,
            )
        )


def known_addresses(ticket_id: int, addresses: Collection[str]) -> set[str]:
    """Those of `addresses` that are ours, or that the ticket knows of."""
    plain = {address: without_tag(address)[0] for address in addresses}
    ours = set(db.session.scalars(select(MailboxAddress.address).where(MailboxAddress.address.in_({*plain, *plain.values()}))))
    staff = select(func.lower(User.email)).where(func.lower(User.email).in_(addresses), User.role.in_(STAFF))
    part = select(Participant.address).where(Participant.ticket_id == ticket_id, Participant.address.in_(addresses))
    offered = select(SuggestedParticipant.address).where(
        SuggestedParticipant.ticket_id == ticket_id, SuggestedParticipant.address.in_(addresses)
    )
    known = {str(each) for question in (staff, part, offered) for each in db.session.scalars(question)}
    return known | {address for address, without in plain.items() if address in ours or without in ours}


def how_many(ticket_id: int) -> int:
    present = select(func.count(Participant.id)).where(Participant.ticket_id == ticket_id, Participant.left_at.is_(None))
    offered = select(func.count(SuggestedParticipant.id)).where(
        SuggestedParticipant.ticket_id == ticket_id, SuggestedParticipant.outcome.is_(None)
    )
    return (db.session.scalar(present) or 0) + (db.session.scalar(offered) or 0)


def add_participant(ticket_id: int, address: str, actor: Actor, *, name: str = "") -> Participant:
    """Let somebody take part. He gets what is written from now on, and nothing older. Raises `Invalid`, `Conflict`."""
    if not actor.is_staff:
        raise Forbidden("only agents say who takes part in a ticket")
    ticket = lock_ticket(ticket_id)
    normal = typed_address(address, "address")
    if db.session.get(MailboxAddress, without_tag(normal)[0]) is not None:
        raise Conflict("this is an address of the desk itself")
    participant = take_in(ticket, Newcomer(normal, address.strip(), name), actor)
    settle_suggestion(ticket_id, normal, "added", actor)
    return participant


def take_in(ticket: Ticket, newcomer: Newcomer, actor: Actor) -> Participant:
    """Make him a participant, or again one where he had left."""
    same = select(Participant).where(Participant.ticket_id == ticket.id, Participant.address == newcomer.address)
    participant = db.session.scalar(same)
    if participant is not None and participant.left_at is None:
        return participant
    if participant is None:
        participant = Participant(
            ticket_id=ticket.id,
            user_id=customer_for(newcomer.address, newcomer.name).id,
            address=newcomer.address,
            address_as_written=clean_text(newcomer.address_as_written, 320),
            role="cc",
        )
        db.session.add(participant)
    participant.left_at = None
    participant.joined_at = func.clock_timestamp()
    db.session.flush()
    note_on_timeline(ticket.id, "participant_added", actor, is_internal=True, address=newcomer.address)
    record(TicketUpdated(ticket.id))
    return participant


def remove_participant(ticket_id: int, participant_id: int, actor: Actor) -> None:
    """He gets no more mail, and his reply address is no evidence any more. The requester stays: he cannot be removed."""
    if not actor.is_staff:
        raise Forbidden("only agents say who takes part in a ticket")
    ticket = lock_ticket(ticket_id)
    participant = db.session.get(Participant, participant_id, with_for_update=True)
    if participant is None or participant.ticket_id != ticket.id or participant.left_at is not None:
        raise NotFound("there is no such participant")
    if participant.role == "requester":
        raise Conflict("whoever opened the ticket takes part in it")
    participant.left_at = func.clock_timestamp()
    revoke_reply_address(ticket.id, participant.id)
    note_on_timeline(ticket.id, "participant_removed", actor, is_internal=True, address=participant.address)
    record(TicketUpdated(ticket.id))


def accept_suggestion(ticket_id: int, suggestion_id: int, actor: Actor) -> None:
    """Let the suggested person take part. Raises `NotFound` where it was settled already."""
    suggestion = open_suggestion(ticket_id, suggestion_id)
    add_participant(ticket_id, suggestion.address_as_written, actor, name=suggestion.name)
    settle_suggestion(ticket_id, suggestion.address, "added", actor)


def dismiss_suggestion(ticket_id: int, suggestion_id: int, actor: Actor) -> None:
    """Do not offer this address on this ticket again."""
    if not actor.is_staff:
        raise Forbidden("only agents say who takes part in a ticket")
    settle_suggestion(ticket_id, open_suggestion(ticket_id, suggestion_id).address, "dismissed", actor)
    record(TicketUpdated(ticket_id))


def open_suggestion(ticket_id: int, suggestion_id: int) -> SuggestedParticipant:
    suggestion = db.session.get(SuggestedParticipant, suggestion_id)
    if suggestion is None or suggestion.ticket_id != ticket_id or suggestion.outcome is not None:
        raise NotFound("somebody has seen to this suggestion already")
    return suggestion


def settle_suggestion(ticket_id: int, address: str, outcome: str, actor: Actor) -> None:
    wanted = select(SuggestedParticipant).where(
        SuggestedParticipant.ticket_id == ticket_id,
        SuggestedParticipant.address == address,
        SuggestedParticipant.outcome.is_(None),
    )
    suggestion = db.session.scalar(wanted.with_for_update())
    if suggestion is not None:
        suggestion.outcome = outcome
        suggestion.settled_at = func.clock_timestamp()
        suggestion.settled_by_id = actor.id
