"""Small hosts of the world outside, served over HTTP on this machine: each test says what its host answers."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer


class Answering(BaseHTTPRequestHandler):
    """A handler that writes no log: nobody reads it."""

    def log_message(self, *_: object) -> None:
        pass


@contextmanager
def host_of(handler: type[Answering]) -> Iterator[str]:
    """Serve it on a port of its own, with a thread a request; yields the base URL."""
    server = ThreadingHTTPServer(("127.0.0.1", 0), handler)
    server.daemon_threads = True
    threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True).start()
    try:
        yield f"http://127.0.0.1:{server.server_port}"
    finally:
        server.shutdown()
        server.server_close()
