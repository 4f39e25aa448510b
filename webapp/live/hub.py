"""Who listens in this process, and what each is still to be sent.

Sockets never wait for each other: each has a queue of its own, and one that does not keep up is told to load
its page again instead of holding the others back.
"""

import json
import queue
import threading
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from models.queries.events import Position
from webapp.live.presence import Announcer, Elsewhere, Person, merged

QUEUE_LENGTH = 256
SOCKETS_PER_PERSON = 20

CLOSE = None  # in a queue: end this socket
BEGINNING = Position(0, 0)


@dataclass(eq=False)
class Listener:
    """One open socket. `ticket_id` is set where it follows a single ticket.

    It begins by catching up on what its page has missed. What the relay brings meanwhile is held, and passed on
    afterwards where it was not caught up on: so events come in their order, without gap and without double.
    """

    user_id: int
    name: str
    is_staff: bool
    ticket_id: int | None
    wake: Callable[[], None]  # tells the socket's thread that there is something to send
    frames: "queue.Queue[str | None]" = field(default_factory=lambda: queue.Queue(QUEUE_LENGTH))
    viewing: int | None = None
    typing: bool = False
    lock: threading.Lock = field(default_factory=threading.Lock)
    held: list[tuple[Position, dict[str, Any]]] | None = field(default_factory=list)
    read_to: Position = BEGINNING

    def pass_on(self, place: Position, frame: dict[str, Any]) -> None:
        """Send an event that stands at `place` in the log, unless the socket has had it."""
        with self.lock:
            if self.held is not None:
                self.held.append((place, frame))
            elif place > self.read_to:
                self.send(frame)

    def has_caught_up(self, place: Position) -> None:
        """The socket has had all up to `place`: from here on it is told what the relay brings."""
        with self.lock:
            held, self.held, self.read_to = self.held or [], None, place
            for at, frame in held:
                if at > place:
                    self.send(frame)

    def send(self, frame: dict[str, Any]) -> None:
        """Queue one frame; a full queue is emptied into a single `resync`, as the page must reload anyway."""
        try:
            self.frames.put_nowait(json.dumps(frame))
        except queue.Full:
            self.resync()
        self.wake()

    def resync(self) -> None:
        with self.frames.mutex:
            self.frames.queue.clear()
        self.frames.put_nowait(json.dumps({"type": "resync"}))
        self.wake()

    def close(self) -> None:
        with self.frames.mutex:
            self.frames.queue.clear()
        self.frames.put_nowait(CLOSE)
        self.wake()


class Hub:
    """The open sockets of this process, and who looks at which ticket, here and in the other web processes."""

    def __init__(self, room: int, announcer: Announcer) -> None:
        """`room`: how many sockets this process may hold and still have threads to answer requests with."""
        self.room = room
        self.announcer = announcer
        self.elsewhere = Elsewhere(announcer.process)
        self.lock = threading.Lock()
        self.listeners: set[Listener] = set()

    def has_room(self) -> bool:
        with self.lock:
            return len(self.listeners) < self.room

    def join(self, listener: Listener) -> bool:
        """Take a socket in; False where this person has too many open already."""
        with self.lock:
            if sum(other.user_id == listener.user_id for other in self.listeners) >= SOCKETS_PER_PERSON:
                return False
            self.listeners.add(listener)
            return True

    def leave(self, listener: Listener) -> None:
        with self.lock:
            self.listeners.discard(listener)
        if listener.viewing is not None:
            self.presence_changed(listener.viewing)

    def all(self) -> list[Listener]:
        with self.lock:
            return list(self.listeners)

    def resync_all(self) -> None:
        for listener in self.all():
            listener.resync()

    def interested(self, ticket_id: int) -> list[Listener]:
        """Who follows everything, or this ticket; rights are another question."""
        return [listener for listener in self.all() if listener.ticket_id in (None, ticket_id)]

    def look_at(self, listener: Listener, ticket_id: int | None, typing: bool) -> None:
        """Somebody looks at a ticket, types on it, or has left (`ticket_id` None)."""
        before, listener.viewing, listener.typing = listener.viewing, ticket_id, typing
        for changed in {before, ticket_id} - {None}:
            self.presence_changed(changed)

    def presence_changed(self, ticket_id: int) -> None:
        """Tell the people here and the other processes who is on a ticket now."""
        self.tell_presence(ticket_id)
        self.announcer.say(ticket_id, merged(map(as_person, self.present(ticket_id))))

    def tell_presence(self, ticket_id: int) -> None:
        """Tell everybody on a ticket who else is there. Customers are not told who reads their ticket."""
        present = self.present(ticket_id)
        people = merged([*map(as_person, present), *self.elsewhere.on(ticket_id)])
        for listener in present:
            others = [person for person in people if person["id"] != listener.user_id]
            listener.send({"type": "presence", "ticket_id": ticket_id, "people": others})

    def present(self, ticket_id: int) -> list[Listener]:
        return [listener for listener in self.all() if listener.is_staff and listener.viewing == ticket_id]

    def hear_of_presence(self, said: str | bytes) -> None:
        """Another process has said who is on a ticket there."""
        changed = self.elsewhere.hear(said)
        if changed is not None:
            self.tell_presence(changed)

    def repeat_presence(self) -> None:
        """Say again who is where, and forget of whom nothing was heard any more."""
        for ticket_id in {listener.viewing for listener in self.all() if listener.is_staff} - {None}:
            self.announcer.say(ticket_id, merged(map(as_person, self.present(ticket_id))))
        for ticket_id in self.elsewhere.forget():
            self.tell_presence(ticket_id)


def as_person(listener: Listener) -> Person:
    state = "typing" if listener.typing else "viewing"
    return {"id": listener.user_id, "name": listener.name, "state": state}
