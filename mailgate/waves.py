"""Which mails of a round may be filed as if each were with a filer of its own: all is asked for them at once. Pure."""

from collections.abc import Sequence

from mailgate.evidence import named_ids
from mailgate.facts import sender_of
from mailgate.inbound import Inbound
from models.freemail import domain_counted


def waves(mails: Sequence[Inbound]) -> list[list[int]]:
    """The places of the mails, in waves that follow each other: no mail of a wave could tell that the others are there.

    Later than another is filed whoever has its sender, or a sender of the same company (they are counted together),
    or its Message-ID, or answers it.
    """
    found: list[list[int]] = []
    last: dict[str, int] = {}  # the last wave in which something came up
    for place, mail in enumerate(mails):
        own = marks_of(mail)
        wave = max((last[mark] + 1 for mark in own | answered_by(mail) if mark in last), default=0)
        if wave == len(found):
            found.append([])
        found[wave].append(place)
        last |= dict.fromkeys(own, wave)
    return found


def marks_of(mail: Inbound) -> set[str]:
    """What no two mails of a wave share."""
    sender = sender_of(mail)
    return {f"from {sender}", f"at {domain_counted(sender)}", f"id {mail.message_id}"} - {"at ", "id "}


def answered_by(mail: Inbound) -> set[str]:
    return {f"id {name}" for name in named_ids(mail)}
