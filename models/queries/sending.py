"""What the desk knows about a mail before it goes out: the facts that the guards of the composer ask for."""

from collections.abc import Mapping, Sequence

from sqlalchemy import func, select

from models.addresses import normalise
from models.database import db
from models.folds import new_words
from models.guards import Reader, Sending
from models.message import Direction, Message
from models.outbox import Outbox, OutboxState
from models.people import STAFF, User
from models.queries.suppression import suppressions_of
from models.suppression import Reason, Suppression
from models.ticket import Participant

MOST_READ = 60  # messages, the newest: more would not change the answer and would cost


def sending_of(
    ticket_id: int, text: str, addresses: Sequence[str], *, files: int = 0, is_forward: bool = False
) -> Sending:
    """`text` as it would go from the ticket to these addresses, which may be as written or typed."""
    normal = list(dict.fromkeys(plain(address) for address in addresses if address.strip()))
    people = {row.address: row for row in participants_of(ticket_id)}
    stopped = why_stopped(ticket_id, normal)
    names = names_of(normal)
    said = said_on(ticket_id)
    return Sending(
        text=text,
        readers=tuple(Reader(address, names.get(address, ""), stopped.get(address, "")) for address in normal),
        files=files,
        is_forward=is_forward,
        their_words="\n".join(new_words(each.body, each.folds) for each in said if each.direction == Direction.IN),
        notes=tuple(each.body for each in said if each.direction == Direction.NOTE),
        known_domains=frozenset(domain(address) for address in [*people, *written_to(ticket_id)]),
        team=frozenset(name.casefold() for name in db.session.scalars(select(User.username).where(User.role.in_(STAFF)))),
    )


def plain(address: str) -> str:
    """As it is compared; what is no address at all is refused where it is sent."""
    try:
        return normalise(address)
    except ValueError:
        return address.strip().lower()


def domain(address: str) -> str:
    return address.rpartition("@")[2]


def participants_of(ticket_id: int) -> Sequence[Participant]:
    """Everybody who takes part, or once did."""
    return db.session.scalars(select(Participant).where(Participant.ticket_id == ticket_id)).all()


def names_of(addresses: Sequence[str]) -> dict[str, str]:
    found = db.session.execute(select(func.lower(User.email), User.full_name).where(func.lower(User.email).in_(addresses)))
    return {address: name for address, name in found}


def written_to(ticket_id: int) -> set[str]:
    """Addresses that got a mail of a person's from this ticket."""
    sent = select(Outbox.rcpt).where(
        Outbox.ticket_id == ticket_id, Outbox.kind.in_(["reply", "forward"]), Outbox.state != OutboxState.CANCELLED
    )
    return {plain(address) for address in db.session.scalars(sent.distinct())}


def said_on(ticket_id: int) -> Sequence[Message]:
    """The newest messages, held ones left out: a forger's signature proves no name."""
    wanted = select(Message).where(Message.ticket_id == ticket_id, Message.held_reason.is_(None), Message.forward_of_id.is_(None))
    return db.session.scalars(wanted.order_by(Message.id.desc()).limit(MOST_READ)).all()


def why_stopped(ticket_id: int, addresses: Sequence[str]) -> Mapping[str, str]:
    """Of these addresses those that mail does not reach, and why: suppressed, or the last mail of this ticket came back."""
    known = {address: words_of(row) for address, row in suppressions_of(addresses).items()}
    last = (
        select(Outbox.rcpt, Outbox.state)
        .where(Outbox.ticket_id == ticket_id, Outbox.kind.in_(["reply", "forward"]))
        .order_by(Outbox.created_at.desc())
        .limit(MOST_READ)
    )
    seen: dict[str, str] = {}
    for rcpt, state in db.session.execute(last):
        seen.setdefault(plain(rcpt), state)
    failed = {address: "the last mail to it was not delivered" for address, state in seen.items() if state == OutboxState.FAILED}
    return {**{address: why for address, why in failed.items() if address in addresses}, **known}


def words_of(row: Suppression) -> str:
    if row.reason == Reason.COMPLAINT:
        return "its owner has called our mail unwanted"
    return f"mail to it comes back: {row.detail}".rstrip(": ")
