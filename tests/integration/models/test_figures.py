"""The figures of the reports, beside a slow and obvious reading of the whole timeline."""

from collections import defaultdict
from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import pytest
from sqlalchemy import delete, func, select, update
from sqlalchemy.dialects import postgresql

from models.actions.figures import close_days, count_anew, days_to_close
from models.actions.removing import delete_ticket, restore_ticket
from models.blobs import BlobStore
from models.business_hours import BusinessHours
from models.database import db
from models.durations import Spread
from models.figures import ClosedDay, PackedIntegers, ReportDay
from models.people import User
from models.queries import analytics
from models.queries.analytics import Counting
from models.queries.figures import Period, today
from models.queries.open_days import remembered as hours_remembered
from models.queries.paces import remembered, whole_months, written_days
from models.queries.tallies import by_tag
from models.ticket import ACTIVE, Ticket
from models.timeline import TimelineEntry
from postroom.seed import Wanted, seed_desk
from tests.cast import DORA, Desk, mail_from

pytestmark = pytest.mark.usefixtures("within_a_day")

HOURS = BusinessHours.read("Mon-Fri 09:00-17:00", "Europe/Berlin")
COUNTING = Counting(HOURS, "office")
OVER = ("RESOLVED", "CLOSED")


@pytest.fixture
def busy(desk: Desk, database_url: str, tmp_path: Path) -> Iterator[Desk]:
    """A desk with ninety days behind it, and something that happened today."""
    seed_desk(database_url, BlobStore(tmp_path / "blobs"), Wanted(tickets=150, messages=600, agents=3, days=90))
    for _ in range(2):
        ticket_id = desk.takes_in(mail_from(DORA)).ticket_id
        desk.assigns(ticket_id, desk.ada)
        desk.replies(ticket_id)
    desk.sets(ticket_id, "RESOLVED")
    yield desk


class Slow:
    """Walks the timeline of every ticket from its beginning."""

    def __init__(self, period: Period) -> None:
        self.period = period
        self.counted: dict[tuple[date, str], int] = defaultdict(int)
        self.backlog: dict[date, int] = defaultdict(int)
        self.resolved: list[tuple[int, int, int | None]] = []  # by the clock, in business hours, by whom
        self.responded: list[tuple[int, int, int | None]] = []
        self.week_hours = [0] * 168
        by_ticket: dict[int, list[TimelineEntry]] = defaultdict(list)
        for entry in db.session.scalars(select(TimelineEntry).order_by(TimelineEntry.id)):
            by_ticket[entry.ticket_id].append(entry)
        for entries in by_ticket.values():
            self.walk(entries)

    def walk(self, entries: list[TimelineEntry]) -> None:
        opened, status, agent, answered, deleted = entries[0].created_at, "OPEN", None, False, False
        ends = {}
        for entry in entries:
            day = entry.created_at.astimezone(UTC).date()
            if entry.kind == "created":
                self.count(day, "created")
                if self.within(day):
                    local = entry.created_at.astimezone(HOURS.zone)
                    self.week_hours[local.weekday() * 24 + local.hour] += 1
            elif entry.kind == "assigned":
                agent = entry.data["after"]
            elif entry.kind == "replied" and not answered:
                answered = True
                self.note(self.responded, day, opened, entry.created_at, entry.actor_id)
            elif entry.kind == "status":
                before, status = status, entry.data["after"]
                if status in OVER and before not in OVER:
                    self.count(day, "resolved")
                    self.note(self.resolved, day, opened, entry.created_at, agent)
                elif before in OVER and status not in OVER:
                    self.count(day, "reopened")
            elif entry.kind in ("deleted", "restored"):
                deleted = entry.kind == "deleted"
            ends[day] = status not in OVER and not deleted
        for day in self.period.days():
            known = [end for end in ends if end <= day]
            self.backlog[day] += bool(known and ends[max(known)])

    def count(self, day: date, what: str) -> None:
        self.counted[day, what] += 1

    def note(self, into: list[tuple[int, int, int | None]], day: date, opened: datetime, at: datetime, who: int | None) -> None:
        if self.within(day):
            into.append((int((at - opened).total_seconds()), HOURS.between(opened, at), who))

    def within(self, day: date) -> bool:
        return self.period.first <= day <= self.period.last


def agrees(period: Period) -> None:
    """Every figure of the period is what the slow reading finds."""
    slow = Slow(period)
    for day in analytics.volume(period, COUNTING):
        expected = [slow.counted[day.date, what] for what in ("created", "resolved", "reopened")]
        assert [day.created, day.resolved, day.reopened, day.backlog] == [*expected, slow.backlog[day.date]], day.date
    found = analytics.resolution(period, COUNTING)
    for pace, rows in ((found.resolved, slow.resolved), (found.first_response, slow.responded)):
        assert pace.clock == Spread.of([clock for clock, _, _ in rows])
        assert pace.business == Spread.of([business for _, business, _ in rows])
    for each in found.by_agent:
        assert each.resolution.clock == Spread.of([clock for clock, _, who in slow.resolved if who == each.agent_id])
        assert each.first_response.clock == Spread.of([clock for clock, _, who in slow.responded if who == each.agent_id])
    assert analytics.arrivals(period, COUNTING) == slow.week_hours


def close_all(basis: str = "office", hours: BusinessHours = HOURS) -> int:
    written = 0
    while closed := close_days(hours, basis):
        db.session.commit()
        written += closed
    db.session.commit()
    return written


def test_figures_agree_with_the_timeline_before_and_after_its_days_are_written(busy: Desk) -> None:
    periods = [Period.last_days(days, today()) for days in (1, 30, 120)]
    for period in periods:
        agrees(period)
    assert close_all() >= 89
    for period in periods:
        agrees(period)
    agrees(Period(today() - timedelta(days=40), today() - timedelta(days=20)))


def test_after_the_days_are_written_only_today_is_read_from_the_timeline(busy: Desk) -> None:
    close_all()
    before = analytics.volume(Period.last_days(60, today()), COUNTING)
    old = datetime.now(UTC) - timedelta(days=2)
    db.session.execute(delete(TimelineEntry).where(TimelineEntry.created_at < old, TimelineEntry.kind == "created"))
    assert analytics.volume(Period.last_days(60, today()), COUNTING) == before


def test_a_month_that_is_written_is_read_in_one_piece(busy: Desk) -> None:
    close_all()
    period = Period.last_days(95, today())
    before = analytics.resolution(period, COUNTING), analytics.arrivals(period, COUNTING), analytics.by_mailbox(period, COUNTING)
    months = whole_months(written_days(period, "office"))
    assert len(months) >= 2
    in_a_month = func.date_trunc("month", ReportDay.day).in_(months)
    single = update(ReportDay).where(in_a_month, ReportDay.measure != "created")
    db.session.execute(single.values(agents=[], seconds=[], business=[]))
    db.session.execute(update(ReportDay).where(in_a_month).values(week_hours=[]))
    remembered().forget()
    after = analytics.resolution(period, COUNTING), analytics.arrivals(period, COUNTING), analytics.by_mailbox(period, COUNTING)
    assert after == before and before[0].resolved.clock.count > 0


def test_a_month_of_which_a_day_is_written_anew_is_put_together_anew(busy: Desk) -> None:
    close_all()
    period = Period.last_days(95, today())
    month = min(whole_months(written_days(period, "office")))
    db.session.execute(delete(ClosedDay).where(ClosedDay.day == month + timedelta(days=3)))
    assert month not in whole_months(written_days(period, "office"))
    agrees(period)
    assert close_all() == 1
    assert month in whole_months(written_days(period, "office"))
    agrees(period)


def test_a_past_that_is_counted_again_is_not_remembered_as_it_was(busy: Desk) -> None:
    """A day is asked for, changes and is written anew: the answer is the new one, before and after."""
    close_all()
    period = Period.last_days(40, today())
    agrees(period)
    newest = select(func.max(TimelineEntry.id)).where(TimelineEntry.kind == "replied", TimelineEntry.created_at < func.current_date() - 5)
    entry = db.session.get_one(TimelineEntry, db.session.scalar(newest))
    db.session.execute(delete(TimelineEntry).where(TimelineEntry.id == entry.id))
    count_anew(entry.created_at.date())
    db.session.commit()
    agrees(period)
    assert close_all() > 0
    agrees(period)


def test_days_that_are_written_are_put_in_order_once(busy: Desk) -> None:
    """What is written is not read again while it stands: the second answer costs what today costs."""
    close_all()
    period = Period.last_days(40, today())
    first = analytics.resolution(period, COUNTING)
    db.session.execute(update(ReportDay).values(agents=[], seconds=[], business=[]))
    assert analytics.resolution(period, COUNTING) == first
    remembered().forget()
    assert analytics.resolution(period, COUNTING) != first
    db.session.rollback()


def test_packed_numbers_come_back_as_they_went_in() -> None:
    packed = PackedIntegers()
    numbers = [0, 1, 86_400, 2**31 - 1]
    bytes_kept = packed.process_bind_param(numbers, postgresql.dialect())
    assert bytes_kept is not None and bytes_kept[4:8] == b"\1\0\0\0"
    assert list(packed.process_result_value(bytes_kept, postgresql.dialect()) or ()) == numbers


def test_an_hour_of_today_is_read_again_when_a_line_comes_to_it_or_goes(busy: Desk) -> None:
    period = Period(today(), today())
    agrees(period)
    ticket_id = busy.takes_in(mail_from(DORA, subject="Another")).ticket_id
    agrees(period)
    busy.assigns(ticket_id, busy.ben)
    busy.replies(ticket_id, by=busy.ben)
    busy.sets(ticket_id, "RESOLVED")
    agrees(period)
    db.session.execute(delete(TimelineEntry).where(TimelineEntry.ticket_id == ticket_id, TimelineEntry.kind == "replied"))
    agrees(period)


def test_an_hour_to_which_nothing_comes_is_read_once(busy: Desk) -> None:
    """Lines never change once they are written; one that did would not be noticed before the hour is forgotten."""
    period = Period(today(), today())
    first = analytics.resolution(period, COUNTING)
    db.session.execute(update(TimelineEntry).where(TimelineEntry.kind == "replied").values(actor_id=busy.ben.id))
    assert analytics.resolution(period, COUNTING) == first
    hours_remembered().forget()
    assert analytics.resolution(period, COUNTING) != first
    db.session.rollback()


def test_other_business_hours_write_every_day_anew(busy: Desk) -> None:
    days = close_all()
    always = BusinessHours.read("always", "UTC")
    assert close_all("always", always) == days
    found = analytics.resolution(Period.last_days(30, today()), Counting(always, "always")).resolved
    assert found.business.count == found.clock.count > 0
    assert found.business.average == pytest.approx(found.clock.average, abs=1)  # each is cut to whole seconds


def test_a_desk_that_is_given_a_past_has_it_counted_again(busy: Desk, database_url: str, tmp_path: Path) -> None:
    days = close_all()
    seed_desk(database_url, BlobStore(tmp_path / "blobs"), Wanted(tickets=5, messages=10, agents=3, days=80))
    assert db.session.scalar(select(func.count()).select_from(ReportDay)) == 0
    assert close_all() == days
    agrees(Period.last_days(100, today()))


def test_today_is_never_written(busy: Desk) -> None:
    close_all()
    assert db.session.scalar(select(func.max(ClosedDay.day))) == today() - timedelta(days=1)
    assert days_to_close("office") == []


def test_a_desk_without_a_past_has_nothing_to_write(desk: Desk) -> None:
    assert close_days(HOURS, "office") == 0


def test_a_deleted_ticket_is_no_backlog_and_a_restored_one_is(busy: Desk) -> None:
    active = db.session.scalars(select(Ticket.id).where(Ticket.status.in_(ACTIVE))).all()
    over = db.session.scalars(select(Ticket.id).where(Ticket.status.in_(OVER))).all()
    for ticket_id in (*active[:2], over[0]):
        delete_ticket(ticket_id, busy.cleo)
    db.session.commit()
    agrees(Period.last_days(10, today()))
    restore_ticket(active[0], busy.cleo)
    db.session.commit()
    agrees(Period.last_days(10, today()))


def test_the_summary_counts_what_is_there(busy: Desk) -> None:
    found = analytics.summary()
    tickets = db.session.scalars(select(Ticket)).all()
    assert found.total == len(tickets)
    assert found.active == sum(t.status in ACTIVE for t in tickets) == sum(found.by_mailbox.values())
    assert found.unassigned == sum(t.status in ACTIVE and t.assigned_agent_id is None for t in tickets)
    for status in found.by_status:
        assert found.by_status[status] == sum(t.status == status for t in tickets)


def test_mailboxes_and_tags_share_the_period_among_them(busy: Desk) -> None:
    period = Period.last_days(90, today())
    whole = sum(day.created for day in analytics.volume(period, COUNTING))
    assert sum(group.created for group in analytics.by_mailbox(period, COUNTING)) == whole
    one = analytics.by_mailbox(period, COUNTING)[0]
    alone = Counting(HOURS, "office", one.id)
    assert sum(day.created for day in analytics.volume(period, alone)) == one.created
    for tag in by_tag(period):
        assert tag.created >= tag.over
    assert {tag.tag for tag in by_tag(period)} <= set(db.session.scalars(select(func.unnest(Ticket.tags))))


def test_an_agent_is_named_with_what_he_did(busy: Desk) -> None:
    found = {each.agent_id: each for each in analytics.resolution(Period.last_days(1, today()), COUNTING).by_agent}
    ada = found[busy.ada.id]
    assert (ada.first_response.clock.count, ada.resolution.clock.count) == (2, 1)
    assert ada.username == db.session.get_one(User, busy.ada.id).username
