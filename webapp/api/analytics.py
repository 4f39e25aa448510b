"""How the desk does: counts, volumes, durations. For administrators; the reports page shows the same."""

from typing import Literal

from flask import current_app
from pydantic import Field

from models.api_token import Scope
from models.app import settings_of
from models.durations import Spread
from models.queries import analytics, mail_health
from models.queries.analytics import Counting
from models.queries.figures import Period, today
from models.queries.paces import Pace
from models.queries.tallies import by_tag
from webapp.api.callers import Who
from webapp.api.calls import call
from webapp.api.shapes import Sent, Told

MOST_DAYS = 366


class PeriodWanted(Sent):
    days: int = Field(30, ge=1, le=MOST_DAYS, description="so many days (UTC), today the last of them")
    mailbox: int | None = Field(None, ge=0, le=2**63 - 1)


class BreakdownWanted(PeriodWanted):
    by: Literal["mailbox", "tag"] = "mailbox"


class SummaryShape(Told):
    """How the desk stands now."""

    total: int
    active: int
    unassigned: int
    by_status: dict[str, int]
    by_priority: dict[str, int]
    by_mailbox: dict[int, int] = Field(description="active tickets by the mailbox's id")


class DayShape(Told):
    date: str
    created: int
    resolved: int
    reopened: int
    backlog: int = Field(description="active tickets at the end of the day")


class VolumeShape(Told):
    days: list[DayShape]


class SpreadShape(Told):
    """Seconds; null where nothing was counted."""

    count: int
    avg_seconds: int | None
    median_seconds: int | None
    p90_seconds: int | None


class PaceShape(SpreadShape):
    business_hours: SpreadShape


class AgentShape(Told):
    id: int
    username: str
    name: str


class AgentPaceShape(PaceShape):
    agent: AgentShape
    first_response: PaceShape


class ResolutionShape(PaceShape):
    """By the clock; `business_hours` counts the hours of BUSINESS_HOURS alone."""

    first_response: PaceShape
    reopened: int
    reopen_rate: float | None = Field(description="reopenings for each resolution")
    by_agent: list[AgentPaceShape]


class ArrivalsShape(Told):
    by_hour: list[list[int]] = Field(description="seven days from Monday, each of 24 hours, by the desk's TIMEZONE")


class GroupShape(Told):
    id: int | None
    name: str
    created: int
    resolved: int
    resolution: SpreadShape | None
    first_response: SpreadShape | None


class BreakdownShape(Told):
    by: str
    groups: list[GroupShape]


class MailShape(Told):
    accepted: int
    by_decision: dict[str, int]
    time_to_ticket_median_seconds: float | None
    time_to_ticket_p95_seconds: float | None
    written: int = Field(description="mails put into the outbox")
    sent: int
    failed: int
    automatic: int


class DraftsShape(Told):
    asked: int
    used: int
    kept_share: float | None = Field(description="how much of the drafts' words was sent, 0 to 1, on average")


@call("GET", "/analytics/summary/", who=Who.ADMIN, scope=Scope.REPORTS_READ, answers={200: SummaryShape})
def summary() -> SummaryShape:
    """How many tickets there are, by status, priority and mailbox."""
    return SummaryShape.model_validate(analytics.summary())


@call("GET", "/analytics/volume/", who=Who.ADMIN, scope=Scope.REPORTS_READ, answers={200: VolumeShape})
def volume(query: PeriodWanted) -> VolumeShape:
    """What was opened, resolved and reopened each day, and what was left at its end."""
    days = analytics.volume(*asked(query))
    return VolumeShape(days=[DayShape(**{**vars(day), "date": day.date.isoformat()}) for day in days])


@call("GET", "/analytics/resolution/", who=Who.ADMIN, scope=Scope.REPORTS_READ, answers={200: ResolutionShape})
def resolution(query: PeriodWanted) -> ResolutionShape:
    """How long it took to answer and to resolve, over the resolutions and first answers of the period."""
    found = analytics.resolution(*asked(query))
    return ResolutionShape(
        **pace(found.resolved),
        first_response=PaceShape(**pace(found.first_response)),
        reopened=found.reopened,
        reopen_rate=found.reopen_rate,
        by_agent=[
            AgentPaceShape(
                **pace(each.resolution),
                agent=AgentShape(id=each.agent_id, username=each.username, name=each.name),
                first_response=PaceShape(**pace(each.first_response)),
            )
            for each in found.by_agent
        ],
    )


@call("GET", "/analytics/arrivals/", who=Who.ADMIN, scope=Scope.REPORTS_READ, answers={200: ArrivalsShape})
def arrivals(query: PeriodWanted) -> ArrivalsShape:
    """In which hours of the week tickets are opened."""
    hours = analytics.arrivals(*asked(query))
    return ArrivalsShape(by_hour=[hours[24 * day : 24 * day + 24] for day in range(7)])


@call("GET", "/analytics/breakdown/", who=Who.ADMIN, scope=Scope.REPORTS_READ, answers={200: BreakdownShape})
def breakdown(query: BreakdownWanted) -> BreakdownShape:
    """The period by mailbox, or by the tags its tickets have now."""
    period, counting = asked(query)
    if query.by == "tag":
        tags = by_tag(period, query.mailbox)
        groups = [
            GroupShape(id=None, name=each.tag, created=each.created, resolved=each.over, resolution=None, first_response=None)
            for each in tags
        ]
    else:
        groups = [
            GroupShape(
                id=each.id, name=each.name, created=each.created, resolved=each.resolved,
                resolution=spread(each.resolution), first_response=spread(each.first_response),
            )
            for each in analytics.by_mailbox(period, counting)
        ]  # fmt: skip
    return BreakdownShape(by=query.by, groups=groups)


@call("GET", "/analytics/mail/", who=Who.ADMIN, scope=Scope.REPORTS_READ, answers={200: MailShape})
def mail(query: PeriodWanted) -> MailShape:
    """What became of the period's mail, in and out, in all mailboxes."""
    found = mail_health.mail_health(Period.last_days(query.days, today()))
    return MailShape(
        **{name: value for name, value in vars(found).items() if not name.startswith("time_")},
        time_to_ticket_median_seconds=found.time_to_ticket_median,
        time_to_ticket_p95_seconds=found.time_to_ticket_p95,
    )


@call("GET", "/analytics/drafts/", who=Who.ADMIN, scope=Scope.REPORTS_READ, answers={200: DraftsShape})
def drafts(query: PeriodWanted) -> DraftsShape:
    """What the AI drafts of the period were worth."""
    return DraftsShape.model_validate(mail_health.draft_figures(Period.last_days(query.days, today())))


def asked(query: PeriodWanted) -> tuple[Period, Counting]:
    settings = settings_of(current_app)
    return Period.last_days(query.days, today()), Counting(settings.hours, settings.hours_basis, query.mailbox)


def pace(found: Pace) -> dict[str, object]:
    return {**vars(spread(found.clock)), "business_hours": spread(found.business)}


def spread(found: Spread) -> SpreadShape:
    return SpreadShape(
        count=found.count, avg_seconds=found.average, median_seconds=found.median, p90_seconds=found.p90
    )
