"""Takes a backup of a running desk: one snapshot of the database, then the files it names, then the secrets."""

from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

import psycopg

from mailgate.store import plain_url
from models.actions.forgetting import blob_columns
from models.blobs import BlobDamaged, BlobStore
from models.settings import Settings
from postroom.backup.archive import Writer
from postroom.backup.tables import rows_of, sequences_of, tables_of

# Each desk's own: the embedded services make theirs anew.
NOT_TAKEN = ("postgres-", "redis-", "valkey-")


@dataclass(frozen=True)
class Taken:
    """What is in the file. `missing` are blobs that a row names and the store does not have, or has damaged."""

    rows: int
    blobs: int
    missing: tuple[str, ...]


def take_backup(path: Path, settings: Settings, blobs: BlobStore, told: Callable[[int, int], None]) -> Taken:
    """Write everything to `path`; `told` hears how many octets are done, and of about how many. Raises `Invalid`."""
    assert settings.database_url is not None
    options = "-c statement_timeout=0 -c idle_in_transaction_session_timeout=0 -c lock_timeout=30000"
    with Writer(path) as writer, psycopg.connect(plain_url(settings.database_url), options=options, application_name="postroom backup") as connection:
        connection.isolation_level = psycopg.IsolationLevel.REPEATABLE_READ
        connection.read_only = True
        moment = one(connection, "SELECT clock_timestamp()")
        tables = tables_of(connection)
        total = sum(table.octets for table in tables)
        rows: Counter[str] = Counter()
        columns = {}
        for table in tables:
            columns[table.name] = list(table.columns)
            if table.is_of_this_database:
                continue
            for number, packed in enumerate(rows_of(connection, table, lambda octets: told(octets, total))):
                writer.add(f"tables/{table.name}/{number:06}.gz", packed)
            rows[table.name] = int(one(connection, f'SELECT count(*) FROM "{table.name}"'))  # the same snapshot
        written, missing = add_blobs(writer, connection, blobs, lambda octets: told(octets, total))
        for name, content in secrets_of(settings):
            writer.add(f"secrets/{name}", content)
        writer.finish(
            {
                "made_at": moment.astimezone(UTC).isoformat(),
                "revision": one(connection, "SELECT version_num FROM alembic_version"),
                "postgres": one(connection, "SHOW server_version"),
                "tables": dict(rows),
                "columns": columns,
                "sequences": sequences_of(connection),
                "blobs": written,
                "missing_blobs": list(missing),
                "written_at": datetime.now(UTC).isoformat(),
            }
        )
    return Taken(rows.total(), written, missing)


def add_blobs(
    writer: Writer, connection: psycopg.Connection, blobs: BlobStore, told: Callable[[int], None]
) -> tuple[int, tuple[str, ...]]:
    """The files that the snapshot names. A blob is written before the row that names it, so it is there."""
    written, missing = 0, []
    for sha256 in blobs_named(connection):
        try:
            content = blobs.read(sha256)
        except (FileNotFoundError, BlobDamaged):
            missing.append(sha256)
            continue
        writer.add(f"blobs/{sha256}", content)
        written += 1
        told(len(content))
    return written, tuple(missing)


def blobs_named(connection: psycopg.Connection) -> Iterator[str]:
    questions = (f'SELECT "{column.name}" FROM "{column.table.name}"' for column in blob_columns())
    asked = " UNION ".join(questions)
    with connection.cursor() as cursor:
        for (sha256,) in cursor.execute(f"SELECT * FROM ({asked}) AS named (sha256) WHERE sha256 IS NOT NULL ORDER BY 1"):  # type: ignore[arg-type]
            yield sha256


def secrets_of(settings: Settings) -> Iterator[tuple[str, bytes]]:
    """What signs and verifies: the key of the settings, wherever it came from, and what the data folder keeps."""
    assert settings.secret_key is not None
    yield "secret_key", settings.secret_key.get_secret_value().encode()
    folder = settings.postroom_data / "secrets"
    for path in sorted(each for each in folder.rglob("*") if each.is_file()):
        name = path.relative_to(folder).as_posix()
        if name != "secret_key" and not path.name.startswith((".", *NOT_TAKEN)):
            yield name, path.read_bytes()


def one(connection: psycopg.Connection, question: str) -> object:
    row = connection.execute(question).fetchone()  # type: ignore[call-overload]
    assert row is not None
    return row[0]
