"""Loads every table, so that the names in `relationship("…")` and foreign keys find each other."""

from models import custody, draft, events, mailbox, message, outbox, people, suppression, ticket, timeline

TABLES = (custody, draft, events, mailbox, message, outbox, people, suppression, ticket, timeline)
