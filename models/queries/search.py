"""Search: the tickets that hold the words somebody may read, the best first.

Rights are part of every question, also of the one for the snippet: a customer finds nothing by the words of a note.
Each word may stand in another message of the ticket. The newest 500 tickets that match are ranked: so common words stay
cheap, and nobody reads further. Where nothing matches, what is spelt alike in subjects and names is found instead.
"""

import re
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

from flask import current_app
from psycopg.errors import QueryCanceled
from sqlalchemy import ColumnElement, Double, and_, cast, exists, false, func, literal, or_, select, text, true, union, union_all
from sqlalchemy.dialects.postgresql import distinct_on
from sqlalchemy.exc import OperationalError

from models.database import db
from models.errors import Invalid
from models.mailbox import Mailbox, MailboxAddress
from models.message import Attachment, Message
from models.people import User
from models.queries.audiences import shown_to_their_customers
from models.queries.conversations import readable_by
from models.queries.keysets import Order, Slice, slice_of
from models.queries.marks import is_marked
from models.queries.rights import visible_to
from models.queries.spread import widespread
from models.queries.ticket_list import SHOWN, Filters, held_by, narrowed
from models.search_index import message_words, ticket_words
from models.search_words import Wanted
from models.settings import AgentVisibility
from models.ticket import Ticket

MOST_RANKED = 500
SECONDS = 2  # a search that takes longer is given up: it costs everybody
ALIKE = 0.4
READ = 20_000  # characters of a message in which its snippet is looked for
START, STOP = "\ue000", "\ue001"  # from the private use area; texts that hold them lose them
SNIPPET = f'StartSel="{START}", StopSel="{STOP}", MaxFragments=2, MinWords=8, MaxWords=24, FragmentDelimiter=" … "'
LIMITS = text(
    f"SELECT set_config('statement_timeout', '{SECONDS}s', true), set_config('max_parallel_workers_per_gather', '0', true),"
    f" set_config('pg_trgm.word_similarity_threshold', '{ALIKE}', true), set_config('plan_cache_mode', 'force_custom_plan', true)"
)
SPACE = re.compile(r"\s+")
TOO_LONG = "this search takes too long: add a word that is less common, or narrow it with from: or after:"


@dataclass(frozen=True)
class Found:
    """One ticket; `snippet` is plain text in pieces, each with whether it is what was looked for."""

    ticket: Ticket
    rank: float
    snippet: tuple[tuple[str, bool], ...]


@dataclass(frozen=True)
class Findings:
    """A page of what was found. `is_approximate`: nothing holds these very words, these are spelt alike."""

    found: Sequence[Found]
    next: str | None
    previous: str | None
    is_approximate: bool = False


def search(
    viewer: User, visibility: AgentVisibility, wanted: Wanted, filters: Filters, *, cursor: str = "", size: int = 25
) -> Findings:
    """What the viewer may find. Raises `Invalid` for a damaged cursor, and for a search that takes too long."""
    if wanted.is_empty:
        return Findings((), None, None)
    with within_patience():
        return find(viewer, visibility, wanted, filters, cursor, size)


def find(viewer: User, visibility: AgentVisibility, wanted: Wanted, filters: Filters, cursor: str, size: int) -> Findings:
    words = Words((*wanted.groups, *wanted.without), viewer)
    may = [visible_to(viewer, visibility), *narrowed(filters, viewer), *asked(wanted, viewer)]
    may += [~words.hold(group) for group in wanted.without]
    exactly = [*may, *(words.hold(group) for group in wanted.groups)]
    page = ranked(exactly, rank_of(wanted, viewer), "rank", cursor, size)
    alike = False
    if not page.rows and wanted.groups and knows_trigrams():
        page = ranked([*may, *(is_like(group) for group in wanted.groups)], likeness(wanted), "likeness", cursor, size)
        alike = bool(page.rows)
    ids = [ticket.id for ticket in page.rows]
    snippets = previews_of(page.rows, viewer) | snippets_of(ids, wanted, viewer)
    ranks = dict(zip(ids, page.keys, strict=True))
    found = [Found(each, ranks[each.id], snippets.get(each.id, ())) for each in page.rows]
    return Findings(found, page.next, page.previous, alike)


def ranked(conditions: Sequence[ColumnElement[bool]], rank: ColumnElement[Any], name: str, cursor: str, size: int) -> Slice:
    newest = select(Ticket.id).where(*conditions).order_by(Ticket.updated_at.desc()).limit(MOST_RANKED).cte("newest")
    with_rank = select(Ticket.id, cast(rank, Double).label("rank")).join(newest, newest.c.id == Ticket.id).subquery()
    wanted = select(Ticket).join(with_rank, with_rank.c.id == Ticket.id).options(*SHOWN)
    return slice_of(wanted, Order(name, with_rank.c.rank, Ticket.id, True, float), cursor, size)


def words_query(words: str) -> ColumnElement[Any]:
    """The words as they stand, or their English stems."""
    return func.websearch_to_tsquery(text("'public.postroom'"), words).op("||")(
        func.websearch_to_tsquery(text("'public.postroom_english'"), words)
    )


class Words:
    """The words of a search, each looked for in the way that is the shorter for it."""

    def __init__(self, groups: Sequence[str], viewer: User) -> None:
        self.viewer = viewer
        self.queries = {group: words_query(group) for group in groups}
        self.widespread = dict(zip(self.queries, widespread(list(self.queries.values()), MOST_RANKED), strict=True))

    def hold(self, group: str) -> ColumnElement[bool]:
        """Whether ticket or messages hold the group, as far as the viewer reads them."""
        named, walked = self.named_by_the_index, self.found_on_the_way
        return (walked if self.widespread[group] else named)(self.queries[group])

    def named_by_the_index(self, query: ColumnElement[Any]) -> ColumnElement[bool]:
        """Two index scans put together: as quick as the words are rare."""
        in_messages = select(Message.ticket_id).where(message_words.op("@@")(query), readable_by(self.viewer))
        in_tickets = select(Ticket.__table__.c.id).where(ticket_words.op("@@")(query))
        return Ticket.id.in_(union_all(in_messages, in_tickets.correlate(None)))

    def found_on_the_way(self, query: ColumnElement[Any]) -> ColumnElement[bool]:
        """A look at each ticket that comes by, the newest first: as quick as the words are common."""
        holds_it = (Message.ticket_id == Ticket.id, message_words.op("@@")(query), readable_by(self.viewer))
        in_messages = select(true()).select_from(Message).where(*holds_it).limit(1).scalar_subquery()
        return or_(ticket_words.op("@@")(query), func.coalesce(in_messages, false()))


def matching(wanted: Wanted, viewer: User, *, while_typing: bool = False) -> list[ColumnElement[bool]]:
    """Everything a search asks for, as conditions on `Ticket`; rights are a condition of their own.

    With `while_typing` a word may also stand inside a subject or a customer's name: its end is still to come.
    """
    words = Words((*wanted.groups, *wanted.without), viewer)
    held = [or_(words.hold(group), has_letters(group)) if while_typing else words.hold(group) for group in wanted.groups]
    return [*asked(wanted, viewer), *(~words.hold(group) for group in wanted.without), *held]


def has_letters(group: str) -> ColumnElement[bool]:
    """Whether subject or customer's name hold these letters, anywhere in a word."""
    customers = select(User.id).where(or_(*(each.icontains(group, autoescape=True) for each in (User.full_name, User.email))))
    return or_(Ticket.subject.icontains(group, autoescape=True), Ticket.customer_id.in_(customers))


@contextmanager
def within_patience() -> Iterator[None]:
    """A search that takes too long is given up: it costs everybody. Raises `Invalid`; what was not committed is gone then."""
    db.session.execute(LIMITS)
    try:
        yield
    except OperationalError as trouble:
        if isinstance(trouble.orig, QueryCanceled):
            db.session.rollback()  # Postgres has ended the transaction, and the page that says why has questions of its own
            raise Invalid("q", TOO_LONG) from None
        raise


def asked(wanted: Wanted, viewer: User) -> list[ColumnElement[bool]]:
    """Everything but the words, as conditions."""
    conditions = [is_from(sender, viewer) for sender in wanted.senders]
    conditions += [Ticket.subject.icontains(subject, autoescape=True) for subject in wanted.subjects]
    conditions += [is_held_by(agent, viewer) for agent in wanted.agents]
    conditions += [Ticket.tags.contains([tag]) if viewer.is_staff else false() for tag in wanted.tags]
    conditions += [came_to(mailbox) for mailbox in wanted.mailboxes]
    conditions += [is_marked(mark, viewer) for mark in wanted.marks]
    if wanted.statuses:
        conditions.append(Ticket.status.in_(wanted.statuses))
    if wanted.priorities:
        conditions.append(Ticket.priority.in_(wanted.priorities))
    if wanted.refs or wanted.ids:
        conditions.append(or_(Ticket.ref.in_(wanted.refs), Ticket.id.in_(wanted.ids)))
    if wanted.has_attachment:
        conditions.append(exists().where(Attachment.message_id == Message.id, Message.ticket_id == Ticket.id, readable_by(viewer)))
    if wanted.before:
        conditions.append(Ticket.created_at < wanted.before)
    if wanted.after:
        conditions.append(Ticket.created_at >= wanted.after)
    return conditions


def is_named(name: str) -> ColumnElement[bool]:
    return or_(*(column.icontains(name, autoescape=True) for column in (User.full_name, User.username, User.email)))


def is_from(sender: str, viewer: User) -> ColumnElement[bool]:
    """The customer, or whoever wrote one of the messages."""
    customers = select(User.id).where(is_named(sender))
    wrote = or_(Message.author_address.icontains(sender, autoescape=True), Message.author_name.icontains(sender, autoescape=True))
    return or_(Ticket.customer_id.in_(customers), exists().where(Message.ticket_id == Ticket.id, wrote, readable_by(viewer)))


def is_held_by(agent: str, viewer: User) -> ColumnElement[bool]:
    if agent.lower() in ("me", "none"):
        return held_by(agent.lower(), viewer)
    return Ticket.assigned_agent_id.in_(select(User.id).where(or_(User.username.icontains(agent, autoescape=True), User.full_name.icontains(agent, autoescape=True))))


def came_to(mailbox: str) -> ColumnElement[bool]:
    at_address = select(MailboxAddress.mailbox_id).where(MailboxAddress.address == mailbox.lower())
    return Ticket.mailbox_id.in_(select(Mailbox.id).where(or_(Mailbox.name.icontains(mailbox, autoescape=True), Mailbox.id.in_(at_address))))


def rank_of(wanted: Wanted, viewer: User) -> ColumnElement[Any]:
    """The best message's rank, and the ticket's own; 0 where only operators were given."""
    if not wanted.groups:
        return literal(0.0)
    query = words_query(wanted.words)
    best = select(func.max(func.ts_rank(message_words, query))).where(
        Message.ticket_id == Ticket.id, message_words.op("@@")(query), readable_by(viewer)
    )
    return func.coalesce(best.scalar_subquery(), 0) + func.ts_rank(ticket_words, query)


def knows_trigrams() -> bool:
    """Whether this Postgres has pg_trgm; without it, search finds only what is spelt right."""
    known: dict[str, bool] = current_app.extensions.setdefault("postroom.search", {})
    if "trigrams" not in known:
        known["trigrams"] = bool(db.session.scalar(text("SELECT count(*) FROM pg_extension WHERE extname = 'pg_trgm'")))
    return known["trigrams"]


def is_like(group: str) -> ColumnElement[bool]:
    """Whether subject or customer hold something that is spelt alike; three index scans put together.

    The operator's own limit of 0.6 is too strict for us: `LIMITS` sets it lower for this search.
    """
    table = Ticket.__table__.c
    named = (select(User.id).where(alike(group, column)) for column in (User.full_name, User.email))
    of_customers = select(table.id).where(table.customer_id.in_(union(*named))).correlate(None)
    by_subject = select(table.id).where(alike(group, table.subject)).correlate(None)
    return Ticket.id.in_(union_all(by_subject, of_customers))


def alike(group: str, column: ColumnElement[Any]) -> ColumnElement[bool]:
    """The operator lets the index be asked; how much alike is said by the function."""
    return and_(literal(group).op("<%")(column), func.word_similarity(group, column) > ALIKE)


def likeness(wanted: Wanted) -> ColumnElement[Any]:
    return func.word_similarity(" ".join(wanted.groups), Ticket.subject)


def previews_of(tickets: Sequence[Ticket], viewer: User) -> dict[int, tuple[tuple[str, bool], ...]]:
    """The last words on each, where the viewer may read them: for tickets that were not found by their words."""
    shown = None if viewer.is_staff else shown_to_their_customers([ticket.id for ticket in tickets])
    return {ticket.id: ((ticket.preview, False),) for ticket in tickets if shown is None or ticket.id in shown}


def snippets_of(ticket_ids: Sequence[int], wanted: Wanted, viewer: User) -> dict[int, tuple[tuple[str, bool], ...]]:
    """For each ticket the best message's words around what was looked for, else the ticket's own."""
    if not ticket_ids or not wanted.groups:
        return {}
    query = words_query(wanted.words)
    best = (
        select(Message.ticket_id, Message.body)
        .where(Message.ticket_id.in_(ticket_ids), message_words.op("@@")(query), readable_by(viewer))
        .order_by(Message.ticket_id, func.ts_rank(message_words, query).desc(), Message.id)
        .ext(distinct_on(Message.ticket_id))
        .subquery()
    )
    shown = func.coalesce(best.c.body, Ticket.description)
    wanted_rows = (
        select(Ticket.id, headline(shown, query))
        .outerjoin(best, best.c.ticket_id == Ticket.id)
        .where(Ticket.id.in_(ticket_ids), or_(best.c.ticket_id.is_not(None), ticket_words.op("@@")(query)))
    )
    return {ticket_id: pieces(snippet) for ticket_id, snippet in db.session.execute(wanted_rows)}


def headline(shown: ColumnElement[Any], query: ColumnElement[Any]) -> ColumnElement[str]:
    clean = func.translate(func.left(shown, READ), START + STOP, "")
    return func.ts_headline(text("'public.postroom_english'"), clean, query, SNIPPET)


def pieces(snippet: str) -> tuple[tuple[str, bool], ...]:
    """`a STARTbSTOP c` → `(('a ', False), ('b', True), (' c', False))`."""
    found = []
    for part in snippet.split(START):
        inside, stop, outside = part.partition(STOP)
        found += [(inside, bool(stop)), (outside, False)]
    return tuple((SPACE.sub(" ", words), hit) for words, hit in found if words)
