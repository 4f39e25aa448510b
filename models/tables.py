"""Loads every table, so that the names in `relationship("…")` and foreign keys find each other."""

from models import accounts, custody, draft, events, mailbox, message, outbox, people, ticket, timeline

TABLES = (accounts, custody, draft, events, mailbox, message, outbox, people, ticket, timeline)
