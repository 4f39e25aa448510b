"""Guesses, counted in Postgres: Redis may be down or empty, and forgives nobody.

What is counted is hashed: whoever guesses chooses how long a name is, and mistypes passwords as names.
"""

import hashlib
from dataclasses import dataclass
from datetime import timedelta
from ipaddress import ip_address, ip_network

from sqlalchemy import delete, func, select, text

from models.database import db
from models.errors import TooMany
from models.people import FailedSignIn

KEPT = timedelta(days=2)  # longer than the longest window


@dataclass(frozen=True)
class Limit:
    """At most `most` counted within `window` for one value of this kind; `sentence` for whoever is refused."""

    kind: str
    most: int
    window: timedelta
    sentence: str


def one_at_a_time(kind: str, value: str) -> None:
    """Or a hundred guesses at once are all counted after they have been tried. Held until the caller commits."""
    db.session.execute(text("SELECT pg_advisory_xact_lock(hashtextextended(:scope, 0))"), {"scope": scope_of(kind, value)})


def refuse_above(*counted: tuple[Limit, str]) -> None:
    """Raises `TooMany` where the value has reached its limit."""
    for limit, value in counted:
        recent = select(func.count()).where(
            FailedSignIn.scope == scope_of(limit.kind, value), FailedSignIn.at > func.statement_timestamp() - limit.window
        )
        if (db.session.scalar(recent) or 0) >= limit.most:
            raise TooMany(limit.sentence, int(limit.window.total_seconds()))


def count(*counted: tuple[str, str]) -> None:
    """One more for each `(kind, value)`. The caller commits, also when the guess was wrong."""
    db.session.add_all(FailedSignIn(scope=scope_of(kind, value)) for kind, value in counted)
    db.session.flush()


def forgive(kind: str, value: str) -> None:
    db.session.execute(delete(FailedSignIn).where(FailedSignIn.scope == scope_of(kind, value)))


def forget_old_guesses(limit: int = 5000) -> int:
    """Delete a batch of counts that no window reaches any more. How many there were."""
    old = select(FailedSignIn.id).where(FailedSignIn.at < func.statement_timestamp() - KEPT).limit(limit)
    return len(db.session.scalars(delete(FailedSignIn).where(FailedSignIn.id.in_(old)).returning(FailedSignIn.id)).all())


def scope_of(kind: str, value: str) -> str:
    """A key of fixed size."""
    return f"{kind}:{hashlib.sha256(value.encode('utf-8', 'replace')).hexdigest()}"


def network_of(address: str) -> str:
    """The /24 or /48 that an address lies in: whoever has one address there has them all."""
    try:
        ip = ip_address(address)
    except ValueError:
        return address
    return str(ip_network((ip, 24 if ip.version == 4 else 48), strict=False))
