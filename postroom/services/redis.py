"""The embedded Redis (Valkey, which speaks the same language): started as our child, stopped in order."""

import contextlib
import signal
import subprocess
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import quote

import redis

from postroom.children import Account
from postroom.services import binaries, server
from postroom.services.account import account_for, private_folder
from postroom.services.leftover import alive, end_leftover, works_in

SETTINGS = {
    "port": "0",  # the private socket only
    "unixsocketperm": "700",
    "dir": ".",  # its working directory is its data folder
    "pidfile": "redis.pid",
    "daemonize": "no",
    "appendonly": "yes",  # a killed server loses a second of jobs at most, which the sweep puts
    "appendfsync": "everysec",  # right: Postgres holds the truth
    "save": "900 1",
    "maxmemory-policy": "noeviction",  # a queue must not forget
}


@contextlib.contextmanager
def running(data: Path, sockets: Path) -> Iterator[tuple[str, server.Server]]:
    """Run the Valkey whose files are in `<data>/redis`; yields its URL and itself."""
    folder = data / "redis"
    account = account_for(folder)
    executable = binaries.valkey_server(account)
    private_folder(folder, account)
    program = _program(folder, executable, sockets, account)

    def begin() -> subprocess.Popen[bytes]:
        _settle_leftover(folder)
        return _start(program, sockets)

    valkey = server.Server(program, begin)
    try:
        yield url(sockets), valkey
    finally:
        valkey.stop()


def url(sockets: Path) -> str:
    """The URL of the Valkey that listens in the folder `sockets`."""
    return f"unix://{quote(str(_socket(sockets)), safe='/')}?db=0"


def _socket(sockets: Path) -> Path:
    return sockets / "redis.sock"


def _program(folder: Path, executable: Path, sockets: Path, account: Account | None) -> server.Program:
    settings = {**SETTINGS, "unixsocket": str(_socket(sockets))}
    return server.Program(
        name="Redis",
        argv=[str(executable), *(part for name, value in settings.items() for part in (f"--{name}", value))],
        folder=folder,
        log_file=folder.with_name("redis.log"),
        account=account,
        stop=signal.SIGTERM,  # writes everything down, then ends
        hard_stop=signal.SIGKILL,  # what was appended to its file is kept
    )


def _settle_leftover(folder: Path) -> None:
    """Two servers must not append to one file: wait for one of a killed run, if it is still there."""
    try:
        pid = int((folder / "redis.pid").read_text())
    except (FileNotFoundError, ValueError):
        return
    if alive(pid) and works_in(pid, folder):
        end_leftover(pid, "Redis", signal.SIGTERM, signal.SIGKILL)


def _start(program: server.Program, sockets: Path) -> subprocess.Popen[bytes]:
    process = server.spawn(program)
    try:
        with redis.Redis(unix_socket_path=str(_socket(sockets)), socket_timeout=2, retry=None) as client:
            server.wait_until(lambda: _answers(client), process, program, seconds=60)
    except BaseException:
        server.stop(process, program)
        raise
    return process


def _answers(client: redis.Redis) -> bool:
    """False while it is not there or reads its file (BusyLoadingError is a ConnectionError)."""
    try:
        return bool(client.ping())
    except (redis.ConnectionError, redis.TimeoutError):
        return False
