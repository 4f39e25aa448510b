"""Takes tickets of another helpdesk over, some in one transaction. Nobody is written to, and nobody hears of it.

What is committed is whole; the next run knows it by the name it had there, so a killed run needs no note of how far it came.
"""

import logging
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

from sqlalchemy import func, select
from sqlalchemy.exc import DBAPIError

from mailgate.apply import EMPTY, NO_SUBJECT
from mailgate.handed_over import Ours
from mailgate.importing.cases import Case, Said, Somebody, Unread
from mailgate.importing.takeover import alone, batches
from models.actions.importing import (
    PastMessage, PastTicket, came_to_rest, end_of_import, take_over_message, take_over_ticket, taken_over,
)  # fmt: skip
from models.actions.messages import Received
from models.actions.people import customer_for, customer_without_address
from models.database import db
from models.markup import CLEANER_VERSION, clean_html
from models.message import Direction
from models.people import STAFF, User
from models.rich_text import text_of_html
from models.ticket import Status, Ticket

log = logging.getLogger(__name__)


@dataclass(frozen=True)
class From:
    """Which helpdesk the tickets come from, and our addresses: tickets go to the mailbox of the home among them."""

    source: str
    ours: Ours

    def is_ours(self, address: str) -> bool:
        """Whether we would write to ourselves."""
        return bool(address) and self.ours.find(address) is not None


@dataclass
class Taken:
    """What became of an export. `known` were here before, `left` were spam or deleted there, `failed` could not be filed."""

    tickets: int = 0
    messages: int = 0
    notes: int = 0
    known: int = 0
    left: int = 0
    failed: list[Unread] = field(default_factory=list)
    unread: list[Unread] = field(default_factory=list)

    def count(self, case: Case) -> None:
        notes = sum(each.direction == Direction.NOTE for each in case.said)
        self.tickets += 1
        self.notes += notes
        self.messages += len(case.said) - notes


class CasesRun:
    """One run over the tickets of an export, in their order."""

    def __init__(self, wanted: From) -> None:
        self.wanted = wanted
        self.report = Taken()
        self.seen: set[str] = set()

    def run(self, entries: Sequence[Case | Unread], told: Callable[[int], None] = lambda entries: None) -> Taken:
        """Take all of them over; `told` hears of each batch. Raises `Conflict` where another import runs."""
        with alone():
            for batch in batches(entries):
                self.take(self.unknown(batch))
                told(len(batch))
            end_of_import(min((each.opened_at for each in entries if isinstance(each, Case)), default=None))
            db.session.commit()
        return self.report

    def rehearse(self, entries: Sequence[Case | Unread], told: Callable[[int], None] = lambda entries: None) -> Taken:
        """Count what would become of them, and write nothing."""
        for batch in batches(entries):
            for case in self.unknown(batch):
                self.report.count(case)
            told(len(batch))
        return self.report

    def unknown(self, batch: Sequence[Case | Unread]) -> list[Case]:
        """Those that are not here yet, each once; the others are counted."""
        self.report.unread += [each for each in batch if isinstance(each, Unread)]
        cases = [each for each in batch if isinstance(each, Case)]
        wanted = [each for each in cases if each.status]
        self.report.left += len(cases) - len(wanted)
        here = taken_over(self.wanted.source, [each.external_id for each in wanted]) | self.seen
        db.session.rollback()
        fresh = {each.external_id: each for each in reversed(wanted) if each.external_id not in here}
        self.report.known += len(wanted) - len(fresh)
        self.seen.update(fresh)
        return list(reversed(fresh.values()))

    def take(self, cases: Sequence[Case]) -> None:
        """Take them over together; when that fails, each by itself, so that one cannot spoil it for the others."""
        try:
            for case in cases:
                take_over(case, self.wanted)
            db.session.commit()
        except Exception as error:  # every failure is told, with its place in the export
            db.session.rollback()
            if isinstance(error, DBAPIError) and error.connection_invalidated:
                raise
            if len(cases) > 1:
                for case in cases:
                    self.take([case])
                return
            log.error("a ticket could not be taken over: %s", cases[0].where, exc_info=error)
            self.report.failed.append(Unread(cases[0].where, f"ticket {cases[0].external_id}: {type(error).__name__}"))
            return
        for case in cases:
            self.report.count(case)


def take_over(case: Case, wanted: From) -> Ticket:
    """The ticket and everything said on it, in the running transaction."""
    address = "" if wanted.is_ours(case.customer.address) else case.customer.address
    agent = member(case.agent)
    said = case.said or (Said(Direction.IN, case.customer, case.opened_at),)
    ticket = take_over_ticket(
        PastTicket(
            mailbox_id=wanted.ours.home.mailbox_id,
            asked_by=customer_of(case, case.customer, wanted),
            address=address,
            subject=case.subject or NO_SUBJECT,
            description=text_in(said[0]),
            opened_at=min(case.opened_at, said[0].at),
            status=Status.ASSIGNED if agent and case.status == Status.OPEN else case.status,
            priority=case.priority,
            agent_id=agent.id if agent else None,
            tags=case.tags,
        ),
        wanted.source,
        case.external_id,
    )
    remarks = case.remarks + ((f"There it was with {case.agent.words}.",) if agent is None and case.agent.words else ())
    for each in said:
        take_over_message(ticket, PastMessage(each.direction, each.at, received(each, case, wanted, remarks)))
        remarks = ()
    if case.ended_at is not None:
        came_to_rest(ticket, max(case.ended_at, ticket.created_at))
    return ticket


def received(said: Said, case: Case, wanted: From, remarks: tuple[str, ...]) -> Received:
    """The words as every message keeps them: HTML cleaned, and text beside it."""
    cleaned = clean_html(said.html) if said.html.strip() else None
    is_ours = said.direction != Direction.IN
    author = member(said.author, also_gone=True) if is_ours else customer_of(case, said.author, wanted)
    shortened = ("It was too long, and is cut.",) if cleaned and cleaned.shortened else ()
    return Received(
        body=text_in(said),
        author_id=author.id if author else 0,
        author_name=said.author.name or (author.name if author and author.full_name else ""),
        author_address=said.author.address,
        body_html=cleaned.html if cleaned else "",
        cleaner_version=CLEANER_VERSION if cleaned else 0,
        remarks=remarks + said.remarks + shortened,
    )


def text_in(said: Said) -> str:
    """The plain words; where there is only HTML, what it says."""
    return said.text if said.text.strip() else text_of_html(said.html) or EMPTY


def member(who: Somebody, *, also_gone: bool = False) -> User | None:
    """Whoever of the team has his address; with `also_gone`, somebody who works here no more too."""
    if not who.address:
        return None
    found = db.session.scalar(select(User).where(func.lower(User.email) == who.address, User.role.in_(STAFF)))
    return found if found is not None and (found.is_active or also_gone) else None


def customer_of(case: Case, who: Somebody, wanted: From) -> User:
    """The customer with his address; one without is known by what he was called there, or else as the one of this ticket."""
    if who.address and not wanted.is_ours(who.address):
        return customer_for(who.address, who.name)
    key = who.key or f"{case.external_id}/{who.name or 'somebody'}"
    return customer_without_address(f"{wanted.source}:{key}", who.name)
