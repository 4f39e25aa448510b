"""Loads every table, so that the names in `relationship("…")` and foreign keys find each other."""

from models import (
    accounts,
    agent_notice,
    ai_draft,
    custody,
    draft,
    events,
    mailbox,
    message,
    outbox,
    people,
    reply_tokens,
    saved_reply,
    suppression,
    ticket,
    timeline,
)

TABLES = (
    accounts,
    agent_notice,
    ai_draft,
    custody,
    draft,
    events,
    mailbox,
    message,
    outbox,
    people,
    reply_tokens,
    saved_reply,
    suppression,
    ticket,
    timeline,
)
