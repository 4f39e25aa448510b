"""The audit log, for administrators: who did what, what it was before and after, when and from where; also as CSV."""

import json
from dataclasses import dataclass
from datetime import UTC, date
from typing import Any

from flask import Response, render_template, request
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l

from models.audit import AuditEntry
from models.queries.audit import AuditWanted, acts_noted, all_of_audit, page_of_audit
from webapp.administration.blueprint import administration
from webapp.administration.people import ROLE_WORDS
from webapp.auth import for_admins
from webapp.clock import Clock, When
from webapp.inbox.blueprint import clock
from webapp.reports.spreadsheet import as_csv

PAGE = 50
HEADS = ("when (UTC)", "who", "role", "from", "act", "what", "id", "name", "before", "after")

# Acts in words, to be read between who did it and to what; one that is not here is shown as it is written.
WORDS = {
    "user.invited": _l("invited"),
    "user.invited_again": _l("invited again"),
    "user.made": _l("made the account of"),
    "user.changed": _l("changed the account of"),
    "user.second_factor_reset": _l("took away the second factor of"),
    "user.exported": _l("took away all data about"),
    "user.erased": _l("erased the person"),
    "mailbox.created": _l("made the mailbox"),
    "mailbox.changed": _l("changed the mailbox"),
    "mailbox.paused": _l("paused the mail of"),
    "mailbox.goes_on": _l("let mail go on from"),
    "mailbox.tested": _l("sent a test mail from"),
    "imap.added": _l("fetches mail by IMAP of"),
    "imap.removed": _l("fetches no more mail by IMAP of"),
    "imap.rests": _l("lets rest the IMAP account"),
    "imap.goes_on": _l("goes on with the IMAP account"),
    "webhook.made": _l("made the webhook"),
    "webhook.changed": _l("changed the webhook"),
    "webhook.deleted": _l("deleted the webhook"),
    "webhook.replayed": _l("sent a delivery again to"),
    "api_access.made": _l("made the API token"),
    "api_access.revoked": _l("revoked the API token"),
    "saved_reply.made": _l("wrote the saved reply"),
    "saved_reply.changed": _l("changed the saved reply"),
    "saved_reply.deleted": _l("deleted the saved reply"),
    "ticket.deleted": _l("deleted the ticket"),
    "ticket.restored": _l("brought back the ticket"),
    "restore.begun": _l("restored the desk from a backup"),
    "restore.ended": _l("let mail leave again after the restore"),
    "breaker.closed": _l("closed the loop breaker of"),
    "budget.reset": _l("reset the budget of"),
    "sender.blocked": _l("blocked the sender"),
    "sender.unblocked": _l("unblocked the sender"),
    "sender.allowed": _l("lets through the sender"),
    "address.lifted": _l("writes again to"),
    "mail.cancelled": _l("stopped the mail to"),
    "mail.again": _l("tried again the mail to"),
}


@dataclass(frozen=True)
class Difference:
    name: str
    before: str
    after: str


@dataclass(frozen=True)
class AuditLine:
    """One entry, in words."""

    when: When
    who: str
    role: str
    place: str
    did: str
    name: str
    differences: tuple[Difference, ...]
    is_erased: bool


@administration.get("/audit/")
@for_admins
def audit_log() -> str:
    wanted = asked()
    found = page_of_audit(wanted, request.args.get("cursor", "")[:500], PAGE)
    now = clock()
    return render_template(
        "pages/audit.html",
        page="audit",
        lines=[line_of(entry, now) for entry in found.rows],
        wanted=wanted,
        acts={"": _("Everything"), **{act: in_words(act) for act in acts_noted()}},
        filters=filters_of(wanted),
        newer=found.previous,
        older=found.next,
    )


@administration.get("/audit.csv")
@for_admins
def audit_csv() -> Response:
    return as_csv("postroom-audit", HEADS, (row_of(entry) for entry in all_of_audit(asked())))


def asked() -> AuditWanted:
    """The filters of the address; a day that is none is no filter."""
    words = {name: request.args.get(name, "").strip()[:200] for name in ("act", "actor", "find")}
    return AuditWanted(**words, first=day_of("first"), last=day_of("last"))


def day_of(name: str) -> date | None:
    try:
        return date.fromisoformat(request.args.get(name, ""))
    except ValueError:
        return None


def filters_of(wanted: AuditWanted) -> dict[str, str]:
    """The filters as an address has them."""
    days = {name: day.isoformat() for name, day in (("first", wanted.first), ("last", wanted.last)) if day is not None}
    words = {name: getattr(wanted, name) for name in ("act", "actor", "find") if getattr(wanted, name)}
    return words | days


def line_of(entry: AuditEntry, now: Clock) -> AuditLine:
    names = sorted({*entry.before, *entry.after})
    return AuditLine(
        when=now.when(entry.at),
        who=entry.actor_name,
        role=str(ROLE_WORDS.get(entry.actor_role, entry.actor_role)),
        place=entry.place,
        did=str(WORDS.get(entry.act, in_words(entry.act))),
        name=entry.subject_name or entry.subject_id,
        differences=tuple(
            Difference(name.replace("_", " "), as_text(entry.before.get(name)), as_text(entry.after.get(name))) for name in names
        ),
        is_erased=entry.erased_at is not None,
    )


def row_of(entry: AuditEntry) -> list[Any]:
    return [
        entry.at.astimezone(UTC).isoformat(timespec="seconds"), entry.actor_name, entry.actor_role, entry.place, entry.act,
        entry.subject, entry.subject_id, entry.subject_name, as_json(entry.before), as_json(entry.after),
    ]  # fmt: skip


def in_words(act: str) -> str:
    subject, _, verb = act.partition(".")
    return f"{subject.replace('_', ' ')}: {verb.replace('_', ' ')}"


def as_text(value: Any) -> str:
    match value:
        case None | "" | []:
            return "–"
        case bool():
            return _("yes") if value else _("no")
        case list():
            return ", ".join(map(as_text, value))
        case _:
            return str(value)


def as_json(values: dict[str, Any]) -> str:
    return json.dumps(values, ensure_ascii=False, sort_keys=True) if values else ""
