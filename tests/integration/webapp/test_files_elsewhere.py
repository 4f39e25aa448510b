"""Files in an object store, seen from the web: given out by us, with rights asked each time; an outage is a 503."""

from collections.abc import Callable

import pytest

from tests.cast import DORA
from tests.integration.webapp.conftest import WebDesk
from tests.object_store import BUCKET, SECRET, ObjectStore

FILE = {"bill.txt": ("text/plain", b"four euros")}


@pytest.fixture
def desk(make_web: Callable[..., WebDesk], object_store: ObjectStore) -> WebDesk:
    return make_web(ATTACHMENTS_URL=object_store.url)


def test_a_file_is_given_out_by_us_to_those_who_may_see_it_and_its_store_is_never_named(
    desk: WebDesk, object_store: ObjectStore
) -> None:
    ticket = desk.takes_in(mail()).ticket_id
    said = desk.script(DORA).sends_form(f"/api/tickets/{ticket}/messages/", {"body": "Here."}, FILE)
    assert said.status == 201 and list(object_store.objects.values()) == [b"four euros"]
    path = f"/api/attachments/{said.json['attachments'][0]['id']}/"
    given = desk.script(DORA).get(path)
    assert (given.status, given.body) == (200, "four euros")
    assert desk.script(desk.ben).get(path).status == 404
    assert not any(word in f"{said.body}{given.headers}" for word in (BUCKET, SECRET, "X-Amz", str(object_store.port)))


def test_an_outage_of_the_store_is_a_503_and_nothing_is_half_written(desk: WebDesk, object_store: ObjectStore) -> None:
    ticket = desk.takes_in(mail()).ticket_id
    path = f"/api/tickets/{ticket}/messages/"
    file_id = desk.script(DORA).sends_form(path, {"body": "Here."}, FILE).json["attachments"][0]["id"]
    object_store.stop()
    refused = desk.script(DORA).sends_form(path, {"body": "And here."}, {"other.txt": ("text/plain", b"more")})
    assert refused.status == 503 and "try again" in refused.json["detail"]
    assert desk.script(DORA).get(f"/api/attachments/{file_id}/").status == 503
    object_store.start()
    assert desk.script(DORA).get(f"/api/attachments/{file_id}/").body == "four euros"
    assert len(desk.script(DORA).get(path).json["results"]) == 2


def mail() -> bytes:
    return (
        f"From: {DORA.address}\r\nTo: support@desk.example\r\nSubject: A bill\r\nMessage-ID: <bill@example.net>\r\n\r\nHello\r\n"
    ).encode()
