"""The web of a desk full of examples, served for real for browser tests: threads, Postgres, Redis, sockets."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from flask import Flask
from playwright.sync_api import Browser, BrowserContext, Page
from sqlalchemy import select
from werkzeug.serving import make_server

from jobs.reactions import reactions
from models.actions.messages import Received, receive_message
from models.actions.people import customer_for
from models.actions.tickets import assign, open_ticket
from models.actor import MAIL_GATE
from models.database import db
from models.mailbox import Mailbox
from models.people import User
from models.settings import load_settings
from tests import example_desk
from webapp.factory import create_app


@dataclass(frozen=True)
class WebDesk:
    """A running web and the application behind it, so that a test can let a mail arrive."""

    base: str
    app: Flask
    cast: example_desk.Cast

    def mail(self, subject: str, body: str, *, assigned_to: int | None = None, html: str = "") -> int:
        """A mail of Dora's opens a ticket; its id."""
        with self.app.app_context():
            dora = customer_for("dora@example.net", "Dora Winter")
            mailbox = db.session.scalars(select(Mailbox.id).order_by(Mailbox.id)).first()
            ticket = open_ticket(mailbox, dora, "dora@example.net", subject, body, MAIL_GATE)
            said = Received(body, dora.id, "Dora Winter", "dora@example.net", body_html=html)
            receive_message(ticket.id, said, MAIL_GATE)
            if assigned_to is not None:
                assign(ticket.id, assigned_to, MAIL_GATE)
            db.session.commit()
            return ticket.id

    def answer(self, ticket_id: int, body: str) -> None:
        """A further mail of Dora's on her ticket."""
        with self.app.app_context():
            dora = customer_for("dora@example.net", "Dora Winter")
            receive_message(ticket_id, Received(body, dora.id, "Dora Winter", "dora@example.net"), MAIL_GATE)
            db.session.commit()

    def renames(self, username: str, name: str) -> None:
        """Somebody calls himself otherwise from now on."""
        with self.app.app_context():
            db.session.execute(db.update(User).where(User.username == username).values(full_name=name))
            db.session.commit()


@contextmanager
def running_web(database_url: str, redis_url: str, data: Path, visibility: str = "all", **more: str) -> Iterator[WebDesk]:
    """The desk of examples on a free port."""
    environ = {
        "DATABASE_URL": database_url,
        "REDIS_URL": redis_url,
        "POSTROOM_DATA": str(data),
        "AGENT_VISIBILITY": visibility,
        **more,
    }
    settings = load_settings(environ)
    app = create_app(settings, reactions(settings))
    cast = example_desk.build(app)
    server = make_server("127.0.0.1", 0, app, threaded=True)
    server.daemon_threads = True
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield WebDesk(f"http://127.0.0.1:{server.server_port}", app, cast)
    finally:
        app.extensions["postroom.relay"].stop()
        server.shutdown()
        thread.join()
        with app.app_context():
            db.engine.dispose()


@dataclass
class Visit:
    """One person's browser window, and everything it complained of or asked from elsewhere."""

    page: Page
    context: BrowserContext
    complaints: list[str] = field(default_factory=list)
    foreign: list[str] = field(default_factory=list)


@contextmanager
def visit(browser: Browser, base: str, **options: object) -> Iterator[Visit]:
    """A fresh window. In the end it must have asked nothing from elsewhere."""
    context = browser.new_context(**{"viewport": {"width": 1440, "height": 900}, **options})
    seen = Visit(context.new_page(), context)

    def console(message: object) -> None:
        if message.type == "error" or "Refused" in message.text:
            seen.complaints.append(message.text)

    context.on("console", console)
    context.on("weberror", lambda error: seen.complaints.append(str(error.error)))
    context.on(
        "request", lambda request: None if is_ours(request.url, base) else seen.foreign.append(request.url)
    )
    try:
        yield seen
    finally:
        context.close()


def is_ours(url: str, base: str) -> bool:
    return url.startswith((f"{base}/", "data:", "blob:", base.replace("http", "ws", 1) + "/"))
