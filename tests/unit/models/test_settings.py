"""The settings: what is refused, what is read from files, and the one secret all processes agree on."""

import multiprocessing
import stat
import threading
from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from models.errors import SettingsError
from models.settings import SECRETS, Settings, generated_secret, load_settings

SECRET = "s" * 32


def load(environ: Mapping[str, str]) -> Settings:
    return load_settings({"SECRET_KEY": SECRET, **environ})


def test_without_any_setting_there_are_the_defaults() -> None:
    settings = load({})
    assert (settings.http_port, settings.smtp_port, settings.agent_visibility) == (8000, 2525, "assigned")
    assert settings.database_url is None and settings.trusted_proxies == ()


def test_what_is_given_wins() -> None:
    settings = load({"HTTP_PORT": "8080", "AGENT_VISIBILITY": "all", "TRUSTED_PROXIES": "10.0.0.1, 10.0.0.2,"})
    assert (settings.http_port, settings.agent_visibility) == (8080, "all")
    assert settings.trusted_proxies == ("10.0.0.1", "10.0.0.2")


def test_an_empty_variable_is_an_unset_one() -> None:
    assert load({"HTTP_PORT": "", "DATABASE_URL": "", "POSTROOM_DATA": ""}) == load({})


def test_the_process_environment_does_not_leak_into_given_settings(monkeypatch: pytest.MonkeyPatch) -> None:
    """A test, or a program that starts another, means what it passes and nothing else."""
    monkeypatch.setenv("HTTP_PORT", "9999")
    monkeypatch.setenv("DATABASE_URL", "postgresql://elsewhere")
    assert load({}).http_port == 8000
    assert load({}).database_url is None


@pytest.mark.parametrize("name", ["POSTROOM_DATTA", "POSTROOM_SMTP_PORT", "POSTROOM_", "POSTROOM_DATA_FILE"])
def test_an_unknown_name_of_ours_is_refused_and_named(name: str) -> None:
    with pytest.raises(SettingsError, match=name):
        load({name: "x"})


def test_names_of_others_are_none_of_our_business() -> None:
    assert load({"PATH": "/bin", "HTTP_PROXY": "http://proxy", "SMTP_PORT_RANGE": "x"}) == load({})


@pytest.mark.parametrize("name", SECRETS)
def test_a_secret_may_lie_in_a_file(name: str, tmp_path: Path) -> None:
    path = tmp_path / "secret"
    path.write_text(f"postgresql://{SECRET}\n")
    settings = load_settings({f"{name}_FILE": str(path), "POSTROOM_DATA": str(tmp_path)})
    value = getattr(settings, name.lower())
    assert (value if isinstance(value, str) else value.get_secret_value()) == f"postgresql://{SECRET}"


@pytest.mark.parametrize("name", SECRETS)
def test_a_secret_given_twice_is_refused(name: str, tmp_path: Path) -> None:
    with pytest.raises(SettingsError, match=f"{name} and {name}_FILE are both set"):
        load_settings({name: SECRET, f"{name}_FILE": str(tmp_path / "secret"), "POSTROOM_DATA": str(tmp_path)})


def test_a_secret_file_that_cannot_be_read_is_named(tmp_path: Path) -> None:
    with pytest.raises(SettingsError, match="SECRET_KEY_FILE: cannot read .*missing"):
        load_settings({"SECRET_KEY_FILE": str(tmp_path / "missing")})


@pytest.mark.parametrize("key", ["short", "s" * 31, f"{SECRET},short", ",", " , "])
def test_a_key_too_short_to_sign_with_is_refused(key: str) -> None:
    with pytest.raises(SettingsError, match="at least 32 characters"):
        load_settings({"SECRET_KEY": key})


def test_the_first_of_several_keys_signs() -> None:
    settings = load({"SECRET_KEY": f"{SECRET}, {'o' * 40}"})
    assert settings.signing_keys == (SECRET.encode(), b"o" * 40)


def test_no_secret_is_ever_shown() -> None:
    settings = load({"OUTBOUND_SMTP_URL": "smtp://user:hunter2@host"})
    assert SECRET not in repr(settings) and "hunter2" not in repr(settings)


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("HTTP_PORT", "0"),
        ("HTTP_PORT", "70000"),
        ("SMTP_PORT", "many"),
        ("BASE_URL", "desk.example.com"),
        ("BASE_URL", "ftp://desk.example.com"),
        ("BASE_URL", "https://"),
        ("AGENT_VISIBILITY", "some"),
        ("WEB_THREADS", "1"),
    ],
)
def test_a_wrong_value_is_told_with_the_name_of_its_setting(name: str, value: str) -> None:
    with pytest.raises(SettingsError, match=f"^{name}: "):
        load({name: value})


def test_everything_that_is_wrong_is_told_at_once() -> None:
    with pytest.raises(SettingsError) as refused:
        load({"HTTP_PORT": "0", "BASE_URL": "x"})
    assert {line.partition(":")[0] for line in str(refused.value).splitlines()} == {"HTTP_PORT", "BASE_URL"}


def test_a_wrong_secret_is_refused_without_being_quoted() -> None:
    with pytest.raises(SettingsError) as refused:
        load({"SECRET_KEY": "hunter2"})
    assert "hunter2" not in str(refused.value)


@pytest.mark.parametrize(
    ("base_url", "origin"),
    [
        ("https://desk.example.com/", "https://desk.example.com"),
        ("https://example.com/desk/", "https://example.com"),
        ("http://127.0.0.1:8000", "http://127.0.0.1:8000"),
    ],
)
def test_the_origin_is_what_a_browser_sends(base_url: str, origin: str) -> None:
    assert load({"BASE_URL": base_url}).origin == origin


def test_a_secret_is_made_once_and_only_its_owner_reads_it(tmp_path: Path) -> None:
    first, second = (load_settings({"POSTROOM_DATA": str(tmp_path)}) for _ in range(2))
    assert first.signing_keys == second.signing_keys and len(first.signing_keys[0]) >= 32
    path = tmp_path / "secrets" / "secret_key"
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert stat.S_IMODE(path.parent.stat().st_mode) == 0o700
    assert [each.name for each in path.parent.iterdir()] == ["secret_key"]


def test_processes_that_start_at_once_agree_on_one_secret(tmp_path: Path) -> None:
    path = tmp_path / "secrets" / "secret_key"
    context = multiprocessing.get_context("fork")
    with context.Manager() as manager:
        gate, told = manager.Barrier(8), manager.list()
        starters = [context.Process(target=tell_secret, args=(gate, told, path)) for _ in range(8)]
        for starter in starters:
            starter.start()
        for starter in starters:
            starter.join(30)
        assert len(told) == 8 and set(told) == {path.read_text()}


def tell_secret(gate, told, path: Path) -> None:  # type: ignore[no-untyped-def] # proxies have no useful type
    gate.wait(20)
    told.append(generated_secret(path))


def test_containers_that_start_at_once_agree_on_one_secret_too(tmp_path: Path) -> None:
    """Each container's first process is number 1, as threads here share theirs: a number is no name for a file."""
    path = tmp_path / "secrets" / "secret_key"
    gate = threading.Barrier(8)

    def start(_: int) -> str:
        gate.wait(10)
        return generated_secret(path)

    with ThreadPoolExecutor(8) as starters:
        told = list(starters.map(start, range(8)))
    assert set(told) == {path.read_text()}
    assert [each.name for each in path.parent.iterdir()] == ["secret_key"]
