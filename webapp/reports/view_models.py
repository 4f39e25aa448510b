"""What the reports page shows, in plain words."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date

from babel.dates import format_date
from babel.numbers import format_decimal, format_percent
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l

from models.durations import Spread
from models.queries.analytics import AgentPace, Day, Group, Resolution
from webapp.languages import reading_locale
from webapp.reports.definitions import DEFINITIONS

PERIODS = {7: _l("7 days"), 30: _l("30 days"), 90: _l("90 days"), 365: _l("a year")}
SHADES = 8


@dataclass(frozen=True)
class Figure:
    """One of the large figures: its value, how it was in the period before, its days as a line, what it means."""

    name: str
    title: str
    value: str
    beside: str
    change: str
    tone: str  # 'good', 'bad' or 'quiet'
    line: str  # points of an SVG polyline in a box of 100 by 24
    means: str


@dataclass(frozen=True)
class Cell:
    """One hour of the heat map; `shade` 0 to 8."""

    number: int
    shade: int


def figures_of(days: Sequence[Day], now: Resolution, before_days: Sequence[Day], before: Resolution) -> list[Figure]:
    created, resolved = (sum(getattr(d, n) for d in days) for n in ("created", "resolved"))
    was_created, was_resolved = (sum(getattr(d, n) for d in before_days) for n in ("created", "resolved"))
    backlog, was_backlog = days[-1].backlog, before_days[-1].backlog
    first, was_first = now.first_response.clock, before.first_response.clock
    last, was_last = now.resolved.clock, before.resolved.clock
    return [
        counted("created", _("New"), created, was_created, line(days, lambda day: day.created)),
        counted("resolved", _("Resolved"), resolved, was_resolved, line(days, lambda day: day.resolved), more_is="good"),
        counted("backlog", _("Backlog"), backlog, was_backlog, line(days, lambda day: day.backlog), more_is="bad"),
        timed("first_response", _("First response"), first, was_first, now.first_response.business),
        timed("resolution", _("Resolution"), last, was_last, now.resolved.business),
        rated(now.reopen_rate, before.reopen_rate, line(days, lambda day: day.reopened)),
    ]


def counted(name: str, title: str, value: int, was: int, points: str, *, more_is: str = "quiet") -> Figure:
    return Figure(name, title, format_decimal(value, locale=reading_locale()), "", *changed(value, was, more_is), points, DEFINITIONS[name])


def timed(name: str, title: str, spread: Spread, was: Spread, business: Spread) -> Figure:
    beside = _("90 %% within %(time)s · %(business)s in business hours", time=in_words(spread.p90), business=in_words(business.median)) if spread.count else ""
    change = changed(spread.median, was.median, "bad") if spread.count and was.count else ("", "quiet")
    return Figure(name, title, in_words(spread.median), beside, *change, "", f"{_('Median')}. {DEFINITIONS[name]} {DEFINITIONS['business_hours']}")


def rated(rate: float | None, was: float | None, points: str) -> Figure:
    value = "–" if rate is None else format_percent(rate, "0.0 %", locale=reading_locale())
    change = changed(rate, was, "bad") if rate is not None and was else ("", "quiet")
    return Figure("reopen_rate", _("Reopened"), value, "", *change, points, f"{DEFINITIONS['reopen_rate']} {DEFINITIONS['reopened']}")


def changed(value: float | None, was: float | None, more_is: str) -> tuple[str, str]:
    """How much more or less than before, and whether that is good news."""
    if not was or value is None:
        return "", "quiet"
    share = (value - was) / was
    if abs(share) < 0.005:
        return _("as before"), "quiet"
    less_is = {"good": "bad", "bad": "good"}.get(more_is, "quiet")
    return _("%(share)s %% on the period before", share=f"{share * 100:+.0f}".replace("-", "−")), more_is if share > 0 else less_is


def line(days: Sequence[Day], value: Callable[[Day], int]) -> str:
    """The days as points of a polyline, the highest at the top."""
    values = [value(day) for day in days]
    top = max(values) or 1
    step = 100 / max(1, len(values) - 1)
    return " ".join(f"{place * step:.1f},{23 - 22 * each / top:.1f}" for place, each in enumerate(values))


def in_words(seconds: int | None) -> str:
    """`2 d 4 h`, `3 h 05 min`, `12 min`, `40 s`; a dash for nothing."""
    if seconds is None:
        return "–"
    minutes, hours, days = seconds // 60, seconds // 3600, seconds // 86_400
    if days:
        return f"{days} d {hours % 24} h"
    if hours:
        return f"{hours} h {minutes % 60:02} min"
    return f"{minutes} min" if minutes else f"{seconds} s"


def heat_map(by_hour: Sequence[int]) -> list[tuple[str, list[Cell]]]:
    """The week as seven rows of 24 cells."""
    top = max(by_hour) or 1
    cells = [Cell(number, -(-number * SHADES // top)) for number in by_hour]
    return [(name, cells[24 * day : 24 * day + 24]) for day, name in reading_locale().days["format"]["abbreviated"].items()]


def agent_rows(found: Sequence[AgentPace]) -> list[list[str]]:
    """Name, resolved, median and p90 of the resolution, first answers, their median; who resolved most comes first."""
    ranked = sorted(found, key=lambda each: (-each.resolution.clock.count, each.name))
    return [
        [
            each.name, str(each.resolution.clock.count), in_words(each.resolution.clock.median),
            in_words(each.resolution.clock.p90), str(each.first_response.clock.count),
            in_words(each.first_response.clock.median),
        ]
        for each in ranked
    ]  # fmt: skip


def mailbox_rows(found: Sequence[Group]) -> list[list[str]]:
    return [
        [group.name, str(group.created), str(group.resolved), in_words(group.first_response.median), in_words(group.resolution.median)]
        for group in found
    ]


def day_label(day: date) -> str:
    return format_date(day, "EEE d MMM", reading_locale())
