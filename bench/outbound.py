"""How fast mail goes out, beside two yardsticks run in the same minute on the same machine.

python -m bench.outbound [--mails 300] [--runs 3] [--url postgresql://…]

Replies to a local sink that stores nothing, one sender: leased, made, proven, signed, noted before the dot and
after it, each step committed. Beside it a bare SMTP client that sends the same bytes in a loop, over one
connection and over a new one each time. Then jobs: a bell through Redis and RQ that does nothing, beside rows
claimed and settled in Postgres, which is what our queue costs. Only the ratios travel to other machines.
"""

import argparse
import asyncio
import multiprocessing
import os
import smtplib
import statistics
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from flask import Flask
from rq import SimpleWorker
from rq.serializers import JSONSerializer
from sqlalchemy import text

from bench.accept import free_port, listening
from jobs import outbound
from jobs.queues import OUTBOUND, queue, worker_connection
from models.actions import outbox
from models.actions.messages import Received, Written, post_reply, receive_message
from models.actions.people import create_user, customer_for
from models.actions.mailboxes import ensure_first_mailbox
from models.actions.tickets import open_ticket
from models.actor import MAIL_GATE, Actor, actor_of
from models.app import base_app
from models.database import db
from models.mailbox import Mailbox
from models.migrate import upgrade
from models.outbox import Outbox
from models.settings import load_settings
from postroom.services import running


class Sink(asyncio.Protocol):
    """Says yes to any number of mails on a connection, and stores none."""

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.Transport)
        self.transport = transport
        self.heard = b""
        self.in_body = False
        transport.write(b"220 sink\r\n")

    def data_received(self, data: bytes) -> None:
        self.heard += data
        while True:
            line, end, rest = self.heard.partition(b"\r\n.\r\n" if self.in_body else b"\r\n")
            if not end:
                return
            self.heard = rest
            starts = not self.in_body and line[:4].upper() == b"DATA"
            self.transport.write(b"354 go on\r\n" if starts else b"250 ok\r\n")
            self.in_body = starts


def run_sink(port: int) -> None:
    async def serve() -> None:
        server = await asyncio.get_running_loop().create_server(Sink, "127.0.0.1", port, backlog=1_024)
        await server.serve_forever()

    asyncio.run(serve())


@contextmanager
def desk(url: str, redis_url: str, folder: Path, sink_port: int) -> Iterator[tuple[Flask, Actor, list[int]]]:
    """An application with tickets to answer."""
    upgrade(url)
    given = {"DATABASE_URL": url, "REDIS_URL": redis_url, "POSTROOM_DATA": str(folder)}
    settings = load_settings({**given, "OUTBOUND_SMTP_URL": f"smtp://127.0.0.1:{sink_port}"})
    app = base_app(settings, pool_size=2)
    with app.app_context():
        ensure_first_mailbox(settings.support_address)
        ada = actor_of(create_user(f"ada{time.time_ns()}", None, "agent", full_name="Ada"))
        tickets = [opened(number) for number in range(20)]
        db.session.commit()
        yield app, ada, tickets
        db.session.remove()
        db.engine.dispose()


def opened(number: int) -> int:
    address = f"dora{number}@example.net"
    dora = customer_for(address, "Dora")
    ticket = open_ticket(db.session.query(Mailbox.id).first()[0], dora, address, f"Parcel {number}", "", MAIL_GATE)
    receive_message(ticket.id, Received("Where is it? " * 30, dora.id, "Dora", address), MAIL_GATE)
    return ticket.id


def queue_replies(ada: Actor, tickets: list[int], keys: tuple[bytes, ...], mails: int) -> None:
    for number in range(mails):
        post_reply(tickets[number % len(tickets)], Written(f"Answer {number}. " + "It is on its way. " * 100), ada, keys)
    db.session.commit()


def rate(count: int, act: Callable[[], object]) -> float:
    began = time.monotonic()
    act()
    return count / (time.monotonic() - began)


def ours(mails: int) -> float:
    def send() -> None:
        assert outbound.send_due() == mails, "some mails were not due"

    return rate(mails, send)


def bare(port: int, letters: list[bytes], *, one_connection: bool) -> float:
    def send() -> None:
        smtp = smtplib.SMTP("127.0.0.1", port, local_hostname="bench.example")
        for letter in letters:
            smtp.sendmail("support@example.com", ["dora@example.net"], letter)
            if not one_connection:
                smtp.quit()
                smtp.connect("127.0.0.1", port)
        smtp.close()

    return rate(len(letters), send)


def claims(rows: int) -> float:
    """Rows leased and settled, as the outbox does it, without the mail."""

    def work() -> None:
        for _ in range(rows):
            lease = outbound.claim(None)
            assert lease is not None
            outbox.about_to_send_dot(lease)
            outbox.mark_sent(lease, 250, "ok")
            db.session.commit()

    db.session.execute(text("UPDATE outbox SET state = 'queued', next_attempt_at = clock_timestamp()"))
    db.session.commit()
    return rate(rows, work)


def nothing() -> None:
    """The job that RQ's own cost is measured with."""


def bells(redis_url: str, count: int) -> float:
    """Jobs a second through one RQ worker in this process."""
    connection = worker_connection(redis_url)
    waiting = queue(f"bench-{OUTBOUND}", connection)
    for _ in range(count):
        waiting.enqueue("bench.outbound.nothing", result_ttl=0)
    worker = SimpleWorker([waiting], connection=connection, serializer=JSONSerializer)
    return rate(count, lambda: worker.work(burst=True, logging_level="ERROR"))


def measure(url: str, redis_url: str, folder: Path, mails: int) -> dict[str, float]:
    port = free_port()
    rates: dict[str, float] = {}
    with listening(run_sink, port, port), desk(url, redis_url, folder, port) as (app, ada, tickets):
        db.session.execute(text("DELETE FROM outbox"))
        queue_replies(ada, tickets, app.extensions["postroom.settings"].signing_keys, mails)
        rates["ours"] = ours(mails)
        letters = [row.mime for row in db.session.query(Outbox).all() if row.mime]
        rates["bare client, one connection"] = bare(port, letters, one_connection=True)
        rates["bare client, a new one each"] = bare(port, letters, one_connection=False)
        rates["rows claimed and settled"] = claims(mails)
    rates["RQ jobs that do nothing"] = bells(redis_url, mails)
    return rates


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--mails", type=int, default=300)
    parser.add_argument("--runs", type=int, default=3)
    parser.add_argument("--url", default=os.environ.get("DATABASE_URL"))
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder, running(Path(folder), options.url, None) as services:
        data = Path(folder) / "data"
        runs = [measure(services.database_url, services.redis_url, data, options.mails) for _ in range(options.runs)]
    for name in runs[0]:
        each = sorted(run[name] for run in runs)
        print(f"{name:32} {statistics.median(each):8.0f}/s   ({each[0]:.0f} to {each[-1]:.0f})")
    middle = {name: statistics.median(run[name] for run in runs) for name in runs[0]}
    print(f"ours to a bare client on one connection: {middle['ours'] / middle['bare client, one connection']:.2f}")
    print(f"our queue to RQ: {middle['rows claimed and settled'] / middle['RQ jobs that do nothing']:.2f}")


if __name__ == "__main__":
    multiprocessing.set_start_method("spawn")
    main()
