"""A customer's story in a browser without scripts: a code out of the real mail, and the tickets that came by mail."""

import re
from email import message_from_bytes
from email.policy import default
from pathlib import Path

from playwright.sync_api import Browser, Page, expect
from sqlalchemy import select

from jobs.outbound import send_due
from models.actions.messages import Received, receive_message
from models.actions.people import customer_for
from models.actions.tickets import open_ticket
from models.actor import MAIL_GATE
from models.app import settings_of
from models.database import db
from models.mailbox import Mailbox
from models.people import User
from tests.end_to_end.web_desk import WebDesk, visit

ADDRESS = "dora.sommer@example.net"


def mail_to(desk: WebDesk, address: str) -> str:
    """The words of the newest mail to this address, sent by the real sender into the local outbox."""
    with desk.app.app_context():
        send_due()
    outbox = settings_of(desk.app).postroom_data / "outbox"
    mails = [message_from_bytes(path.read_bytes(), policy=default) for path in sorted(outbox.rglob("*.eml"), key=by_age)]
    mine = [mail for mail in mails if address in str(mail["To"])]
    assert mine, "no mail was sent"
    assert mine[-1]["Auto-Submitted"] == "auto-generated"
    body = mine[-1].get_body(("plain",))
    assert body is not None
    return str(body.get_content())


def by_age(path: Path) -> int:
    return path.stat().st_mtime_ns


def test_a_customer_signs_up_with_the_code_of_a_mail_and_finds_what_came_by_mail(browser: Browser, web_desk: WebDesk) -> None:
    comes_by_mail(web_desk, "The lamp flickers", "Since Monday, in the evening.")
    with visit(browser, web_desk.base, java_script_enabled=False) as seen:
        page = seen.page
        signs_up(page, web_desk)
        expect(page.get_by_role("heading", name="Your requests")).to_be_visible()
        page.get_by_role("link", name="The lamp flickers").click()
        expect(page.get_by_text("Since Monday, in the evening.")).to_be_visible()
        answers_with_a_file(page)
        page.get_by_role("button", name="It is settled").click()
        expect(page.get_by_role("button", name="Reopen")).to_be_visible()
        page.get_by_role("button", name="Sign out").click()
        expect(page.get_by_role("heading", name="Sign in")).to_be_visible()
        assert seen.complaints == [] and seen.foreign == []
    with web_desk.app.app_context():
        dora = db.session.scalars(select(User).where(User.email == ADDRESS)).one()
        assert dora.role == "customer" and dora.email_verified_at is not None


def comes_by_mail(desk: WebDesk, subject: str, body: str) -> None:
    """What the mail gate does with a first mail."""
    with desk.app.app_context():
        dora = customer_for(ADDRESS, "Dora")
        mailbox = db.session.scalars(select(Mailbox.id).order_by(Mailbox.id)).first()
        assert mailbox is not None
        ticket = open_ticket(mailbox, dora, ADDRESS, subject, body, MAIL_GATE)
        receive_message(ticket.id, Received(body, dora.id, "Dora", ADDRESS), MAIL_GATE)
        db.session.commit()


def signs_up(page: Page, desk: WebDesk) -> None:
    page.goto(f"{desk.base}/signin")
    page.get_by_role("link", name="Create an account").click()
    page.get_by_label("Your e-mail address").fill(ADDRESS)
    page.get_by_role("button", name="Mail me a code").click()
    code = re.search(r"^ {4}(\w{4}-\w{4})\s*$", mail_to(desk, ADDRESS), re.MULTILINE)
    assert code is not None
    page.get_by_label("Code from the mail").fill(code[1].lower())
    page.get_by_label("Your name").fill("Dora Sommer")
    page.get_by_label("Password").fill("a long enough password")
    page.get_by_role("button", name="Create account").click()


def answers_with_a_file(page: Page) -> None:
    page.get_by_label("Your answer").fill("Here is a picture of it.")
    page.get_by_label("Files").set_input_files({"name": "lamp.txt", "mimeType": "text/plain", "buffer": b"flicker"})
    page.get_by_role("button", name="Send").click()
    expect(page.get_by_text("Here is a picture of it.")).to_be_visible()
    expect(page.get_by_role("link", name="lamp.txt")).to_be_visible()
