"""Putting together what changes have added to the tallies. No sum becomes another by it."""

from sqlalchemy import text

from models.database import db

ONE_AT_A_TIME = "fold tallies"
ENOUGH = 500
"""Rows that may lie about before it is worth the work."""

# Each in one statement, so that whoever reads sees either all of the rows or the one that stands for them.
TICKETS = text("""
WITH gone AS (DELETE FROM ticket_tally RETURNING status, priority, mailbox_id, is_unassigned, number)
INSERT INTO ticket_tally (status, priority, mailbox_id, is_unassigned, number)
SELECT status, priority, mailbox_id, is_unassigned, sum(number) FROM gone GROUP BY 1, 2, 3, 4 HAVING sum(number) <> 0
""")
TAGS = text("""
WITH touched AS (SELECT DISTINCT day, mailbox_id, tag FROM tag_tally WHERE NOT is_folded),
gone AS (
    DELETE FROM tag_tally t USING touched w WHERE (t.day, t.mailbox_id, t.tag) = (w.day, w.mailbox_id, w.tag)
    RETURNING t.day, t.mailbox_id, t.tag, t.created, t.over
)
INSERT INTO tag_tally (day, mailbox_id, tag, created, over, is_folded)
SELECT day, mailbox_id, tag, sum(created), sum(over), true FROM gone GROUP BY 1, 2, 3 HAVING sum(created) <> 0 OR sum(over) <> 0
""")
LYING_ABOUT = text("""
SELECT (SELECT count(*) - count(DISTINCT (status, priority, mailbox_id, is_unassigned)) FROM ticket_tally) > :enough,
       (SELECT count(*) FROM (SELECT FROM tag_tally WHERE NOT is_folded LIMIT :enough + 1) lying) > :enough
""")


def fold_tallies(enough: int = ENOUGH) -> int:
    """Put rows together where more than `enough` lie about; how many tallies that were. The caller commits.

    Any number of sweeps may come here: one of them does it.
    """
    alone = text("SELECT pg_try_advisory_xact_lock(hashtextextended(:name, 0))")
    if not db.session.scalar(alone, {"name": ONE_AT_A_TIME}):
        return 0
    of_tickets, of_tags = db.session.execute(LYING_ABOUT, {"enough": enough}).one()
    if of_tickets:
        db.session.execute(TICKETS)
    if of_tags:
        db.session.execute(TAGS)
    return int(of_tickets) + int(of_tags)
