"""What an agent reads about the sender of a mail."""

import pytest

from mailgate.identity.levels import at_this_desk
from mailgate.identity.verdict import Verdict, as_json
from models.message import Message
from tests.unit.mailgate.identity.stage import EVIL, EVIL_SIGNER, GOOD_SIGNER, VICTIM, judged, mail
from webapp.inbox.badges import Badge, badge_of


def badge(verdict: Verdict) -> Badge:
    message = Message(
        sender_verified=verdict.is_verified, sender_level=int(verdict.level), sender_evidence=as_json(verdict)
    )
    found = badge_of(message)
    assert found is not None
    return found


@pytest.mark.parametrize(
    "verdict, label, sentence",
    [
        (judged(GOOD_SIGNER.sign(mail())), "verified", f"The mail is signed by {VICTIM}."),
        (judged(mail(), host=None), "not verified", "The mail carries no signature and came through a mail server of your own."),
        (judged(mail()), "suspicious", f"{VICTIM} says that mail like this is not its own (DMARC reject)."),
        (
            judged(EVIL_SIGNER.sign(mail(From=f'"ann@{VICTIM}" <eve@{EVIL}>'))),
            "suspicious",
            "The name shows another address than the one the mail came from.",
        ),
        (
            at_this_desk(judged(GOOD_SIGNER.sign(mail())), is_one_of_us=False, bears_our_name=True),
            "suspicious",
            "The sender calls himself like somebody on your team.",
        ),
        (
            judged(mail(From=f"ann@{VICTIM}, eve@{EVIL}")),
            "suspicious",
            "It is not certain who wrote this: From is not exactly one valid address.",
        ),
    ],
)
def test_a_badge_says_a_word_and_a_sentence(verdict: Verdict, label: str, sentence: str) -> None:
    assert (badge(verdict).label, badge(verdict).sentence) == (label, sentence)


def test_its_rows_say_what_was_found() -> None:
    rows = dict(badge(judged(EVIL_SIGNER.sign(mail()))).rows)
    assert rows["Signature (DKIM)"] == f"{EVIL}: pass"
    assert rows["Sending host (SPF)"] == f"203.0.113.66 for {EVIL}: pass"
    assert rows["Policy (DMARC)"] == f"{VICTIM} asks for “reject”: fail"


def test_a_signature_that_does_not_hold_says_why() -> None:
    rows = dict(badge(judged(GOOD_SIGNER.sign(mail()) + b"more\r\n")).rows)
    assert rows["Signature (DKIM)"] == f"{VICTIM}: fail, the body was changed after it was signed"


def test_what_nobody_looked_at_has_no_badge() -> None:
    assert badge_of(Message()) is None


@pytest.mark.parametrize("verified, label", [(True, "verified"), (False, "not verified")])
def test_a_message_without_evidence_still_has_its_word(verified: bool, label: str) -> None:
    found = badge_of(Message(sender_verified=verified))
    assert found is not None
    assert found.label == label
