"""The embedded services over their whole life: first start, stop, kill -9, start again."""

import contextlib
import os
import signal
import stat
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import psycopg
import pytest
import redis

from postroom.children import Account
from postroom.services import ServiceError, running
from tests.integration.services.conftest import (
    Holder,
    eventually,
    holding,
    processes_in,
    start_holder,
)

Hold = Callable[[], Holder]


def refusal(account: Account | None, data: Path) -> str:
    """What a start that must fail says."""
    process = start_holder(account, data)
    output, _ = process.communicate(timeout=180)
    assert process.returncode == 1, output
    return output


def test_the_first_start_makes_everything_and_both_have_what_we_need(
    new_data: Path, account: Account | None
) -> None:
    with holding(account, new_data) as desk:
        _has_what_we_need(desk)


def _has_what_we_need(desk: Holder) -> None:
    for extension in ("pg_trgm", "unaccent", "citext"):
        desk.sql(f"CREATE EXTENSION {extension}")
    assert desk.sql("SELECT unaccent('Müller'), 'ADA'::citext = 'ada'") == [("Muller", True)]
    assert desk.sql("SELECT similarity('Grüße', 'grüße')") == [(1.0,)]
    assert desk.sql("SHOW data_checksums") == [("on",)]
    assert desk.sql("SHOW synchronous_commit") == [("on",)]
    assert desk.sql("SHOW server_encoding") == [("UTF8",)]
    assert desk.redis().config_get("appendonly") == {"appendonly": "yes"}


def test_umlauts_are_letters_and_the_order_is_that_of_code_points(hold: Hold) -> None:
    desk = hold()
    desk.sql("CREATE EXTENSION pg_trgm")
    assert desk.sql("SELECT similarity('äöü', 'äöü'), upper('äöü')") == [(1.0, "ÄÖÜ")]
    assert desk.sql("SELECT * FROM (VALUES ('b'), ('B'), ('ä'), ('a')) AS t (x) ORDER BY x") == [
        ("B",),
        ("a",),
        ("b",),
        ("ä",),
    ]


def test_our_role_is_no_superuser(hold: Hold) -> None:
    assert hold().sql("SELECT usesuper FROM pg_user WHERE usename = current_user") == [(False,)]


def test_the_servers_never_run_as_root(hold: Hold) -> None:
    owners = []
    for pid in hold().servers():
        with contextlib.suppress(FileNotFoundError):  # a session may end while one looks
            owners.append(Path(f"/proc/{pid}").stat().st_uid)
    assert len(owners) > 2 and 0 not in owners


def test_nothing_but_the_private_sockets_is_open(hold: Hold) -> None:
    desk = hold()
    folder = Path(desk.redis_url.removeprefix("unix://").partition("?")[0]).parent
    assert stat.S_IMODE(folder.stat().st_mode) == 0o700
    assert desk.sql("SHOW listen_addresses") == [("",)]
    assert desk.redis().config_get("port") == {"port": "0"}


def test_secrets_are_for_their_owner_only(hold: Hold, data: Path) -> None:
    hold()
    secrets = list((data / "secrets").iterdir())
    assert len(secrets) == 2
    assert {stat.S_IMODE(path.stat().st_mode) for path in secrets} == {0o600}
    assert stat.S_IMODE((data / "secrets").stat().st_mode) == 0o700


def test_a_stop_in_order_leaves_nothing_running_and_loses_nothing(hold: Hold, data: Path) -> None:
    desk = hold()
    desk.sql("CREATE TABLE parcels AS SELECT 7 AS weight")
    desk.redis().set("bell", "rung")
    sockets = Path(desk.redis_url.removeprefix("unix://").partition("?")[0]).parent
    assert desk.stop() == 0
    assert processes_in(data) == []
    assert not sockets.exists()
    assert "database system is shut down" in (data / "postgres.log").read_text()
    again = hold()
    assert again.sql("SELECT weight FROM parcels") == [(7,)]
    assert again.redis().get("bell") == b"rung"


def test_kill_9_of_the_parent_leaves_no_process(hold: Hold, data: Path) -> None:
    desk = hold()
    assert len(desk.servers()) > 2
    desk.kill()
    assert eventually(lambda: processes_in(data) == [], 30), processes_in(data)


def test_a_second_start_after_kill_9_of_everything_finds_what_was_committed(hold: Hold, data: Path) -> None:
    desk = hold()
    desk.sql("CREATE TABLE parcels AS SELECT 7 AS weight")
    servers = desk.servers()
    desk.process.send_signal(signal.SIGSTOP)  # so that it cannot stop its children in order
    for pid in servers:
        with contextlib.suppress(ProcessLookupError):  # the session of `sql` may have just ended
            os.kill(pid, signal.SIGKILL)
    desk.kill()
    assert (data / "postgres" / "postmaster.pid").exists()
    assert hold().sql("SELECT weight FROM parcels") == [(7,)]
    assert "database system was not properly shut down" in (data / "postgres.log").read_text()


def test_a_server_that_ends_by_itself_is_started_again(hold: Hold) -> None:
    desk = hold()
    desk.sql("CREATE TABLE parcels AS SELECT 7 AS weight")
    desk.redis().set("bell", "rung")
    for name in ("postgres", "valkey-server"):
        os.kill(_server(desk, name), signal.SIGKILL)
    assert eventually(lambda: _both_answer(desk), 60)
    assert desk.sql("SELECT weight FROM parcels") == [(7,)]


def _both_answer(desk: Holder) -> bool:
    try:
        return desk.sql("SELECT 1") == [(1,)] and desk.redis().get("bell") == b"rung"
    except (psycopg.OperationalError, redis.ConnectionError):
        return False


def test_a_start_waits_for_a_server_that_is_still_ending(hold: Hold, data: Path) -> None:
    desk = hold()
    postmaster = _server(desk, "postgres")
    os.kill(postmaster, signal.SIGSTOP)
    desk.kill()
    thaw = subprocess.Popen(
        [sys.executable, "-c", f"import os, time; time.sleep(1); os.kill({postmaster}, 18)"]
    )
    try:
        desk = hold()
        assert desk.sql("SELECT 1") == [(1,)]
        assert "waiting for it" in desk.said
    finally:
        thaw.wait()


def _server(desk: Holder, name: str) -> int:
    """The one process called `name` that the holder itself started. Others, such as the session of the last
    `sql`, may end while one looks: whoever is gone is not it."""
    found = []
    for pid in desk.servers():
        with contextlib.suppress(FileNotFoundError, ProcessLookupError):
            if _parent_of(pid) == desk.process.pid and _name(pid) == name:
                found.append(pid)
    (pid,) = found
    return pid


def _parent_of(pid: int) -> int:
    return int(Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[1])


def _name(pid: int) -> str:
    return Path(f"/proc/{pid}/comm").read_text().strip()


def test_a_note_naming_an_older_foreign_process_is_refused_and_kept(
    hold: Hold, data: Path, account: Account | None
) -> None:
    hold().stop()
    note = data / "postgres" / "postmaster.pid"
    _write_note(note, pid=os.getpid(), started=time.time() + 60)
    said = refusal(account, data)
    assert str(os.getpid()) in said and str(note) in said and "remove that file" in said
    assert note.exists()


def test_a_note_whose_number_was_given_anew_is_put_aside(hold: Hold, data: Path) -> None:
    hold().stop()
    note = data / "postgres" / "postmaster.pid"
    _write_note(note, pid=os.getpid(), started=time.time() - 86_400)
    assert hold().sql("SELECT 1") == [(1,)]
    assert note.with_name("postmaster.pid.stale").exists()


def test_a_note_that_cannot_be_read_is_refused(hold: Hold, data: Path, account: Account | None) -> None:
    hold().stop()
    (data / "postgres" / "postmaster.pid").write_text("?")
    assert "cannot be read" in refusal(account, data)


def _write_note(note: Path, pid: int, started: float) -> None:
    note.write_text(f"{pid}\n{note.parent}\n{int(started)}\n5432\n/tmp\n\n")
    os.chown(note, note.parent.stat().st_uid, note.parent.stat().st_gid)


def test_a_second_postroom_on_the_same_data_is_refused_by_name(
    hold: Hold, data: Path, account: Account | None
) -> None:
    desk = hold()
    said = refusal(account, data)
    assert f"process {desk.process.pid}" in said and "--data" in said
    assert desk.sql("SELECT 1") == [(1,)]


def test_a_short_command_shares_the_services_of_a_running_postroom(hold: Hold, data: Path) -> None:
    desk = hold()
    with running(data, None, None, join=True) as shared:
        assert shared.database_url == desk.database_url
    assert desk.sql("SELECT 1") == [(1,)]


def test_a_start_that_was_killed_half_way_is_begun_anew(hold: Hold, data: Path) -> None:
    desk = hold()
    desk.stop()
    (data / "postgres").rename(data / "postgres.new")
    (data / "postgres.new" / "PG_VERSION").unlink()
    assert hold().sql("SELECT 1") == [(1,)]
    assert not (data / "postgres.new").exists()


def test_a_lost_password_of_our_role_is_made_anew(hold: Hold, data: Path) -> None:
    hold().stop()
    (data / "secrets" / "postgres-password").unlink()
    assert hold().sql("SELECT 1") == [(1,)]


def test_a_lost_password_of_the_server_is_told(hold: Hold, data: Path, account: Account | None) -> None:
    hold().stop()
    (data / "secrets" / "postgres-superuser-password").unlink()
    assert "Put back the secrets folder" in refusal(account, data)
    assert processes_in(data) == []


def test_a_database_of_another_version_is_refused_with_advice(
    hold: Hold, data: Path, account: Account | None
) -> None:
    hold().stop()
    (data / "postgres" / "PG_VERSION").write_text("17\n")
    said = refusal(account, data)
    assert "Postgres 17" in said and "postroom backup" in said


def test_the_rights_of_parent_folders_stay_as_they_were(hold: Hold, data: Path) -> None:
    data.parent.chmod(0o700)
    places = [data.parent, *data.parents]
    before = [(place.stat().st_mode, place.stat().st_uid) for place in places]
    desk = hold()
    assert desk.sql("SELECT 1") == [(1,)]
    assert [(place.stat().st_mode, place.stat().st_uid) for place in places] == before


@pytest.mark.skipif(os.geteuid() == 0, reason="root may write everywhere")
def test_a_data_folder_that_cannot_be_written_is_told() -> None:
    with pytest.raises(ServiceError, match="--data"), running(Path("/proc/data"), None, None):
        pass


def test_given_urls_are_used_and_nothing_is_started(tmp_path: Path) -> None:
    with running(tmp_path / "data", "postgresql://db/x", "redis://r") as services:
        assert (services.database_url, services.redis_url) == ("postgresql://db/x", "redis://r")
    assert not (tmp_path / "data").exists()


def test_passwords_do_not_show_when_services_are_printed(tmp_path: Path) -> None:
    with running(tmp_path / "data", "postgresql://u:hidden@db/x", "redis://:hidden@r") as services:
        assert "hidden" not in repr(services)
