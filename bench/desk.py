"""How the desk answers as it grows: lists, tickets, search, replies, reports; each beside plain SQL.

The real application is asked in this process, so that a figure is the time inside the server: rights, queries,
templates, JSON. The yardstick is the plainest SQL that fetches the same rows. `python -m bench --only desk` runs it.
"""

import os
import random
import statistics
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import click
import psycopg
from flask import Flask
from flask.testing import FlaskClient

from bench.figures import Figure
from models.actions.figures import close_days
from models.actions.mail_figures import close_mail_days
from models.actions.mailboxes import ensure_first_mailbox
from models.actions.messages import Written, post_reply
from models.actions.people import create_user
from models.actions.signing_in import start_sign_in
from models.actor import Actor, actor_of
from models.app import blobs_of, settings_of
from models.database import db
from models.migrate import upgrade
from models.people import Role, User
from models.settings import load_settings
from postroom.seed import Wanted, seed_desk
from postroom.services import running
from webapp.auth import tokens_for
from webapp.factory import create_app
from webapp.rubbish import settle_memory

EACH = 5  # messages a ticket
LIST_SQL = "SELECT * FROM ticket WHERE status NOT IN ('RESOLVED', 'CLOSED') ORDER BY updated_at DESC, id DESC LIMIT 51"
TICKET_SQL = "SELECT * FROM ticket t JOIN message m ON m.ticket_id = t.id WHERE t.id = %s ORDER BY m.id"
SEARCH_SQL = (
    "SELECT ticket_id FROM message WHERE words @@ websearch_to_tsquery('public.postroom', %s) ORDER BY id DESC LIMIT 50"
)
VOLUME_SQL = (
    "SELECT date(created_at), count(*) FROM timeline_entry WHERE kind = 'created' AND created_at > now() - interval '30 days'"
    " GROUP BY 1"
)
REPLY_SQL = (
    "WITH m AS (INSERT INTO message (ticket_id, mailbox_id, direction, source, body) SELECT id, mailbox_id, 'note', 'web', 'Plain.'"
    " FROM ticket WHERE id = %s RETURNING ticket_id) UPDATE ticket SET updated_at = clock_timestamp() FROM m WHERE id = ticket_id"
    " RETURNING id"
)
# A seeded desk has no mails behind its messages; one that is measured has them, long filed and their bytes let go.
LEDGER = (
    "INSERT INTO inbound_message (id, envelope_key, mail_from, raw_sha256, raw_size, received_at, state, filed_at, forgotten_at)"
    " SELECT md5('bench' || id)::uuid, sha256(('bench' || id)::bytea), author_address, sha256(id::text::bytea), length(body),"
    " created_at - interval '300 ms', 'done', created_at, created_at FROM message WHERE direction = 'in'",
    "INSERT INTO inbound_delivery (inbound_id, rcpt, mailbox_id, decision, rule, message_id, ticket_id)"
    " SELECT md5('bench' || id)::uuid, 'support@example.com', mailbox_id, 'reply', 'D17', id, ticket_id FROM message"
    " WHERE direction = 'in'",
)
# A desk at work has a day behind it that is not written yet; the stories of a seeded one end at midnight.
OPEN_DAY = tuple(
    f"DELETE FROM {table} WHERE day = date(timezone('UTC', now())) - 1" for table in ("closed_day", "report_day", "mail_day")
)
REPORTS = {
    "summary": "/api/analytics/summary/", "volume": "/api/analytics/volume/", "resolution": "/api/analytics/resolution/",
    "arrivals": "/api/analytics/arrivals/", "by mailbox": "/api/analytics/breakdown/",
    "by tag": "/api/analytics/breakdown/?by=tag", "mail": "/api/analytics/mail/", "drafts": "/api/analytics/drafts/",
    "a year's volume": "/api/analytics/volume/?days=365", "a year's resolution": "/api/analytics/resolution/?days=365",
    "a year by mailbox": "/api/analytics/breakdown/?days=365", "a year by tag": "/api/analytics/breakdown/?by=tag&days=365",
    "a year's mail": "/api/analytics/mail/?days=365",
}  # fmt: skip
LIMITS = {"list": 20, "ticket": 30, "ticket, from the list": 30, "search rare": 30, "search common": 150} | dict.fromkeys(REPORTS, 200)


@contextmanager
def seeded(messages: int, kept: Path | None, requests: int) -> Iterator["BenchDesk"]:
    """A synthetic desk of that size on services of its own; in the folder `kept` it is there the next time."""
    with tempfile.TemporaryDirectory(prefix="postroom-bench-") as passing:
        folder = kept / str(messages) if kept else Path(passing)
        folder.mkdir(parents=True, exist_ok=True)
        with running(folder, None, None) as services:
            env = {
                **os.environ, "DATABASE_URL": services.database_url, "REDIS_URL": services.redis_url,
                "POSTROOM_DATA": str(folder), "AGENT_VISIBILITY": "all", "DNS_RESOLVER": "none",
            }  # fmt: skip
            upgrade(services.database_url)
            app = create_app(load_settings(env))
            with psycopg.connect(services.database_url, autocommit=True) as plain:
                with app.app_context():
                    fill(app, plain, services.database_url, messages)
                    desk = BenchDesk(app, env, plain, messages, requests)
                settle_memory()
                yield desk  # outside of the context: each request has a session of its own, as it has in a real web
                with app.app_context():
                    db.engine.dispose()


def fill(app: Flask, plain: psycopg.Connection, url: str, messages: int) -> None:
    """Seed what is not there yet, and write its figures."""
    tickets = messages // EACH
    found = plain.execute("SELECT count(*) FROM (SELECT FROM ticket LIMIT 1) one").fetchone()
    if found == (0,) and tickets:
        with click.progressbar(length=tickets, label=f"Seeding {messages:,} messages", width=30) as bar:
            seed_desk(url, blobs_of(app), Wanted(tickets, messages), bar.update)
        for statement in LEDGER:
            plain.execute(statement)  # type: ignore[call-overload]
    ensure_first_mailbox("support@example.com")
    db.session.commit()
    plain.execute(
        "INSERT INTO mailbox_address (address, mailbox_id, is_primary) SELECT 'support@example.com', min(id), false FROM mailbox"
        " ON CONFLICT DO NOTHING"
    )
    write_figures(app)
    for statement in OPEN_DAY:
        plain.execute(statement)  # type: ignore[call-overload]
    plain.execute("VACUUM ANALYZE")


def write_figures(app: Flask) -> None:
    settings = settings_of(app)
    while close_days(settings.hours, settings.hours_basis) or close_mail_days():
        db.session.commit()
    db.session.rollback()


class BenchDesk:
    """A seeded desk, an administrator who asks it, and the plain connection."""

    def __init__(self, app: Flask, env: dict[str, str], plain: psycopg.Connection, messages: int, requests: int) -> None:
        self.app, self.env, self.plain, self.messages, self.requests = app, env, plain, messages, requests
        self.url = env["DATABASE_URL"]
        self.tickets = messages // EACH
        self.rng = random.Random(7)
        known = db.session.scalar(db.select(User).where(User.username == "bench-admin"))
        admin = known or create_user("bench-admin", "bench@desk.example", Role.ADMIN)
        db.session.flush()
        sign_in = start_sign_in(admin)
        db.session.commit()
        self.actor: Actor = actor_of(db.session.get_one(User, admin.id))
        self.token = tokens_for(admin, sign_in)[0]
        self.rare, self.common = self.words() if messages else ([], [])

    def words(self) -> tuple[list[str], list[str]]:
        """Words that stand in one to five messages, and the most frequent ones of the vocabulary."""
        sample = self.plain.execute("SELECT word, ndoc FROM ts_stat('SELECT words FROM message WHERE id % 50 = 0')")
        counted = sorted(((ndoc, word) for word, ndoc in sample.fetchall() if word.isalpha() and word.isascii()), reverse=True)
        return [word for ndoc, word in counted if ndoc == 1][:200], [word for _, word in counted[5:25]]

    def measured(self) -> Iterator[Figure]:
        client = self.app.test_client()
        any_ticket: Callable[[], int] = lambda: self.rng.randint(1, self.tickets)
        rare, common = (lambda: self.rng.choice(self.rare)), (lambda: self.rng.choice(self.common))
        yield self.timed("list", lambda: self.get(client, "/inbox/open/"), lambda: self.sql(LIST_SQL))
        ticket_sql = lambda: self.sql(TICKET_SQL, any_ticket())
        yield self.timed("ticket", lambda: self.get(client, f"/inbox/open/t/{any_ticket()}/"), ticket_sql)
        yield self.timed("ticket, from the list", lambda: self.get(client, f"/inbox/open/t/{any_ticket()}/", part=True), ticket_sql)
        yield self.timed("search rare", lambda: self.search(client, rare()), lambda: self.sql(SEARCH_SQL, rare()))
        yield self.timed("search common", lambda: self.search(client, common()), lambda: self.sql(SEARCH_SQL, common()))
        yield self.timed("reply", lambda: self.reply(any_ticket()), lambda: self.sql(REPLY_SQL, any_ticket()))
        for what, path in REPORTS.items():
            yield self.timed(what, lambda path=path: self.get(client, path), lambda: self.sql(VOLUME_SQL))  # type: ignore[misc]

    def timed(self, what: str, act: Callable[[], Any], yardstick: Callable[[], Any]) -> Figure:
        times, plain = self.times(act), self.times(yardstick)
        p95, middle = times[int(len(times) * 0.95)], statistics.median(times)
        return Figure(self.messages, what, "ms", p95, middle, statistics.median(plain), "plain SQL", LIMITS.get(what))

    def times(self, act: Callable[[], Any]) -> list[float]:
        """Sorted milliseconds, after a tenth of the requests to warm up."""
        for _ in range(max(2, self.requests // 10)):
            act()
        found = []
        for _ in range(self.requests):
            began = time.perf_counter()
            act()
            found.append((time.perf_counter() - began) * 1e3)
        return sorted(found)

    def get(self, client: FlaskClient, path: str, *, part: bool = False) -> None:
        headers = {"Authorization": f"Bearer {self.token}", **({"HX-Request": "true"} if part else {})}
        answer = client.get(path, headers=headers)
        assert answer.status_code == 200, (path, answer.status_code, answer.text[:300])
        answer.get_data()

    def search(self, client: FlaskClient, word: str) -> None:
        self.get(client, f"/api/tickets/search/?q={word}")

    def reply(self, ticket_id: int) -> None:
        with self.app.app_context():
            post_reply(ticket_id, Written("It is on its way."), self.actor, settings_of(self.app).signing_keys)
            db.session.commit()

    def sql(self, question: str, *values: object) -> None:
        self.plain.execute(question, values or None).fetchall()  # type: ignore[arg-type]

