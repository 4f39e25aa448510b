"""A conversation over HTTP: long ones in parts, a message looked at in other ways, its files, and the people of a ticket."""

import re

import pytest
from sqlalchemy import insert

from models.actions.suppression import suppress
from models.database import db
from models.message import Message
from models.suppression import Reason
from tests.cast import DORA, EVE, mail_from
from tests.integration.webapp.conftest import WebDesk
from tests.web import BrowserTab

CARD = re.compile(r'<section class="card[^>]* id="m-(\d+)"')


@pytest.fixture
def long_talk(desk: WebDesk) -> tuple[int, list[int]]:
    """A ticket of Ada's with 300 messages; their numbers."""
    ticket_id = a_ticket(desk)
    first = desk.messages_on(ticket_id)[0]
    rows = [
        {"ticket_id": ticket_id, "mailbox_id": first.mailbox_id, "direction": "in", "source": "email", "author_id": first.author_id, "body": f"Line {number}"}
        for number in range(2, 301)
    ]
    db.session.execute(insert(Message), rows)
    db.session.commit()
    desk.ticket(ticket_id).message_count = 300
    db.session.commit()
    return ticket_id, [message.id for message in desk.messages_on(ticket_id)]


def a_ticket(desk: WebDesk, **mail: object) -> int:
    ticket_id = desk.takes_in(mail_from(DORA, **mail)).ticket_id  # type: ignore[arg-type]
    assert ticket_id
    desk.assigns(ticket_id, desk.ada)
    return ticket_id


def cards(page: str) -> list[int]:
    return [int(one) for one in CARD.findall(page)]


def test_a_thread_of_300_shows_its_first_and_last_and_every_message_by_links_alone(desk: WebDesk, long_talk: tuple[int, list[int]]) -> None:
    ticket_id, ids = long_talk
    tab = desk.tab("ada")
    page = tab.get(f"/inbox/mine/t/{ticket_id}/").body
    assert cards(page) == [ids[0], *ids[-11:]]
    assert "288 messages are not shown" in page
    clicks = 0
    while links := re.findall(r'<a href="([^"]+gaps=[^"]*)#gap-', page):
        page = tab.get(links[0].replace("&amp;", "&")).body
        clicks += 1
        assert clicks < 20
    page = tab.get(re.findall(r'<a href="([^"]+gaps=[^"]*)#m-', page)[-1]).body
    assert cards(page) == ids
    assert cards(tab.get(f"/inbox/mine/t/{ticket_id}/?all").body) == ids


def test_a_link_leads_to_a_message_in_the_middle(desk: WebDesk, long_talk: tuple[int, list[int]]) -> None:
    ticket_id, ids = long_talk
    page = desk.tab("ada").get(f"/inbox/mine/t/{ticket_id}/?m={ids[149]}").body
    assert cards(page) == [ids[0], *ids[146:153], *ids[-11:]]
    assert page.count("messages are not shown") == 2


def test_the_live_page_keeps_what_is_shown_and_brings_what_is_new(desk: WebDesk, long_talk: tuple[int, list[int]]) -> None:
    ticket_id, ids = long_talk
    tab = desk.tab("ada")
    gaps = f"{ids[1]}-{ids[-30]}"
    desk.replies(ticket_id, "The three hundred and first.")
    live = tab.get(f"/inbox/mine/live/?ticket={ticket_id}&gaps={gaps}", HX_Request="true").body
    assert cards(live)[:-1] == [ids[0], *ids[-29:]]
    assert "The three hundred and first." in live and f'data-gaps="{gaps}"' in live
    part = tab.get(f"/inbox/mine/t/{ticket_id}/thread/?gaps={gaps}", HX_Request="true").body
    assert cards(part)[:2] == [ids[0], ids[-29]] and "<html" not in part


def test_a_message_is_looked_at_in_other_ways_and_nothing_of_it_is_opened(desk: WebDesk) -> None:
    evil = "<p>Hi</p><script>top.__pwn=1</script><b>x</b>"
    ticket_id = a_ticket(desk, html=evil, headers={"X-Evil": "<script>top.__pwn=2</script>"})
    message_id = desk.messages_on(ticket_id)[0].id
    tab = desk.tab("ada")
    for way, words in (
        ("text", "It should have come on Monday."),
        ("html", "&lt;b&gt;x&lt;/b&gt;"),
        ("headers", "&lt;script&gt;top.__pwn=2"),
        ("source", "&lt;script&gt;top.__pwn=1"),
    ):
        for more in ({}, {"HX_Request": "true"}):
            page = tab.get(f"/messages/{message_id}/{way}/", **more).body
            assert words in page and "<script>top" not in page
    assert tab.get(f"/messages/{message_id}/nonsense/").status == 404
    raw = tab.get(f"/mail/{desk.messages_on(ticket_id)[0].inbound_id}/original")
    assert raw.headers["Content-Type"] == "application/octet-stream" and raw.headers["Content-Disposition"].startswith("attachment;")


def test_what_was_written_here_has_no_source_and_says_so(desk: WebDesk) -> None:
    ticket_id = a_ticket(desk)
    reply = desk.replies(ticket_id)
    page = desk.tab("ada").get(f"/messages/{reply.id}/source/").body
    assert "did not come by mail" in page


FILES = {
    "notes.txt": "Gr\u00fc\u00dfe <script>top.__pwn=1</script>".encode("cp1252"),
    "page.html": b"<script>top.__pwn=1</script>",
    "invoice.pdf.exe": b"MZ\x90\x00",
    "binary.txt": b"\x00\x01\x02\x03",
    "paper.pdf": b"%PDF-1.7 /JavaScript",
}


def test_a_file_is_looked_at_as_text_and_a_risky_one_is_marked(desk: WebDesk) -> None:
    """H-113, H-118."""
    ticket_id = a_ticket(desk, files=FILES)
    tab = desk.tab("ada")
    page = tab.get(f"/inbox/mine/t/{ticket_id}/").body
    numbers = {name: int(number) for number, name in re.findall(r'href="/attachments/(\d+)/"[^>]*>(?:(?!</a>).)*?<span class="file-name">([^<]+)', page, re.S)}
    assert set(numbers) == set(FILES)
    text = tab.get(f"/attachments/{numbers['notes.txt']}/text").body
    assert "Grüße &lt;script&gt;top.__pwn=1&lt;/script&gt;" in text and "<script>top" not in text
    assert "<script>top" not in tab.get(f"/attachments/{numbers['page.html']}/text").body
    for name in ("binary.txt", "paper.pdf", "invoice.pdf.exe"):
        assert tab.get(f"/attachments/{numbers[name]}/text").status == 404, name
    assert "a program whose name pretends to be something else" in page
    assert page.count('class="file file-risky"') == 2, "the program and the page; text and paper are not marked"
    for name, number in numbers.items():
        answer = tab.get(f"/attachments/{number}/")
        assert answer.headers["Content-Disposition"].startswith("attachment;"), name
        assert answer.headers["Content-Security-Policy"] == "sandbox; default-src 'none'"


def test_people_are_added_and_removed_and_only_by_those_who_see_the_ticket(desk: WebDesk) -> None:
    ticket_id = a_ticket(desk)
    tab, path = desk.tab("ada"), f"/inbox/mine/t/{ticket_id}/participants/"
    assert desk.tab("ben").post(path, {"address": "mallory@example.org"}).status == 404
    assert tab.post(path, {"address": "no address"}).status == 422
    assert "Added" in tab.post(path, {"address": "Friend@Example.org"}, HX_Request="true").body
    page = tab.get(f"/inbox/mine/t/{ticket_id}/").body
    assert "Friend@Example.org" in page
    leave = re.search(r'action="([^"]+/participants/\d+/remove/)"', page)
    assert leave and "Removed" in tab.post(leave[1], {}, HX_Request="true").body
    assert "Friend@Example.org</p>" not in tab.get(f"/inbox/mine/t/{ticket_id}/").body
    assert [entry.kind for entry in desk.timeline(ticket_id) if entry.kind.startswith("participant")] == ["participant_added", "participant_removed"]


def test_an_address_that_bounces_is_marked_and_an_administrator_writes_to_it_again(desk: WebDesk) -> None:
    ticket_id = a_ticket(desk)
    suppress(DORA.address, Reason.UNDELIVERABLE, "550 no such user")
    db.session.commit()
    at = f"/inbox/open/t/{ticket_id}/"
    ada, cleo = desk.tab("ada"), desk.tab("cleo")
    page = ada.get(at).body
    assert "Mail to this address comes back: 550 no such user" in page and "Write to it again" not in page
    assert ada.post(f"{at}addresses/", {"address": DORA.address}).status == 403
    assert "Write to it again" in cleo.get(at).body
    assert cleo.post(f"{at}addresses/", {"address": EVE.address}).status == 404, "an address of another ticket"
    assert cleo.post(f"{at}addresses/", {"address": DORA.address}).status == 303
    assert "comes back" not in ada.get(at).body


def test_notes_about_a_person_are_the_team_s_alone_and_follow_him_to_each_ticket(desk: WebDesk) -> None:
    first, second = a_ticket(desk), a_ticket(desk, subject="Another matter")
    tab, dora_id = desk.tab("ada"), desk.person(DORA).id
    path = f"/people/{dora_id}/notes/"
    assert desk.tab("ben").post(path, {"note": "x"}).status == 404, "he sees no ticket of hers"
    assert tab.post(path, {"note": "  "}).status == 422
    assert "Likes <b>tea</b>" not in tab.post(f"{path}?ticket={first}&view=mine", {"note": "Likes <b>tea</b>"}, HX_Request="true").body
    for page in (tab.get(f"/inbox/mine/t/{second}/").body, tab.get(f"/people/{dora_id}/").body):
        assert "Likes &lt;b&gt;tea&lt;/b&gt;" in page
    gone = re.search(r'action="([^"]+/notes/\d+/remove/)"', tab.get(f"/people/{dora_id}/").body)
    assert gone and tab.post(gone[1], {}).status == 303
    assert "Likes" not in tab.get(f"/people/{dora_id}/").body


def test_only_the_writer_of_a_note_and_administrators_take_it_away(desk: WebDesk) -> None:
    a_ticket(desk)
    dora_id = desk.person(DORA).id
    desk.tab("cleo").post(f"/people/{dora_id}/notes/", {"note": "Cleo's word"})
    ada = desk.tab("ada")
    assert "/remove/" not in ada.get(f"/people/{dora_id}/").body
    assert ada.post(f"/people/{dora_id}/notes/1/remove/", {}).status == 403


def test_the_panel_knows_what_was_before_and_the_page_of_a_person_the_rest(desk: WebDesk) -> None:
    hidden = desk.takes_in(mail_from(DORA, subject="Ben's own matter")).ticket_id
    assert hidden
    desk.assigns(hidden, desk.ben)
    told = {"Date": "Tue, 03 Nov 2026 10:00:00 +0530", "Accept-Language": "en-IN"}
    tickets = [a_ticket(desk, subject=f"Matter {number}", headers=told) for number in range(8)]
    tab = desk.tab("ada")
    panel = panel_of(tab, tickets[0])
    assert re.findall(r">(Matter \d)</a>", panel) == [f"Matter {number}" for number in (7, 6, 5, 4, 3)]
    page = tab.get(f"/people/{desk.person(DORA).id}/").body
    assert all(f"Matter {number}" in page for number in range(8))
    assert "Ben&#39;s own matter" not in page + panel
    assert "UTC+0530" in page and "en-IN" in page
    assert desk.tab("ben").get(f"/people/{desk.person(DORA).id}/").status == 200
    assert desk.tab("ada").get(f"/people/{desk.ben.id}/").status == 404, "of the team nobody reads here"


def panel_of(tab: BrowserTab, ticket_id: int) -> str:
    return tab.get(f"/inbox/mine/t/{ticket_id}/").body.partition('<aside id="person"')[2]


def test_tickets_like_this_one_that_one_may_see_are_shown_without_their_people(desk: WebDesk) -> None:
    """H-141"""
    solved = desk.takes_in(mail_from(EVE, subject="The kettle hums", body="My kettle hums loudly when it heats.")).ticket_id
    assert solved
    desk.replies(solved, "Please descale the kettle with vinegar, Eve Stranger, then rinse it twice.")
    desk.sets(solved, "RESOLVED")
    ticket_id = a_ticket(desk, subject="Kettle hums", body="The kettle hums very loudly when it heats.")
    tab = desk.tab("ada")
    assert "descale" not in tab.get(f"/inbox/mine/t/{ticket_id}/similar/").body, "it was nobody's, and she sees her own"
    desk.assigns(solved, desk.ada)
    for more in ({}, {"HX_Request": "true"}):
        page = tab.get(f"/inbox/mine/t/{ticket_id}/similar/", **more).body
        assert "descale the kettle with vinegar" in page and "Stranger" not in page.partition("similar")[2]
