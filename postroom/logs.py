"""Where the log goes: to standard error, from a thread of its own, so that a reader who stands still holds up no mail."""

import atexit
import logging
import os
import queue
import sys
import threading
import time
from typing import TextIO

from postroom.log_lines import FORMATS

MOST_WAITING = 10_000  # lines; what comes beyond is counted and dropped
LAST_WORDS_SECONDS = 2.0


class Unhurried(logging.Handler):
    """Formats where the event happens, writes in its own thread, and never waits for whoever reads (mail-safety X-40).

    When nobody reads, lines beyond `MOST_WAITING` are dropped; how many, the next line that gets out says.
    """

    def __init__(self, stream: TextIO, most_waiting: int = MOST_WAITING) -> None:
        super().__init__()
        self.stream = stream
        self.most_waiting = most_waiting
        self.begin_anew()
        os.register_at_fork(after_in_child=self.begin_anew)  # a thread does not come along into a child

    def begin_anew(self) -> None:
        self.lines: queue.Queue[str] = queue.Queue(self.most_waiting)
        self.writer: threading.Thread | None = None
        self.dropped = 0

    def emit(self, record: logging.LogRecord) -> None:
        try:
            line = self.format(record)
        except Exception:  # a line that cannot be made must not stop what it tells of
            self.handleError(record)
            return
        try:
            self.lines.put_nowait(line)
        except queue.Full:
            self.dropped += 1
            return
        if self.writer is None:
            self.writer = threading.Thread(target=self.write_on, name="log", daemon=True)
            self.writer.start()

    def write_on(self) -> None:
        while True:
            line = self.lines.get()
            if self.dropped:
                dropped, self.dropped = self.dropped, 0
                self.write(self.format(dropped_lines(dropped)))
            self.write(line)
            self.lines.task_done()

    def write(self, line: str) -> None:
        try:
            self.stream.write(f"{line}\n")
            self.stream.flush()
        except (OSError, ValueError):  # closed: there is nobody left to tell
            self.dropped += 1

    def flush(self) -> None:
        """Wait a moment for what was said last."""
        ends = time.monotonic() + LAST_WORDS_SECONDS
        while self.writer is not None and self.lines.unfinished_tasks and time.monotonic() < ends:
            time.sleep(0.005)


def dropped_lines(number: int) -> logging.LogRecord:
    return logging.LogRecord(__name__, logging.WARNING, __file__, 0, "%d lines of the log were dropped: nobody read them", (number,), None)


def set_up_logs(log_format: str, stream: TextIO | None = None) -> None:
    """Have every line of this process written in one form; again, in another form, where it is called again."""
    handler = Unhurried(stream or sys.stderr)
    handler.setFormatter(FORMATS[log_format]())
    root = logging.getLogger()
    for former in [each for each in root.handlers if isinstance(each, Unhurried)]:
        former.flush()
        root.removeHandler(former)
    root.addHandler(handler)
    root.setLevel(logging.INFO)
    logging.captureWarnings(True)
    atexit.register(handler.flush)
