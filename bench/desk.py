"""How the desk answers as it grows: lists, tickets, search, replies, reports, filing; each beside a yardstick.

    python -m bench.desk [--messages 10000 100000 1000000] [--requests 60] [--out FOLDER]

For each size a synthetic desk is seeded on an embedded Postgres, and the real application is asked in this process, so
that a figure is the time inside the server: rights, queries, templates, JSON. The yardstick is the plainest SQL that
fetches the same rows. Writes `desk.json` and `desk.md` into the folder, if one is given.
"""

import argparse
import json
import os
import random
import statistics
import tempfile
import time
from collections.abc import Callable
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import psycopg
from flask import Flask
from flask.testing import FlaskClient

from models.actions.figures import close_days
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
ONE_SQL = "SELECT 1"
LIMITS = {"list": 20, "ticket": 30, "search rare": 30, "search common": 150, "summary": 200, "volume": 200, "resolution": 200,
          "arrivals": 200, "by mailbox": 200, "by tag": 200, "a year": 200}  # fmt: skip


@dataclass(frozen=True)
class Row:
    """Milliseconds; `yardstick` is the median of the plain SQL."""

    messages: int
    what: str
    median: float
    p95: float
    yardstick: float


def main() -> None:
    asked = arguments()
    rows = [row for size in asked.messages for row in one_size(size, asked.requests)]
    table = as_table(rows)
    print("\n" + table)
    if asked.out:
        asked.out.mkdir(parents=True, exist_ok=True)
        (asked.out / "desk.json").write_text(json.dumps([asdict(row) for row in rows], indent=2))
        (asked.out / "desk.md").write_text(table + "\n")


def arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--messages", type=int, nargs="+", default=[10_000, 100_000, 1_000_000])
    parser.add_argument("--requests", type=int, default=60)
    parser.add_argument("--out", type=Path)
    return parser.parse_args()


def one_size(messages: int, requests: int) -> list[Row]:
    with tempfile.TemporaryDirectory(prefix="postroom-bench-") as folder, running(Path(folder), None, None) as services:
        env = {
            **os.environ, "DATABASE_URL": services.database_url, "REDIS_URL": services.redis_url, "POSTROOM_DATA": folder,
            "AGENT_VISIBILITY": "all",
        }  # fmt: skip
        upgrade(services.database_url)
        app = create_app(load_settings(env))
        with app.app_context(), psycopg.connect(services.database_url, autocommit=True) as plain:
            began = time.monotonic()
            made = seed_desk(services.database_url, blobs_of(app), Wanted(messages // EACH, messages))
            print(f"seeded {made.messages:,} messages in {time.monotonic() - began:.0f} s", flush=True)
            write_figures(app)
            plain.execute("VACUUM ANALYZE")
            desk = BenchDesk(app, plain, made.tickets, made.messages, requests)
            return desk.measured()


def write_figures(app: Flask) -> None:
    settings = settings_of(app)
    while close_days(settings.hours, settings.hours_basis):
        db.session.commit()
    db.session.rollback()


class BenchDesk:
    """A seeded desk, an administrator who asks it, and the plain connection."""

    def __init__(self, app: Flask, plain: psycopg.Connection, tickets: int, messages: int, requests: int) -> None:
        self.app, self.plain, self.tickets, self.messages, self.requests = app, plain, tickets, messages, requests
        self.rng = random.Random(7)
        admin = create_user("bench-admin", "bench@desk.example", Role.ADMIN)
        db.session.flush()
        sign_in = start_sign_in(admin)
        db.session.commit()
        self.actor: Actor = actor_of(db.session.get_one(User, admin.id))
        self.token = tokens_for(admin, sign_in)[0]
        self.rare, self.common = self.words()

    def words(self) -> tuple[list[str], list[str]]:
        """Words that stand in one to five messages, and the most frequent ones of the vocabulary."""
        sample = self.plain.execute("SELECT word, ndoc FROM ts_stat('SELECT words FROM message WHERE id % 50 = 0')")
        counted = sorted(((ndoc, word) for word, ndoc in sample.fetchall() if word.isalpha() and word.isascii()), reverse=True)
        return [word for ndoc, word in counted if ndoc == 1][:200], [word for _, word in counted[5:25]]

    def measured(self) -> list[Row]:
        client = self.app.test_client()
        any_ticket: Callable[[], int] = lambda: self.rng.randint(1, self.tickets)  # noqa: E731
        found = [
            self.timed("list", lambda: self.get(client, "/inbox/open/"), lambda: self.sql(LIST_SQL)),
            self.timed("ticket", lambda: self.get(client, f"/inbox/open/t/{any_ticket()}/"), lambda: self.sql(TICKET_SQL, any_ticket())),
            self.timed("search rare", lambda: self.search(client, self.rng.choice(self.rare)), lambda: self.sql(SEARCH_SQL, self.rng.choice(self.rare))),
            self.timed("search common", lambda: self.search(client, self.rng.choice(self.common)), lambda: self.sql(SEARCH_SQL, self.rng.choice(self.common))),
            self.timed("reply", lambda: self.reply(any_ticket()), lambda: self.sql(ONE_SQL)),
        ]  # fmt: skip
        for what, path in (
            ("summary", "summary/"), ("volume", "volume/"), ("resolution", "resolution/"), ("arrivals", "arrivals/"),
            ("by mailbox", "breakdown/"), ("by tag", "breakdown/?by=tag"), ("a year", "resolution/?days=365"),
        ):  # fmt: skip
            found.append(self.timed(what, lambda path=path: self.get(client, f"/api/analytics/{path}"), lambda: self.sql(VOLUME_SQL)))  # type: ignore[misc]
        return found

    def timed(self, what: str, act: Callable[[], Any], yardstick: Callable[[], Any]) -> Row:
        times, plain = self.times(act), self.times(yardstick)
        row = Row(self.messages, what, statistics.median(times), times[int(len(times) * 0.95)], statistics.median(plain))
        print(f"{row.messages:>9,}  {what:<14} median {row.median:6.1f}  p95 {row.p95:6.1f}  plain SQL {row.yardstick:6.1f} ms", flush=True)
        return row

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

    def get(self, client: FlaskClient, path: str) -> None:
        answer = client.get(path, headers={"Authorization": f"Bearer {self.token}"})
        assert answer.status_code == 200, (path, answer.status_code, answer.text[:300])
        answer.get_data()

    def search(self, client: FlaskClient, word: str) -> None:
        self.get(client, f"/api/tickets/search/?q={word}")

    def reply(self, ticket_id: int) -> None:
        post_reply(ticket_id, Written("It is on its way."), self.actor, settings_of(self.app).signing_keys)
        db.session.commit()

    def sql(self, question: str, *values: object) -> None:
        self.plain.execute(question, values or None).fetchall()  # type: ignore[arg-type]


def as_table(rows: list[Row]) -> str:
    """p95 by size, the plain SQL at the largest, the growth over the last two sizes, the aim."""
    by = {(row.what, row.messages): row for row in rows}
    measured = sorted({row.messages for row in rows})
    names = list(dict.fromkeys(row.what for row in rows))
    head = "| p95, ms | " + " | ".join(f"{size:,}" for size in measured) + " | plain SQL, median | growth | aim |"
    lines = [head, "|" + "---|" * (len(measured) + 4)]
    for what in names:
        values = [by[what, size] for size in measured]
        growth = f"{values[-1].p95 / values[-2].p95:.1f} ×" if len(values) > 1 else ""
        cells = " | ".join(f"{value.p95:.1f}" for value in values)
        lines.append(f"| {what} | {cells} | {values[-1].yardstick:.1f} | {growth} | {LIMITS.get(what, '')} |")
    return "\n".join(lines)


if __name__ == "__main__":
    main()
