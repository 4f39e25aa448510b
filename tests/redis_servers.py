"""Real Redis-compatible servers of a test's own on ports of 127.0.0.1, and Sentinels that watch over them."""

import signal
import subprocess
from collections.abc import Callable
from contextlib import ExitStack
from pathlib import Path

import redis

from postroom.children import start_following
from postroom.services.binaries import valkey_server
from tests.processes import free_port
from tests.waiting import wait_until

SERVICE = "desk"


class RedisServers:
    """As many as one wants, by their ports; `stack` ends them all."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.stack = ExitStack()
        self.servers: dict[int, subprocess.Popen[bytes]] = {}

    def start(self, name: str, *arguments: str) -> int:
        """Start one in a folder of that name, and wait until it answers; its port."""
        port, home = free_port(), self.folder / f"redis-{name}"
        home.mkdir(exist_ok=True)
        command = [str(valkey_server(None)), *arguments, "--port", str(port), "--bind", "127.0.0.1"]
        process = start_following(command, death_signal=signal.SIGKILL, cwd=home, output=subprocess.DEVNULL)
        self.servers[port] = process
        self.stack.callback(process.wait)
        self.stack.callback(process.kill)
        self.wait_until(lambda: redis.Redis(port=port, socket_timeout=5).ping())
        return port

    def sentinel(self, master: int, *, name: str = "sentinel", quorum: int = 1) -> int:
        """One that watches the master, and wants `quorum` of its like to agree that it is gone; its port."""
        home = self.folder / f"redis-{name}"
        home.mkdir()
        (home / "sentinel.conf").write_text(
            f"sentinel monitor {SERVICE} 127.0.0.1 {master} {quorum}\nsentinel down-after-milliseconds {SERVICE} 1000\n"
            f"sentinel failover-timeout {SERVICE} 3000\n"
        )
        return self.start(name, "sentinel.conf", "--sentinel")

    def wait_until(self, happened: Callable[[], object]) -> None:
        wait_until(happened, told="the servers of Redis do not come so far", passing=(redis.RedisError,))
