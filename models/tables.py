"""Loads every table, so that the names in `relationship("…")` and foreign keys find each other."""

from models import agent_notice, budget, custody, draft, events, mailbox, message, outbox, people, reply_tokens, ticket, timeline

TABLES = (agent_notice, budget, custody, draft, events, mailbox, message, outbox, people, reply_tokens, ticket, timeline)
