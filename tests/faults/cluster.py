"""Postgres on three machines and Redis on two, watched by Sentinels: real servers in processes of their own on one computer.

What Patroni does in a company - notice that a primary is gone, choose the standby that has most, promote it - is done here
by the test, which so knows the moment.
"""

import os
import shutil
import signal
import subprocess
import time
from contextlib import ExitStack, suppress
from pathlib import Path

import psycopg
import redis

from postroom.children import start_following
from postroom.services.account import account_for, private_folder
from postroom.services.binaries import postgres_folder
from tests.children import children_of
from tests.processes import free_port
from tests.redis_servers import SERVICE, RedisServers
from tests.waiting import wait_until

NAMES = ("a", "b", "c")
QUORUM = f"ANY 1 ({', '.join(NAMES)})"
SETTINGS = {
    "listen_addresses": "127.0.0.1",
    "unix_socket_directories": "",
    "shared_buffers": "64MB",
    "max_connections": "200",
    "wal_keep_size": "512MB",
    "wal_retrieve_retry_interval": "500ms",
    "wal_receiver_timeout": "5s",
    "jit": "off",
    "timezone": "UTC",
}
SENTINELS = 3


class Node:
    """One Postgres. Its files lie where root's `nobody` may come to them, for Postgres does not run as root."""

    def __init__(self, name: str, folder: Path) -> None:
        self.name = name
        self.folder = folder / f"pg-{name}"
        self.account = account_for(self.folder)
        self.programs = postgres_folder(self.account)
        self.port = free_port()
        self.log = (folder / f"pg-{name}.log").open("ab")
        self.process: subprocess.Popen[bytes] | None = None

    def run(self, program: str, *arguments: str) -> None:
        command = [str(self.programs / program), *arguments]
        done = start_following(command, death_signal=signal.SIGTERM, account=self.account, cwd=self.folder, output=self.log)
        assert done.wait(180) == 0, f"{program} failed: {Path(self.log.name).read_text()[-800:]}"

    def create(self) -> None:
        private_folder(self.folder, self.account)
        self.run("initdb", "-D", ".", "--username=postgres", "--auth=trust", "--encoding=UTF8", "--locale=C.UTF-8", "--no-sync")

    def copy_from(self, primary: "Node", peers: tuple["Node", ...]) -> None:
        """Become a standby that follows whichever of its peers takes writes."""
        shutil.rmtree(self.folder, ignore_errors=True)
        private_folder(self.folder, self.account)
        self.run(
            "pg_basebackup", "-D", ".", "-h", "127.0.0.1", "-p", str(primary.port), "-U", "postgres", "-X", "stream",
            "-c", "fast", "--no-sync",
        )  # fmt: skip
        others = [peer for peer in peers if peer is not self]
        hosts, ports = ",".join("127.0.0.1" for _ in others), ",".join(str(peer.port) for peer in others)
        follow = (
            f"primary_conninfo = 'host={hosts} port={ports} user=postgres application_name={self.name}"
            " connect_timeout=2 target_session_attrs=read-write'\n"
        )
        with (self.folder / "postgresql.auto.conf").open("a") as settings:
            settings.write(follow)
        (self.folder / "standby.signal").touch()

    def start(self) -> None:
        options = [part for name, value in SETTINGS.items() for part in ("-c", f"{name}={value}")]
        self.process = start_following(
            [str(self.programs / "postgres"), "-D", ".", "-p", str(self.port), *options],
            death_signal=signal.SIGINT, account=self.account, cwd=self.folder, output=self.log,
        )  # fmt: skip
        wait_until(self.answers, told=lambda: f"Postgres {self.name} does not answer: {Path(self.log.name).read_text()[-800:]}")

    def answers(self) -> bool:
        with suppress(psycopg.OperationalError):
            self.connect().close()
            return True
        return False

    def connect(self, database: str = "postgres") -> psycopg.Connection:
        return psycopg.connect(host="127.0.0.1", port=self.port, user="postgres", dbname=database, autocommit=True, connect_timeout=5)

    def tells(self, question: str) -> object:
        with self.connect() as connection:
            row = connection.execute(question).fetchone()  # type: ignore[call-overload]
            return row and row[0]

    @property
    def is_alive(self) -> bool:
        return self.process is not None and self.process.poll() is None

    def kill(self) -> None:
        """As the power goes: the server and all its children at once."""
        assert self.process is not None
        self.process.send_signal(signal.SIGSTOP)  # so that it does not see the others go, and tidy up
        for pid in (*children_of(self.process.pid), self.process.pid):
            os.kill(pid, signal.SIGKILL)
        self.process.wait()

    def stop(self) -> None:
        if self.is_alive:
            assert self.process is not None
            self.process.send_signal(signal.SIGQUIT)
            self.process.wait(60)
        self.log.close()


class PostgresCluster:
    """A primary and two standbys, of which one must have every commit before it is told."""

    def __init__(self, folder: Path) -> None:
        self.nodes = tuple(Node(name, folder) for name in NAMES)
        self.stack = ExitStack()
        for node in self.nodes:
            self.stack.callback(node.stop)
        self.primary = self.nodes[0]
        self.primary.create()
        self.primary.start()
        with self.primary.connect() as connection:
            connection.execute("CREATE ROLE postroom LOGIN CREATEDB")
            connection.execute("CREATE DATABASE postroom OWNER postroom")
            connection.execute(f"ALTER SYSTEM SET synchronous_standby_names = '{QUORUM}'")
        for node in self.nodes[1:]:
            node.copy_from(self.primary, self.nodes)
            node.start()
        self.primary.tells("SELECT pg_reload_conf()")
        self.wait_for_standbys(2)

    @property
    def url(self) -> str:
        hosts = ",".join(f"127.0.0.1:{node.port}" for node in self.nodes)
        return f"postgresql://postroom@{hosts}/postroom?target_session_attrs=read-write"

    def wait_for_standbys(self, count: int) -> None:
        streaming = "SELECT count(*) FROM pg_stat_replication WHERE state = 'streaming'"
        wait_until(lambda: self.primary.tells(streaming) == count, told="the standbys do not follow")

    def lose_the_primary(self) -> Node:
        lost, self.primary = self.primary, None  # type: ignore[assignment]
        lost.kill()
        return lost

    def promote_the_best(self) -> float:
        """Make the standby that has most the primary; the moment of its promotion, by `time.monotonic()`."""
        standing = [node for node in self.nodes if node.is_alive]
        have = "SELECT pg_wal_lsn_diff(pg_last_wal_receive_lsn(), '0/0')"
        self.primary = max(standing, key=lambda node: int(str(node.tells(have))))
        moment = time.monotonic()
        self.primary.tells("SELECT pg_promote()")
        return moment

    def bring_back(self, lost: Node) -> None:
        """The lost machine comes back as a standby, copied anew."""
        lost.copy_from(self.primary, self.nodes)
        lost.start()
        self.wait_for_standbys(2)


class RedisCluster(RedisServers):
    """A master, a replica, three Sentinels of which two must agree."""

    def __init__(self, folder: Path) -> None:
        super().__init__(folder)
        master = self.start("master", "--save", "")
        replica = self.start("replica", "--save", "", "--replicaof", "127.0.0.1", str(master))
        # First, for a Sentinel that does not find a replica at once looks again ten seconds later.
        self.wait_until(lambda: redis.Redis(port=replica).info("replication")["master_link_status"] == "up")
        self.sentinels = [self.sentinel(master, name=f"sentinel{number}", quorum=SENTINELS // 2 + 1) for number in range(SENTINELS)]
        self.wait_until(lambda: len(self.asked().sentinel_slaves(SERVICE)) == 1)  # type: ignore[attr-defined]
        self.wait_until(lambda: self.asked().sentinel_master(SERVICE)["num-other-sentinels"] == SENTINELS - 1)  # type: ignore[attr-defined]

    @property
    def url(self) -> str:
        return f"redis+sentinel://{','.join(f'127.0.0.1:{port}' for port in self.sentinels)}/{SERVICE}"

    def asked(self) -> redis.Redis:
        return redis.Redis(port=self.sentinels[0], socket_timeout=5, decode_responses=True)

    @property
    def master(self) -> int:
        host, port = self.asked().sentinel_get_master_addr_by_name(SERVICE)  # type: ignore[attr-defined]
        return int(port)

    def lose_the_master(self) -> None:
        """Kill it, and return when the Sentinels have agreed on another."""
        lost = self.master
        self.servers[lost].kill()
        self.wait_until(lambda: self.master != lost)
