"""What every command needs of the desk: its settings, its services, an application."""

import contextlib
import logging
from collections.abc import Iterator

from flask import Flask

from models.app import base_app
from models.database import db
from models.errors import SettingsError
from models.migrate import is_current
from models.settings import Settings, load_settings
from postroom.logs import set_up_logs
from postroom.services import Services, running


def settings_from_environment() -> Settings:
    """The settings, with the log set up. Raises `SettingsError`."""
    set_up_logs("text")
    settings = load_settings()
    if settings.log_format != "text":
        set_up_logs(settings.log_format)
    return settings


def with_services(settings: Settings, services: Services) -> Settings:
    return settings.model_copy(update={"database_url": services.database_url, "redis_url": services.redis_url})


@contextlib.contextmanager
def open_desk(*, any_version: bool = False) -> Iterator[Flask]:
    """An application for a short command, beside a running desk or alone, with its context pushed.

    Raises `SettingsError` when the database lacks tables of this version, unless `any_version` is good enough.
    """
    settings = settings_from_environment()
    logging.getLogger().setLevel(logging.WARNING)
    with running(settings.postroom_data, settings.database_url, settings.redis_url, join=True) as services:
        app = base_app(with_services(settings, services), pool_size=1)
        with app.app_context():
            if not any_version:
                require_migrations()
            yield app


def require_migrations() -> None:
    with db.engine.connect() as connection:
        if not is_current(connection):
            raise SettingsError("the database lacks tables of this version: run `postroom migrate` first")
