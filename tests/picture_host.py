"""A host that serves pictures and everything else that calls itself one: for the tests of what is fetched from elsewhere."""

import struct
import time
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler

from tests.hosts import Answering, host_of


def png(width: int = 2, height: int = 2) -> bytes:
    """A real picture of that size; of a large one only its head is true, and nobody draws it."""
    head = struct.pack(">II5B", width, height, 8, 2, 0, 0, 0)
    rows = b"".join(b"\x00" + b"\xc2\x3b\x22" * width for _ in range(height)) if width * height < 10_000 else b""
    return b"\x89PNG\r\n\x1a\n" + b"".join(chunk(*each) for each in ((b"IHDR", head), (b"IDAT", zlib.compress(rows)), (b"IEND", b"")))


def chunk(name: bytes, data: bytes) -> bytes:
    return struct.pack(">I", len(data)) + name + data + struct.pack(">I", zlib.crc32(name + data))


@dataclass
class PictureHost:
    """`base` is where it is; `calls` are the requests that came: path and headers; `ended` those heard to their end."""

    base: str
    calls: list[tuple[str, dict[str, str]]] = field(default_factory=list)
    ended: list[str] = field(default_factory=list)


@contextmanager
def picture_host() -> Iterator[PictureHost]:
    host = PictureHost("")

    class Host(Answering):
        def do_GET(self) -> None:
            host.calls.append((self.path, dict(self.headers)))
            try:
                answer(self, host.base)
                host.ended.append(self.path)
            except OSError:
                pass  # it hung up: that is what some tests are about

    with host_of(Host) as host.base:
        yield host


def answer(request: BaseHTTPRequestHandler, base: str) -> None:
    name = request.path.partition("?")[0].strip("/")
    if name.startswith("hops-"):
        left = int(name.removeprefix("hops-"))
        return send(request, 302, {"Location": f"/hops-{left - 1}" if left else "/good.png"})
    match name:
        case "inside":
            send(request, 302, {"Location": "http://169.254.169.254/latest/meta-data/"})
        case "to-a-file":
            send(request, 302, {"Location": "file:///etc/passwd"})
        case "round":
            send(request, 302, {"Location": "/round"})
        case "nowhere":
            send(request, 302, {})
        case "missing":
            send(request, 404, {}, png())
        case "html":
            send(request, 200, {"Content-Type": "image/png"}, b"<script>parent.__pwn=1</script>")
        case "svg":
            send(request, 200, {"Content-Type": "image/svg+xml"}, b"<svg xmlns='http://www.w3.org/2000/svg' onload='x'/>")
        case "bomb":
            send(request, 200, {}, png(30_000, 30_000))
        case "large":
            send(request, 200, {}, png() + b"\x00" * (6 * 1024 * 1024))
        case "endless":
            send(request, 200, {"Content-Length": "99999999"}, png())
        case "slow-body":
            send(request, 200, {"Content-Length": "100000"})
            drip(request, png() * 50)
        case "slow-headers":
            drip(request, b"HTTP/1.1 200 OK\r\nX-Slow: " + b"x" * 400)
        case _:
            send(request, 200, {"Content-Type": "text/html", "Set-Cookie": "spy=1"}, png())


def send(request: BaseHTTPRequestHandler, status: int, headers: dict[str, str], body: bytes | None = None) -> None:
    request.send_response(status)
    for name, value in {"Content-Length": str(len(body or b"")), **headers}.items():
        request.send_header(name, value)
    request.end_headers()
    request.wfile.write(body or b"")


def drip(request: BaseHTTPRequestHandler, content: bytes) -> None:
    """An octet every now and then: no single read ever waits long."""
    for octet in content:
        request.wfile.write(bytes([octet]))
        request.wfile.flush()
        time.sleep(0.05)
