"""The trace drawer of a conversation: why each of its mails is here."""

from dataclasses import dataclass

from flask import render_template
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l

from models.queries.tickets import ticket_seen_by
from models.queries.trace import Traced, trace_of
from webapp.auth import current_user, for_staff
from webapp.clock import Clock, When
from webapp.inbox.badges import Row, rows_of
from webapp.inbox.blueprint import clock, inbox, visibility, wants_part
from webapp.inbox.looking import view_here
from webapp.inbox.view_models import subject_of
from webapp.mail_flow.tracing import deciding_headers, is_believed
from webapp.mail_flow.view_models import DECISIONS, in_words

LEVELS = {0: _l("A0, not to be trusted"), 1: _l("A1, unknown"), 2: _l("A2, vouched for"), 3: _l("A3, proved")}


@dataclass(frozen=True)
class TraceEntry:
    """One mail in the drawer. `headers` are (name, value, believed)."""

    inbound_id: str
    message_id: int | None
    when: When
    title: str
    tone: str
    why: str
    rule: str
    took: str
    envelope: str
    evidence: tuple[Row, ...]
    level: str
    level_why: str
    findings: tuple[Row, ...]
    lookups: tuple[str, ...]
    headers: tuple[tuple[str, str, bool], ...]


@inbox.get("/inbox/<view_name>/t/<int:ticket_id>/trace/")
@for_staff
def trace(view_name: str, ticket_id: int) -> ResponseReturnValue:
    view = view_here(view_name)
    ticket = ticket_seen_by(current_user(), visibility(), ticket_id)
    now = clock()
    entries = [entry_of(each, now) for each in trace_of(current_user(), visibility(), ticket_id)]
    page = "pages/_trace.html" if wants_part() else "pages/trace.html"
    return render_template(
        page, page="mail", view=view, ticket_id=ticket_id, ref=ticket.ref, subject=subject_of(ticket), entries=entries
    )


def entry_of(each: Traced, now: Clock) -> TraceEntry:
    decision = each.delivery.decision or ""
    title, tone = DECISIONS.get(decision, (decision.replace("_", " ") or _("waits to be filed"), "quiet"))
    sender = each.sender or {}
    level = each.message.sender_level if each.message else sender.get("level")
    host = f", {_('handed in by %(host)s', host=each.mail.peer_ip)}" if each.mail.peer_ip else ""
    return TraceEntry(
        inbound_id=str(each.mail.id),
        message_id=each.delivery.message_id,
        when=now.when(each.mail.received_at),
        title=title[:1].upper() + title[1:],
        tone=tone,
        why=str(each.delivery.evidence.get("why", "")),
        rule=each.delivery.rule or "",
        took=took_in_words(each.seconds),
        envelope=f"{each.mail.mail_from or _('the null sender')} → {each.delivery.rcpt}{host}",
        evidence=tuple((name.replace("_", " "), in_words(value)) for name, value in each.evidence.items()),
        level=LEVELS.get(level, _("not looked at")) if level is not None else _("not looked at"),
        level_why=str(sender.get("why", "")),
        findings=tuple(rows_of(sender)),
        lookups=tuple(f"{asked['kind']} {asked['name']}: {asked['outcome']}" for asked in sender.get("looked_up", ())),
        headers=tuple((name, value, is_believed(name)) for name, value in deciding_headers(each.opening)),
    )


def took_in_words(seconds: float | None) -> str:
    """'0.24 s', '3 min'; '' while it waits."""
    if seconds is None:
        return ""
    return f"{seconds:.2f} s" if seconds < 10 else f"{seconds:.0f} s" if seconds < 120 else f"{seconds / 60:.0f} min"
