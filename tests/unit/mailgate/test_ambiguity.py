"""Mails that another program would read differently (mail-safety H-029): one reading here, and a remark."""

import pytest

from mailgate.parse import parse
from mailgate.reading.ambiguity import HIDDEN, TWO_BOUNDARIES

HEAD = b"From: dora@example.org\nTo: support@example.com\nMIME-Version: 1.0\nContent-Type: multipart/mixed; "
SHOWN = b"--b\nContent-Type: text/plain\n\nHello\n"
FILE = b"Content-Type: application/zip; name=evil.zip\nContent-Transfer-Encoding: base64\n\nUEsDBA==\n"


@pytest.mark.parametrize(
    "raw",
    [
        HEAD + b"boundary=b\n\n--a\n" + FILE + SHOWN + b"--b--\n",  # before the first boundary
        HEAD + b"boundary=b\n\n--c\nX-A: b\n" + FILE + SHOWN + b"--b--\n",
        HEAD + b"boundary=b\n\n" + SHOWN + b"--b--\n--a\n" + FILE + b"--a--\n",  # behind the last
        HEAD + b"boundary=b\n\n" + SHOWN + b"--b--\n--b\n" + FILE,  # behind it, by its own name
        HEAD + b"boundary=b\r\n\r\n" + (SHOWN + b"--b--\n--a\n" + FILE).replace(b"\n", b"\r\n"),
    ],
)
def test_parts_that_only_others_show_are_remarked(raw: bytes) -> None:
    read = parse(raw)
    assert read.text == "Hello"
    assert HIDDEN in read.remarks
    assert read == parse(raw)


@pytest.mark.parametrize(
    "parameters", ["boundary=b; boundary=a", 'boundary="b"; boundary=a', "boundary*=b; boundary=a", "boundary=b;\n boundary=a"]
)
def test_the_first_of_two_boundaries_counts_and_the_choice_is_remarked(parameters: str) -> None:
    read = parse(HEAD + parameters.encode() + b"\n\n" + SHOWN + b"--b--\n--a\n" + FILE + b"--a--\n")
    assert TWO_BOUNDARIES in read.remarks


@pytest.mark.parametrize(
    "raw",
    [
        HEAD + b"boundary=b\n\nThis is a message in MIME format.\n\n" + SHOWN + b"--b--\n",
        HEAD + b"boundary=b\n\n" + SHOWN + b"--b--\n\n-- \nA footer that a list put there\nhttps://list.example\n",
        HEAD + b"boundary=b\n\n" + SHOWN + b"--b--\n--b--\n\n",
        HEAD + b'boundary="b"\n\n' + SHOWN + b"--b\n" + FILE + b"--b--\n",
        HEAD + b"boundary=b; x-boundary=c\n\n" + SHOWN + b"--b--\n",
        HEAD + b"boundary*0=b; boundary*1=\n\n" + SHOWN + b"--b--\n",
        HEAD + b"boundary=b\n\n" + SHOWN,  # never ends
    ],
)
def test_ordinary_mails_are_not(raw: bytes) -> None:
    read = parse(raw)
    assert read.text.startswith("Hello")
    assert not {HIDDEN, TWO_BOUNDARIES} & set(read.remarks)


@pytest.mark.parametrize("boundary", ["a", "ab"])
def test_a_boundary_that_begins_another_is_not_taken_for_it(boundary: str) -> None:
    inner = (
        b"--a\nContent-Type: multipart/mixed; boundary=ab\n\n--ab\nContent-Type: text/plain\n\nInner\n--ab--\n"
        b"--a\nContent-Type: application/zip; name=two.zip\n\nx\n--a--\n"
    )
    read = parse(HEAD + b"boundary=a\n\n" + inner)
    assert (read.text, [file.filename for file in read.files]) == ("Inner", ["two.zip"])
    assert parse(HEAD + b"boundary=" + boundary.encode() + b"\n\n" + inner).text == "Inner"
