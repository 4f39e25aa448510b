"""What one automatic mail is paid from, and when two machines are heard writing to each other."""

from datetime import UTC, datetime, timedelta

import pytest

from models.budget_rules import LIMITS, Purse, Scope, instance_allows, network_of, purses_of_a_customer_mail, purses_of_a_notice
from models.loop_rules import Heard, is_ping_pong, likeness

NOON = datetime(2026, 3, 4, 12, tzinfo=UTC)


def test_the_limits_are_those_of_the_papers() -> None:
    assert {(limit.scope, limit.window, limit.most) for limit in LIMITS} >= {
        ("ticket", timedelta(days=1), 10),
        ("address", timedelta(hours=1), 3),
        ("address", timedelta(days=1), 10),
        ("domain", timedelta(hours=1), 60),
        ("network", timedelta(hours=1), 30),
        ("instance", timedelta(hours=1), 300),
    }


def test_a_mail_to_a_customer_is_paid_from_every_purse() -> None:
    assert purses_of_a_customer_mail("dora@example.net", 7, "203.0.113.9") == [
        Purse("ticket", "7"),
        Purse("address", "dora@example.net"),
        Purse("domain", "example.net"),
        Purse("network", "203.0.113.0/24"),
        Purse("instance", ""),
    ]


def test_freemail_is_no_domain_of_anybodys_and_a_notice_is_no_mail_to_a_stranger() -> None:
    assert "domain" not in {purse.scope for purse in purses_of_a_customer_mail("dora@gmail.com", 7)}
    assert {purse.scope for purse in purses_of_a_notice("ada@desk.example", 7)} == {"ticket", "agent"}


@pytest.mark.parametrize(
    ("source", "network"),
    [
        ("203.0.113.9", "203.0.113.0/24"),
        ("::ffff:203.0.113.9", "203.0.113.0/24"),
        ("2001:db8:1:2::9", "2001:db8:1::/48"),
        ("127.0.0.1", ""),
        ("10.1.2.3", ""),
        ("fe80::1", ""),
        ("198.51.100.7", ""),
        ("", ""),
        ("no address", ""),
    ],
)
def test_a_host_stands_for_its_network_unless_it_is_one_of_ours(source: str, network: str) -> None:
    assert network_of(source, own=("198.51.100.0/24", "::1")) == network


def test_the_whole_desk_may_grow_threefold_in_a_week() -> None:
    assert [instance_allows(n) for n in (0, 100, 101, 1000)] == [300, 300, 303, 3000]
    assert Scope("instance") in {limit.scope for limit in LIMITS}


def heard(*texts: str, apart: float = 60, after_ours: float | None = None) -> list[Heard]:
    moments = [NOON + timedelta(seconds=apart * number) for number in range(len(texts))]
    ours = [None if after_ours is None else at - timedelta(seconds=after_ours) for at in moments]
    return [Heard(*each) for each in zip(texts, moments, ours, strict=True)]


SAME = "I am away until Monday and will read your mail then."
PEOPLE = ("Where is my parcel?", "It was to come on Monday, was it not?", "Here is the number: 4711.")


@pytest.mark.parametrize(
    ("mails", "loop"),
    [
        (heard(SAME, SAME, SAME), True),
        (heard(SAME, SAME), False),
        (heard(SAME, SAME, SAME, apart=301), False),
        (heard(*PEOPLE), False),
        (heard(*PEOPLE, after_ours=19), True),
        (heard(*PEOPLE, after_ours=21), False),
        (heard("", "", ""), False),
        (heard("Where is it?", SAME, SAME), False),
        (heard("Where is it?", SAME, SAME, SAME), True),
    ],
    ids=["thrice the same", "twice is chance", "slowly", "a person", "at once", "a fast person", "photographs", "two of three", "the last three"],
)
def test_three_mails_alike_or_at_once_are_a_machine(mails: list[Heard], loop: bool) -> None:
    assert is_ping_pong(mails) is loop


def test_likeness_is_the_share_of_common_words() -> None:
    words = frozenset("abcdefghij")
    assert likeness(words, words) == 1.0
    assert likeness(words, words - {"a"}) == pytest.approx(0.9)
    assert likeness(words, frozenset("xyz")) == 0.0
