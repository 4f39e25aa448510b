"""The database stands still, is slow, has no room or no connection left: senders wait, and nothing is lost."""

import contextlib
import os
import signal
import time
from collections.abc import Iterator

import psycopg
import pytest

from tests.audit import audit
from tests.faults.rig import Rig, Service, open_rig
from tests.faults.senders import END, Senders, mail
from tests.small_disk import fill, small_disk
from tests.waiting import wait_until


@pytest.fixture(autouse=True)
def numbers(rig: Rig) -> Iterator[None]:
    """Each test ends with the audit, whatever it did."""
    yield
    rig.wait_until_all_is_filed()
    assert rig.ledger().balanced


def send(rig: Rig, first: int, mails: int = 30) -> Senders:
    return Senders(rig.port, range(first, first + mails), seed=first)


def finish(rig: Rig, senders: Senders, mails: int = 30) -> None:
    senders.wait(300)
    rig.wait_until_all_is_filed()
    audit(rig.postgres.url, rig.blobs, senders.acknowledged, rig.pids())
    assert senders.refusals == []
    assert len(senders.acknowledged) == mails


def test_a_database_that_stands_still_makes_senders_wait_and_come_again(rig: Rig) -> None:
    rig.postgres.signal_all(signal.SIGSTOP)
    try:
        senders = send(rig, 20_000).start()
        wait_until(lambda: senders.answers["451"] + senders.answers["421"], told=lambda: f"nobody was told to wait: {senders.answers}")
        assert not senders.acknowledged
    finally:
        rig.postgres.signal_all(signal.SIGCONT)
    finish(rig, senders)


def test_slow_commits_cost_time_and_no_mail(rig: Rig) -> None:
    with rig.connect() as connection:
        connection.execute("CREATE FUNCTION slow() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN PERFORM pg_sleep(1); RETURN NEW; END'")
        connection.execute(
            "CREATE CONSTRAINT TRIGGER slow AFTER INSERT ON inbound_message DEFERRABLE INITIALLY DEFERRED"
            " FOR EACH ROW WHEN (NEW.raw_size % 7 = 0) EXECUTE FUNCTION slow()"
        )
    try:
        senders = send(rig, 21_000).start()
        finish(rig, senders)
    finally:
        with rig.connect() as connection:
            connection.execute("DROP FUNCTION slow CASCADE")


def test_no_connection_left_is_our_trouble_and_passes(rig: Rig) -> None:
    hoard: list[psycopg.Connection] = []
    try:
        take_all_connections(rig, hoard)
        rig.kill("gate")
        rig.kill("filer.1")
        take_all_connections(rig, hoard)  # theirs too, before they are back
        senders = send(rig, 22_000).start()
        until = time.monotonic() + 3
        while time.monotonic() < until:
            take_all_connections(rig, hoard)  # and what a session that ends late would leave them
            time.sleep(0.05)
        assert not senders.acknowledged
    finally:
        for connection in hoard:
            connection.close()
    finish(rig, senders)


def take_all_connections(rig: Rig, hoard: list[psycopg.Connection]) -> None:
    with contextlib.suppress(psycopg.OperationalError):
        while len(hoard) < 300:
            hoard.append(psycopg.connect(rig.postgres.url, connect_timeout=5))


def test_without_redis_mail_is_filed_all_the_same(rig: Rig) -> None:
    rig.redis.kill()
    try:
        senders = send(rig, 23_000).start()
        finish(rig, senders)
    finally:
        rig.redis.restart()


@pytest.mark.parametrize("heard", range(len(END) + 1))
def test_clients_that_vanish_around_the_final_dot_double_nothing(rig: Rig, heard: int) -> None:
    """Up to the last octet nothing has been given; after it the mail may be kept, and the next try lands on it."""
    raw = mail(24_000 + heard)
    senders = send(rig, 24_000 + heard, 0)
    senders.send(raw, cut=heard)
    assert senders.send(raw)
    rig.wait_until_all_is_filed()
    audit(rig.postgres.url, rig.blobs, [raw])


def test_a_full_disk_of_the_database_makes_senders_wait_and_loses_nothing() -> None:
    with small_disk() as folder, open_rig(postgres_folder=folder / "pg") as rig:
        senders = Senders(rig.port, range(30_000, 30_060)).start()
        ballast = folder / "ballast"
        fill(ballast)
        late = Senders(rig.port, range(30_060, 30_120)).start()
        told_to_wait = ("451", "452", "421")
        wait_until(lambda: any(late.answers[code] for code in told_to_wait), told=lambda: f"nobody was told to wait: {late.answers}")
        ballast.unlink()
        if not is_running(rig.postgres):  # it ends by itself when there is no room for its journal
            rig.postgres.restart()
        for each in (senders, late):
            each.wait(300)
            assert each.refusals == [] and len(each.acknowledged) == 60
        rig.wait_until_all_is_filed()
        audit(rig.postgres.url, rig.blobs, senders.acknowledged | late.acknowledged)


def is_running(postgres: Service) -> bool:
    try:
        os.kill(postgres.pid, 0)
    except (FileNotFoundError, ProcessLookupError):
        return False
    return True
