"""Runs the web under gunicorn: one process whose threads serve pages and hold sockets."""

from typing import Any

from gunicorn.app.base import BaseApplication
from gunicorn.config import Config
from gunicorn.glogging import Logger

from jobs.reactions import reactions
from models.settings import Settings
from postroom.demo import customer
from webapp.factory import create_app
from webapp.rubbish import settle_memory

GRACE_SECONDS = 5  # an open socket would hold the shutdown for the whole of it


class OurLog(Logger):
    """Gunicorn's lines go where all of ours go, in the same form."""

    def setup(self, cfg: Config) -> None:
        super().setup(cfg)
        self.error_log.propagate = True


class WebServer(BaseApplication):
    """Gunicorn, told by us and not by a command line."""

    def __init__(self, settings: Settings) -> None:
        self.settings = settings
        super().__init__()

    def load_config(self) -> None:
        options: dict[str, Any] = {
            "bind": f"{self.settings.http_host}:{self.settings.http_port}",
            "worker_class": "gthread",
            "workers": 1,
            "threads": self.settings.web_threads,
            "graceful_timeout": GRACE_SECONDS,
            "timeout": 60,
            "keepalive": 5,
            "forwarded_allow_ips": "",  # `webapp/proxies.py` decides whom to believe
            "control_socket_disable": True,
            "errorlog": None,
            "logger_class": OurLog,
            "loglevel": "warning",
            "proc_name": "postroom-web",
        }
        for name, value in options.items():
            self.cfg.set(name, value)

    def load(self) -> Any:
        app = create_app(self.settings, reactions(self.settings))
        if self.settings.postroom_demo:
            customer.init_app(app)
        settle_memory()
        return app


def serve(settings: Settings) -> None:
    """Serve until SIGTERM or SIGINT."""
    WebServer(settings).run()
