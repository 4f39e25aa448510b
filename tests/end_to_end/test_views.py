"""The list by keyboard in a real browser: a thousand tickets at once and back, filters, views, snoozing, merging, widths."""

import re
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import psycopg
import pytest
from flask import Flask
from playwright.sync_api import Browser, expect
from sqlalchemy import func, insert, select

from jobs.bulk import work_on_bulk
from models.app import settings_of
from models.database import db
from models.people import User
from models.ticket import Ticket, ref_of
from postroom.services import Services
from tests.end_to_end.conftest import signed_in
from tests.end_to_end.inbox_pages import InboxPage
from tests.end_to_end.web_desk import WebDesk, running_web, visit
from tests.services import new_database


@pytest.fixture(scope="module")
def many(request: pytest.FixtureRequest) -> int:
    """A thousand tickets take a minute and a half: in the short run they are two hundred."""
    return 1000 if request.config.getoption("--long") else 200


@pytest.fixture(scope="module")
def busy_desk(many: int, services: Services, template_database: str, _session_redis: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[WebDesk]:
    """A desk of its own with many parcels on it, and somebody who does the bulk work."""
    data: Path = tmp_path_factory.mktemp("busy-desk")
    with new_database(services.database_url, template_database) as url, running_web(url, _session_redis, data) as desk:
        with desk.app.app_context():
            fill(many)
        stopping = threading.Event()
        worker = threading.Thread(target=work, args=(desk.app, stopping), daemon=True)
        worker.start()
        try:
            yield desk
        finally:
            stopping.set()
            worker.join()


def fill(many: int) -> None:
    dora = db.session.scalars(select(User.id).where(User.role == "customer").limit(1)).one()
    rows = [
        {"id": number, "ref": ref_of(number), "mailbox_id": 1, "customer_id": dora, "subject": f"Parcel {number}", "waits_for_agent": False}
        for number in range(100_001, 100_001 + many)
    ]
    db.session.execute(insert(Ticket), rows)
    db.session.commit()


def work(app: Flask, stopping: threading.Event) -> None:
    while not stopping.wait(0.2):
        with app.app_context():
            work_on_bulk()


@pytest.fixture
def busy(browser: Browser, busy_desk: WebDesk) -> Iterator[InboxPage]:
    with visit(browser, busy_desk.base) as seen:
        yield signed_in(seen, busy_desk, "ada")
        assert seen.complaints == []
        assert seen.foreign == []


def how_many(desk: WebDesk, priority: str) -> int:
    with desk.app.app_context():
        parcels = select(func.count()).where(Ticket.subject.startswith("Parcel"), Ticket.priority == priority)
        return db.session.scalar(parcels) or 0


@contextmanager
def held_up(desk: WebDesk) -> Iterator[None]:
    """Whoever does the bulk work waits before the last ticket, as somebody else has it open."""
    with psycopg.connect(settings_of(desk.app).database_url) as elsewhere:
        elsewhere.execute("SELECT FROM ticket WHERE subject LIKE 'Parcel%' ORDER BY id DESC LIMIT 1 FOR NO KEY UPDATE")
        yield


def test_a_crowd_of_tickets_at_once_with_progress_and_back(busy: InboxPage, busy_desk: WebDesk, many: int) -> None:
    page = busy.open_view("unassigned").page
    page.locator("#find").press_sequentially("Parcel 100")
    page.wait_for_url("**/?q=Parcel+100")
    expect(page.locator("#rows .row-subject", has_text="Parcel")).to_have_count(50)
    page.locator("#find").evaluate("field => field.blur()")  # Escape would empty it, as it does any search field
    busy.press("x")
    busy.press_in_one_breath("**")
    expect(page.locator("#picked")).to_have_text(f"{many} tickets chosen")
    busy.press("p")
    progress = page.locator("#bulk-progress")
    with held_up(busy_desk):
        page.locator("#bulk-priority").get_by_role("button", name="Urgent").press("Enter")
        expect(progress.get_by_role("progressbar")).to_be_visible()
        expect(progress).to_contain_text(re.compile(rf"[1-9]\d* of {many} tickets"))
    expect(progress).to_contain_text(f"{many} tickets given the priority", timeout=180_000)
    assert how_many(busy_desk, "URGENT") == many
    busy.press("Shift+Z")
    expect(progress).to_contain_text("taken back", timeout=180_000)
    expect(progress).to_contain_text(f"{many} tickets taken back", timeout=180_000)
    assert how_many(busy_desk, "URGENT") == 0


def test_rows_are_chosen_by_key_and_by_shift(busy: InboxPage) -> None:
    page = busy.open_view("unassigned").page
    busy.press("j", "x", "j", "j", "Shift+X")
    expect(page.locator("[data-pick]:checked")).to_have_count(3)
    expect(page.locator("#picked")).to_have_text("3 tickets chosen")
    busy.press_in_one_breath("*n")
    expect(page.locator("[data-pick]:checked")).to_have_count(0)
    page.locator(".row-pick").nth(1).click()
    page.locator(".row-pick").nth(4).click(modifiers=["Shift"])
    expect(page.locator("[data-pick]:checked")).to_have_count(4)


def test_a_filter_asks_the_desk_stands_in_the_address_and_becomes_a_view(inbox: InboxPage, web_desk: WebDesk) -> None:
    web_desk.mail("The samovar leaks", "It drips.", assigned_to=web_desk.cast.ada)
    page = inbox.open_view("mine").page
    inbox.press("/")
    page.keyboard.type("samov")
    expect(page.locator("#rows > .row-place")).to_have_count(1)
    page.wait_for_url("**/inbox/mine/?q=samov")
    page.reload()
    expect(page.locator("#rows > .row-place")).to_have_count(1)
    inbox.wait_until_live()
    inbox.press_in_one_breath("gv")
    page.get_by_label("Name").fill("Samovars")
    page.get_by_label("What it shows").fill("is:active samovar")
    page.get_by_role("button", name="Save").click()
    expect(page.get_by_role("heading", name="Samovars", level=1)).to_be_visible()
    expect(page.locator("#views").get_by_role("link", name="Samovars")).to_contain_text("1")


def test_unread_is_bold_snoozed_sleeps_and_two_become_one_by_key(inbox: InboxPage, web_desk: WebDesk) -> None:
    ada = web_desk.cast.ada
    web_desk.mail("A wet letter", "It is wet.", assigned_to=ada)
    web_desk.mail("The letter again", "Still wet.", assigned_to=ada)
    page = inbox.open_view("mine").page
    bold = page.locator(".row-place.is-unread", has_text="A wet letter")
    expect(bold).to_be_visible()
    ticket = inbox.ticket("A wet letter")
    expect(bold).to_have_count(0)
    inbox.press("s")
    expect(inbox.toast).to_contain_text("You follow")
    inbox.press("h")
    page.locator("#snooze-menu[open] button").first.press("Enter")
    expect(inbox.toast).to_contain_text("sleeps until")
    expect(inbox.row("A wet letter")).to_have_count(0)
    expect(page.locator("#thread")).to_contain_text("snoozed this ticket until")
    inbox.press("m")
    dialog = page.get_by_role("dialog", name="Merge tickets")
    dialog.get_by_role("link", name="The letter again").click()
    expect(dialog).to_contain_text("This one stays")
    dialog.get_by_role("button", name="Merge into").press("Enter")
    expect(inbox.toast).to_contain_text("goes on in")
    expect(page.locator(".goes-on")).to_be_visible()
    inbox.press("z")
    expect(page.locator(".goes-on")).to_have_count(0)
    expect(ticket.card("It is wet.")).to_be_visible()


def test_widths_and_density_are_remembered(inbox: InboxPage) -> None:
    page = inbox.open_view("mine").page
    before = page.locator("#sidebar").bounding_box()["width"]  # type: ignore[index]
    page.locator("[data-divider=sidebar]").press("ArrowRight")
    page.locator("[data-divider=list]").press("End")
    inbox.press("Shift+Y")
    page.reload()
    assert page.locator("#sidebar").bounding_box()["width"] == before + 24  # type: ignore[index]
    assert page.locator("#list").bounding_box()["width"] == 640  # type: ignore[index]
    expect(page.locator("html[data-density=compact]")).to_be_attached()
    page.locator("[data-divider=list]").press("Home")
    assert page.locator("#list").bounding_box()["width"] == 260  # type: ignore[index]
