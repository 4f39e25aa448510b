"""Tells the web processes that something happened; they read from Postgres what it was."""

import json

from redis import Redis

CHANNEL = "postroom:events"


def publish(connection: Redis, event_id: int) -> None:
    """Say the event's id on the channel: `{"id": 42}`. `connection` may be a pipeline."""
    connection.publish(CHANNEL, json.dumps({"id": event_id}))
