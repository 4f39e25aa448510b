"""The log of a whole desk, one JSON object a line: a mail can be followed by its id and its ticket, and no secret stands in it."""

import json
import smtplib
import urllib.request
from collections.abc import Callable
from email.message import EmailMessage
from typing import Any

from tests.processes import RunningPostroom
from tests.smtp_sink import SmtpSink
from tests.waiting import PATIENCE, wait_until

BODY, SUBJECT, ANSWER, PASSWORD = "canary-body-7731", "canary-subject-7731", "canary-answer-7731", "canary-password-7731"
WRITER = "dora.canary.7731"


def lines_of(desk: RunningPostroom) -> list[dict[str, Any]]:
    """The lines of the desk's processes; each has the name of its process in front, which the supervisor puts there."""
    said = [line.partition(" | ")[2] for line in desk.log().splitlines() if " | " in line and not line.startswith("postroom ")]
    return [json.loads(line) for line in said if line]


def asks(desk: RunningPostroom, path: str, body: dict[str, Any] | None = None, token: str = "") -> dict[str, Any]:
    headers = {"Content-Type": "application/json", **({"Authorization": f"Bearer {token}"} if token else {})}
    data = None if body is None else json.dumps(body).encode()
    with urllib.request.urlopen(urllib.request.Request(desk.http_url + path, data, headers), timeout=PATIENCE) as answer:
        found: dict[str, Any] = json.load(answer)
        return found


def line_about(desk: RunningPostroom, **wanted: str) -> dict[str, Any]:
    """The first line with these values, waited for."""

    def said() -> dict[str, Any] | None:
        fits = (line for line in lines_of(desk) if all(str(line.get(name, "")).startswith(value) for name, value in wanted.items()))
        return next(fits, None)

    found = wait_until(said, told=lambda: f"no line has {wanted}:\n{desk.log()}")
    assert found is not None
    return found


def test_a_mail_is_followed_from_the_gate_to_the_answer_and_no_secret_is_told(
    postroom: Callable[..., RunningPostroom], smtp_sink: SmtpSink
) -> None:
    host = smtp_sink.url.removeprefix("smtp://")
    url = f"smtp://user:{PASSWORD}@{host}?tls=none"
    desk = postroom("up", "--demo", LOG_FORMAT="json", OUTBOUND_SMTP_URL=url, UNDO_SECONDS="0", SECRET_KEY=PASSWORD * 2)
    desk.wait_for("Postroom is ready")
    mail = EmailMessage()
    mail["From"], mail["To"], mail["Subject"] = f"Dora <{WRITER}@example.net>", "support@example.com", SUBJECT
    mail.set_content(BODY)
    with smtplib.SMTP("127.0.0.1", desk.smtp_port) as server:
        server.send_message(mail)

    kept = line_about(desk, where="mailgate.intake", event="kept")
    filed = line_about(desk, where="mailgate.pipeline", mail=kept["mail"])
    assert filed["ticket"] and "new_ticket by rule D19" in filed["event"]
    token = asks(desk, "/api/auth/token/", {"username": "ada", "password": "ada-answers"})["access"]
    asks(desk, f"/api/tickets/{filed['ticket']}/messages/", {"body": f"{ANSWER}, see https://x.example/?token={PASSWORD}"}, token)
    tried = line_about(desk, where="jobs.outbound", ticket=filed["ticket"])
    assert tried["outbox"] and tried["level"] in ("info", "warning")

    everything = desk.log()
    for secret in (BODY, SUBJECT, ANSWER, PASSWORD, WRITER, token):
        assert secret not in everything, secret
    assert {"time", "level", "where", "event", "process"} <= set(kept)
