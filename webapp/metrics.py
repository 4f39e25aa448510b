"""`GET /metrics`: the figures of this moment, for Prometheus; told on the machine itself and to administrators."""

from collections.abc import Iterator
from ipaddress import ip_address

from flask import Blueprint, Flask, Response, request
from prometheus_client import CONTENT_TYPE_LATEST, CollectorRegistry, generate_latest
from prometheus_client.core import GaugeMetricFamily

from models.errors import Forbidden
from models.people import Role
from models.queries.ai_drafts import draft_gauges
from models.queries.budgets import budget_gauges
from models.queries.custody import mail_gauges
from webapp.auth import require_sign_in

pages = Blueprint("metrics", __name__)


def init_app(app: Flask) -> None:
    app.register_blueprint(pages)


@pages.get("/metrics")
def metrics() -> Response:
    if not asked_on_this_machine() and require_sign_in().role != Role.ADMIN:
        raise Forbidden("figures are for administrators")
    registry = CollectorRegistry(auto_describe=False)
    registry.register(Gauges())
    return Response(generate_latest(registry), content_type=CONTENT_TYPE_LATEST)


class Gauges:
    """Asks for the figures when they are asked for; nothing is counted in between."""

    def collect(self) -> Iterator[GaugeMetricFamily]:
        for name, (meaning, value) in (mail_gauges() | budget_gauges() | draft_gauges()).items():
            yield GaugeMetricFamily(name, meaning, value=value)


def asked_on_this_machine() -> bool:
    """Whether nobody else can have asked: a proxy on this machine speaks for strangers, and says so."""
    forwarded = "X-Forwarded-For" in request.headers or "Forwarded" in request.headers
    return not forwarded and request.remote_addr is not None and ip_address(request.remote_addr).is_loopback
