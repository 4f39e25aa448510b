"""Tickets as CSV, one row a message: for every helpdesk that has a table and no export that we read. Pure."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import datetime
from typing import Any

from mailgate.importing.cases import (
    MAX_ID, MAX_NAME, NOBODY, Case, Said, Somebody, Unread, address_in, dated, end_of, in_order, is_empty, moment,
    priority_of, status_of, tags_of, word, words,
)  # fmt: skip
from mailgate.importing.records import Record
from models.message import Direction

NEEDED = ("ticket", "date", "kind", "body")
COLUMNS = (
    "ticket", "subject", "status", "priority", "tags", "customer_name", "customer_email", "agent_name", "agent_email",
    "date", "kind", "author_name", "author_email", "body", "body_html",
)  # fmt: skip
KINDS = {"customer": Direction.IN, "agent": Direction.OUT, "note": Direction.NOTE}


def cases_of(rows: Iterable[Record]) -> Iterator[Case | Unread]:
    """The tickets, in the order of their first rows. Rows of one ticket may lie apart."""
    tickets: dict[str, list[Record]] = {}
    for row in rows:
        external_id = word(row.value.get("ticket"), MAX_ID)
        if external_id:
            tickets.setdefault(external_id, []).append(row)
        else:
            yield Unread(row.where, "a row without a ticket")
    for external_id, together in tickets.items():
        yield from case_of(external_id, together)


def case_of(external_id: str, rows: Sequence[Record]) -> Iterator[Case | Unread]:
    """One ticket; a row of an unknown kind is told and left out."""
    known = [row for row in rows if kind_of(row.value) in KINDS]
    yield from (Unread(row.where, "kind must be customer, agent or note") for row in rows if kind_of(row.value) not in KINDS)
    opened_at = min((at for at in (moment(row.value.get("date")) for row in known) if at is not None), default=None)
    if opened_at is None:
        yield Unread(rows[0].where, f"ticket {external_id} has no date that could be read")
        return
    customer = somebody(known, "customer")
    heard = [said_in(row.value, customer, opened_at) for row in known]
    said = in_order(each for each in heard if each is not None)
    status, remarks = status_of(told(known, "status"))
    yield Case(
        where=rows[0].where,
        external_id=external_id,
        subject=word(told(known, "subject")),
        customer=customer,
        opened_at=opened_at,
        said=said,
        status=status,
        priority=priority_of(told(known, "priority")),
        tags=tags_of(told(known, "tags").replace(";", ",").split(",")),
        agent=somebody(known, "agent"),
        ended_at=end_of(status, None, said, opened_at),
        remarks=remarks,
    )


def said_in(row: Mapping[str, Any], customer: Somebody, opened_at: datetime) -> Said | None:
    direction = KINDS[kind_of(row)]
    author = Somebody(word(row.get("author_name"), MAX_NAME), address_in(row.get("author_email")))
    if author == NOBODY and direction == Direction.IN:
        author = customer
    text, html = words(row.get("body")), words(row.get("body_html"))
    if is_empty(text, html, ()):
        return None
    at, undated = dated(moment(row.get("date")), opened_at)
    return Said(direction, author, at, text, html, undated)


def kind_of(row: Mapping[str, Any]) -> str:
    return word(row.get("kind")).lower()


def told(rows: Sequence[Record], column: str) -> str:
    """What the first row says that says anything."""
    return next((text for row in rows if (text := words(row.value.get(column)).strip())), "")


def somebody(rows: Sequence[Record], role: str) -> Somebody:
    return Somebody(word(told(rows, f"{role}_name"), MAX_NAME), address_in(told(rows, f"{role}_email")))
