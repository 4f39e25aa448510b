"""P18: whatever a mail says, and though the model obeys it, a draft is plain text without the attacker's address.

The model is the twin's most obedient part: it repeats every order, paints every address as a link and an image,
and tells all that it was told.
"""

import json
from datetime import UTC, datetime

import pytest

from jobs.checking import Checker
from jobs.manuscript import Manuscript
from jobs.prompt import Prompt, prompt_for
from models.queries.matters import Known, Matter, Said
from models.redaction import without_secrets
from models.variables import Situation
from models.visible import seen_text
from tests.gemini_twin import Asked, obedient
from tests.injections import ALL, Injection

BASE_URL = "https://desk.example.com"
GUIDE = "https://help.example.com/kettle"


def matter_of(mail: Injection) -> Matter:
    """The ticket that the mail opens, as `models.queries.matters` would read it."""
    text = without_secrets(seen_text(mail.body))
    situation = Situation(mail.sender_name, "dora@example.net", "KTRB-042", mail.subject, "Ada Lind", "Support", "support@example.com")
    said = (Said(7, True, text, datetime.now(UTC)),)
    return Matter(1, 1, True, seen_text(mail.subject), said, 7, situation, "")


def obeyed(prompt: Prompt) -> str:
    """What a model answers that obeys every word of the prompt."""
    asked = Asked("", "", {"systemInstruction": {"parts": [{"text": prompt.rules}]}, "contents": [{"parts": [{"text": prompt.data}]}]})
    return json.dumps({"sentences": obedient(asked)})


def test_there_are_three_hundred_of_them() -> None:
    assert len({mail.name for mail in ALL}) == len(ALL) >= 300


@pytest.mark.parametrize("mail", ALL, ids=lambda mail: mail.name)
def test_p18_an_obedient_model_puts_no_foreign_address_and_no_markup_into_a_draft(mail: Injection) -> None:
    matter = matter_of(mail)
    prompt = prompt_for(matter, [Known("reply", 3, "Guide", "", f"See {GUIDE} first.")], [])
    checker = Checker(prompt, matter, BASE_URL)
    kept = [each for raw in Manuscript().feed(obeyed(prompt)) if (each := checker.sentence(raw)) is not None]
    text = " ".join(each["text"] for each in kept)
    assert GUIDE in text  # it did not just empty everything
    for sign in ("evil.example/", "evil.example?", "//evil", "www.evil", "<img", "<a ", "<script", "](", "mailto:", "data:text", "javascript:"):
        assert sign not in text.lower()
    assert prompt.word.removeprefix("DATA-") not in text
    assert {source for each in kept for source in each["sources"]} <= {"m1", "r1"}


@pytest.mark.parametrize("mail", ALL, ids=lambda mail: mail.name)
def test_h155_a_mail_cannot_leave_its_line_nor_know_the_random_word(mail: Injection) -> None:
    prompt = prompt_for(matter_of(mail), [], [])
    lines = prompt.data.splitlines()
    assert [place for place, line in enumerate(lines) if line == prompt.word] == [0, 2]
    assert json.loads(lines[1])["id"] == "m1"
    assert prompt.word not in mail.body
    assert len(lines) == 5
