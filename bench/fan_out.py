"""How fast an event reaches open inboxes, beside a yardstick run in the same minute on the same machine.

    python -m bench.fan_out [--sockets 500] [--events 100] [--per-second 5] [--threads 600]

The real web process under gunicorn holds the sockets of thirty agents; events are committed as any action commits them,
and meanwhile a script asks for pages. The yardstick is a bare server with a thread and a queue a connection, which
knows no database, no rights and no WebSocket. Only the ratio travels to other machines.
"""

import argparse
import asyncio
import base64
import json
import os
import queue
import socket
import statistics
import subprocess
import sys
import tempfile
import threading
import time
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from flask import Flask

from jobs.reactions import reactions
from models.actions.mailboxes import create_mailbox
from models.actions.people import create_user
from models.actions.signing_in import start_sign_in
from models.actions.tickets import open_ticket
from models.actor import actor_of
from models.database import db
from models.events import TicketUpdated, record
from models.migrate import upgrade
from models.people import Role
from models.settings import load_settings
from postroom.services import running
from tests.processes import free_port
from webapp.auth import tokens_for
from webapp.factory import create_app

AGENTS = 30
Heard = dict[int, list[float]]
"""Event id → when each socket had its frame (monotonic seconds)."""


def main() -> None:
    run(arguments())


def run(asked: argparse.Namespace) -> tuple[list[float], list[float]]:
    """Seconds from event to frame: ours, and those of the bare threads."""
    with tempfile.TemporaryDirectory(prefix="postroom-bench-") as folder, running(Path(folder), None, None) as services:
        port = free_port()
        env = {
            **os.environ, "DATABASE_URL": services.database_url, "REDIS_URL": services.redis_url, "POSTROOM_DATA": folder,
            "HTTP_PORT": str(port), "WEB_THREADS": str(asked.threads), "AGENT_VISIBILITY": "all",
            "BASE_URL": f"http://127.0.0.1:{port}",
        }  # fmt: skip
        upgrade(services.database_url)
        settings = load_settings(env)
        app = create_app(settings, reactions(settings))
        with app.app_context(), web(env, port) as pid:
            ticket_id, tokens = a_desk()
            delays = asyncio.run(measured(asked, app, port, pid, ticket_id, tokens))
    plain = bare(asked.sockets, asked.events, asked.per_second)
    print("yardstick, a bare thread a connection: " + summary(plain))
    return delays, plain


def arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--sockets", type=int, default=500)
    parser.add_argument("--events", type=int, default=100)
    parser.add_argument("--per-second", type=float, default=5)
    parser.add_argument("--threads", type=int, default=600, help="WEB_THREADS of the web process")
    return parser.parse_args()


def a_desk() -> tuple[int, list[str]]:
    """One ticket, and a token of each of thirty agents, who all may see it."""
    mailbox = create_mailbox("Support", "support@example.com")
    agents = [create_user(f"agent{n}", f"agent{n}@example.com", Role.AGENT) for n in range(AGENTS)]
    db.session.flush()
    ticket = open_ticket(mailbox.id, agents[0], "dora@example.org", "Parcel", "", actor_of(agents[0]))
    signed = [(agent, start_sign_in(agent, browser="bench", address="127.0.0.1")) for agent in agents]
    db.session.commit()
    return ticket.id, [tokens_for(agent, sign_in)[0] for agent, sign_in in signed]


@contextmanager
def web(env: dict[str, str], port: int) -> Iterator[int]:
    """The web process; yields the process id of the worker that holds the sockets."""
    process = subprocess.Popen([sys.executable, "-m", "postroom", "web"], env=env)
    try:
        while not answers(port):
            time.sleep(0.2)
        yield int(Path(f"/proc/{process.pid}/task/{process.pid}/children").read_text().split()[0])
    finally:
        process.terminate()
        process.wait(30)


def answers(port: int) -> bool:
    try:
        return urllib.request.urlopen(f"http://127.0.0.1:{port}/healthz", timeout=2).status == 200
    except OSError:
        return False


async def measured(
    asked: argparse.Namespace, app: Flask, port: int, pid: int, ticket_id: int, tokens: list[str]
) -> list[float]:
    page(port, tokens[0])  # the first request loads what every further one uses
    before = memory(pid)
    heard: Heard = {}
    readers = [
        asyncio.create_task(read_frames(*await opened(port, tokens[number % AGENTS]), heard)) for number in range(asked.sockets)
    ]
    await asyncio.sleep(2)
    per_socket = (memory(pid) - before) / asked.sockets
    pages: list[float] = []
    stop = threading.Event()
    asking = threading.Thread(target=ask_for_pages, args=(port, tokens[0], pages, stop))
    asking.start()
    committed = await asyncio.to_thread(happen, app, ticket_id, asked.events, asked.per_second)
    await asyncio.sleep(2)
    stop.set()
    asking.join()
    for reader in readers:
        reader.cancel()
    delays = [at - committed[event] for event, times in heard.items() for at in times if event in committed]
    print(f"{asked.sockets} sockets, {asked.threads} threads, {per_socket:.0f} KiB a socket")
    print(f"frames {len(delays)} of {asked.sockets * asked.events}; event to frame: " + summary(delays))
    print(f"pages meanwhile ({len(pages)}): " + summary(pages), flush=True)
    return delays


def happen(app: Flask, ticket_id: int, events: int, per_second: float) -> dict[int, float]:
    """Commit events at an even pace; event id → when its commit began."""
    committed = {}
    with app.app_context():
        for _ in range(events):
            record(TicketUpdated(ticket_id))
            db.session.flush()
            (row, _event) = db.session.info["recorded"][-1]
            number, began = row.id, time.monotonic()
            db.session.commit()
            committed[number] = began
            time.sleep(1 / per_second)
        db.session.remove()
    return committed


async def opened(port: int, token: str) -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
    """A WebSocket as a script opens it: the handshake, and no more of the protocol than reading frames needs."""
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    key = base64.b64encode(os.urandom(16)).decode()
    writer.write(
        f"GET /ws/inbox/?token={token} HTTP/1.1\r\nHost: 127.0.0.1:{port}\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
        f"Sec-WebSocket-Key: {key}\r\nSec-WebSocket-Version: 13\r\n\r\n".encode()
    )
    head = await asyncio.wait_for(reader.readuntil(b"\r\n\r\n"), 30)
    if b" 101 " not in head.split(b"\r\n")[0]:
        raise SystemExit(f"no socket: {head.decode()}")
    return reader, writer


async def read_frames(reader: asyncio.StreamReader, writer: asyncio.StreamWriter, heard: Heard) -> None:
    try:
        while True:
            kind, length = await reader.readexactly(2)
            if length == 126:
                length = int.from_bytes(await reader.readexactly(2))
            body = await reader.readexactly(length)
            if kind & 0x0F == 1:
                event = json.loads(body)
                heard.setdefault(event.get("id", 0), []).append(time.monotonic())
    except (asyncio.IncompleteReadError, ConnectionError):
        print("a socket was closed by the desk", flush=True)
    finally:
        writer.close()


def ask_for_pages(port: int, token: str, pages: list[float], stop: threading.Event) -> None:
    while not stop.wait(0.1):
        pages.append(page(port, token))


def page(port: int, token: str) -> float:
    request = urllib.request.Request(f"http://127.0.0.1:{port}/inbox/open/", headers={"Authorization": f"Bearer {token}"})
    began = time.monotonic()
    with urllib.request.urlopen(request, timeout=30) as answer:
        answer.read()
    return time.monotonic() - began


def memory(pid: int) -> int:
    """Resident memory of a process in KiB."""
    status = Path(f"/proc/{pid}/status").read_text()
    return next(int(line.split()[1]) for line in status.splitlines() if line.startswith("VmRSS"))


def bare(sockets: int, events: int, per_second: float) -> list[float]:
    """Delays of the same frames through a thread and a queue a connection, in this process."""
    server = socket.create_server(("127.0.0.1", 0), backlog=sockets)
    ends = []
    for _ in range(sockets):
        near = socket.create_connection(server.getsockname())
        ends.append((near, server.accept()[0]))
    queues: list[queue.Queue[bytes]] = [queue.Queue() for _ in ends]
    for waiting, (_, far) in zip(queues, ends, strict=True):
        threading.Thread(target=carry, args=(waiting, far), daemon=True).start()
    return asyncio.run(bare_delays(queues, [near for near, _ in ends], events, per_second))


def carry(waiting: "queue.Queue[bytes]", far: socket.socket) -> None:
    while frame := waiting.get():
        far.sendall(frame)


async def bare_delays(
    queues: list["queue.Queue[bytes]"], lines: list[socket.socket], events: int, per_second: float
) -> list[float]:
    heard: Heard = {}
    readers = [asyncio.create_task(read_plain(line, heard)) for line in lines]
    sent = await asyncio.to_thread(send_plain, queues, events, per_second)
    await asyncio.sleep(1)
    for reader in readers:
        reader.cancel()
    return [at - sent[number] for number, times in heard.items() for at in times]


async def read_plain(line: socket.socket, heard: Heard) -> None:
    reader, _writer = await asyncio.open_connection(sock=line)
    while body := await reader.readline():
        heard.setdefault(int(json.loads(body)["id"]), []).append(time.monotonic())


def send_plain(queues: list["queue.Queue[bytes]"], events: int, per_second: float) -> dict[int, float]:
    sent = {}
    for number in range(events):
        sent[number] = time.monotonic()
        frame = json.dumps({"type": "ticket.updated", "id": number, "ticket_id": 1}).encode() + b"\n"
        for waiting in queues:
            waiting.put(frame)
        time.sleep(1 / per_second)
    return sent


def summary(seconds: list[float]) -> str:
    ranked = sorted(seconds)
    p95, p99 = (ranked[int(len(ranked) * share)] for share in (0.95, 0.99))
    return f"median {statistics.median(ranked) * 1e3:.0f} ms, p95 {p95 * 1e3:.0f} ms, p99 {p99 * 1e3:.0f} ms, worst {ranked[-1] * 1e3:.0f} ms"


if __name__ == "__main__":
    main()
