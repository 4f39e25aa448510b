"""The JSON API: every call of the desk for scripts, with the actions, questions and rights that its pages use."""

from flask import Flask

from webapp.api import (
    admin_mailboxes,
    admin_users,
    analytics,
    attention,
    auth,
    bulk,
    composing,
    docs,
    drafts,
    imap_accounts,
    me,
    messages,
    search,
    tickets,
    tokens,
    trace,
    views,
    webhooks,
)
from webapp.api.blueprint import api

# Each module puts its calls on the blueprint when it is loaded.
CALLS_OF = (
    docs, auth, me, tickets, messages, composing, drafts, search, attention, views, bulk, trace, tokens, webhooks, analytics,
    admin_users, admin_mailboxes, imap_accounts,
)  # fmt: skip


def init_app(app: Flask) -> None:
    assert CALLS_OF
    app.register_blueprint(api)
