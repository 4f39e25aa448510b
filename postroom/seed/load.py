"""Writes a synthetic desk into the database, by COPY, some thousand tickets at a time."""

import random
import struct
import zlib
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from itertools import islice

import psycopg

from models.blobs import BlobStore
from postroom.seed.rows import COLUMNS, Cast, Clerk, Person, Row, customer_named
from postroom.seed.stories import Story, Teller

BATCH = 2_000  # tickets a transaction
AGENTS = ("Amara Obi", "Björn Dahl", "Chiara Conti", "Devan Rao", "Elif Kaya", "Farid Haddad", "Gwen Price", "Hiro Abe")
MAILBOXES = (("Support", "seed-support"), ("Billing", "seed-billing"), ("Sales", "seed-sales"))
NUMBERED = ("ticket", "participant", "message")
HEAVY = ("ix_message_words", "ix_ticket_words")
"""Indexes that are made faster in one go than row by row, where the desk is empty."""


@dataclass(frozen=True)
class Wanted:
    """What desk to make. `until`: the present of the stories; `days`: how far back the first one lies."""

    tickets: int
    messages: int
    seed: int = 1
    agents: int = 30
    days: int = 730
    until: datetime | None = None


@dataclass(frozen=True)
class Seeded:
    tickets: int
    messages: int


def seed_desk(url: str, blobs: BlobStore, wanted: Wanted, told: Callable[[int], None] = lambda tickets: None) -> Seeded:
    """Add the desk that `wanted` asks for to the database at `url`, which has its tables; `told` hears of each batch.

    The same `wanted` makes the same tickets. Mail is not kept raw: a seeded message has no original, and stands in no
    ledger.
    """
    with psycopg.connect(url, autocommit=True, options="-c synchronous_commit=off -c maintenance_work_mem=256MB") as connection:
        with set_aside(connection, empty=count(connection, "ticket") == 0):
            seeded = load(connection, blobs, wanted, told)
        connection.execute("TRUNCATE report_day, report_month, closed_day, mail_day")  # the past has changed: the sweep counts it again
        for table in COLUMNS:
            connection.execute(f"ANALYZE {table}")
    return seeded


def load(connection: psycopg.Connection, blobs: BlobStore, wanted: Wanted, told: Callable[[int], None]) -> Seeded:
    teller = Teller(
        wanted.seed,
        customers=max(1, wanted.tickets // 4),
        agents=wanted.agents,
        mailboxes=len(MAILBOXES),
        messages_each=wanted.messages / wanted.tickets,
        until=wanted.until or datetime.now(UTC).replace(hour=0, minute=0, second=0, microsecond=0),
        days=wanted.days,
    )
    with connection.transaction():
        cast = engage(connection, blobs, teller, wanted)
    first = {table: next_number(connection, table) for table in NUMBERED}
    clerk = Clerk(
        cast, wanted.seed, first_ticket=first["ticket"], first_message=first["message"], first_participant=first["participant"]
    )
    messages = 0
    for stories in batches(teller.stories(wanted.tickets), BATCH):
        rows = clerk.rows(stories)
        with connection.transaction():
            for table, columns in COLUMNS.items():
                copy(connection, table, columns.split(), rows[table])
        messages += len(rows["message"])
        told(len(stories))
    for table in NUMBERED:
        connection.execute(f"SELECT setval('{table}_id_seq', (SELECT max(id) FROM {table}))")
    return Seeded(wanted.tickets, messages)


def engage(connection: psycopg.Connection, blobs: BlobStore, teller: Teller, wanted: Wanted) -> Cast:
    """The agents, customers and mailboxes of the stories; those of an earlier seeding are taken again."""
    rng = random.Random(f"cast {wanted.seed}")
    agents = [(f"{AGENTS[n % len(AGENTS)]} {n // len(AGENTS) + 1}", f"seed-agent{n}@desk.example") for n in range(wanted.agents)]
    customers = [customer_named(place, rng) for place in range(teller.customers)]
    picture = a_picture()
    return Cast(
        customers=people(connection, customers, "customer"),
        agents=people(connection, agents, "agent"),
        mailboxes=[mailbox(connection, name, f"{local}@desk.example") for name, local in MAILBOXES],
        picture=(blobs.put(picture), len(picture)),
    )


def people(connection: psycopg.Connection, named: Sequence[tuple[str, str]], role: str) -> list[Person]:
    """Rows for these names and addresses, in their order. Nobody of them can sign in."""
    connection.execute("CREATE TEMP TABLE wanted (place int, name text, address text) ON COMMIT DROP")
    copy(connection, "wanted", ["place", "name", "address"], [(n, *each) for n, each in enumerate(named)])
    connection.execute(
        "INSERT INTO user_account (username, email, full_name, role) SELECT address, address, name, %s FROM wanted"
        " ON CONFLICT DO NOTHING",
        (role,),
    )
    found = connection.execute(
        "SELECT u.id, u.full_name, u.email FROM wanted w JOIN user_account u ON lower(u.email) = w.address ORDER BY w.place"
    ).fetchall()
    connection.execute("DROP TABLE wanted")
    return [Person(*row) for row in found]


def mailbox(connection: psycopg.Connection, name: str, address: str) -> tuple[int, str]:
    known = connection.execute("SELECT mailbox_id FROM mailbox_address WHERE address = %s", (address,)).fetchone()
    if known is None:
        known = connection.execute("INSERT INTO mailbox (name) VALUES (%s) RETURNING id", (name,)).fetchone()
        assert known is not None
        connection.execute("INSERT INTO mailbox_address (address, mailbox_id, is_primary) VALUES (%s, %s, true)", (address, known[0]))
    return int(known[0]), address


@contextmanager
def set_aside(connection: psycopg.Connection, *, empty: bool) -> Iterator[None]:
    """In an empty desk, drop the heavy indexes and make them again at the end, also where the seeding fails."""
    made = "SELECT pg_get_indexdef(to_regclass(%s))"
    definitions = [connection.execute(made, (name,)).fetchone() for name in HEAVY] if empty else []
    for name in HEAVY if empty else ():
        connection.execute(f"DROP INDEX IF EXISTS {name}")
    try:
        yield
    finally:
        for definition in definitions:
            if definition and definition[0]:
                connection.execute(definition[0])


def copy(connection: psycopg.Connection, table: str, columns: Sequence[str], rows: Sequence[Row]) -> None:
    with connection.cursor().copy(f"COPY {table} ({', '.join(columns)}) FROM STDIN") as into:
        for row in rows:
            into.write_row(row)


def batches(stories: Iterator[Story], size: int) -> Iterator[list[Story]]:
    while batch := list(islice(stories, size)):
        yield batch


def count(connection: psycopg.Connection, table: str) -> int:
    found = connection.execute(f"SELECT count(*) FROM (SELECT FROM {table} LIMIT 1) found").fetchone()
    return int(found[0]) if found else 0


def next_number(connection: psycopg.Connection, table: str) -> int:
    found = connection.execute(f"SELECT coalesce(max(id), 0) + 1 FROM {table}").fetchone()
    return int(found[0]) if found else 1


def a_picture(side: int = 64) -> bytes:
    """A small PNG with a gradient: the file that every attachment of the seeded desk holds."""
    lines = b"".join(b"\0" + bytes(value for x in range(side) for value in (4 * x % 256, 4 * y % 256, 128)) for y in range(side))
    parts = [(b"IHDR", struct.pack(">IIBBBBB", side, side, 8, 2, 0, 0, 0)), (b"IDAT", zlib.compress(lines)), (b"IEND", b"")]
    chunks = (struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data)) for kind, data in parts)
    return b"\x89PNG\r\n\x1a\n" + b"".join(chunks)
