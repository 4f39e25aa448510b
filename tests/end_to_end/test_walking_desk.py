"""The whole road with everything real: the desk's own processes, SMTP both ways, and an agent in a browser."""

import re
import smtplib
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from dataclasses import dataclass, field
from email import message_from_bytes, policy
from email.message import EmailMessage
from email.utils import make_msgid
from pathlib import Path

import pytest
from playwright.sync_api import Browser, expect

from tests.end_to_end.inbox_pages import InboxPage, SignInPage
from tests.end_to_end.web_desk import visit
from tests.processes import RunningPostroom, processes
from tests.smtp_sink import SmtpSink, collecting
from tests.waiting import PATIENCE, wait_until

SUPPORT = "support@example.com"


@dataclass
class Customer:
    """Dora, whose mail client knows nothing of us: it sends by SMTP, and threads what it gets by RFC 5322."""

    address: str
    desk: RunningPostroom
    mailbox: SmtpSink
    known: dict[str, EmailMessage] = field(default_factory=dict)

    def writes(self, subject: str, body: str, answers: EmailMessage | None = None) -> EmailMessage:
        mail = EmailMessage()
        mail["From"], mail["To"], mail["Subject"] = f"Dora Winter <{self.address}>", SUPPORT, subject
        mail["Message-ID"] = make_msgid(domain="example.net")
        if answers is not None:
            mail["In-Reply-To"] = answers["Message-ID"]
            mail["References"] = f"{answers['References'] or ''} {answers['Message-ID']}".strip()
        mail.set_content(body)
        with smtplib.SMTP("127.0.0.1", self.desk.smtp_port) as server:
            server.send_message(mail)
        self.known[mail["Message-ID"]] = mail
        return mail

    def receives(self, number: int) -> EmailMessage:
        """The `number`th mail that came to this customer."""
        raw = self.mailbox.wait_for(number)[number - 1]
        assert raw.recipients == [self.address]
        mail = message_from_bytes(raw.content, policy=policy.default)
        assert isinstance(mail, EmailMessage)
        self.known[mail["Message-ID"]] = mail
        return mail

    def thread_of(self, mail: EmailMessage) -> list[str]:
        """The Message-IDs from the first mail of the conversation to this one, as a client follows In-Reply-To."""
        parent = self.known.get(mail["In-Reply-To"] or "")
        return [*(self.thread_of(parent) if parent is not None else []), mail["Message-ID"]]


@pytest.fixture(scope="module")
def mailbox() -> Iterator[SmtpSink]:
    with collecting() as sink:
        yield sink


@pytest.fixture(scope="module")
def desk(mailbox: SmtpSink) -> Iterator[RunningPostroom]:
    """The demo desk with embedded services, sending to the customer's mail server; each test brings its own mails."""
    with processes() as start:
        running = start("up", "--demo", OUTBOUND_SMTP_URL=f"{mailbox.url}?tls=none", UNDO_SECONDS="0")
        running.wait_for("Postroom is ready")
        yield running


@pytest.fixture
def dora(desk: RunningPostroom, mailbox: SmtpSink) -> Customer:
    mailbox.mails.clear()
    return Customer("dora@example.net", desk, mailbox)


@pytest.fixture
def ada(browser: Browser, desk: RunningPostroom) -> Iterator[InboxPage]:
    """Ada, signed in, looking at all open tickets."""
    with ExitStack() as windows:
        window = windows.enter_context(visit(browser, desk.http_url))
        SignInPage(window.page, desk.http_url).open().sign_in("ada", "ada-answers")
        window.page.wait_for_url(re.compile("/inbox/"))
        yield InboxPage(window.page, desk.http_url).open_view("open")
        assert window.complaints == []
        assert window.foreign == []


def test_six_mails_between_a_customer_and_an_agent_are_one_ticket_and_one_thread(dora: Customer, ada: InboxPage) -> None:
    first = dora.writes("The kettle hums", "Is that how it should be?")
    expect(ada.row("The kettle hums")).to_be_visible()
    ticket = ada.ticket("The kettle hums")

    ticket.reply("Only when it is full. How full is it?")
    answer = dora.receives(1)
    dora.writes("Re: The kettle hums", "To the brim.", answers=answer)
    expect(ticket.card("To the brim.")).to_be_visible()

    ticket.note("Sounds like the old lid. CANARY-7731")
    ticket.reply("Please fill it to the mark and try again.")
    second_answer = dora.receives(2)
    last = dora.writes("Re: The kettle hums", "Silence! Thank you.", answers=second_answer)
    expect(ticket.card("Silence! Thank you.")).to_be_visible()

    assert len(ada.page.locator("#thread .card").all()) == 6
    assert ada.row("The kettle hums").count() == 1
    assert dora.thread_of(last)[0] == first["Message-ID"]
    assert len(dora.thread_of(last)) == 5
    assert second_answer["References"].split()[0] == first["Message-ID"]
    assert len(dora.mailbox.mails) == 2
    assert not any(b"CANARY-7731" in mail.content for mail in dora.mailbox.mails)
    assert "Traceback" not in dora.desk.log()


def test_a_mail_is_on_the_screen_at_once_and_what_is_being_typed_stays(dora: Customer, ada: InboxPage) -> None:
    ticket = ada.ticket("The grinder stops after ten seconds")
    ticket.write("Dear Dora, half a sen")

    dora.writes("A second matter", "Please look at this as well.")
    accepted = time.monotonic()
    expect(ada.row("A second matter")).to_be_visible()
    print(f"from the 250 to the screen: {time.monotonic() - accepted:.2f} s")

    ada.page.keyboard.type("tence.")
    expect(ticket.reply_text).to_have_text("Dear Dora, half a sentence.")
    expect(ticket.reply_text).to_be_focused()


def test_nothing_is_left_running_and_the_next_start_goes_on(postroom: Callable[..., RunningPostroom]) -> None:
    first = postroom("up")
    first.wait_for("Postroom is ready")
    with smtplib.SMTP("127.0.0.1", first.smtp_port) as server:
        assert server.sendmail("dora@example.net", SUPPORT, b"From: dora@example.net\r\nSubject: Before\r\n\r\nHi\r\n") == {}
    assert_no_demo(first)
    assert processes_of(first)
    assert first.stop() == 0
    wait_until(lambda: processes_of(first) == [], told=lambda: f"left running: {processes_of(first)}")

    again = postroom("up", data=first.data)
    again.wait_for("Postroom is ready")
    with smtplib.SMTP("127.0.0.1", again.smtp_port) as server:
        assert server.docmd("EHLO there")[0] == 250
    assert again.stop() == 0


def assert_no_demo(desk: RunningPostroom) -> None:
    """A desk that is no demo has no page on which anybody plays the customer."""
    with pytest.raises(urllib.error.HTTPError) as missing:
        urllib.request.urlopen(f"{desk.http_url}/demo/", timeout=PATIENCE)
    assert missing.value.code in (401, 404)


def test_a_desk_that_was_killed_starts_again_with_every_mail(postroom: Callable[..., RunningPostroom]) -> None:
    first = postroom("up")
    first.wait_for("Postroom is ready")
    for number in range(5):
        raw = f"From: dora@example.net\r\nSubject: Mail {number}\r\nMessage-ID: <{number}@x>\r\n\r\nHi\r\n"
        with smtplib.SMTP("127.0.0.1", first.smtp_port) as server:
            server.sendmail("dora@example.net", SUPPORT, raw)
    first.kill()

    again = postroom("up", data=first.data)
    again.wait_for("Postroom is ready")
    ledger = postroom("ledger", data=first.data)
    ledger.wait_for(r"5 +accepted")


def test_an_unknown_address_is_refused_for_good(desk: RunningPostroom) -> None:
    with smtplib.SMTP("127.0.0.1", desk.smtp_port) as server:
        server.ehlo()
        server.mail("dora@example.net")
        code, text = server.rcpt("nobody@example.com")
    assert code == 550
    assert text.startswith(b"5.1.1")


def processes_of(desk: RunningPostroom) -> list[str]:
    """The command lines of all processes that were told of this desk's data folder."""
    folder = str(desk.data).encode()
    found = []
    for process in Path("/proc").glob("[0-9]*"):
        try:
            command, environ = (process / "cmdline").read_bytes(), (process / "environ").read_bytes()
        except OSError:  # it ended while we looked
            continue
        if folder in command or folder in environ:
            found.append(command.replace(b"\0", b" ").decode())
    return found
