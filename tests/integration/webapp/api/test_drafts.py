"""POST /api/tickets/<id>/ai-draft/: with a model, without one, and when it fails."""

from collections.abc import Callable, Iterator
from threading import Event, Thread

import pytest
from sqlalchemy import update

from jobs import drafting
from models.actions.saved_replies import ReplyText, save_reply
from models.database import db
from models.mailbox import Mailbox
from tests.cast import DORA
from tests.gemini_twin import GeminiTwin
from tests.integration.webapp.api.conftest import Case, mail_with_a_file
from tests.integration.webapp.conftest import WebDesk

WAIT = {"Prefer": "wait=20"}


@pytest.fixture(scope="module")
def running_twin() -> Iterator[GeminiTwin]:
    with GeminiTwin() as twin:
        yield twin


@pytest.fixture
def twin(running_twin: GeminiTwin) -> GeminiTwin:
    running_twin.begin_anew()
    return running_twin


@pytest.fixture
def keyed(make_web: Callable[..., WebDesk], twin: GeminiTwin) -> Iterator[tuple[WebDesk, int]]:
    """A desk with a key, a worker that works, and Dora's ticket."""
    desk = make_web(GEMINI_API_KEY="a-key", GEMINI_BASE_URL=twin.url, GEMINI_MODEL="gemini-test")
    ticket_id = desk.takes_in(mail_with_a_file()).ticket_id
    assert ticket_id is not None
    desk.assigns(ticket_id, desk.ada)
    done = Event()
    worker = Thread(target=works, args=(desk, done), daemon=True)
    worker.start()
    yield desk, ticket_id
    done.set()
    worker.join()


def works(desk: WebDesk, done: Event) -> None:
    with desk.app.app_context():
        while not done.wait(0.05):
            drafting.write_due()
        db.session.remove()


def test_who_waits_gets_the_draft_and_who_does_not_gets_where_it_will_be(keyed: tuple[WebDesk, int]) -> None:
    desk, ticket_id = keyed
    script = desk.script(desk.ada)
    asked = script.asks("POST", f"/api/tickets/{ticket_id}/ai-draft/")  # nothing is required, so nothing may be sent
    assert asked.status == 202 and asked.json["status"] in ("queued", "writing", "ready")
    waited = script.post(f"/api/tickets/{ticket_id}/ai-draft/", headers=WAIT, instructions="Be brief.")
    assert waited.status == 200
    told = waited.json
    assert (told["status"], told["model"]) == ("ready", "gemini-test")
    assert told["text"].startswith("Hello,") and [each["kind"] for each in told["sources"]] == ["message"]
    assert script.get(told["url"]).json == told


def test_x34_a_model_that_fails_is_a_503_with_a_clear_text_and_mail_goes_on(keyed: tuple[WebDesk, int], twin: GeminiTwin) -> None:
    desk, ticket_id = keyed
    twin.script("429")
    answer = desk.script(desk.ada).post(f"/api/tickets/{ticket_id}/ai-draft/", headers=WAIT)
    assert answer.status == 503 and "429" in answer.json["detail"]
    assert desk.takes_in(mail_with_a_file("Another one", "It goes on.")).ticket_id
    assert desk.replies(ticket_id).id


def test_without_a_key_the_best_saved_reply_is_offered_at_once(desk: WebDesk, case: Case) -> None:
    cleo = desk.cleo
    save_reply(ReplyText("Late parcel", "Dear {{customer.first_name}}, a parcel that has not come is sent again.", None, True), cleo)
    save_reply(ReplyText("Opening hours", "We are here from nine to five.", None, True), cleo)
    db.session.commit()
    answer = desk.script(desk.ada).post(f"/api/tickets/{case.ticket_id}/ai-draft/", headers=WAIT)
    assert answer.status == 200 and answer.json["model"] is None
    assert "a parcel that has not come is sent again" in answer.json["text"]
    assert [(each["kind"], each["title"]) for each in answer.json["sources"]] == [("reply", "Late parcel")]
    assert "GEMINI_API_KEY" in answer.json["hint"]


def test_without_a_key_and_with_nothing_that_fits_the_text_is_empty_and_there_is_a_hint(desk: WebDesk, case: Case) -> None:
    answer = desk.script(desk.ada).post(f"/api/tickets/{case.ticket_id}/ai-draft/", headers=WAIT).json
    assert (answer["status"], answer["text"], answer["model"], answer["sources"]) == ("ready", "", None, [])
    assert "GEMINI_API_KEY" in answer["hint"]


def test_h165_a_mailbox_that_is_switched_off_gets_the_desks_own_words(keyed: tuple[WebDesk, int], twin: GeminiTwin) -> None:
    desk, ticket_id = keyed
    db.session.execute(update(Mailbox).values(drafts_by_ai=False))
    db.session.commit()
    answer = desk.script(desk.ada).post(f"/api/tickets/{ticket_id}/ai-draft/", headers=WAIT).json
    assert answer["model"] is None and "switched off" in answer["hint"]
    assert twin.asked == []


def test_drafts_are_for_those_of_the_team_who_see_the_ticket(desk: WebDesk, case: Case) -> None:
    path = f"/api/tickets/{case.ticket_id}/ai-draft/"
    made = desk.script(desk.ada).post(path).json["url"]
    for who, status in ((desk.cleo, 200), (desk.ben, 404), (DORA, 403), (None, 401)):
        assert desk.script(who).post(path, headers=WAIT).status == status
        assert desk.script(who).get(made).status == status
    assert desk.script(desk.ada).get(f"/api/tickets/999999/ai-draft/{made.rstrip('/').rpartition('/')[2]}/").status == 404
    assert desk.script(desk.ada).post(path, instructions=7).status == 422
