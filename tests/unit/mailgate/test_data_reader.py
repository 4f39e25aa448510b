"""Commands and bodies out of any pieces of the wire."""

import pytest

from mailgate.data_reader import CommandReader, DotReader, LineTooLong


def test_a_line_is_given_when_it_is_whole() -> None:
    reader = CommandReader(limit=100)
    reader.feed(b"NO")
    assert reader.next_line() is None
    reader.feed(b"OP\r\nQUIT\nrest")
    assert [reader.next_line(), reader.next_line(), reader.next_line()] == [b"NOOP\r\n", b"QUIT\n", None]
    assert reader.take_all() == b"rest" and len(reader) == 0


def test_a_line_over_the_limit_is_told_once_and_dropped_to_its_end() -> None:
    reader = CommandReader(limit=10)
    reader.feed(b"x" * 11)
    assert reader.next_line() is None and len(reader) == 0
    reader.feed(b"y" * 50)
    assert reader.next_line() is None and len(reader) == 0
    reader.feed(b"z\r\nNOOP\r\n")
    with pytest.raises(LineTooLong):
        reader.next_line()
    assert reader.next_line() == b"NOOP\r\n"


def test_the_limit_counts_the_line_end() -> None:
    reader = CommandReader(limit=10)
    reader.feed(b"x" * 8 + b"\r\n" + b"x" * 9 + b"\r\n")
    assert reader.next_line() == b"x" * 8 + b"\r\n"
    with pytest.raises(LineTooLong):
        reader.next_line()


@pytest.mark.parametrize(
    ("wire", "body", "rest"),
    [
        (b".\r\n", b"", b""),
        (b"a\r\n.\r\nQUIT\r\n", b"a\r\n", b"QUIT\r\n"),
        (b"..\r\n.\r\n", b".\r\n", b""),
        (b"\r\n..a\r\n.\r\n", b"\r\n.a\r\n", b""),
        (b"a\n.\r\n.\r\n", b"a\n.\r\n", b""),
        (b"\r\n\r\n.\r\n.\r\n", b"\r\n\r\n", b".\r\n"),
    ],
)
def test_a_body_ends_with_the_first_dot_alone_on_its_line(wire: bytes, body: bytes, rest: bytes) -> None:
    reader = DotReader()
    assert reader.feed(wire) == body
    assert reader.finished and reader.rest == rest


def test_what_might_be_the_end_is_held_back() -> None:
    reader = DotReader()
    assert [reader.feed(piece) for piece in (b"a\r", b"\n", b".", b"\r", b"x")] == [
        b"a",
        b"",
        b"",
        b"",
        b"\r\n\rx",
    ]
    assert not reader.finished
