"""How well we read mails nobody of us wrote: the corpora beside the project, scored by their own score.py."""

import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT / "bench"))

import score_corpus  # a script, not a package

THRESHOLDS = {
    "no_crash": 100,
    "from_email": 98,
    "message_id": 98,
    "to": 98,
    "cc": 98,
    "subject": 98,
    "text_contains": 97,
    "text_equals": 97,
    # Others expect U+FFFD where we read the letter (5 mails), a path's remains in a name (2), a file for an empty part (1).
    "attachments": 95,
    "attachment_count": 97,
    "bounce": 97,
    "auto_generated": 97,
    "bounced_recipient": 93,
    "bounce_status": 93,
    "reply_text": 80,
    "reply_contains": 94,
    "reply_not_contains": 95,
    "forwarded": 85,
}
SLOWEST = 5.0


@pytest.fixture(scope="module")
def results() -> list[score_corpus.Result]:
    if not score_corpus.CORPORA.is_dir():
        pytest.skip("the corpora of real mails do not lie beside the project (../shared/corpora)")
    return score_corpus.score_all(list(score_corpus.records()))


@pytest.mark.parametrize("key", THRESHOLDS)
def test_enough_of_the_corpora_is_read_as_others_expect(key: str, results: list[score_corpus.Result]) -> None:
    met, asked = score_corpus.totals(results, "all")[key]
    assert 100 * met / asked >= THRESHOLDS[key]


def test_no_mail_crashes_the_reading_or_takes_long(results: list[score_corpus.Result]) -> None:
    assert not [record["file"] for record, got, _, _ in results if got.get("crashed")]
    assert max(seconds for _, _, _, seconds in results) < SLOWEST
