"""Why each mail of a ticket is where it is."""

from typing import Any
from uuid import UUID

from flask import current_app
from pydantic import Field

from models.api_token import Scope
from models.app import settings_of
from models.queries.trace import Traced, trace_of
from webapp.api.callers import Who, caller
from webapp.api.calls import call
from webapp.api.shapes import Moment, Told
from webapp.mail_flow.tracing import deciding_headers, is_believed


class HeaderShape(Told):
    name: str
    value: str
    believed: bool = Field(description="false: shown because people ask for it; anybody can have written it")


class TracedMail(Told):
    """One mail at one of our addresses."""

    inbound_id: UUID
    message_id: int | None = Field(description="the message it became, if it became one")
    rcpt: str
    mail_from: str = Field(description="the envelope's sender; empty: the null sender")
    from_host: str | None = Field(description="the address of the host that handed it in")
    helo: str
    accepted_at: Moment
    filed_at: Moment | None
    seconds: float | None = Field(description="from accepted to filed")
    decision: str | None
    rule: str | None
    why: str
    evidence: dict[str, Any]
    level: str | None = Field(description="who wrote it: A0 bad, A1 unknown, A2 vouched for, A3 proved")
    sender_verified: bool | None
    sender: dict[str, Any] | None = Field(description="the verdict on the sender with everything that was looked up")
    headers: list[HeaderShape]


class Trace(Told):
    results: list[TracedMail]


@call("GET", "/tickets/<int:ticket_id>/trace/", who=Who.TEAM, scope=Scope.TICKETS_READ, answers={200: Trace})
def trace_ticket(ticket_id: int) -> Trace:
    """Why each mail landed here: evidence, rule, who wrote it, what was looked up, and how long it took."""
    found = trace_of(caller().user, settings_of(current_app).agent_visibility, ticket_id)
    return Trace(results=[traced_mail(each) for each in found])


def traced_mail(each: Traced) -> TracedMail:
    level = each.message.sender_level if each.message else (each.sender or {}).get("level")
    return TracedMail(
        inbound_id=each.mail.id,
        message_id=each.delivery.message_id,
        rcpt=each.delivery.rcpt,
        mail_from=each.mail.mail_from,
        from_host=str(each.mail.peer_ip) if each.mail.peer_ip else None,
        helo=each.mail.helo,
        accepted_at=each.mail.received_at,
        filed_at=each.mail.filed_at,
        seconds=each.seconds,
        decision=each.delivery.decision,
        rule=each.delivery.rule,
        why=str(each.delivery.evidence.get("why", "")),
        evidence=each.evidence,
        level=None if level is None else f"A{level}",
        sender_verified=each.message.sender_verified if each.message else None,
        sender=each.sender,
        headers=[
            HeaderShape(name=name, value=value, believed=is_believed(name)) for name, value in deciding_headers(each.opening)
        ],
    )
