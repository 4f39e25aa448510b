"""When a machine of ours may answer: everything must be right, and one thing that is wrong is enough (mail-safety 2.9)."""

from dataclasses import replace
from typing import Any

import pytest

from mailgate.acknowledgement import Form, acknowledgement
from mailgate.decide import decide
from mailgate.decision import Ruling
from mailgate.identity.verdict import Level, Verdict
from tests.unit.mailgate.test_decide import DORA, PLAIN, facts, mail

PROVED = Verdict(Level.A3, DORA, "example.net", "dkim")
GOOD = replace(PLAIN, verdict=PROVED)


def form_of(**known: Any) -> Form:
    known.setdefault("verdict", PROVED)
    unverified_too = known.pop("unverified_too", False)
    asked = facts(**known)
    return acknowledgement(asked, decide(asked), unverified_too=unverified_too).form


def test_a_new_ticket_of_a_proved_sender_is_acknowledged() -> None:
    assert form_of() is Form.FULL
    assert form_of(verdict=replace(PROVED, level=Level.A2)) is Form.FULL


@pytest.mark.parametrize(
    ("wrong", "known"),
    [
        ("a sibling was acknowledged", {"siblings": (7,)}),
        ("a machine wrote it", {"inbound": mail(automatic=True)}),
        ("it asks for no answer", {"inbound": mail(may_be_answered=False, automatic_evidence=("List-Id",))}),
        ("null sender", {"mail_from": ""}),
        ("released by an agent", {"is_released": True}),
        ("nothing proves the sender", {"verdict": Verdict()}),
        ("a forged sender", {"verdict": Verdict(Level.A0), "unverified_too": True, "is_released": True}),
    ],
)
def test_one_thing_that_is_wrong_is_enough(wrong: str, known: dict[str, Any]) -> None:
    assert form_of(**known) is Form.NONE


@pytest.mark.parametrize("rule", ["D6", "D11", "D12", "D16", "D17", "D18"])
def test_only_an_ordinary_new_ticket_is_acknowledged(rule: str) -> None:
    assert not acknowledgement(GOOD, Ruling(rule, decide(GOOD).decision)).is_due


def test_an_unverified_sender_gets_at_most_a_fixed_text_and_only_where_the_mailbox_says_so() -> None:
    assert form_of(verdict=Verdict(), unverified_too=True) is Form.FIXED
    assert form_of(verdict=Verdict(), unverified_too=False) is Form.NONE


def test_an_unverified_sender_whose_envelope_names_another_gets_nothing() -> None:
    assert form_of(verdict=Verdict(), unverified_too=True, mail_from="someone@example.org") is Form.NONE
    assert form_of(verdict=Verdict(), unverified_too=True, mail_from="no address") is Form.NONE


def test_the_reason_against_is_a_sentence() -> None:
    refused = acknowledgement(replace(GOOD, inbound=mail(automatic=True)), decide(GOOD))
    assert refused.why_not == "a machine wrote it"
