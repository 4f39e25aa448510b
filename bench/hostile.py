"""What the worst known mails cost: to read, and to the honest mails that come beside them.

    python -m bench.hostile [--beside SECONDS]

First the seconds of CPU that each takes to read, and the growth when it doubles in size: near 2 is linear, near 4
quadratic. Then two real filers, and honest mails that come at a steady pace for so many seconds: alone, and again with
all the hostile ones thrown in between. What is asked for (P13): each hostile mail is filed within 20 seconds, and the
99th percentile of the honest ones grows by at most two. The cases are those of mail-safety §3.B (H-026 … H-043).
"""

import argparse
import hashlib
import os
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from pathlib import Path
from uuid import uuid4

import psycopg

from bench.filing import start_filer
from mailgate.parse import parse
from models.actions.mailboxes import ensure_first_mailbox
from models.app import base_app
from models.blobs import BlobStore
from models.database import db
from models.markup import clean_html
from models.migrate import upgrade
from models.settings import load_settings
from postroom.services import running

HONEST_A_SECOND = 10
FILERS = 2
PATIENCE = 180.0
IN_ROW = 256 * 1024

_HEAD = b"From: Eve <eve@example.net>\nTo: support@example.com\nSubject: x\nMIME-Version: 1.0\n"
_PLAIN = b"Content-Type: text/plain; charset=utf-8\n\n"


def nested(count: int) -> bytes:
    """Multiparts inside multiparts."""
    return _HEAD + b"".join(
        b"Content-Type: multipart/mixed; boundary=b%d\n\n--b%d\n" % (level, level) for level in range(count)
    )


def nested_mails(count: int) -> bytes:
    """Mails inside mails."""
    return _HEAD + b"Content-Type: message/rfc822\n\n" * count


def html(body: str) -> bytes:
    """A mail that is only HTML."""
    return _HEAD + b"Content-Type: text/html; charset=utf-8\n\n" + body.encode()


CASES: dict[str, Callable[[int], bytes]] = {
    "encoded-words in Subject": lambda n: (
        _HEAD.replace(b"x\n", b"=?utf-8?q?a?= " * (17 * n) + b"\n", 1) + b"\n"
    ),
    "unclosed encoded-words": lambda n: (
        _HEAD.replace(b"Subject: x", b"Subject: " + b"=?u?q?" * (40 * n)) + b"\n"
    ),
    "semicolons in Content-Type": lambda n: _HEAD + b"Content-Type: text/plain" + b";" * (20 * n) + b"\n\nx",
    "quotes in Content-Type": lambda n: _HEAD + b"Content-Type: text/plain; a=" + b'"' * (20 * n) + b"\n\nx",
    "quotes in To": lambda n: _HEAD.replace(b"To: s", b"To: " + b'"' * (10 * n) + b"s") + b"\n",
    "parentheses in From": lambda n: _HEAD.replace(b"From: E", b"From: " + b"(" * (5 * n) + b"E") + b"\n",
    "addresses in To": lambda n: _HEAD.replace(b"To: ", b"To: " + b"a@example.org, " * (10 * n)) + b"\n",
    "parameters": lambda n: _HEAD + b"Content-Type: text/plain" + b"; a=b" * (5 * n) + b"\n\nx",
    "RFC 2231 pieces": lambda n: (
        _HEAD
        + b"Content-Type: application/pdf; "
        + b"; ".join(b"name*%d*=a" % number for number in range(5 * n))
        + b"\n\nx"
    ),
    "headers": lambda n: b"X-A: b\n" * (100 * n) + _HEAD + b"\n",
    "folds": lambda n: b"X-A: b\n" + b" c\n" * (100 * n) + _HEAD + b"\n",
    "lines without a colon": lambda n: _HEAD + b"junk\n" * (20 * n) + b"Date: x\n\n",
    "nested multiparts": lambda n: nested(5 * n),
    "nested mails": lambda n: nested_mails(5 * n),
    "empty parts": lambda n: (
        _HEAD + b"Content-Type: multipart/mixed; boundary=b\n\n" + b"--b\n\n" * (100 * n)
    ),
    "boundary that never ends": lambda n: (
        _HEAD + b"Content-Type: multipart/mixed; boundary=b\n\n--b\n\n" + b"--bb words\n" * (100 * n)
    ),
    "one long line": lambda n: _HEAD + _PLAIN + b"word " * (1000 * n),
    "quote marks": lambda n: _HEAD + _PLAIN + b">" * (1000 * n),
    "attributions": lambda n: (
        _HEAD + _PLAIN + b"On 2 Nov 2026 at 09:00, Eve <e@example.net> wrote:\n" * (10 * n)
    ),
    "attributions with quotes": lambda n: (
        _HEAD + _PLAIN + b"x\nOn 2 Nov 2026, Eve <e@example.net> wrote:\n> q\n" * (5 * n)
    ),
    "'On' lines": lambda n: _HEAD + _PLAIN + b"On 12 the\n" * (10 * n),
    "dashes": lambda n: _HEAD + _PLAIN + b"-----\n" * (100 * n),
    "labels": lambda n: _HEAD + _PLAIN + b"From: a@example.org\nTo: b\n" * (10 * n),
    "bounce prose": lambda n: (
        _HEAD.replace(b"Eve <eve@", b"<MAILER-DAEMON@") + _PLAIN + b"user unknown a@b " * (50 * n)
    ),
    "nested div": lambda n: html("<div>" * (100 * n)),
    "nested blockquote": lambda n: html("<blockquote>" * (5 * n) + "x"),
    "ampersands": lambda n: html("&" * (1000 * n)),
    "attributes": lambda n: html("<p " + "a=b " * (50 * n) + ">x"),
    "unclosed tags": lambda n: html("<p a=" * (100 * n)),
    "table rows": lambda n: html("<table>" + "<tr><td>x</td></tr>" * (10 * n) + "</table>"),
    "nested tables": lambda n: html("<table><tr><td>" * (5 * n) + "x"),
    "hidden spans": lambda n: html("<span style='display:none'>x</span>" * (10 * n)),
    "lesser-thans": lambda n: html("<" * (300 * n)),
    "comments": lambda n: html("<!--" * (100 * n)),
}


def seconds(work: Callable[[], object]) -> float:
    """The CPU time of one call."""
    started = time.process_time()
    work()
    return time.process_time() - started


def read_all() -> None:
    """Read each case at two sizes and print what it took."""
    print(f"{'case':<28}{'size':>10}{'seconds':>9}{'growth':>8}")
    for name, build in CASES.items():
        small, large = build(500), build(1000)
        half, whole = seconds(lambda raw=small: parse(raw)), seconds(lambda raw=large: parse(raw))
        print(f"{name:<28}{len(large) // 1024:>7} KB{whole:>9.2f}{whole / max(half, 0.001):>8.1f}")
    print(f"clean_html of 500 KB of <div>: {seconds(lambda: clean_html('<div>' * 100_000)):.2f} s")


@contextmanager
def desk_with_filers() -> Iterator[tuple[str, BlobStore]]:
    """A database, a folder of blobs, and filers at work on both."""
    with ExitStack() as at_the_end:
        folder = at_the_end.enter_context(tempfile.TemporaryDirectory(prefix="postroom-bench-"))
        services = at_the_end.enter_context(running(Path(folder), None, None))
        url = services.database_url
        env = {"DATABASE_URL": url, "REDIS_URL": services.redis_url, "POSTROOM_DATA": folder, "DNS_RESOLVER": "none"}
        settings = load_settings(env)
        upgrade(url)
        with base_app(settings).app_context():
            ensure_first_mailbox("support@example.com")
            db.session.commit()
        for _ in range(FILERS):
            filer = start_filer({**os.environ, **env})
            at_the_end.callback(filer.wait, 60)
            at_the_end.callback(filer.terminate)
        yield url, BlobStore(settings.blob_folder)


def keep(connection: psycopg.Connection, blobs: BlobStore, raw: bytes, kind: str) -> None:
    """A mail in custody as the gate leaves it; `kind` tells ours apart afterwards."""
    inbound_id, is_large = uuid4(), len(raw) > IN_ROW
    connection.execute(
        "WITH kept AS (INSERT INTO inbound_message (id, envelope_key, helo, mail_from, raw_sha256, raw_size, raw, raw_uri)"
        " VALUES (%s, %s, %s, 'dora@example.org', %s, %s, %s, %s) RETURNING id)"
        " INSERT INTO inbound_delivery (inbound_id, rcpt, mailbox_id) SELECT id, 'support@example.com', 1 FROM kept"
        " RETURNING pg_notify('inbound', '')",
        (inbound_id, inbound_id.bytes, kind, hashlib.sha256(raw).digest(), len(raw),
         None if is_large else raw, blobs.put(raw) if is_large else None),
    )  # fmt: skip


def honest(number: int) -> bytes:
    words = b"The parcel came damaged and I would like to send it back.\r\n" * 60
    return (
        b"From: Dora <dora%d@example%d.org>\r\nTo: support@example.com\r\nSubject: Parcel %d\r\nMessage-ID: <%d@honest.example>\r\n\r\n"
        % (number, number, number, time.time_ns())
        + words
    )


def delays(url: str, blobs: BlobStore, lasts: float, hostile: Sequence[bytes]) -> dict[str, tuple[int, float, float]]:
    """By kind: how many mails, the 99th percentile and the maximum of the seconds from the last octet to the ticket."""
    total = int(lasts * HONEST_A_SECOND)
    due = {round(place * total / (len(hostile) + 1)): raw for place, raw in enumerate(hostile, 1)}
    with psycopg.connect(url, autocommit=True) as connection:
        connection.execute("TRUNCATE inbound_message, ticket CASCADE")
        began = time.monotonic()
        for number in range(total):
            keep(connection, blobs, honest(number), "honest")
            if number in due:
                keep(connection, blobs, due[number], "hostile")
            time.sleep(max(0.0, began + number / HONEST_A_SECOND - time.monotonic()))
        ends = time.monotonic() + PATIENCE
        waiting = "SELECT count(*) FROM inbound_message WHERE state <> 'done'"
        while connection.execute(waiting).fetchone() != (0,) and time.monotonic() < ends:
            time.sleep(0.2)
        took = "extract(epoch FROM coalesce(filed_at, now()) - received_at)::float"
        rows = connection.execute(
            f"SELECT helo, count(*), percentile_cont(0.99) WITHIN GROUP (ORDER BY {took}), max({took}) FROM inbound_message GROUP BY 1"
        )
        return {kind: (count, p99, longest) for kind, count, p99, longest in rows}


def file_beside(lasts: float) -> None:
    """Print what honest mails notice of the hostile ones."""
    with desk_with_filers() as (url, blobs):
        delays(url, blobs, 5, ())  # the filers wake up
        alone = delays(url, blobs, lasts, ())["honest"]
        both = delays(url, blobs, lasts, [build(1000) for build in CASES.values()])
    print(f"honest mails alone:           {alone[0]:>5}, p99 {alone[1]:.2f} s, slowest {alone[2]:.2f} s")
    print(f"honest mails beside hostile:  {both['honest'][0]:>5}, p99 {both['honest'][1]:.2f} s, slowest {both['honest'][2]:.2f} s")
    print(f"the hostile mails themselves: {both['hostile'][0]:>5}, p99 {both['hostile'][1]:.2f} s, slowest {both['hostile'][2]:.2f} s")
    print(f"p99 of the honest grows by {both['honest'][1] - alone[1]:.2f} s")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--beside", type=float, default=30, metavar="SECONDS")
    asked = parser.parse_args()
    read_all()
    file_beside(asked.beside)


if __name__ == "__main__":
    main()
