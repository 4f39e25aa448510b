"""Mails in custody, as the gate leaves them, for tests of everything that happens after the 250."""

import hashlib
import time
from collections.abc import Iterator
from pathlib import Path
from uuid import UUID, uuid4

import psycopg
import pytest
from flask import Flask

from mailgate.filer import Filer
from mailgate.inbound import Inbound
from mailgate.pipeline import Reader
from mailgate.safe_reading import read_safely
from mailgate.spool import header_block, message_id_in
from models.actions.mailboxes import ensure_first_mailbox
from models.app import base_app
from models.database import db
from models.message_ids import id_hash
from models.settings import load_settings
from tests.audit import audit


class ReadingHere:
    """A reading room without children, for tests that are not about reading."""

    def __init__(self, read: Reader) -> None:
        self.reader = read

    def read(self, raw: bytes, mail_from: str) -> Inbound:
        return self.reader(raw, mail_from)

    def close(self) -> None:
        """There is nobody to send home."""


class Custody:
    """Mails in custody, as the gate leaves them, and what became of each."""

    def __init__(self, url: str, app: Flask) -> None:
        self.url = url
        self.app = app
        self.given: list[bytes] = []

    def run(self, statement: str, *values: object) -> list[tuple]:
        with psycopg.connect(self.url) as connection:
            cursor = connection.execute(statement, values)  # type: ignore[call-overload]
            return cursor.fetchall() if cursor.description else []

    def keep(self, subject: str, sender: str = "Dora <dora@example.org>", body: str = "Where is it?") -> UUID:
        head = f"From: {sender}\r\n" if sender else ""
        raw = f"{head}Subject: {subject}\r\nMessage-ID: <{uuid4()}@example.org>\r\n\r\n{body}\r\n".encode()
        return self.keep_raw(raw)

    def keep_raw(self, raw: bytes) -> UUID:
        inbound_id = uuid4()
        self.given.append(raw)
        self.run(
            "INSERT INTO inbound_message (id, envelope_key, mail_from, raw_sha256, raw_size, raw, id_hash)"
            " VALUES (%s, %s, %s, %s, %s, %s, %s)",
            inbound_id, inbound_id.bytes, "dora@example.org", hashlib.sha256(raw).digest(), len(raw), raw,
            id_hash(message_id_in(header_block(raw))),
        )  # fmt: skip
        self.run(
            "INSERT INTO inbound_delivery (inbound_id, rcpt, mailbox_id) SELECT %s, 'support@example.com', min(id) FROM mailbox",
            inbound_id,
        )
        return inbound_id

    def became(self, inbound_id: UUID) -> tuple:
        """State, attempts, decision, rule."""
        (row,) = self.run(
            "SELECT state, attempts, decision, rule FROM inbound_message JOIN inbound_delivery ON inbound_id = id WHERE id = %s",
            inbound_id,
        )
        return row

    def hurry(self) -> None:
        """What waits for its next try is due now."""
        self.run("UPDATE inbound_message SET next_attempt_at = now() WHERE state = 'retry'")

    def work_off(self, filer: Filer) -> None:
        deadline = time.monotonic() + 300
        while self.run("SELECT id FROM inbound_message WHERE state NOT IN ('done', 'dead')"):
            filer.do_round()
            self.hurry()
            assert time.monotonic() < deadline

    def files(self, read: Reader = read_safely) -> None:
        """Work everything off in this process."""
        filer = Filer(self.app, ReadingHere(read))
        self.work_off(filer)
        filer.stop()

    def audit(self) -> None:
        audit(self.url, self.app.extensions["postroom.blobs"], self.given)


@pytest.fixture
def custody(database_url: str, tmp_path: Path) -> Iterator[Custody]:
    settings = load_settings({"DATABASE_URL": database_url, "POSTROOM_DATA": str(tmp_path)})
    app = base_app(settings, pool_size=2)
    with app.app_context():
        ensure_first_mailbox("support@example.com")
        db.session.commit()
    yield Custody(database_url, app)
    with app.app_context():
        db.engine.dispose()
