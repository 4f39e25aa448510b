"""Who is on a ticket elsewhere: believed while it is repeated, forgotten when it is not."""

import json

import pytest

from webapp.live.presence import FORGOTTEN, Elsewhere, Person, merged

ADA: Person = {"id": 1, "name": "Ada", "state": "viewing"}
BEN: Person = {"id": 2, "name": "Ben", "state": "typing"}


class Clock:
    now = 0.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def elsewhere(clock: Clock) -> Elsewhere:
    return Elsewhere("us", clock)


def said(*people: Person, process: str = "them", ticket_id: int = 7) -> str:
    return json.dumps({"process": process, "ticket_id": ticket_id, "people": people})


def test_what_another_process_says_is_believed_until_it_says_otherwise(elsewhere: Elsewhere) -> None:
    assert elsewhere.hear(said(ADA)) == 7
    assert elsewhere.on(7) == [ADA] and elsewhere.on(8) == []
    assert elsewhere.hear(said()) == 7
    assert elsewhere.on(7) == []


def test_a_repetition_is_no_news(elsewhere: Elsewhere) -> None:
    elsewhere.hear(said(ADA))
    assert elsewhere.hear(said(ADA)) is None


def test_what_we_said_ourselves_is_no_news(elsewhere: Elsewhere) -> None:
    assert elsewhere.hear(said(ADA, process="us")) is None
    assert elsewhere.on(7) == []


def test_the_people_of_a_process_that_died_are_forgotten(elsewhere: Elsewhere, clock: Clock) -> None:
    elsewhere.hear(said(ADA))
    elsewhere.hear(said(BEN, process="others"))
    clock.now = FORGOTTEN - 1
    elsewhere.hear(said(BEN, process="others"))
    assert elsewhere.forget() == set()
    clock.now = FORGOTTEN + 1
    assert elsewhere.forget() == {7}
    assert elsewhere.on(7) == [BEN]


@pytest.mark.parametrize(
    "nonsense",
    ["", "[]", "null", "{", '{"process": "x"}', '{"process": "x", "ticket_id": "y", "people": []}',
     '{"process": "x", "ticket_id": 7, "people": [1]}', '{"process": "x", "ticket_id": 7, "people": [{"id": 1}]}',
     b"\xff", "[" * 100_000],
)  # fmt: skip
def test_what_is_no_announcement_is_passed_over(elsewhere: Elsewhere, nonsense: str | bytes) -> None:
    assert elsewhere.hear(nonsense) is None
    assert elsewhere.on(7) == []


def test_only_name_and_state_come_in(elsewhere: Elsewhere) -> None:
    elsewhere.hear(said({**ADA, "state": "<script>", "email": "x"}))
    assert elsewhere.on(7) == [ADA]


def test_who_types_in_one_window_types() -> None:
    assert merged([ADA, BEN, {**ADA, "state": "typing"}]) == [{**ADA, "state": "typing"}, BEN]
