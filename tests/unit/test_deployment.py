"""Procfile, docker-compose.yml and Dockerfile name the same processes, and nothing runs as root."""

import re
from pathlib import Path

import yaml

ROOT = Path(__file__).resolve().parent.parent.parent
PROCESSES = {"web", "mailgate", "worker", "clock", "imap"}


def procfile() -> dict[str, str]:
    lines = (ROOT / "Procfile").read_text().splitlines()
    return {name: command.strip() for name, _, command in (line.partition(":") for line in lines)}


def compose() -> dict[str, dict[str, object]]:
    return yaml.safe_load((ROOT / "docker-compose.yml").read_text())["services"]


def test_the_procfile_starts_every_process_by_its_own_command() -> None:
    assert procfile() == {"release": "postroom migrate"} | {name: f"postroom {name}" for name in PROCESSES}


def test_compose_starts_the_same_commands_as_the_procfile() -> None:
    commands = {name: service.get("command") for name, service in compose().items()}
    assert {name: commands[name] for name in PROCESSES} == {name: procfile()[name] for name in PROCESSES}
    assert commands["migrate"] == procfile()["release"]


def test_compose_migrates_before_anything_of_ours_starts() -> None:
    for name in PROCESSES:
        assert compose()[name]["depends_on"]["migrate"] == {"condition": "service_completed_successfully"}  # type: ignore[index]


def test_compose_gives_every_process_the_time_it_may_take_to_stop() -> None:
    assert {compose()[name]["stop_grace_period"] for name in PROCESSES} == {"30s"}


def test_compose_writes_no_secret_down_and_opens_ports_to_this_machine_only() -> None:
    text = (ROOT / "docker-compose.yml").read_text()
    assert set(re.findall(r"(?:PASSWORD|SECRET_KEY): (\S+)", text)) == {
        "${POSTGRES_PASSWORD:?set",
        "${SECRET_KEY:?set",
    }
    ports = [port for service in compose().values() for port in service.get("ports", [])]  # type: ignore[attr-defined]
    assert ports and all(port.startswith("127.0.0.1:") for port in ports)


def test_the_image_runs_as_an_ordinary_user() -> None:
    lines = (ROOT / "Dockerfile").read_text().splitlines()
    users = [line.split()[1] for line in lines if line.startswith("USER ")]
    assert users == ["postroom"]
    assert lines.index("USER postroom") < lines.index('CMD ["postroom", "web"]')


def test_the_lock_of_the_front_end_names_no_host() -> None:
    assert "://" not in (ROOT / "package-lock.json").read_text()
