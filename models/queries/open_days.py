"""Days that are not written yet, today above all: read from the timeline hour by hour, each hour once while nothing comes to it.

A busy day has thousands of happenings, and nearly all of them lie in hours that are over. An hour is known by how many
lines it has and by the sum of their numbers: a line that comes to it, or goes, makes it another.
"""

from datetime import date, timedelta

from flask import current_app
from sqlalchemy import text

from models.business_hours import BusinessHours
from models.database import db
from models.queries.figures import Bundle, count_days, count_span, midnight
from models.remembered import Remembered
from models.timeline import COUNTED

MOST_DAYS = 2  # more in a row are the past of a desk that has just been filled, which is written soon
MOST_REMEMBERED = 24 * MOST_DAYS * 2  # hours
HOUR = timedelta(hours=1)
LINES = text(f"""
SELECT date_trunc('hour', created_at, 'UTC'), count(*), sum(id)
  FROM timeline_entry WHERE {COUNTED} AND created_at >= :begin AND created_at < :end GROUP BY 1
""")


def count_open_days(first: date, last: date, hours: BusinessHours, basis: str) -> list[Bundle]:
    """What `count_days` finds, perhaps in more pieces than one for a day."""
    if (last - first).days >= MOST_DAYS:
        return count_days(first, last, hours)
    found: list[Bundle] = []
    for hour, lines, numbers in db.session.execute(LINES, {"begin": midnight(first), "end": midnight(last) + timedelta(days=1)}).all():
        found += remembered().get((basis, hour, lines, numbers), lambda hour=hour: count_span(hour, hour + HOUR, hours))
    return found


def remembered() -> Remembered[list[Bundle]]:
    """Of this application: each has a database of its own."""
    memory: Remembered[list[Bundle]] = current_app.extensions.setdefault("postroom.hours", Remembered(MOST_REMEMBERED))
    return memory
