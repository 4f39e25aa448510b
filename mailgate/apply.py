"""Does what was decided, through the actions of the desk."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from sqlalchemy import select

from mailgate.acknowledgement import must_be_left_alone
from mailgate.decision import (
    AddToTicket,
    Decision,
    Facts,
    HoldOnTicket,
    LinkDuplicate,
    OpenTicket,
    RecordAutoReply,
    RecordReport,
    SetAside,
    SpeakForAgent,
)
from mailgate.identity.verdict import Level, as_json
from mailgate.newcomers import newcomers
from models.actions.agent_notices import notice_to_agent
from models.actions.links import link_tickets
from models.actions.messages import Received, StoredFile, Written, add_note, post_reply, receive_on
from models.actions.participants import suggest_participants
from models.actions.people import customer_for
from models.actions.pulse import note_arrival
from models.actions.reports import record_report
from models.actions.tickets import lock_ticket, open_ticket, refuse_merged
from models.actor import MAIL_GATE, actor_of
from models.database import db
from models.mailbox import Mailbox
from models.markup import CLEANER_VERSION
from models.message import Source
from models.people import User
from models.ticket import Participant, Ticket

NO_SUBJECT = "(no subject)"
EMPTY = "(empty message)"
CLAIMS_TO_BE_YOU = "A mail that says it comes from you was held: it is not certain that you wrote it."
FILES_THAT_RUN = frozenset(
    "bat cmd com cpl exe hta iso jar js jse lnk msi msp ps1 reg scr vb vbe vbs ws wsf wsh".split()
)


@dataclass(frozen=True)
class Outcome:
    """What the ledger says the mail became, and where it can be seen."""

    name: str
    ticket_id: int | None = None
    message_id: int | None = None


@dataclass(frozen=True)
class Ways:
    """What carrying out needs beside the mail: the keys that sign, and the domains of signed addresses.

    `writers` are people by their addresses, `tickets` those that the transaction has locked, `quiet` the ids of those
    among them that nobody follows: asked once for many mails. What is not among them is asked where it is needed.
    """

    keys: Sequence[bytes]
    own_domains: frozenset[str] = frozenset()
    writers: Mapping[str, User] = field(default_factory=dict)
    tickets: Mapping[int, Ticket] = field(default_factory=dict)
    quiet: Collection[int] = ()


def apply(decision: Decision, facts: Facts, files: Sequence[StoredFile], ways: Ways) -> Outcome:
    """Carry out one decision in the running transaction."""
    match decision:
        case OpenTicket():
            return open_for(decision, facts, files, ways)
        case AddToTicket(ticket_id=ticket_id):
            outcome = add_to(ticket_id, "reply", facts, files, ways)
            offer_newcomers(db.session.get_one(Ticket, ticket_id), facts, ways)
            link_siblings(ticket_id, facts)
            return outcome
        case HoldOnTicket(ticket_id=ticket_id, why=why, agent_id=agent_id):
            tell_agent(agent_id, ticket_id)
            return add_to(ticket_id, "held", facts, files, ways, held_reason=why)
        case SpeakForAgent():
            return speak_for_agent(decision, facts, files, ways.keys)
        case RecordAutoReply(ticket_id=ticket_id, why=why):
            return add_to(ticket_id, "auto_reply", facts, files, ways, held_reason=why)
        case RecordReport(kind=kind, about=about, why=why):
            said = {name: str(decision.evidence.get(name, "")) for name in ("status", "text")}
            hard = bool(decision.evidence.get("hard", True))
            record_report(about.outbox_id, kind, why, **said, hard=hard, by_bounce_address=about.by_bounce_address)
            return Outcome(kind, about.ticket_id, about.message_id)
        case LinkDuplicate(first=first):
            return Outcome("duplicate", first.ticket_id, first.message_id)
        case SetAside(folder=folder, agent_id=agent_id):
            tell_agent(agent_id, None)
            if facts.probe_id is not None:
                note_arrival(facts.probe_id)
            return Outcome(folder)
    raise AssertionError(f"nobody carries out {type(decision).__name__}")


def open_for(decision: OpenTicket, facts: Facts, files: Sequence[StoredFile], ways: Ways) -> Outcome:
    customer = writer_of(facts, ways)
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
        tags=decision.tags,
        flood_of=decision.flood_of,
        takes_automatic_mail=not must_be_left_alone(facts),
    )
    if decision.may_belong_to is not None:
        link_tickets(ticket.id, decision.may_belong_to, "may_belong_to", MAIL_GATE, decision.why)
    message = receive_on(ticket, received(facts, customer, files), MAIL_GATE, is_followed=False)
    offer_newcomers(ticket, facts, ways)
    link_siblings(ticket.id, facts)
    return Outcome(decision.name, ticket.id, message.id)


def link_siblings(ticket_id: int, facts: Facts) -> None:
    """The same mail lies on tickets of other mailboxes: each side is to know, as far as its readers may."""
    for sibling in facts.siblings:
        link_tickets(ticket_id, sibling, "sibling", MAIL_GATE)


def offer_newcomers(ticket: Ticket, facts: Facts, ways: Ways) -> None:
    """Who else got the mail is suggested; a proved requester or agent may bring them in where the mailbox says so."""
    found = newcomers(facts.inbound, (facts.sender, facts.rcpt), ways.own_domains)
    if found:
        may_bring_in = facts.level is Level.A3 and brings_people_in(ticket, facts)
        suggest_participants(ticket, found, facts.sender, MAIL_GATE, they_join=may_bring_in)


def brings_people_in(ticket: Ticket, facts: Facts) -> bool:
    requester = select(Participant.address).where(Participant.ticket_id == ticket.id, Participant.role == "requester")
    is_entitled = facts.sender_is_agent or db.session.scalar(requester) == facts.sender
    return is_entitled and db.session.get_one(Mailbox, ticket.mailbox_id).cc_joins


def speak_for_agent(
    decision: SpeakForAgent, facts: Facts, files: Sequence[StoredFile], keys: Sequence[bytes]
) -> Outcome:
    """An agent's mail becomes his note, or his answer. Quoted history stays behind; so do files that run."""
    agent = actor_of(db.session.get_one(User, decision.agent_id))
    written = Written(
        body=facts.inbound.reply_text or facts.inbound.text or EMPTY,
        source=Source.EMAIL,
        inbound_id=facts.inbound_id,
        files=[file for file in files if not runs(file.filename)],
    )
    if decision.public:
        message = post_reply(decision.ticket_id, written, agent, keys)
    else:
        message = add_note(decision.ticket_id, written, agent)
    return Outcome(decision.name, decision.ticket_id, message.id)


def runs(filename: str) -> bool:
    return filename.rpartition(".")[2].lower() in FILES_THAT_RUN


def tell_agent(agent_id: int | None, ticket_id: int | None) -> None:
    if agent_id is not None:
        notice_to_agent(agent_id, CLAIMS_TO_BE_YOU, ticket_id)


def add_to(
    ticket_id: int, name: str, facts: Facts, files: Sequence[StoredFile], ways: Ways, **more: Any
) -> Outcome:
    ticket = ways.tickets.get(ticket_id) or lock_ticket(ticket_id)
    refuse_merged(ticket)
    said = received(facts, writer_of(facts, ways), files, **more)
    message = receive_on(ticket, said, MAIL_GATE, is_followed=ticket_id not in ways.quiet)
    return Outcome(name, ticket_id, message.id)


def writer_of(facts: Facts, ways: Ways) -> User:
    return ways.writers.get(facts.sender) or customer_for(facts.sender, shown_name(facts))


def shown_name(facts: Facts) -> str:
    return facts.inbound.sender.name if facts.inbound.sender else ""


def received(
    facts: Facts, writer: User, files: Sequence[StoredFile], held_reason: str | None = None
) -> Received:
    """The mail as the desk keeps it: its text, its HTML made safe, its files."""
    inbound = facts.inbound
    return Received(
        body=inbound.text or ("" if inbound.safe_html else EMPTY),
        shown=inbound.reply_text,
        author_id=writer.id,
        author_name=shown_name(facts),
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
