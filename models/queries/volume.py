"""The big mails of the last day, as the gate counts them too."""

from dataclasses import dataclass

from sqlalchemy import text

from models.database import db
from models.mail_volume import OF_THE_LAST_DAY


@dataclass(frozen=True)
class DayVolume:
    """Octets of big mail within the last day: of all, and of the sender who brought the most."""

    octets: int
    greatest_sender: str  # '' is the null sender, or nobody
    octets_of_greatest: int


def volume_of_a_day() -> DayVolume:
    all_of_them, *senders = db.session.execute(text(OF_THE_LAST_DAY)).all()
    greatest, most = senders[0] if senders else ("", 0)
    return DayVolume(all_of_them[1] or 0, greatest, most)
