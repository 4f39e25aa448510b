"""Redis is a bell: what it hears, and that nothing depends on it."""

import json
import socket
import subprocess
import threading
from contextlib import suppress
from pathlib import Path

import pytest
import redis
from rq import Queue
from rq.serializers import JSONSerializer
from sqlalchemy import func, select, text

from jobs import outbound, sweep
from jobs.live import CHANNEL
from jobs.queues import FORGET_SECONDS, OUTBOUND, bell_connection, queue
from jobs.reactions import reactions
from jobs.worker import Listener, Worker
from models.app import blobs_of
from models.database import db
from models.events import MailQueued, MessageCreated, RecordedEvent
from models.settings import Settings, load_settings
from tests.integration.jobs.conftest import Desk, MakeDesk
from tests.smtp_sink import SmtpSink


def settings_with(redis_url: str, tmp_path: Path) -> Settings:
    return load_settings({"REDIS_URL": redis_url, "POSTROOM_DATA": str(tmp_path)})


def work(desk: Desk, redis_url: str) -> None:
    """Hear every bell that hangs there now, as a worker does."""
    Listener(desk.app, OUTBOUND, redis_url).work(burst=True, logging_level="ERROR")


@pytest.fixture
def rung(make_desk: MakeDesk, smtp_sink: SmtpSink, redis_url: str, tmp_path: Path) -> Desk:
    """A desk that rings."""
    hand_over = reactions(settings_with(redis_url, tmp_path))
    return make_desk(hand_over, OUTBOUND_SMTP_URL=smtp_sink.url, REDIS_URL=redis_url)


def test_a_reply_rings_for_the_worker_which_sends_it(rung: Desk, smtp_sink: SmtpSink, redis_url: str) -> None:
    message_id = rung.reply()
    outbound = queue(OUTBOUND, redis.Redis.from_url(redis_url))
    [job] = outbound.jobs
    assert (job.func_name, job.kwargs) == (
        "jobs.outbound.send_message",
        {"ticket_id": rung.ticket_id, "message_id": message_id},
    )
    assert (job.result_ttl, job.ttl, job.timeout) == (0, FORGET_SECONDS, -1)
    work(rung, redis_url)
    assert len(smtp_sink.mails) == 1
    assert outbound.count == 0


def test_browsers_are_told_ids_and_nothing_else(redis_url: str, tmp_path: Path) -> None:
    with redis.Redis.from_url(redis_url) as client, client.pubsub() as listener:
        listener.subscribe(CHANNEL)
        assert listener.get_message(timeout=60)["type"] == "subscribe"
        reactions(settings_with(redis_url, tmp_path))(
            [(41, MessageCreated(7, 9, "in")), (42, MailQueued(7, 9))]
        )
        heard = [listener.get_message(timeout=60)["data"] for _ in range(2)]
    assert [json.loads(data) for data in heard] == [{"id": 41}, {"id": 42}]


def test_a_redis_that_is_down_is_no_trouble_to_the_caller(tmp_path: Path) -> None:
    hand_over = reactions(settings_with("redis://127.0.0.1:9/0", tmp_path))
    hand_over([(1, MailQueued(7, 9))])


def test_an_error_that_nobody_thought_of_does_not_reach_the_caller(redis_url: str, tmp_path: Path) -> None:
    reactions(settings_with(redis_url, tmp_path))([None])  # type: ignore[list-item]


def test_a_flushed_redis_costs_nothing(rung: Desk, smtp_sink: SmtpSink, redis_url: str) -> None:
    rung.reply()
    client = redis.Redis.from_url(redis_url)
    client.flushall()
    sweep.sweep(bell_connection(redis_url))
    work(rung, redis_url)
    assert len(smtp_sink.mails) == 1


def test_a_bell_that_died_between_being_taken_and_being_heard_is_rung_again(
    rung: Desk, smtp_sink: SmtpSink, redis_url: str
) -> None:
    """X-18: a worker killed there leaves the job among those under way, or, with two queues, nowhere."""
    client = redis.Redis.from_url(redis_url)
    outbound = queue(OUTBOUND, client)
    for dies in (lambda: client.lmove(outbound.key, outbound.intermediate_queue_key), lambda: client.rpop(outbound.key)):
        sent = len(smtp_sink.mails)
        rung.reply()
        dies()
        assert outbound.count == 0
        work(rung, redis_url)
        assert len(smtp_sink.mails) == sent
        sweep.sweep(bell_connection(redis_url))
        work(rung, redis_url)
        assert len(smtp_sink.mails) == sent + 1


def test_the_sweep_hangs_one_bell_and_no_second(rung: Desk, redis_url: str) -> None:
    rung.reply()
    client = redis.Redis.from_url(redis_url)
    client.flushall()
    for _ in range(3):
        sweep.sweep(bell_connection(redis_url))
    assert queue(OUTBOUND, client).count == 1


def test_the_sweep_is_silent_when_nothing_is_due(rung: Desk, redis_url: str) -> None:
    sweep.sweep(bell_connection(redis_url))
    assert queue(OUTBOUND, redis.Redis.from_url(redis_url)).count == 0


def test_old_bells_that_come_back_send_nothing_twice(rung: Desk, smtp_sink: SmtpSink, redis_url: str) -> None:
    client = redis.Redis.from_url(redis_url)
    message_id = rung.reply()
    work(rung, redis_url)
    for _ in range(3):
        queue(OUTBOUND, client).enqueue(
            "jobs.outbound.send_message", kwargs={"ticket_id": rung.ticket_id, "message_id": message_id}
        )
    work(rung, redis_url)
    assert len(smtp_sink.mails) == 1


CALLED: list[object] = []


def steal(*arguments: object) -> None:
    """What somebody who writes to Redis would like us to call."""
    CALLED.append(arguments)


def test_whoever_writes_to_redis_cannot_make_us_run_their_code(
    rung: Desk, redis_url: str, tmp_path: Path
) -> None:
    client = redis.Redis.from_url(redis_url)
    outbound = Queue(OUTBOUND, connection=client, serializer=JSONSerializer)
    loot = tmp_path / "loot"
    touch = ["touch", str(loot)]
    outbound.enqueue(subprocess.check_call, touch)
    outbound.enqueue("subprocess.check_call", touch)
    Queue(OUTBOUND, connection=client).enqueue(subprocess.check_call, touch)  # pickled
    harmless = outbound.enqueue("jobs.outbound.send_waiting")
    outbound.enqueue(steal)
    client.hset(harmless.key, "success_callback_name", "tests.integration.jobs.test_bell.steal")
    work(rung, redis_url)
    assert not loot.exists() and CALLED == []


def test_a_redis_that_hangs_is_waited_for_once_and_briefly(tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as silent:
        hand_over = reactions(settings_with(f"redis://127.0.0.1:{silent.getsockname()[1]}/0", tmp_path))
        for _ in range(20):
            hand_over([(1, MailQueued(7, 9))])
        silent.settimeout(0.2)
        asked = 0
        try:
            while True:
                silent.accept()
                asked += 1
        except TimeoutError:
            pass
    assert asked == 1, "the backoff lets one request find out, not every one"


def test_events_older_than_a_day_are_forgotten(rung: Desk) -> None:
    newest = db.session.scalar(select(func.max(RecordedEvent.id)))
    db.session.execute(
        text("UPDATE event SET created_at = created_at - interval '1 day' WHERE id < :id"), {"id": newest}
    )
    sweep.prune(blobs_of(rung.app), 0)
    assert list(db.session.scalars(select(RecordedEvent.id))) == [newest]


def test_the_clock_goes_on_when_redis_is_away_and_raises_doubts_all_the_same(make_desk: MakeDesk) -> None:
    desk = make_desk(REDIS_URL="redis://127.0.0.1:9/0")
    desk.reply()
    lease = outbound.claim(None)
    outbound.say_dot(lease)
    desk.later("91 seconds")
    desk.reply("something that is due")
    old = set(db.session.scalars(text("UPDATE event SET created_at = created_at - interval '2 days' RETURNING id")))
    db.session.commit()
    clock = sweep.Clock(desk.settings)
    assert "127.0.0.1:9" in clock.tick()
    assert [row.state for row in desk.rows()] == ["uncertain", "queued"]
    assert old and not old & set(db.session.scalars(select(RecordedEvent.id))), "and forgets what is old"


def test_a_worker_that_stumbles_over_what_redis_says_hears_the_bell_again(make_desk: MakeDesk, smtp_sink: SmtpSink) -> None:
    """Whatever listens there, the thread that hears the bell does not end: it would never be started again."""
    with socket.create_server(("127.0.0.1", 0)) as odd:
        asked = threading.Semaphore(0)

        def say_nonsense() -> None:
            with suppress(OSError):
                while True:
                    connection, _ = odd.accept()
                    asked.release()
                    with connection, suppress(OSError):
                        connection.recv(65_536)
                        connection.sendall(b"*2\r\n:1\r\n:1\r\n" * 20)

        threading.Thread(target=say_nonsense, daemon=True).start()
        url = f"redis://127.0.0.1:{odd.getsockname()[1]}/0"
        desk = make_desk(OUTBOUND_SMTP_URL=smtp_sink.url, REDIS_URL=url)
        worker = Worker(desk.settings, OUTBOUND)
        listens = threading.Thread(target=worker.listen, daemon=True)
        listens.start()
        for _ in range(2):
            assert asked.acquire(timeout=60)
        worker.stopping.set()
        listens.join(60)
        assert not listens.is_alive()
