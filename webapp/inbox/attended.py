"""Merging, splitting, snoozing and following as sentences on the timeline, to be read after the actor's name."""

from collections.abc import Callable
from datetime import datetime

from models.timeline import TimelineEntry
from webapp.clock import Clock

Words = Callable[[TimelineEntry, Clock], str]

WOKEN = {
    "time": "brought the ticket back: the time it slept for is over",
    "reply": "brought the ticket back: its customer has written",
    "merge": "brought the ticket back: another one was merged into it",
    "undo": "took the snoozing back",
    "by_hand": "brought the ticket back",
}


def merged_into(entry: TimelineEntry, clock: Clock) -> str:
    return f"merged this ticket into {ref(entry)}"


def merged_here(entry: TimelineEntry, clock: Clock) -> str:
    return f"merged {ref(entry)} into this ticket"


def unmerged(entry: TimelineEntry, clock: Clock) -> str:
    return f"took the merge with {ref(entry)} back"


def split_off(entry: TimelineEntry, clock: Clock) -> str:
    return f"split {messages(entry)} off as {ref(entry)}"


def split_from(entry: TimelineEntry, clock: Clock) -> str:
    return f"split this ticket off {ref(entry)}"


def split_undone(entry: TimelineEntry, clock: Clock) -> str:
    return f"brought {messages(entry)} back from {ref(entry)}"


def snoozed(entry: TimelineEntry, clock: Clock) -> str:
    try:
        until = clock.when(datetime.fromisoformat(str(entry.data.get("until")))).date
    except ValueError:
        return "snoozed this ticket"
    return f"snoozed this ticket until {until}"


def woken(entry: TimelineEntry, clock: Clock) -> str:
    return WOKEN.get(str(entry.data.get("why")), WOKEN["by_hand"])


def followed(entry: TimelineEntry, clock: Clock) -> str:
    if entry.data.get("agent") == entry.actor_id:
        return "follows this ticket"
    return f"let {entry.data.get('name') or 'somebody'} follow this ticket"


def unfollowed(entry: TimelineEntry, clock: Clock) -> str:
    return "follows this ticket no more"


def ref(entry: TimelineEntry) -> str:
    return str(entry.data.get("ref", "another ticket"))


def messages(entry: TimelineEntry) -> str:
    number = entry.data.get("number", 1)
    return "a message" if number == 1 else f"{number} messages"


ATTENDED: dict[str, Words] = {
    "merged_into": merged_into,
    "merged_here": merged_here,
    "unmerged_into": unmerged,
    "unmerged_here": unmerged,
    "split_off": split_off,
    "split_from": split_from,
    "split_undone": split_undone,
    "snoozed": snoozed,
    "woken": woken,
    "followed": followed,
    "unfollowed": unfollowed,
}
