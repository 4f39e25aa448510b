"""Runs kept mails through the rules of today without doing anything: what would they become, and is that news?"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from uuid import UUID

from sqlalchemy import select

from mailgate.decision import OpenTicket, RecordReport, SetAside
from mailgate.pipeline import Desk, Reader, by_mailbox, judge, read_without_keeping
from models.actions.custody import kept_mail
from models.custody import InboundDelivery
from models.database import db


@dataclass(frozen=True)
class Comparison:
    """What a mail became at one address, and what it would become now: decision and rule, '' where there was none."""

    inbound_id: UUID
    rcpt: str
    was: tuple[str, str]
    now: tuple[str, str]
    why: str

    @property
    def is_news(self) -> bool:
        return self.was != self.now


def compare(inbound_ids: Sequence[UUID], read: Reader, desk: Desk) -> Iterator[Comparison]:
    """Judge each mail anew. Writes nothing: the transaction is rolled back after every mail."""
    for inbound_id in inbound_ids:
        mail = kept_mail(inbound_id)
        db.session.rollback()
        read_mail = read_without_keeping(mail, read, desk)
        deliveries = db.session.scalars(select(InboundDelivery).where(InboundDelivery.inbound_id == inbound_id)).all()
        found = []
        for _, group in by_mailbox(deliveries):
            _, ruling = judge(read_mail, group, desk, as_of=mail.filed_at)
            now = (name_of(ruling.decision), ruling.rule)
            for delivery in group:
                was = (delivery.decision or "", delivery.rule or "")
                found.append(Comparison(inbound_id, delivery.rcpt, was, now, ruling.decision.why))
        db.session.rollback()
        yield from found


def name_of(decision: object) -> str:
    """The name the ledger gives a decision."""
    match decision:
        case SetAside(folder=folder):
            return folder
        case RecordReport(kind=kind):
            return kind
        case OpenTicket():
            return OpenTicket.name
    return str(getattr(decision, "name", ""))
