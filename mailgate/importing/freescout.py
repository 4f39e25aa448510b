"""FreeScout's conversations, as its API gives them: JSON, with the threads embedded. Pure."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from mailgate.importing.cases import (
    MAX_ID, MAX_NAME, Case, Said, Somebody, Unread, address_in, dated, end_of, first_date, in_order, is_empty, left_behind,
    moment, object_in, priority_of, status_of, tags_of, things, word, words,
)  # fmt: skip
from mailgate.importing.records import Record
from models.message import Direction

CONVERSATIONS = ("conversations", "conversation")
DIRECTIONS = {"customer": Direction.IN, "message": Direction.OUT, "note": Direction.NOTE}
NOT_SAID = frozenset({"draft", "hidden", "deleted"})  # states of a thread, or of a whole conversation


def case_of(record: Record) -> Case | Unread:
    """One conversation."""
    found = record.value
    number = word(found.get("number"), MAX_ID)
    external_id = word(found.get("id"), MAX_ID) or (f"#{number}" if number else "")
    if not external_id:
        return Unread(record.where, "a conversation without an id and without a number")
    inside = object_in(found.get("_embedded"))
    threads = [object_in(each) for each in things(inside.get("threads")) or things(found.get("threads"))]
    opened_at = first_date(moment(found.get("createdAt")), *(moment(each.get("createdAt")) for each in threads))
    if opened_at is None:
        return Unread(record.where, f"conversation {external_id} has no date that could be read")
    status, remarks = status_of(found.get("status"))
    heard = [said_in(each, opened_at) for each in threads]
    said = in_order(each for each in heard if each is not None)
    ended = first_date(moment(found.get("closedAt")), moment(found.get("updatedAt")))
    return Case(
        where=record.where,
        external_id=external_id,
        subject=word(found.get("subject")),
        customer=somebody(found.get("customer")),
        opened_at=opened_at,
        said=said,
        status="" if word(found.get("state")).lower() in NOT_SAID else status,
        priority=priority_of(found.get("priority")),
        tags=tags_of(things(found.get("tags")) or things(inside.get("tags"))),
        agent=somebody(found.get("assignee")),
        ended_at=end_of(status, ended, said, opened_at),
        remarks=remarks,
    )


def said_in(thread: Mapping[str, Any], opened_at: datetime) -> Said | None:
    """One thread; None for what nobody said: drafts, and lines about a change. An unknown kind is kept as a note."""
    kind = word(thread.get("type")).lower()
    if kind == "lineitem" or word(thread.get("state")).lower() in NOT_SAID:
        return None
    direction = DIRECTIONS.get(kind, Direction.NOTE)
    html = words(thread.get("body"))
    attached = things(object_in(thread.get("_embedded")).get("attachments")) or things(thread.get("attachments"))
    files = left_behind(object_in(each).get("fileName") for each in attached)
    if is_empty("", html, files):
        return None
    at, undated = dated(moment(thread.get("createdAt")), opened_at)
    return Said(direction, somebody(thread.get("createdBy")), at, "", html, files + undated)


def somebody(value: object) -> Somebody:
    found = object_in(value)
    name = word(" ".join(words(found.get(part)) for part in ("firstName", "lastName")), MAX_NAME)
    return Somebody(name, address_in(found.get("email")), word(found.get("id"), MAX_ID))
