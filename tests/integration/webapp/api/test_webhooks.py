"""Webhooks, from the call that makes one to the delivery that arrives: signed, once, again after a failure, replayed."""

import hashlib
import hmac
from collections.abc import Callable, Iterator

import pytest

from jobs.webhooks import tell_webhooks
from models.actions.webhook_deliveries import RETRIES, claim_delivery, mark_delivered
from models.database import db
from models.webhook import WebhookDelivery
from tests.api import ApiClient
from tests.cast import DORA, mail_from
from tests.hook_receiver import Receiver, receiving
from tests.integration.webapp.conftest import WebDesk

CREATED = ["ticket.created"]


@pytest.fixture
def receiver() -> Iterator[Receiver]:
    with receiving() as found:
        yield found


@pytest.fixture
def near(make_web: Callable[..., WebDesk]) -> WebDesk:
    """A desk that may tell its own machine."""
    return make_web(WEBHOOK_PRIVATE_ADDRESSES="true")


def makes(desk: WebDesk, receiver: Receiver, events: list[str] = CREATED) -> tuple[ApiClient, dict[str, object]]:
    cleo = desk.script(desk.cleo)
    made = cleo.post("/api/admin/webhooks/", name="Ours", url=receiver.url, events=events)
    assert made.status == 201, made.body
    return cleo, made.json


def log_of(cleo: ApiClient, hook: dict[str, object]) -> list[dict[str, object]]:
    found: list[dict[str, object]] = cleo.get(f"/api/admin/webhooks/{hook['id']}/deliveries/").json["results"]
    return found


def test_an_event_arrives_once_signed_with_ids_alone(near: WebDesk, receiver: Receiver) -> None:
    cleo, hook = makes(near, receiver)
    ticket_id = near.takes_in(mail_from(DORA, subject="A canary sings", body="words of hers")).ticket_id
    tell_webhooks()
    tell_webhooks()
    [told] = receiver.told
    assert told.json["type"] == told.headers["Postroom-Event"] == "ticket.created" and told.json["ticket_id"] == ticket_id
    assert b"canary" not in told.body and b"words" not in told.body
    moment, _, digest = told.headers["Postroom-Signature"].removeprefix("t=").partition(",v1=")
    assert hmac.compare_digest(digest, hmac.new(str(hook["secret"]).encode(), f"{moment}.".encode() + told.body, hashlib.sha256).hexdigest())
    [entry] = log_of(cleo, hook)
    assert (entry["state"], entry["attempts"], entry["last_status"]) == ("delivered", 1, 204) and entry["id"] == told.headers["Postroom-Delivery"]


def test_the_secret_is_told_once(near: WebDesk, receiver: Receiver, caplog: pytest.LogCaptureFixture) -> None:
    cleo, hook = makes(near, receiver)
    near.takes_in(mail_from(DORA))
    tell_webhooks()
    again = cleo.get("/api/admin/webhooks/").body + cleo.get(f"/api/admin/webhooks/{hook['id']}/deliveries/").body
    assert str(hook["secret"]) not in again + caplog.text


def test_only_wanted_kinds_and_only_from_its_making_on(near: WebDesk, receiver: Receiver) -> None:
    before = near.takes_in(mail_from(DORA, subject="Before")).ticket_id
    makes(near, receiver, ["ticket.assigned", "message.created"])
    near.assigns(before or 0, near.ada)
    near.notes(before or 0, "A note.")
    tell_webhooks()
    assert [(each.json["type"], each.json["is_internal"]) for each in receiver.told] == [("ticket.assigned", False), ("message.created", True)]


def test_a_failure_is_tried_again_later_and_redirects_are_not_followed(near: WebDesk, receiver: Receiver) -> None:
    cleo, hook = makes(near, receiver)
    receiver.answers = [500, 302]
    near.takes_in(mail_from(DORA))
    tell_webhooks()
    tell_webhooks()
    assert len(receiver.told) == 1 and log_of(cleo, hook)[0]["state"] == "retry"
    for _ in range(2):
        near.time_passes("webhook_delivery", "1 hour", "next_attempt_at")
        tell_webhooks()
    [entry] = log_of(cleo, hook)
    assert (entry["state"], entry["attempts"]) == ("delivered", 3) and [each.path for each in receiver.told] == ["/hook"] * 3
    assert len({each.headers["Postroom-Delivery"] for each in receiver.told}) == 1


def test_after_the_last_try_it_waits_in_the_log_and_can_be_replayed(near: WebDesk, receiver: Receiver) -> None:
    cleo, hook = makes(near, receiver)
    receiver.answers = [503] * (len(RETRIES) + 1)
    near.takes_in(mail_from(DORA))
    for _ in range(len(RETRIES) + 3):
        tell_webhooks()
        near.time_passes("webhook_delivery", "2 days", "next_attempt_at")
    [entry] = log_of(cleo, hook)
    assert (entry["state"], entry["attempts"], entry["last_status"]) == ("failed", len(RETRIES) + 1, 503)
    path = f"/api/admin/webhooks/{hook['id']}/deliveries/{entry['id']}/replay/"
    assert [cleo.post(path).status for _ in range(2)] == [201, 201]
    tell_webhooks()
    assert [each["state"] for each in log_of(cleo, hook)] == ["delivered", "delivered", "failed"]
    assert near.script(near.ada).post(path).status == 403


def test_a_slow_address_does_not_hold_up_another(near: WebDesk, receiver: Receiver) -> None:
    with receiving() as well:
        makes(near, receiver)
        makes(near, well)
        receiver.answers = [500] * 10
        for number in range(3):
            near.takes_in(mail_from(DORA, subject=f"Matter {number}", body=f"{number}"))
        tell_webhooks()
        assert (len(receiver.told), len(well.told)) == (1, 3)


def test_a_dead_worker_s_delivery_is_taken_over_and_its_late_word_counts_for_nothing(near: WebDesk, receiver: Receiver) -> None:
    cleo, hook = makes(near, receiver)
    near.takes_in(mail_from(DORA))
    receiver.answers = [500]
    tell_webhooks()
    near.time_passes("webhook_delivery", "1 hour", "next_attempt_at")
    dead = claim_delivery("dead")
    db.session.commit()
    assert dead is not None and claim_delivery("other") is None
    near.time_passes("webhook_delivery", "2 minutes", "lease_until")
    tell_webhooks()
    assert mark_delivered(dead, 200) is False
    assert log_of(cleo, hook)[0]["state"] == "delivered"


def test_a_resting_webhook_is_told_nothing_also_not_later(near: WebDesk, receiver: Receiver) -> None:
    cleo, hook = makes(near, receiver)
    assert cleo.patch(f"/api/admin/webhooks/{hook['id']}/", is_active=False).json["is_active"] is False
    near.takes_in(mail_from(DORA, subject="While it rests"))
    tell_webhooks()
    assert cleo.patch(f"/api/admin/webhooks/{hook['id']}/", is_active=True).json["is_active"] is True
    tell_webhooks()
    assert receiver.told == []
    near.takes_in(mail_from(DORA, subject="Awake", body="again"))
    tell_webhooks()
    assert len(receiver.told) == 1
    assert cleo.delete(f"/api/admin/webhooks/{hook['id']}/").status == 204
    assert db.session.query(WebhookDelivery).count() == 0


def test_a_desk_without_the_setting_tells_nobody_on_its_own_machine(desk: WebDesk, receiver: Receiver) -> None:
    cleo, hook = makes(desk, receiver)
    desk.takes_in(mail_from(DORA))
    tell_webhooks()
    [entry] = log_of(cleo, hook)
    assert receiver.told == [] and entry["state"] == "retry" and "private network" in str(entry["last_detail"])


@pytest.mark.parametrize(
    "url", ["ftp://example.com/", "https://user:pw@example.com/", "javascript:alert(1)", "https://", "//example.com", "https://exa mple.com", "http://[::1", "https://example.com:99999/", "https://exämple.com/"]
)  # fmt: skip
def test_what_is_no_web_address_is_refused(desk: WebDesk, url: str) -> None:
    answer = desk.script(desk.cleo).post("/api/admin/webhooks/", name="x", url=url, events=CREATED)
    assert (answer.status, list(answer.json["errors"])) == (422, ["url"])
