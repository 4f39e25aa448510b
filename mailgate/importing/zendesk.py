"""Zendesk's JSON export: tickets with their comments, and the people they name in `users.json`. Pure."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from mailgate.importing.cases import (
    MAX_ID, MAX_NAME, NOBODY, Case, Said, Somebody, Unread, address_in, dated, end_of, first_date, in_order, is_empty,
    left_behind, moment, object_in, priority_of, status_of, tags_of, things, word, words,
)  # fmt: skip
from mailgate.importing.records import Record
from models.message import Direction

TICKETS = ("tickets", "ticket")
USERS = ("users", "user")
TEAM = frozenset({"agent", "admin"})

People = Mapping[str, tuple[Somebody, str]]  # by their ids, each with his role


def person_of(record: Record) -> tuple[str, tuple[Somebody, str]] | Unread:
    """A line of `users.json`."""
    key = word(record.value.get("id"), MAX_ID)
    return (key, embedded(record.value)) if key else Unread(record.where, "a person without an id")


def embedded(value: Mapping[str, Any]) -> tuple[Somebody, str]:
    who = Somebody(word(value.get("name"), MAX_NAME), address_in(value.get("email")), word(value.get("id"), MAX_ID))
    return who, word(value.get("role")).lower()


def case_of(record: Record, people: People) -> Case | Unread:
    """One ticket."""
    ticket = record.value
    external_id = word(ticket.get("id"), MAX_ID)
    if not external_id:
        return Unread(record.where, "a ticket without an id")
    comments = [object_in(each) for each in things(ticket.get("comments"))]
    opened_at = first_date(moment(ticket.get("created_at")), *(moment(each.get("created_at")) for each in comments))
    if opened_at is None:
        return Unread(record.where, f"ticket {external_id} has no date that could be read")
    customer, _ = named(ticket, "requester", people)
    status, remarks = status_of(ticket.get("status"))
    heard = [said_in(each, ticket, people, opened_at) for each in comments]
    said = in_order(each for each in heard if each is not None) or described(ticket, customer, opened_at)
    return Case(
        where=record.where,
        external_id=external_id,
        subject=word(ticket.get("subject")),
        customer=customer,
        opened_at=opened_at,
        said=said,
        status=status,
        priority=priority_of(ticket.get("priority")),
        tags=tags_of(things(ticket.get("tags"))),
        agent=named(ticket, "assignee", people)[0],
        ended_at=end_of(status, moment(ticket.get("updated_at")), said, opened_at),
        remarks=remarks,
    )


def described(ticket: Mapping[str, Any], customer: Somebody, opened_at: datetime) -> tuple[Said, ...]:
    """Without comments the description is what was said; with them, it is the first of them."""
    text = words(ticket.get("description"))
    return (Said(Direction.IN, customer, opened_at, text),) if text.strip() else ()


def said_in(comment: Mapping[str, Any], ticket: Mapping[str, Any], people: People, opened_at: datetime) -> Said | None:
    author, role = named(comment, "author", people)
    direction, doubt = direction_of(comment, author, role, ticket, people)
    text = words(comment.get("plain_body")) or words(comment.get("body"))
    html = words(comment.get("html_body"))
    files = left_behind(object_in(each).get("file_name") for each in things(comment.get("attachments")))
    if is_empty(text, html, files):
        return None
    at, undated = dated(moment(comment.get("created_at")), opened_at)
    return Said(direction, author, at, text, html, files + doubt + undated)


def direction_of(
    comment: Mapping[str, Any], author: Somebody, role: str, ticket: Mapping[str, Any], people: People
) -> tuple[str, tuple[str, ...]]:
    """Who spoke to whom. What does not say that it is public is a note: a customer must not read it by mistake."""
    if comment.get("public") is not True:
        return Direction.NOTE, ()
    if role in TEAM:
        return Direction.OUT, ()
    if role or is_same(author, named(ticket, "requester", people)[0]):
        return Direction.IN, ()
    if is_same(author, named(ticket, "assignee", people)[0]):
        return Direction.OUT, ()
    return Direction.IN, ("The export does not tell who wrote this.",)


def is_same(one: Somebody, other: Somebody) -> bool:
    return bool((one.key and one.key == other.key) or (one.address and one.address == other.address))


def named(value: Mapping[str, Any], role: str, people: People) -> tuple[Somebody, str]:
    """The person in `requester`, an object or an id, or in `requester_id`; one who is in no list has only his id."""
    found = value.get(role)
    if isinstance(found, dict):
        who, position = embedded(found)
        return (who, position) if position else (who, people.get(who.key, (NOBODY, ""))[1])
    key = word(found, MAX_ID) or word(value.get(f"{role}_id"), MAX_ID)
    return people.get(key, (Somebody(key=key), ""))
