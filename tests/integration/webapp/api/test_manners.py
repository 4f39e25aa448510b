"""What holds for every call of the API: errors as problem JSON, a document, no secrets in addresses."""

import re

import pytest

from tests.integration.webapp.conftest import WebDesk


def test_the_document_is_openapi_3_1_and_can_be_read_by_people(desk: WebDesk) -> None:
    script = desk.script()
    told = script.get("/api/openapi.json").json
    assert told["openapi"] == "3.1.0" and told["servers"] == [{"url": desk.base}]
    page = script.get("/api/docs/")
    assert page.status == 200 and "script-src 'self'" in page.headers["Content-Security-Policy"]
    assert not re.search(r'(?:src|href|action)="(?:https?:)?//', page.body), "everything it shows comes from us"


@pytest.mark.parametrize(("method", "path", "status"), [("GET", "/api/nothing/", 404), ("PUT", "/api/openapi.json", 405)])
def test_what_is_not_there_is_a_problem(desk: WebDesk, method: str, path: str, status: int) -> None:
    answer = desk.script().asks(method, path)
    assert (answer.status, answer.headers["Content-Type"]) == (status, "application/problem+json")
    assert answer.json["status"] == status and {"type", "title", "detail"} <= set(answer.json)
