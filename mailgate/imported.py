"""Does what was decided about a mail of the past: it takes its place with its own date, and wakes nobody."""

from collections.abc import Sequence

from mailgate.apply import EMPTY, NO_SUBJECT, Outcome, Ways, received, writer_of
from mailgate.decision import AddToTicket, Decision, Facts, HoldOnTicket, LinkDuplicate, OpenTicket, RecordAutoReply, SetAside, TakeOver
from models.actions.importing import PastMessage, PastTicket, let_join, take_over_message, take_over_ticket
from models.actions.links import link_tickets
from models.actions.messages import Received, StoredFile
from models.actions.people import customer_for
from models.actions.tickets import lock_ticket
from models.actor import IMPORT
from models.markup import CLEANER_VERSION
from models.message import Direction
from models.ticket import Ticket


def apply_imported(decision: Decision, facts: Facts, files: Sequence[StoredFile], ways: Ways) -> Outcome:
    """Carry out one decision about an imported mail in the running transaction. Nothing of it is ever mailed."""
    match decision:
        case OpenTicket():
            return opened(decision, facts, files, ways)
        case TakeOver():
            return answered(decision, facts, files)
        case AddToTicket(ticket_id=ticket_id):
            return said_on(lock_ticket(ticket_id), "reply", facts, files, ways)
        case HoldOnTicket(ticket_id=ticket_id, why=why):
            return said_on(lock_ticket(ticket_id), "held", facts, files, ways, why)
        case RecordAutoReply(ticket_id=ticket_id, why=why):
            return said_on(lock_ticket(ticket_id), "auto_reply", facts, files, ways, why)
        case LinkDuplicate(first=first):
            return Outcome("duplicate", first.ticket_id, first.message_id)
        case SetAside(folder=folder):
            return Outcome(folder)
    raise AssertionError(f"nobody carries out {type(decision).__name__} for what is imported")


def opened(decision: OpenTicket, facts: Facts, files: Sequence[StoredFile], ways: Ways) -> Outcome:
    customer = writer_of(facts, ways)
    sender = facts.inbound.sender
    ticket = take_over_ticket(
        PastTicket(
            facts.mailbox_id, customer, facts.sender, facts.inbound.subject or NO_SUBJECT, words_of(facts), facts.received_at,
            address_as_written=sender.email if sender else facts.sender, tags=decision.tags,
        )  # fmt: skip
    )
    if decision.may_belong_to is not None:
        link_tickets(ticket.id, decision.may_belong_to, "may_belong_to", IMPORT, decision.why)
    return said_on(ticket, decision.name, facts, files, ways)


def answered(decision: TakeOver, facts: Facts, files: Sequence[StoredFile]) -> Outcome:
    """The team's own mail: on its ticket, or on a new one of whoever it was written to."""
    if decision.ticket_id is not None:
        ticket, name = lock_ticket(decision.ticket_id), "reply"
    else:
        first = facts.outsiders[0]
        customer = customer_for(first.address, first.name)
        past = PastTicket(
            facts.mailbox_id, customer, first.address, facts.inbound.subject or NO_SUBJECT, words_of(facts), facts.received_at,
            address_as_written=first.address_as_written,
        )  # fmt: skip
        ticket, name = take_over_ticket(past), "new_ticket"
    let_join(ticket, facts.outsiders, facts.received_at)
    message = take_over_message(ticket, PastMessage(Direction.OUT, facts.received_at, written(decision.agent_id, facts, files)))
    return Outcome(name, ticket.id, message.id)


def said_on(
    ticket: Ticket, name: str, facts: Facts, files: Sequence[StoredFile], ways: Ways, held_reason: str | None = None
) -> Outcome:
    said = received(facts, writer_of(facts, ways), files, held_reason)
    message = take_over_message(ticket, PastMessage(Direction.IN, facts.received_at, said))
    return Outcome(name, ticket.id, message.id)


def written(agent_id: int | None, facts: Facts, files: Sequence[StoredFile]) -> Received:
    inbound = facts.inbound
    return Received(
        body=inbound.text or ("" if inbound.safe_html else EMPTY),
        shown=inbound.reply_text,
        author_id=agent_id or 0,
        author_name=inbound.sender.name if inbound.sender else "",
        author_address=facts.sender,
        body_html=inbound.safe_html,
        cleaner_version=CLEANER_VERSION if inbound.safe_html else 0,
        folds=[(fold.start, fold.end, fold.kind) for fold in inbound.folds],
        files=files,
        inbound_id=facts.inbound_id,
        rfc_message_id=inbound.message_id,
    )


def words_of(facts: Facts) -> str:
    return facts.inbound.reply_text or facts.inbound.text
