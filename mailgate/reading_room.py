"""The room where mails are read: a few warm child processes, each of which may crash or be killed at no one's cost.

`ReadingRoom.read` is a function like any other to its caller, who may call it from many threads. Two mails are
read at a time; one that takes longer than a moment moves to a seat apart, so that the next ones do not wait for it.
A child that crashed, took too long or grew too big is replaced; only the mail it held has lost a try.
"""

import logging
import os
import signal
import socket
import subprocess
import sys
import threading
import time
from dataclasses import astuple, dataclass

from pydantic import TypeAdapter, ValidationError

from mailgate.inbound import Inbound
from mailgate.reading_child import READY, Allowance
from mailgate.reading_wire import MOST_CONTENTS, MOST_WORDS, Unspeakable, receive_frame, send_frame, with_contents

log = logging.getLogger(__name__)

SEATS = 2
SLOW_SEATS = 6
PROMPT_SECONDS = 1.0  # who reads longer than this reads on apart
START_SECONDS = 30.0
MAILS_A_CHILD = 2_000
MEMORY_A_CHILD = 192 * 1024 * 1024
NICE = 10
INHERITED = ("PATH", "PYTHONPATH", "PYTHONHOME", "VIRTUAL_ENV", "LANG", "LC_ALL", "TZ", "TMPDIR", "SYSTEMROOT")


class NotRead(Exception):
    """This mail could not be read: its reader raised, crashed, took too long or answered with nonsense."""


class RoomClosed(OSError):
    """No mail can be read at all just now. The trouble is ours: the mail waits and loses no try."""


@dataclass(frozen=True)
class Reply:
    """The JSON of a child, believed: its shape and its types have been checked."""

    peak: int
    mail: Inbound | None = None
    error: str = ""
    said: str = ""


REPLY = TypeAdapter(Reply)


class Child:
    """One process and the line to it."""

    def __init__(self, reader: str, allowance: Allowance) -> None:
        self.wall_seconds = float(allowance.wall_seconds)
        self.line, theirs = socket.socketpair()
        with theirs:
            self.process = subprocess.Popen(
                [sys.executable, "-m", "mailgate.reading_child", reader, *map(str, astuple(allowance))],
                stdin=theirs,
                stdout=subprocess.DEVNULL,
                start_new_session=True,  # so that whatever it may have started can be killed with it
                env={name: os.environ[name] for name in INHERITED if name in os.environ},
            )
        self.is_ready = False
        self.mails = 0
        self.peak = 0

    def get_ready(self) -> None:
        """Wait until it has loaded what it needs. Raises `RoomClosed`: no mail is to blame for that."""
        if self.is_ready:
            return
        self.line.settimeout(START_SECONDS)
        try:
            self.is_ready = self.line.recv(1) == READY
        except OSError as trouble:
            raise RoomClosed(f"a reading child did not start: {trouble}") from trouble
        if not self.is_ready:
            raise RoomClosed("a reading child ended before it was ready: the log says why")

    def give(self, raw: bytes, mail_from: str) -> None:
        self.line.settimeout(self.wall_seconds)
        send_frame(self.line, mail_from.encode("utf-8", "surrogateescape"), raw)

    def answers_within(self, seconds: float) -> bool:
        """Whether the answer has begun to come."""
        self.line.settimeout(seconds)
        try:
            self.line.recv(1, socket.MSG_PEEK)
        except TimeoutError:
            return False
        return True

    def answer(self, deadline: float) -> Inbound:
        """Raises `NotRead` when the reader raised; `Unspeakable`, `ValidationError` or `OSError` when the child is lost."""
        frame = receive_frame(self.line, MOST_WORDS, MOST_CONTENTS, deadline)
        if frame is None:
            raise Unspeakable("it ended")
        reply = REPLY.validate_json(frame[0])
        self.mails += 1
        self.peak = reply.peak
        if reply.mail is None:
            raise NotRead(f"{reply.error}: {reply.said}")
        return with_contents(reply.mail, frame[1])

    def be_patient(self) -> None:
        """Let the prompt readers have the processor first."""
        try:
            os.setpriority(os.PRIO_PROCESS, self.process.pid, NICE)
        except OSError:
            pass  # it has ended meanwhile, which shows soon enough

    def kill(self) -> str:
        """End it and all it has started; how it had ended, in words."""
        if self.process.returncode is None:  # not yet waited for: until then its number is nobody else's
            try:
                os.killpg(self.process.pid, signal.SIGKILL)
            except ProcessLookupError:
                pass
        code = self.process.wait()
        self.line.close()
        return signal.Signals(-code).name if code < 0 else f"exit code {code}"

    def dismiss(self) -> None:
        """Hang up; it ends by itself, and is killed if it does not."""
        self.line.close()
        try:
            self.process.wait(1.0)
        except subprocess.TimeoutExpired:
            self.kill()


class ReadingRoom:
    """Warm children for one filer. `reader` is the `module:function` they read with."""

    def __init__(
        self,
        reader: str = "mailgate.safe_reading:read_safely",
        allowance: Allowance = Allowance(),
        mails_a_child: int = MAILS_A_CHILD,
    ) -> None:
        self.reader = reader
        self.allowance = allowance
        self.mails_a_child = mails_a_child
        self.seats = threading.Semaphore(SEATS)
        self.slow_seats = threading.Semaphore(SLOW_SEATS)
        self.lock = threading.Lock()
        self.idle: list[Child] = []
        self.busy: set[Child] = set()
        self.is_closed = False

    def open(self) -> None:
        """Have the children loaded before the first mail comes. Raises `RoomClosed`."""
        for child in [self.hire() for _ in range(SEATS)]:
            child.get_ready()
            self.put_back(child)

    def close(self) -> None:
        """End every child, also those that read; their callers get `RoomClosed`."""
        with self.lock:
            self.is_closed = True
            idle, busy, self.idle = self.idle, list(self.busy), []
        for child in idle:
            child.dismiss()
        for child in busy:
            child.kill()

    def read(self, raw: bytes, mail_from: str) -> Inbound:
        """The mail, read in a child, within its allowance. Raises `NotRead`, `RoomClosed`."""
        seat = self.seats
        seat.acquire()
        try:
            child = self.take()
            deadline = time.monotonic() + self.allowance.wall_seconds
            try:
                child.give(raw, mail_from)
                if not child.answers_within(PROMPT_SECONDS) and self.slow_seats.acquire(blocking=False):
                    seat.release()
                    seat = self.slow_seats
                    child.be_patient()
                inbound = child.answer(deadline)
            except NotRead:
                self.put_back(child)
                raise
            except (Unspeakable, ValidationError, OSError) as trouble:
                raise self.lost(child, trouble, deadline) from trouble
            self.put_back(child)
            return inbound
        finally:
            seat.release()

    def take(self) -> Child:
        """A child that is ready, the one that read last first: it is the warmest."""
        child = self.idle_child() or self.hire()
        try:
            child.get_ready()
        except RoomClosed:
            self.forget(child)
            child.kill()
            raise
        return child

    def idle_child(self) -> Child | None:
        """One that waits, counted as busy now. Those that died waiting are no mail's fault, and are buried."""
        with self.lock:
            while self.idle:
                child = self.idle.pop()
                if child.process.poll() is None:
                    self.busy.add(child)
                    return child
                child.line.close()
        return None

    def hire(self) -> Child:
        """A new child, counted as busy. Raises `RoomClosed`."""
        with self.lock:
            if self.is_closed:
                raise RoomClosed("the reading room is closed")
            try:
                child = Child(self.reader, self.allowance)
            except OSError as trouble:
                raise RoomClosed(f"no reading child could be started: {trouble}") from trouble
            self.busy.add(child)
            return child

    def put_back(self, child: Child) -> None:
        """Back into the room; one that has read enough, or is one too many, goes home."""
        with self.lock:
            self.busy.discard(child)
            stays = not self.is_spent(child) and not self.is_closed and len(self.idle) < SEATS
            if stays:
                self.idle.append(child)
        if not stays:
            child.dismiss()
            self.fill_up()

    def is_spent(self, child: Child) -> bool:
        return child.mails >= self.mails_a_child or child.peak >= MEMORY_A_CHILD

    def forget(self, child: Child) -> None:
        with self.lock:
            self.busy.discard(child)

    def lost(self, child: Child, trouble: Exception, deadline: float) -> Exception:
        """The child is gone, or has to go; what its caller is told."""
        self.forget(child)
        took_too_long = time.monotonic() >= deadline
        ending = child.kill()
        if self.is_closed:
            return RoomClosed("the reading room is closed")
        self.fill_up()
        why = f"it took longer than {self.allowance.wall_seconds} seconds" if took_too_long else f"{trouble} ({ending})"
        return NotRead(f"its reading child was lost: {why}")

    def fill_up(self) -> None:
        """Start the next child while nobody waits for it."""
        with self.lock:
            missing = SEATS - len(self.idle) - len(self.busy)
            if self.is_closed or missing <= 0:
                return
        try:
            child = self.hire()
        except RoomClosed as trouble:
            log.warning("%s", trouble)
            return
        with self.lock:
            self.busy.discard(child)
            self.idle.insert(0, child)

    def memory(self) -> dict[int, int]:
        """The peak resident octets that each child last told of, by its process id."""
        with self.lock:
            return {child.process.pid: child.peak for child in (*self.idle, *self.busy)}

