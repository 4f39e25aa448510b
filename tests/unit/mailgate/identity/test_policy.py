"""The policy of a domain, by the tree walk of RFC 9989, and what is one organization under it."""

import pytest

from mailgate.identity.names import Questions
from mailgate.identity.policy import Alignment, policy_of
from tests.zone import Zone


def zone_of(**records: str) -> Zone:
    """`a__b=` stands for the DMARC record of a.b."""
    zone = Zone({})
    for name, record in records.items():
        zone.add(f"_dmarc.{name.replace('__', '.').replace('_', '-')}", "TXT", record)
    return zone


P = "v=DMARC1; p=reject"


@pytest.mark.parametrize(
    "domain, records, organization, found_at, on_failure",
    [
        ("a.example", {"a__example": P}, "a.example", "a.example", "reject"),
        ("b.a.example", {"a__example": P}, "a.example", "a.example", "reject"),
        ("b.a.example", {"a__example": P + "; sp=none"}, "a.example", "a.example", "none"),
        ("b.a.example", {"b__a__example": P, "a__example": "v=DMARC1; p=none"}, "a.example", "b.a.example", "reject"),
        ("c.b.a.example", {"b__a__example": P + "; psd=n"}, "b.a.example", "b.a.example", "reject"),
        ("c.b.a.example", {"b__a__example": P + "; psd=n", "a__example": P}, "b.a.example", "b.a.example", "reject"),
        ("c.b.bank", {"bank": P + "; psd=y"}, "b.bank", "bank", "reject"),
        ("b.bank", {"bank": P + "; psd=y; np=none"}, "b.bank", "bank", "none"),
        ("b.bank", {"bank": P + "; psd=y", "b__bank": "v=DMARC1; p=none"}, "b.bank", "b.bank", "none"),
        ("nowhere.a.example", {"a__example": "v=DMARC1; p=none; np=reject"}, "a.example", "a.example", "reject"),
        ("b.a.co.uk", {}, "a.co.uk", "", ""),
        ("a.co.uk", {"co__uk": P}, "a.co.uk", "", ""),  # a registry that forgot to say that it is one
        ("b.a.co.uk", {"a__co__uk": P, "co__uk": P}, "a.co.uk", "a.co.uk", "reject"),
        ("localhost", {}, "localhost", "", ""),
    ],
)
def test_the_policy_is_found_by_walking_up(
    domain: str, records: dict[str, str], organization: str, found_at: str, on_failure: str
) -> None:
    policy = policy_of(domain, Questions(zone_of(**records)))
    assert (policy.organization, policy.found_at, policy.on_failure) == (organization, found_at, on_failure)


def test_a_long_name_takes_eight_steps_and_no_more() -> None:
    zone = Zone({})
    policy_of(".".join("abcdefghijkl") + ".example", Questions(zone))
    names = [name for name, kind in zone.asked if kind == "TXT"]
    assert len(names) == 8
    assert names[1] == "_dmarc.g.h.i.j.k.l.example"
    assert names[-1] == "_dmarc.example"


@pytest.mark.parametrize(
    "domain, aligned",
    [
        ("a.example", True),
        ("b.a.example", True),
        ("nota.example", False),
        ("a.example.evil.example", False),
        ("example", False),
        ("github.io", False),
        ("", False),
    ],
)
def test_only_one_organization_is_aligned(domain: str, aligned: bool) -> None:
    questions = Questions(zone_of(a__example=P))
    alignment = Alignment("shop.a.example", policy_of("shop.a.example", questions))
    assert alignment.holds(domain, "dkim", questions) is aligned


@pytest.mark.parametrize("one, other", [("a.github.io", "b.github.io"), ("a.co.uk", "b.co.uk"), ("a.com", "b.com")])
def test_customers_of_one_registry_are_not_one_organization(one: str, other: str) -> None:
    questions = Questions(zone_of(co__uk=P, com=P, github__io=P))
    assert not Alignment(one, policy_of(one, questions)).holds(other, "dkim", questions)


def test_a_domain_that_calls_itself_an_organization_is_aligned_with_nobody_else_of_its_owner() -> None:
    questions = Questions(zone_of(shop__a__example=P + "; psd=n", a__example=P))
    alignment = Alignment("shop.a.example", policy_of("shop.a.example", questions))
    assert alignment.holds("till.shop.a.example", "dkim", questions)
    assert not alignment.holds("a.example", "dkim", questions)


def test_for_a_strangers_domain_nobody_is_asked() -> None:
    zone = zone_of(a__example=P)
    questions = Questions(zone)
    alignment = Alignment("a.example", policy_of("a.example", questions))
    zone.asked.clear()
    assert not alignment.holds("evil.test", "dkim", questions)
    assert zone.asked == []


def test_without_a_policy_only_the_domain_itself_is_aligned() -> None:
    alignment = Alignment("a.example", None)
    assert alignment.holds("a.example", "spf", Questions(Zone({})))
    assert not alignment.holds("b.a.example", "spf", Questions(Zone({})))
