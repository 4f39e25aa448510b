"""Merging, splitting, snoozing and following as sentences on the timeline, to be read after the actor's name."""

from collections.abc import Callable
from datetime import datetime

from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from flask_babel import ngettext

from models.timeline import TimelineEntry
from webapp.clock import Clock

Words = Callable[[TimelineEntry, Clock], str]

WOKEN = {
    "time": _l("brought the ticket back: the time it slept for is over"),
    "reply": _l("brought the ticket back: its customer has written"),
    "merge": _l("brought the ticket back: another one was merged into it"),
    "undo": _l("took the snoozing back"),
    "by_hand": _l("brought the ticket back"),
}


def merged_into(entry: TimelineEntry, clock: Clock) -> str:
    return _("merged this ticket into %(ref)s", ref=ref(entry))


def merged_here(entry: TimelineEntry, clock: Clock) -> str:
    return _("merged %(ref)s into this ticket", ref=ref(entry))


def unmerged(entry: TimelineEntry, clock: Clock) -> str:
    return _("took the merge with %(ref)s back", ref=ref(entry))


def split_off(entry: TimelineEntry, clock: Clock) -> str:
    return _("split %(messages)s off as %(ref)s", messages=messages(entry), ref=ref(entry))


def split_from(entry: TimelineEntry, clock: Clock) -> str:
    return _("split this ticket off %(ref)s", ref=ref(entry))


def split_undone(entry: TimelineEntry, clock: Clock) -> str:
    return _("brought %(messages)s back from %(ref)s", messages=messages(entry), ref=ref(entry))


def snoozed(entry: TimelineEntry, clock: Clock) -> str:
    try:
        until = clock.when(datetime.fromisoformat(str(entry.data.get("until")))).date
    except ValueError:
        return _("snoozed this ticket")
    return _("snoozed this ticket until %(date)s", date=until)


def woken(entry: TimelineEntry, clock: Clock) -> str:
    return str(WOKEN.get(str(entry.data.get("why")), WOKEN["by_hand"]))


def followed(entry: TimelineEntry, clock: Clock) -> str:
    if entry.data.get("agent") == entry.actor_id:
        return _("follows this ticket")
    return _("let %(name)s follow this ticket", name=entry.data.get("name") or _("somebody"))


def unfollowed(entry: TimelineEntry, clock: Clock) -> str:
    return _("follows this ticket no more")


def ref(entry: TimelineEntry) -> str:
    return str(entry.data.get("ref") or _("another ticket"))


def messages(entry: TimelineEntry) -> str:
    number = entry.data.get("number", 1)
    return ngettext("a message", "%(num)s messages", number)


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
