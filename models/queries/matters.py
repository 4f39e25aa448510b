"""What an answer to a ticket may rest on: its public talk, saved replies, and how tickets like it were answered.

This is the only door through which words reach a draft. No note, no held mail, nothing of an unverified writer and
no text from before the newest participant joined comes through it (mail-safety H-158, H-160), and of other
customers' tickets only what is left when the people are taken out.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import ColumnElement, func, literal_column, select
from sqlalchemy.orm import joinedload, selectinload

from models.database import db
from models.likeness import best_words, closest
from models.message import Direction, Message
from models.people import User
from models.queries.saved_replies import for_mailbox, usable_by
from models.redaction import without_people, without_secrets
from models.saved_reply import SavedReply
from models.ticket import WORDS_OF_A_TICKET, Participant, Status, Ticket
from models.variables import Situation, fill_in
from models.visible import seen_in_html, seen_text, without_folds

MOST_MESSAGES = 30
MOST_WORDS = 12
MOST_CANDIDATES = 25
MOST_REPLIES = 300
MOST_TEXT = 20_000  # characters of one message; the rest is not looked at
MOST_ANSWER = 4_000  # characters of a question or answer of another ticket
SHORTEST_ANSWER = 30  # characters: "Thanks!" taught nobody anything
JOINED_WITH = timedelta(seconds=5)  # who joins by a mail joins in its transaction, a moment before or after it
FORGED = 0  # the level of a sender who failed authentication


@dataclass(frozen=True)
class Said:
    """One public message of the ticket: what can be seen of it, without quotes, signatures and secrets."""

    id: int
    by_customer: bool
    text: str
    at: datetime


@dataclass(frozen=True)
class Matter:
    """A ticket as a draft may know it. `trouble` says why no draft may be made; '' where nothing is in the way."""

    ticket_id: int
    mailbox_id: int
    drafts_by_ai: bool
    subject: str
    said: tuple[Said, ...]
    last_message_id: int | None
    situation: Situation
    trouble: str

    @property
    def asked(self) -> str:
        """What the customer wants: the subject and the newest words."""
        return "\n".join([self.subject, *[each.text for each in self.said if each.by_customer][-2:]])


@dataclass(frozen=True)
class Known:
    """Words that are believed, or at least were once said: a saved reply, or how an earlier ticket was answered."""

    kind: str  # 'reply' or 'ticket'
    row: int
    title: str
    question: str  # for likeness
    answer: str


def matter_of(ticket: Ticket, asker: User) -> Matter:
    """The ticket as a draft by `asker` may know it. It must have been loaded with mailbox, customer, participants."""
    newest = list(db.session.scalars(public_messages(ticket.id).order_by(Message.id.desc()).limit(MOST_MESSAGES)))
    joined = newest_join(ticket.participants)
    said = tuple(said_of(each) for each in reversed(newest) if may_be_told(each, joined))
    return Matter(
        ticket_id=ticket.id,
        mailbox_id=ticket.mailbox_id,
        drafts_by_ai=ticket.mailbox.drafts_by_ai,
        subject=without_secrets(seen_text(ticket.subject))[:300],
        said=tuple(each for each in said if each.text),
        last_message_id=newest[0].id if newest else None,
        situation=situation_of(ticket, asker),
        trouble=trouble_with(ticket, newest, said),
    )


def public_messages(ticket_id: int) -> "select[tuple[Message]]":  # type: ignore[type-arg]
    return select(Message).where(
        Message.ticket_id == ticket_id,
        Message.direction != Direction.NOTE,
        Message.held_reason.is_(None),
        Message.audience_id.is_(None),  # what a merge brought was not said to this customer
    )


def newest_join(participants: Iterable[Participant]) -> datetime | None:
    """Since when everybody who gets the answer has been on the ticket."""
    return max((each.joined_at for each in participants if each.left_at is None), default=None)


def may_be_told(message: Message, joined: datetime | None) -> bool:
    """Whether everybody who gets the answer may know this message, and its writer is not known to be forged."""
    return message.sender_level != FORGED and (joined is None or message.created_at >= joined - JOINED_WITH)


def trouble_with(ticket: Ticket, newest: Sequence[Message], said: Sequence[Said]) -> str:
    """Why there is nothing a draft could answer; ''."""
    last_in = next((each for each in newest if each.direction == Direction.IN), None)
    if last_in is None:
        return "there is no customer's message that a draft could answer"
    if last_in.sender_level == FORGED:
        return "it is not certain who wrote the newest message: read it, and answer it yourself"
    if not ticket.takes_automatic_mail and last_in is newest[-1]:
        return "a machine or a mailing list wrote it, and no person since"
    if last_in.id not in {each.id for each in said if each.text}:
        return "somebody joined this ticket after the newest message, and a draft could tell what was said before"
    return ""


def said_of(message: Message) -> Said:
    return Said(message.id, message.direction == Direction.IN, without_secrets(shown_words(message)), message.created_at)


def shown_words(message: Message) -> str:
    """What the agent sees of a message, unfolded: of its HTML where it has any."""
    if message.body_html:
        return seen_in_html(message.body_html)[:MOST_TEXT].strip()
    return without_folds(message.body, message.folds)[:MOST_TEXT].strip()


def situation_of(ticket: Ticket, agent: User) -> Situation:
    return Situation(
        customer_name=ticket.customer.full_name,
        customer_email=ticket.customer.email or "",
        ticket_ref=ticket.ref,
        ticket_subject=ticket.subject,
        agent_name=agent.name,
        mailbox_name=ticket.mailbox.name,
        mailbox_address=ticket.mailbox.address,
    )


def usable_replies(matter: Matter, asker: User, *, approved_only: bool) -> list[Known]:
    """Saved replies for this ticket, their variables filled in."""
    wanted = select(SavedReply).where(usable_by(asker), for_mailbox(matter.mailbox_id))
    if approved_only:
        wanted = wanted.where(SavedReply.approved_for_drafts)
    found = db.session.scalars(wanted.order_by(SavedReply.uses.desc(), SavedReply.id).limit(MOST_REPLIES))
    return [
        Known("reply", each.id, each.title, f"{each.title} {each.body}", fill_in(each.body, matter.situation))
        for each in found
    ]


def answered_like(matter: Matter, *among: ColumnElement[bool]) -> list[Known]:
    """How tickets of the same mailbox that share words with this one were answered, without their people.

    `among`: only such tickets; a person is told of none that he may not see, a draft learns from all of the mailbox.
    """
    words = best_words(matter.asked, MOST_WORDS)
    if not words:
        return []
    any_word = func.to_tsquery("simple", " | ".join(f"'{word}':*" for word in words))
    vector = literal_column(WORDS_OF_A_TICKET)
    some = (
        select(Ticket.id)
        .where(*may_be_learned_from(matter), *among, vector.bool_op("@@")(any_word))
        .order_by(func.ts_rank(vector, any_word).desc(), Ticket.id.desc())
        .limit(MOST_CANDIDATES)
    )
    found = select(Ticket).where(Ticket.id.in_(some))
    loaded = found.options(joinedload(Ticket.customer), selectinload(Ticket.participants))
    return [known for ticket in db.session.scalars(loaded).unique() if (known := solved(ticket)) is not None]


def may_be_learned_from(matter: Matter) -> tuple[ColumnElement[bool], ...]:
    return (
        Ticket.mailbox_id == matter.mailbox_id,
        Ticket.id != matter.ticket_id,
        Ticket.status.in_([Status.RESOLVED, Status.CLOSED]),
        Ticket.removed_as.is_(None),
    )


def solved(ticket: Ticket) -> Known | None:
    """The question of a ticket and the last answer a person gave to it."""
    messages = db.session.scalars(public_messages(ticket.id).order_by(Message.id).limit(MOST_MESSAGES)).all()
    asked = next((each for each in messages if each.direction == Direction.IN and each.sender_level != FORGED), None)
    names = [*names_on(ticket), *(each.author_name for each in messages)]
    answers = (
        without_people(shown_words(each)[:MOST_ANSWER], names)
        for each in reversed(messages)
        if each.direction == Direction.OUT and each.author_id is not None
    )
    answer = next((text for text in answers if len(text) >= SHORTEST_ANSWER), "")
    if asked is None or not answer:
        return None
    subject = without_people(seen_text(ticket.subject), names)
    question = f"{subject}\n{without_people(shown_words(asked)[:MOST_ANSWER], names)}"
    return Known("ticket", ticket.id, f"{ticket.ref}: {subject}"[:160], question, answer)


def names_on(ticket: Ticket) -> list[str]:
    people = [ticket.customer.full_name, ticket.customer.username, ticket.customer.email or ""]
    return people + [address for each in ticket.participants for address in (each.address, each.address_as_written)]


def fitting(matter: Matter, known: Sequence[Known], most: int) -> list[Known]:
    """Those of `known` that fit the matter, the best first."""
    near = closest(matter.asked, {place: each.question for place, each in enumerate(known)}, most=most)
    return [known[place] for place, _ in near]
