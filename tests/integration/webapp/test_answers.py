"""What every answer has: its headers, its form for people or for scripts, and no secret; and how the web says it is well."""

from collections.abc import Callable
from pathlib import Path

import pytest

from tests.cast import PASSWORD, settings_for
from tests.integration.webapp.conftest import WebDesk
from tests.processes import free_port
from tests.web import Answer, BrowserTab, served, with_base
from webapp.factory import MAX_UPLOAD, create_app

FORM = "application/x-www-form-urlencoded"

ON_EVERY_ANSWER = {
    "X-Content-Type-Options": "nosniff",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
}


def ask(tab: BrowserTab, what: str) -> Answer:
    """One answer of each kind there is."""
    match what:
        case "a page":
            return tab.get("/signin")
        case "a script":
            return tab.get("/healthz")
        case "a redirect":
            return tab.get("/")
        case "not signed in":
            return tab.get("/mail/", Accept="application/json")
        case "another site":
            return tab.post("/signin", Origin="https://evil.example")
        case "no such page":
            return tab.get("/nowhere")
        case "no such method":
            return tab.asks("PUT", "/signin", {}, {})
        case "a defect":
            return tab.get("/broken")
        case "too large":
            return tab.asks("POST", "/signin", {}, {"Content-Length": str(MAX_UPLOAD + 1), "Content-Type": FORM})
        case "a static file":
            return tab.get("/static/nothing.js")
    raise AssertionError(what)


STATUS = {
    "a page": 200, "a script": 200, "a redirect": 303, "not signed in": 401, "another site": 403, "no such page": 404,
    "no such method": 405, "a defect": 500, "a static file": 404,
}  # fmt: skip


@pytest.mark.parametrize("what", STATUS)
def test_every_answer_carries_the_headers_that_protect_its_reader(desk: WebDesk, what: str) -> None:
    answer = ask(desk.tab(), what)
    assert answer.status == STATUS[what]
    assert {name: answer.headers[name] for name in ON_EVERY_ANSWER} == ON_EVERY_ANSWER
    policy = answer.headers["Content-Security-Policy"]
    assert "default-src 'none'" in policy and "frame-ancestors 'none'" in policy
    assert "unsafe" not in policy and "*" not in policy
    assert "no-store" in answer.headers["Cache-Control"] or what == "a static file"
    assert answer.headers["Referrer-Policy"] in ("no-referrer", "same-origin")


@pytest.mark.parametrize("what", [what for what, status in STATUS.items() if status >= 400 and what != "not signed in"])
def test_a_person_gets_a_page_and_a_script_a_problem(desk: WebDesk, what: str) -> None:
    page = ask(desk.tab(), what)
    assert page.headers.get_content_type() == "text/html" and "<html" in page.body

    class Script(BrowserTab):
        def asks(self, method, path, more, headers):  # type: ignore[no-untyped-def]
            return super().asks(method, path, more, {**headers, "Accept": "application/json"})

    answer = ask(Script(desk.base), what)
    assert answer.headers.get_content_type() == "application/problem+json"
    assert answer.json["status"] == answer.status == STATUS[what]
    assert set(answer.json) >= {"type", "title", "status", "detail"} and answer.json["detail"]


def test_below_api_everything_is_for_scripts(desk: WebDesk) -> None:
    assert desk.tab().get("/api/nowhere/", Accept="text/html").headers.get_content_type() == "application/problem+json"


def test_a_defect_is_told_without_its_details(desk: WebDesk) -> None:
    for headers in ({}, {"Accept": "application/json"}):
        answer = desk.tab().get("/broken", **headers)
        assert "secret detail" not in answer.body and "Traceback" not in answer.body and "ZeroDivision" not in answer.body
        assert "written to the log" in answer.body


def test_a_method_that_is_not_allowed_is_told_with_those_that_are(desk: WebDesk) -> None:
    """RFC 9110 section 15.5.6."""
    answer = ask(desk.tab(), "no such method")
    assert {"GET", "POST"} <= set(answer.headers["Allow"].replace(" ", "").split(","))


def test_a_fragment_whose_page_is_signed_out_sends_the_page_to_the_sign_in(desk: WebDesk) -> None:
    """A redirect would be followed by the script, and the sign-in swapped into the page."""
    answer = desk.tab().get("/mail/", HX_Request="true", HX_Current_URL=f"{desk.base}/mail/")
    assert answer.status == 401 and answer.headers["HX-Redirect"] == f"{desk.base}/mail/"


def test_a_ticket_beyond_all_numbers_is_not_found(desk: WebDesk) -> None:
    tab = desk.tab("ada")
    for number in ("4711", str(2**63), "9" * 40):
        assert tab.get(f"/tickets/{number}/").status == 404, number


def test_a_form_without_end_is_refused(desk: WebDesk) -> None:
    assert ask(desk.tab(), "too large").status == 413


def test_nobody_who_is_not_signed_in_makes_us_read_much(desk: WebDesk) -> None:
    assert desk.tab().signs_in("x" * 20_000, PASSWORD).status == 413


# Health


def test_a_healthy_desk_says_so(desk: WebDesk) -> None:
    tab = desk.tab()
    assert tab.get("/healthz").json == {"status": "ok"}
    ready = tab.get("/readyz")
    assert (ready.status, ready.json) == (200, {"status": "ok"})


def readiness(database_url: str, data: Path, redis_url: str) -> tuple[Answer, Answer]:
    settings = settings_for(database_url, data, REDIS_URL=redis_url)
    with served(lambda base: create_app(with_base(settings, base))) as base:
        tab = BrowserTab(base)
        return tab.get("/readyz"), tab.get("/healthz")


def test_without_redis_the_desk_is_degraded_and_works(database_url: str, tmp_path: Path) -> None:
    ready, alive = readiness(database_url, tmp_path, f"redis://127.0.0.1:{free_port()}/0")
    assert ready.status == 200 and ready.json["status"] == "degraded" and "redis" in ready.json["degraded"]
    assert alive.status == 200


def test_without_its_database_the_desk_is_not_ready_but_alive(redis_url: str, tmp_path: Path) -> None:
    ready, alive = readiness(f"postgresql://nobody@127.0.0.1:{free_port()}/nothing", tmp_path, redis_url)
    assert ready.status == 503 and "database" in ready.json["missing"]
    assert alive.status == 200
    assert "127.0.0.1" not in ready.body and "nobody" not in ready.body


def test_a_database_of_another_version_is_not_ready(bare_database_url: str, redis_url: str, tmp_path: Path) -> None:
    ready, _ = readiness(bare_database_url, tmp_path, redis_url)
    assert ready.status == 503 and "postroom migrate" in ready.json["missing"]


def test_while_the_database_is_away_pages_say_that_nothing_is_lost(tmp_path: Path, redis_url: str) -> None:
    settings = settings_for(f"postgresql://nobody@127.0.0.1:{free_port()}/nothing", tmp_path, REDIS_URL=redis_url)
    with served(lambda base: create_app(with_base(settings, base))) as base:
        answer = BrowserTab(base).signs_in("ada", "a password of hers")
    assert answer.status == 503 and "nothing was lost" in answer.body


def test_the_frame_can_be_built_twice_in_one_process(make_web: Callable[..., WebDesk]) -> None:
    """As tests and reloaders do: nothing of an application lies in a module."""
    one, other = make_web(), None
    other = create_app(one.settings)
    assert other is not one.app and other.extensions["postroom.hub"] is not None
