"""The messages of a conversation with what happened between them, in the order in which they came."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime

from models.message import Message
from models.people import User
from models.queries.conversations import message_ids_of, messages_of, messages_with_ids, timeline_of
from models.ticket import Ticket
from models.timeline import TimelineEntry
from webapp.clock import Clock
from webapp.inbox.cards import Card, card_of
from webapp.inbox.gaps import FOLDED_FROM, Gap, Range, gaps_between, hidden_at_first, hidden_in, read_gaps, shown_of, write_gaps
from webapp.inbox.happenings import Happening, happening_of

SAID = frozenset({"received", "held", "replied", "noted", "forwarded"})  # happenings that a card shows already


@dataclass(frozen=True)
class Wanted:
    """What the reader's page asks to see of a long conversation: all but `gaps` where it says them, the usual where it
    does not, and in any case the message that a link leads to.
    """

    gaps: str | None = None
    message: int | None = None


WHOLE = Wanted(gaps="")


@dataclass(frozen=True)
class Day:
    name: str


@dataclass(frozen=True)
class Changes:
    """Happenings in a row; more than a few are folded under one line."""

    lines: tuple[Happening, ...]


Item = Day | Card | Changes | Gap


@dataclass(frozen=True)
class Thread:
    items: tuple[Item, ...]
    gaps: str  # what is not shown, as addresses say it
    last_message: int  # id of the newest message, 0 where there is none
    last_is_mine: bool


def read_thread(
    ticket: Ticket, viewer: User, clock: Clock, wanted: Wanted, *, has_files: bool = True
) -> tuple[Thread, Sequence[Message]]:
    """The thread as the reader wants it, and the messages it shows, oldest first; `has_files` as `messages_of` reads it."""
    if ticket.message_count < FOLDED_FROM:  # one question for all of it
        messages = messages_of(ticket.id, viewer, has_files=has_files)
        ids = [message.id for message in messages]
        hidden = hidden_from(ids, wanted)
        shown = set(shown_of(ids, hidden))
        messages = [message for message in messages if message.id in shown]
    else:
        ids = list(message_ids_of(ticket.id, viewer))
        hidden = hidden_from(ids, wanted)
        messages = messages_with_ids(ticket.id, viewer, shown_of(ids, hidden))
    thread = thread_of(messages, timeline_of(ticket.id, viewer), viewer, clock, gaps_between(ids, hidden), write_gaps(hidden))
    return thread, messages


def hidden_from(ids: Sequence[int], wanted: Wanted) -> list[Range]:
    if wanted.gaps is None:
        return hidden_at_first(ids, wanted.message)
    return hidden_in(ids, read_gaps(wanted.gaps))


def thread_of(
    messages: Sequence[Message],
    entries: Iterable[TimelineEntry],
    viewer: User,
    clock: Clock,
    gaps: Sequence[Gap] = (),
    written: str = "",
) -> Thread:
    """Messages and happenings in order, with days between them, and a line for each gap."""
    happened = [entry for entry in entries if entry.kind not in SAID and not is_in_a_gap(entry.created_at, messages, gaps)]
    newest = messages[-1] if messages else None
    return Thread(
        items=tuple(with_days(in_order(messages, happened), clock, {gap.after: gap for gap in gaps})),
        gaps=written,
        last_message=newest.id if newest else 0,
        last_is_mine=newest is not None and newest.author_id == viewer.id,
    )


def is_in_a_gap(moment: datetime, messages: Sequence[Message], gaps: Sequence[Gap]) -> bool:
    """Whether it happened between the message above a gap and the one below."""
    for gap in gaps:
        above = next(index for index, message in enumerate(messages) if message.id == gap.after)
        if messages[above].created_at <= moment < messages[above + 1].created_at:
            return True
    return False


def in_order(messages: Iterable[Message], entries: Iterable[TimelineEntry]) -> list[Message | TimelineEntry]:
    return sorted([*entries, *messages], key=moment_of)


def moment_of(item: Message | TimelineEntry) -> datetime:
    return item.created_at


def with_days(items: Iterable[Message | TimelineEntry], clock: Clock, gaps: dict[int, Gap]) -> Iterator[Item]:
    """Cards and grouped happenings, each day opened by its name, each gap below the message it follows."""
    day: date | None = None
    waiting: list[Happening] = []
    for item in items:
        today = clock.day(item.created_at)
        if waiting and (today != day or isinstance(item, Message)):
            yield Changes(tuple(waiting))
            waiting = []
        if today != day:
            day = today
            yield Day(clock.day_name(today))
        if not isinstance(item, Message):
            waiting.append(happening_of(item, clock))
            continue
        yield card_of(item, clock)
        if item.id in gaps:
            yield gaps[item.id]
    if waiting:
        yield Changes(tuple(waiting))
