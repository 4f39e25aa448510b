"""Whatever a mail does to its reader, it costs that mail one try and no other mail anything (mail-safety H-045)."""

import contextlib
import os
import threading
import time
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from mailgate.reading_child import Allowance
from mailgate.reading_room import NotRead, ReadingRoom, RoomClosed
from mailgate.safe_reading import read_safely
from tests.waiting import wait_until

QUICK = Allowance(cpu_seconds=1, wall_seconds=60)  # the processor's time is what these deeds take
SHORT = Allowance(cpu_seconds=1, wall_seconds=3)
HEAD = b"From: Dora <dora@example.org>\r\nMessage-ID: <1@example.org>\r\nSubject: "


def mail(subject: str = "Parcel") -> bytes:
    return HEAD + subject.encode() + b"\r\n\r\nWhere is it?\r\n"


def opened(allowance: Allowance) -> Iterator[ReadingRoom]:
    room = ReadingRoom("tests.hostile_readers:read", allowance)
    room.open()
    yield room
    room.close()


@pytest.fixture(scope="module")
def shared_room() -> Iterator[ReadingRoom]:
    yield from opened(QUICK)


@pytest.fixture(scope="module")
def hasty_room() -> Iterator[ReadingRoom]:
    """Where a mail that does nothing at all is soon given up."""
    yield from opened(SHORT)


@pytest.fixture
def room(shared_room: ReadingRoom) -> Iterator[ReadingRoom]:
    """A room that a test may wreck; the next test finds it in order or fails."""
    yield shared_room
    assert shared_room.read(mail(), "dora@example.org").subject == "Parcel"


def members_of(group: int) -> list[int]:
    """The living processes of a process group."""
    found = []
    for stat in Path("/proc").glob("[0-9]*/stat"):
        try:
            state, _, pgrp = stat.read_text().rpartition(")")[2].split()[:3]
        except OSError:
            continue
        if int(pgrp) == group and state != "Z":
            found.append(int(stat.parent.name))
    return found


def test_a_mail_reads_the_same_in_a_child(room: ReadingRoom) -> None:
    raw = (
        b"From: =?utf-8?q?D=C3=B6ra?= <dora@example.org>\r\nSubject: Parcel\r\nMIME-Version: 1.0\r\n"
        b"Date: Mon, 2 Nov 2026 10:00:00 +0100\r\nContent-Type: multipart/mixed; boundary=b\r\n\r\n"
        b"--b\r\nContent-Type: text/html\r\n\r\n<p>Hello<script>alert(1)</script> \xff</p>\r\n"
        b"--b\r\nContent-Type: image/png; name=a.png\r\nContent-Transfer-Encoding: base64\r\n\r\niVBORw0KGgo=\r\n"
        b"--b\r\nContent-Type: text/csv; name=empty.csv\r\n\r\n\r\n--b--\r\n"
    )
    here = read_safely(raw, "dora@example.org")
    assert here.files and here.date and "<script" not in here.safe_html and here.html == ""
    assert room.read(raw, "dora@example.org") == here


@pytest.mark.parametrize(
    ("deed", "told"),
    [
        ("segfault", "SIGSEGV"),
        ("leave", "exit code 0"),
        ("burn", "SIGXCPU"),
        ("close", "lost"),
        ("recurse", "SIGSEGV|RecursionError|MemoryError|SIGXCPU"),
        ("answer", "wanted to send"),
        ("allocate", "MemoryError"),
        ("fork in python", "PermissionError"),
        ("write", "PermissionError"),
        ("call out", "PermissionError"),
    ],
)
def test_a_hostile_mail_costs_itself_one_try(room: ReadingRoom, deed: str, told: str) -> None:
    with pytest.raises(NotRead, match=told):
        room.read(mail(deed), "dora@example.org")


@pytest.mark.parametrize("deed", ["sleep", "fork in c"])
def test_a_mail_that_does_nothing_is_given_up_in_its_time(hasty_room: ReadingRoom, deed: str) -> None:
    with pytest.raises(NotRead, match="longer than 3 seconds"):
        hasty_room.read(mail(deed), "dora@example.org")


def test_what_a_mail_prints_goes_nowhere(room: ReadingRoom, capfd: pytest.CaptureFixture[str]) -> None:
    assert room.read(mail("print"), "").subject == "print"
    assert capfd.readouterr() == ("", "")


def test_processes_that_a_mail_started_are_killed_with_its_child() -> None:
    room = ReadingRoom("tests.hostile_readers:read", SHORT)
    room.open()
    groups = [child.process.pid for child in room.idle]
    try:
        with pytest.raises(NotRead):
            room.read(mail("fork in c"), "")
        wait_until(lambda: not [pid for group in groups for pid in members_of(group) if pid not in groups], told="some survive")
    finally:
        room.close()


def read_in_vain(room: ReadingRoom, raw: bytes) -> None:
    with contextlib.suppress(NotRead, RoomClosed):
        room.read(raw, "")


def test_slow_mails_do_not_hold_up_the_others() -> None:
    """Four mails sleep in the two seats and beyond; the next mails are read all the same."""
    room = ReadingRoom("tests.hostile_readers:read", replace(SHORT, wall_seconds=120))
    room.open()
    try:
        sleepers = [threading.Thread(target=read_in_vain, args=(room, mail("sleep"))) for _ in range(4)]
        for sleeper in sleepers:
            sleeper.start()
        time.sleep(0.1)
        assert room.read(mail(), "").subject == "Parcel"
        assert all(sleeper.is_alive() for sleeper in sleepers), "the mail had to wait until a slow one was given up"
    finally:
        room.close()
        for sleeper in sleepers:
            sleeper.join(60)


def test_a_child_knows_no_secret_and_holds_no_connection(room: ReadingRoom, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DATABASE_URL", "postgresql://secret@nowhere/")
    child = room.hire()
    try:
        child.get_ready()
        assert b"secret" not in Path(f"/proc/{child.process.pid}/environ").read_bytes()
        links = [os.readlink(link) for link in Path(f"/proc/{child.process.pid}/fd").iterdir()]
        assert sum(link.startswith("socket:") for link in links) == 1
        assert all(link == os.devnull or link.startswith("socket:") for link in links)
    finally:
        room.put_back(child)


def test_a_child_is_replaced_after_so_many_mails() -> None:
    room = ReadingRoom(mails_a_child=3)
    room.open()
    try:
        first = {child.process.pid for child in room.idle}
        for _ in range(8):
            room.read(mail(), "")
        assert first.isdisjoint(child.process.pid for child in room.idle)
        assert len(room.idle) == 2
    finally:
        room.close()


def test_a_child_that_has_grown_is_replaced() -> None:
    room = ReadingRoom()
    room.open()
    try:
        big = HEAD + b"Big\r\nContent-Type: application/pdf; name=a.pdf\r\n\r\n" + b"x" * 25_000_000 * 3
        room.read(big, "")
        assert max(room.memory().values()) < 192 * 1024 * 1024
    finally:
        room.close()


def test_a_child_that_cannot_start_is_our_trouble_and_not_the_mails() -> None:
    room = ReadingRoom("mailgate.there_is_no_such_module:read")
    with pytest.raises(RoomClosed):
        room.read(mail(), "")
    room.close()


def test_a_child_that_died_while_it_waited_costs_no_mail_a_try(room: ReadingRoom) -> None:
    for child in room.idle:
        child.process.kill()
        child.process.wait()
    assert room.read(mail(), "").subject == "Parcel"


def test_a_closed_room_reads_nothing(room: ReadingRoom) -> None:
    closed = ReadingRoom()
    closed.open()
    closed.close()
    with pytest.raises(RoomClosed):
        closed.read(mail(), "")
