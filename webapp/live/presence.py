"""Who looks at which ticket in the other web processes of this desk.

Each process says on Redis who of its people is on a ticket, at every change and again every `REPEATED` seconds. What
has not been repeated for `FORGOTTEN` seconds is forgotten, so a process that was killed leaves no ghosts. Presence is a
courtesy: without Redis every process still knows its own people.
"""

import json
import logging
import secrets
import threading
import time
from collections.abc import Callable, Iterable, Mapping
from typing import Any

from redis import Redis, RedisError

from models.redis_address import redis_at

log = logging.getLogger(__name__)

CHANNEL = "postroom:presence"
REPEATED = 20.0
FORGOTTEN = 60.0
SULKING = 5.0  # seconds nothing is said after Redis did not answer, so that no browser waits for it again and again

Person = dict[str, Any]
"""`{"id", "name", "state": "viewing"|"typing"}`"""


class Elsewhere:
    """What other processes have said: who is on which ticket there, and when it was last heard."""

    def __init__(self, ourselves: str, clock: Callable[[], float] = time.monotonic) -> None:
        self.ourselves = ourselves
        self.clock = clock
        self.lock = threading.Lock()
        self.heard: dict[tuple[str, int], tuple[list[Person], float]] = {}

    def hear(self, said: str | bytes) -> int | None:
        """Take in one announcement; the ticket on which something has changed, if anything has.

        Redis is not ours alone: what is not an announcement is passed over.
        """
        try:
            announced = json.loads(said)
            process, ticket_id = str(announced["process"]), int(announced["ticket_id"])
            people = [named(person) for person in announced["people"]]
        except (ValueError, KeyError, TypeError, RecursionError):
            return None
        if process == self.ourselves:
            return None
        with self.lock:
            before, _ = self.heard.get((process, ticket_id), ([], 0.0))
            if people:
                self.heard[process, ticket_id] = (people, self.clock())
            else:
                self.heard.pop((process, ticket_id), None)
        return ticket_id if people != before else None

    def on(self, ticket_id: int) -> list[Person]:
        """Who is on a ticket elsewhere; one who is there in two processes comes twice."""
        with self.lock:
            return [dict(p) for (_, ticket), (people, _) in self.heard.items() if ticket == ticket_id for p in people]

    def forget(self) -> set[int]:
        """Drop what has not been repeated; the tickets on which somebody has gone by that."""
        old = self.clock() - FORGOTTEN
        with self.lock:
            gone = [key for key, (_, heard_at) in self.heard.items() if heard_at < old]
            for key in gone:
                del self.heard[key]
        return {ticket_id for _, ticket_id in gone}


class Announcer:
    """Says on Redis who of this process's people is on a ticket. Never in anybody's way."""

    def __init__(self, redis_url: str | None) -> None:
        self.process = secrets.token_hex(8)
        self.redis_url = redis_url
        self.client: Redis | None = None
        self.silent_until = 0.0

    def say(self, ticket_id: int, people: Iterable[Person]) -> None:
        if not self.redis_url or time.monotonic() < self.silent_until:
            return
        said = json.dumps({"process": self.process, "ticket_id": ticket_id, "people": list(people)})
        try:
            if self.client is None:
                self.client = redis_at(self.redis_url, socket_timeout=0.3, socket_connect_timeout=0.3)
            self.client.publish(CHANNEL, said)
        except (RedisError, OSError) as trouble:
            self.silent_until = time.monotonic() + SULKING
            log.info("the other web processes do not hear who is here: %s", type(trouble).__name__)


def named(person: Mapping[str, Any]) -> Person:
    state = "typing" if person["state"] == "typing" else "viewing"
    return {"id": int(person["id"]), "name": str(person["name"]), "state": state}


def merged(people: Iterable[Person]) -> list[Person]:
    """Each person once, typing wherever one of the person's windows types."""
    found: dict[int, Person] = {}
    for person in people:
        known = found.setdefault(person["id"], dict(person))
        if person["state"] == "typing":
            known["state"] = "typing"
    return list(found.values())
