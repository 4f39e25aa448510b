"""The web served for real on a port of its own, and what a browser and a socket are to it; no test client."""

import http.client
import json
import threading
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from http.cookies import SimpleCookie
from typing import Any
from urllib.parse import urlencode, urlsplit

import pytest
import websocket
from flask import Flask
from werkzeug.serving import make_server

from models.settings import Settings
from tests.waiting import PATIENCE


@contextmanager
def served(make_app: Callable[[str], Flask]) -> Iterator[str]:
    """Serve the application that `make_app(base URL)` builds, with a thread a request; yields the base URL."""
    server = make_server("127.0.0.1", 0, Flask("not yet"), threaded=True)
    server.daemon_threads = True
    base = f"http://127.0.0.1:{server.server_port}"
    server.app = make_app(base)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True)
    thread.start()
    try:
        yield base
    finally:
        server.shutdown()
        server.server_close()
        thread.join(10)


@dataclass(frozen=True)
class Answer:
    status: int
    headers: http.client.HTTPMessage
    body: str

    @property
    def json(self) -> dict[str, Any]:
        found: dict[str, Any] = json.loads(self.body)
        return found

    @property
    def location(self) -> str:
        return self.headers["Location"] or ""


class BrowserTab:
    """Keeps cookies by name and path as a browser does, follows no redirect by itself, and keeps its forms honest."""

    def __init__(self, base: str) -> None:
        self.base = base
        self.cookies: dict[str, tuple[str, str]] = {}

    def get(self, path: str, **headers: str) -> Answer:
        return self.asks("GET", path, {}, headers)

    def post(self, path: str, form: Mapping[str, str] | None = None, *, token: bool = True, **headers: str) -> Answer:
        """Send a form of the page; without `token`, as another site's form would."""
        filled = {**(form or {}), **({"csrf_token": self.csrf} if token else {})}
        headers = {"Origin": self.base, "Content-Type": "application/x-www-form-urlencoded", **headers}
        return self.asks("POST", path, {"body": urlencode(filled)}, headers)

    def signs_in(self, name: str, password: str, **form: str) -> Answer:
        return self.post("/signin", {"username": name, "password": password, **form}, token=False)

    def follows(self, answer: Answer) -> Answer:
        """Go where the redirects lead, on this desk."""
        while answer.status in (302, 303):
            assert answer.location.startswith("/") or answer.location.startswith(self.base)
            answer = self.get(answer.location.removeprefix(self.base))
        return answer

    @property
    def csrf(self) -> str:
        return self.cookies.get("postroom_csrf", ("", ""))[0]

    def forgets(self, name: str) -> None:
        self.cookies.pop(name, None)

    def cookie_header(self, path: str) -> str:
        return "; ".join(f"{name}={value}" for name, (value, where) in self.cookies.items() if path.startswith(where))

    def asks(self, method: str, path: str, more: Mapping[str, Any], headers: Mapping[str, str]) -> Answer:
        named = {name.replace("_", "-"): value for name, value in headers.items()}
        if self.cookies:
            named["Cookie"] = self.cookie_header(path)
        connection = http.client.HTTPConnection(urlsplit(self.base).netloc, timeout=PATIENCE)
        try:
            connection.request(method, path, headers=named, **more)
            response = connection.getresponse()
            answer = Answer(response.status, response.headers, response.read().decode("utf-8", "replace"))
        finally:
            connection.close()
        self.keeps(answer)
        return answer

    def keeps(self, answer: Answer) -> None:
        self.keeps_cookies(answer.headers.get_all("Set-Cookie", []))

    def keeps_cookies(self, handed: Iterable[str]) -> None:
        for header in handed:
            for name, morsel in SimpleCookie(header).items():
                if morsel["max-age"] == "0" or not morsel.value:
                    self.cookies.pop(name, None)
                else:
                    self.cookies[name] = (morsel.value, morsel["path"] or "/")


class Closed(Exception):
    """The desk has closed the socket; `code` says why."""

    def __init__(self, code: int, reason: str = "") -> None:
        super().__init__(f"{code} {reason}")
        self.code = code
        self.reason = reason


class Socket:
    """One open WebSocket. Frames are read as they come; `presence` among them only where it is asked for."""

    def __init__(self, base: str, path: str, *, cookie: str = "", origin: str | None = None) -> None:
        self.line = websocket.create_connection(
            base.replace("http", "ws", 1) + path,
            timeout=PATIENCE,
            cookie=cookie or None,
            origin=origin,
            suppress_origin=origin is None,
        )

    def says(self, **frame: Any) -> None:
        self.line.send(json.dumps(frame))

    def hears(self, seconds: float = PATIENCE) -> dict[str, Any]:
        """The next frame. Raises `Closed`; fails when nothing comes."""
        self.line.settimeout(seconds)
        try:
            opcode, data = self.next_frame()
        except websocket.WebSocketTimeoutException:
            pytest.fail(f"nothing came on the socket within {seconds} s")
        if opcode == websocket.ABNF.OPCODE_CLOSE:
            raise Closed(int.from_bytes(data[:2], "big"), data[2:].decode())
        found: dict[str, Any] = json.loads(data)
        return found

    def next_frame(self) -> tuple[int, bytes]:
        """The next one that says something. The desk may hang up before it has heard our answer to a ping or a close."""
        while True:
            frame = self.line.recv_frame()
            with suppress(OSError):
                if frame.opcode == websocket.ABNF.OPCODE_PING:
                    self.line.pong(frame.data)
                elif frame.opcode == websocket.ABNF.OPCODE_CLOSE:
                    self.line.send_close()
            if frame.opcode not in (websocket.ABNF.OPCODE_PING, websocket.ABNF.OPCODE_PONG):
                return frame.opcode, frame.data

    def hears_of(self, kind: str, seconds: float = PATIENCE) -> dict[str, Any]:
        """The next frame of a kind; others are passed over."""
        while True:
            frame = self.hears(seconds)
            if frame["type"] == kind:
                return frame

    def begins(self) -> "Socket":
        """Wait until the desk listens for it: whatever happens from here on comes over it."""
        self.says(type="hello")
        self.hears_of("live")
        return self

    def is_closed_with(self) -> int:
        """The code it is closed with, now or after what is still on its way."""
        try:
            while True:
                self.hears()
        except Closed as closed:
            return closed.code

    def is_closed_because(self) -> str:
        """The words it is closed with."""
        with pytest.raises(Closed) as closed:
            while True:
                self.hears()
        return closed.value.reason

    def close(self) -> None:
        with suppress(OSError):  # the desk may have gone first
            self.line.close()


def with_base(settings: Settings, base: str) -> Settings:
    return settings.model_copy(update={"base_url": base})
