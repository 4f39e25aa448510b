"""The sockets, served for real: who may open one, what comes over it, once and in order, and when it ends."""

import json
from collections.abc import Callable, Iterator
from contextlib import ExitStack, closing
from urllib.parse import parse_qs, quote, urlsplit

import psycopg
import pyotp
import pytest

from models.actions.events import forget_old_events
from models.actions.second_factors import begin_second_factor, confirm_second_factor
from models.database import db
from models.events import TicketUpdated, record
from models.people import Role, User
from models.queries.events import Position
from models.ticket import Status
from tests.cast import DORA, EVE, PASSWORD, mail_from
from tests.integration.conftest import refuse_open_transactions
from tests.integration.webapp.conftest import HASH, WebDesk, web_app
from tests.processes import free_port
from tests.waiting import wait_until
from tests.web import Socket, served, with_base
from webapp.live import room_for_sockets
from webapp.live.hub import QUEUE_LENGTH, SOCKETS_PER_PERSON, Hub, Listener
from webapp.live.presence import Announcer
from webapp.live.sockets import MESSAGES_A_SECOND, NO_ROOM

INBOX = "/ws/inbox/"


@pytest.fixture
def ticket_id(desk: WebDesk) -> int:
    """Dora's ticket, which Ada has; Dora can sign in."""
    return a_ticket(desk)


def a_ticket(desk: WebDesk) -> int:
    ticket_id = desk.takes_in(mail_from(DORA)).ticket_id
    assert ticket_id is not None
    desk.assigns(ticket_id, desk.ada)
    db.session.execute(db.update(User).where(User.role == Role.CUSTOMER).values(password_hash=HASH))
    db.session.commit()
    return ticket_id


def happens(desk: WebDesk, ticket_id: int, times: int = 1) -> list[int]:
    """Something everybody on the ticket may know; the ids of the events."""
    desk.heard.clear()
    for _ in range(times):
        record(TicketUpdated(ticket_id))
        db.session.commit()
    return [number for number, _ in desk.heard]


def ids(socket: Socket, number: int) -> list[int]:
    return [socket.hears()["id"] for _ in range(number)]


# Who may open one


@pytest.mark.parametrize("origin", [None, "https://evil.example", "null", "http://127.0.0.1:1", ""])
def test_a_page_of_another_site_gets_no_socket(desk: WebDesk, origin: str | None) -> None:
    """H-147: The browser sends our cookie along, whoever opens the socket: the origin alone tells."""
    cookie = desk.tab("ada").cookie_header("/ws/")
    with closing(Socket(desk.base, INBOX, cookie=cookie, origin=origin)) as socket:
        assert socket.is_closed_with() == 4403


def test_whoever_is_not_signed_in_gets_none(desk: WebDesk) -> None:
    """H-148"""
    with closing(Socket(desk.base, INBOX, origin=desk.base)) as socket:
        assert socket.is_closed_with() == 4401


@pytest.mark.parametrize("token", ["", "rubbish", "a.b.c"])
def test_a_token_that_is_none_opens_nothing(desk: WebDesk, token: str) -> None:
    """H-148"""
    with closing(Socket(desk.base, f"{INBOX}?token={token}")) as socket:
        assert socket.is_closed_with() == 4401


def test_a_script_opens_one_with_its_token_but_not_with_a_refresh_token(desk: WebDesk, ticket_id: int) -> None:
    tab = desk.tab("ada")
    access, refresh = tab.cookies["postroom_access"][0], tab.cookies["postroom_refresh"][0]
    with closing(Socket(desk.base, f"{INBOX}?token={refresh}")) as socket:
        assert socket.is_closed_with() == 4401
    with closing(Socket(desk.base, f"{INBOX}?token={access}")) as socket:
        settled(desk)
        last = happens(desk, ticket_id)
        assert ids(socket, 1) == last


def test_an_ended_sign_in_opens_nothing(desk: WebDesk) -> None:
    """H-148"""
    tab = desk.tab("ada")
    cookie = tab.cookie_header("/ws/")
    tab.post("/signout")
    with closing(Socket(desk.base, INBOX, cookie=cookie, origin=desk.base)) as socket:
        assert socket.is_closed_with() == 4401


def test_who_owes_a_second_factor_gets_no_socket(desk: WebDesk) -> None:
    """H-148: he may see nothing but the page on which he sets it up, and open sockets end."""
    tab = desk.tab("cleo")
    with closing(desk.socket(tab)) as open_before:
        settled(desk)
        db.session.execute(db.update(User).where(User.username == "cleo").values(second_factor_required=True))
        db.session.commit()
        assert open_before.is_closed_with() == 4401
    with closing(desk.socket(tab)) as socket:
        assert socket.is_closed_because() == "sign in first"  # and not at the next look at his rights


def test_half_a_sign_in_opens_no_socket(desk: WebDesk) -> None:
    """H-148: the password was right, the code has not been asked for yet."""
    cleo = desk.person(desk.cleo)
    secret = parse_qs(urlsplit(begin_second_factor(cleo, desk.keys)).query)["secret"][0]
    confirm_second_factor(cleo, pyotp.TOTP(secret).now(), desk.keys)
    db.session.commit()
    tab = desk.tab()
    tab.signs_in("cleo", PASSWORD)
    with closing(desk.socket(tab)) as socket:
        assert socket.is_closed_with() == 4401


@pytest.mark.parametrize("number", ["4711", "0", str(2**63), "9" * 30])
def test_a_ticket_that_is_not_there_is_told_as_one(desk: WebDesk, number: str) -> None:
    with closing(desk.socket(desk.tab("cleo"), f"/ws/tickets/{number}/")) as socket:
        assert socket.is_closed_with() == 4404


def test_a_ticket_one_may_not_see_looks_like_none(desk: WebDesk, ticket_id: int) -> None:
    """H-149"""
    with closing(desk.socket(desk.tab("ben"), f"/ws/tickets/{ticket_id}/")) as socket:
        assert socket.is_closed_with() == 4404


def test_the_inbox_is_for_the_team(desk: WebDesk, ticket_id: int) -> None:
    with closing(desk.socket(desk.tab(DORA.address))) as socket:
        assert socket.is_closed_with() == 4403


def test_nobody_opens_sockets_without_end(desk: WebDesk) -> None:
    """H-151"""
    tab = desk.tab("ada")
    opened = [desk.socket(tab) for _ in range(SOCKETS_PER_PERSON)]
    for socket in opened:
        socket.says(type="left")
    settled(desk, SOCKETS_PER_PERSON)
    with closing(desk.socket(tab)) as one_more:
        assert one_more.is_closed_with() == 1008
    for socket in opened:
        socket.close()


def hub_of(desk: WebDesk) -> Hub:
    hub: Hub = desk.web.extensions["postroom.hub"]
    return hub


def settled(desk: WebDesk, sockets: int = 1) -> None:
    """Wait until that many sockets are listened to, and know where the log ends: whatever happens then comes over them."""
    hub = hub_of(desk)
    wait_until(lambda: sum(each.held is None for each in hub.all()) >= sockets, told=lambda: f"{len(hub.all())} of {sockets} sockets")


# What comes over it


def test_what_has_happened_comes_after_its_commit_as_ids_and_kinds(desk: WebDesk, ticket_id: int) -> None:
    """H-150"""
    with closing(desk.socket(desk.tab("ada"))) as socket:
        settled(desk)
        became = desk.takes_in(mail_from(DORA, body="Secret"))
        desk.assigns(became.ticket_id, desk.ada)
        frame = socket.hears_of("ticket.assigned")
        assert frame["ticket_id"] == became.ticket_id and frame["agent_id"] == desk.ada.id
        assert "Secret" not in json.dumps(frame)


def test_without_redis_it_comes_all_the_same_only_later(make_web: Callable[..., WebDesk]) -> None:
    """H-153"""
    desk = make_web(REDIS_URL=f"redis://127.0.0.1:{free_port()}/0")
    ticket_id = a_ticket(desk)
    with closing(desk.socket(desk.tab("ada"))) as socket:
        settled(desk)
        last = happens(desk, ticket_id, 2)
        assert ids(socket, 2) == last


def test_a_late_commit_reaches_the_page_too(desk: WebDesk, ticket_id: int) -> None:
    with closing(desk.socket(desk.tab("ada"))) as socket, psycopg.connect(desk.settings.database_url) as other:
        settled(desk)
        [(late,)] = other.execute(
            "INSERT INTO event (kind, ticket_id, is_internal, ids)"
            " VALUES ('ticket.updated', %s, false, jsonb_build_object('ticket_id', %s::int)) RETURNING id",
            [ticket_id, ticket_id],
        ).fetchall()
        later = happens(desk, ticket_id)
        other.commit()
        assert set(ids(socket, 2)) == {late, *later}


def test_who_says_hello_is_told_when_nothing_is_missed_any_more(desk: WebDesk, ticket_id: int) -> None:
    """A page that loads looks up what has happened; only now may it look for the last time."""
    with closing(desk.socket(desk.tab("ada"))) as socket:
        socket.says(type="hello")
        assert socket.hears() == {"type": "live"}
        last = happens(desk, ticket_id)
        assert ids(socket, 1) == last


def test_a_socket_of_a_ticket_hears_of_no_other(desk: WebDesk, ticket_id: int) -> None:
    other = desk.takes_in(mail_from(EVE)).ticket_id
    desk.assigns(other, desk.ada)
    with closing(desk.socket(desk.tab("ada"), f"/ws/tickets/{ticket_id}/")) as socket:
        settled(desk)
        happens(desk, other)
        last = happens(desk, ticket_id)
        assert ids(socket, 1) == last


def test_a_customer_hears_of_his_ticket_and_of_nothing_of_the_team(desk: WebDesk, ticket_id: int) -> None:
    other = desk.takes_in(mail_from(EVE)).ticket_id
    answer = desk.delivers(desk.replies(ticket_id)).rfc_message_id
    with closing(desk.socket(desk.tab(DORA.address), f"/ws/tickets/{ticket_id}/")) as socket:
        settled(desk)
        desk.notes(ticket_id, "She is difficult.")
        desk.takes_in(mail_from(DORA, answers=answer, headers={"Auto-Submitted": "auto-replied"}))
        assert [message.held_reason is None for message in desk.messages_on(ticket_id)] == [True, True, True, False]
        desk.notes(other)
        happens(desk, other)
        last = happens(desk, ticket_id)
        assert ids(socket, 1) == last


def test_agents_hear_of_what_is_theirs_and_of_nothing_else(desk: WebDesk, ticket_id: int) -> None:
    """H-149"""
    with closing(desk.socket(desk.tab("ben"))) as socket:
        settled(desk)
        happens(desk, ticket_id)
        desk.notes(ticket_id)
        mine = desk.takes_in(mail_from(EVE)).ticket_id
        desk.assigns(mine, desk.ben)
        assert socket.hears()["ticket_id"] == mine


def test_who_loses_a_ticket_hears_of_it_once_and_of_nothing_after(desk: WebDesk, ticket_id: int) -> None:
    with closing(desk.socket(desk.tab("ada"))) as socket:
        settled(desk)
        desk.assigns(ticket_id, desk.ben)
        desk.sets(ticket_id, Status.RESOLVED)
        happens(desk, ticket_id, 3)
        mine = desk.takes_in(mail_from(EVE)).ticket_id
        desk.assigns(mine, desk.ada)
        assert socket.hears()["type"] == "ticket.assigned"
        assert socket.hears()["ticket_id"] == mine


def test_who_sees_unassigned_tickets_hears_that_one_has_been_taken(make_web: Callable[..., WebDesk]) -> None:
    """Or it stays in his list until he loads the page."""
    desk = make_web(AGENT_VISIBILITY="unassigned")
    ticket_id = desk.takes_in(mail_from(DORA)).ticket_id
    with closing(desk.socket(desk.tab("ben"))) as socket:
        settled(desk)
        desk.assigns(ticket_id, desk.ada)
        happens(desk, ticket_id, 2)
        frame = socket.hears()
        assert (frame["type"], frame["ticket_id"]) == ("ticket.assigned", ticket_id)
        other = desk.takes_in(mail_from(EVE)).ticket_id
        assert socket.hears()["ticket_id"] == other


def test_mail_that_only_waits_is_no_news_for_browsers(desk: WebDesk, ticket_id: int) -> None:
    with closing(desk.socket(desk.tab("ada"))) as socket:
        settled(desk)
        desk.replies(ticket_id)
        kinds = {socket.hears()["type"] for _ in range(2)}
        assert kinds == {"message.created", "ticket.status_changed"}


# Coming back


def test_who_comes_back_gets_what_was_missed_in_order_and_once(desk: WebDesk, ticket_id: int) -> None:
    """H-153"""
    tab = desk.tab("ada")
    missed = happens(desk, ticket_id, 5)
    with closing(desk.socket(tab, f"{INBOX}?last_event_id={missed[1]}")) as socket:
        assert ids(socket, 3) == missed[2:]
        last = happens(desk, ticket_id, 2)
        assert ids(socket, 2) == last


def test_nothing_is_lost_or_doubled_while_it_goes_on_happening(desk: WebDesk, ticket_id: int) -> None:
    """H-153: Events are committed all the while a page goes and comes, and each reaches it once and in order."""
    tab = desk.tab("ada")
    [last] = happens(desk, ticket_id)
    seen, expected = [], []
    for _ in range(4):
        expected += happens(desk, ticket_id, 3)
        with closing(desk.socket(tab, f"{INBOX}?last_event_id={last}")) as socket:
            expected += happens(desk, ticket_id, 3)
            while seen[-1:] != expected[-1:]:
                seen.append(socket.hears()["id"])
        last = seen[-1]
    assert seen == expected


@pytest.mark.parametrize("asked", [str(2**62), "9" * 18, "9" * 40])
def test_who_has_been_away_for_too_long_is_told_to_load_the_page(desk: WebDesk, asked: str) -> None:
    with closing(desk.socket(desk.tab("ada"), f"{INBOX}?last_event_id={asked}")) as socket:
        assert socket.hears() == {"type": "resync"}


def test_an_event_nobody_keeps_any_more_is_answered_the_same_way(desk: WebDesk, ticket_id: int) -> None:
    [old] = happens(desk, ticket_id)
    desk.time_passes("event", "25 hours", "created_at")
    forget_old_events()
    db.session.commit()
    with closing(desk.socket(desk.tab("ada"), f"{INBOX}?last_event_id={old}")) as socket:
        assert socket.hears() == {"type": "resync"}
        last = happens(desk, ticket_id)
        assert ids(socket, 1) == last


@pytest.mark.parametrize("asked", ["", "x", "-1", "1.5", "١"])
def test_a_page_that_asks_for_nonsense_begins_now(desk: WebDesk, ticket_id: int, asked: str) -> None:
    with closing(desk.socket(desk.tab("ada"), f"{INBOX}?last_event_id={quote(asked)}")) as socket:
        settled(desk)
        last = happens(desk, ticket_id)
        assert ids(socket, 1) == last


def test_what_was_missed_goes_by_the_rights_of_today(desk: WebDesk, ticket_id: int) -> None:
    """H-149"""
    [last] = happens(desk, ticket_id)
    desk.notes(ticket_id)
    dora = desk.tab(DORA.address)
    [after] = happens(desk, ticket_id)
    with closing(desk.socket(dora, f"/ws/tickets/{ticket_id}/?last_event_id={last}")) as socket:
        assert ids(socket, 1) == [after]


def test_who_lost_a_ticket_while_away_hears_of_that(desk: WebDesk, ticket_id: int) -> None:
    [last] = happens(desk, ticket_id)
    desk.assigns(ticket_id, desk.ben)
    happens(desk, ticket_id, 2)
    with closing(desk.socket(desk.tab("ada"), f"{INBOX}?last_event_id={last}")) as socket:
        assert socket.hears()["type"] == "ticket.assigned"
        mine = desk.takes_in(mail_from(EVE)).ticket_id
        desk.assigns(mine, desk.ada)
        assert socket.hears()["ticket_id"] == mine


# The end


def test_signing_out_ends_the_sockets(desk: WebDesk) -> None:
    """H-146, H-148"""
    tab = desk.tab("ada")
    with closing(desk.socket(tab)) as socket:
        tab.post("/signout")
        assert socket.is_closed_with() == 4401


def test_who_is_switched_off_is_cut_off(desk: WebDesk) -> None:
    """H-146, H-148"""
    with closing(desk.socket(desk.tab("ada"))) as socket:
        db.session.execute(db.update(User).where(User.id == desk.ada.id).values(is_active=False))
        db.session.commit()
        assert socket.is_closed_with() == 4401


def test_who_is_no_agent_any_more_is_cut_off(desk: WebDesk) -> None:
    with closing(desk.socket(desk.tab("ada"))) as socket:
        db.session.execute(db.update(User).where(User.id == desk.ada.id).values(role=Role.CUSTOMER))
        db.session.commit()
        assert socket.is_closed_with() == 4403


def test_the_socket_of_a_ticket_that_went_to_another_ends(desk: WebDesk, ticket_id: int) -> None:
    with closing(desk.socket(desk.tab("ada"), f"/ws/tickets/{ticket_id}/")) as socket:
        settled(desk)
        desk.assigns(ticket_id, desk.ben)
        assert socket.is_closed_with() == 4404


def test_who_talks_without_end_is_cut_off(desk: WebDesk) -> None:
    with closing(desk.socket(desk.tab("ada"))) as socket:
        try:
            for _ in range(MESSAGES_A_SECOND * 4):
                socket.says(type="left")
        except OSError:
            pass  # cut off in the middle of a word
        assert socket.is_closed_with() == 1008


@pytest.mark.parametrize(
    "said",
    ["", "x", "[]", "null", "5", '"viewing"', "{}", '{"type": "viewing"}', '{"type": "viewing", "ticket_id": "x"}',
     '{"type": "viewing", "ticket_id": true}', '{"type": "viewing", "ticket_id": 1' + "0" * 40 + "}",
     '{"type": "viewing", "ticket_id": -1}', '{"type": ["a"]}', "[" * 2000, '{"type": "dance"}'],
)  # fmt: skip
def test_nonsense_is_passed_over(desk: WebDesk, ticket_id: int, said: str) -> None:
    with closing(desk.socket(desk.tab("ada"))) as socket:
        settled(desk)
        socket.line.send(said)
        last = happens(desk, ticket_id)
        assert ids(socket, 1) == last


def test_a_socket_holds_no_connection_to_the_database(desk: WebDesk, ticket_id: int) -> None:
    """Sockets live for hours, and there are only so many connections."""
    tab = desk.tab("ada")
    sockets = [desk.socket(tab) for _ in range(15)]
    settled(desk, 15)
    db.session.rollback()
    with psycopg.connect(desk.settings.database_url, autocommit=True) as other:
        refuse_open_transactions(other)
    last = happens(desk, ticket_id)
    assert [ids(socket, 1) for socket in sockets] == [last] * 15
    for socket in sockets:
        socket.close()


# Presence


def test_agents_see_who_else_is_on_a_ticket(desk: WebDesk, ticket_id: int) -> None:
    with closing(desk.socket(desk.tab("ada"))) as ada, closing(desk.socket(desk.tab("cleo"))) as cleo:
        ada.says(type="viewing", ticket_id=ticket_id)
        assert ada.hears_of("presence")["people"] == []
        cleo.says(type="typing", ticket_id=ticket_id)
        assert ada.hears_of("presence")["people"] == [{"id": desk.cleo.id, "name": "Cleo", "state": "typing"}]
        assert cleo.hears_of("presence")["people"] == [{"id": desk.ada.id, "name": "Ada", "state": "viewing"}]
        cleo.says(type="left")
        assert ada.hears_of("presence")["people"] == []


def test_who_closes_the_page_has_left(desk: WebDesk, ticket_id: int) -> None:
    with closing(desk.socket(desk.tab("ada"))) as ada:
        ada.says(type="viewing", ticket_id=ticket_id)
        ada.hears_of("presence")
        cleo = desk.socket(desk.tab("cleo"))
        cleo.says(type="viewing", ticket_id=ticket_id)
        assert len(ada.hears_of("presence")["people"]) == 1
        cleo.close()
        assert ada.hears_of("presence")["people"] == []


def test_nobody_looks_at_a_ticket_he_may_not_see(desk: WebDesk, ticket_id: int) -> None:
    with closing(desk.socket(desk.tab("ada"))) as ada, closing(desk.socket(desk.tab("ben"))) as ben:
        ada.says(type="viewing", ticket_id=ticket_id)
        ada.hears_of("presence")
        ben.says(type="viewing", ticket_id=ticket_id)
        settled(desk)
        last = happens(desk, ticket_id)
        assert ada.hears()["id"] == last[0]


def test_who_loses_a_ticket_sees_no_longer_who_is_on_it(desk: WebDesk, ticket_id: int) -> None:
    with closing(desk.socket(desk.tab("ada"))) as ada, closing(desk.socket(desk.tab("ben"))) as ben:
        ada.says(type="viewing", ticket_id=ticket_id)
        ada.hears_of("presence")
        desk.assigns(ticket_id, desk.ben)
        assert ada.hears_of("ticket.assigned")
        ben.hears_of("ticket.assigned")
        wait_until(lambda: not hub_of(desk).present(ticket_id))
        ben.says(type="typing", ticket_id=ticket_id)
        assert ben.hears_of("presence")["people"] == []
        mine = desk.takes_in(mail_from(EVE)).ticket_id
        desk.assigns(mine, desk.ada)
        assert ada.hears()["ticket_id"] == mine


def test_a_customer_is_told_of_nobody_and_shown_to_nobody(desk: WebDesk, ticket_id: int) -> None:
    path = f"/ws/tickets/{ticket_id}/"
    with closing(desk.socket(desk.tab("ada"))) as ada, closing(desk.socket(desk.tab(DORA.address), path)) as dora:
        ada.says(type="viewing", ticket_id=ticket_id)
        ada.hears_of("presence")
        dora.says(type="typing", ticket_id=ticket_id)
        assert ada.hears_of("presence")["people"] == []
        last = happens(desk, ticket_id)
        assert ada.hears()["id"] == dora.hears()["id"] == last[0]


# Presence across the web processes of one desk


@pytest.fixture
def other_web(desk: WebDesk) -> Iterator[str]:
    """A second web of the same desk; its base URL."""
    with ExitStack() as at_the_end:
        yield at_the_end.enter_context(served(lambda base: web_app(with_base(desk.settings, base), at_the_end)))


def test_agents_on_two_web_processes_see_each_other(desk: WebDesk, other_web: str, ticket_id: int) -> None:
    cookie = desk.tab("cleo").cookie_header("/ws/")
    with (
        closing(desk.socket(desk.tab("ada"))) as ada,
        closing(Socket(other_web, INBOX, cookie=cookie, origin=other_web)) as cleo,
    ):
        ada.says(type="viewing", ticket_id=ticket_id)
        assert ada.hears_of("presence")["people"] == []
        cleo.says(type="typing", ticket_id=ticket_id)
        assert ada.hears_of("presence")["people"] == [{"id": desk.cleo.id, "name": "Cleo", "state": "typing"}]
        ada.says(type="typing", ticket_id=ticket_id)
        until(cleo, "presence", people=[{"id": desk.ada.id, "name": "Ada", "state": "typing"}])
        cleo.says(type="left")
        until(ada, "presence", people=[])


def until(socket: Socket, kind: str, **wanted: object) -> None:
    """Read on until a frame of that kind says what is wanted; fails when none comes any more."""
    while not wanted.items() <= socket.hears_of(kind).items():
        pass


def test_presence_is_kept_within_a_process_when_redis_is_away(make_web: Callable[..., WebDesk]) -> None:
    desk = make_web(REDIS_URL=f"redis://127.0.0.1:{free_port()}/0")
    ticket_id = a_ticket(desk)
    with closing(desk.socket(desk.tab("ada"))) as ada, closing(desk.socket(desk.tab("cleo"))) as cleo:
        ada.says(type="viewing", ticket_id=ticket_id)
        cleo.says(type="viewing", ticket_id=ticket_id)
        until(ada, "presence", people=[{"id": desk.cleo.id, "name": "Cleo", "state": "viewing"}])


# Room


def test_pages_are_answered_however_many_windows_are_open(make_web: Callable[..., WebDesk]) -> None:
    desk = make_web(WEB_THREADS="8")
    tabs = [desk.tab(name) for name in ("ada", "ben", "cleo")]
    sockets = [desk.socket(tabs[number % 3]) for number in range(room_for_sockets(8))]
    settled(desk, len(sockets))
    late = desk.socket(tabs[0])
    assert late.is_closed_with() == NO_ROOM
    assert tabs[0].get("/inbox/mine/").status == 200
    sockets[0].close()
    wait_until(lambda: len(hub_of(desk).all()) == len(sockets) - 1)
    with closing(desk.socket(tabs[0])) as again:
        again.says(type="left")
        settled(desk, len(sockets))
    for socket in sockets:
        socket.close()


@pytest.mark.parametrize(("threads", "sockets"), [(8, 4), (16, 12), (64, 56), (600, 525)])
def test_an_eighth_of_the_threads_is_kept_for_requests(threads: int, sockets: int) -> None:
    assert room_for_sockets(threads) == sockets


# Inside: a reader that does not keep up


@pytest.fixture
def listener() -> Iterator[Listener]:
    yield Listener(1, "Ada", True, None, lambda: None)


def frames(listener: Listener) -> list[object]:
    found = []
    while not listener.frames.empty():
        frame = listener.frames.get_nowait()
        found.append(json.loads(frame) if frame else frame)
    return found


def test_a_slow_reader_is_told_to_load_the_page_and_holds_nobody_up(listener: Listener) -> None:
    """H-152"""
    for number in range(QUEUE_LENGTH + 1):
        listener.send({"id": number})
    assert frames(listener) == [{"type": "resync"}]
    listener.send({"id": 1})
    assert frames(listener) == [{"id": 1}]


def test_what_the_relay_brings_while_a_socket_catches_up_waits_and_is_not_repeated(listener: Listener) -> None:
    listener.pass_on(Position(1, 1), {"id": 1})
    listener.pass_on(Position(2, 2), {"id": 2})
    assert frames(listener) == []
    listener.send({"id": 1})  # it has caught up on this one by itself
    listener.has_caught_up(Position(1, 1))
    listener.pass_on(Position(1, 1), {"id": 1})  # the relay is behind
    listener.pass_on(Position(3, 3), {"id": 3})
    assert frames(listener) == [{"id": 1}, {"id": 2}, {"id": 3}]


def test_a_closed_socket_sends_nothing_more(listener: Listener) -> None:
    listener.send({"id": 1})
    listener.close()
    assert frames(listener) == [None]


def test_everybody_in_the_hub_can_be_told_to_load_the_page(listener: Listener) -> None:
    hub = Hub(10, Announcer(None))
    assert hub.join(listener)
    hub.resync_all()
    assert frames(listener) == [{"type": "resync"}]
