"""Fetching a picture from elsewhere: from real servers on this machine, which stand for the whole hostile web (H-108)."""

import socket
from collections.abc import Iterator

import pytest

from models.safe_connection import is_public
from tests.picture_host import PictureHost, picture_host, png
from webapp.picture_fetch import NoPicture, Picture, Ways, fetch_picture
from webapp.pictures import can_be_drawn


@pytest.fixture(scope="module")
def host() -> Iterator[PictureHost]:
    with picture_host() as running:
        yield running


def fetched(url: str, seconds: float = 30.0) -> Picture:
    return fetch_picture(url, Ways(True), seconds=seconds)


def test_a_picture_comes_back_with_the_type_of_its_bytes(host: PictureHost) -> None:
    assert fetched(f"{host.base}/good.png") == Picture(png(), "image/png")


def test_the_other_side_learns_nothing_of_the_reader(host: PictureHost) -> None:
    host.calls.clear()
    fetched(f"{host.base}/a picture.png?id=7&x=ü")
    fetched(f"{host.base}/a picture.png?id=7&x=ü")
    paths, headers = zip(*host.calls, strict=True)
    assert set(paths) == {"/a%20picture.png?id=7&x=%C3%BC"}
    for sent in headers:
        assert set(sent) == {"Host", "Accept-Encoding", "User-Agent", "Accept", "Connection"}
        assert sent["User-Agent"] == "Postroom-Pictures" and sent["Accept-Encoding"] == "identity"


@pytest.mark.parametrize(("path", "why"), [
    ("html", "no picture"), ("svg", "no picture"), ("missing", "answered 404"), ("bomb", "more pixels"), ("large", "larger than five"),
    ("endless", "ended too soon"), ("round", "from one place to the next"), ("hops-4", "from one place to the next"), ("nowhere", "from one place"),
])  # fmt: skip
def test_what_is_no_picture_to_be_had_says_why(host: PictureHost, path: str, why: str) -> None:
    with pytest.raises(NoPicture, match=why):
        fetched(f"{host.base}/{path}")


def test_three_redirects_are_followed_and_no_more(host: PictureHost) -> None:
    assert fetched(f"{host.base}/hops-2").content == png()


@pytest.mark.parametrize("path", ["slow-body", "slow-headers"])
def test_a_server_that_sends_an_octet_now_and_then_is_hung_up_on(host: PictureHost, path: str) -> None:
    """Each read is quick, so that no timeout of a socket ever ends this: only the deadline of the whole does."""
    before = len(host.ended)
    with pytest.raises(NoPicture):
        fetched(f"{host.base}/{path}", seconds=0.4)
    assert len(host.ended) == before, "it was heard to its end"


@pytest.mark.parametrize("url", [
    "file:///etc/passwd", "gopher://127.0.0.1/x", "ftp://example.com/x.png", "//example.com/x.png", "http:///x", "http://[::1", "http://host:99999/",
    "data:image/png;base64,AAAA", "javascript:alert(1)", "", "http://example.com/" + "x" * 9_000,
])  # fmt: skip
def test_what_is_no_address_of_the_web_is_never_asked_for(url: str) -> None:
    def resolve(host: str, port: int) -> list[str]:
        raise AssertionError(f"{host} was looked up")

    with pytest.raises(NoPicture):
        fetch_picture(url, Ways(True, resolve))


@pytest.mark.parametrize("url", [
    "http://127.0.0.1/x.png", "http://localhost/x.png", "http://2130706433/x.png", "http://0x7f000001/", "http://127.1/", "http://[::1]/",
    "http://[::ffff:127.0.0.1]/", "http://169.254.169.254/latest/", "http://10.0.0.1/", "http://192.168.1.1/", "http://[fd00::1]/", "http://0/",
])  # fmt: skip
def test_nothing_is_fetched_from_inside(url: str) -> None:
    with pytest.raises(NoPicture):
        fetch_picture(url, Ways(False))


def test_a_name_that_leads_inside_is_refused(host: PictureHost) -> None:
    host.calls.clear()
    with pytest.raises(NoPicture, match="private network, and PICTURE_PRIVATE_ADDRESSES is not set"):
        fetch_picture(f"{host.base}/good.png", Ways(False, lambda *_: ["93.184.215.14", "127.0.0.1"]))
    assert host.calls == []


def test_a_name_is_looked_up_once_and_that_very_address_is_asked(host: PictureHost) -> None:
    """DNS rebinding: whatever the name means a moment later, nobody asks it again."""
    port, asked = int(host.base.rpartition(":")[2]), []

    def resolve(name: str, at: int) -> list[str]:
        asked.append(name)
        return ["127.0.0.1"] if len(asked) == 1 else ["192.0.2.1"]

    found = fetch_picture(f"http://no-such-name.invalid:{port}/good.png", Ways(True, resolve))
    assert found.content == png()
    assert asked == ["no-such-name.invalid"]


@pytest.mark.parametrize("path", ["inside", "to-a-file"])
def test_where_a_redirect_leads_is_looked_at_like_the_first_address(host: PictureHost, path: str) -> None:
    """This machine alone passes for the open internet; where it sends us is looked at by the real rule."""
    ways = Ways(False, public=lambda address: address == "127.0.0.1" or is_public(address))
    assert fetch_picture(f"{host.base}/good.png", ways).content == png()
    with pytest.raises(NoPicture, match="private network|no address of the web"):
        fetch_picture(f"{host.base}/{path}", ways)


def test_a_port_where_nobody_answers_is_no_picture() -> None:
    with socket.socket() as unused:
        unused.bind(("127.0.0.1", 0))
        with pytest.raises(NoPicture, match="no answer"):
            fetched(f"http://127.0.0.1:{unused.getsockname()[1]}/x.png")


@pytest.mark.parametrize(("size", "drawn"), [((2, 2), True), ((4_000, 5_000), True), ((30_000, 30_000), False), ((1, 2**31 - 1), False), ((0, 5), False)])
def test_a_picture_has_no_more_pixels_than_a_browser_should_hold(size: tuple[int, int], drawn: bool) -> None:
    """H-117: a few kilobytes may unfold to gigabytes."""
    assert can_be_drawn(png(*size)) is drawn


@pytest.mark.parametrize("bytes_", [b"", b"\x89PNG\r\n\x1a\n", b"\xff\xd8\xff\xe0" + b"\xff" * 500, b"GIF89a"])
def test_a_picture_whose_head_is_broken_is_not_drawn(bytes_: bytes) -> None:
    assert not can_be_drawn(bytes_)
