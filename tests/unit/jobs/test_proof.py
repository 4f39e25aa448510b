"""A mail that does not read back as it was meant does not go out."""

from dataclasses import replace

import pytest

from jobs.compose import compose
from jobs.letter import File, Letter
from jobs.proof import Unsound, prove
from tests.unit.jobs.letters import LETTER

MIME = compose(LETTER)


def test_a_mail_as_it_was_meant_passes() -> None:
    prove(MIME, LETTER)


@pytest.mark.parametrize(
    "damage, with_what",
    [
        (b"Subject: ", b"Bcc: evil@x.example\r\nSubject: "),
        (b"Subject: ", b"Subject: another\r\nSubject: "),
        (b"Subject: Re: Printer", b"Subject: Re: Scanner"),
        (b"To: Dora <dora@example.net>", b"To: Dora <dora@example.net>, eve@evil.example"),
        (b"To: Dora <dora@example.net>", b"To: Dora <eve@evil.example>"),
        (
            b"In-Reply-To: <first@dora.example.net>",
            b"In-Reply-To: =?utf-8?q?=3Cfirst=40dora=2Eexample=2Enet=3E?=",
        ),
        (b"Message-ID: <h1.", b"Message-ID: <h2."),
        (b"Pour water", b"Pour petrol"),
        (b"Printer on fire", b"Printer on\nfire"),
        (b"Printer on fire", b"Printer on\rfire"),
        (b"It burns", b"It \0 burns"),
        (b"--\r\n", b"-\r\n"),
        (b"Pour water on it.", b"x" * 1000),
    ],
    ids=str,
)
def test_a_mail_that_says_something_else_is_refused(damage: bytes, with_what: bytes) -> None:
    assert damage in MIME
    with pytest.raises(Unsound):
        prove(MIME.replace(damage, with_what), LETTER)


@pytest.mark.parametrize(
    "meant",
    [
        replace(LETTER, body="other"),
        replace(LETTER, files=(File("a", "a/b", b""),)),
        replace(LETTER, rcpt="eve@evil.example"),
    ],
    ids=["body", "files", "recipient"],
)
def test_a_mail_that_was_meant_otherwise_is_refused(meant: Letter) -> None:
    with pytest.raises(Unsound):
        prove(MIME, meant)
