"""Does what was decided, through the actions of the desk."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from mailgate.decision import (
    AddToTicket,
    Decision,
    Facts,
    LinkDuplicate,
    OpenTicket,
    RecordAutoReply,
    RecordReport,
    SetAside,
)
from mailgate.identity.verdict import as_json
from models.actions.messages import Received, StoredFile, receive_message, receive_on
from models.actions.people import customer_for
from models.actions.reports import record_report
from models.actions.tickets import open_ticket
from models.actions.timeline import note_on_timeline
from models.actor import MAIL_GATE
from models.markup import CLEANER_VERSION
from models.people import User

NO_SUBJECT = "(no subject)"
EMPTY = "(empty message)"


@dataclass(frozen=True)
class Outcome:
    """What the ledger says the mail became, and where it can be seen."""

    name: str
    ticket_id: int | None = None
    message_id: int | None = None


def apply(decision: Decision, facts: Facts, files: Sequence[StoredFile]) -> Outcome:
    """Carry out one decision in the running transaction."""
    match decision:
        case OpenTicket():
            return open_for(decision, facts, files)
        case AddToTicket(ticket_id=ticket_id):
            return add_to(ticket_id, "reply", facts, files)
        case RecordAutoReply(ticket_id=ticket_id, why=why):
            return add_to(ticket_id, "auto_reply", facts, files, held_reason=why)
        case RecordReport(kind=kind, about=about, why=why):
            said = {name: str(decision.evidence.get(name, "")) for name in ("status", "text")}
            hard = bool(decision.evidence.get("hard", True))
            record_report(about.outbox_id, kind, why, **said, hard=hard, by_bounce_address=about.by_bounce_address)
            return Outcome(kind, about.ticket_id, about.message_id)
        case LinkDuplicate(first=first):
            return Outcome("duplicate", first.ticket_id, first.message_id)
        case SetAside(folder=folder):
            return Outcome(folder)
    raise AssertionError(f"nobody carries out {type(decision).__name__}")


def open_for(decision: OpenTicket, facts: Facts, files: Sequence[StoredFile]) -> Outcome:
    customer = writer_of(facts)
    inbound = facts.inbound
    ticket = open_ticket(
        facts.mailbox_id,
        customer,
        facts.sender,
        inbound.subject or NO_SUBJECT,
        inbound.reply_text or inbound.text,
        MAIL_GATE,
        address_as_written=inbound.sender.email if inbound.sender else facts.sender,
        follow_up_of_id=decision.follow_up_of,
    )
    if decision.may_belong_to is not None:
        note_on_timeline(
            ticket.id, "may_belong_to", MAIL_GATE, is_internal=True, ticket=decision.may_belong_to, why=decision.why
        )
    message = receive_on(ticket, received(facts, customer, files), MAIL_GATE)
    return Outcome(decision.name, ticket.id, message.id)


def add_to(
    ticket_id: int, name: str, facts: Facts, files: Sequence[StoredFile], **more: Any
) -> Outcome:
    message = receive_message(ticket_id, received(facts, writer_of(facts), files, **more), MAIL_GATE)
    return Outcome(name, ticket_id, message.id)


def writer_of(facts: Facts) -> User:
    name = facts.inbound.sender.name if facts.inbound.sender else ""
    return customer_for(facts.sender, name)


def received(
    facts: Facts, writer: User, files: Sequence[StoredFile], held_reason: str | None = None
) -> Received:
    """The mail as the desk keeps it: its text, its HTML made safe, its files."""
    inbound = facts.inbound
    return Received(
        body=inbound.text or ("" if inbound.safe_html else EMPTY),
        shown=inbound.reply_text,
        author_id=writer.id,
        author_name=inbound.sender.name if inbound.sender else "",
        author_address=inbound.sender.email if inbound.sender else facts.sender,
        body_html=inbound.safe_html,
        cleaner_version=CLEANER_VERSION if inbound.safe_html else 0,
        folds=[(fold.start, fold.end, fold.kind) for fold in inbound.folds],
        remarks=inbound.remarks,
        files=files,
        inbound_id=facts.inbound_id,
        rfc_message_id=inbound.message_id,
        held_reason=held_reason,
        sender_verified=facts.verdict.is_verified,
        sender_level=int(facts.level),
        sender_evidence=as_json(facts.verdict),
    )
