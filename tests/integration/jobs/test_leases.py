"""Who may send a mail, and what happens when senders die, sleep or meet."""

import threading
import time
from collections.abc import Callable
from datetime import UTC, datetime, timedelta

import psycopg
import pytest

from jobs import outbound
from jobs.backoff import Backoff
from jobs.host_url import parse_host_url
from jobs.outbound import send_message
from jobs.outcome import Mail, Outcome
from jobs.transport import SmartHost
from models.actions import outbox
from models.actions.outbox import Lease, LeaseLost
from models.database import db
from tests.integration.jobs.conftest import Desk, MakeDesk
from tests.integration.jobs.hosts import says, scripted_host
from tests.smtp_sink import SmtpSink
from tests.waiting import wait_until


class Interrupted(SmartHost):
    """The real way out, with something happening around the moment of the dot."""

    def __init__(
        self,
        url: str,
        before: Callable[[], object] = lambda: None,
        after: Callable[[], object] = lambda: None,
    ) -> None:
        super().__init__(parse_host_url(url))
        self.before = before
        self.after = after

    def send(self, mail: Mail, before_dot: Callable[[], None]) -> Outcome:
        def dot() -> None:
            self.before()
            before_dot()
            self.after()

        return super().send(mail, dot)


def claimed(desk: Desk) -> Lease:
    lease = outbound.claim(None)
    assert lease is not None
    return lease


def test_a_bell_that_rings_twice_sends_once(desk: Desk, smtp_sink: SmtpSink) -> None:
    message_id = desk.reply()
    send_message(ticket_id=desk.ticket_id, message_id=message_id)
    send_message(ticket_id=desk.ticket_id, message_id=message_id)
    assert len(smtp_sink.mails) == 1


def test_many_senders_at_once_send_each_mail_once(desk: Desk, smtp_sink: SmtpSink) -> None:
    for number in range(15):
        desk.reply(f"answer {number}")
    start = threading.Barrier(4)

    def sender() -> None:
        with desk.app.app_context():
            start.wait()
            outbound.send_due()

    threads = [threading.Thread(target=sender) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(smtp_sink.mails) == 15
    assert {row.state for row in desk.rows()} == {"sent"}


def test_a_leased_mail_is_nobody_elses(desk: Desk) -> None:
    desk.reply()
    claimed(desk)
    assert outbound.claim(None) is None


def test_a_mail_that_is_being_claimed_is_passed_over_and_not_waited_for(desk: Desk) -> None:
    desk.reply("one")
    first = outbox.claim_mail("one sender")  # its transaction is still open
    found: list[Lease | None] = []

    def another() -> None:
        with desk.app.app_context():
            found.append(outbound.claim(None))

    thread = threading.Thread(target=another)
    thread.start()
    thread.join(60)
    assert (first is not None, found) == (True, [None])
    db.session.commit()


def test_what_a_dead_sender_held_is_sent_by_another(desk: Desk, smtp_sink: SmtpSink) -> None:
    desk.reply()
    claimed(desk)
    desk.later("91 seconds")
    assert desk.send() == 1
    assert desk.row().state == "sent"


def test_a_living_sender_keeps_its_lease(desk: Desk) -> None:
    desk.reply()
    lease = claimed(desk)
    desk.later("60 seconds")
    with outbound.kept_alive(lease, every=0.05):
        wait_until(lambda: desk.row().lease_until - timedelta(seconds=60) > datetime.now(UTC), told="nobody renews the lease")
    desk.later("60 seconds")
    assert outbound.claim(None) is None


def test_a_sender_that_slept_past_its_lease_sends_no_dot(desk: Desk, smtp_sink: SmtpSink) -> None:
    desk.reply()
    lease = claimed(desk)

    def sleep_while_another_sends() -> None:
        desk.later("91 seconds")
        assert desk.send() == 1

    outbound.deliver(lease, Interrupted(smtp_sink.url, before=sleep_while_another_sends), Backoff(1, 1))
    assert desk.row().state == "sent"
    assert len(smtp_sink.mails) == 1


def test_nothing_can_be_written_without_the_lease(desk: Desk) -> None:
    desk.reply()
    lease = claimed(desk)
    desk.later("91 seconds")
    claimed(desk)
    writes: list[Callable[[], object]] = [
        lambda: outbox.hold_lease(lease),
        lambda: outbox.freeze_mime(lease, b"other bytes"),
        lambda: outbox.about_to_send_dot(lease),
        lambda: outbox.mark_sent(lease, 250, "ok"),
        lambda: outbox.mark_deferred(lease, 450, "no"),
        lambda: outbox.mark_refused(lease, 550, "no"),
        lambda: outbox.mark_uncertain(lease, "who knows"),
    ]
    for write in writes:
        with pytest.raises(LeaseLost):
            write()
        db.session.rollback()


def test_the_frozen_bytes_are_written_once(desk: Desk) -> None:
    desk.reply()
    lease = claimed(desk)
    outbox.freeze_mime(lease, b"the bytes")
    with pytest.raises(LeaseLost):
        outbox.freeze_mime(lease, b"other bytes")


def died_after_the_dot(desk: Desk) -> None:
    """A sender that was killed between its last commit and the answer."""
    lease = claimed(desk)
    outbound.frozen_mail(lease)
    outbound.say_dot(lease)
    desk.later("91 seconds")


def test_a_mail_whose_sender_died_after_the_dot_is_in_doubt_for_ten_minutes(
    desk: Desk, smtp_sink: SmtpSink
) -> None:
    desk.reply()
    died_after_the_dot(desk)
    outbound.send_waiting()
    row = desk.row()
    assert (row.state, row.in_doubt) == ("uncertain", 1)
    [line] = desk.timeline("delivery_uncertain")
    assert line.data["tries_again"] is True
    desk.later("9 minutes")
    assert desk.send() == 0
    desk.later("1 minute")
    frozen = desk.row().mime
    assert desk.send() == 1
    row = desk.row()
    assert (row.state, row.in_doubt) == ("sent", 1)
    assert [mail.content for mail in smtp_sink.mails] == [frozen]
    assert len(desk.timeline("delivery_doubled")) == 1


def test_a_mail_whose_answer_is_still_awaited_is_not_in_doubt(desk: Desk) -> None:
    desk.reply()
    outbound.say_dot(claimed(desk))
    desk.later("70 seconds")
    outbound.send_waiting()
    assert desk.row().state == "dot"


def test_a_second_doubt_is_the_last(desk: Desk) -> None:
    desk.reply()
    for _ in range(2):
        died_after_the_dot(desk)
        outbound.send_waiting()
        desk.later("10 minutes")
    row = desk.row()
    assert (row.state, row.in_doubt) == ("uncertain", 2)
    assert [line.data["tries_again"] for line in desk.timeline("delivery_uncertain")] == [True, False]
    desk.later("2 days")
    assert desk.send() == 0


def test_an_automatic_mail_in_doubt_is_never_sent_again(desk: Desk) -> None:
    desk.reply()
    db.session.execute(db.text("UPDATE outbox SET automatic = true"))
    died_after_the_dot(desk)
    outbound.send_waiting()
    desk.later("1 day")
    assert desk.send() == 0
    assert desk.row().state == "uncertain"


def test_a_sender_that_only_slept_after_the_dot_ends_the_doubt_itself(
    desk: Desk, smtp_sink: SmtpSink
) -> None:
    desk.reply()
    lease = claimed(desk)

    def sleep_while_the_sweep_comes_by() -> None:
        desk.later("91 seconds")
        assert outbox.doubt_lost_answers() == 1
        db.session.commit()
        assert desk.row().state == "uncertain"

    outbound.deliver(lease, Interrupted(smtp_sink.url, after=sleep_while_the_sweep_comes_by), Backoff(1, 1))
    row = desk.row()
    assert (row.state, row.in_doubt) == ("sent", 0)
    desk.later("1 day")
    assert desk.send() == 0
    assert desk.timeline("delivery_doubled") == []


def test_a_database_that_cannot_take_the_outcome_at_once_is_asked_again(
    desk: Desk, smtp_sink: SmtpSink, database_url: str
) -> None:
    desk.reply()
    lease = claimed(desk)
    elsewhere = psycopg.connect(database_url)

    def lock_the_row_for_a_second() -> None:
        db.session.execute(db.text("SET lock_timeout = '200ms'"))
        db.session.commit()
        elsewhere.execute("SELECT id FROM outbox FOR UPDATE")
        threading.Timer(1, elsewhere.close).start()

    outbound.deliver(lease, Interrupted(smtp_sink.url, after=lock_the_row_for_a_second), Backoff(1, 1))
    assert desk.row().state == "sent"
    db.engine.dispose()


def test_a_process_that_has_to_stop_cuts_a_mail_short_and_keeps_it(make_desk: MakeDesk) -> None:
    host: SmartHost
    answered = threading.Event()

    with scripted_host(says(b"220 ok\r\n", b"250 ok\r\n", b"")) as url:  # never answers MAIL
        desk = make_desk(OUTBOUND_SMTP_URL=url)
        desk.reply()
        host = SmartHost(parse_host_url(url))

        def stop_soon() -> None:
            wait_until(lambda: host.live)
            time.sleep(0.2)
            host.cut_off()
            answered.set()

        threading.Thread(target=stop_soon, daemon=True).start()
        outbound.deliver(claimed(desk), host, Backoff(1, 1))
    assert answered.is_set()
    assert desk.row().state == "retry"
