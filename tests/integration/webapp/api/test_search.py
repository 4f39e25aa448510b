"""Search on the real Postgres: words in all places, operators, ranking, pages, typing errors, and rights."""

import psycopg
import pytest
from sqlalchemy import text

from models.database import db
from models.errors import Invalid
from models.queries.search import within_patience
from models.ticket import Status
from tests.cast import BILLING, DORA, EVE, Writer, mail_from
from tests.integration.webapp.api.conftest import mail_with_a_file
from tests.integration.webapp.conftest import WebDesk

CANARY = "zirkonquark"


class Shelf:
    """Four tickets: Dora's kettle (Ada's, with a note), Eve's invoice at billing@, Dora's parcel with a file, Eve's Müller."""

    def __init__(self, desk: WebDesk) -> None:
        self.desk = desk
        self.kettle = self.comes(DORA, "The kettle hums", "It hums at night, and the tea is cold.")
        self.invoice = self.comes(EVE, "Invoice 4711", "The invoice is wrong by 20 euros.", BILLING)
        self.parcel = desk.takes_in(mail_with_a_file("Lost parcel", "It was to come on Monday.")).ticket_id
        self.umlaut = self.comes(EVE, "Für Herrn Müller", "Die Größe der Tür ist falsch. Übergabe am Freitag.")
        desk.assigns(self.kettle, desk.ada)
        desk.replies(self.kettle, "Please descale the boiler with vinegar.")
        desk.notes(self.kettle, f"The kettle, the kettle: she is known for {CANARY}.")
        desk.sets(self.invoice, Status.CLOSED)

    def comes(self, who: Writer, subject: str, body: str, to: str = "support@example.com") -> int:
        ticket_id = self.desk.takes_in(mail_from(who, to=to, subject=subject, body=body), to, mail_from=who.address).ticket_id
        assert ticket_id is not None
        return ticket_id

    def names(self, ids: list[int]) -> list[str]:
        known = {self.kettle: "kettle", self.invoice: "invoice", self.parcel: "parcel", self.umlaut: "umlaut"}
        return [known[each] for each in ids]


@pytest.fixture
def shelf(desk: WebDesk) -> Shelf:
    return Shelf(desk)


def found(shelf: Shelf, q: str, who: object = None, **more: object) -> list[str]:
    answer = shelf.desk.script(who or shelf.desk.cleo).get("/api/tickets/search/", q=q, **more)  # type: ignore[arg-type]
    assert answer.status == 200, answer.body
    return [] if answer.json["approximate"] else sorted(shelf.names([each["ticket"]["id"] for each in answer.json["results"]]))


QUESTIONS = {
    "kettle": ["kettle"],
    "KETTLE": ["kettle"],
    "humming": ["kettle"],  # the stem of another form
    "vinegar": ["kettle"],  # in the answer
    "kettle vinegar": ["kettle"],  # each in another place
    '"tea is cold"': ["kettle"],
    '"cold is tea"': [],
    "invoice or parcel": ["invoice", "parcel"],
    "hums -vinegar": [],
    "hums -invoice": ["kettle"],
    "muller": ["umlaut"],
    "Müller": ["umlaut"],
    "grosse": ["umlaut"],
    "4711": ["invoice"],
    "from:dora": ["kettle", "parcel"],
    "from:eve@example.org": ["invoice", "umlaut"],
    "from:100%": [],
    "subject:parcel": ["parcel"],
    "is:closed": ["invoice"],
    "is:open": ["parcel", "umlaut"],
    "is:unassigned": ["invoice", "parcel", "umlaut"],
    "assignee:ada": ["kettle"],
    "assignee:me": [],
    "has:attachment": ["parcel"],
    "mailbox:billing": ["invoice"],
    "mailbox:billing@example.com": ["invoice"],
    "tag:late": [],
    "before:2001-01-01": [],
    "after:2001-01-01 from:dora": ["kettle", "parcel"],
    "from:dora is:open has:attachment monday": ["parcel"],
    CANARY: ["kettle"],
}


def test_words_and_operators_find_what_they_say(shelf: Shelf) -> None:
    assert {q: found(shelf, q) for q in QUESTIONS} == QUESTIONS


def test_references_find_their_ticket(shelf: Shelf) -> None:
    ref = shelf.desk.ticket(shelf.parcel).ref
    assert found(shelf, f"#{ref.lower()}") == found(shelf, ref) == found(shelf, f"#{shelf.parcel}") == ["parcel"]


def test_filters_beside_the_words_narrow_too(shelf: Shelf) -> None:
    assert found(shelf, "is:active or hums", status="OPEN") == []
    assert found(shelf, "from:eve", status="OPEN") == ["umlaut"]
    assert found(shelf, "hums", assigned_agent=shelf.desk.ada.id) == ["kettle"]


@pytest.mark.parametrize("q", ["kettle", "vinegar", CANARY, "from:dora", "is:active", "assignee:ada", "kettel", f'"{CANARY}"', "has:attachment"])
def test_nobody_finds_what_he_may_not_see(shelf: Shelf, q: str) -> None:
    """H-141: Not Ben, who holds nothing; not Eve, a customer of another ticket; and Dora not by the words of a note."""
    desk = shelf.desk
    for who in (desk.ben, EVE):
        answer = desk.script(who).get("/api/tickets/search/", q=q)
        assert not {"kettle", "parcel"} & set(shelf.names([each["ticket"]["id"] for each in answer.json["results"]]))
        assert CANARY not in answer.body and "vinegar" not in answer.body.replace(q, "")
    answer = desk.script(DORA).get("/api/tickets/search/", q=q)
    assert CANARY not in answer.body
    if CANARY in q:
        assert answer.json["results"] == []


def test_a_note_s_absence_tells_a_customer_nothing_either(shelf: Shelf) -> None:
    """H-141: `-word` would else tell whether a note holds the word."""
    assert found(shelf, f"kettle -{CANARY}", DORA) == ["kettle"]
    assert found(shelf, f"kettle -{CANARY}") == []


def test_a_customer_finds_nothing_by_tag(shelf: Shelf) -> None:
    shelf.desk.script(shelf.desk.cleo).patch(f"/api/tickets/{shelf.kettle}/", tags=["awkward"])
    assert found(shelf, "tag:awkward") == ["kettle"] and found(shelf, "tag:awkward", DORA) == []
    assert shelf.desk.script(DORA).get("/api/tickets/", tag="awkward").json["results"] == []


@pytest.mark.parametrize("q", ["kettel", "parzel", "parcle"])
def test_a_typing_error_finds_what_is_spelt_alike_and_says_so(shelf: Shelf, q: str) -> None:
    answer = shelf.desk.script(shelf.desk.cleo).get("/api/tickets/search/", q=q).json
    assert answer["approximate"] and shelf.names([answer["results"][0]["ticket"]["id"]]) == ["kettle" if q == "kettel" else "parcel"]


def test_the_snippet_shows_the_words_and_is_safe(desk: WebDesk) -> None:
    desk.takes_in(mail_from(DORA, subject="Markup", body="Look: <img src=x onerror=alert(1)> gizmo & \ue000more\ue001 gizmos </mark>."))
    [hit] = desk.script(desk.cleo).get("/api/tickets/search/", q="gizmo").json["results"]
    assert "<mark>gizmo</mark>" in hit["snippet"] and "<mark>gizmos</mark>" in hit["snippet"] and "&lt;img" in hit["snippet"]
    assert "<" not in hit["snippet"].replace("<mark>", "").replace("</mark>", "") and "\ue000" not in hit["snippet"]
    assert hit["rank"] > 0


def test_the_better_ticket_comes_first_and_pages_have_no_gap(desk: WebDesk) -> None:
    for number in range(5):
        desk.takes_in(mail_from(DORA, subject=f"Matter {number}", body="widget " * (number + 1) + f"of matter {number}, seen once."))
    best = desk.takes_in(mail_from(DORA, subject="Widget widget", body="widget")).ticket_id
    cleo, ids, cursor = desk.script(desk.cleo), [], ""
    while cursor is not None:
        page = cleo.get("/api/tickets/search/", q="widget", page_size=2, cursor=cursor).json
        ids += [each["ticket"]["id"] for each in page["results"]]
        cursor = page["next"]
    assert ids[0] == best and len(ids) == len(set(ids)) == 6


ODDITIES = ["'; DROP TABLE ticket; --", "% _ \\ %%%", "a & b | !c <-> d", "((((", ":*", "!", '"', "-", "or or or", "\\", "💥" * 100, "a" * 500, "x:y:z", "' OR 1=1", "a\tb\nc"]


def test_no_odd_input_breaks_search(shelf: Shelf) -> None:
    """H-140"""
    cleo = shelf.desk.script(shelf.desk.cleo)
    assert {q: cleo.get("/api/tickets/search/", q=q).status for q in ODDITIES} == dict.fromkeys(ODDITIES, 200)
    assert cleo.get("/api/tickets/search/", q="a" * 501).status == 422
    assert cleo.get("/api/tickets/search/").json["errors"].keys() == {"q"}
    assert cleo.get("/api/tickets/search/", q="is:asleep").json["problems"] != []


def test_a_search_that_takes_too_long_is_given_up_and_says_what_to_do(shelf: Shelf) -> None:
    """H-140: two seconds, then the words for it; here somebody holds the table."""
    with psycopg.connect(shelf.desk.settings.database_url) as other:
        other.execute("LOCK TABLE message IN ACCESS EXCLUSIVE MODE")
        answer = shelf.desk.script(shelf.desk.cleo).get("/api/tickets/search/", q="kettle")
    assert answer.status == 422 and "takes too long" in answer.body
    assert found(shelf, "kettle") == ["kettle"]


def test_the_page_that_says_so_can_ask_the_database_again(desk: WebDesk) -> None:
    with pytest.raises(Invalid, match="takes too long"), within_patience():
        db.session.execute(text("SET LOCAL statement_timeout = '1ms'"))
        db.session.execute(text("SELECT pg_sleep(10)"))
    assert db.session.scalar(text("SELECT 1")) == 1


def test_a_mail_of_many_different_words_can_be_kept_and_found(desk: WebDesk) -> None:
    """A vector ends at a mebibyte; a mail does not."""
    words = " ".join(f"w{number:06d}ö" for number in range(60_000))
    became = desk.takes_in(mail_from(DORA, subject="Many words", body=words))
    assert became.decision == "new_ticket"
    assert [each["ticket"]["id"] for each in desk.script(desk.cleo).get("/api/tickets/search/", q="w000100ö").json["results"]] == [became.ticket_id]


def test_search_uses_its_indexes(desk: WebDesk) -> None:
    names = set(db.session.scalars(text("SELECT indexname FROM pg_indexes")))
    assert {"ix_message_words", "ix_ticket_words", "ix_ticket_tags", "ix_ticket_subject_trgm", "ix_user_account_email_trgm"} <= names
