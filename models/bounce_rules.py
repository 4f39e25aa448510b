"""When an address counts as undeliverable: pure rules over what was reported of it (RFC 3463 status codes)."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

SOFT, HARD = 1, 2
THRESHOLD = 4
MEMORY = timedelta(days=30)  # what is older no longer counts
TWICE_WITHIN = timedelta(days=7)

NO_MAIL_AT_ALL = frozenset({"5.1.10"})  # null MX, RFC 7505: the domain says so itself
NOBODY_THERE = frozenset({"5.1.1", "5.1.2", "5.1.10", "5.2.1"})
MAY_PASS = frozenset({"5.2.2", "5.3.1", "5.3.2", "5.4.5", "5.4.7"})  # permanent by number; full, busy or late by meaning


@dataclass(frozen=True)
class Reported:
    """One report: the enhanced status code ('' where none was told), its points, when."""

    status: str
    points: int
    at: datetime


def points_of(status: str, hard: bool = True) -> int:
    """Two for a permanent failure of the address, one for what may pass or speaks of the mail's content (5.7)."""
    if not hard or status.startswith("4") or status.startswith("5.7") or status in MAY_PASS:
        return SOFT
    return HARD


def speaks_of_the_address(status: str) -> bool:
    """Whether a refusal with this status says something about the recipient, and not about us or the mail."""
    return status.startswith(("5.1.", "5.2.")) and status not in ("5.1.7", "5.1.8", "5.2.3")


def is_undeliverable(reports: Sequence[Reported], now: datetime) -> bool:
    """Whether these reports about one address, oldest first, are enough. A temporary failure alone never is."""
    remembered = [report for report in reports if now - report.at < MEMORY]
    if not remembered or is_temporary(remembered[-1]):
        return False
    if any(report.status in NO_MAIL_AT_ALL for report in remembered):
        return True
    dead = [report for report in remembered if report.status in NOBODY_THERE and now - report.at < TWICE_WITHIN]
    return len(dead) >= 2 or sum(report.points for report in remembered) >= THRESHOLD


def is_temporary(report: Reported) -> bool:
    return report.points == SOFT and not report.status.startswith("5")
