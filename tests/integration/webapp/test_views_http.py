"""Views, reading, snoozing, following, merging, splitting and bulk work over HTTP and by the API: who may, and what is shown."""

import re
from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import select

from jobs.bulk import work_on_bulk
from models.actions.following import follow
from models.actions.snoozing import wake_what_is_due
from models.database import db
from models.outbox import Outbox
from models.people import User
from tests.cast import DORA, EVE, mail_from
from tests.integration.webapp.conftest import WebDesk

TOMORROW = (datetime.now(UTC) + timedelta(days=1)).isoformat(timespec="seconds")


@pytest.fixture
def adas(desk: WebDesk) -> int:
    """A ticket of Dora's that Ada holds; the desk is one where agents see their own alone."""
    ticket_id = desk.takes_in(mail_from(DORA, subject="The kettle hums", message_id="one@example.net")).ticket_id
    assert ticket_id is not None
    desk.assigns(ticket_id, desk.ada)
    return ticket_id


def another(desk: WebDesk, subject: str, *, who: str = "ada") -> int:
    ticket_id = desk.takes_in(mail_from(DORA, subject=subject)).ticket_id
    assert ticket_id is not None
    desk.assigns(ticket_id, getattr(desk, who))
    return ticket_id


def notices_to(ticket_id: int) -> list[Outbox]:
    """The mails that tell agents of a ticket, but for the one that gave it to one of them."""
    kinds = ("agent_message", "agent_note", "agent_status")
    return list(db.session.scalars(select(Outbox).where(Outbox.ticket_id == ticket_id, Outbox.kind.in_(kinds))))


ACTS = [
    ("snooze", {"until": TOMORROW}),
    ("follow", {"follow": True}),
    ("merge", {"into": 1}),
    ("merge/undo", {}),
    ("split", {"messages": [1]}),
    ("split/undo", {}),
]


@pytest.mark.parametrize(("act", "body"), ACTS)
def test_a_foreign_ticket_is_not_there_for_any_new_act_and_a_customer_may_none(desk: WebDesk, adas: int, act: str, body: dict[str, object]) -> None:
    assert desk.script(desk.ben).post(f"/api/tickets/{adas}/{act}/", **body).status == 404
    assert desk.script(DORA).post(f"/api/tickets/{adas}/{act}/", **body).status == 403
    form = {name: str(value) for name, value in body.items()}
    assert desk.tab("ben").post(f"/inbox/mine/t/{adas}/{act}/", form).status == 404
    assert desk.tab("ben").get(f"/inbox/mine/t/{adas}/merge/").status == 404


def test_nobody_merges_into_what_he_may_not_see(desk: WebDesk, adas: int) -> None:
    bens = another(desk, "Ben's", who="ben")
    assert desk.script(desk.ada).post(f"/api/tickets/{adas}/merge/", into=bens).status == 404
    assert desk.tab("ada").post(f"/inbox/mine/t/{adas}/merge/", {"into": str(bens)}).status == 404
    assert desk.tab("ada").get(f"/inbox/mine/t/{adas}/merge/?into={bens}").status == 404
    refused = desk.script(desk.ada).post("/api/bulk/", act="merge", into=bens, tickets=[adas])
    assert (refused.status, list(refused.json["errors"])) == (422, ["into"])
    assert desk.ticket(adas).merged_into_id is None


def test_a_ticket_is_bold_until_it_is_opened_and_again_when_its_customer_writes(desk: WebDesk, adas: int) -> None:
    tab, row = desk.tab("ada"), f'id="row-{adas}" class="row-place is-unread"'
    assert row in tab.get("/inbox/mine/").body
    tab.get(f"/inbox/mine/t/{adas}/", HX_Request="true")
    assert row not in tab.get("/inbox/mine/").body
    assert row in desk.tab("cleo").get("/inbox/open/").body, "read by one is not read by all"
    desk.takes_in(mail_from(DORA, answers="one@example.net", body="And now it sings."))
    assert row in tab.get("/inbox/mine/").body
    assert row not in tab.get(f"/inbox/mine/live/?ticket={adas}&seen", HX_Request="true").body
    assert tab.post(f"/inbox/mine/t/{adas}/unread/", {}).status == 303
    assert row in tab.get("/inbox/mine/").body


def test_a_snoozed_ticket_sleeps_until_its_time_or_its_customers_word(desk: WebDesk, adas: int) -> None:
    tab = desk.tab("ada")
    assert "sleeps until" in tab.post(f"/inbox/mine/t/{adas}/snooze/", {"until": TOMORROW}, HX_Request="true").body
    assert f"row-{adas}" not in tab.get("/inbox/mine/").body and f"row-{adas}" in tab.get("/inbox/snoozed/").body
    desk.takes_in(mail_from(DORA, answers="one@example.net", body="Hello?"))
    assert f"row-{adas}" in tab.get("/inbox/mine/").body
    assert "its customer has written" in tab.get(f"/inbox/mine/t/{adas}/").body
    assert desk.script(desk.ada).post(f"/api/tickets/{adas}/snooze/", until=TOMORROW).json["snoozed_until"]
    assert wake_what_is_due() == 0
    desk.time_passes("ticket", "2 days", "snoozed_until")
    assert wake_what_is_due() == 1
    db.session.commit()
    assert "the time it slept for is over" in tab.get(f"/inbox/mine/t/{adas}/").body
    assert desk.ticket(adas).snoozed_until is None
    for wrong in ("2001-01-01T08:00", "soon", ""):
        assert tab.post(f"/inbox/mine/t/{adas}/snooze/", {"until": wrong}).status == 422


def test_who_follows_hears_of_it_while_he_may_see_it(desk: WebDesk, adas: int) -> None:
    assert desk.script(desk.cleo).post(f"/api/tickets/{adas}/follow/", follow=True).json == {"follows": True}
    follow(adas, desk.ben.id or 0, desk.ben)  # he saw it once; now it is Ada's alone
    db.session.commit()
    desk.takes_in(mail_from(DORA, answers="one@example.net", body="And now it sings."))
    assert {mail.rcpt for mail in notices_to(adas)} == {"ada@desk.example", "cleo@desk.example"}
    desk.script(desk.cleo).post(f"/api/tickets/{adas}/follow/", follow=False)
    desk.notes(adas, "Between us.", by=desk.ada)
    assert [mail.rcpt for mail in notices_to(adas) if mail.kind == "agent_note"] == []


def test_the_list_is_narrowed_by_the_desk_and_not_by_what_is_loaded(desk: WebDesk, adas: int) -> None:
    for number in range(3):
        another(desk, f"Parcel {number}")
    tab = desk.tab("ada")
    for typed in ("kettle", "kett", "the+hums", "is:active+kettle", "from:dora+subject:kettle"):
        rows = re.findall(r'id="row-(\d+)"', tab.get(f"/inbox/mine/?q={typed}").body)
        assert rows == [str(adas)], typed
    assert "Nothing in this list is like that" in tab.get("/inbox/resolved/?q=kettle").body
    assert "is not understood" in tab.get("/inbox/mine/?q=is:blue").body
    ordered = re.findall(r'id="row-(\d+)"', tab.get("/inbox/mine/?order=created_at").body)
    assert ordered == sorted(ordered, key=int)
    assert f"/inbox/mine/t/{adas}/?q=kettle" in tab.get("/inbox/mine/live/?q=kettle", HX_Request="true").body


def test_a_view_is_kept_from_a_list_shared_renamed_and_thrown_away(desk: WebDesk, adas: int) -> None:
    tab = desk.tab("ada")
    form = tab.get("/views/new/?from=mine&q=kettle").body
    assert 'value="is:active assignee:me kettle"' in form
    made = tab.post("/views/new/", {"name": "Kettles", "query": "is:active kettle", "ordering": "created_at", "shared": "yes"})
    page = tab.get(made.location).body
    assert f"row-{adas}" in page and re.search(r'id="view-v\d+".*?Kettles.*?count">1<', page, re.S)
    name = made.location.rstrip("/").rpartition("/")[2]
    assert f"row-{adas}" not in desk.tab("ben").get(f"/inbox/{name}/").body, "each finds in it what he may see"
    assert desk.tab("ben").post(f"/views/{name[1:]}/", {"do": "delete"}).status == 403
    assert tab.post(f"/views/{name[1:]}/", {"name": "Kettles", "query": "is:blue"}).status == 422
    assert tab.post(f"/views/{name[1:]}/", {"name": "Pots", "query": "is:active kettle"}).status == 303
    assert desk.tab("ben").get(f"/inbox/{name}/").status == 404, "it is Ada's own now"
    assert tab.post(f"/views/{name[1:]}/", {"do": "delete"}).status == 303
    assert tab.get(f"/inbox/{name}/").status == 404


def test_views_by_the_api(desk: WebDesk, adas: int) -> None:
    script = desk.script(desk.ada)
    made = script.post("/api/views/", name="Kettles", query="kettle", shared=True)
    path = f"/api/views/{made.json['id']}/"
    assert [each["id"] for each in script.get(f"{path}tickets/").json["results"]] == [adas]
    assert desk.script(desk.ben).get(f"{path}tickets/").json["results"] == []
    assert desk.script(desk.ben).patch(path, name="Mine").status == 403
    assert script.patch(path, name="Pots", shared=False).json["name"] == "Pots"
    assert desk.script(desk.ben).get("/api/views/").json["results"] == []
    assert desk.script(DORA).get("/api/views/").status == 403
    assert script.delete(path).status == 204


def test_two_tickets_are_looked_at_and_become_one_and_two_again(desk: WebDesk, adas: int) -> None:
    other = another(desk, "The kettle sings")
    eves = desk.takes_in(mail_from(EVE, subject="A lamp"), mail_from=EVE.address).ticket_id
    desk.assigns(eves or 0, desk.ada)
    tab = desk.tab("ada")
    assert "The kettle sings" in tab.get(f"/inbox/mine/t/{adas}/merge/").body, "the customer's other ticket is offered"
    assert "A lamp" in tab.get(f"/inbox/mine/t/{adas}/merge/?q={desk.ticket(eves).ref}").body
    both = tab.get(f"/inbox/mine/t/{adas}/merge/?into={eves}").body
    assert "This one ends" in both and "let_in" in both and DORA.address in both
    assert "let_in" not in tab.get(f"/inbox/mine/t/{adas}/merge/?into={other}").body
    merged = tab.post(f"/inbox/mine/t/{adas}/merge/", {"into": str(other)}, HX_Request="true").body
    assert f"goes on in {desk.ticket(other).ref}" in merged and "merge/undo/" in merged
    assert "merged" in tab.get(f"/inbox/mine/t/{other}/").body
    assert "stands by itself" in tab.post(f"/inbox/mine/t/{adas}/merge/undo/", {}, HX_Request="true").body
    assert desk.script(desk.ada).post(f"/api/tickets/{adas}/merge/undo/").status == 409


@pytest.mark.parametrize("by_api", [True, False])
def test_who_sees_only_one_half_takes_nothing_back(desk: WebDesk, adas: int, by_api: bool) -> None:
    other = another(desk, "The kettle sings")
    assert desk.script(desk.ada).post(f"/api/tickets/{adas}/merge/", into=other).status == 200
    desk.assigns(other, desk.ben)
    if by_api:
        assert desk.script(desk.ada).post(f"/api/tickets/{adas}/merge/undo/").status == 404
    else:
        assert desk.tab("ada").post(f"/inbox/mine/t/{adas}/merge/undo/", {}).status == 404
    assert desk.ticket(adas).merged_into_id == other and len(desk.messages_on(other)) == 2


def test_a_mail_is_split_off_and_brought_back(desk: WebDesk, adas: int) -> None:
    second = desk.takes_in(mail_from(DORA, answers="one@example.net", body="My lamp is broken too.")).message_id
    desk.assigns(adas, desk.ada)
    done = desk.script(desk.ada).post(f"/api/tickets/{adas}/split/", messages=[second], subject="A lamp")
    new = done.json["new"]["id"]
    assert (done.status, done.json["new"]["subject"], done.json["left"]["id"]) == (201, "A lamp", adas)
    assert "split this ticket off" in desk.tab("ada").get(f"/inbox/mine/t/{new}/").body
    assert desk.tab("ada").post(f"/inbox/mine/t/{new}/split/undo/", {}).status == 303
    assert len(desk.messages_on(adas)) == 2


def test_who_no_longer_sees_where_it_was_split_from_does_not_bring_it_back(desk: WebDesk, adas: int) -> None:
    second = desk.takes_in(mail_from(DORA, answers="one@example.net", body="My lamp is broken too.")).message_id
    new = desk.script(desk.ada).post(f"/api/tickets/{adas}/split/", messages=[second]).json["new"]["id"]
    desk.assigns(adas, desk.ben)
    assert desk.script(desk.ada).post(f"/api/tickets/{new}/split/undo/").status == 404
    assert desk.tab("ada").post(f"/inbox/mine/t/{new}/split/undo/", {}).status == 404
    assert len(desk.messages_on(adas)) == 1


def test_bulk_work_from_the_list_shows_its_progress_and_is_taken_back(desk: WebDesk, adas: int) -> None:
    others = [another(desk, f"Kettle {number}") for number in range(3)]
    bens = another(desk, "Ben's kettle", who="ben")
    tab = desk.tab("ada")
    assert tab.get("/inbox/mine/number/?q=kettle").json == {"number": 4, "most": 5000}
    asked = tab.post("/inbox/mine/bulk/?q=kettle", {"all": "yes", "do": "priority:HIGH"}, HX_Request="true").body
    assert "0 of 4 tickets" in asked and "<progress" in asked
    work_on_bulk()
    path = re.search(r'hx-get="(/bulk/\d+/)"', asked)[1]  # type: ignore[index]
    told = tab.get(path, HX_Request="true").body
    assert "4 tickets" in told and "hx-trigger" not in told and "data-undo-bulk" in told
    assert [desk.ticket(each).priority for each in (adas, *others, bens)] == ["HIGH"] * 4 + ["MEDIUM"]
    for path_of in (path, f"{path}undo/", f"{path}seen/"):
        stranger = desk.tab("cleo")
        assert (stranger.get(path_of) if path_of == path else stranger.post(path_of, {})).status == 404
    assert "data-undo-bulk" in tab.get("/inbox/mine/").body, "a reload still offers to take it back"
    tab.post(f"{path}undo/", {}, HX_Request="true")
    work_on_bulk()
    assert {desk.ticket(each).priority for each in others} == {"MEDIUM"}
    assert tab.post("/inbox/mine/bulk/", {"id": str(bens), "do": "priority:HIGH"}).status == 422
    assert tab.post("/inbox/mine/bulk/", {"id": str(adas), "do": "explode"}).status == 422


def test_bulk_work_by_the_api(desk: WebDesk, adas: int) -> None:
    script = desk.script(desk.ada)
    asked = script.post("/api/bulk/", act="tag", tag="Loud", q="kettle is:active")
    assert (asked.status, asked.json["total"], asked.json["state"]) == (202, 1, "queued")
    work_on_bulk()
    path = f"/api/bulk/{asked.json['id']}/"
    told = script.get(path).json
    assert (told["state"], told["done"], told["may_be_undone"]) == ("done", 1, True)
    assert desk.ticket(adas).tags == ["loud"]
    assert desk.script(desk.cleo).get(path).status == 404
    assert script.post(f"{path}undo/").status == 202
    assert script.post(f"{path}undo/").status == 409
    assert script.post("/api/bulk/", act="tag", tag="x", q="kettle", tickets=[adas]).status == 422
    assert desk.script(DORA).post("/api/bulk/", act="tag", tag="x", tickets=[adas]).status == 403


def test_what_is_held_or_did_not_arrive_stands_in_a_list_of_its_own(desk: WebDesk, adas: int) -> None:
    tab = desk.tab("ada")
    assert "Not delivered" not in tab.get("/inbox/mine/").body
    answer = desk.replies(adas)
    db.session.execute(db.update(Outbox).where(Outbox.message_id == answer.id).values(state="failed"))
    db.session.execute(db.text("UPDATE message SET held_reason = 'a doubt' WHERE direction = 'in'"))
    db.session.commit()
    page = tab.get("/inbox/mine/").body
    assert "Not delivered" in page and "Held on a ticket" in page
    for name in ("undelivered", "held"):
        assert f"row-{adas}" in tab.get(f"/inbox/{name}/").body
    assert f"row-{adas}" in tab.get("/inbox/mine/?q=is:undelivered+is:held").body
    assert db.session.get_one(User, desk.ada.id).is_active
