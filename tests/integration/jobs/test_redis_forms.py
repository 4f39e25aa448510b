"""The bell through Redis behind Sentinel and behind TLS: real servers, a real failover."""

import signal
import socket
import ssl
import threading
from collections.abc import Iterator
from contextlib import ExitStack, suppress
from pathlib import Path

import pytest
import redis
import trustme
from redis.backoff import NoBackoff
from redis.retry import Retry
from rq.exceptions import StopRequested

from jobs import sweep
from jobs.queues import OUTBOUND, bell_connection, queue
from jobs.reactions import reactions
from jobs.worker import Listener
from models.app import HandOver
from models.redis_address import redis_at
from models.settings import load_settings
from tests.integration.jobs.conftest import Desk, MakeDesk
from tests.processes import free_port
from tests.redis_servers import SERVICE, RedisServers
from tests.smtp_sink import SmtpSink


@pytest.fixture
def servers(tmp_path: Path) -> Iterator[RedisServers]:
    opened = RedisServers(tmp_path)
    yield opened
    opened.stack.close()


def rings_and_sends(desk: Desk, url: str, smtp_sink: SmtpSink, number: int) -> None:
    """The sweep rings, the worker hears it and sends."""
    desk.reply(f"answer {number}")
    sweep.ring_once(bell_connection(url), "jobs.outbound.send_waiting")
    assert queue(OUTBOUND, redis_at(url)).count == 1
    Listener(desk.app, OUTBOUND, url).work(burst=True, logging_level="ERROR")
    assert len(smtp_sink.mails) == number


def test_the_bell_follows_sentinel_to_a_new_master(make_desk: MakeDesk, smtp_sink: SmtpSink, servers: RedisServers) -> None:
    master = servers.start("master", "--save", "")
    replica = servers.start("replica", "--save", "", "--replicaof", "127.0.0.1", str(master))
    # First, for a Sentinel that does not find a replica at once looks again ten seconds later.
    servers.wait_until(lambda: redis.Redis(port=replica).info("replication")["master_link_status"] == "up")
    port = servers.sentinel(master)
    sentinel = redis.Redis(port=port, decode_responses=True)
    servers.wait_until(lambda: sentinel.execute_command("SENTINEL", "REPLICAS", SERVICE))
    url = f"redis+sentinel://127.0.0.1:{port}/{SERVICE}"
    desk = make_desk(OUTBOUND_SMTP_URL=smtp_sink.url)
    rings_and_sends(desk, url, smtp_sink, 1)
    servers.servers[master].kill()
    servers.wait_until(lambda: redis_at(url).info("replication")["role"] == "master")
    rings_and_sends(desk, url, smtp_sink, 2)


def test_an_answer_that_was_not_waited_for_is_nobody_elses(servers: RedisServers) -> None:
    """A worker that is told to stop breaks off its wait; on the same line it would wait out the rest, and stop too late."""
    sentinel = servers.sentinel(servers.start("master", "--save", ""))
    behind = redis_at(f"redis+sentinel://127.0.0.1:{sentinel}/desk", socket_timeout=15, retry=Retry(NoBackoff(), 0))
    before = signal.signal(signal.SIGALRM, told_to_stop)
    signal.setitimer(signal.ITIMER_REAL, 0.5)
    with pytest.raises(StopRequested):
        behind.blpop(["nothing comes here"], timeout=10)
    signal.signal(signal.SIGALRM, before)
    assert behind.set("is it", "alive") is True


def told_to_stop(*_: object) -> None:
    raise StopRequested


def test_a_sentinel_that_is_away_is_no_trouble_to_the_caller(make_desk: MakeDesk) -> None:
    desk = make_desk(reactions_at(f"redis+sentinel://127.0.0.1:{free_port()}/desk"))
    desk.reply()
    assert desk.row().state == "queued"


def reactions_at(url: str) -> HandOver:
    return reactions(load_settings({"REDIS_URL": url, "SECRET_KEY": "x" * 32}))


def test_the_bell_rings_through_tls_and_through_no_other_certificate(
    make_desk: MakeDesk, smtp_sink: SmtpSink, servers: RedisServers, tmp_path: Path
) -> None:
    port = servers.start("plain", "--save", "")
    ours, strangers = trustme.CA(), trustme.CA()
    for name, authority in (("ours", ours), ("strangers", strangers)):
        authority.cert_pem.write_to_path(str(tmp_path / f"{name}.pem"))
    desk = make_desk(OUTBOUND_SMTP_URL=smtp_sink.url)
    with ExitStack() as at_the_end:
        encrypted = tls_before(port, ours, at_the_end)
        rings_and_sends(desk, f"rediss://127.0.0.1:{encrypted}/0?ssl_ca_certs={tmp_path}/ours.pem", smtp_sink, 1)
        with pytest.raises(redis.ConnectionError, match="certificate"):
            redis_at(f"rediss://127.0.0.1:{encrypted}/0?ssl_ca_certs={tmp_path}/strangers.pem").ping()


def tls_before(port: int, authority: trustme.CA, at_the_end: ExitStack) -> int:
    """A port that speaks TLS and passes everything on to `port`."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    authority.issue_cert("127.0.0.1").configure_cert(context)
    listener = at_the_end.enter_context(socket.create_server(("127.0.0.1", 0)))
    threading.Thread(target=accept, args=(listener, context, port), daemon=True).start()
    return int(listener.getsockname()[1])


def accept(listener: socket.socket, context: ssl.SSLContext, port: int) -> None:
    with suppress(OSError):
        while True:
            outside, _ = listener.accept()
            with suppress(ssl.SSLError):
                near = context.wrap_socket(outside, server_side=True)
                far = socket.create_connection(("127.0.0.1", port))
                for pair in ((near, far), (far, near)):
                    threading.Thread(target=copy, args=pair, daemon=True).start()


def copy(source: socket.socket, target: socket.socket) -> None:
    with suppress(OSError):
        while data := source.recv(65_536):
            target.sendall(data)
        target.shutdown(socket.SHUT_RDWR)
