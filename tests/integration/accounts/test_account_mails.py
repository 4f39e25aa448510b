"""Mails about accounts, made by the real sender into the local outbox."""

from email import message_from_bytes
from email.message import EmailMessage
from email.policy import default

import pytest
from sqlalchemy import select

from jobs.outbound import send_due
from models.actions.administering import invite
from models.actions.codes import request_code
from models.actions.own_account import tell_of_new_password
from models.actions.people import create_user
from models.database import db
from models.outbox import Outbox, OutboxState
from tests.cast import DORA, SUPPORT, Desk
from tests.integration.accounts.conftest import asks_for_code


def mails(desk: Desk) -> list[EmailMessage]:
    """Everything that is due, as it went out."""
    send_due()
    found = sorted((desk.settings.postroom_data / "outbox").rglob("*.eml"))
    return [message_from_bytes(path.read_bytes(), policy=default) for path in found]  # type: ignore[misc]


def states() -> list[str]:
    db.session.rollback()
    return list(db.session.scalars(select(Outbox.state)))


def test_the_code_is_in_its_mail_and_is_not_kept_afterwards(desk: Desk) -> None:
    code = asks_for_code(desk, DORA.address)
    [mail] = mails(desk)
    assert (mail["To"], mail["Auto-Submitted"], mail["X-Auto-Response-Suppress"]) == (DORA.address, "auto-generated", "All")
    for kind in ("plain", "html"):
        body = mail.get_body((kind,))
        assert body is not None and code in body.get_content()
    assert code not in str(mail["Subject"])
    row = db.session.scalars(select(Outbox)).one()
    assert (row.state, row.mime, row.mime_uri) == (OutboxState.SENT, None, None)


def test_no_log_holds_the_code(desk: Desk, caplog: pytest.LogCaptureFixture) -> None:
    """H-171."""
    caplog.set_level("DEBUG")
    code = asks_for_code(desk, DORA.address)
    mails(desk)
    assert caplog.records and code not in caplog.text and code.replace("-", "") not in caplog.text


@pytest.mark.parametrize("whom", ["somebody switched off", "the desk itself", "nobody any more"])
def test_who_may_get_no_code_is_found_out_when_the_mail_is_made(desk: Desk, whom: str) -> None:
    """Not when it is asked for: that would take another time (H-129)."""
    gone = create_user("gone", "gone@example.net", "customer")
    gone.is_active = False
    address = {"somebody switched off": "gone@example.net", "the desk itself": SUPPORT}.get(whom, DORA.address)
    request_code(address, desk.keys)
    if whom == "nobody any more":  # a newer one was asked for
        request_code(address, desk.keys)
    db.session.commit()
    assert len(mails(desk)) == (1 if whom == "nobody any more" else 0)
    assert OutboxState.FAILED in states()


def test_an_invitation_holds_no_secret_and_the_way_to_a_password(desk: Desk) -> None:
    """H-130"""
    invite("nora", "nora@desk.example", "agent", desk.cleo, desk.keys)
    db.session.commit()
    [mail] = mails(desk)
    body = mail.get_body(("plain",))
    assert body is not None and f"{desk.settings.base_url}/password/" in body.get_content()
    assert "token" not in body.get_content() and "?" not in body.get_content()


def test_a_changed_password_is_told(desk: Desk) -> None:
    tell_of_new_password(desk.person(desk.ada), desk.keys)
    db.session.commit()
    [mail] = mails(desk)
    assert mail["To"] == "ada@desk.example" and "was changed" in str(mail["Subject"])
