"""Whatever is written, in whatever pieces it arrives, is read byte for byte."""

from hypothesis import given
from hypothesis import strategies as st

from mailgate.data_reader import CommandReader, DotReader

# Mostly the octets that matter, so that the interesting sequences are found.
wire_like = st.lists(
    st.sampled_from([b"\r\n", b".", b"\r", b"\n", b"\r\n.", b"\r\n.\r\n", b"a", b"\0", b"\xff"])
    | st.binary(max_size=5),
    max_size=40,
).map(b"".join)
cuts = st.lists(st.integers(0, 200), max_size=12)


def stuffed(body: bytes) -> bytes:
    """RFC 5321 4.5.2, from the sender's side, line by line: an oracle of another make than the reader."""
    lines = body.split(b"\r\n")
    return b"\r\n".join(b"." + line if line.startswith(b".") else line for line in lines)


def pieces(wire: bytes, at: list[int]) -> list[bytes]:
    edges = sorted({0, len(wire), *(cut % (len(wire) + 1) for cut in at)})
    return [wire[begin:end] for begin, end in zip(edges, edges[1:], strict=False)]


@given(wire_like, st.binary(max_size=20), cuts)
def test_a_stuffed_body_arrives_as_it_was(body: bytes, behind: bytes, at: list[int]) -> None:
    body += b"\r\n"
    reader = DotReader()
    received, rest = b"", b""
    for piece in pieces(stuffed(body) + b".\r\n" + behind, at):
        if reader.finished:
            rest += piece
        else:
            received += reader.feed(piece)
            rest = reader.rest
    assert reader.finished and received == body and rest == behind


@given(wire_like, cuts)
def test_the_pieces_make_no_difference(wire: bytes, at: list[int]) -> None:
    wire += b"\r\n.\r\n"
    whole, cut = DotReader(), DotReader()
    expected = whole.feed(wire)
    received, rest = b"", b""
    for piece in pieces(wire, at):
        if cut.finished:
            rest += piece
        else:
            received += cut.feed(piece)
            rest = cut.rest
    assert (received, rest) == (expected, whole.rest)


@given(st.lists(st.binary(max_size=30).map(lambda line: line.replace(b"\n", b"") + b"\n"), max_size=20), cuts)
def test_commands_arrive_line_by_line_whatever_the_pieces(lines: list[bytes], at: list[int]) -> None:
    reader = CommandReader(limit=100)
    received = []
    for piece in pieces(b"".join(lines), at):
        reader.feed(piece)
        while (line := reader.next_line()) is not None:
            received.append(line)
    assert received == lines
