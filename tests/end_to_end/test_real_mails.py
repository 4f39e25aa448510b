"""Mails that nobody of us wrote, sent by SMTP to a running desk: each ends in a state that somebody can see."""

import json
import smtplib
import urllib.request
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from pathlib import Path

import psycopg
import pytest

from tests.processes import ROOT, RunningPostroom
from tests.waiting import wait_until

CORPORA = ROOT.parent / "shared" / "corpora"
MAILS = 200

pytestmark = pytest.mark.skipif(
    not CORPORA.is_dir(), reason="the corpus of real mails (../shared/corpora) is not on this machine"
)


def real_mails() -> list[Path]:
    """Mails from every source in turn, so that a few hundred show every kind of oddity."""
    by_source = []
    for index in sorted(CORPORA.glob("*.jsonl")):
        records = [json.loads(line) for line in index.read_text(encoding="utf-8").splitlines()]
        names = [record["file"] for record in records if record.get("kind", "message") == "message"]
        by_source.append([path for name in names for path in (CORPORA / name, CORPORA / index.stem / name) if path.is_file()])
    in_turn = [path for rank in range(max(map(len, by_source))) for source in by_source for path in source[rank : rank + 1]]
    return in_turn[:MAILS]


def test_two_hundred_real_mails_are_all_accepted_and_all_end_in_sight(
    postroom: Callable[..., RunningPostroom], new_desk_database_url: str, redis_url: str
) -> None:
    mails = {path.read_bytes() for path in real_mails()}
    desk = postroom("up", DATABASE_URL=new_desk_database_url, REDIS_URL=redis_url)
    desk.wait_for("Postroom is ready")

    with ThreadPoolExecutor(8) as senders:
        assert list(senders.map(partial(answer_to, desk), mails)) == [250] * len(mails)

    rows = wait_until_all_filed(desk, len(mails))
    assert all(state == "done" for state, _, _, _ in rows)
    assert all(decision and rule and evidence.get("why") for _, decision, rule, evidence in rows)
    assert "Traceback" not in desk.log()
    with urllib.request.urlopen(f"{desk.http_url}/signin", timeout=60) as page:
        assert page.status == 200


def answer_to(desk: RunningPostroom, raw: bytes) -> int:
    with smtplib.SMTP("127.0.0.1", desk.smtp_port) as client:
        client.ehlo()
        client.mail("corpus@sender.example")
        client.rcpt("support@example.com")
        return client.data(raw)[0]


def wait_until_all_filed(desk: RunningPostroom, expected: int) -> list[tuple]:
    """The ledger's rows once nothing waits any more: state, decision, rule, evidence."""
    with psycopg.connect(desk.env["DATABASE_URL"], autocommit=True) as connection:

        def rows() -> list[tuple]:
            return connection.execute(
                "SELECT state, decision, rule, evidence FROM inbound_message JOIN inbound_delivery ON inbound_id = id"
            ).fetchall()

        def all_filed() -> bool:
            found = rows()
            return len(found) == expected and all(state in ("done", "dead") for state, *_ in found)

        wait_until(all_filed, 300, lambda: f"{expected} mails were sent, the ledger has {rows()!r:.2000}")
        return rows()
