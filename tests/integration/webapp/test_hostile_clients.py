"""Clients that are no browsers of ours: other sites that want to read us, and sockets that flood."""

import re
from contextlib import closing, suppress

import pytest
import websocket

from tests.cast import DORA, mail_from
from tests.doors import DOORS
from tests.integration.webapp.conftest import WebDesk
from tests.web import Closed, Socket
from webapp.factory import create_app
from webapp.headers import ALWAYS
from webapp.live.hub import SOCKETS_PER_PERSON

FOREIGN = ("https://evil.example", "null", "http://127.0.0.1:1", "{base}.evil.example", "http://evil.example#{base}")


def test_no_other_site_may_read_an_answer(desk: WebDesk) -> None:
    """H-136: no origin is echoed, asked plainly or beforehand, and none may send its visitor's cookies."""
    tab = desk.tab("ada")
    for origin in FOREIGN:
        said = {"Origin": origin.format(base=desk.base), "Access-Control-Request-Method": "GET"}
        for method, path in (("GET", "/api/tickets/"), ("OPTIONS", "/api/tickets/"), ("GET", "/inbox/mine/"), ("GET", "/nowhere")):
            answer = tab.asks(method, path, {}, said)
            assert not [name for name in answer.headers if name.lower().startswith("access-control-")], (origin, method, path)


def test_every_answer_of_every_route_carries_the_headers(desk: WebDesk) -> None:
    """H-143: also what is refused or not found, for whoever asks."""
    ticket_id = desk.takes_in(mail_from(DORA)).ticket_id
    tabs = [desk.tab(), desk.tab("ada"), desk.tab("cleo")]
    asked = 0
    for door in DOORS:
        method, _, rule = door.partition(" ")
        if method != "GET" or rule.startswith(("/ws/", "/static/")):
            continue
        path = re.sub(r"<(?:[^<>:]+:)?(\w+)>", lambda found: filling(found[1], ticket_id), rule)
        for tab in tabs:
            answer, asked = tab.get(path), asked + 1
            for name in ALWAYS:
                assert answer.headers[name], (path, name)
            policy = answer.headers["Content-Security-Policy"]
            assert "unsafe" not in policy.replace("'unsafe-inline'", "", frames_inline(path)), path
            assert "frame-ancestors" in policy, path
    assert asked > 150


def filling(name: str, ticket_id: int | None) -> str:
    known = {"ticket_id": str(ticket_id), "view_name": "open", "mode": "reply", "day": "2026-11-02", "measure": "created", "table": "days"}
    return known.get(name, "00000000-0000-4000-8000-000000000001" if name in ("inbound_id", "outbox_id", "delivery_id") else "1")


def frames_inline(path: str) -> int:
    """A mail's own styles may stand in its frame, where no script runs; nowhere else."""
    return 1 if path.endswith("/frame") else 0


def test_over_tls_browsers_are_told_to_stay_with_it(desk: WebDesk) -> None:
    """H-143"""
    over_tls = create_app(desk.settings.model_copy(update={"base_url": "https://desk.example.com"}))
    assert over_tls.test_client().get("/healthz").headers["Strict-Transport-Security"].startswith("max-age=31536000")
    assert "Strict-Transport-Security" not in desk.tab().get("/healthz").headers


def test_a_frame_without_end_closes_its_socket_and_no_other(desk: WebDesk) -> None:
    """H-151: what is larger than a page ever says is refused, whole or in pieces."""
    with closing(desk.socket(desk.tab("cleo"))) as other:
        for opcode in (websocket.ABNF.OPCODE_TEXT, websocket.ABNF.OPCODE_BINARY):
            eve = desk.socket(desk.tab("ada"))
            with pytest.raises((Closed, OSError, websocket.WebSocketException)):
                eve.line.send(b"x" * 10_000_000, opcode)
                while True:
                    eve.hears()
            eve.close()
        still_hears(desk, other)


def test_pings_and_nonsense_without_end_hold_nobody_up(desk: WebDesk) -> None:
    """H-151: a flood of control frames, and a compressed frame that was never agreed upon."""
    with closing(desk.socket(desk.tab("cleo"))) as other:
        eve = desk.socket(desk.tab("ada"))
        for _ in range(2_000):
            eve.line.ping(b"x" * 100)
        compressed = websocket.ABNF(1, 1, 0, 0, websocket.ABNF.OPCODE_TEXT, 1, b"\x78\x9c" + b"\0" * 100)
        with pytest.raises((Closed, OSError, websocket.WebSocketException)):
            eve.line.send_frame(compressed)
            while True:
                eve.hears()
        eve.close()
        still_hears(desk, other)


def test_no_compression_is_agreed_upon(desk: WebDesk) -> None:
    """H-151: a compressed bomb needs a socket that inflates."""
    ada = desk.tab("ada")
    line = websocket.create_connection(
        desk.base.replace("http", "ws", 1) + "/ws/inbox/",
        cookie=ada.cookie_header("/ws/"),
        origin=desk.base,
        header=["Sec-WebSocket-Extensions: permessage-deflate"],
    )
    assert "sec-websocket-extensions" not in {name.lower() for name in line.getheaders()}
    line.close()


def test_an_agent_has_so_many_sockets_and_no_more_however_fast_he_opens_them(desk: WebDesk) -> None:
    """H-151"""
    ada = desk.tab("ada")
    sockets = [desk.socket(ada) for _ in range(SOCKETS_PER_PERSON + 5)]
    for socket in sockets:
        with suppress(OSError, websocket.WebSocketException):  # it may be closed by now
            socket.says(type="hello")
    heard = [closed_or_live(socket) for socket in sockets]
    assert (heard.count(1008), heard.count(0)) == (5, SOCKETS_PER_PERSON)
    for socket in sockets:
        socket.close()


def closed_or_live(socket: Socket) -> int:
    """The code it was closed with, or 0 for one that is listened to."""
    try:
        return 0 if socket.hears_of("live") else -1
    except Closed as closed:
        return closed.code


def still_hears(desk: WebDesk, socket: object) -> None:
    ticket_id = desk.takes_in(mail_from(DORA)).ticket_id
    desk.assigns(ticket_id, desk.ada)
    assert socket.hears_of("ticket.created")["ticket_id"] == ticket_id  # type: ignore[attr-defined]
