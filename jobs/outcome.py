"""A mail that is ready to go, what can become of it, and what a way out has to offer."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol
from uuid import UUID


@dataclass(frozen=True)
class Mail:
    """One mail to one recipient, ready to go: addresses with their domain in ASCII, the bytes with CRLF.

    `queued_at` and `id` name it in the local outbox.
    """

    id: UUID
    mail_from: str
    rcpt: str
    mime: bytes
    queued_at: datetime


@dataclass(frozen=True)
class Sent:
    """The next server has said that it is responsible now."""

    code: int
    text: str


@dataclass(frozen=True)
class Deferred:
    """Not now. `host_is_down`: the trouble is the host or our way to it, not this mail."""

    code: int | None
    text: str
    host_is_down: bool = False


@dataclass(frozen=True)
class Refused:
    """No, and the same mail will be refused again."""

    code: int | None
    text: str


@dataclass(frozen=True)
class Withheld:
    """We do not send it at all: what stands against it came up after it was queued."""

    text: str


@dataclass(frozen=True)
class Unanswered:
    """The dot was sent and nothing that can be understood came back."""

    text: str


Outcome = Sent | Deferred | Refused | Withheld | Unanswered


class Transport(Protocol):
    def send(self, mail: Mail, before_dot: Callable[[], None]) -> Outcome: ...

    def rest(self) -> None:
        """Nothing is left to be sent for now."""

    def cut_off(self) -> None:
        """End what is under way, from another thread: the process has to stop."""
