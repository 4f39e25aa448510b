"""The stories of a synthetic desk: the same for the same seed, and only moves the desk itself would make."""

from collections import Counter
from datetime import UTC, datetime

import pytest

from models.moves import may_move
from models.ticket import Status
from postroom.seed.rows import Cast, Clerk, Person
from postroom.seed.stories import Story, Teller

NOW = datetime(2026, 11, 20, tzinfo=UTC)


def stories(seed: int = 1, number: int = 400) -> list[Story]:
    teller = Teller(seed, customers=100, agents=5, mailboxes=3, messages_each=5, until=NOW, days=365)
    return list(teller.stories(number))


@pytest.fixture(scope="module")
def told() -> list[Story]:
    return stories()


def test_the_same_seed_tells_the_same_stories_and_another_seed_others(told: list[Story]) -> None:
    assert stories(1) == told
    assert stories(2) != told


def test_a_ticket_has_as_many_messages_as_asked_for_on_average() -> None:
    many = stories(number=2000)
    assert sum(len(story.said) for story in many) / len(many) == pytest.approx(5, rel=0.1)


def test_every_move_is_one_the_desk_allows_and_the_last_one_is_where_the_ticket_stands(told: list[Story]) -> None:
    for story in told:
        moves = [step for step in story.steps if step.kind == "status"]
        status = str(Status.OPEN)
        for step in moves:
            assert step.before == status
            status = str(step.after)
            if step.by_agent:
                assert may_move(str(step.before), status, has_agent=True, actor_is_staff=True)
        assert story.status == status


def test_nothing_happens_before_the_first_mail_or_after_today_and_all_in_its_order(told: list[Story]) -> None:
    for story in told:
        times = [step.at for step in story.steps]
        assert times == sorted(times)
        assert story.opened == times[0] and times[-1] < NOW
        assert story.said[0].who == "customer" and story.said[0].at == story.opened


def test_all_languages_and_all_ends_come(told: list[Story]) -> None:
    statuses = Counter(story.status for story in told)
    assert statuses[Status.RESOLVED] and statuses[Status.CLOSED]
    assert any("é" in story.said[0].body for story in told) and any("ください" in s.body or "です" in s.body for t in told for s in t.said)


def test_words_follow_zipf_so_that_some_are_frequent_and_most_are_rare() -> None:
    words = Counter(word for story in stories(number=1500) for said in story.said for word in said.body.split())
    once = sum(1 for times in words.values() if times == 1)
    assert words.most_common(1)[0][1] > 1000 and once > len(words) / 3


def test_rows_agree_with_each_other(told: list[Story]) -> None:
    people = [Person(n, f"P{n}", f"p{n}@example.net") for n in range(1, 101)]
    cast = Cast(people, people[:5], [(1, "a@b.example"), (2, "b@b.example"), (3, "c@b.example")], ("0" * 64, 1))
    rows = Clerk(cast, 1, first_ticket=10, first_message=100, first_participant=1000).rows(told)
    messages = {row[0]: row for row in rows["message"]}
    public = Counter(row[1] for row in rows["message"] if row[3] != "note")
    assert [row[0] for row in rows["ticket"]] == list(range(10, 10 + len(told)))
    for ticket in rows["ticket"]:
        assert ticket[18] == public[ticket[0]]
        assert messages[ticket[15]][1] == ticket[0]
        assert (ticket[12] is not None) == any(m[3] == "out" and m[1] == ticket[0] for m in rows["message"] if m[1] == ticket[0])
        assert (ticket[13] is not None) == (ticket[7] in ("RESOLVED", "CLOSED"))
    assert len({row[0] for row in rows["outbox"]}) == len(rows["outbox"]) == len(rows["message_reference"])
