"""What else the desk leans on: Redis, the disk, a time server, and its own gate."""

import shutil
import socket
import struct
import time
from collections.abc import Iterator
from pathlib import Path

from redis import Redis
from redis.exceptions import RedisError

from models.errors import SettingsError
from models.redis_address import redis_at
from models.scanner import Scanner
from models.settings import Settings
from postroom.doctor.database import CLOCK, finding_about
from postroom.doctor.finding import Area, Finding

REDIS, DISK, GATE, SCANNER = Area("Redis"), Area("disk"), Area("gate"), Area("scanner")

GIB = 1024**3
LITTLE, TOO_LITTLE = 5 * GIB, 2 * GIB  # below the second the gate defers mail
NTP_PORT = 123
SINCE_1900 = 2_208_988_800  # seconds from 1900, where NTP begins, to 1970


def look_at_redis(url: str) -> Iterator[Finding]:
    """A bell that does not ring costs seconds and no mail; so nothing here is more than a warning."""
    mend = "look at REDIS_URL, and whether Redis runs; until then mail and tickets go on a few seconds later"
    try:
        with redis_at(url, socket_connect_timeout=3, socket_timeout=3) as connection:
            yield from look_into_redis(connection)
    except (RedisError, OSError, SettingsError) as trouble:
        yield REDIS.warning(f"it does not answer: {trouble}", mend)


def look_into_redis(connection: Redis) -> Iterator[Finding]:
    found = connection.info()
    assert isinstance(found, dict)
    yield REDIS.ok(f"{found.get('server_name', 'Redis')} {found.get('valkey_version') or found.get('redis_version')} answers")
    policy = found.get("maxmemory_policy")
    if found.get("maxmemory") and policy != "noeviction":
        yield REDIS.warning(f"when it is full it throws keys away ({policy})", "set maxmemory-policy noeviction")


def look_at_disk(folder: Path) -> Finding:
    """The disk of the data folder: blobs, generated secrets, an embedded database."""
    existing = next(each for each in (folder.resolve(), *folder.resolve().parents) if each.exists())
    free = shutil.disk_usage(existing).free
    says = f"{free / GIB:.1f} GiB are free for {folder}"
    if free < TOO_LITTLE:
        return DISK.trouble(says, "make room: the gate defers mail when it runs out")
    return DISK.warning(says, "make room before the gate has to defer mail") if free < LITTLE else DISK.ok(says)


def look_at_scanner(url: str) -> Finding:
    """A scanner that is away holds no mail up; its files are marked, and scanned later."""
    try:
        return SCANNER.ok(f"{Scanner(url).version()} answers")
    except OSError as trouble:
        return SCANNER.warning(f"it does not answer at {url}: {trouble}", "look at CLAMD_URL, and whether clamd runs; until then files are marked as not scanned")


def look_at_gate(settings: Settings) -> Finding:
    host = {"0.0.0.0": "127.0.0.1", "::": "::1"}.get(settings.smtp_host, settings.smtp_host)
    try:
        with socket.create_connection((host, settings.smtp_port), timeout=3) as line:
            said = line.recv(3)
    except OSError as trouble:
        return GATE.warning(f"nobody takes mail at {host} port {settings.smtp_port}: {trouble.strerror or trouble}", "start the desk, or look here where its gate runs")
    if said != b"220":
        return GATE.warning(f"whoever answers at {host} port {settings.smtp_port} is no mail server of ours", "look which program has that port")
    return GATE.ok(f"mail is taken at {host} port {settings.smtp_port}")


def look_at_time_server(server: str) -> Finding:
    try:
        ahead = seconds_ahead(server)
    except (OSError, ValueError) as trouble:
        return CLOCK.warning(f"the time server {server} cannot be asked: {trouble}", "look at TIME_SERVER, and whether UDP port 123 is open")
    return finding_about(ahead, f"the time server {server}")


def seconds_ahead(server: str) -> float:
    """How far its clock is ahead of ours, by one question (SNTP, RFC 4330). Raises `OSError`, `ValueError`."""
    host, _, port = server.partition(":")
    asked = struct.pack("!B47x", 0b00_100_011)  # version 4, client
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as line:
        line.settimeout(3)
        began = time.time()
        line.sendto(asked, (host, int(port or NTP_PORT)))
        answer = line.recv(512)
        ended = time.time()
    if len(answer) < 48 or not any(answer[40:48]):
        raise ValueError("its answer is none")
    seconds, fraction = struct.unpack("!II", answer[40:48])
    return float(seconds - SINCE_1900 + fraction / 2**32 - (began + ended) / 2)
