"""The way out under fire: two workers, the clock, a smart host, Postgres and Redis, each of which can be killed."""

import contextlib
import json
import os
import signal
import socket
import subprocess
import sys
import tempfile
import time
from collections import defaultdict
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from uuid import uuid4

from sqlalchemy import select
from sqlalchemy.exc import DBAPIError

from jobs.reactions import reactions
from models.actions.mail_queue import queue_mail
from models.actions.messages import Received, Written, post_reply, receive_message
from models.actions.people import create_user, customer_for
from models.actions.tickets import open_ticket
from models.actor import MAIL_GATE, Actor, actor_of
from models.app import base_app
from models.database import db
from models.mailbox import Mailbox
from tests.faults.rig import Rig
from tests.processes import ROOT, free_port
from tests.waiting import wait_until

WORKERS = ("worker.1", "worker.2")


@dataclass(frozen=True)
class Taken:
    """One mail the smart host took, before it answered."""

    id: str
    sha256: str
    rcpt: str


class OutboundRig(Rig):
    """Agents who answer, in this process; everything else in processes that can be killed and come back."""

    processes = (*WORKERS, "clock", "host")

    def __init__(self, folder: Path) -> None:
        self.host_port = free_port()
        self.record = folder / "taken"
        self.record.touch()
        super().__init__(folder, OUTBOUND_SMTP_URL=f"smtp://127.0.0.1:{self.host_port}")
        self.app = base_app(self.settings, reactions(self.settings), pool_size=4)
        with self.app.app_context():
            self.ada: Actor = actor_of(create_user("ada", "ada@desk.example", "agent", full_name="Ada"))
            db.session.commit()

    def start(self, name: str) -> subprocess.Popen[bytes]:
        if name != "host":
            return super().start(name)
        command = [sys.executable, "-m", "tests.faults.smart_host", str(self.host_port), str(self.record)]
        return subprocess.Popen(command, env={**self.env, "PYTHONPATH": str(ROOT)}, cwd=ROOT, stdout=self.log, stderr=self.log)

    def wait_until_up(self) -> None:
        wait_until(lambda: can_connect(self.host_port), told="the smart host does not answer")

    def tickets(self, count: int) -> list[int]:
        """So many tickets, each of a customer of its own."""
        with self.app.app_context():
            mailbox_id = db.session.scalars(select(Mailbox.id)).first()
            opened = []
            for number in range(count):
                address = f"dora{number}@example.net"
                dora = customer_for(address, f"Dora {number}")
                ticket = open_ticket(mailbox_id, dora, address, f"Parcel {number}", "", MAIL_GATE)
                said = Received("Where is it?", dora.id, "Dora", address, rfc_message_id=f"{number}@dora.example")
                receive_message(ticket.id, said, MAIL_GATE)
                opened.append(ticket.id)
            db.session.commit()
            return opened

    def replies(self, ticket_id: int, number: int) -> None:
        """Ada answers, and goes on answering under one key until the desk has kept it."""
        written = Written(f"Answer {number}", idempotency_key=uuid4().hex)
        self.insists(lambda: post_reply(ticket_id, written, self.ada, self.settings.signing_keys))

    def tells(self, number: int) -> None:
        """A machine's mail, of which at most one copy may ever go out."""

        def queue() -> None:
            mailbox = db.session.scalars(select(Mailbox)).first()
            assert mailbox is not None
            queue_mail(f"machine:{number}", "test", mailbox, f"cleo{number}@example.net", self.settings.signing_keys, automatic=True)

        self.insists(queue)

    def insists(self, act: Callable[[], object], seconds: float = 120) -> None:
        until = time.monotonic() + seconds
        while True:
            with self.app.app_context():
                try:
                    act()
                    db.session.commit()
                    return
                except DBAPIError:
                    db.session.rollback()
                    assert time.monotonic() < until, "the database does not come back"
            time.sleep(0.2)

    def time_passes_for_the_dead(self) -> None:
        """The leases of dead senders run out, and what waits for its next try has waited long enough.

        Whoever is alive keeps his lease: only time that has really passed for him may take it.
        """
        alive = [f"{socket.gethostname()}:{process.pid}/%" for process in self.running.values() if process.poll() is None]
        with self.connect() as connection:
            connection.execute(
                "UPDATE outbox SET lease_until = clock_timestamp() - interval '1 second'"
                " WHERE state IN ('leased', 'dot') AND NOT lease_owner LIKE ANY (%s)",
                [alive],
            )
            connection.execute(
                "UPDATE outbox SET next_attempt_at = clock_timestamp() - interval '1 second'"
                " WHERE state IN ('retry', 'uncertain') AND next_attempt_at > clock_timestamp()"
            )

    def wait_until_all_is_sent(self, patience: float = 180) -> None:
        """Waits as long as the number of unsent mails goes down every now and then."""
        fewest, since = None, time.monotonic()
        while True:
            self.time_passes_for_the_dead()
            with self.connect() as connection:
                states = dict(connection.execute("SELECT state, count(*) FROM outbox WHERE NOT (automatic AND state = 'uncertain') GROUP BY 1").fetchall())
            waiting = sum(count for state, count in states.items() if state != "sent")
            if not waiting:
                return
            if fewest is None or waiting < fewest:
                fewest, since = waiting, time.monotonic()
            assert time.monotonic() - since < patience, f"not everything is sent: {states}\n{self.tail()}"
            time.sleep(0.3)

    def taken(self) -> dict[str, list[Taken]]:
        """What the smart host took, by Message-ID."""
        found: dict[str, list[Taken]] = defaultdict(list)
        for line in self.record.read_text().splitlines():
            mail = Taken(**json.loads(line))
            found[mail.id].append(mail)
        return found

    def outbox(self) -> list[tuple[str, bool, str, int]]:
        """Message-ID, whether a machine wrote it, state, how often its answer was lost."""
        with self.connect() as connection:
            return connection.execute("SELECT rfc_message_id, automatic, state, in_doubt FROM outbox").fetchall()

    def strike(self, victim: str) -> None:
        match victim:
            case "redis":
                self.redis.kill()
                time.sleep(0.5)
                self.redis.restart()
            case "postmaster":
                self.postgres.kill()
                time.sleep(0.5)
                self.postgres.restart()
            case _:
                self.kill(victim)

    @contextlib.contextmanager
    def stopped(self, name: str) -> Iterator[None]:
        """A process that stands still, as a paused machine does."""
        self.signal(name, signal.SIGSTOP)
        try:
            yield
        finally:
            self.signal(name, signal.SIGCONT)

    def signal(self, name: str, number: signal.Signals) -> None:
        os.kill(self.running[name].pid, number)

    def close(self) -> None:
        with self.app.app_context():
            db.engine.dispose()
        super().close()


def can_connect(port: int) -> bool:
    with contextlib.suppress(OSError), socket.create_connection(("127.0.0.1", port), timeout=5):
        return True
    return False


@contextlib.contextmanager
def open_outbound_rig(kind: type[OutboundRig] = OutboundRig) -> Iterator[OutboundRig]:
    with tempfile.TemporaryDirectory(prefix="postroom-outbound-", ignore_cleanup_errors=True) as folder:
        rig = kind(Path(folder))
        try:
            yield rig
        finally:
            rig.close()
