"""A raw SMTP client: sends exactly the bytes it is given, may stop anywhere, tells what it was answered."""

import contextlib
import select
import socket
import ssl
import struct
from types import TracebackType

from tests.waiting import PATIENCE

CRLF = b"\r\n"
MAIL = b"MAIL FROM:<dora@example.org>"
RCPT = b"RCPT TO:<support@example.com>"


class Client:
    """One connection to a gate. `source` is an address of 127/8, to come as somebody else."""

    def __init__(self, port: int, source: str = "127.0.0.1", host: str = "127.0.0.1") -> None:
        self.socket = socket.create_connection((host, port), timeout=PATIENCE, source_address=(source, 0))
        self._heard = b""

    def __enter__(self) -> "Client":
        return self

    def __exit__(self, kind: type | None, error: BaseException | None, trace: TracebackType | None) -> None:
        self.socket.close()

    def send(self, octets: bytes) -> None:
        self.socket.sendall(octets)

    def send_slowly(self, octets: bytes) -> None:
        """One octet a packet."""
        self.socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        for position in range(len(octets)):
            self.socket.sendall(octets[position : position + 1])

    def answer(self) -> bytes:
        """The next whole answer, all its lines; b"" when the gate has closed instead."""
        whole = b""
        while True:
            line = self._line()
            whole += line
            if line[3:4] != b"-":
                return whole

    def says(self, command: bytes) -> bytes:
        """Sends one command, returns the answer."""
        with contextlib.suppress(BrokenPipeError, ConnectionResetError):
            self.send(command + CRLF)
        return self.answer()

    def greets(self, name: bytes = b"EHLO dora.example.org") -> "Client":
        """Waits for the banner and says EHLO."""
        assert self.answer().startswith(b"220 ")
        assert self.says(name).startswith(b"250")
        return self

    def begins_mail(self, mail: bytes = MAIL, *rcpts: bytes) -> "Client":
        """MAIL, RCPT and DATA, up to the 354."""
        assert self.says(mail).startswith(b"250 "), mail
        for rcpt in rcpts or (RCPT,):
            assert self.says(rcpt).startswith(b"250 "), rcpt
        assert self.says(b"DATA").startswith(b"354 ")
        return self

    def gives(self, wire: bytes) -> bytes:
        """A mail from MAIL to the final dot; `wire` is what stands on the wire before it, dots stuffed."""
        self.begins_mail()
        self.send(wire + b".\r\n")
        return self.answer()

    def has_been_told_something(self) -> bool:
        """Whether an answer lies there that has not been read."""
        return bool(self._heard or select.select([self.socket], [], [], 0)[0])

    def is_closed(self, within: float = PATIENCE) -> bool:
        """Whether the gate ends the connection, saying nothing more."""
        self.socket.settimeout(within)
        try:
            return self._heard == b"" and self.socket.recv(1) == b""
        except ConnectionResetError:
            return True
        except TimeoutError:
            return False

    def start_tls(self) -> "Client":
        """The handshake, after the gate's 220; the certificate is not looked at."""
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
        context.check_hostname = False
        context.verify_mode = ssl.CERT_NONE
        self.socket = context.wrap_socket(self.socket)
        return self

    def resets(self) -> None:
        """Leaves without a word, not even a FIN."""
        self.socket.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        self.socket.close()

    def closes_its_side(self) -> None:
        self.socket.shutdown(socket.SHUT_WR)

    def _line(self) -> bytes:
        while b"\n" not in self._heard:
            try:
                more = self.socket.recv(65_536)
            except ConnectionResetError:
                more = b""
            if not more:
                line, self._heard = self._heard, b""
                return line
            self._heard += more
        line, _, self._heard = self._heard.partition(b"\n")
        return line + b"\n"
