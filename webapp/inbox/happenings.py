"""What happened between the messages, as short sentences."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l

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
    "malware_found": "warning",
    "snoozed": "moon",
    "woken": "sun",
    "followed": "star",
    "unfollowed": "star",
}


REPORTS = {
    "bounce": _l("heard that our mail did not reach %(address)s"),
    "delay": _l("heard that our mail is late for %(address)s"),
    "complaint": _l("got a complaint from the provider of %(address)s"),
    "receipt": _l("heard that our mail was opened by %(address)s"),
    "words": _l("heard something about our mail to %(address)s"),
    "suppressed": _l("writes no more to %(address)s"),
    "delivery_cancelled": _l("stopped the mail to %(address)s"),
    "delivery_again": _l("sends our mail again to %(address)s"),
    "delivery_late": _l("could not yet hand our mail over to %(address)s"),
    "delivery_failed": _l("could not deliver our mail to %(address)s"),
    "delivery_uncertain": _l("does not know whether our mail reached %(address)s"),
    "delivery_doubled": _l("may have sent our mail twice to %(address)s"),
}


PLAIN = {
    "automatic_off": _l("saw two machines write to each other: no automatic mail about this ticket for a day"),
    "automatic_on": _l("lets automatic mail about this ticket go out again"),
    "may_belong_here": _l("opened another ticket with a mail that may belong here"),
    "sibling": _l("filed the same mail at another mailbox too"),
    "followed_up": _l("opened a follow-up to this ticket"),
    "let_in": _l("let a held mail in"),
    "held_discarded": _l("discarded a held mail"),
    "flood_released": _l("said that this is no flood; its mails are filed one by one"),
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
                _("opened this ticket as a follow-up")
                if entry.data.get("follow_up_of")
                else _("opened this ticket")
            )
        case "status":
            return _("changed %(before)s to %(after)s", before=status_word(before), after=status_word(after))
        case "assigned":
            return words_of_assigning(entry)
        case "priority":
            return _("set the priority to %(priority)s", priority=priority_word(after))
        case "subject":
            return _("changed the subject from “%(before)s”", before=before)
        case "tags":
            return words_of_tags(before or [], after or [])
        case "may_belong_to":
            why = entry.data.get("why", "")
            return _("opened a new ticket, though it may belong to another one: %(why)s", why=why).rstrip(": ")
        case "mail_moved_in":
            return _("moved a mail here from %(ref)s", ref=entry.data.get("ref") or _("another ticket"))
        case "mail_moved_out":
            return _("moved a mail to %(ref)s", ref=entry.data.get("ref") or _("another ticket"))
        case "unsent":
            return _("took a reply back before it was sent")
        case "malware_found":
            return _("found %(malware)s in the file %(file)s", malware=entry.data.get("malware", ""), file=entry.data.get("file", ""))
        case "acknowledged":
            return _("told %(address)s that the mail has come", address=entry.data.get("rcpt") or _("the customer"))
        case "participant_added" | "participant_removed":
            address = entry.data.get("address") or _("somebody")
            added = entry.kind == "participant_added"
            return _("added %(address)s", address=address) if added else _("removed %(address)s", address=address)
        case plain if plain in PLAIN:
            return str(PLAIN[plain])
        case report if report in REPORTS:
            return f"{str(REPORTS[report]) % {'address': entry.data.get('rcpt', '')}}: {entry.data.get('text', '')}".rstrip(": ")
        case other:
            return other.replace("_", " ")


def words_of_assigning(entry: TimelineEntry) -> str:
    after = entry.data.get("after")
    if after is None:
        return _("took the assignment away")
    if after == entry.actor_id:
        return _("took this ticket")
    return _("assigned this to %(name)s", name=entry.data.get("name") or _("somebody")) + words_of_choice(entry.data)


def words_of_choice(data: Mapping[str, Any]) -> str:
    """Why the desk chose this agent; '' where a person did."""
    if "load" not in data:
        return ""
    others = _("least busy of %(number)s available", number=data["available"]) if data["available"] > 1 else _("the only one available")
    return f": {_('%(number)s of %(most)s', number=data['load'], most=data['capacity'])}, {others}"


def words_of_tags(before: list[str], after: list[str]) -> str:
    added = [f"+{tag}" for tag in after if tag not in before]
    removed = [f"−{tag}" for tag in before if tag not in after]
    return _("tagged %(tags)s", tags=" ".join(added + removed))


def status_word(status: object) -> str:
    return STATUS_WORDS[Status(status)] if status in list(Status) else str(status)


def priority_word(priority: object) -> str:
    return PRIORITY_WORDS[Priority(priority)] if priority in list(Priority) else str(priority)
