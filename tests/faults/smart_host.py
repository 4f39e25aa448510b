"""A smart host that can be killed: what it has said yes to, or was about to, stands in a file before it says so.

python -m tests.faults.smart_host PORT FILE

One JSON line for each mail: its Message-ID, the hash of its bytes, its recipient. A kill between the line and
the answer is the case that no sender can know about.
"""

import asyncio
import hashlib
import json
import os
import random
import re
import sys

MESSAGE_ID = re.compile(rb"^Message-ID: (<[^>]+>)", re.MULTILINE | re.IGNORECASE)


class SmartHost(asyncio.Protocol):
    """Just enough SMTP, a mail at a time, any number on a connection."""

    def __init__(self, record: int) -> None:
        self.record = record
        self.heard = b""
        self.in_body = False
        self.rcpt = ""

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.Transport)
        self.transport = transport
        transport.write(b"220 smart host\r\n")

    def data_received(self, data: bytes) -> None:
        self.heard += data
        while self.takes_a_mail() if self.in_body else self.takes_a_line():
            pass

    def takes_a_mail(self) -> bool:
        body, end, rest = self.heard.partition(b"\r\n.\r\n")
        if not end:
            return False
        self.heard, self.in_body = rest, False
        self.write_down(body.replace(b"\r\n..", b"\r\n.") + b"\r\n")
        # A little later, so that kills fall between the line and the answer.
        asyncio.get_running_loop().call_later(random.random() * 0.02, self.transport.write, b"250 2.0.0 taken\r\n")
        return True

    def takes_a_line(self) -> bool:
        line, end, rest = self.heard.partition(b"\r\n")
        if not end:
            return False
        self.heard = rest
        verb = line[:4].upper()
        if verb == b"RCPT":
            self.rcpt = line.decode("utf-8", "replace").partition("<")[2].rstrip("> ")
        if verb == b"QUIT":
            self.transport.close()
            return False
        self.in_body = verb == b"DATA"
        self.transport.write(b"354 go on\r\n" if self.in_body else b"250 ok\r\n")
        return True

    def write_down(self, mail: bytes) -> None:
        found = MESSAGE_ID.search(mail)
        taken = {
            "id": found[1].decode() if found else "",
            "sha256": hashlib.sha256(mail).hexdigest(),
            "rcpt": self.rcpt,
        }
        os.write(self.record, json.dumps(taken).encode() + b"\n")


async def serve(port: int, path: str) -> None:
    record = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
    server = await asyncio.get_running_loop().create_server(lambda: SmartHost(record), "127.0.0.1", port)
    await server.serve_forever()


if __name__ == "__main__":
    asyncio.run(serve(int(sys.argv[1]), sys.argv[2]))
