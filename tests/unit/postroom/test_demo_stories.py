"""What the customers of the demo desk write: two hundred tickets that read as if somebody had written each."""

from collections import Counter

from postroom.demo.stories import STORIES
from postroom.demo.tell_again import ENDS, read, saved_replies, stories_told

TOLD = stories_told()


def test_there_are_two_hundred_tickets() -> None:
    assert len(TOLD) + len(STORIES) >= 200


def test_they_are_written_in_many_languages() -> None:
    languages = Counter(each["language"] for each in read()["story"])
    assert len(languages) >= 8
    assert languages["en"] < len(read()["story"]) / 2


def test_every_blank_is_filled_in() -> None:
    said = [text for story in TOLD for text in (story.subject, *(line.text for line in story.lines))]
    assert [text for text in said if "{" in text or "}" in text] == []


def test_no_two_customers_write_the_very_same_mail() -> None:
    opened = Counter((story.name, story.subject, story.lines[0].text) for story in TOLD)
    assert [mail for mail, times in opened.items() if times > 1] == []


def test_they_stand_everywhere() -> None:
    assert {story.status for story in TOLD} == {str(end.status) for end in ENDS}
    assert min(Counter(story.status for story in TOLD).values()) >= 20


def test_nobody_real_is_written_to() -> None:
    """Their addresses are reserved for examples (RFC 2606)."""
    assert {story.address.rpartition(".")[2] for story in (*TOLD, *STORIES)} == {"example"}


def test_an_answer_is_signed_by_whoever_gives_it() -> None:
    for story in TOLD:
        for line in story.lines:
            if line.direction == "out":
                assert line.text.endswith(story.agent.capitalize())


def test_the_team_has_saved_replies() -> None:
    assert len(saved_replies()) >= 5
