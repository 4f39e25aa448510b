"""Puts a backup into an empty desk: verified first, files and secrets before the rows, the rows in one transaction.

Killed anywhere on the way, the desk is still empty; what lies in the blob store by then is named by nothing and goes in time.
"""

import os
import time
import zlib
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

import psycopg
from alembic import command
from psycopg.types.json import Jsonb
from sqlalchemy import text

from mailgate.store import plain_url
from models.actor import COMMAND_LINE
from models.blobs import BlobStore
from models.database import plain_engine
from models.errors import Conflict, Invalid
from models.migrate import alembic_config, knows_revision, upgrade
from models.settings import Settings
from postroom.backup.archive import Reader, reading, verify
from postroom.backup.tables import copying, empty, go_on_counting, tables_of, with_references, with_triggers, without_references, without_triggers

PATIENCE = 3.0  # seconds
IN_USE = ("ticket", "message", "inbound_message", "outbox")
OTHERS = """
SELECT count(*) FROM pg_stat_activity
 WHERE datname = current_database() AND pid <> pg_backend_pid() AND backend_type = 'client backend'
"""
# What was on its way when the backup was made may have arrived since: it waits for a person's word.
HOLD_BACK = """
WITH held AS (
    UPDATE outbox o SET state = 'restored', lease_owner = NULL, lease_until = NULL FROM outbox was
     WHERE was.id = o.id AND o.state IN ('queued', 'leased', 'dot', 'retry', 'uncertain') RETURNING o.id, was.state
)
INSERT INTO outbox_attempt (outbox_id, outcome, detail)
SELECT id, 'restored', jsonb_build_object('code', NULL, 'text', 'it was ' || state || ' when the backup was made') FROM held
"""
# What was ended or revoked between the backup and the loss comes back living: nobody could tell it from the rest, so all of it ends.
END_SIGN_INS = "UPDATE sign_in SET ended_at = clock_timestamp() WHERE ended_at IS NULL"
REVOKE_TOKENS = "UPDATE api_token SET revoked_at = clock_timestamp() WHERE revoked_at IS NULL"
# Bulk work may have been done since, its notices sent: it is not begun a second time.
END_BULK_WORK = """
WITH stopped AS (
    UPDATE bulk_item SET state = 'refused', why = 'the desk was restored from a backup' WHERE state = 'waiting' RETURNING job_id
)
UPDATE bulk_job SET state = 'done', lease_until = NULL, finished_at = clock_timestamp(),
                    refused = refused + (SELECT count(*) FROM stopped WHERE stopped.job_id = bulk_job.id)
 WHERE state <> 'done'
"""
FREE_FOLDERS = "UPDATE imap_account SET lease_owner = NULL, lease_until = NULL"
SAY_SO = """
WITH begun AS (INSERT INTO restoration (backup_made_at) VALUES (%(made_at)s) RETURNING id)
INSERT INTO audit_entry (actor_name, actor_role, act, subject, subject_id, after)
SELECT %(who)s, %(role)s, 'restore.begun', 'restore', id, %(after)s FROM begun
"""


@dataclass(frozen=True)
class PutBack:
    """What is back: `held_back` mails wait for a word, and `revoked` API tokens are worth nothing any more."""

    made_at: datetime
    rows: int
    blobs: int
    held_back: int
    revoked: int


def size_of(path: Path) -> int:
    return path.stat().st_size if path.is_file() else 0


def put_back(path: Path, settings: Settings, blobs: BlobStore, told: Callable[[int], None] = lambda octets: None) -> PutBack:
    """Restore `path` into this desk, which must be empty and not running. Raises `Invalid`, `Conflict`; then nothing has changed."""
    verify(path, told)
    with reading(path) as backup:
        refuse_unknown(backup)
        refuse_another_key(backup, settings)
        assert settings.database_url is not None
        prepare(settings.database_url, backup.manifest["revision"])
        for sha256, content in backup.under("blobs"):
            if blobs.put(content) != sha256:
                raise Invalid("file", "a file in the backup is not what its name says")
            told(len(content))
        with psycopg.connect(plain_url(settings.database_url), options="-c statement_timeout=0 -c lock_timeout=10000") as connection:
            refuse_in_use(connection)
            put_rows(connection, backup, told)
            held, revoked = bring_to_rest(connection, backup.manifest["made_at"])
            put_secrets(backup, settings)
        upgrade(settings.database_url)
        made_at = datetime.fromisoformat(backup.manifest["made_at"])
        return PutBack(made_at, sum(backup.manifest["tables"].values()), backup.manifest["blobs"], held, revoked)


def refuse_unknown(backup: Reader) -> None:
    if not knows_revision(backup.manifest["revision"]):
        raise Invalid("file", "the backup is of a newer version of Postroom: install that first")


def refuse_another_key(backup: Reader, settings: Settings) -> None:
    """Where the key is a setting, it has to be (or to hold) the backup's: else no address or Message-ID of before verifies."""
    [old] = [content for name, content in backup.under("secrets") if name == "secret_key"]
    missing = {part.strip() for part in old.split(b",")} - set(settings.signing_keys)
    if missing and not is_generated(settings):
        raise Conflict("SECRET_KEY is set, and is not the key of the backup: add that one to it (it is secrets/secret_key in the file)")


def is_generated(settings: Settings) -> bool:
    """Whether the desk's key is the one it made for itself."""
    path = settings.postroom_data / "secrets" / "secret_key"
    return path.is_file() and path.read_text(encoding="ascii").strip().encode() in settings.signing_keys


def prepare(url: str, revision: str) -> None:
    """Bring a bare database to the tables of the backup's time. Raises `Conflict` where others are there already."""
    engine = plain_engine(url)
    with engine.connect() as connection:
        there = connection.scalar(text("SELECT to_regclass('public.alembic_version')"))
        now = connection.scalar(text("SELECT version_num FROM alembic_version")) if there else None
        if now is None:
            command.upgrade(alembic_config(connection), revision)
            connection.commit()
        elif now != revision:
            raise Conflict("the backup is of another version than the tables here: restore it into a database without any")
    engine.dispose()


def refuse_in_use(connection: psycopg.Connection) -> None:
    if is_running(connection):
        raise Conflict("the desk is running: stop it first, and restore then")
    for table in IN_USE:
        found = connection.execute(f"SELECT EXISTS (SELECT FROM {table})").fetchone()
        if found and found[0]:
            raise Conflict("this desk is in use, and a backup goes into an empty one: choose another data folder or database")
    people = connection.execute("SELECT count(*) FROM user_account").fetchone()
    if people and people[0] > 1:
        raise Conflict("this desk has people already, and a backup goes into an empty one")


def is_running(connection: psycopg.Connection) -> bool:
    """Whether anybody else is connected; who hung up a moment ago is given the time to be gone."""
    until = time.monotonic() + PATIENCE
    while (row := connection.execute(OTHERS).fetchone()) and row[0]:
        if time.monotonic() > until:
            return True
        connection.rollback()  # within one transaction the view never changes
        time.sleep(0.1)
    return False


def put_rows(connection: psycopg.Connection, backup: Reader, told: Callable[[int], None]) -> None:
    """All rows, and the numbers to go on from."""
    wanted = backup.manifest["tables"]
    empty(connection, [table.name for table in tables_of(connection)])
    references, watched = without_references(connection), without_triggers(connection)
    chunks: dict[str, list[str]] = {}
    for name in (member.name for member in backup.members if member.name.startswith("tables/")):
        chunks.setdefault(name.split("/")[1], []).append(name)
    for table, names in chunks.items():
        written = put_table(connection, backup, table, names, told)
        if written != wanted[table]:
            raise Invalid("file", f"{table} has {written} rows in the file, and should have {wanted[table]}")
    with_triggers(connection, watched)
    go_on_counting(connection, backup.manifest["sequences"])
    with_references(connection, references)


def bring_to_rest(connection: psycopg.Connection, made_at: str) -> tuple[int, int]:
    """Nothing that was under way goes on by itself, nobody is signed in, and the mark says that nothing may leave yet.

    How many mails are held back, and how many API tokens are revoked.
    """
    held = connection.execute(HOLD_BACK).rowcount
    revoked = connection.execute(REVOKE_TOKENS).rowcount
    ended = connection.execute(END_SIGN_INS).rowcount
    connection.execute(END_BULK_WORK)
    connection.execute(FREE_FOLDERS)
    after = Jsonb({"held_back": held, "api_access_revoked": revoked, "sign_ins_ended": ended})
    connection.execute(SAY_SO, {"made_at": made_at, "who": COMMAND_LINE.name, "role": COMMAND_LINE.role, "after": after})
    return held, revoked


def put_table(connection: psycopg.Connection, backup: Reader, table: str, names: list[str], told: Callable[[int], None]) -> int:
    columns = tuple(backup.manifest["columns"][table])
    with connection.cursor() as cursor:
        with cursor.copy(copying(table, columns, "FROM STDIN")) as into:
            for name in names:
                packed = backup.read(backup.tar.getmember(name))
                into.write(zlib.decompress(packed))
                told(len(packed))
        return cursor.rowcount


def put_secrets(backup: Reader, settings: Settings) -> None:
    """The keys, each whole or not at all, readable by their owner alone."""
    folder = settings.postroom_data / "secrets"
    for name, content in backup.under("secrets"):
        path = (folder / name).resolve()
        if folder.resolve() not in path.parents:
            raise Invalid("file", f"the backup holds a secret outside its folder: {name}")
        path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        fresh = path.with_name(f".{path.name}.{os.getpid()}")
        descriptor = os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_TRUNC | os.O_CLOEXEC, 0o600)
        with os.fdopen(descriptor, "wb") as file:
            file.write(content)
            file.flush()
            os.fsync(descriptor)
        os.replace(fresh, path)
