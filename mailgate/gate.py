"""Builds a gate from its settings and runs it until it is told to stop."""

import asyncio
import logging
import signal
import ssl
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import uvloop

from mailgate.custody import Custody
from mailgate.directory import Directory
from mailgate.house import House
from mailgate.limits import GateSettings
from mailgate.server import GateSession

log = logging.getLogger(__name__)

BACKLOG = 1_024
LOOK_AROUND_SECONDS = 0.5
STALE_SPOOL_SECONDS = 24 * 3_600


def run(settings: GateSettings) -> None:
    """Runs a gate; returns after SIGTERM or SIGINT, within 25 s. Raises `UnsafeDatabase`, `OSError`."""
    # The mail library tells of every connection and of mechanisms that are not offered; the gate tells of
    # mails.
    logging.getLogger("mail.log").setLevel(logging.WARNING)
    uvloop.run(serve(settings))


async def serve(settings: GateSettings) -> None:
    """Runs a gate in this event loop until SIGTERM or SIGINT."""
    stop = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, stop.set)
    async with open_gate(settings) as port:
        log.info("mail is taken at %s port %d", settings.host, port)
        await stop.wait()
        log.info("no new mail is taken; what is under way is finished")


@asynccontextmanager
async def open_gate(settings: GateSettings) -> AsyncIterator[int]:
    """A gate that listens while the context is open; yields its port (asked for as 0: the one it was given).

    On the way out it stops listening, lets the mails under way be finished and then ends the rest.
    """
    clear_stale_spool(settings.blobs.root)
    tls = tls_context(settings)
    custody, directory = Custody(settings), Directory(settings)
    await asyncio.to_thread(custody.open)
    directory.open()
    house = House(settings, custody, directory, tls)
    loop = asyncio.get_running_loop()
    try:
        server = await loop.create_server(
            lambda: GateSession(house),
            settings.host,
            settings.port,
            backlog=BACKLOG,
            reuse_port=settings.shares_port or None,  # the kernel deals the connections out
        )
        watch = loop.create_task(look_around(house))
        try:
            yield server.sockets[0].getsockname()[1]
        finally:
            server.close()
            await drain(house)
            watch.cancel()
    finally:
        await asyncio.to_thread(custody.close)
        await asyncio.to_thread(directory.close)


async def look_around(house: House) -> None:
    while True:
        await asyncio.sleep(LOOK_AROUND_SECONDS)
        house.look_around()


async def drain(house: House) -> None:
    """Waits until the last session has had its answer, but not longer than the drain may take."""
    ends = time.monotonic() + house.limits.drain_seconds
    house.drain()
    while house.sessions and time.monotonic() < ends:
        await asyncio.sleep(0.05)
    house.abort_sessions()
    await asyncio.sleep(0)


def tls_context(settings: GateSettings) -> ssl.SSLContext | None:
    """What STARTTLS is done with; None: it is not offered. Raises `OSError` on a certificate that cannot be
    read.
    """
    if settings.tls_cert is None or settings.tls_key is None:
        return None
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(settings.tls_cert, settings.tls_key)
    return context


def clear_stale_spool(folder: Path) -> None:
    """Removes what a killed gate left half-written, a day later: nobody was told that it was kept."""
    folder.mkdir(parents=True, exist_ok=True)
    for path in folder.glob(".*.tmp"):
        try:
            if path.stat().st_mtime < time.time() - STALE_SPOOL_SECONDS:
                path.unlink()
        except OSError as error:
            log.warning("cannot remove %s: %s", path, error)
