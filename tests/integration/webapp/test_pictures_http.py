"""Pictures from elsewhere over HTTP: asked for by an agent, bound to him and to the mail, kept, and never fetched unasked."""

import re
from collections.abc import Callable, Iterator

import pytest
from sqlalchemy import select, update

from models.database import db
from models.message import Message
from models.remote_pictures import PictureTrust, RemotePicture
from tests.cast import DORA, mail_from
from tests.integration.webapp.conftest import WebDesk
from tests.picture_host import PictureHost, picture_host
from tests.web import BrowserTab

IN_THE_FRAME = re.compile(r'src="(/messages/\d+/pictures/\d+/[^"]+)"')


@pytest.fixture(scope="module")
def host() -> Iterator[PictureHost]:
    with picture_host() as running:
        yield running


@pytest.fixture
def desk(make_web: Callable[..., WebDesk]) -> WebDesk:
    return make_web(PICTURE_PRIVATE_ADDRESSES="true")


@pytest.fixture
def letter(desk: WebDesk, host: PictureHost) -> tuple[int, int]:
    """Ada's ticket and the mail on it: two pictures from elsewhere, and one too small to be seen."""
    html = f'<p>Look:</p><img src="{host.base}/one.png"><img src="{host.base}/html"><img src="{host.base}/spy.png" width="1" height="1">'
    came = desk.takes_in(mail_from(DORA, html=html))
    assert came.ticket_id and came.message_id
    desk.assigns(came.ticket_id, desk.ada)
    host.calls.clear()
    return came.ticket_id, came.message_id


def asks_for_them(tab: BrowserTab, message_id: int, do: str = "show") -> str:
    answer = tab.post(f"/messages/{message_id}/pictures/", {"do": do})
    assert answer.status == 303
    return tab.follows(answer).body


def test_nothing_is_fetched_before_somebody_asks(desk: WebDesk, host: PictureHost, letter: tuple[int, int]) -> None:
    """H-098."""
    tab = desk.tab("ada")
    page = tab.get(f"/inbox/mine/t/{letter[0]}/").body
    assert "2 pictures from elsewhere are not loaded" in page and "Always for this sender" not in page
    assert "/pictures/" not in tab.get(f"/messages/{letter[1]}/frame").body
    assert host.calls == []


def test_a_click_shows_them_through_the_desk(desk: WebDesk, host: PictureHost, letter: tuple[int, int]) -> None:
    tab = desk.tab("ada")
    frame = asks_for_them(tab, letter[1])
    found = IN_THE_FRAME.findall(frame)
    assert len(found) == 2 and host.base not in IN_THE_FRAME.sub("", frame) and "spy" not in frame
    assert host.calls == [], "the browser asks the desk, and then only the desk asks elsewhere"
    for _ in range(2):
        shown = tab.get(found[0])
        assert shown.status == 200
        assert shown.headers["Content-Type"] == "image/png"
        assert shown.headers["Content-Security-Policy"].startswith("sandbox; default-src 'none'")
        assert shown.headers["X-Content-Type-Options"] == "nosniff"
        assert "Set-Cookie" not in shown.headers
        assert tab.get(found[1]).status == 404, "what calls itself a picture and is none is not served"
    assert [path for path, _ in host.calls] == ["/one.png", "/html"], "each is asked for once, and then kept"


def test_the_address_of_a_picture_is_worth_nothing_to_anybody_else(desk: WebDesk, host: PictureHost, letter: tuple[int, int]) -> None:
    """H-115: bound to the message and the sign-in, for ten minutes; a number or a made-up key is no right."""
    ticket_id, message_id = letter
    other = desk.takes_in(mail_from(DORA, html=f'<img src="{host.base}/two.png">'))
    assert other.ticket_id
    desk.assigns(other.ticket_id, desk.ada)
    tab = desk.tab("ada")
    path = IN_THE_FRAME.findall(asks_for_them(tab, message_id))[0]
    ends, _, mac = path.rpartition("/")[2].partition(".")
    assert desk.tab("cleo").get(path).status == 404, "another's sign-in"
    assert desk.tab("ada").get(path).status == 404, "another sign-in of her own"
    assert desk.tab("ben").get(path).status == 404
    for wrong in (
        path.replace(f"/{message_id}/", f"/{other.message_id}/"),
        path.replace(mac, "0" * len(mac)),
        path.replace(f"{ends}.", "9999999999."),
        path.replace("/0/", "/7/"),
        path.replace(ends, "1"),
        path.replace(f"{ends}.", "x."),
    ):
        assert tab.get(wrong).status == 404, wrong
    assert host.calls == []
    forged = tab.get(f"/messages/{message_id}/frame?pictures=9999999999.{mac}").body
    assert "/pictures/" not in forged, "a link in a mail cannot make the frame load them"


def test_no_other_site_and_no_get_shows_them(desk: WebDesk, letter: tuple[int, int]) -> None:
    tab = desk.tab("ada")
    assert tab.post(f"/messages/{letter[1]}/pictures/", {"do": "always"}, token=False).status == 403
    assert tab.get(f"/messages/{letter[1]}/pictures/").status == 405


def test_always_holds_for_a_sender_who_is_proved_and_for_this_agent_alone(desk: WebDesk, letter: tuple[int, int]) -> None:
    ticket_id, message_id = letter
    tab = desk.tab("ada")
    assert tab.post(f"/messages/{message_id}/pictures/", {"do": "always"}).status == 403, "anybody may have written this"
    db.session.execute(update(Message).values(sender_verified=True, sender_level=3))
    db.session.commit()
    assert "Always for this sender" in tab.get(f"/inbox/mine/t/{ticket_id}/").body
    assert "/pictures/" in asks_for_them(tab, message_id, "always")
    assert "/pictures/" in tab.get(f"/messages/{message_id}/frame").body
    assert "are shown at once" in tab.get(f"/inbox/mine/t/{ticket_id}/").body
    assert "/pictures/" not in desk.tab("cleo").get(f"/messages/{message_id}/frame").body
    db.session.execute(update(Message).values(sender_verified=False, sender_level=0))
    db.session.commit()
    assert "/pictures/" not in tab.get(f"/messages/{message_id}/frame").body, "somebody else in her name is asked about"
    db.session.execute(update(Message).values(sender_verified=True, sender_level=3))
    db.session.commit()
    assert "/pictures/" not in asks_for_them(tab, message_id, "ask")
    desk.looks_again()
    assert db.session.scalars(select(PictureTrust)).all() == []


def test_what_was_fetched_is_kept_for_a_while_and_trouble_for_a_moment(desk: WebDesk, host: PictureHost, letter: tuple[int, int]) -> None:
    tab = desk.tab("ada")
    picture, trouble = IN_THE_FRAME.findall(asks_for_them(tab, letter[1]))
    tab.get(picture), tab.get(trouble)
    desk.looks_again()
    kept = {row.content_type: row for row in db.session.scalars(select(RemotePicture))}
    assert set(kept) == {"image/png", ""} and "no picture" in kept[""].trouble
    db.session.rollback()
    desk.time_passes("remote_picture", "11 minutes", "fetched_at")
    tab.get(picture), tab.get(trouble)
    assert [path for path, _ in host.calls] == ["/one.png", "/html", "/html"]


def test_a_picture_that_leads_inside_is_refused_by_a_desk_as_it_comes(make_web: Callable[..., WebDesk], host: PictureHost) -> None:
    """H-108: without the setting, no address of this machine or its neighbours is asked for anything."""
    desk = make_web()
    came = desk.takes_in(mail_from(DORA, html=f'<img src="{host.base}/one.png"><img src="http://169.254.169.254/latest/">'))
    assert came.ticket_id and came.message_id
    desk.assigns(came.ticket_id, desk.ada)
    host.calls.clear()
    tab = desk.tab("ada")
    for path in IN_THE_FRAME.findall(asks_for_them(tab, came.message_id)):
        answer = tab.get(path)
        assert answer.status == 404 and "private network" in answer.body
    assert host.calls == []
