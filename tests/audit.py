"""The audit after every fault: what the desk has said yes to is there, whole, once, and to be seen (mail-safety §1.2).

I1  every acknowledged mail exists byte for byte, in a terminal state that people can see
I2  mail goes out to participants of its ticket and to nobody else
I3  no automatic mail beyond its budget
I4  the processes live, and are not bloated
"""

import hashlib
from collections import Counter
from collections.abc import Collection, Iterable
from contextlib import suppress
from pathlib import Path

import psycopg

from models.blobs import BlobStore
from tests.children import children_of

FOLDERS = {"loop", "backscatter", "auto_reply", "held", "quarantine", "discarded", "expired"}
MESSAGES = {"new_ticket", "reply"}
REPORTS = {"bounce", "delay", "complaint", "receipt", "words"}
VISIBLE = FOLDERS | MESSAGES | REPORTS | {"duplicate"}
MOST_MEMORY = 512  # MiB a process


def audit(url: str, blobs: BlobStore, acknowledged: Collection[bytes], pids: Iterable[int] = ()) -> Counter[str]:
    """Check I1 to I4; what became of the mails, for the report. `acknowledged` are the mails answered with 250.

    `pids` are the processes that must live; what they have started is looked at with them.
    """
    with psycopg.connect(url) as connection:
        nothing_is_lost(connection, blobs, acknowledged)
        nothing_is_doubled(connection)
        became = everything_can_be_seen(connection)
        files_are_whole(connection, blobs)
        mail_goes_to_participants_only(connection)
        automatic_mail_keeps_to_its_budget(connection)
    for pid in pids:
        is_alive_and_slim(pid)
        for child in children_of(pid):
            with suppress(OSError):  # a child may be sent home while one looks
                is_slim(child)
    return became


def nothing_is_lost(connection: psycopg.Connection, blobs: BlobStore, acknowledged: Collection[bytes]) -> None:
    kept: Counter[bytes] = Counter()
    for raw, uri, sha256, size in connection.execute(
        "SELECT raw, raw_uri, raw_sha256, raw_size FROM inbound_message WHERE forgotten_at IS NULL"
    ):
        octets = bytes(raw) if raw is not None else blobs.read(uri)
        assert hashlib.sha256(octets).digest() == bytes(sha256), "a kept mail is not what came over the wire"
        assert len(octets) == size
        kept[bytes(sha256)] += 1
    given = {hashlib.sha256(raw).digest() for raw in acknowledged}
    lost = given - set(kept)
    assert not lost, f"{len(lost)} of {len(given)} acknowledged mails are lost"
    doubled = [key for key, times in kept.items() if times > 1]
    assert not doubled, f"{len(doubled)} mails were kept twice"


def nothing_is_doubled(connection: psycopg.Connection) -> None:
    for question, meaning in (
        ("SELECT inbound_id, mailbox_id FROM message WHERE inbound_id IS NOT NULL GROUP BY 1, 2 HAVING count(*) > 1",
         "mails became two messages"),
        ("SELECT r.id_hash, m.mailbox_id FROM message_reference r JOIN message m ON m.id = r.message_id"
         " WHERE r.direction = 'in' GROUP BY 1, 2 HAVING count(*) > 1", "Message-IDs stand for two messages"),
        ("SELECT t.id FROM ticket t WHERE NOT EXISTS (SELECT FROM message m WHERE m.ticket_id = t.id)",
         "tickets have no message"),
        ("SELECT t.id FROM ticket t JOIN message m ON m.ticket_id = t.id WHERE m.held_reason IS NULL"
         " AND m.direction <> 'note' GROUP BY t.id HAVING count(*) <> t.message_count", "tickets count their messages wrong"),
        ("SELECT m.id FROM message m WHERE m.inbound_id IS NOT NULL AND NOT EXISTS (SELECT FROM inbound_delivery d"
         " WHERE d.message_id = m.id)", "messages came from no delivery"),
    ):  # fmt: skip
        found = connection.execute(question).fetchall()  # type: ignore[call-overload]
        assert not found, f"{len(found)} {meaning}"


def everything_can_be_seen(connection: psycopg.Connection) -> Counter[str]:
    rows = connection.execute(
        "SELECT i.state, i.last_error, d.decision, d.rule, d.evidence, d.ticket_id, d.message_id, m.ticket_id"
        " FROM inbound_message i LEFT JOIN inbound_delivery d ON d.inbound_id = i.id LEFT JOIN message m ON m.id = d.message_id"
    ).fetchall()
    became: Counter[str] = Counter()
    for state, error, decision, rule, evidence, ticket_id, message_id, ticket_of_message in rows:
        assert state == "done", f"a mail is still {state}: {error}"
        assert decision in VISIBLE and rule and evidence.get("why"), f"a mail became {decision!r} by {rule!r}, nobody sees it"
        if decision in MESSAGES:
            assert message_id is not None and ticket_id == ticket_of_message
        became[decision] += 1
    return became


def files_are_whole(connection: psycopg.Connection, blobs: BlobStore) -> None:
    for sha256, size in connection.execute("SELECT DISTINCT blob_sha256, size FROM attachment"):
        assert len(blobs.read(sha256)) == size


def mail_goes_to_participants_only(connection: psycopg.Connection) -> None:
    strangers = connection.execute(
        "SELECT o.rcpt FROM outbox o LEFT JOIN participant p ON p.id = o.participant_id AND p.ticket_id = o.ticket_id"
        " LEFT JOIN user_account a ON a.id = o.agent_id AND a.role IN ('agent', 'admin') WHERE o.ticket_id IS NOT NULL"
        " AND o.rcpt IS DISTINCT FROM p.address_as_written AND o.rcpt IS DISTINCT FROM p.address"
        " AND o.rcpt IS DISTINCT FROM a.email"
    ).fetchall()
    assert not strangers, f"mail goes to {strangers!r:.200}, who take no part"
    notes = connection.execute(
        "SELECT o.rcpt FROM outbox o JOIN message m ON m.id = o.message_id WHERE m.direction = 'note' AND o.agent_id IS NULL"
    ).fetchall()
    assert not notes, f"an internal note goes to {notes!r:.200}"


def automatic_mail_keeps_to_its_budget(connection: psycopg.Connection) -> None:
    """One acknowledgement a ticket, and to no address of a customer more than three automatic mails in an hour."""
    for question, meaning in (
        ("SELECT ticket_id FROM outbox WHERE kind = 'ack' GROUP BY 1 HAVING count(*) > 1", "tickets were acknowledged twice"),
        ("SELECT o.rcpt FROM outbox o JOIN outbox p ON p.rcpt = o.rcpt AND p.automatic AND p.participant_id IS NOT NULL"
         " AND p.created_at BETWEEN o.created_at AND o.created_at + interval '1 hour'"
         " WHERE o.automatic AND o.participant_id IS NOT NULL GROUP BY o.id HAVING count(*) > 3",
         "addresses got more than three automatic mails in an hour"),
        ("SELECT id FROM outbox WHERE automatic AND in_doubt > 1", "automatic mails went out twice"),
    ):  # fmt: skip
        found = connection.execute(question).fetchall()  # type: ignore[call-overload]
        assert not found, f"{len(found)} {meaning}"


def is_alive_and_slim(pid: int) -> None:
    state = status_of(pid)["State"]
    assert not state.startswith(("Z", "T", "X")), f"process {pid} is {state}"
    is_slim(pid)


def is_slim(pid: int) -> None:
    resident = int(status_of(pid).get("VmRSS", "0").split()[0]) // 1024
    assert resident < MOST_MEMORY, f"process {pid} holds {resident} MiB"


def status_of(pid: int) -> dict[str, str]:
    status = Path(f"/proc/{pid}/status").read_text()
    return {name: value.strip() for name, _, value in (line.partition(":") for line in status.splitlines())}
