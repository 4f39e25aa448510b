"""The reports page, its tables as CSV, and the tickets behind a day's figure."""

from datetime import date, timedelta
from typing import Any

from flask import Blueprint, Response, abort, current_app, render_template, request
from flask.typing import ResponseReturnValue
from flask_babel import lazy_gettext as _l

from models.app import settings_of
from models.errors import Forbidden
from models.figures import Measure
from models.people import Role
from models.queries import analytics
from models.queries.analytics import Counting
from models.queries.behind_figures import tickets_behind
from models.queries.figures import Period, today
from models.queries.mail_health import draft_figures, mail_health
from models.queries.outbox import mailboxes
from models.queries.tallies import by_tag
from webapp.auth import current_user, for_staff
from webapp.inbox.blueprint import clock
from webapp.mail_flow.view_models import DECISIONS
from webapp.reports.definitions import DEFINITIONS
from webapp.reports.spreadsheet import as_csv
from webapp.reports.view_models import PERIODS, agent_rows, day_label, figures_of, heat_map, in_words, mailbox_rows

reports = Blueprint("reports", __name__, url_prefix="/reports")

MOST_LISTED = 500
LISTED = {
    Measure.CREATED: _l("Tickets opened on %(day)s"),
    Measure.RESOLVED: _l("Tickets resolved on %(day)s"),
    Measure.REOPENED: _l("Tickets reopened on %(day)s"),
}


@reports.before_request
@for_staff
def administrators_only() -> None:
    if current_user().role != Role.ADMIN:
        raise Forbidden("the reports are for administrators")


@reports.get("/")
def page() -> ResponseReturnValue:
    period, counting = asked()
    earlier = period.before()
    days, found = analytics.volume(period, counting), analytics.resolution(period, counting)
    return render_template(
        "pages/reports.html",
        page="reports",
        length=(period.last - period.first).days + 1,
        periods=PERIODS,
        mailbox_id=counting.mailbox_id,
        mailboxes=mailboxes(),
        figures=figures_of(days, found, analytics.volume(earlier, counting), analytics.resolution(earlier, counting)),
        days=days,
        day_label=day_label,
        agents=agent_rows(found.by_agent),
        boxes=mailbox_rows(analytics.by_mailbox(period, counting)),
        tags=by_tag(period, counting.mailbox_id),
        heat=heat_map(analytics.arrivals(period, counting)),
        mail=mail_health(period),
        decisions=DECISIONS,
        drafts=draft_figures(period),
        in_words=in_words,
        means=DEFINITIONS,
        counted_at=clock().when(clock().now),
    )


@reports.get("/<any(days, agents, mailboxes, tags):table>.csv")
def csv_file(table: str) -> Response:
    period, counting = asked()
    heads, rows = TABLES[table](period, counting)
    return as_csv(f"postroom-{table}-{period.first}-{period.last}", heads, rows)


def days_table(period: Period, counting: Counting) -> tuple[list[str], list[list[Any]]]:
    days = analytics.volume(period, counting)
    heads = ["date (UTC)", "created", "resolved", "reopened", "backlog"]
    return heads, [[day.date.isoformat(), day.created, day.resolved, day.reopened, day.backlog] for day in days]


def agents_table(period: Period, counting: Counting) -> tuple[list[str], list[list[Any]]]:
    heads = ["agent", "resolved", "median s", "p90 s", "first responses", "median s"]
    return heads, [
        [each.name, each.resolution.clock.count, each.resolution.clock.median, each.resolution.clock.p90,
         each.first_response.clock.count, each.first_response.clock.median]
        for each in analytics.resolution(period, counting).by_agent
    ]  # fmt: skip


def mailboxes_table(period: Period, counting: Counting) -> tuple[list[str], list[list[Any]]]:
    heads = ["mailbox", "created", "resolved", "first response median s", "resolution median s"]
    return heads, [
        [group.name, group.created, group.resolved, group.first_response.median, group.resolution.median]
        for group in analytics.by_mailbox(period, counting)
    ]


def tags_table(period: Period, counting: Counting) -> tuple[list[str], list[list[Any]]]:
    return ["tag", "created", "over"], [[t.tag, t.created, t.over] for t in by_tag(period, counting.mailbox_id)]


TABLES = {"days": days_table, "agents": agents_table, "mailboxes": mailboxes_table, "tags": tags_table}


@reports.get("/behind/<measure>/<day>/")
def behind(measure: str, day: str) -> ResponseReturnValue:
    """The tickets that one day's figure counts."""
    if measure not in LISTED:
        abort(404)
    try:
        wanted = date.fromisoformat(day)
    except ValueError:
        abort(404)
    found = tickets_behind(Measure(measure), wanted, request.args.get("mailbox", type=int), MOST_LISTED)
    now = clock()
    return render_template(
        "pages/behind_figure.html",
        page="reports",
        title=str(LISTED[Measure(measure)]) % {"day": f"{day_label(wanted)} {wanted.year}"},
        tickets=[(ticket, now.when(at)) for ticket, at in found],
        most=MOST_LISTED,
        day=wanted,
        yesterday=wanted - timedelta(days=1),
    )


def asked() -> tuple[Period, Counting]:
    """What the address asks for; a number of days that is none of ours is thirty."""
    days = request.args.get("days", 30, type=int)
    settings = settings_of(current_app)
    mailbox_id = request.args.get("mailbox", type=int)
    return (
        Period.last_days(days if days in PERIODS else 30, today()),
        Counting(settings.hours, settings.hours_basis, mailbox_id or None),
    )
