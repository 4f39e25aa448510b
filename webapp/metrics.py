"""`GET /metrics`: the figures of this moment, for Prometheus; told on the machine itself and to administrators."""

import time
from collections.abc import Iterator
from ipaddress import ip_address

from flask import Blueprint, Flask, Response, current_app, g, request
from prometheus_client import CONTENT_TYPE_LATEST, CollectorRegistry, Histogram, generate_latest
from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, HistogramMetricFamily, Metric
from redis import RedisError

from models.app import settings_of
from models.errors import Forbidden
from models.job_times import job_times
from models.people import Role
from models.queries.metrics import Figure, desk_figures
from webapp.auth import require_sign_in
from webapp.live.hub import Hub

pages = Blueprint("metrics", __name__)

REQUEST_TIMES = "postroom.request_times"
BOUNDS = (0.01, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 10.0)


def init_app(app: Flask) -> None:
    app.register_blueprint(pages)
    # Apart from the library's own registry: a process may hold several applications.
    app.extensions[REQUEST_TIMES] = Histogram(
        "postroom_request_seconds", "Time to answer a request, by route", ("route", "status"), buckets=BOUNDS, registry=None
    )
    app.before_request(begin_to_count)
    app.after_request(note_time)


def begin_to_count() -> None:
    g.began_at = time.perf_counter()


def note_time(response: Response) -> Response:
    """Sockets last as long as their page; only what is answered is counted. Routes as written: a path may name anything."""
    route = request.url_rule.rule if request.url_rule is not None else "none"
    if "began_at" in g and not route.startswith("/ws/"):
        times: Histogram = current_app.extensions[REQUEST_TIMES]
        times.labels(route, f"{response.status_code // 100}xx").observe(time.perf_counter() - g.began_at)
    return response


@pages.get("/metrics")
def metrics() -> Response:
    if not asked_on_this_machine() and require_sign_in().role != Role.ADMIN:
        raise Forbidden("figures are for administrators")
    registry = CollectorRegistry(auto_describe=False)
    registry.register(Desk())
    registry.register(current_app.extensions[REQUEST_TIMES])
    return Response(generate_latest(registry), content_type=CONTENT_TYPE_LATEST)


class Desk:
    """Asks for the figures when they are asked for."""

    def collect(self) -> Iterator[Metric]:
        yield from (family_of(figure) for figure in desk_figures())
        yield from (family_of(figure) for figure in socket_figures())
        yield times_of_jobs()


def family_of(figure: Figure) -> Metric:
    labels = list(figure.samples[0][0]) if figure.samples else []
    family: Metric
    if figure.kind == "counter":
        family = CounterMetricFamily(figure.name, figure.meaning, labels=labels)
    else:
        family = GaugeMetricFamily(figure.name, figure.meaning, labels=labels)
    for values, value in figure.samples:
        family.add_metric([values[label] for label in labels], value)
    return family


def socket_figures() -> Iterator[Figure]:
    hub: Hub = current_app.extensions["postroom.hub"]
    yield Figure("postroom_sockets_open", "Live pages that this process serves", (({}, float(len(hub.all()))),))
    yield Figure("postroom_sockets_room", "Live pages that this process can serve", (({}, float(hub.room)),))


def times_of_jobs() -> HistogramMetricFamily:
    """Empty where Redis does not answer: the rest of the figures is told all the same."""
    family = HistogramMetricFamily("postroom_job_seconds", "Time that jobs took, all workers together", labels=["job"])
    url = settings_of(current_app).redis_url
    try:
        for job, times in (job_times(url) if url else {}).items():
            family.add_metric([job], list(times.buckets), times.seconds)
    except (RedisError, OSError):
        pass
    return family


def asked_on_this_machine() -> bool:
    """Whether nobody else can have asked: a proxy on this machine speaks for strangers, and says so."""
    forwarded = "X-Forwarded-For" in request.headers or "Forwarded" in request.headers
    return not forwarded and request.remote_addr is not None and ip_address(request.remote_addr).is_loopback
