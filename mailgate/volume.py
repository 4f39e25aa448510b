"""How much big mail has come within a day: what the database counted last, and what was kept here since."""

from collections import Counter
from collections.abc import Sequence

from mailgate.limits import Limits


class Volume:
    """Says who may bring another big mail. Asked in the event loop, told the count by a writer's thread.

    Several gates see each other's mails at the next look, so the bounds hold to a few seconds' mail.
    """

    def __init__(self, limits: Limits) -> None:
        self._limits = limits
        self._of_all = 0
        self._of_each: Counter[str] = Counter()

    def refuses(self, sender: str, octets: int) -> bool:
        """Whether a mail of so many octets has to come another time; a small one never has to."""
        if octets <= self._limits.big:
            return False
        of_sender = self._of_each[sender.lower()] + octets
        return of_sender > self._limits.big_a_day_from_one or self._of_all + octets > self._limits.big_a_day

    def add(self, sender: str, octets: int) -> None:
        """A mail was kept here."""
        if octets > self._limits.big:
            self._of_all += octets
            self._of_each[sender.lower()] += octets

    def counted(self, rows: Sequence[tuple[str | None, int | None]]) -> None:
        """What a look into the database found: the sum of all first, then each sender's."""
        self._of_all = rows[0][1] or 0
        self._of_each = Counter({sender: octets for sender, octets in rows[1:] if sender is not None and octets})
