"""The composition root that every process of the desk shares: settings, database, hand-over of events."""

from collections.abc import Callable, Sequence

from flask import Flask

from models.blobs import BlobStore
from models.database import HAND_OVER, db, engine_options, with_driver
from models.errors import SettingsError
from models.events import Event
from models.object_blobs import blobs_at
from models.only_read import end_reading
from models.scanner import Scanner
from models.settings import Settings
from models.tables import TABLES

HandOver = Callable[[Sequence[tuple[int, Event]]], None]


def base_app(settings: Settings, hand_over: HandOver | None = None, pool_size: int = 10, **flask_options: object) -> Flask:
    """An application that knows its settings and its database, and nothing of the web.

    `hand_over` receives `[(event id, event), …]` after each commit. Raises `SettingsError` without a database.
    """
    if settings.database_url is None:
        raise SettingsError("DATABASE_URL is not set, and this process starts no database of its own (`postroom up` does)")
    assert TABLES, "relationships name each other by strings: all tables must be loaded"
    app = Flask("postroom", **flask_options)  # type: ignore[arg-type]
    app.config["SQLALCHEMY_DATABASE_URI"] = with_driver(settings.database_url)
    app.config["SQLALCHEMY_ENGINE_OPTIONS"] = engine_options(pool_size)
    app.extensions["postroom.settings"] = settings
    app.extensions["postroom.blobs"] = blobs_at(settings.blob_folder, settings.blobs_url)
    app.extensions["postroom.scanner"] = Scanner(settings.clamd_url) if settings.clamd_url else None
    if hand_over is not None:
        app.extensions[HAND_OVER] = hand_over
    db.init_app(app)
    app.teardown_appcontext(let_go)  # before flask-sqlalchemy's own, which would roll back
    return app


def let_go(trouble: BaseException | None) -> None:
    """At the end of a request or a job: what only read keeps its connection's prepared statements."""
    if trouble is None and db.session.registry.has():
        end_reading(db.session())


def settings_of(app: Flask) -> Settings:
    settings: Settings = app.extensions["postroom.settings"]
    return settings


def blobs_of(app: Flask) -> BlobStore:
    blobs: BlobStore = app.extensions["postroom.blobs"]
    return blobs


def scanner_of(app: Flask) -> Scanner | None:
    """The malware scanner of the desk; None where nobody looks into files."""
    scanner: Scanner | None = app.extensions["postroom.scanner"]
    return scanner
