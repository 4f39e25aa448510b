"""`postroom up`: services, tables, first people, and every process of the desk in one terminal."""

import logging
import os
import secrets
import socket
import sys
import threading
import urllib.request
from collections.abc import Callable
from pathlib import Path

import click

from models.actions.mailboxes import ensure_first_mailbox
from models.actions.people import create_user
from models.app import base_app
from models.database import db
from models.migrate import upgrade
from models.people import Role
from models.queries.people import has_staff
from models.settings import Settings
from postroom.demo import DEMO_PEOPLE, fill_desk, tell_the_rest
from postroom.desk import settings_from_environment, with_services
from postroom.services import running
from postroom.supervisor import Child, Supervisor

FIRST_ADMIN = "admin"
TOLD_BY_OTHERS = ("alembic", "mailgate")
"""What this process does with tables and with the demo's mails is no news: the ready line is to stay in sight."""


def run_desk(*, demo: bool, data: Path | None) -> None:
    """Run the whole desk until it is told to stop."""
    if data is not None:
        os.environ["POSTROOM_DATA"] = str(data)
    settings = settings_from_environment()
    for name in TOLD_BY_OTHERS:
        logging.getLogger(name).setLevel(logging.WARNING)
    if demo:
        # A newcomer signs in as an agent and must find tickets: by default an agent sees only his own.
        os.environ.setdefault("AGENT_VISIBILITY", "all")
        settings = settings_from_environment()
    with running(settings.postroom_data, settings.database_url, settings.redis_url) as services:
        settings = with_services(settings, services)
        welcome = prepare(settings, demo=demo)
        supervisor = Supervisor(processes(settings, demo=demo))

        def ready() -> None:
            click.echo(ready_line(settings, welcome))
            if demo and welcome:
                threading.Thread(target=tell_the_rest, args=(settings,), name="demo", daemon=True).start()

        supervisor.run(ready, services.keep_running)


def prepare(settings: Settings, *, demo: bool) -> str:
    """Tables, the first mailbox, somebody who can sign in. What the ready line says about signing in."""
    assert settings.database_url is not None
    upgrade(settings.database_url)
    app = base_app(settings, pool_size=1)
    with app.app_context():
        ensure_first_mailbox(settings.support_address)
        db.session.commit()
        if has_staff():
            return ""
        if demo:
            fill_desk(settings)
            signing_in = " or ".join(f"{person.username} / {person.password}" for person in DEMO_PEOPLE)
            return f"sign in as {signing_in}  ·  be the customer at {settings.base_url}/demo/"
        password = secrets.token_urlsafe(12)
        create_user(FIRST_ADMIN, None, Role.ADMIN, password=password, full_name="Administrator")
        db.session.commit()
        return f"sign in as {FIRST_ADMIN} / {password}"


def processes(settings: Settings, *, demo: bool = False) -> list[Child]:
    """The same processes as in Procfile, each told where the services are."""
    env = {
        **os.environ,
        "DATABASE_URL": settings.database_url or "",
        "REDIS_URL": settings.redis_url or "",
        "POSTROOM_DATA": str(settings.postroom_data.resolve()),
        "PYTHONUNBUFFERED": "1",
    }
    if demo:
        env["POSTROOM_DEMO"] = "true"
    env.pop("DATABASE_URL_FILE", None)
    env.pop("REDIS_URL_FILE", None)

    def child(name: str, *arguments: str, ready: Callable[[], bool] | None = None) -> Child:
        return Child(name, [sys.executable, "-m", "postroom", *arguments], env, ready)

    return [
        child("web", "web", ready=lambda: http_answers(settings)),
        child("gate", "gate", ready=lambda: smtp_answers(settings)),
        child("filer", "filer"),
        child("worker", "worker"),
        child("clock", "clock"),
        child("imap", "imap"),
    ]


def ready_line(settings: Settings, welcome: str) -> str:
    host = "127.0.0.1" if settings.smtp_host in ("0.0.0.0", "::") else settings.smtp_host
    line = f"Postroom is ready: {settings.base_url}  ·  mail to {settings.support_address} at {host}:{settings.smtp_port}"
    return f"{line}  ·  {welcome}" if welcome else line


def http_answers(settings: Settings) -> bool:
    host = "127.0.0.1" if settings.http_host in ("0.0.0.0", "::") else settings.http_host
    try:
        with urllib.request.urlopen(f"http://{host}:{settings.http_port}/healthz", timeout=2) as answer:
            return bool(answer.status == 200)
    except OSError:
        return False


def smtp_answers(settings: Settings) -> bool:
    host = "127.0.0.1" if settings.smtp_host in ("0.0.0.0", "::") else settings.smtp_host
    try:
        with socket.create_connection((host, settings.smtp_port), timeout=2) as connection:
            return connection.recv(3) == b"220"
    except OSError:
        return False
