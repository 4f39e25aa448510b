"""The desk behind a real Postfix, set up as the paper says: in by transport and alias over TLS, out again to a mailbox."""

import smtplib
from collections.abc import Callable
from email.message import EmailMessage
from email.utils import make_msgid
from pathlib import Path
from typing import Any

import dkim
import pytest
import trustme

from models.dkim_keys import dns_record
from models.settings import load_settings
from tests.api import ApiClient
from tests.postfix import Postfix, parsed, postfix
from tests.processes import RunningPostroom
from tests.waiting import wait_until

__all__ = ["postfix"]

DORA = "dora@customers.example"
SUPPORT = "support@company.example"


@pytest.fixture
def desk(postfix: Postfix, postroom: Callable[..., RunningPostroom], tmp_path: Path) -> RunningPostroom:
    """The whole desk, sending through Postfix and taking mail from it over TLS."""
    authority = trustme.CA()
    authority.cert_pem.write_to_path(str(tmp_path / "authority.pem"))
    issued = authority.issue_cert("desk.company.example", "127.0.0.1")
    issued.private_key_and_cert_chain_pem.write_to_path(str(tmp_path / "certificate.pem"))
    running = postroom(
        "up", SUPPORT_ADDRESS=SUPPORT, UNDO_SECONDS="0", OUTBOUND_SMTP_URL=f"smtp://127.0.0.1:{postfix.port}?tls=none",
        SMTP_TLS_CERT=str(tmp_path / "certificate.pem"), SMTP_TLS_KEY=str(tmp_path / "certificate.pem"),
    )  # fmt: skip
    postfix.start(running.smtp_port, tmp_path / "authority.pem")
    running.wait_for("Postroom is ready")
    return running


@pytest.fixture
def admin(desk: RunningPostroom) -> ApiClient:
    script = ApiClient(desk.http_url)
    password = desk.wait_for(r"sign in as admin / (\S+)")[1]
    script.token = script.post("/api/auth/token/", username="admin", password=password).json["access"]
    return script


def mail(to: str, subject: str, body: str, answers: EmailMessage | None = None) -> EmailMessage:
    written = EmailMessage()
    written["From"], written["To"], written["Subject"] = f"Dora Winter <{DORA}>", to, subject
    written["Message-ID"] = make_msgid(domain="customers.example")
    if answers is not None:
        written["In-Reply-To"] = written["References"] = answers["Message-ID"]
    written.set_content(body)
    return written


def wait_for(ask: Callable[[], Any], desk: RunningPostroom) -> Any:
    return wait_until(ask, told=desk.log)


def test_a_customers_mail_an_agents_reply_and_its_answer_go_their_way_through_postfix(
    desk: RunningPostroom, admin: ApiClient, postfix: Postfix
) -> None:
    """Postfix → gate → ticket → agent's reply → Postfix → mailbox, and back once more."""
    postfix.send(mail(SUPPORT, "The kettle hums", "Is that how it should be?"), SUPPORT)
    [ticket] = wait_for(lambda: tickets(admin), desk)
    assert (ticket["subject"], ticket["customer"]["email"]) == ("The kettle hums", DORA)

    messages = f"/api/tickets/{ticket['id']}/messages/"
    assert admin.post(messages, body="Only when it is full.").status == 201
    raw = postfix.came_to("dora", 1)
    reply = parsed(raw)
    assert "Only when it is full." in reply.get_body(("plain",)).get_content()  # type: ignore[union-attr]
    assert reply["In-Reply-To"] and SUPPORT in reply["From"]
    assert is_signed(raw, desk), "the signature did not survive the way through Postfix"

    postfix.send(mail(SUPPORT, "Re: The kettle hums", "To the brim.", answers=reply), SUPPORT)
    wait_for(lambda: len(admin.get(messages).json["results"]) == 3, desk)
    assert len(tickets(admin)) == 1, "the answer is in the same ticket"

    # The address by which Postfix knows it, a second name for it, and a whole sub-domain of the desk's own.
    assert admin.post("/api/admin/mailboxes/", name="Desk", address="hello@desk.company.example").status == 201
    for number, to in enumerate(("help@company.example", "hello@desk.company.example"), 2):
        postfix.send(mail(to, f"To {to}", "Hello."), to)
        wait_for(lambda: len(tickets(admin)) == number, desk)
    with pytest.raises(smtplib.SMTPRecipientsRefused) as refused:
        postfix.send(mail("nobody@desk.company.example", "To nobody", "Hello."), "nobody@desk.company.example")
    assert refused.value.recipients["nobody@desk.company.example"][0] == 550, "asked at once, so no bounce is owed to anybody"

    assert "Trusted TLS connection established to 127.0.0.1" in postfix.log(), "mail went to the gate in the open"
    assert admin.get("/api/analytics/summary/").json["total"] == 3


def tickets(admin: ApiClient) -> list[dict]:
    found: list[dict] = admin.get("/api/tickets/").json["results"]
    return found


def is_signed(raw: bytes, desk: RunningPostroom) -> bool:
    """Whether the desk's DKIM signature is good, by the record that it asks to publish."""
    settings = load_settings({"POSTROOM_DATA": str(desk.data), "DATABASE_URL": "postgresql://unused"})
    name, record = dns_record(settings, "company.example")
    return bool(dkim.verify(raw, dnsfunc=lambda asked, timeout=5: record.encode() if asked.rstrip(b".").decode() == name else b""))
