"""Acknowledging a new ticket: one mail that says it has come, one for each ticket and for each mail, ever."""

import hashlib
from collections.abc import Collection
from dataclasses import dataclass

from flask import current_app
from sqlalchemy import select

from models.actions.budgets import hold_purses, take
from models.actions.loops import breaker_is_open
from models.actions.mail_queue import queue_mail
from models.actions.notices import requester_of, ring
from models.actions.timeline import note_on_timeline
from models.actor import MAIL_GATE
from models.app import settings_of
from models.budget_rules import Purse, purses_of_a_customer_mail
from models.database import db
from models.mailbox import Mailbox
from models.outbox import Outbox
from models.queries.suppression import is_suppressed
from models.ticket import Ticket

SWITCHED_OFF = "this mailbox sends no acknowledgements"
SUPPRESSED = "nothing is written to this address any more"
ONE_FOR_SIBLINGS = "the same mail has been acknowledged at another mailbox"
LOOPS = "the ticket's loop breaker is open"


@dataclass(frozen=True)
class Acknowledge:
    """A new ticket whose requester may hear that it has come.

    `form` is 'full', or 'fixed': then the mail repeats nothing that the requester chose. `source` stands for the mail
    that opened it: the same for its siblings at other mailboxes. `source_ip` is the host it came from, '' where unknown.
    """

    ticket_id: int
    message_id: int
    address: str
    form: str
    source: str
    source_ip: str = ""

    @property
    def purses(self) -> list[Purse]:
        settings = settings_of(current_app)
        own = (*settings.smtp_relays, *settings.mx_relays)
        return purses_of_a_customer_mail(self.address, self.ticket_id, self.source_ip, own)


def acknowledge_all(wanted: Collection[Acknowledge]) -> dict[int, str]:
    """Acknowledge each; by ticket, why it was not done, '' where it was.

    Budgets are held until the commit: call it last, with everything the transaction wants to acknowledge.
    """
    hold_purses([purse for each in wanted for purse in each.purses])
    return {each.ticket_id: acknowledge(each) for each in wanted}


def acknowledge(wanted: Acknowledge) -> str:
    ticket = db.session.get_one(Ticket, wanted.ticket_id)
    mailbox = db.session.get_one(Mailbox, ticket.mailbox_id)
    requester = requester_of(ticket)
    if not mailbox.acks:
        return SWITCHED_OFF
    if requester is None or requester.address != wanted.address or is_suppressed(requester.address):
        return SUPPRESSED
    if breaker_is_open(ticket):
        return LOOPS
    key = f"ack:{hashlib.sha256(wanted.source.encode('utf-8', 'replace')).hexdigest()}"
    if was_queued(key):
        return ONE_FOR_SIBLINGS
    limit = take(wanted.purses)
    if limit is not None:
        return f"the budget is used up: {limit.most} {limit.words}"
    row = queue_mail(
        key,
        "ack",
        mailbox,
        requester.address_as_written if wanted.form == "full" else requester.address,
        settings_of(current_app).signing_keys,
        automatic=True,
        ticket_id=ticket.id,
        message_id=wanted.message_id,
        participant_id=requester.id,
        said={"form": wanted.form},
    )
    assert row is not None, "the sender is locked: nobody else queues this meanwhile"
    note_on_timeline(
        ticket.id, "acknowledged", MAIL_GATE, message_id=wanted.message_id, is_internal=True, rcpt=row.rcpt
    )
    ring(ticket, wanted.message_id)
    return ""


def was_queued(key: str) -> bool:
    return db.session.scalar(select(Outbox.id).where(Outbox.idempotency_key == key)) is not None
