"""Waves: who is filed at once with whom."""

import pytest

from mailgate.inbound import Address, Inbound
from mailgate.waves import waves


def mail(sender: str, message_id: str = "", answers: str = "", mentions: str = "") -> Inbound:
    return Inbound(
        sender=Address(sender) if sender else None,
        message_id=message_id,
        in_reply_to=(answers,) if answers else (),
        references=(mentions,) if mentions else (),
    )


DORA = mail("dora@one.example", "1@one")


@pytest.mark.parametrize(
    ("mails", "expected"),
    [
        ([], []),
        ([DORA], [[0]]),
        ([DORA, mail("emil@two.example"), mail("fay@three.example")], [[0, 1, 2]]),
        ([DORA, mail("Dora@One.example")], [[0], [1]]),  # the second sees what became of the first
        ([DORA, mail("emil@one.example")], [[0], [1]]),  # they are counted together
        ([mail("dora@gmail.com"), mail("emil@gmail.com")], [[0, 1]]),  # and these are not: anybody has an address there
        ([mail("dora@gmail.com"), mail("dora@gmail.com")], [[0], [1]]),
        ([DORA, mail("emil@two.example", "1@one")], [[0], [1]]),  # one id, two mails
        ([mail("a@one.example"), mail("b@two.example")], [[0, 1]]),  # no id is not the same id
        ([DORA, mail("emil@two.example", "2@two", answers="1@one")], [[0], [1]]),
        ([DORA, mail("emil@two.example", "2@two", mentions="1@one")], [[0], [1]]),
        ([mail("emil@two.example", "2@two", answers="1@one"), DORA], [[0, 1]]),  # to answer what comes later is no answer
        ([mail(""), mail("")], [[0], [1]]),
        ([DORA, mail("dora@one.example"), mail("dora@one.example")], [[0], [1], [2]]),
        ([DORA, mail("dora@one.example", "2@one"), mail("emil@two.example", answers="2@one"), mail("fay@three.example")],
         [[0, 3], [1], [2]]),
    ],
)  # fmt: skip
def test_whoever_could_tell_that_another_is_there_is_filed_after_it(mails: list[Inbound], expected: list[list[int]]) -> None:
    assert waves(mails) == expected
