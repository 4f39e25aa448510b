"""What became of the mail of days that are over: written down once, and the same as the mails themselves say."""

from datetime import timedelta

import pytest
from sqlalchemy import delete, func, select, update

from models.actions.held import discard
from models.actions.mail_figures import close_mail_days, days_to_write
from models.custody import InboundDelivery, InboundMessage
from models.database import db
from models.figures import MailDay, MailDayChange
from models.outbox import Outbox
from models.queries.figures import Period, today
from models.queries.mail_health import MailHealth, count_mail, mail_health
from tests.cast import DORA, EVE, Desk, mail_from

pytestmark = pytest.mark.usefixtures("within_a_day")

YEAR = timedelta(days=365)


def a_year() -> Period:
    return Period(today() - YEAR, today())


def past_mail(desk: Desk, interval: str = "70 days") -> None:
    """Two mails and an answer of some days ago, and one of today."""
    desk.replies(desk.takes_in(mail_from(DORA)).ticket_id)
    desk.takes_in(mail_from(EVE))
    desk.time_passes("inbound_message", interval, "received_at", "filed_at")
    desk.time_passes("outbox", interval, "created_at")
    desk.takes_in(mail_from(DORA, subject="Again"))


def counted() -> MailHealth:
    """The year from the mails alone, as if nothing had ever been written."""
    db.session.commit()
    db.session.execute(delete(MailDay))
    found = mail_health(a_year())
    db.session.rollback()
    return found


def close_all() -> None:
    while close_mail_days():
        db.session.commit()


def test_written_days_say_what_the_mails_say(desk: Desk) -> None:
    past_mail(desk)
    before = mail_health(a_year())
    assert before.accepted == 3 and before.written >= 1 and before.time_to_ticket_median is not None
    close_all()
    assert mail_health(a_year()) == before == counted()
    assert count_mail(a_year()).by_decision == before.by_decision


def test_every_day_that_is_over_is_written_and_today_is_not(desk: Desk) -> None:
    past_mail(desk, "2 days")
    close_all()
    assert set(db.session.scalars(select(MailDay.day))) == {today() - timedelta(days=2), today() - timedelta(days=1)}
    assert days_to_write() == []


def test_after_a_day_is_written_its_mails_are_not_asked_again(desk: Desk) -> None:
    past_mail(desk)
    close_all()
    before = mail_health(a_year())
    old = select(InboundMessage.id).where(InboundMessage.received_at < func.now() - timedelta(days=60))
    db.session.execute(delete(InboundDelivery).where(InboundDelivery.inbound_id.in_(old)))
    db.session.execute(delete(Outbox).where(Outbox.created_at < func.now() - timedelta(days=60)))
    assert mail_health(a_year()) == before


def test_a_word_about_mail_of_a_day_that_is_written_counts_at_once(desk: Desk) -> None:
    """Each as its act leaves it: discarded, sent late, bounced, filed late."""
    past_mail(desk, "3 days")
    waiting = desk.keeps(mail_from(EVE, subject="Not read yet"))
    desk.time_passes("inbound_message", "3 days", "received_at", "filed_at")
    db.session.execute(update(InboundDelivery).where(InboundDelivery.decision == "new_ticket").values(decision="held", message_id=None))
    db.session.commit()
    held = db.session.scalars(select(InboundDelivery).where(InboundDelivery.decision == "held")).first()
    close_all()
    assert mail_health(a_year()) == counted()
    assert held is not None
    discard(held.inbound_id, held.rcpt, desk.ada)
    seen_anew(desk, "discarded", lambda found: found.by_decision["discarded"], 1)
    db.session.execute(update(Outbox).where(Outbox.kind == "reply").values(state="sent"))
    seen_anew(desk, "sent", lambda found: found.sent, 1)
    db.session.execute(update(Outbox).where(Outbox.kind == "reply").values(state="failed"))
    seen_anew(desk, "failed", lambda found: found.failed, 1)
    assert mail_health(a_year()).by_decision["waiting"] == 1
    desk.files(waiting)
    seen_anew(desk, "filed", lambda found: found.by_decision.get("waiting", 0), 0)


def seen_anew(desk: Desk, what: str, figure: object, expected: int) -> None:
    """The change is in the figures before the sweep has come, and after it; and the sweep had something to write."""
    db.session.commit()
    found = mail_health(a_year())
    assert figure(found) == expected, what  # type: ignore[operator]
    assert found == counted(), what
    assert days_to_write() != [], what
    close_all()
    assert days_to_write() == [] and mail_health(a_year()) == found, what


def test_work_on_a_mail_that_changes_no_figure_marks_no_day(desk: Desk) -> None:
    past_mail(desk, "3 days")
    close_all()
    db.session.execute(update(Outbox).values(state="retry", attempts=3))
    db.session.execute(update(Outbox).values(state="leased"))
    db.session.execute(update(InboundMessage).values(seen_count=2, last_error="", forgotten_at=None))
    db.session.execute(update(InboundDelivery).values(tag="seen"))
    assert db.session.scalar(select(func.count()).select_from(MailDayChange)) == 0


def test_mail_of_today_marks_no_day(desk: Desk) -> None:
    desk.delivers(desk.replies(desk.takes_in(mail_from(DORA)).ticket_id))
    assert db.session.scalar(select(func.count()).select_from(MailDayChange)) == 0


def test_a_desk_without_old_mail_has_nothing_to_write(desk: Desk) -> None:
    desk.takes_in(mail_from(DORA))
    assert close_mail_days() == 0
    assert db.session.scalar(select(func.count()).select_from(MailDay)) == 0
