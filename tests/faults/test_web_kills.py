"""X-31: the web is killed while an agent sends, the button is pressed twice, the browser tries again: one message."""

import http.client
import os
import random
import signal
import threading
import time
from collections.abc import Iterator
from contextlib import suppress
from uuid import uuid4

import pytest

from models.actions.people import create_user
from models.database import db
from tests.faults.outbound_rig import OutboundRig, can_connect, open_outbound_rig
from tests.waiting import wait_until
from tests.web import BrowserTab

PASSWORD = "ten letters and more"
LOST = (OSError, http.client.HTTPException)


class WebRig(OutboundRig):
    """The web alone; nobody sends."""

    processes = ("web",)

    @property
    def base(self) -> str:
        return self.env["BASE_URL"]

    def wait_until_up(self) -> None:
        wait_until(lambda: can_connect(int(self.env["HTTP_PORT"])), 120, "the web does not answer")

    def kill_all_of_it(self) -> None:
        with suppress(ProcessLookupError):
            os.killpg(self.running["web"].pid, signal.SIGKILL)


@pytest.fixture(scope="module")
def rig() -> Iterator[WebRig]:
    with open_outbound_rig(WebRig) as opened:
        assert isinstance(opened, WebRig)
        yield opened


def test_a_reply_is_said_once_however_often_it_is_sent(rig: WebRig, is_long: bool) -> None:
    with rig.app.app_context():
        create_user("cleo", "cleo@desk.example", "admin", password=PASSWORD, full_name="Cleo")
        db.session.commit()
    [ticket_id] = rig.tickets(1)
    tab = BrowserTab(rig.base)
    assert tab.signs_in("cleo", PASSWORD).status == 303
    chance, rounds = random.Random(31), 40 if is_long else 3
    for number in range(rounds):
        form = {"body": f"Answer {number}", "key": uuid4().hex}
        path = f"/inbox/open/t/{ticket_id}/replies/"
        clicks = [threading.Thread(target=post_once, args=(tab, path, form)) for _ in range(2)]
        for click in clicks:
            click.start()
        time.sleep(chance.random() * 0.08)
        rig.kill_all_of_it()
        for click in clicks:
            click.join()
        assert posted(tab, path, form) == 303
    with rig.connect() as connection:
        said = connection.execute("SELECT body FROM message WHERE direction = 'out' ORDER BY id").fetchall()
        mails = connection.execute("SELECT count(*), count(DISTINCT message_id) FROM outbox").fetchone()
    assert [body for (body,) in said] == [f"Answer {number}" for number in range(rounds)]
    assert mails == (rounds, rounds)


def post_once(tab: BrowserTab, path: str, form: dict[str, str]) -> None:
    with suppress(*LOST):
        tab.post(path, form)


def posted(tab: BrowserTab, path: str, form: dict[str, str]) -> int:
    """The answer, once there is one: a person presses the button until something happens."""
    return wait_until(lambda: tab.post(path, form).status, 120, "the web does not come back", passing=LOST)
