"""The errors of the desk. Each carries a sentence for the reader; `webapp/errors.py` turns them into answers.

    DeskError
    ├── SettingsError      the desk cannot start as it is set up
    ├── NotFound           there is no such thing, or the asker may not know of it
    ├── Forbidden          seen, but not allowed
    ├── Conflict           not in this state
    │   ├── IllegalMove    a status change that the moves do not allow; names those that are
    │   └── StaleView      newer messages have come; carries their ids
    ├── Invalid            a value is wrong; names the field
    └── TooMany            asked too often; carries the seconds to wait
"""


class DeskError(Exception):
    """Something the desk refuses to do, said in the words of whoever asked."""

    def __init__(self, detail: str) -> None:
        super().__init__(detail)
        self.detail = detail


class SettingsError(DeskError):
    """The desk cannot start as it is set up."""


class NotFound(DeskError):
    """There is no such thing, or the asker may not know of it."""


class Forbidden(DeskError):
    """The asker sees it but may not do this."""


class Conflict(DeskError):
    """It cannot be done in this state."""


class IllegalMove(Conflict):
    """A status change that the moves do not allow."""

    def __init__(self, current: str, wanted: str, allowed: list[str]) -> None:
        ways = f"it can become {', '.join(allowed)}" if allowed else "it stays as it is"
        super().__init__(f"a ticket that is {current} cannot become {wanted}; {ways}")
        self.allowed = allowed


class StaleView(Conflict):
    """The ticket has newer messages than the writer had seen."""

    def __init__(self, newer: list[int]) -> None:
        super().__init__("a new message has come since you opened this ticket: read it, then send again")
        self.newer = newer


class Invalid(DeskError):
    """A value is wrong; `field` names it."""

    def __init__(self, field: str, detail: str) -> None:
        super().__init__(detail)
        self.field = field

    @property
    def errors(self) -> dict[str, str]:
        """What is wrong, by field."""
        return {self.field: self.detail}


class TooMany(DeskError):
    """Asked too often; `retry_after` are the seconds to wait."""

    def __init__(self, detail: str, retry_after: int) -> None:
        super().__init__(detail)
        self.retry_after = retry_after
