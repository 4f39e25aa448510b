"""Procfile, docker-compose.yml, Dockerfile and the units of systemd name the same processes and settings, and nothing runs as root.

No engine of containers runs here: what can be known of these files by reading them is asked here, and no more.
"""

import re
import shutil
import subprocess
from pathlib import Path
from typing import Any

import pytest
import yaml

from models.settings import SECRETS, known_names

ROOT = Path(__file__).resolve().parent.parent.parent
UNITS = ROOT / "postroom" / "systemd"
STOP_SECONDS = 25  # contract.md: gone within so many after SIGTERM

# What docker-compose.yml may say of a service, by the Compose specification; a typo is a key that nobody reads.
SERVICE_KEYS = {
    "build", "image", "restart", "init", "stop_grace_period", "stop_signal", "read_only", "cap_drop", "security_opt", "tmpfs", "volumes",
    "environment", "depends_on", "command", "ports", "healthcheck", "profiles", "user",
}  # fmt: skip
HEALTH_KEYS = {"test", "interval", "timeout", "retries", "start_period"}
CONDITIONS = {"service_started", "service_healthy", "service_completed_successfully"}

# Sections and keys of units that we use; systemd passes over a key that it does not know with a warning in its log.
UNIT_KEYS = {
    "Unit": {"Description", "PartOf", "Wants", "After"},
    "Service": {
        "Type", "ExecStart", "EnvironmentFile", "Environment", "WorkingDirectory", "User", "Group", "StateDirectory", "StateDirectoryMode",
        "UMask", "KillMode", "TimeoutStopSec", "Restart", "RestartSec", "LimitNOFILE", "ProtectSystem", "ProtectHome", "PrivateTmp",
        "PrivateDevices", "ProtectKernelTunables", "ProtectKernelModules", "ProtectKernelLogs", "ProtectControlGroups", "ProtectClock",
        "ProtectHostname", "NoNewPrivileges", "CapabilityBoundingSet", "RestrictAddressFamilies", "RestrictNamespaces", "RestrictRealtime",
        "RestrictSUIDSGID", "LockPersonality", "RemoveIPC", "SystemCallArchitectures", "SystemCallFilter", "SystemCallErrorNumber",
    },
    "Install": {"WantedBy"},
}  # fmt: skip


def procfile() -> dict[str, str]:
    lines = (ROOT / "Procfile").read_text().splitlines()
    return {name: command.strip() for name, _, command in (line.partition(":") for line in lines)}


PROCESSES = set(procfile()) - {"release"}


def compose() -> dict[str, Any]:
    found: dict[str, Any] = yaml.safe_load((ROOT / "docker-compose.yml").read_text())
    return found


def services() -> dict[str, dict[str, Any]]:
    found: dict[str, dict[str, Any]] = compose()["services"]
    return found


def ours() -> dict[str, dict[str, Any]]:
    return {name: service for name, service in services().items() if service["image"] == "postroom"}


def seconds(written: str) -> int:
    return int(written.removesuffix("s"))


def test_the_procfile_starts_every_process_by_its_own_command() -> None:
    assert procfile() == {"release": "postroom migrate"} | {name: f"postroom {name}" for name in PROCESSES}
    assert {"web", "mailgate", "worker", "clock"} <= PROCESSES


# docker-compose.yml


def test_compose_starts_the_same_commands_as_the_procfile_once_or_twice() -> None:
    commands = {name: service["command"] for name, service in ours().items()}
    assert commands.pop("migrate") == procfile()["release"]
    assert {name for name in commands if not name.endswith("-2")} == PROCESSES
    assert all(command == f"postroom {name.removesuffix('-2')}" for name, command in commands.items())


def test_without_a_profile_one_machine_starts_and_the_second_copies_only_when_it_is_asked_for() -> None:
    profiles = {name: service.get("profiles", []) for name, service in ours().items()}
    assert {name for name, asked in profiles.items() if asked} == {name for name in profiles if name.endswith("-2")}
    assert {name for name, asked in profiles.items() if asked == ["scaled"]} >= {"web-2", "mailgate-2", "worker-2", "clock-2"}


def test_compose_says_nothing_that_the_specification_does_not_know() -> None:
    assert set(compose()) == {"x-postroom", "services", "volumes"}
    for name, service in services().items():
        assert set(service) <= SERVICE_KEYS, name
        assert set(service.get("healthcheck", {})) <= HEALTH_KEYS, name
        for needed, how in service.get("depends_on", {}).items():
            assert needed in services() and set(how) == {"condition"} and how["condition"] in CONDITIONS
            assert how["condition"] != "service_healthy" or "healthcheck" in services()[needed], f"{needed} never becomes healthy"
        for volume in service.get("volumes", []):
            assert volume.partition(":")[0] in compose()["volumes"], name


def test_compose_sets_settings_that_there_are_and_writes_no_secret_down() -> None:
    names = set(known_names()) | {f"{name}_FILE" for name in SECRETS}
    assert {name for service in ours().values() for name in service["environment"]} <= names
    text = (ROOT / "docker-compose.yml").read_text()
    assert set(re.findall(r"(?:PASSWORD|SECRET_KEY): (\S+)", text)) == {"${POSTGRES_PASSWORD:?set", "${SECRET_KEY:?set"}
    for service in ours().values():
        secrets = [value for name, value in service["environment"].items() if name in SECRETS]
        assert all("${" in value or "@" not in value for value in secrets)


def test_compose_migrates_before_anything_of_ours_starts() -> None:
    for name, service in ours().items():
        if name != "migrate":
            assert service["depends_on"]["migrate"] == {"condition": "service_completed_successfully"}, name


def test_compose_gives_every_process_the_time_it_may_take_to_stop() -> None:
    assert all(seconds(service["stop_grace_period"]) > STOP_SECONDS for service in ours().values())


def test_our_containers_write_to_their_volume_alone_and_have_no_rights() -> None:
    for name, service in ours().items():
        assert service["read_only"] and service["cap_drop"] == ["ALL"] and service["tmpfs"] == ["/tmp"], name
        assert service["security_opt"] == ["no-new-privileges:true"] and service["volumes"] == ["desk:/var/lib/postroom/data"], name


def test_whatever_goes_on_running_says_whether_it_is_well() -> None:
    assert {name for name, service in services().items() if "healthcheck" not in service} == {"migrate"}
    for name in ("worker", "clock", "imap"):  # they listen to nobody, and touch a file
        assert services()[name]["environment"]["HEARTBEAT_FILE"] in services()[name]["healthcheck"]["test"][-1]


def test_the_health_checks_of_our_images_are_programs_that_run() -> None:
    """They need nothing that the slim image has not: Python itself."""
    for service in ours().values():
        kind, program, option, code = service.get("healthcheck", {"test": ["CMD", "python", "-c", ""]})["test"]
        assert (kind, program, option) == ("CMD", "python", "-c")
        compile(code, "healthcheck", "exec")


def test_ports_are_open_to_this_machine_only_and_no_two_want_the_same() -> None:
    ports = [port for service in services().values() for port in service.get("ports", [])]
    assert ports and all(port.startswith("127.0.0.1:") for port in ports)
    assert len({port.rpartition(":")[0] for port in ports}) == len(ports)


def test_no_image_is_of_just_any_version() -> None:
    images = [service["image"] for service in services().values() if service["image"] != "postroom"]
    images += [line.split()[1] for line in dockerfile() if line.startswith("FROM ")]
    assert all(re.search(r":\d", image) for image in images), images


# Dockerfile, by the rules of hadolint


def dockerfile() -> list[str]:
    """Its instructions, one a line, without comments."""
    text = (ROOT / "Dockerfile").read_text().replace("\\\n", " ")
    return [line for line in text.splitlines() if line and not line.startswith("#")]


def test_the_image_runs_as_an_ordinary_user_by_number() -> None:
    users = [line.split()[1] for line in dockerfile() if line.startswith("USER ")]
    [user] = users
    assert user.isdecimal() and int(user) >= 1000, "by number, so that an engine can see that it is not root's (DL3002)"
    assert any(f"--uid {user}" in line for line in dockerfile())
    assert dockerfile().index(f"USER {user}") < dockerfile().index('CMD ["postroom", "web"]')


def test_the_image_is_built_without_what_hadolint_would_name() -> None:
    known = {"FROM", "WORKDIR", "COPY", "RUN", "USER", "ENV", "VOLUME", "EXPOSE", "STOPSIGNAL", "CMD"}
    for line in dockerfile():
        instruction, _, rest = line.partition(" ")
        assert instruction in known, f"{instruction}: ADD fetches (DL3020), MAINTAINER is gone (DL4000)"
        assert "sudo" not in rest and "apt " not in rest and "cd " not in rest, "DL3004, DL3027, DL3003"
        assert "pip " not in rest or "--no-cache-dir" in rest, "DL3042"
        assert instruction != "WORKDIR" or rest.startswith("/"), "DL3000"
        assert instruction != "CMD" or rest.startswith("["), "DL3025"
    assert sum(line.startswith("CMD ") for line in dockerfile()) == 1, "DL4003"


def test_the_image_s_settings_are_settings() -> None:
    names = {name for line in dockerfile() if line.startswith("ENV ") for name in re.findall(r"(\w+)=", line)}
    assert {name for name in names if not name.startswith("PYTHON")} <= set(known_names())


def test_what_is_no_part_of_the_image_stays_outside_it() -> None:
    ignored = set((ROOT / ".dockerignore").read_text().split())
    assert {".git", "data", "node_modules", ".venv"} <= ignored


# systemd


def unit(name: str) -> dict[str, dict[str, str]]:
    """Its sections; no key is given twice."""
    sections: dict[str, dict[str, str]] = {}
    for line in (UNITS / name).read_text().splitlines():
        if line.startswith("["):
            section = sections.setdefault(line.strip("[]"), {})
        elif line and not line.startswith("#"):
            key, _, value = line.partition("=")
            assert key not in section, f"{name}: {key} twice"
            section[key] = value
    return sections


@pytest.mark.parametrize("name", ["postroom@.service", "postroom-migrate.service", "postroom.target"])
def test_units_say_nothing_that_systemd_does_not_know(name: str) -> None:
    for section, keys in unit(name).items():
        assert set(keys) <= UNIT_KEYS[section], name


def test_the_target_wants_every_process_of_the_procfile() -> None:
    wanted = unit("postroom.target")["Unit"]["Wants"].split()
    assert set(wanted) == {f"postroom@{name}.service" for name in PROCESSES}
    assert unit("postroom@.service")["Service"]["ExecStart"].endswith("/postroom %i")
    assert unit("postroom-migrate.service")["Service"]["ExecStart"].endswith(f"/{procfile()['release']}")


@pytest.mark.parametrize("name", ["postroom@.service", "postroom-migrate.service"])
def test_units_run_as_an_ordinary_user_who_writes_to_one_folder(name: str) -> None:
    service = unit(name)["Service"]
    assert (service["User"], service["ProtectSystem"], service["StateDirectory"]) == ("postroom", "strict", "postroom")
    assert (service["NoNewPrivileges"], service["CapabilityBoundingSet"], service["UMask"]) == ("yes", "", "0077")
    settings = [word.partition("=")[0] for word in service["Environment"].split() if not word.startswith("PYTHON")]
    assert set(settings) <= set(known_names())


def test_units_give_a_process_the_time_it_may_take_to_stop() -> None:
    assert int(unit("postroom@.service")["Service"]["TimeoutStopSec"]) > STOP_SECONDS


def test_systemd_itself_finds_nothing_wrong_but_the_missing_program(tmp_path: Path) -> None:
    program = shutil.which("systemd-analyze")
    if program is None:
        pytest.skip("systemd-analyze is not installed: apt-get install systemd")
    for source in UNITS.iterdir():
        (tmp_path / source.name).write_text(source.read_text().replace("/opt/postroom/bin/postroom", "/bin/true"))
    units = [str(tmp_path / "postroom.target"), str(tmp_path / "postroom@web.service")]
    (tmp_path / "postroom@web.service").write_text((tmp_path / "postroom@.service").read_text())
    found = subprocess.run([program, "verify", "--man=no", *units], capture_output=True, text=True, timeout=60)
    told = [line for line in found.stderr.splitlines() if "postroom" in line]
    assert told == [], found.stderr


def test_the_lock_of_the_front_end_names_no_host() -> None:
    assert "://" not in (ROOT / "package-lock.json").read_text()
