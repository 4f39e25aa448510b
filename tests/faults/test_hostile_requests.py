"""Requests that want to wear the web out, against the real web process; and what its log never holds."""

import gzip
import json
import socket
import time
from collections.abc import Iterator
from contextlib import ExitStack, closing
from pathlib import Path

import pytest

from models.actions.people import create_user
from models.database import db
from tests.faults.outbound_rig import open_outbound_rig
from tests.faults.test_web_kills import PASSWORD, WebRig
from tests.web import BrowserTab, Socket

SLOW_CLIENTS = 40
HEAD = b"POST /api/auth/token/ HTTP/1.1\r\nHost: desk\r\nContent-Type: application/json\r\n"


@pytest.fixture(scope="module")
def rig() -> Iterator[WebRig]:
    with open_outbound_rig(WebRig) as opened:
        assert isinstance(opened, WebRig)
        with opened.app.app_context():
            create_user("cleo", "cleo@desk.example", "admin", password=PASSWORD, full_name="Cleo")
            db.session.commit()
        yield opened


def connected(rig: WebRig) -> socket.socket:
    return socket.create_connection(("127.0.0.1", int(rig.env["HTTP_PORT"])), timeout=30)


def answer_to(rig: WebRig, request: bytes) -> int:
    """The status of the answer, or 0 where the line was simply closed."""
    with connected(rig) as line:
        try:
            line.sendall(request)
            line.shutdown(socket.SHUT_WR)
        except OSError:
            pass  # it was refused before all of it was said
        try:
            head = line.recv(64)
        except OSError:
            return 0
        return int(head.split()[1]) if head.startswith(b"HTTP/1.1 ") else 0


@pytest.mark.parametrize(
    "request_",
    [
        pytest.param(HEAD + b"X: y\r\n" * 10_000 + b"\r\n", id="ten thousand headers"),
        pytest.param(HEAD + b"X: " + b"y" * 1_000_000 + b"\r\n\r\n", id="a header of a megabyte"),
        pytest.param(b"GET /" + b"a" * 100_000 + b" HTTP/1.1\r\n\r\n", id="an address of a hundred kilobytes"),
        pytest.param(HEAD + b"Content-Length: 1000000000\r\n\r\n{}", id="a gigabyte announced"),
        pytest.param(HEAD + b"Content-Length: 5\r\nContent-Length: 50\r\n\r\n{}   GET /", id="two lengths"),
        pytest.param(HEAD + b"Content-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\nGET / HTTP/1.1\r\n\r\n", id="a length and chunks"),
        pytest.param(HEAD + b"Content-Length: -1\r\n\r\n", id="a length below nothing"),
        pytest.param(b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03\r\n\r\n", id="the beginning of TLS"),
    ],
)  # fmt: skip
def test_what_is_no_honest_request_is_refused(rig: WebRig, request_: bytes) -> None:
    """H-144: never a 2xx and never a 5xx, and the next one is served."""
    status = answer_to(rig, request_)
    assert status == 0 or 400 <= status < 500
    assert BrowserTab(rig.base).get("/healthz").status == 200


def test_a_packed_bomb_is_not_unpacked(rig: WebRig) -> None:
    """H-144: a body is read as it is; what is no JSON then is a 400."""
    bomb = gzip.compress(b" " * 50_000_000)
    request = HEAD + b"Content-Encoding: gzip\r\nContent-Length: %d\r\n\r\n" % len(bomb) + bomb
    assert answer_to(rig, request) == 400


def test_clients_that_hardly_speak_leave_the_others_served(rig: WebRig) -> None:
    """H-144: each holds one thread at most, and there are many."""
    with ExitStack() as crowd:
        for number in range(SLOW_CLIENTS):
            line = crowd.enter_context(closing(connected(rig)))
            line.sendall(HEAD + b"Content-Length: 100\r\n\r\n" if number % 2 else HEAD[:20])
        assert BrowserTab(rig.base).signs_in("cleo", PASSWORD).status == 303


def test_no_log_holds_a_token_or_a_password(rig: WebRig) -> None:
    """H-133: not of a socket's address, not of a header, not of what went wrong."""
    tab = BrowserTab(rig.base)
    sent = {"Content-Type": "application/json"}
    answer = tab.asks("POST", "/api/auth/token/", {"body": json.dumps({"username": "cleo", "password": PASSWORD})}, sent)
    token, refresh = answer.json["access"], answer.json["refresh"]
    Socket(rig.base, f"/ws/inbox/?token={token}").close()
    tab.get(f"/api/tickets/?token={token}")
    tab.get("/api/tickets/", Authorization=f"Bearer {token}")
    tab.get("/nowhere", Authorization=f"Bearer {token}x")
    assert BrowserTab(rig.base).signs_in("cleo", PASSWORD + "x").status == 401
    time.sleep(0.5)  # what is buffered has been written by then
    written = Path(rig.log.name).read_bytes()
    for secret in (token, refresh, PASSWORD):
        assert secret.encode() not in written
