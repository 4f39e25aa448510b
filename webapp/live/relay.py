"""The relay: reads the event log and hands each event to the sockets whose people may know of it.

Redis only wakes it. Without Redis it looks by itself every `PATIENCE` seconds, so a lost bell costs a moment
and never an event.
"""

import logging
import threading
import time
from typing import Any

from flask import Flask
from redis import RedisError
from sqlalchemy.exc import SQLAlchemyError

from models.app import settings_of
from models.events import RecordedEvent, TicketAssigned
from models.queries.events import Position, end_of_log, events_after, more_will_settle
from models.queries.rights import viewers_of
from models.redis_address import redis_at
from models.settings import AgentVisibility
from webapp.live import presence
from webapp.live.hub import Hub, Listener

log = logging.getLogger(__name__)

CHANNEL = "postroom:events"
PATIENCE = 2.0
SETTLING = 0.05  # an event may be there a moment before the last running transaction has ended
NOT_FOR_BROWSERS = frozenset({"delivery.queued", "draft.asked", "bulk.asked"})


class Relay:
    """One thread of a web process; started by the first socket, so that a fork leaves none behind."""

    def __init__(self, app: Flask, hub: Hub) -> None:
        self.app = app
        self.hub = hub
        self.lock = threading.Lock()
        self.thread: threading.Thread | None = None
        self.started = threading.Event()
        self.stopping = threading.Event()

    def ensure_running(self) -> None:
        """Start the thread if it does not run, and wait until it knows where the log ends."""
        with self.lock:
            if self.thread is None or not self.thread.is_alive():
                self.started.clear()
                self.thread = threading.Thread(target=self.run, name="relay", daemon=True)
                self.thread.start()
        self.started.wait(5)

    def stop(self) -> None:
        """Let the thread end when it looks up next; nobody waits for it any more."""
        self.stopping.set()
        self.started.set()

    def run(self) -> None:
        position: Position | None = None
        pause, repeated = PATIENCE, time.monotonic()
        bell = Bell(settings_of(self.app).redis_url)
        while not self.stopping.is_set():
            try:
                with self.app.app_context():
                    position = end_of_log() if position is None else self.relay_from(position)
                    pause = pause_at(position)
                self.started.set()
            except SQLAlchemyError as trouble:
                log.warning("the relay cannot read the event log: %s", type(trouble).__name__)
                time.sleep(1)
                continue
            except Exception:  # a defect of ours: one event is lost to the sockets, but not all that follow
                log.exception("an event could not be passed on: every page loads itself again")
                position = None
                self.hub.resync_all()
            for said in bell.wait(pause):
                self.hub.hear_of_presence(said)
            if time.monotonic() - repeated >= presence.REPEATED:
                repeated = time.monotonic()
                self.hub.repeat_presence()

    def relay_from(self, position: Position) -> Position:
        """Pass on what has happened since `position`; the new position."""
        events, position = events_after(position)
        for event in events:
            self.pass_on(event)
        return position

    def pass_on(self, event: RecordedEvent) -> None:
        if event.kind in NOT_FOR_BROWSERS:
            return
        listeners = self.hub.interested(event.ticket_id)
        if not listeners:
            return
        visibility = settings_of(self.app).agent_visibility
        seeing = viewers_of(event.ticket_id, {listener.user_id for listener in listeners}, visibility)
        for listener in listeners:
            if is_for(event, listener, seeing, visibility):
                listener.pass_on(place_of(event), frame_of(event))
            if listener.viewing == event.ticket_id and listener.user_id not in seeing:
                self.hub.look_at(listener, None, False)


def pause_at(position: Position) -> float:
    """How long to wait for a bell: hardly at all while an event that has been rung for cannot be read yet."""
    return SETTLING if more_will_settle(position) else PATIENCE


def is_for(event: RecordedEvent, listener: Listener, seeing: set[int], visibility: AgentVisibility) -> bool:
    """Whether to tell a listener: whoever sees the ticket now, and whoever loses sight of it by this event."""
    if event.is_internal and not listener.is_staff:
        return False
    return listener.user_id in seeing or loses_sight(event, listener, visibility)


def loses_sight(event: RecordedEvent, listener: Listener, visibility: AgentVisibility) -> bool:
    """Whether the listener saw the ticket until it was given to somebody else."""
    if event.kind != TicketAssigned.kind or not listener.is_staff:
        return False
    before = event.ids.get("previous_agent_id")
    return before == listener.user_id or (before is None and visibility == "unassigned")


def place_of(event: RecordedEvent) -> Position:
    return Position(int(event.xid), event.id)


def frame_of(event: RecordedEvent) -> dict[str, Any]:
    return {"type": event.kind, "id": event.id, **event.ids}


class Bell:
    """Waits for Redis to ring; without Redis, just waits. What other processes say of their people comes with it."""

    def __init__(self, url: str | None) -> None:
        self.url = url
        self.subscription: Any = None

    def wait(self, seconds: float) -> list[bytes]:
        """Return when the bell rings or `seconds` have passed, having drained the rings that came together.

        What is returned are the announcements of presence among them.
        """
        heard: list[bytes] = []
        try:
            if self.subscription is None:
                self.subscription = self.subscribe()
            message = self.subscription.get_message(timeout=seconds)
            while message:
                if message["channel"] == presence.CHANNEL.encode():
                    heard.append(message["data"])
                message = self.subscription.get_message(timeout=0)
        except (RedisError, OSError, ConnectionError):
            self.subscription = None
            time.sleep(seconds)
        return heard

    def subscribe(self) -> Any:
        if not self.url:
            raise ConnectionError("no Redis is set")
        # Not the process's other client: a blocking read needs a longer patience than a request has.
        client = redis_at(self.url, socket_timeout=PATIENCE * 5, socket_connect_timeout=1)
        subscription = client.pubsub(ignore_subscribe_messages=True)
        subscription.subscribe(CHANNEL, presence.CHANNEL)
        return subscription
