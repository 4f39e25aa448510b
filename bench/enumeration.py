"""Whether time tells who has an account: codes and wrong passwords, known beside unknown, in turns (P16).

    python -m bench.enumeration [--tries 500]

Prints the medians, their difference, and the chance that two equal distributions differ so much (Mann-Whitney,
normal approximation). The aim: medians within 5 ms. Limits are lifted between the tries by forgetting the counts.
"""

import argparse
import math
import statistics
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

from sqlalchemy import text

from models.actions.mailboxes import create_mailbox
from models.actions.people import create_user
from models.database import db
from models.migrate import upgrade
from models.settings import load_settings
from postroom.services import running
from webapp.factory import create_app

FORGET = "DELETE FROM one_time_code; DELETE FROM outbox; DELETE FROM failed_sign_in"


def main() -> None:
    arguments = argparse.ArgumentParser()
    arguments.add_argument("--tries", type=int, default=500)
    tries = arguments.parse_args().tries
    with tempfile.TemporaryDirectory(prefix="postroom-bench-") as folder, running(Path(folder), None, None) as services:
        upgrade(services.database_url)
        environ = {"DATABASE_URL": services.database_url, "REDIS_URL": services.redis_url, "POSTROOM_DATA": folder}
        app = create_app(load_settings(environ))
        with app.app_context():
            create_mailbox("Support", "support@example.com")
            create_user("ada", "ada@example.com", "agent", password="a password of ten")
            db.session.commit()
            client = app.test_client()

            def code(who: str) -> object:
                return client.post("/api/auth/request-otp/", json={"email": f"{who}@example.com"})

            def password(who: str) -> object:
                return client.post("/api/auth/token/", json={"username": who, "password": "a wrong password"})

            compare("request-otp", code, tries)
            compare("token", password, max(20, tries // 10))
        app.extensions["postroom.relay"].stop()


def compare(name: str, ask: Callable[[str], object], tries: int) -> None:
    known, unknown = [], []
    for number in range(tries):
        for who, times in (("ada", known), (f"nobody{number}", unknown))[:: 1 if number % 2 else -1]:
            db.session.execute(text(FORGET))
            db.session.commit()
            began = time.perf_counter()
            ask(who)
            times.append((time.perf_counter() - began) * 1000)
    one, other = statistics.median(known), statistics.median(unknown)
    print(f"{name}: known {one:.2f} ms, unknown {other:.2f} ms, apart {abs(one - other):.2f} ms, p = {chance(known, unknown):.3f}")


def chance(one: list[float], other: list[float]) -> float:
    """Two-sided Mann-Whitney, normal approximation."""
    ranked = sorted([(value, 0) for value in one] + [(value, 1) for value in other])
    ranks = sum(rank for rank, (_, group) in enumerate(ranked, 1) if group == 0)
    count, total = len(one), len(one) + len(other)
    mean, spread = count * (total + 1) / 2, math.sqrt(count * len(other) * (total + 1) / 12)
    return math.erfc(abs(ranks - mean) / spread / math.sqrt(2))


if __name__ == "__main__":
    main()
