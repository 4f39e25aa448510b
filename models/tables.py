"""Loads every table, so that the names in `relationship("…")` and foreign keys find each other."""

from models import ai_draft, custody, draft, events, mailbox, message, outbox, people, saved_reply, ticket, timeline

TABLES = (ai_draft, custody, draft, events, mailbox, message, outbox, people, saved_reply, ticket, timeline)
