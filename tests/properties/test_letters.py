"""Whatever people write: the mail reads back as it was meant, and nobody writes a header field."""

from dataclasses import replace
from email import message_from_bytes
from email.policy import compat32

from hypothesis import given, settings
from hypothesis import strategies as st

from jobs import headers
from jobs.compose import compose, fields, subject_line
from jobs.letter import File, Letter, Person, Quote
from jobs.proof import MIME_FIELDS, prove
from models.text import clean_text
from tests.unit.jobs.letters import LETTER, read, text_of

ANY = st.text(st.characters(exclude_categories=()), max_size=300)  # controls and lone surrogates too
NASTY = st.sampled_from(
    [
        "\r\nBcc: evil@x.example",
        "=?utf-8?q?a=0d=0aBcc=3a_evil=40x?=",
        "\n\n<script>",
        '" <evil@x.example>',
        "\x00",
        "\u2028",
        "=?",
        "\\",
    ]
)
HOSTILE = st.lists(ANY | NASTY, max_size=4).map("".join)
STORED = HOSTILE.map(lambda text: clean_text(text, 10_000))  # what the database gives back
LINE = STORED.map(lambda text: text.replace("\n", " "))
ADDRESSES = st.from_regex(r"[a-z0-9.!#$%&'*+/=?^_`{|}~-]{1,30}@[a-z0-9]{1,20}\.example", fullmatch=True)
IDS = st.from_regex(r"<[!-;=?-~]{1,250}>", fullmatch=True) | HOSTILE
FILES = st.builds(
    File,
    HOSTILE,
    HOSTILE | st.sampled_from(["text/plain", "message/rfc822", "image/png"]),
    st.binary(max_size=200),
)

LETTERS = st.builds(
    lambda **values: replace(LETTER, rcpt=values["to"].address, **values),
    sender=st.builds(Person, HOSTILE, ADDRESSES),
    to=st.builds(Person, HOSTILE, ADDRESSES),
    cc=st.lists(st.builds(Person, HOSTILE, ADDRESSES), max_size=3).map(tuple),
    parents=st.lists(IDS, max_size=15).map(tuple),
    subject=HOSTILE,
    body=STORED,
    signature=STORED,
    quote=st.none() | st.builds(Quote, HOSTILE, st.just(LETTER.date), STORED),
    files=st.lists(FILES, max_size=2).map(tuple),
)


@settings(max_examples=50)
@given(LETTERS)
def test_any_letter_reads_back_as_it_was_meant(letter: Letter) -> None:
    mime = compose(letter)
    prove(mime, letter)
    assert mime.isascii()
    assert text_of(read(mime)).startswith(letter.body.rstrip("\n"))


@settings(max_examples=50)
@given(LETTERS)
def test_nobody_can_write_a_header_field(letter: Letter) -> None:
    seen = message_from_bytes(compose(letter), policy=compat32)
    assert seen.keys() == [*(name for name, _ in fields(letter)), *MIME_FIELDS]
    allowed = {"From", "To", "Cc", "Subject", "Date", "Message-ID", "In-Reply-To", "References",
               "X-Auto-Response-Suppress", "X-Postroom-Id", *MIME_FIELDS}  # fmt: skip
    assert set(seen.keys()) <= allowed


@given(HOSTILE)
def test_a_subject_is_one_line_with_the_reference_at_its_end(subject: str) -> None:
    line = subject_line(replace(LETTER, subject=subject))
    assert line.startswith("Re: ") and line.endswith("[#KTRB-042]")
    assert line == headers.one_line(line, 998)


@given(st.lists(IDS, max_size=20))
def test_references_stay_within_their_bounds(parents: list[str]) -> None:
    in_reply_to, references = headers.thread(parents)
    assert len(references) <= 10 and len(" ".join(references)) <= 900
    assert (in_reply_to is None) == (references == ())
    if references:
        assert references[-1] == in_reply_to and len(set(references)) == len(references)
        assert all(headers.SAFE_ID.fullmatch(reference) for reference in references)
