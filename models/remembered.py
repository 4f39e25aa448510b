"""What was worked out from rows that do not change any more, kept in memory for whoever asks next.

The key has to say all that the answer depends on, down to when each of the rows was written: then nothing has to be
thrown away for having become false, only for being old.
"""

from collections import OrderedDict
from collections.abc import Callable, Hashable
from threading import Lock
from typing import Generic, TypeVar

T = TypeVar("T")


class Remembered(Generic[T]):
    """The `most` answers asked for last. Threads may share it; two that ask at once may both work it out."""

    def __init__(self, most: int) -> None:
        self.most = most
        self.known: OrderedDict[Hashable, T] = OrderedDict()
        self.lock = Lock()

    def get(self, key: Hashable, work_out: Callable[[], T]) -> T:
        with self.lock:
            if key in self.known:
                self.known.move_to_end(key)
                return self.known[key]
        answer = work_out()
        with self.lock:
            self.known[key] = answer
            while len(self.known) > self.most:
                self.known.popitem(last=False)
        return answer

    def forget(self) -> None:
        with self.lock:
            self.known.clear()
