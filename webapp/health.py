"""Whether the web is alive, and whether it can do its work."""

from flask import Blueprint, Flask, current_app, jsonify
from flask.typing import ResponseReturnValue
from redis import RedisError
from sqlalchemy.exc import SQLAlchemyError

from models.app import settings_of
from models.database import db
from models.migrate import is_current
from models.redis_address import redis_at

pages = Blueprint("health", __name__)


def init_app(app: Flask) -> None:
    app.register_blueprint(pages)


@pages.get("/healthz")
def healthz() -> ResponseReturnValue:
    """Alive: touches nothing."""
    return jsonify(status="ok")


@pages.get("/readyz")
def readyz() -> ResponseReturnValue:
    """Ready: the database answers and has the tables of this version. Without Redis the desk is only slower."""
    missing = database_trouble()
    slower = redis_trouble()
    if missing:
        return jsonify(status="unready", missing=missing), 503
    return jsonify(status="degraded" if slower else "ok", **({"degraded": slower} if slower else {}))


def database_trouble() -> str:
    try:
        with db.engine.connect() as connection:
            return "" if is_current(connection) else "migrations: run `postroom migrate`"
    except SQLAlchemyError:
        return "database: it does not answer"


def redis_trouble() -> str:
    url = settings_of(current_app).redis_url
    if not url:
        return "redis: REDIS_URL is not set"
    try:
        with redis_at(url, socket_connect_timeout=0.5, socket_timeout=0.5) as redis:
            redis.ping()
    except (RedisError, OSError):
        return "redis: it does not answer; mail and tickets go on, only a little later"
    return ""
