"""Figures for Prometheus: told on the machine itself and to administrators, to nobody else."""

import pytest

from tests.integration.webapp.conftest import WebDesk

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
