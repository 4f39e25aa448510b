"""The reports: pages, files and calls of the API show the same figures, to administrators alone."""

import csv
import html
import io
import json
from collections.abc import Callable

import pytest

from models.actions.tickets import edit_ticket
from models.database import db
from models.queries import analytics
from models.queries.figures import today
from tests.cast import DORA, EVE, PASSWORD, mail_from
from tests.integration.webapp.conftest import WebDesk
from webapp.reports.definitions import DEFINITIONS

pytestmark = pytest.mark.usefixtures("within_a_day")

CALLS = ("summary", "volume", "resolution", "arrivals", "breakdown", "mail", "drafts")


@pytest.fixture
def ticket_id(desk: WebDesk) -> int:
    """Two tickets; the first was answered and resolved by Ada today and bears a tag like a formula."""
    first = desk.takes_in(mail_from(DORA)).ticket_id
    assert first is not None
    desk.assigns(first, desk.ada)
    desk.replies(first)
    desk.sets(first, "RESOLVED")
    edit_ticket(first, desk.cleo, tags=["=1+1"])
    db.session.commit()
    desk.takes_in(mail_from(EVE))
    return first


@pytest.fixture
def ask(desk: WebDesk) -> Callable[[str], dict]:
    """A call of the API by the administrator."""
    tab = desk.tab("cleo")
    return lambda path: tab.get(f"/api/analytics/{path}").json


def test_the_page_shows_the_period_and_what_every_figure_means(desk: WebDesk, ticket_id: int) -> None:
    page = html.unescape(desk.tab("cleo").get("/reports/?days=7").body)
    for name in ("created", "resolved", "backlog", "first_response", "resolution", "reopen_rate"):
        assert f'id="figure-{name}"' in page
    with desk.web.test_request_context():
        sentences = [str(sentence) for sentence in DEFINITIONS.values()]
    for sentence in sentences:
        assert sentence in page
    assert page.count("data-day=") == 7


def test_reports_are_for_administrators(desk: WebDesk) -> None:
    ada, cleo, nobody = desk.tab("ada"), desk.tab("cleo"), desk.tab()
    for path in ("/reports/", "/reports/days.csv", "/reports/behind/created/2026-11-02/"):
        assert (ada.get(path).status, nobody.get(path).status, cleo.get(path).status) == (403, 303, 200), path
    for call in CALLS:
        path = f"/api/analytics/{call}/"
        assert (ada.get(path).status, nobody.get(path).status, cleo.get(path).status) == (403, 401, 200), path


def test_the_summary_has_the_shape_of_the_contract(ask: Callable[[str], dict], ticket_id: int) -> None:
    found = ask("summary/")
    assert (found["total"], found["unassigned"], found["active"]) == (2, 1, 1)
    assert found["by_status"]["RESOLVED"] == 1 and found["by_status"]["CLOSED"] == 0
    assert found["by_priority"]["MEDIUM"] == 2


def test_the_volume_has_every_day(ask: Callable[[str], dict], ticket_id: int) -> None:
    days = ask("volume/?days=10")["days"]
    assert len(days) == 10 and days[-1]["date"] == today().isoformat()
    assert days[-1] == {"date": today().isoformat(), "created": 2, "resolved": 1, "reopened": 0, "backlog": 1}


def test_the_resolution_has_the_shape_of_the_contract(ask: Callable[[str], dict], ticket_id: int) -> None:
    found = ask("resolution/?days=1")
    assert {"count", "avg_seconds", "median_seconds", "p90_seconds", "first_response", "by_agent"} <= set(found)
    assert found["count"] == found["first_response"]["count"] == 1
    assert [each["agent"]["username"] for each in found["by_agent"]] == ["ada"]


def test_a_period_beyond_a_year_or_of_no_days_is_refused(desk: WebDesk) -> None:
    tab = desk.tab("cleo")
    for days in ("0", "367", "x", "-1"):
        assert tab.get(f"/api/analytics/volume/?days={days}").status == 422


def test_files_are_inert_in_a_spreadsheet(desk: WebDesk, ticket_id: int) -> None:
    answer = desk.tab("cleo").get("/reports/tags.csv?days=7")
    assert answer.headers["Content-Type"].startswith("text/csv") and "attachment" in answer.headers["Content-Disposition"]
    rows = list(csv.reader(io.StringIO(answer.body.lstrip("\ufeff"))))
    assert rows[1] == ["'=1+1", "1", "1"]


def test_every_table_has_its_file(desk: WebDesk, ticket_id: int) -> None:
    tab = desk.tab("cleo")
    for table in ("days", "agents", "mailboxes", "tags"):
        answer = tab.get(f"/reports/{table}.csv?days=30")
        assert answer.status == 200 and len(answer.body.splitlines()) > 1, table


def test_the_tickets_behind_a_figure_are_listed(desk: WebDesk, ticket_id: int) -> None:
    tab = desk.tab("cleo")
    ref = desk.ticket(ticket_id).ref
    assert ref in tab.get(f"/reports/behind/resolved/{today()}/").body
    assert "No ticket stands behind" in tab.get(f"/reports/behind/reopened/{today()}/").body
    assert tab.get("/reports/behind/created/yesterday/").status == 404
    assert tab.get(f"/reports/behind/left/{today()}/").status == 404


def test_page_and_call_say_the_same(desk: WebDesk, ask: Callable[[str], dict], ticket_id: int) -> None:
    assert json.dumps(ask("arrivals/")).count("2") >= 1
    assert sum(map(sum, ask("arrivals/")["by_hour"])) == 2
    groups = {group["name"]: group for group in ask("breakdown/?by=tag")["groups"]}
    assert groups["=1+1"]["created"] == 1
    assert PASSWORD not in desk.tab("cleo").get("/reports/").body
    assert analytics.summary().total == 2
