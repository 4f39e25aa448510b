"""The doctor beside real services, each made wrong in turn: what it says, and how it ends."""

import json
import os
import socket
import ssl
import struct
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import psycopg
import pytest

from models.settings import Settings, load_settings
from postroom.doctor.database import finding_about, look_at_database
from postroom.doctor.examine import examine, mailbox_domains
from postroom.doctor.finding import Finding, Level, is_well
from postroom.doctor.services import look_at_disk, look_at_gate, look_at_redis, look_at_time_server
from postroom.doctor.settings import look_at_settings
from postroom.doctor.smart_host import look_at_smart_host
from tests.custody import Custody
from tests.integration.jobs.hosts import says, scripted_host
from tests.integration.jobs.test_encryption import CA, TlsHost
from tests.processes import ROOT, free_port
from tests.smtp_sink import SmtpSink
from tests.zone import Zone


def settings_of(folder: Path, **more: str) -> Settings:
    return load_settings({"POSTROOM_DATA": str(folder), "SUPPORT_ADDRESS": "support@example.com", **more})


def told(findings: Iterator[Finding], level: str) -> str:
    """What was said at that level, and how to mend it."""
    return "\n".join(f"{finding.says} → {finding.mend}" for finding in findings if finding.level == level)


# --- the database ---------------------------------------------------------------------------------------------------


def test_a_database_with_which_all_is_well(database_url: str) -> None:
    findings = list(look_at_database(database_url))
    assert told(iter(findings), "trouble") == ""
    assert any("Postgres" in finding.says for finding in findings)


def test_a_database_without_our_tables_is_told_how_to_get_them(bare_database_url: str) -> None:
    assert "run `postroom migrate`" in told(look_at_database(bare_database_url), "trouble")
    assert "CREATE EXTENSION" in told(look_at_database(bare_database_url), "warning")


def test_a_database_that_forgets_on_a_power_cut_is_trouble(bare_database_url: str) -> None:
    with psycopg.connect(bare_database_url, autocommit=True) as connection:
        connection.execute(f'ALTER DATABASE "{connection.info.dbname}" SET synchronous_commit = off')  # type: ignore[call-overload]
    assert "synchronous_commit is off: a mail we said yes to could be lost" in told(look_at_database(bare_database_url), "trouble")


def test_a_database_that_does_not_answer_is_one_line_without_a_password() -> None:
    [finding] = look_at_database(f"postgresql://postroom:hunter2@127.0.0.1:{free_port()}/postroom")
    assert finding.level is Level.TROUBLE and "hunter2" not in f"{finding}"


@pytest.mark.parametrize(("seconds", "level"), [(0.3, "ok"), (-5.0, "warning"), (45.0, "trouble")])
def test_clocks_apart_are_a_warning_and_then_trouble(seconds: float, level: str) -> None:
    assert finding_about(seconds, "the database's clock").level == level


# --- Redis, disk, gate, time ----------------------------------------------------------------------------------------


def test_redis_is_looked_at_and_without_it_nothing_is_in_trouble(redis_url: str) -> None:
    assert [finding.level for finding in look_at_redis(redis_url)] == ["ok"]
    gone = list(look_at_redis(f"redis://127.0.0.1:{free_port()}/0"))
    assert [finding.level for finding in gone] == ["warning"] and is_well(gone)


def test_the_disk_is_that_of_a_folder_which_may_not_be_there_yet(tmp_path: Path) -> None:
    assert "GiB are free" in look_at_disk(tmp_path / "not" / "there").says


def test_a_gate_that_is_not_there_or_is_something_else(tmp_path: Path) -> None:
    settings = settings_of(tmp_path, SMTP_PORT=str(free_port()))
    assert "nobody takes mail" in look_at_gate(settings).says
    with scripted_host(lambda line: line.sendall(b"SSH-2.0-x\r\n")) as url:
        other = settings.model_copy(update={"smtp_port": int(url.rpartition(":")[2])})
        assert "no mail server of ours" in look_at_gate(other).says
    with scripted_host(says()) as url:
        right = settings.model_copy(update={"smtp_port": int(url.rpartition(":")[2])})
        assert look_at_gate(right).level is Level.OK


@contextmanager
def time_server(ahead: float) -> Iterator[str]:
    """Answers one question over UDP (RFC 4330), with a clock of its own."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as line:
        line.bind(("127.0.0.1", 0))

        def answer() -> None:
            _, peer = line.recvfrom(512)
            moment = time.time() + ahead + 2_208_988_800
            line.sendto(b"\x24" + bytes(39) + struct.pack("!II", int(moment), int(moment % 1 * 2**32)), peer)

        threading.Thread(target=answer, daemon=True).start()
        yield f"127.0.0.1:{line.getsockname()[1]}"


@pytest.mark.parametrize(("ahead", "level"), [(0.0, "ok"), (10.0, "warning"), (-3600.0, "trouble")])
def test_our_clock_is_compared_with_a_time_server(ahead: float, level: str) -> None:
    with time_server(ahead) as server:
        finding = look_at_time_server(server)
    assert finding.level == level
    if ahead:
        assert f"{abs(ahead):.0f} s {'ahead of' if ahead > 0 else 'behind'} ours" in finding.says


# --- the smart host -------------------------------------------------------------------------------------------------


def trusting() -> ssl.SSLContext:
    context = ssl.create_default_context()
    CA.configure_trust(context)
    return context


def test_a_smart_host_that_lets_us_in(tmp_path: Path) -> None:
    with scripted_host(TlsHost()) as url:
        wanted = settings_of(tmp_path, OUTBOUND_SMTP_URL=url.replace("//", "//user:hunter2@") + "?tls=starttls")
        [finding] = look_at_smart_host(wanted, trusting())
    assert finding.level is Level.OK and "encrypted by STARTTLS, and lets user in" in finding.says


@pytest.mark.parametrize(
    ("host", "query", "mend"),
    [
        (TlsHost(sign_in=b"535 5.7.8 no\r\n"), "?tls=starttls", "user name and the password"),
        (TlsHost("elsewhere.example"), "?tls=starttls", "its certificate is not for 127.0.0.1"),
        (says(b"220 host\r\n", b"250 host\r\n"), "?tls=starttls", "it answers, and refuses"),
        (says(b"554 5.7.1 go away\r\n"), "?tls=none", "it answers, and refuses"),
    ],
)
def test_what_is_wrong_with_the_smart_host_is_told_and_no_password_with_it(tmp_path: Path, host: object, query: str, mend: str) -> None:
    with scripted_host(host) as url:  # type: ignore[arg-type]
        wanted = settings_of(tmp_path, OUTBOUND_SMTP_URL=url.replace("//", "//user:hunter2@") + query)
        [finding] = look_at_smart_host(wanted, trusting())
    assert finding.level is Level.TROUBLE and mend in finding.mend, finding
    assert "hunter2" not in f"{finding}"


def test_a_smart_host_that_is_not_there_is_trouble_and_none_at_all_a_warning(tmp_path: Path) -> None:
    [gone] = look_at_smart_host(settings_of(tmp_path, OUTBOUND_SMTP_URL=f"smtp://127.0.0.1:{free_port()}"))
    assert (gone.level, "firewall" in gone.mend) == ("trouble", True)
    [unset] = look_at_smart_host(settings_of(tmp_path))
    assert unset.level is Level.WARNING and "sent to nobody" in unset.says


# --- settings -------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("given", "level", "says"),
    [
        ({"BASE_URL": "http://desk.example.com"}, "trouble", "passwords travel in the clear"),
        ({"SMTP_TLS_CERT": "/nowhere/cert.pem"}, "trouble", "belong together"),
        ({"SMTP_TLS_CERT": "/nowhere/cert.pem", "SMTP_TLS_KEY": "/nowhere/key.pem"}, "trouble", "cannot be used"),
        ({"DKIM_KEY": "no key at all"}, "trouble", "cannot be signed"),
        ({}, "warning", "BOUNCE_DOMAIN is not set"),
    ],
)
def test_settings_that_do_not_fit_are_named(tmp_path: Path, given: dict[str, str], level: str, says: str) -> None:
    assert says in told(look_at_settings(settings_of(tmp_path, **given)), level)


def test_a_secret_that_others_can_read_is_trouble(tmp_path: Path) -> None:
    settings = settings_of(tmp_path)
    (tmp_path / "secrets" / "secret_key").chmod(0o644)
    assert "chmod 600" in told(look_at_settings(settings), "trouble")


def test_a_certificate_that_is_about_to_end_is_told_in_time(tmp_path: Path) -> None:
    pair = CA.issue_cert("mx.example.com")
    pair.cert_chain_pems[0].write_to_path(tmp_path / "cert.pem")
    pair.private_key_pem.write_to_path(tmp_path / "key.pem")
    settings = settings_of(tmp_path, SMTP_TLS_CERT=str(tmp_path / "cert.pem"), SMTP_TLS_KEY=str(tmp_path / "key.pem"))
    assert "its certificate is good for" in told(look_at_settings(settings), "ok")


# --- all of it ------------------------------------------------------------------------------------------------------


def test_alarms_of_the_running_desk_and_domains_of_its_mailboxes_are_looked_at(custody: Custody, redis_url: str, smtp_sink: SmtpSink, tmp_path: Path) -> None:
    custody.run("INSERT INTO alarm (kind, sentence) VALUES ('late', 'Three mails wait.')")
    assert mailbox_domains(custody.url) == ["example.com"]
    settings = settings_of(tmp_path, DATABASE_URL=custody.url, REDIS_URL=redis_url, OUTBOUND_SMTP_URL=smtp_sink.url)
    findings = list(examine(settings, dns=Zone({})))
    assert "Three mails wait." in told(iter(findings), "trouble")
    assert {"settings", "disk", "database", "Redis", "smart host", "gate", "clock", "desk", "example.com"} == {each.area for each in findings}


def run(*arguments: str, **settings: str) -> "subprocess.CompletedProcess[str]":
    env = {"PATH": os.environ["PATH"], "PYTHONPATH": str(ROOT), "DNS_RESOLVER": "none", **settings}
    return subprocess.run([sys.executable, "-m", "postroom", "doctor", *arguments], cwd=ROOT, env=env, capture_output=True, text=True, timeout=60)


def test_the_command_ends_with_one_where_something_is_in_trouble_and_with_nought_otherwise(
    database_url: str, redis_url: str, smtp_sink: SmtpSink, tmp_path: Path
) -> None:
    services = {"DATABASE_URL": database_url, "REDIS_URL": redis_url, "OUTBOUND_SMTP_URL": smtp_sink.url, "POSTROOM_DATA": str(tmp_path)}
    well = run("--json", **services)
    answer = json.loads(well.stdout)
    assert (well.returncode, answer["ok"]) == (0, True), well.stdout
    assert {"area", "level", "says", "mend", "records"} == set(answer["findings"][0])
    ill = run(**{**services, "DATABASE_URL": f"postgresql://x:hunter2@127.0.0.1:{free_port()}/x"})
    assert ill.returncode == 1
    assert "trouble  database   it does not answer" in ill.stdout and "hunter2" not in ill.stdout + ill.stderr
    misspelt = run(POSTROOM_DATE="x", POSTROOM_DATA=str(tmp_path))
    assert misspelt.returncode == 1 and "unknown setting POSTROOM_DATE" in misspelt.stdout
