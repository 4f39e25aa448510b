"""What bulk work does to one ticket, and how each is taken back. One table; every act is the one that the pages do."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from models.actions.merging import merge, undo_merge
from models.actions.snoozing import snooze, unsnooze
from models.actions.tickets import assign, change_status, clean_tags, edit_ticket, give, lock_ticket, set_status
from models.actions.timeline import note_on_timeline
from models.actor import Actor
from models.bulk import Act
from models.database import db
from models.errors import Conflict
from models.events import TicketUpdated, record
from models.people import User
from models.ticket import Ticket

Value = Mapping[str, Any]
Before = dict[str, Any]

CHANGED_SINCE = "somebody has changed it since"


@dataclass(frozen=True)
class Way:
    """`do` gives what undoing needs, None where the ticket was so already; `undo` refuses what was changed since."""

    do: Callable[[int, Value, Actor], Before | None]
    undo: Callable[[Ticket, Value, Before, Actor], None]


def give_to(ticket_id: int, value: Value, actor: Actor) -> Before | None:
    ticket = lock_ticket(ticket_id)
    if ticket.assigned_agent_id == value["agent"]:
        return None
    before = {"agent": ticket.assigned_agent_id, "waits": ticket.waits_for_agent}
    assign(ticket_id, value["agent"], actor)
    return before


def give_back(ticket: Ticket, value: Value, before: Before, actor: Actor) -> None:
    refuse_unless(ticket.assigned_agent_id == value["agent"])
    agent = db.session.get(User, before["agent"]) if before["agent"] is not None else None
    give(ticket, agent if agent is not None and agent.is_active and agent.is_staff else None, actor)
    ticket.waits_for_agent = before["waits"]


def move_to(ticket_id: int, value: Value, actor: Actor) -> Before | None:
    ticket = lock_ticket(ticket_id)
    if ticket.status == value["status"]:
        return None
    until = ticket.snoozed_until
    before = {"status": ticket.status, "snoozed": until.isoformat() if until else None}
    set_status(ticket_id, value["status"], actor)
    return before


def move_back(ticket: Ticket, value: Value, before: Before, actor: Actor) -> None:
    refuse_unless(ticket.status == value["status"])
    change_status(ticket, before["status"], actor)
    if before["snoozed"]:
        ticket.snoozed_until = datetime.fromisoformat(before["snoozed"])


def make_urgent(ticket_id: int, value: Value, actor: Actor) -> Before | None:
    before = lock_ticket(ticket_id).priority
    edit_ticket(ticket_id, actor, priority=value["priority"])
    return None if before == value["priority"] else {"priority": before}


def make_as_urgent_as_before(ticket: Ticket, value: Value, before: Before, actor: Actor) -> None:
    refuse_unless(ticket.priority == value["priority"])
    edit_ticket(ticket.id, actor, priority=before["priority"])


def add_tag(ticket_id: int, value: Value, actor: Actor) -> Before | None:
    tags = lock_ticket(ticket_id).tags
    if value["tag"] in tags:
        return None
    edit_ticket(ticket_id, actor, tags=clean_tags([*tags, value["tag"]]))
    return {"tag": value["tag"]}


def remove_tag(ticket_id: int, value: Value, actor: Actor) -> Before | None:
    tags = lock_ticket(ticket_id).tags
    if value["tag"] not in tags:
        return None
    edit_ticket(ticket_id, actor, tags=[each for each in tags if each != value["tag"]])
    return {"tag": value["tag"]}


def untag_again(ticket: Ticket, value: Value, before: Before, actor: Actor) -> None:
    remove_tag(ticket.id, before, actor)


def tag_again(ticket: Ticket, value: Value, before: Before, actor: Actor) -> None:
    add_tag(ticket.id, before, actor)


def let_sleep(ticket_id: int, value: Value, actor: Actor) -> Before | None:
    ticket = lock_ticket(ticket_id)
    was, until = ticket.snoozed_until, moment(value["until"])
    if was == until:
        return None
    if until is None:
        unsnooze(ticket_id, actor)
    else:
        snooze(ticket_id, until, actor)
    return {"until": was.isoformat() if was else None}


def let_sleep_as_before(ticket: Ticket, value: Value, before: Before, actor: Actor) -> None:
    refuse_unless(ticket.snoozed_until == moment(value["until"]))
    ticket.snoozed_until = moment(before["until"])
    kind, data = ("snoozed", {"until": before["until"]}) if before["until"] else ("woken", {"why": "undo"})
    note_on_timeline(ticket.id, kind, actor, is_internal=True, **data)
    record(TicketUpdated(ticket.id))


def merge_into(ticket_id: int, value: Value, actor: Actor) -> Before | None:
    if ticket_id == value["into"]:
        return None
    merge(ticket_id, value["into"], actor)
    return {"into": value["into"]}


def unmerge(ticket: Ticket, value: Value, before: Before, actor: Actor) -> None:
    refuse_unless(ticket.merged_into_id == before["into"])
    undo_merge(ticket.id, actor)


def refuse_unless(unchanged: bool) -> None:
    if not unchanged:
        raise Conflict(CHANGED_SINCE)


def moment(written: str | None) -> datetime | None:
    return datetime.fromisoformat(written) if written else None


WAYS: dict[str, Way] = {
    Act.ASSIGN: Way(give_to, give_back),
    Act.STATUS: Way(move_to, move_back),
    Act.PRIORITY: Way(make_urgent, make_as_urgent_as_before),
    Act.TAG: Way(add_tag, untag_again),
    Act.UNTAG: Way(remove_tag, tag_again),
    Act.SNOOZE: Way(let_sleep, let_sleep_as_before),
    Act.MERGE: Way(merge_into, unmerge),
}
