"""parse over mutated mails: never raises, every string is fit for Postgres, folds fit their text."""

import dataclasses
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from mailgate.parse import parse
from mailgate.reading.read import read_mail
from mailgate.skeleton import skeleton
from models.text import is_clean

SEEDS = [path.read_bytes() for path in sorted((Path(__file__).parents[1] / "corpus" / "mails").glob("*.eml"))]
_SHARDS = [
    b"<",
    b">",
    b'"',
    b"(",
    b")",
    b"=?utf-8?b?",
    b"=?",
    b"?=",
    b"\x00",
    b"\xff\xfe",
    b"\r",
    b"\n\n",
    b"--b1\n",
    b"--b1--\n",
    b"begin 644 x\n",
    b";",
    b":",
    b",",
    b"@",
    b"\x1b$B",
    b"%00",
    b"=00",
    b"Content-Type: multipart/mixed; boundary=b1\n",
    b"Content-Type: message/rfc822\n",
    b"charset=utf-7\n",
    b"charset=utf-16\n",
    b"=D8=00",
    b"> ",
    b"From: ",
    b"On x 2020 wrote:\n",
]

cuts = st.lists(
    st.tuples(st.floats(0, 1), st.sampled_from(_SHARDS) | st.binary(max_size=6), st.integers(0, 30)),
    max_size=6,
)


def mutated(seed: bytes, changes: list[tuple[float, bytes, int]]) -> bytes:
    for place, shard, dropped in changes:
        at = int(place * len(seed))
        seed = seed[:at] + shard + seed[at + dropped :]
    return seed


def strings(value: Any) -> Iterator[str]:
    if isinstance(value, str):
        yield value
    elif isinstance(value, tuple):
        for item in value:
            yield from strings(item)
    elif dataclasses.is_dataclass(value):
        for item in dataclasses.fields(value):
            yield from strings(getattr(value, item.name))


@given(st.sampled_from(SEEDS), cuts)
@settings(max_examples=300)
def test_a_mutated_mail_is_read_without_an_error(
    seed: bytes, changes: list[tuple[float, bytes, int]]
) -> None:
    read_mail(mutated(seed, changes), "")


@given(st.sampled_from(SEEDS), cuts)
@settings(max_examples=200)
def test_every_string_of_a_reading_is_clean_and_every_fold_fits(
    seed: bytes, changes: list[tuple[float, bytes, int]]
) -> None:
    mail = parse(mutated(seed, changes))
    assert all(is_clean(text) for text in strings(mail))
    places = [place for fold in mail.folds for place in (fold.start, fold.end)]
    assert places == sorted(places)
    assert not places or (places[0] >= 0 and places[-1] <= len(mail.text))


@given(st.binary(max_size=300) | st.builds(mutated, st.sampled_from(SEEDS), cuts))
@settings(max_examples=200)
def test_the_skeleton_reads_anything_and_keeps_the_bytes(raw: bytes) -> None:
    mail = skeleton(raw)
    assert mail.files[0].content == raw
    assert all(is_clean(text) for text in strings(mail))
