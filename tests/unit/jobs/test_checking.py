"""What a draft may say: plain text, the team's links and no others, doubtful facts marked (mail-safety H-157, H-163)."""

from datetime import UTC, datetime

import pytest

from jobs.checking import Checker
from jobs.facts import facts_in
from jobs.manuscript import RawSentence
from jobs.prompt import Prompt, prompt_for
from models.queries.matters import Known, Matter, Said
from models.variables import Situation

SITUATION = Situation("Dora Hall", "dora@example.net", "KTRB-042", "The kettle", "Ada Lind", "Support", "support@example.com")
ASKED = "I paid 40 EUR on 3 May for order KX-77312, 10,000 times. Call 030 1234567 or eve@evil.example, see https://evil.example/a."
OURS = "The guide: https://example.com/kettle?a=1 and help.example.com, or write to orders@example.com."


def checker(asked: str = ASKED) -> tuple[Checker, Prompt]:
    said = (Said(1, True, asked, datetime.now(UTC)), Said(2, False, OURS, datetime.now(UTC)), Said(3, True, "And?", datetime.now(UTC)))
    matter = Matter(9, 1, True, "The kettle", said, 3, SITUATION, "")
    prompt = prompt_for(matter, [Known("reply", 5, "Hours", "", "We answer within 2 days.")], [])
    return Checker(prompt, matter, "https://desk.example.com"), prompt


def shown(text: str) -> str:
    sentence = checker()[0].sentence(RawSentence(text, (), False))
    return sentence["text"] if sentence else ""


@pytest.mark.parametrize(
    "text",
    [
        "See https://example.com/kettle?a=1.",
        "See (https://example.com/kettle?a=1), please.",
        "See HTTPS://EXAMPLE.com/kettle?a=1 now.",
        "Ask help.example.com first.",
        "Your ticket: https://desk.example.com/tickets/9/",
        "Attach invoice.pdf or data.tar.gz, e.g. today at 10:30 a.m.",
        "Write to orders@example.com.",
        "Version 2.4.1 and 1/2 cup, and/or more... 日本語です。次に進みます。",
    ],
)
def test_h157_what_is_ours_or_no_address_stays(text: str) -> None:
    assert shown(text) == text


@pytest.mark.parametrize(
    "link",
    [
        "https://evil.example/a",
        "http://evil.example",
        "HTTPS://EVIL.EXAMPLE",
        "https://example.com/kettle?a=2",
        "https://example.com/kettle?a=1&d=secret",
        "https://example.com.evil.example/kettle?a=1",
        "https://desk.example.com@evil.example/",
        "https://desk.example.com:8443/",
        "http://desk.example.com/",
        "https://[::1]/x",
        "https://[/x",
        "//evil.example/x",
        "www.evil.example",
        "evil.example",
        "evil.example/path?x=1",
        "sub.evil.co.uk",
        "192.0.2.7/x",
        "ftp://evil.example",
        "mailto:eve@evil.example?body=x",
        "data:text/html;base64,AAAA",
        "javascript:alert(1)",
        "tel:+49301234",
        "x-evil-app://open",
        "https：／／evil．example／a",
        "evil。example",
        "пример.рф",
        "xn--80ak6aa92e.com",
    ],
)
def test_h157_every_other_address_goes(link: str) -> None:
    assert shown(f"Look at {link} now") == "Look at [link removed] now"


@pytest.mark.parametrize(
    ("text", "plain"),
    [
        ("![logo](https://evil.example/x.png) Hi", "logo ([link removed]) Hi"),
        ("[click](https://evil.example)", "click ([link removed])"),
        ("[the guide](https://example.com/kettle?a=1)", "the guide (https://example.com/kettle?a=1)"),
        ("[form][1]", "form"),
        ("[1]: https://evil.example/x", "[link removed]"),
        ("<a href='https://evil.example'>here</a>", "here"),
        ("<img src=https://evil.example/x>Hi", "Hi"),
        ("<img src=x onerror=alert(1)", ""),
        ("<scr<script>x</script>ipt>alert(1)</script>", "alert(1)"),
        ("<https://evil.example>", ""),
        ("ht<b></b>tps://evil.example/x", "[link removed]"),
        ("**Bold** and `code`", "Bold and `code`"),
        ("### Title", "Title"),
        ("a < b and c > d", "a < b and c > d"),
        ("zero\u200bwidth evil.ex\u200bample", "zerowidth [link removed]"),
        ("\x00Hel\x07lo", "Hello"),
    ],
)
def test_h157_a_draft_is_plain_text(text: str, plain: str) -> None:
    assert shown(text) == plain


def test_h155_a_sentence_that_repeats_the_random_word_is_withheld() -> None:
    checks, prompt = checker()
    assert checks.sentence(RawSentence(f"It is {prompt.word.lower()}", (), False)) is None
    assert checks.found == {"leaks": 1}


def test_sources_that_are_not_there_are_not_named() -> None:
    sentence = checker()[0].sentence(RawSentence("Hello.", ("m1", "m9", "r1", "r1", "t1"), False))
    assert sentence is not None and sentence["sources"] == ["m1", "r1"]


def doubts(text: str) -> list[str]:
    sentence = checker()[0].sentence(RawSentence(text, (), False))
    assert sentence is not None
    return [sentence["text"][start:end] for start, end, _ in sentence["marks"]]


@pytest.mark.parametrize(
    ("text", "doubtful"),
    [
        ("You paid 40 EUR on 3 May for KX-77312.", []),
        ("You paid €40 or 40 euros.", []),
        ("You paid 40 USD.", ["40 USD"]),
        ("You paid 10000 times, 10.000 times, 10 000 times.", []),
        ("You get 10,000 EUR back.", ["10,000 EUR"]),
        ("It comes on 4 May or on Friday.", ["4 May", "Friday"]),
        ("Order KX-77313 is on its way.", ["KX-77313"]),
        ("We answer within 2 days.", []),
        ("We answer within 3 days.", ["3"]),
        ("A discount of 15 %.", ["15 %"]),
        ("Call 030 1234567.", []),
        ("Call 030 7654321.", ["030 7654321"]),
        ("Write to dora@example.net or orders@example.com.", []),
        ("Write to eve@evil.example.", ["eve@evil.example"]),  # a stranger's mail does not make it ours
        ("Send it to 12 Long Acre Street.", ["12 Long Acre Street"]),
        ("Your refund is approved.", ["approved"]),
        ("1. Unplug it. 7) Wait.", ["7"]),
        ("2. Unplug it.", []),
        ("See you on 2026-05-03.", ["2026-05-03"]),
    ],
)
def test_h163_facts_that_are_in_neither_ticket_nor_sources_are_marked(text: str, doubtful: list[str]) -> None:
    assert doubts(text) == doubtful


def test_no_fact_lies_within_another() -> None:
    found = sorted((fact.start, fact.end) for fact in facts_in("Pay 40 EUR on 3 May 2026 at 12 Long Acre Street, KX-77312, eve@x.example"))
    assert all(before[1] <= after[0] for before, after in zip(found, found[1:], strict=False))
    assert len(found) == 5
