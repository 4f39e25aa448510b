"""What became of the mail of long past days: written down once, and the same as the mails themselves say."""

from datetime import timedelta

import pytest
from sqlalchemy import delete, func, select

from models.actions.mail_figures import close_mail_days, settled_days
from models.custody import InboundDelivery, InboundMessage
from models.database import db
from models.figures import MailDay
from models.outbox import Outbox
from models.queries.figures import Period, today
from models.queries.mail_health import count_mail, mail_health
from tests.cast import DORA, EVE, Desk, mail_from

pytestmark = pytest.mark.usefixtures("within_a_day")

YEAR = timedelta(days=365)


def a_year() -> Period:
    return Period(today() - YEAR, today())


def past_mail(desk: Desk) -> None:
    """Two mails and an answer of seventy days ago, and one of today."""
    desk.replies(desk.takes_in(mail_from(DORA)).ticket_id)
    desk.takes_in(mail_from(EVE))
    desk.time_passes("inbound_message", "70 days", "received_at", "filed_at")
    desk.time_passes("outbox", "70 days", "created_at")
    desk.takes_in(mail_from(DORA, subject="Again"))


def test_written_days_say_what_the_mails_say(desk: Desk) -> None:
    past_mail(desk)
    before = mail_health(a_year())
    assert before.accepted == 3 and before.written >= 1 and before.time_to_ticket_median is not None
    assert close_mail_days() >= 1
    assert mail_health(a_year()) == before
    assert count_mail(a_year()).by_decision == before.by_decision


def test_after_a_day_is_written_its_mails_are_not_asked_again(desk: Desk) -> None:
    past_mail(desk)
    close_mail_days()
    before = mail_health(a_year())
    old = select(InboundMessage.id).where(InboundMessage.received_at < func.now() - timedelta(days=60))
    db.session.execute(delete(InboundDelivery).where(InboundDelivery.inbound_id.in_(old)))
    db.session.execute(delete(Outbox).where(Outbox.created_at < func.now() - timedelta(days=60)))
    assert mail_health(a_year()) == before


def test_a_day_of_which_word_may_still_come_is_left_open(desk: Desk) -> None:
    past_mail(desk)
    desk.gives_up(desk.keeps(mail_from(EVE, subject="Never read")))
    newest = select(InboundMessage.id).where(InboundMessage.state == "dead").scalar_subquery()
    shift = db.update(InboundMessage).where(InboundMessage.id == newest)
    db.session.execute(shift.values(received_at=InboundMessage.received_at - timedelta(days=70)))
    db.session.commit()
    assert today() - timedelta(days=70) not in settled_days()
    assert all(day <= today() - timedelta(days=62) for day in settled_days())
    close_mail_days()
    assert mail_health(a_year()).by_decision["waiting"] == 1


def test_a_desk_without_old_mail_has_nothing_to_write(desk: Desk) -> None:
    desk.takes_in(mail_from(DORA))
    assert close_mail_days() == 0
    assert db.session.scalar(select(func.count()).select_from(MailDay)) == 0
