"""The tables of a desk as rows of text: copied out at one moment, copied in whole."""

import zlib
from collections.abc import Callable, Iterator
from dataclasses import dataclass

import psycopg
from psycopg import sql

CHUNK = 8 << 20  # octets of rows, before they are packed

TABLES = """
SELECT c.relname, array_agg(a.attname ORDER BY a.attnum) FILTER (WHERE a.attgenerated = ''), pg_table_size(c.oid),
       bool_or(a.atttypid = 'xid8'::regtype)
  FROM pg_class c JOIN pg_attribute a ON a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped
 WHERE c.relnamespace = 'public'::regnamespace AND c.relkind = 'r' AND c.relname <> 'alembic_version'
 GROUP BY c.oid, c.relname ORDER BY c.relname
"""
REFERENCES = """
SELECT conrelid::regclass::text, conname, pg_get_constraintdef(oid) FROM pg_constraint
 WHERE contype = 'f' AND connamespace = 'public'::regnamespace ORDER BY 1, 2
"""
WATCHED = """
SELECT DISTINCT tgrelid::regclass::text FROM pg_trigger t JOIN pg_class c ON c.oid = t.tgrelid
 WHERE NOT tgisinternal AND c.relnamespace = 'public'::regnamespace ORDER BY 1
"""
SEQUENCES = "SELECT sequencename, last_value FROM pg_sequences WHERE schemaname = 'public' ORDER BY 1"
GAP = 100_000
"""Numbers that a restored desk skips: those given between the backup and the loss stand in mails, and must not be given again."""


@dataclass(frozen=True)
class Table:
    """`octets` is about how large it is. Where a transaction's number is stored, the rows mean nothing in another database."""

    name: str
    columns: tuple[str, ...]
    octets: int
    is_of_this_database: bool


def tables_of(connection: psycopg.Connection) -> list[Table]:
    return [Table(name, tuple(columns), octets, bool(local)) for name, columns, octets, local in connection.execute(TABLES)]


def sequences_of(connection: psycopg.Connection) -> dict[str, int]:
    """The last number of each; those that have given none are left out."""
    return {name: last for name, last in connection.execute(SEQUENCES) if last is not None}


def rows_of(connection: psycopg.Connection, table: Table, told: Callable[[int], None]) -> Iterator[bytes]:
    """The rows, packed, some mebibytes at a time."""
    waiting, size = [], 0
    with connection.cursor().copy(copying(table.name, table.columns, "TO STDOUT")) as rows:
        for row in rows:
            waiting.append(bytes(row))
            size += len(row)
            if size >= CHUNK:
                told(size)
                yield zlib.compress(b"".join(waiting), 1)
                waiting, size = [], 0
    if waiting:
        told(size)
        yield zlib.compress(b"".join(waiting), 1)


def copying(name: str, columns: tuple[str, ...], way: str) -> sql.Composed:
    named = sql.SQL(", ").join(map(sql.Identifier, columns))
    return sql.SQL("COPY {} ({}) {}").format(sql.Identifier(name), named, sql.SQL(way))  # type: ignore[arg-type]


def without_references(connection: psycopg.Connection) -> list[tuple[str, str, str]]:
    """Drop every foreign key until the rows are in; they are made and checked again at the end of the transaction."""
    found = [(table, name, definition) for table, name, definition in connection.execute(REFERENCES)]
    for table, name, _ in found:
        connection.execute(sql.SQL("ALTER TABLE {} DROP CONSTRAINT {}").format(sql.SQL(table), sql.Identifier(name)))  # type: ignore[arg-type]
    return found


def with_references(connection: psycopg.Connection, references: list[tuple[str, str, str]]) -> None:
    for table, name, definition in references:
        connection.execute(
            sql.SQL("ALTER TABLE {} ADD CONSTRAINT {} {}").format(sql.SQL(table), sql.Identifier(name), sql.SQL(definition))  # type: ignore[arg-type]
        )


def without_triggers(connection: psycopg.Connection) -> list[str]:
    """What triggers have written comes from the backup itself: until the rows are in they rest. The tables that have any."""
    tables = [table for (table,) in connection.execute(WATCHED)]
    for table in tables:
        connection.execute(sql.SQL("ALTER TABLE {} DISABLE TRIGGER USER").format(sql.SQL(table)))  # type: ignore[arg-type]
    return tables


def with_triggers(connection: psycopg.Connection, tables: list[str]) -> None:
    for table in tables:
        connection.execute(sql.SQL("ALTER TABLE {} ENABLE TRIGGER USER").format(sql.SQL(table)))  # type: ignore[arg-type]


def empty(connection: psycopg.Connection, names: list[str]) -> None:
    connection.execute(sql.SQL("TRUNCATE {}").format(sql.SQL(", ").join(map(sql.Identifier, names))))


def go_on_counting(connection: psycopg.Connection, sequences: dict[str, int]) -> None:
    for name, last in sequences.items():
        connection.execute("SELECT setval(%s::regclass, %s)", (f'public."{name}"', last + GAP))
