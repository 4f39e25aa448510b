"""SMTP servers that follow a script, for what no server should do: garbage, endless lines, lost answers."""

import socket
import struct
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager

Script = Callable[[socket.socket], None]


@contextmanager
def scripted_host(script: Script) -> Iterator[str]:
    """Runs `script` on each connection, one after the other; yields the URL."""
    listener = socket.create_server(("127.0.0.1", 0))
    thread = threading.Thread(target=_serve, args=(listener, script), daemon=True)
    thread.start()
    try:
        yield f"smtp://127.0.0.1:{listener.getsockname()[1]}"
    finally:
        listener.shutdown(socket.SHUT_RDWR)
        listener.close()
        thread.join(5)


def _serve(listener: socket.socket, script: Script) -> None:
    while True:
        try:
            connection, _ = listener.accept()
        except OSError:
            return
        with connection:
            connection.settimeout(10)
            try:
                script(connection)
            except OSError:
                pass  # the client hung up first: some scripts want just that


def hangs_up(connection: socket.socket) -> None:
    """Close with a reset: what the client sends next fails at once."""
    connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    connection.close()


def says(*answers: bytes, after_dot: bytes = b"250 2.0.0 taken\r\n") -> Script:
    """A script of answers: banner, EHLO, MAIL, RCPT, DATA; what is left out is said by a good server."""
    good = (b"220 sink\r\n", b"250 sink\r\n", b"250 ok\r\n", b"250 ok\r\n", b"354 go on\r\n")
    planned = [*answers, *good[len(answers) :]]

    def script(connection: socket.socket) -> None:
        reader = connection.makefile("rb")
        connection.sendall(planned[0])
        for answer in planned[1:]:
            if not reader.readline():
                return
            connection.sendall(answer)
        while (line := reader.readline()) and line != b".\r\n":
            pass
        connection.sendall(after_dot)
        reader.read(1)

    return script
