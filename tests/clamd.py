"""A small clamd: it speaks INSTREAM and VERSION as clamd(8) does, and knows the EICAR test file alone."""

import socketserver
import struct
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

EICAR = rb"X5O!P%@AP[4\PZX54(P^)7CC)7}$EICAR-STANDARD-ANTIVIRUS-TEST-FILE!$H+H*"
NAME = "Eicar-Test-Signature"
COMMAND = b"zINSTREAM\0"


class Clamd:
    """What it has been sent, and how it behaves. Without `url` it listens nowhere."""

    def __init__(self) -> None:
        self.url = ""
        self.seen: list[bytes] = []
        self.largest = 25_000_000
        self.is_mute = False  # it hears everything and says nothing
        self.chokes_on = b""  # a file with these octets in it gets no answer
        self.hung_up = threading.Event()

    def answer_to(self, content: bytes) -> bytes:
        return b"stream: %s FOUND\0" % NAME.encode() if EICAR in content else b"stream: OK\0"


class Conversation(socketserver.StreamRequestHandler):
    def handle(self) -> None:
        clamd: Clamd = self.server.clamd  # type: ignore[attr-defined]
        command = b""
        while not command.endswith(b"\0"):
            command += self.rfile.read(1) or b"\0"
        if clamd.is_mute:
            clamd.hung_up.wait(60)
        elif command == b"zVERSION\0":
            self.wfile.write(b"ClamAV 1.0.0/27000/Sun Nov 1 2026\0")
        elif command == COMMAND:
            self.scan(clamd)

    def scan(self, clamd: Clamd) -> None:
        content = b""
        while length := struct.unpack("!I", self.rfile.read(4))[0]:
            content += self.rfile.read(length)
            if len(content) > clamd.largest:
                self.wfile.write(b"INSTREAM size limit exceeded. ERROR\0")
                return
        clamd.seen.append(content)
        if not (clamd.chokes_on and clamd.chokes_on in content):
            self.wfile.write(clamd.answer_to(content))


class Server(socketserver.ThreadingTCPServer):
    daemon_threads = True


class LocalServer(socketserver.ThreadingUnixStreamServer):
    daemon_threads = True


@contextmanager
def clamd(socket_path: Path | None = None) -> Iterator[Clamd]:
    """A scanner on a port of its own, or on a socket in the file system."""
    twin = Clamd()
    with LocalServer(str(socket_path), Conversation) if socket_path else Server(("127.0.0.1", 0), Conversation) as server:
        server.clamd = twin  # type: ignore[union-attr]
        twin.url = f"unix://{socket_path}" if socket_path else f"tcp://127.0.0.1:{server.server_address[1]}"
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True)
        thread.start()
        try:
            yield twin
        finally:
            twin.hung_up.set()
            server.shutdown()
            thread.join()
