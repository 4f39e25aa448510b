"""How fast kept mail is filed, beside a yardstick run in the same minute on the same machine.

    python -m bench.filing [--mails 2000] [--filers 2] [--octets 4000] [--hostile 0] [--runs 3]

Real filers in processes of their own work off mails that lie in custody: new tickets and replies by turns. The
yardstick writes the same rows with plain INSERTs, one mail a transaction, one connection for each filer. Only the
ratio travels to other machines.
"""

import argparse
import hashlib
import os
import statistics
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Sequence
from pathlib import Path
from uuid import uuid4

import psycopg

from mailgate.envelope import new_id
from models.actions.mailboxes import ensure_first_mailbox
from models.app import base_app
from models.database import db
from models.migrate import upgrade
from models.settings import load_settings
from postroom.services import running

RULE = "=" * 78
WORDS = "the parcel with order number came damaged and I would like to send it back please tell me how".split()


def main() -> None:
    asked = arguments()
    with tempfile.TemporaryDirectory(prefix="postroom-bench-") as folder, running(Path(folder), None, None) as services:
        env = {**os.environ, "DATABASE_URL": services.database_url, "REDIS_URL": services.redis_url, "POSTROOM_DATA": folder,
               "DNS_RESOLVER": "none"}  # fmt: skip
        upgrade(services.database_url)
        with base_app(load_settings(env)).app_context():
            ensure_first_mailbox("support@example.com")
            db.session.commit()
        figures = [one_run(asked, env, services.database_url) for _ in range(asked.runs)]
    print(RULE)
    filed, plain = (statistics.median(column) for column in zip(*figures, strict=True))
    print(f"median: filed {filed:.0f} mails/s; the same rows plainly inserted {plain:.0f} mails/s; ratio {filed / plain:.2f}")


def arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--mails", type=int, default=2000)
    parser.add_argument("--filers", type=int, default=2)
    parser.add_argument("--octets", type=int, default=4000)
    parser.add_argument("--runs", type=int, default=3)
    return parser.parse_args()


def one_run(asked: argparse.Namespace, env: dict[str, str], url: str, *, keep: bool = False) -> tuple[float, float]:
    """Mails filed and rows plainly inserted a second; with `keep`, into a desk that holds what it holds."""
    prepare = settle if keep else empty
    prepare(url)
    plain = asked.mails / insert_plainly(url, asked.mails, asked.filers, asked.octets)
    prepare(url)
    put_into_custody(url, asked.mails, asked.octets)
    filers = [start_filer(env) for _ in range(asked.filers)]
    try:
        began, before = wait_for_the_first(url, asked.mails)
        ended, grew = wait_for_the_last(url, asked.mails, filers)
    finally:
        for filer in filers:
            filer.terminate()
        for filer in filers:
            filer.wait(30)
    filed = (asked.mails - before) / (ended - began)
    print(f"filed {filed:.0f}/s, plain inserts {plain:.0f}/s, filers' memory by tenths of the mails: {grew} MiB", flush=True)
    return filed, plain


def mail(number: int, octets: int, series: str) -> bytes:
    """Every second mail answers the one before it."""
    words = " ".join(WORDS[(number * 7 + place * 3) % len(WORDS)] for place in range(octets // 6))
    lines = "\r\n".join(words[place : place + 70] for place in range(0, len(words), 70))
    answers = f"In-Reply-To: <{number - 1}.{series}@bench.example>\r\n" if number % 2 else ""
    return (
        f"From: Dora {number // 2 % 500} <dora@{number // 2 % 500}.example.org>\r\nTo: support@example.com\r\n"
        f"Subject: Parcel {number // 2}\r\nMessage-ID: <{number}.{series}@bench.example>\r\n{answers}"
        f"Date: Mon, 2 Nov 2026 10:00:00 +0000\r\nContent-Type: text/plain; charset=utf-8\r\n\r\n{lines[:octets]}\r\n"
    ).encode()


def put_into_custody(url: str, mails: int, octets: int) -> None:
    with psycopg.connect(url) as connection, connection.cursor() as cursor:
        ids, series = [new_id() for _ in range(mails)], uuid4().hex[:8]  # a mail that came before is no new one
        with cursor.copy(
            "COPY inbound_message (id, envelope_key, mail_from, raw_sha256, raw_size, raw, received_at, next_attempt_at)"
            " FROM STDIN"
        ) as copy:
            for number, inbound_id in enumerate(ids):
                raw = mail(number, octets, series)
                copy.write_row((inbound_id, hashlib.sha256(raw + inbound_id.bytes).digest(), "dora@example.org",
                                hashlib.sha256(raw).digest(), len(raw), raw, "2026-11-01", "2026-11-01"))  # fmt: skip
        with cursor.copy("COPY inbound_delivery (inbound_id, rcpt, mailbox_id) FROM STDIN") as copy:
            for inbound_id in ids:
                copy.write_row((inbound_id, "support@example.com", 1))
        # In the order of their numbers: an answer comes after what it answers.
        cursor.execute(
            "UPDATE inbound_message SET received_at = t, next_attempt_at = t FROM (SELECT id, now() - interval '1 hour'"
            " + row_number() OVER (ORDER BY substring(convert_from(raw, 'utf8') FROM '<([0-9]+)[.][0-9a-f]+@bench')::int)"
            " * interval '1 ms' AS t FROM inbound_message WHERE state = 'accepted') numbered WHERE numbered.id = inbound_message.id"
        )


def start_filer(env: dict[str, str]) -> subprocess.Popen[bytes]:
    return subprocess.Popen([sys.executable, "-m", "postroom", "filer"], env=env, stderr=subprocess.DEVNULL)


def filed_so_far(connection: psycopg.Connection, mails: int) -> int:
    row = connection.execute("SELECT count(*) FROM inbound_message WHERE state IN ('accepted', 'processing', 'retry')").fetchone()
    return mails - (row[0] if row else 0)


def wait_for_the_first(url: str, mails: int) -> tuple[float, int]:
    """When the filers had begun, and how much was filed by then."""
    with psycopg.connect(url, autocommit=True) as connection:
        while not (filed := filed_so_far(connection, mails)):
            time.sleep(0.01)
        return time.monotonic(), filed


def wait_for_the_last(url: str, mails: int, filers: Sequence[subprocess.Popen[bytes]]) -> tuple[float, list[int]]:
    """When all was filed, and the memory of the filers together after each tenth: whether it stays flat."""
    memory: list[int] = []
    with psycopg.connect(url, autocommit=True) as connection:
        while (filed := filed_so_far(connection, mails)) < mails:
            if filed * 10 >= mails * (len(memory) + 1):
                memory.append(memory_of(filers))
            time.sleep(0.1)
    return time.monotonic(), [*memory, memory_of(filers)]


def insert_plainly(url: str, mails: int, connections: int, octets: int) -> float:
    """Seconds for the same rows, one mail a transaction, by as many connections as there are filers."""
    put_into_custody(url, mails, octets)
    with psycopg.connect(url, autocommit=True) as connection:
        ids = [row[0] for row in connection.execute("SELECT id FROM inbound_message WHERE state = 'accepted' ORDER BY received_at")]
        connection.execute(
            "INSERT INTO user_account (username, email, role) SELECT 'dora@' || n || '.example.org',"
            " 'dora@' || n || '.example.org', 'customer' FROM generate_series(0, 499) n ON CONFLICT DO NOTHING"
        )
    began = time.monotonic()
    threads = [
        threading.Thread(target=insert_share, args=(url, ids[share::connections], octets)) for share in range(connections)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return time.monotonic() - began


def insert_share(url: str, ids: list, octets: int) -> None:
    body = mail(1, octets, '0').partition(b"\r\n\r\n")[2].decode()
    with psycopg.connect(url, autocommit=True) as connection:
        for number, inbound_id in enumerate(ids):
            with connection.transaction(), connection.pipeline():
                insert_one(connection, number, inbound_id, body)


def insert_one(connection: psycopg.Connection, number: int, inbound_id: object, body: str) -> None:
    """What a mail becomes, without a thought: half of them tickets, half of them replies."""
    execute = connection.execute
    if number % 2 == 0:
        execute(
            "INSERT INTO ticket (ref, mailbox_id, customer_id, subject, description) SELECT %s, 1, min(id), 'Parcel', %s"
            " FROM user_account", (str(inbound_id), body)
        )  # fmt: skip
        execute(
            "INSERT INTO participant (ticket_id, user_id, address, address_as_written, role)"
            " SELECT id, customer_id, 'dora@example.org', 'dora@example.org', 'requester' FROM ticket WHERE ref = %s",
            (str(inbound_id),),
        )
    execute(
        "WITH t AS (SELECT max(id) AS id FROM ticket), m AS (INSERT INTO message (ticket_id, mailbox_id, inbound_id, direction,"
        " source, body) SELECT id, 1, %s, 'in', 'email', %s FROM t RETURNING id, ticket_id),"
        " r AS (INSERT INTO message_reference (id_hash, direction, message_id, rfc_message_id)"
        " SELECT sha256(%s), 'in', id, 'x' FROM m),"
        " l AS (INSERT INTO timeline_entry (ticket_id, kind, actor_name) SELECT ticket_id, 'received', 'x' FROM m),"
        " e AS (INSERT INTO event (kind, ticket_id, is_internal, ids) SELECT 'message.created', ticket_id, false, '{}' FROM m)"
        " UPDATE inbound_delivery SET decision = 'reply', rule = 'D17', ticket_id = m.ticket_id, message_id = m.id FROM m"
        " WHERE inbound_delivery.inbound_id = %s",
        (inbound_id, body, inbound_id.bytes, inbound_id),  # type: ignore[attr-defined]
    )
    execute("UPDATE inbound_message SET state = 'done', filed_at = now() WHERE id = %s", (inbound_id,))


def settle(url: str) -> None:
    """Let what was written before be swept up and on the disk."""
    with psycopg.connect(url, autocommit=True) as connection:
        connection.execute("VACUUM ANALYZE inbound_message, inbound_delivery")


def empty(url: str) -> None:
    with psycopg.connect(url, autocommit=True) as connection:
        connection.execute("TRUNCATE inbound_message, ticket, user_account CASCADE")
        connection.execute("CHECKPOINT" if connection.info.user == "postgres" else "SELECT 1")


def memory_of(filers: Sequence[subprocess.Popen[bytes]]) -> int:
    """MiB that the filers and the children they read in have to themselves."""
    pids = [pid for filer in filers for pid in (filer.pid, *children_of(filer.pid))]
    return sum(private_memory(pid) for pid in pids)


def children_of(pid: int) -> list[int]:
    return [int(child) for child in Path(f"/proc/{pid}/task/{pid}/children").read_text().split()]


def private_memory(pid: int) -> int:
    status = Path(f"/proc/{pid}/smaps_rollup").read_text()
    return sum(int(line.split()[1]) for line in status.splitlines() if line.startswith("Private")) // 1024


if __name__ == "__main__":
    main()
