"""Mail servers that do not give up: each tries every mail again until it has heard 250, as the real ones do."""

import random
import socket
import threading
import time
from collections import Counter
from collections.abc import Sequence
from itertools import cycle
from queue import Empty, SimpleQueue

END = b"\r\n.\r\n"
ANSWER_SECONDS = 20
PAUSE_SECONDS = 0.05


class Refused(Exception):
    """A permanent answer: a real server would send a bounce now, and the mail is lost to its writer."""


def mail(number: int) -> bytes:
    """A mail that is like no other; every third one answers the one before it, some have files or HTML."""
    dora = number // 3  # each from a place of her own: so many from one would be a flood
    words = f"Where is parcel {number}?\r\n" + "It should have come by now, shouldn't it?\r\n" * (number % 40)
    head = (
        f"From: Dora {dora} <dora@{dora}.example.org>\r\nTo: support@example.com\r\nSubject: Parcel {number // 3}\r\n"
        f"Message-ID: <{number}@faults.example>\r\nDate: Mon, 2 Nov 2026 10:00:00 +0000\r\nMIME-Version: 1.0\r\n"
    )
    if number % 3 == 2:
        head += f"In-Reply-To: <{number - 1}@faults.example>\r\n"
    if number % 10 == 7:
        body = f"Content-Type: text/html; charset=utf-8\r\n\r\n<p><b>{number}</b></p><p>{words}</p>\r\n"
    elif number % 50 == 13:
        body = (
            'Content-Type: multipart/mixed; boundary="b"\r\n\r\n--b\r\nContent-Type: text/plain\r\n\r\n'
            f"{words}\r\n--b\r\nContent-Type: text/csv; name={number}.csv\r\n\r\n" + f"{number};" * 3_000 + "\r\n--b--\r\n"
        )
    elif number % 200 == 101:  # too large for a row: goes through the spool
        body = "Content-Type: text/plain\r\n\r\n" + f"{number} and so on, and so forth.\r\n" * 40_000
    else:
        body = f"Content-Type: text/plain; charset=utf-8\r\n\r\n{words}"
    return (head + body).encode()


class Senders:
    """Some threads that send `mails` numbers in order. `acknowledged` are the mails answered with 250.

    With several ports (as many MX hosts) each try goes to the next one; with a `rate`, so many a second are begun.
    """

    def __init__(self, port: int | Sequence[int], mails: range, threads: int = 6, seed: int = 1, rate: float | None = None) -> None:
        self.ports = cycle([port] if isinstance(port, int) else port)
        self.rate = rate
        self.first = mails.start
        self.longest_wait = 0.0  # from the moment a mail was to be sent to its 250
        self.last_success = 0.0
        self.todo: SimpleQueue[int] = SimpleQueue()
        for number in mails:
            self.todo.put(number)
        self.acknowledged: set[bytes] = set()
        self.answers: Counter[str] = Counter()
        self.refusals: list[str] = []
        self.vanished = 0
        self.stopping = threading.Event()
        self.threads = [
            threading.Thread(target=self.work, args=(random.Random(seed * 100 + number),), daemon=True)
            for number in range(threads)
        ]

    def start(self) -> "Senders":
        self.began = time.monotonic()
        for thread in self.threads:
            thread.start()
        return self

    def wait(self, seconds: float) -> None:
        deadline = time.monotonic() + seconds
        for thread in self.threads:
            thread.join(max(0.0, deadline - time.monotonic()))
        late = any(thread.is_alive() for thread in self.threads)
        self.stopping.set()
        assert not late, f"the senders did not come to an end: {self.answers}, {self.todo.qsize()} mails are left"

    def work(self, chance: random.Random) -> None:
        while not self.stopping.is_set():
            try:
                number = self.todo.get_nowait()
            except Empty:
                return
            due = self.began + ((number - self.first) / self.rate if self.rate else 0.0)
            self.stopping.wait(max(0.0, due - time.monotonic()))
            self.send_until_acknowledged(mail(number), chance)
            self.last_success = time.monotonic()
            self.longest_wait = max(self.longest_wait, self.last_success - due)

    def send_until_acknowledged(self, raw: bytes, chance: random.Random) -> None:
        vanishes = chance.random() < 0.1
        while not self.stopping.is_set():
            try:
                if vanishes:
                    self.send(raw, cut=chance.randrange(len(END) + 1))
                    self.vanished += 1
                    vanishes = False
                elif self.send(raw):
                    self.acknowledged.add(raw)
                    return
            except Refused as refusal:
                self.refusals.append(str(refusal))
                return
            except (OSError, EOFError) as trouble:
                self.answers[type(trouble).__name__] += 1
            self.stopping.wait(PAUSE_SECONDS)

    def send(self, raw: bytes, cut: int | None = None) -> bool:
        """Whether it was acknowledged. With `cut` we vanish after so many octets of the end, hearing nothing."""
        with socket.create_connection(("127.0.0.1", next(self.ports)), timeout=ANSWER_SECONDS) as line, line.makefile("rb") as heard:
            commands = (b"", b"EHLO faults.example", b"MAIL FROM:<dora@example.org>", b"RCPT TO:<support@example.com>", b"DATA")
            for command in commands:
                if command:
                    line.sendall(command + b"\r\n")
                if not self.is_good(answer_in(heard)):
                    return False
            stuffed = raw.removesuffix(b"\r\n").replace(b"\r\n.", b"\r\n..")
            line.sendall(stuffed + (END if cut is None else END[:cut]))
            if cut is not None:
                return False
            return self.is_good(answer_in(heard))

    def is_good(self, answer: bytes) -> bool:
        code = answer[:3].decode("ascii", "replace")
        self.answers[code] += 1
        if code.startswith("5"):
            raise Refused(answer.decode(errors="replace"))
        return code[:1] in "23"


def answer_in(heard) -> bytes:  # type: ignore[no-untyped-def]
    """The last line of the next answer. Raises `EOFError` when there is none."""
    while True:
        line: bytes = heard.readline(4096)
        if not line.endswith(b"\n"):
            raise EOFError
        if line[3:4] != b"-":
            return line
