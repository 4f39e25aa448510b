"""How fast old mail is taken over, killed in the middle and run again: how many mails a second, and what was doubled or sent.

    python -m bench.importing [--mails 50000] [--kills 1]

The mails are those of the synthetic desk's stories, in an mbox: customers' mails and the team's answers, with the headers
that make them threads. The yardstick writes the same bytes with plain INSERTs, one mail a transaction. Only the ratio
travels to other machines.
"""

import argparse
import hashlib
import os
import random
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from datetime import UTC, datetime
from email.message import EmailMessage
from email.utils import format_datetime
from pathlib import Path
from uuid import uuid4

import psycopg

from mailgate.importing.sources import places, read
from models.actions.mailboxes import ensure_first_mailbox
from models.app import base_app
from models.database import db
from models.migrate import upgrade
from models.settings import load_settings
from postroom.seed.rows import customer_named
from postroom.seed.stories import Teller
from postroom.services import running

SUPPORT = "support@example.com"
FILED = "SELECT count(*) FROM inbound_message"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--mails", type=int, default=50_000)
    parser.add_argument("--kills", type=int, default=1)
    asked = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="postroom-bench-") as folder, running(Path(folder), None, None) as services:
        env = {**os.environ, "DATABASE_URL": services.database_url, "REDIS_URL": services.redis_url, "POSTROOM_DATA": folder,
               "DNS_RESOLVER": "none"}  # fmt: skip
        upgrade(services.database_url)
        with base_app(load_settings(env)).app_context():
            ensure_first_mailbox(SUPPORT)
            db.session.commit()
        box = Path(folder) / "old.mbox"
        mails = write_box(box, asked.mails)
        print(f"{mails:,} mails in {box.stat().st_size / 1e6:.0f} MB", flush=True)
        begun = time.monotonic()
        for kill in range(asked.kills):
            killed_at = kill_at(start(env, box), services.database_url, mails * (kill + 1) // (asked.kills + 1))
            print(f"killed at {killed_at:,} mails after {time.monotonic() - begun:.0f} s", flush=True)
        last = start(env, box)
        print(last.communicate()[0])
        seconds = time.monotonic() - begun
        report(services.database_url, mails, seconds, plainly(services.database_url, box))


def write_box(path: Path, wanted: int) -> int:
    """The stories' mails as an mbox; how many there are."""
    teller = Teller(1, customers=wanted // 8, agents=10, mailboxes=1, messages_each=3.0, until=datetime.now(UTC), days=1500)
    rng = random.Random(1)
    written = 0
    with open(path, "wb") as box:
        for story in teller.stories(wanted):
            for raw in conversation(story, rng):
                if written == wanted:
                    return written
                box.write(b"From someone@example.org Thu Jan  1 00:00:00 2015\n" + raw.replace(b"\nFrom ", b"\n>From ") + b"\n")
                written += 1
    return written


def conversation(story: object, rng: random.Random) -> Iterator[bytes]:
    name, address = customer_named(story.customer, random.Random(story.customer))  # type: ignore[attr-defined]
    before: list[str] = []
    for said in story.said:  # type: ignore[attr-defined]
        if said.who == "note":
            continue
        mail = EmailMessage()
        mine, theirs = f"{name} <{address}>", SUPPORT
        mail["From"], mail["To"] = (mine, theirs) if said.who == "customer" else (theirs, mine)
        mail["Subject"] = f"{'Re: ' if before else ''}{story.subject}"  # type: ignore[attr-defined]
        mail["Date"] = format_datetime(said.at)
        mail["Message-ID"] = f"<{rng.getrandbits(64):x}@bench.example>"
        if before:
            mail["In-Reply-To"], mail["References"] = before[-1], " ".join(before[-10:])
        before.append(mail["Message-ID"])
        mail.set_content(said.body)
        yield mail.as_bytes()


def start(env: dict[str, str], box: Path) -> subprocess.Popen[str]:
    return subprocess.Popen([sys.executable, "-m", "postroom", "import", str(box)], env=env, stdout=subprocess.PIPE, text=True)


def kill_at(process: subprocess.Popen[str], url: str, mails: int) -> int:
    with psycopg.connect(url, autocommit=True) as connection:
        while (filed := one(connection, FILED)) < mails and process.poll() is None:
            time.sleep(0.5)
    process.kill()
    process.wait()
    return filed


def plainly(url: str, box: Path, most: int = 2_000) -> float:
    """Mails a second written with plain INSERTs."""
    found = places(box)[:most]
    with psycopg.connect(url, autocommit=True) as connection:
        connection.execute("CREATE TABLE plain (id uuid PRIMARY KEY, sha bytea, raw bytea)")
        begun = time.monotonic()
        for place in found:
            raw = read(place)
            connection.execute("INSERT INTO plain VALUES (%s, %s, %s)", (uuid4(), hashlib.sha256(raw).digest(), raw))
    return len(found) / (time.monotonic() - begun)


def report(url: str, mails: int, seconds: float, plain: float) -> None:
    with psycopg.connect(url) as connection:
        kept, messages = one(connection, FILED), one(connection, "SELECT count(*) FROM message")
        sent, tickets = one(connection, "SELECT count(*) FROM outbox"), one(connection, "SELECT count(*) FROM ticket")
        doubled = one(connection, "SELECT count(*) - count(DISTINCT raw_sha256) FROM inbound_message")
        twins = one(connection, "SELECT count(*) - count(DISTINCT id_hash) FROM message_reference")
        undone = one(connection, "SELECT count(*) FROM inbound_message WHERE state <> 'done'")
    print(f"kept {kept:,} of {mails:,}, {messages:,} messages on {tickets:,} tickets; sent {sent}, kept twice {doubled},")
    print(f"messages twice {twins}, undone {undone}; {mails / seconds:.0f} mails/s with the kills, plain inserts {plain:.0f}/s,")
    print(f"ratio {mails / seconds / plain:.2f}")


def one(connection: psycopg.Connection, question: str) -> int:
    row = connection.execute(question).fetchone()  # type: ignore[call-overload]
    return int(row[0])


if __name__ == "__main__":
    main()
