"""A reply that is read before the mail it answers waits for it, and not for ever."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager

import pytest

from mailgate.filer import Filer
from mailgate.inbound import Inbound
from mailgate.safe_reading import read_safely
from tests.cast import DORA, EVE, Desk, ReadingHere, mail_from

PARENT, REPLY = "one@example.net", "two@example.net"


@contextmanager
def parent_in_the_hands_of_another(desk: Desk) -> Iterator[threading.Event]:
    """Another filer has leased the mail and reads it until the event is set."""
    leased, may_go_on = threading.Event(), threading.Event()

    def read_slowly(raw: bytes, mail_from: str) -> Inbound:
        leased.set()
        assert may_go_on.wait(30)
        return read_safely(raw, mail_from)

    def work() -> None:
        filer = desk.filer(read_slowly)
        while filer.do_round():
            pass
        filer.stop()

    thread = threading.Thread(target=work)
    thread.start()
    assert leased.wait(30)
    try:
        yield may_go_on
    finally:
        may_go_on.set()
        thread.join(30)


def rounds(filer: Filer, number: int) -> None:
    for _ in range(number):
        filer.do_round()


def test_a_reply_waits_for_its_parent_which_another_filer_reads(desk: Desk) -> None:
    desk.keeps(mail_from(DORA, message_id=PARENT))
    filer = desk.filer()
    with parent_in_the_hands_of_another(desk) as may_go_on:
        reply = desk.keeps(mail_from(DORA, message_id=REPLY, answers=PARENT))
        other = desk.keeps(mail_from(EVE))
        rounds(filer, 3)
        assert desk.became(other)[0].decision == "new_ticket", "a mail that answers nothing had to wait too"
        assert desk.became(reply)[0].state == "processing"
        may_go_on.set()
        while desk.became(reply)[0].state != "done":
            filer.do_round()
    filer.stop()
    assert desk.became(reply)[0].decision == "reply"
    assert [ticket.message_count for ticket in desk.tickets()] in ([2, 1], [1, 2])


def test_a_reply_does_not_wait_for_ever(desk: Desk) -> None:
    desk.keeps(mail_from(DORA, message_id=PARENT))
    filer = Filer(desk.app, ReadingHere(read_safely), parent_patience=0.2)  # type: ignore[arg-type]
    with parent_in_the_hands_of_another(desk):
        reply = desk.keeps(mail_from(DORA, message_id=REPLY, answers=PARENT))
        while filer.do_round():
            pass
        assert desk.became(reply)[0].decision == "new_ticket"
    filer.stop()


def test_whoever_is_told_to_stop_hands_a_waiting_reply_back(desk: Desk) -> None:
    desk.keeps(mail_from(DORA, message_id=PARENT))
    filer = desk.filer()
    with parent_in_the_hands_of_another(desk):
        reply = desk.keeps(mail_from(DORA, message_id=REPLY, answers=PARENT))
        rounds(filer, 2)
        filer.stop()
        [became] = desk.became(reply)
        assert became.state == "accepted"


@pytest.mark.parametrize("answers", [REPLY, "three@example.net"])
def test_mails_that_name_themselves_or_each_other_wait_for_nobody(desk: Desk, answers: str) -> None:
    """The first names the second, which names the first: the older one goes first."""
    first = desk.keeps(mail_from(DORA, message_id=REPLY, answers=answers))
    desk.keeps(mail_from(DORA, message_id="three@example.net", answers=REPLY))
    filer = desk.filer()
    filer.do_round()
    filer.stop()
    assert desk.became(first)[0].decision == "new_ticket"
    [ticket] = desk.tickets()
    assert ticket.message_count == 2


def test_a_mail_that_was_given_up_is_waited_for_by_nobody(desk: Desk) -> None:
    dead = desk.keeps(mail_from(DORA, message_id=PARENT))
    desk.gives_up(dead)
    reply = desk.keeps(mail_from(DORA, message_id=REPLY, answers=PARENT))
    filer = desk.filer()
    filer.do_round()
    filer.stop()
    assert desk.became(reply)[0].decision == "new_ticket"
