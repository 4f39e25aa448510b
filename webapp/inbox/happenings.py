"""What happened between the messages, as short sentences."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from models.ticket import Priority, Status
from models.timeline import TimelineEntry
from webapp.clock import Clock, When
from webapp.inbox.attended import ATTENDED
from webapp.inbox.view_models import PRIORITY_WORDS, STATUS_WORDS

ICONS = {
    "status": "status",
    "assigned": "person",
    "priority": "flag",
    "tags": "tag",
    "subject": "pen",
    "created": "plus",
    "bounce": "warning",
    "delay": "clock",
    "complaint": "warning",
    "delivery_failed": "warning",
    "delivery_late": "clock",
    "delivery_uncertain": "clock",
    "delivery_cancelled": "cross",
    "delivery_again": "send",
    "suppressed": "warning",
    "unsent": "undo",
    "may_belong_to": "info",
    "automatic_off": "warning",
    "may_belong_here": "info",
    "sibling": "info",
    "followed_up": "info",
    "participant_added": "plus",
    "participant_removed": "cross",
    "flood_released": "stack",
    "mail_moved_in": "reply",
    "mail_moved_out": "reply",
    "merged_into": "merge",
    "merged_here": "merge",
    "unmerged_into": "undo",
    "unmerged_here": "undo",
    "split_off": "stack",
    "split_from": "stack",
    "split_undone": "undo",
    "snoozed": "moon",
    "woken": "sun",
    "followed": "star",
    "unfollowed": "star",
}


REPORTS = {
    "bounce": "heard that our mail did not reach",
    "delay": "heard that our mail is late for",
    "complaint": "got a complaint from the provider of",
    "receipt": "heard that our mail was opened by",
    "words": "heard something about our mail to",
    "suppressed": "writes no more to",
    "delivery_cancelled": "stopped the mail to",
    "delivery_again": "sends our mail again to",
    "delivery_late": "could not yet hand our mail over to",
    "delivery_failed": "could not deliver our mail to",
    "delivery_uncertain": "does not know whether our mail reached",
    "delivery_doubled": "may have sent our mail twice to",
}


PLAIN = {
    "automatic_off": "saw two machines write to each other: no automatic mail about this ticket for a day",
    "automatic_on": "lets automatic mail about this ticket go out again",
    "may_belong_here": "opened another ticket with a mail that may belong here",
    "sibling": "filed the same mail at another mailbox too",
    "followed_up": "opened a follow-up to this ticket",
    "let_in": "let a held mail in",
    "held_discarded": "discarded a held mail",
    "flood_released": "said that this is no flood; its mails are filed one by one",
}


@dataclass(frozen=True)
class Happening:
    """One thin line: who or which rule did what."""

    icon: str
    actor: str
    words: str
    when: When


def happening_of(entry: TimelineEntry, clock: Clock) -> Happening:
    words = ATTENDED[entry.kind](entry, clock) if entry.kind in ATTENDED else words_of(entry)
    return Happening(ICONS.get(entry.kind, "dot"), entry.actor_name, words, clock.when(entry.created_at))


def words_of(entry: TimelineEntry) -> str:
    """What the actor did, to be read after the actor's name."""
    before, after = entry.data.get("before"), entry.data.get("after")
    match entry.kind:
        case "created":
            return (
                "opened this ticket as a follow-up"
                if entry.data.get("follow_up_of")
                else "opened this ticket"
            )
        case "status":
            return f"changed {status_word(before)} to {status_word(after)}"
        case "assigned":
            return words_of_assigning(entry)
        case "priority":
            return f"set the priority to {priority_word(after)}"
        case "subject":
            return f"changed the subject from “{before}”"
        case "tags":
            return words_of_tags(before or [], after or [])
        case "may_belong_to":
            why = entry.data.get("why", "")
            return f"opened a new ticket, though it may belong to another one: {why}".rstrip(": ")
        case "mail_moved_in":
            return f"moved a mail here from {entry.data.get('ref', 'another ticket')}"
        case "mail_moved_out":
            return f"moved a mail to {entry.data.get('ref', 'another ticket')}"
        case "unsent":
            return "took a reply back before it was sent"
        case "acknowledged":
            return f"told {entry.data.get('rcpt', 'the customer')} that the mail has come"
        case "participant_added" | "participant_removed":
            did = "added" if entry.kind == "participant_added" else "removed"
            return f"{did} {entry.data.get('address', 'somebody')}"
        case plain if plain in PLAIN:
            return PLAIN[plain]
        case report if report in REPORTS:
            return f"{REPORTS[report]} {entry.data.get('rcpt', '')}: {entry.data.get('text', '')}".rstrip(
                ": "
            )
        case other:
            return other.replace("_", " ")


def words_of_assigning(entry: TimelineEntry) -> str:
    after = entry.data.get("after")
    if after is None:
        return "took the assignment away"
    if after == entry.actor_id:
        return "took this ticket"
    return f"assigned this to {entry.data.get('name') or 'somebody'}{words_of_choice(entry.data)}"


def words_of_choice(data: Mapping[str, Any]) -> str:
    """Why the desk chose this agent; '' where a person did."""
    if "load" not in data:
        return ""
    others = f"least busy of {data['available']} available" if data["available"] > 1 else "the only one available"
    return f": {data['load']} of {data['capacity']}, {others}"


def words_of_tags(before: list[str], after: list[str]) -> str:
    added = [f"+{tag}" for tag in after if tag not in before]
    removed = [f"−{tag}" for tag in before if tag not in after]
    return f"tagged {' '.join(added + removed)}"


def status_word(status: object) -> str:
    return STATUS_WORDS[Status(status)] if status in list(Status) else str(status)


def priority_word(priority: object) -> str:
    return PRIORITY_WORDS[Priority(priority)] if priority in list(Priority) else str(priority)
