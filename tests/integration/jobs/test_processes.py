"""The worker as a process of its own: killed, without Redis, asked to stop. Real everything."""

import os
import re
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import psycopg
import pytest
import redis

from jobs.queues import OUTBOUND, bell, queue
from models.database import db
from postroom.services import running
from tests.integration.jobs.conftest import Desk, MakeDesk
from tests.processes import ROOT, free_port
from tests.smtp_sink import SmtpSink
from tests.waiting import wait_until

STOP_SECONDS = 25  # contract.md: gone within so many after SIGTERM
START = "from models.settings import load_settings; from {module} import run; run(load_settings(){arguments})"

StartJobs = Callable[..., "subprocess.Popen[bytes]"]


@pytest.fixture
def start(database_url: str, smtp_sink: SmtpSink, tmp_path: Path) -> Iterator[StartJobs]:
    """Starts `jobs.worker` or `jobs.sweep` as a process that ends with the test."""
    running: list[subprocess.Popen[bytes]] = []

    def start(module: str, redis_url: str, *arguments: str) -> subprocess.Popen[bytes]:
        command = START.format(module=module, arguments="".join(f", {argument!r}" for argument in arguments))
        settings = {
            "DATABASE_URL": database_url,
            "REDIS_URL": redis_url,
            "OUTBOUND_SMTP_URL": smtp_sink.url,
            "POSTROOM_DATA": str(tmp_path),
            "HEARTBEAT_FILE": str(tmp_path / module),
            "PATH": os.environ["PATH"],
        }
        process = subprocess.Popen([sys.executable, "-c", command], cwd=ROOT, env=settings)
        running.append(process)
        return process

    yield start
    for process in running:
        process.kill()
        process.wait()


@pytest.fixture
def desk(make_desk: MakeDesk, smtp_sink: SmtpSink) -> Desk:
    """A desk that rings nobody: whoever sends has looked for itself or was rung by the sweep."""
    return make_desk(OUTBOUND_SMTP_URL=smtp_sink.url)


def test_with_redis_down_a_worker_delivers_by_looking_for_itself(
    desk: Desk, smtp_sink: SmtpSink, start: StartJobs, tmp_path: Path
) -> None:
    start("jobs.worker", f"redis://127.0.0.1:{free_port()}/0", "outbound")
    desk.reply()
    assert len(smtp_sink.wait_for(1)) == 1
    wait_until(lambda: desk.row().state == "sent")
    wait_until((tmp_path / "jobs.worker").exists)  # its heartbeat


def test_a_worker_whose_redis_dies_and_returns_goes_on_and_hears_the_bell_again(
    desk: Desk, smtp_sink: SmtpSink, database_url: str, tmp_path: Path, start: StartJobs
) -> None:
    with running(tmp_path / "redis", database_url, None) as services:
        process = start("jobs.worker", services.redis_url, "outbound")
        ring(services.redis_url)
        wait_until(lambda: bells(services.redis_url) == 0)
    desk.reply("while Redis is away")
    smtp_sink.wait_for(1)
    with running(tmp_path / "redis", database_url, None) as services:
        ring(services.redis_url)
        wait_until(lambda: bells(services.redis_url) == 0)
        assert process.poll() is None
        process.terminate()
        assert process.wait(STOP_SECONDS) == 0


def ring(redis_url: str) -> None:
    with redis.Redis.from_url(redis_url) as client:
        queue(OUTBOUND, client).enqueue_many([bell("jobs.outbound.send_waiting", {})])


def bells(redis_url: str) -> int:
    with redis.Redis.from_url(redis_url) as client:
        return queue(OUTBOUND, client).count


def test_a_redis_flushed_again_and_again_loses_and_doubles_nothing(
    desk: Desk, smtp_sink: SmtpSink, redis_url: str, tmp_path: Path, start: StartJobs
) -> None:
    start("jobs.worker", redis_url, "outbound")
    start("jobs.sweep", redis_url)
    with redis.Redis.from_url(redis_url) as client:
        for number in range(20):
            desk.reply(f"answer {number}")
            ring(redis_url)
            client.flushall()
    wait_until(lambda: {row.state for row in desk.rows()} == {"sent"})
    assert len(smtp_sink.mails) == 20


def test_the_sweep_rings_for_what_no_bell_announced(desk: Desk, redis_url: str, start: StartJobs, tmp_path: Path) -> None:
    start("jobs.sweep", redis_url)
    desk.reply()
    wait_until(lambda: bells(redis_url))
    wait_until((tmp_path / "jobs.sweep").exists)  # its heartbeat


def hears(process: "subprocess.Popen[bytes]", number: signal.Signals) -> bool:
    """Whether the process has come so far that it handles the signal itself."""
    [mask] = re.findall(r"SigCgt:\s*([0-9a-f]+)", Path(f"/proc/{process.pid}/status").read_text())
    return bool(int(mask, 16) & 1 << number - 1)


@pytest.mark.parametrize("module, arguments", [("jobs.worker", ("outbound",)), ("jobs.sweep", ())])
@pytest.mark.parametrize("redis_is_up", [True, False])
def test_an_idle_process_ends_at_once_when_asked(
    module: str, arguments: tuple[str, ...], redis_is_up: bool, desk: Desk, redis_url: str, start: StartJobs
) -> None:
    process = start(module, redis_url if redis_is_up else f"redis://127.0.0.1:{free_port()}/0", *arguments)
    wait_until(lambda: hears(process, signal.SIGTERM))
    time.sleep(0.5)
    process.send_signal(signal.SIGTERM)
    assert process.wait(STOP_SECONDS) == 0


def test_one_process_serves_every_queue_and_what_a_lost_bell_left_waiting_is_assigned(
    desk: Desk, smtp_sink: SmtpSink, redis_url: str, start: StartJobs
) -> None:
    """Nobody rings: the sweep finds the ticket that waits, and a worker of all queues hears of it."""
    start("jobs.sweep", redis_url)
    process = start("jobs.worker", redis_url)
    db.session.execute(db.text("UPDATE user_account SET is_available = true WHERE role = 'agent'"))
    db.session.commit()

    def is_assigned() -> bool:
        db.session.rollback()  # or this session goes on seeing what it saw
        return bool(desk.timeline("assigned"))

    wait_until(is_assigned)
    desk.reply()
    wait_until(lambda: [row.state for row in desk.rows() if not row.automatic] == ["sent"])
    process.send_signal(signal.SIGTERM)
    assert process.wait(STOP_SECONDS) == 0


def test_a_worker_that_is_asked_to_stop_ends_the_mail_it_is_at(
    desk: Desk, smtp_sink: SmtpSink, redis_url: str, start: StartJobs
) -> None:
    told_to_stop = threading.Event()
    smtp_sink.at("DOT", until=told_to_stop, times=1)
    process = start("jobs.worker", redis_url, "outbound")
    desk.reply()
    wait_until(lambda: desk.row().state == "dot")
    process.send_signal(signal.SIGTERM)
    time.sleep(0.5)  # it has heard it by then
    told_to_stop.set()
    assert process.wait(STOP_SECONDS) == 0
    assert desk.row().state == "sent"


def test_a_worker_that_is_asked_to_stop_waits_for_no_host_that_hangs(
    desk: Desk, smtp_sink: SmtpSink, redis_url: str, start: StartJobs
) -> None:
    smtp_sink.at("RCPT", delay=120, times=1)
    process = start("jobs.worker", redis_url, "outbound")
    desk.reply()
    wait_until(lambda: desk.row().state == "leased")
    process.send_signal(signal.SIGTERM)
    assert process.wait(STOP_SECONDS) == 0
    assert desk.row().state == "retry"


@pytest.mark.parametrize("phase", ["EHLO", "MAIL", "RCPT", "DATA"])
def test_a_worker_killed_before_the_dot_loses_and_doubles_nothing(
    phase: str, desk: Desk, smtp_sink: SmtpSink, redis_url: str, start: StartJobs
) -> None:
    smtp_sink.at(phase, delay=60, times=1)
    process = start("jobs.worker", redis_url, "outbound")
    desk.reply()
    wait_until(lambda: smtp_sink.has_played(phase))  # type: ignore[arg-type]
    assert desk.row().state == "leased"
    process.kill()
    process.wait()
    desk.later("91 seconds")
    assert desk.send() == 1
    assert len(smtp_sink.mails) == 1


def test_a_worker_killed_after_the_dot_may_double_a_reply_but_never_loses_it(
    desk: Desk, smtp_sink: SmtpSink, redis_url: str, start: StartJobs
) -> None:
    smtp_sink.at("DOT", delay=60, keep=True, times=1)
    process = start("jobs.worker", redis_url, "outbound")
    desk.reply()
    smtp_sink.wait_for(1)
    process.kill()
    process.wait()
    assert desk.row().state == "dot"
    desk.later("91 seconds")
    start("jobs.worker", redis_url, "outbound")
    wait_until(lambda: desk.row().state == "uncertain")
    desk.later("10 minutes")
    first, second = smtp_sink.wait_for(2)
    assert first == second, "the same bytes under the same Message-ID: most mail boxes show them once"
    wait_until(lambda: desk.row().state == "sent")
    assert len(desk.timeline("delivery_doubled")) == 1


def test_a_worker_whose_database_connections_are_cut_still_knows_what_it_sent(
    desk: Desk, smtp_sink: SmtpSink, redis_url: str, database_url: str, start: StartJobs
) -> None:
    are_cut = threading.Event()
    smtp_sink.at("DOT", until=are_cut, times=1)
    start("jobs.worker", redis_url, "outbound")
    desk.reply()
    wait_until(lambda: desk.row().state == "dot")
    db.session.remove()
    db.engine.dispose()
    with psycopg.connect(database_url, autocommit=True) as connection:
        connection.execute(
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
            " WHERE datname = current_database() AND pid <> pg_backend_pid()"
        )
    are_cut.set()
    wait_until(lambda: desk.row().state == "sent")
    desk.reply("and another thing")
    smtp_sink.wait_for(2)
