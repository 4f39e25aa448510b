"""Figures for Prometheus: told on the machine itself and to administrators, to nobody else."""

import json
import re
from uuid import uuid4

import pytest
import redis as redis_client
from prometheus_client.parser import text_string_to_metric_families

from jobs.worker import timed
from models.actions.alarms import raise_alarm
from models.actions.pulse import begin_probe, note_arrival
from models.database import db
from models.job_times import BOUNDS, times_of
from tests.cast import DORA, mail_from
from tests.integration.webapp.conftest import WebDesk
from tests.sources import ROOT

FROM_ELSEWHERE = {"X-Forwarded-For": "203.0.113.9"}  # what a proxy on this machine says of a stranger


def test_figures_are_told_on_the_machine_itself(desk: WebDesk) -> None:
    answer = desk.tab().get("/metrics")
    assert answer.status == 200
    assert "postroom_mail_waiting 0.0" in answer.body
    assert "# HELP postroom_mail_unaccounted" in answer.body


def test_an_administrator_may_ask_from_elsewhere(desk: WebDesk) -> None:
    assert desk.tab("cleo").get("/metrics", **FROM_ELSEWHERE).status == 200


@pytest.mark.parametrize(("name", "status"), [("", 303), ("ada", 403)])
def test_nobody_else_is_told_through_a_proxy(desk: WebDesk, name: str, status: int) -> None:
    answer = desk.tab(name).get("/metrics", **FROM_ELSEWHERE)
    assert answer.status == status
    assert "postroom_mail" not in answer.body


# --- what is told ---------------------------------------------------------------------------------------------------


def told(desk: WebDesk) -> dict[str, float]:
    """Every sample, as Prometheus writes it: `name{label="value"}` to its value."""
    families = text_string_to_metric_families(desk.tab().get("/metrics").body)
    return {
        sample.name + ("{" + ",".join(f'{name}="{value}"' for name, value in sorted(sample.labels.items())) + "}" if sample.labels else ""): sample.value
        for family in families
        for sample in family.samples
    }


@pytest.fixture
def busy(desk: WebDesk, redis_url: str) -> WebDesk:
    """A desk of which every figure has something to tell."""
    ticket_id = desk.takes_in(mail_from(DORA)).ticket_id
    assert ticket_id is not None
    desk.assigns(ticket_id, desk.ada)
    desk.replies(ticket_id, "It is on its way.")
    raise_alarm("late", "Three mails wait.")
    probe_id = begin_probe(10)
    assert probe_id is not None
    note_arrival(probe_id)
    db.session.commit()
    with redis_client.Redis.from_url(redis_url) as connection, timed(connection, "jobs.outbound.send_message"):
        pass
    desk.tab("ada").get("/inbox/open/")
    return desk


def test_mails_outbox_tickets_and_alarms_are_counted(busy: WebDesk) -> None:
    found = told(busy)
    assert found['postroom_mail_accepted_total{mailbox="Support"}'] == 1
    assert found['postroom_mail_filed_day{decision="new_ticket"}'] == 1
    assert found['postroom_tickets{status="IN_PROGRESS"}'] == 1
    assert found['postroom_alarm{kind="late"}'] == 1
    assert sum(value for name, value in found.items() if name.startswith("postroom_outbox_mails{")) >= 1
    assert 0 <= found["postroom_probe_age_seconds"] < 60


def test_requests_and_jobs_are_histograms_and_sockets_are_none_of_them(busy: WebDesk) -> None:
    socket = busy.socket(busy.tab("ada"))
    found = told(busy)
    socket.close()
    assert found['postroom_request_seconds_count{route="/inbox/<view_name>/",status="2xx"}'] == 1
    assert found['postroom_job_seconds_count{job="jobs.outbound.send_message"}'] == 1
    assert found["postroom_sockets_open"] == 1 and found["postroom_sockets_room"] > 1
    assert not [name for name in found if "/ws/" in name]


def test_an_address_that_nobody_knows_makes_no_figure_of_its_own(busy: WebDesk) -> None:
    for _ in range(3):
        busy.tab().get(f"/{uuid4()}/")
    routes = {name for name in told(busy) if name.startswith("postroom_request_seconds_count")}
    assert 'postroom_request_seconds_count{route="none",status="4xx"}' in routes and len(routes) < 12


def test_what_was_accepted_only_grows_also_when_its_hours_are_counted(busy: WebDesk) -> None:
    db.session.execute(db.text("INSERT INTO mailbox_hour SELECT min(id), date_trunc('hour', now()) - interval '3 hours', 7 FROM mailbox"))
    db.session.commit()
    assert told(busy)['postroom_mail_accepted_total{mailbox="Support"}'] == 8


def test_every_metric_of_the_dashboard_is_told(busy: WebDesk) -> None:
    dashboard = json.loads((ROOT / "postroom" / "dashboards" / "postroom.json").read_text(encoding="utf-8"))
    wanted = {name for panel in dashboard["panels"] for target in panel.get("targets", []) for name in re.findall(r"postroom_\w+", target["expr"])}
    there = {name.partition("{")[0] for name in told(busy)}
    assert len(wanted) > 25
    assert wanted - there == set()
    assert {panel["datasource"]["uid"] for panel in dashboard["panels"] if "datasource" in panel} == {"${source}"}


@pytest.mark.parametrize(("seconds", "bound"), [(0.004, "0.01"), (0.01, "0.01"), (0.3, "0.5"), (119.0, "120"), (900.0, "+Inf")])
def test_a_time_is_counted_under_its_bound_and_all_above(seconds: float, bound: str) -> None:
    times = times_of("job", {f"job|{bound}": 1.0, "job|sum": seconds})
    counted = dict(times.buckets)
    assert counted[bound] == counted["+Inf"] == 1 and times.seconds == seconds
    assert sum(counted.values()) == len(BOUNDS) + 1 - list(counted).index(bound)
