"""The malware scanner is asked as clamd wants to be asked, and waited for no longer than it is worth."""

import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from models.scanner import Finding, Scan, Scanner
from tests.clamd import EICAR, NAME, Clamd, clamd


@pytest.fixture
def twin() -> Iterator[Clamd]:
    with clamd() as twin:
        yield twin


def test_a_harmless_file_is_clean_and_arrives_as_it_is(twin: Clamd) -> None:
    content = bytes(range(256)) * 1000  # several chunks
    assert Scanner(twin.url)(content) == Finding(Scan.CLEAN)
    assert twin.seen == [content]


def test_an_empty_file_is_clean(twin: Clamd) -> None:
    assert Scanner(twin.url)(b"") == Finding(Scan.CLEAN)


def test_malware_is_called_by_its_name(twin: Clamd) -> None:
    assert Scanner(twin.url)(b"before " + EICAR) == Finding(Scan.INFECTED, NAME)


def test_a_scanner_may_sit_behind_a_socket_of_the_machine() -> None:
    with tempfile.TemporaryDirectory(prefix="clamd-") as folder, clamd(Path(folder) / "ctl") as twin:
        assert Scanner(twin.url)(EICAR) == Finding(Scan.INFECTED, NAME)


def test_a_file_too_large_for_the_scanner_is_not_called_clean(twin: Clamd) -> None:
    twin.largest = 100_000
    assert Scanner(twin.url)(b"x" * 3_000_000) == Finding(Scan.UNSCANNABLE)


def test_a_scanner_that_is_away_says_nothing_of_a_file_and_is_left_alone_for_a_while() -> None:
    now = [0.0]
    with clamd() as twin:
        scanner = Scanner(twin.url, rest=30, clock=lambda: now[0])
    assert scanner(b"words") is None and scanner.is_resting
    now[0] = 29.9
    assert scanner.is_resting
    now[0] = 30.1
    assert not scanner.is_resting


def test_nobody_asks_a_scanner_that_rests(twin: Clamd) -> None:
    twin.is_mute = True
    scanner = Scanner(twin.url, seconds=0.05)
    assert scanner(b"first") is None
    twin.is_mute = False
    assert scanner(b"second") is None and twin.seen == []


def test_a_scanner_that_hears_and_never_answers_is_not_waited_for(twin: Clamd) -> None:
    twin.is_mute = True
    assert Scanner(twin.url, seconds=0.2)(b"words") is None


def test_a_scanner_that_hangs_up_has_not_called_the_file_clean(twin: Clamd) -> None:
    twin.chokes_on = b"poison"
    scanner = Scanner(twin.url)
    assert scanner(b"poison") is None
    assert scanner.is_alive()


@pytest.mark.parametrize("answer", [b"stream: OK then\0", b"\xff\xfe\0", b"OKAY\0", b"stream: FOUND\0", b"ERROR\0"])
def test_an_answer_that_nobody_knows_is_not_clean(twin: Clamd, answer: bytes, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(twin, "answer_to", lambda content: answer)
    finding = Scanner(twin.url)(b"words")
    assert finding is not None and finding.scan is not Scan.CLEAN
