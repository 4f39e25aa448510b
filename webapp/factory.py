"""Builds the web application from its settings."""

from pathlib import Path

from flask import Flask

import templates
from models.app import HandOver, base_app
from models.settings import Settings
from webapp import (
    account,
    administration,
    ai_drafts,
    api,
    assets,
    auth,
    errors,
    google,
    headers,
    health,
    held,
    home,
    inbox,
    integrations,
    kept_parts,
    languages,
    live,
    macros,
    mail_flow,
    metrics,
    outbox,
    portal,
    proxies,
    reports,
    saved_replies,
    sign_in,
    sign_up,
)

HERE = Path(__file__).resolve().parent

MAX_UPLOAD = 30 * 1024 * 1024  # a mail of 25 MiB and its envelope of form fields
RIGHTS_ARE_FRESH = 30.0  # seconds until an open socket is asked again what its person may see


PARTS = (
    proxies,
    headers,
    assets,
    languages,
    kept_parts,
    errors,
    auth,
    health,
    metrics,
    home,
    google,
    sign_in,
    sign_up,
    account,
    portal,
    inbox,
    mail_flow,
    held,
    outbox,
    ai_drafts,
    saved_replies,
    administration,
    reports,
    integrations,
    api,
    macros,
)


def create_app(
    settings: Settings, hand_over: HandOver | None = None, *, rights_are_fresh: float = RIGHTS_ARE_FRESH
) -> Flask:
    """The whole web: pages, API, sockets. `hand_over` is `jobs.reactions`' in a running desk."""
    app = base_app(
        settings,
        hand_over,
        template_folder=str(templates.FOLDER),
        static_folder=str(HERE / "static"),
    )
    app.config["MAX_CONTENT_LENGTH"] = MAX_UPLOAD
    app.config["MAX_FORM_MEMORY_SIZE"] = 2 * 1024 * 1024
    app.jinja_env.trim_blocks = app.jinja_env.lstrip_blocks = True
    for part in PARTS:
        part.init_app(app)
    live.init_app(app, rights_are_fresh)
    return app
