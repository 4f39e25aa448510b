"""The database: its version, whether it keeps what it has committed, its tables, its room; and the clock beside it."""

import time
from collections.abc import Iterator

import psycopg
from sqlalchemy.exc import SQLAlchemyError

from mailgate.store import DURABILITY, plain_url
from models.database import plain_engine
from models.migrate import is_current
from postroom.doctor.finding import Area, Finding

DATABASE = Area("database")
CLOCK = Area("clock")

OLDEST = 140_000  # server_version_num: what the queries need, date_bin and SQL functions among it
WANTED = ("pg_trgm", "unaccent")
FEW_CONNECTIONS = 60  # web 30, gate 4, filer 30 at most, worker 12, clock 2: less may run dry in a rush
FAST_SECONDS, FAR_SECONDS = 2.0, 30.0

Connection = psycopg.Connection[tuple[object, ...]]


def look_at_database(url: str) -> Iterator[Finding]:
    """Everything about Postgres; one finding where it does not answer."""
    try:
        with psycopg.connect(plain_url(url), connect_timeout=5, autocommit=True) as connection:
            yield look_at_version(connection)
            yield from look_at_durability(connection)
            yield look_at_encoding(connection)
            yield look_at_extensions(connection)
            yield look_at_connections(connection)
            yield look_at_time(connection)
    except psycopg.Error as trouble:
        first = str(trouble).strip().partition("\n")[0]
        yield DATABASE.trouble(f"it does not answer: {first}", "look at DATABASE_URL, and whether Postgres runs and lets us in")
        return
    yield look_at_tables(url)


def look_at_version(connection: Connection) -> Finding:
    name = setting(connection, "server_version")
    if connection.info.server_version < OLDEST:
        return DATABASE.trouble(f"Postgres {name} is too old", "move to Postgres 14 or newer; the desk is tried with 15 and 18")
    return DATABASE.ok(f"Postgres {name} answers")


def look_at_durability(connection: Connection) -> Iterator[Finding]:
    """What must be on for a commit to survive a power cut; the gate refuses to start without it."""
    off = [name for name in DURABILITY if setting(connection, name) == "off"]
    if off:
        names = ", ".join(off)
        yield DATABASE.trouble(f"{names} is off: a mail we said yes to could be lost", f"switch on {names} in postgresql.conf")
    else:
        yield DATABASE.ok("what is committed is on the disk (fsync, full_page_writes, synchronous_commit)")
    if setting(connection, "data_checksums") != "on":
        yield DATABASE.warning("pages have no checksums: a failing disk goes unnoticed", "stop Postgres and run `pg_checksums --enable`")


def look_at_encoding(connection: Connection) -> Finding:
    encoding = setting(connection, "server_encoding")
    if encoding != "UTF8":
        return DATABASE.trouble(f"the database is written in {encoding}", "make a database with ENCODING 'UTF8': mail has every letter there is")
    return DATABASE.ok("the database holds every letter there is (UTF8)")


def look_at_extensions(connection: Connection) -> Finding:
    there = {name for (name,) in connection.execute("SELECT extname FROM pg_extension")}
    missing = [name for name in WANTED if name not in there]
    if missing:
        names = ", ".join(missing)
        return DATABASE.warning(f"{names} is missing: search finds only what is spelt right", f"install the contrib package, then CREATE EXTENSION {names}")
    return DATABASE.ok("search has its extensions (pg_trgm, unaccent)")


def look_at_connections(connection: Connection) -> Finding:
    most = int(setting(connection, "max_connections"))
    if most < FEW_CONNECTIONS:
        return DATABASE.warning(f"it takes {most} connections", f"set max_connections to {FEW_CONNECTIONS} at least")
    return DATABASE.ok(f"it takes {most} connections")


def look_at_tables(url: str) -> Finding:
    engine = plain_engine(url)
    try:
        with engine.connect() as connection:
            current = is_current(connection)
    except SQLAlchemyError as trouble:
        return DATABASE.trouble(f"its tables cannot be read: {type(trouble).__name__}", "run `postroom migrate`")
    finally:
        engine.dispose()
    if not current:
        return DATABASE.trouble("it lacks tables of this version", "run `postroom migrate`")
    return DATABASE.ok("it has the tables of this version")


def look_at_time(connection: Connection) -> Finding:
    """Leases and order go by the database's clock, tokens and mail dates by ours."""
    began = time.time()
    [theirs] = connection.execute("SELECT extract(epoch FROM clock_timestamp())::float8").fetchone() or [0.0]
    return finding_about(float(str(theirs)) - (began + time.time()) / 2, "the database's clock")


def finding_about(seconds: float, whose: str) -> Finding:
    """What to say of a clock that is so many seconds ahead of ours."""
    apart = abs(seconds)
    if apart < FAST_SECONDS:
        return CLOCK.ok(f"{whose} and ours agree ({apart * 1000:.0f} ms apart)")
    which = "ahead of" if seconds > 0 else "behind"
    says = f"{whose} is {apart:.0f} s {which} ours"
    mend = "have both machines keep time (chrony, systemd-timesyncd)"
    return CLOCK.trouble(says, mend) if apart >= FAR_SECONDS else CLOCK.warning(says, mend)


def setting(connection: Connection, name: str) -> str:
    row = connection.execute("SELECT setting FROM pg_settings WHERE name = %s", (name,)).fetchone()
    return str(row[0]) if row else ""
