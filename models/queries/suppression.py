"""Asking whether an address may be written to."""

from collections.abc import Collection, Sequence

from sqlalchemy import ColumnElement, select

from models.addresses import normalise
from models.database import db
from models.suppression import Reason, Suppression


def is_suppressed(address: str, *, automatic: bool = True) -> bool:
    """Whether the desk must not write to `address`, as written or normalised.

    An address that bounces gets nothing. One whose owner complained gets no automatic mail; a person's answer
    to a person's question still goes out.
    """
    return suppression_of(address, automatic=automatic) is not None


def suppression_of(address: str, *, automatic: bool = True) -> Suppression | None:
    """What stands against writing to `address`, None when nothing does."""
    try:
        normal = normalise(address)
    except ValueError:
        return None  # an address nobody can write to is refused where the mail is made
    wanted = select(Suppression).where(Suppression.address == normal, in_force())
    if not automatic:
        wanted = wanted.where(Suppression.reason == Reason.UNDELIVERABLE)
    return db.session.scalar(wanted)


def suppressions_of(addresses: Collection[str]) -> dict[str, Suppression]:
    """Of these normalised addresses, those that are suppressed."""
    wanted = select(Suppression).where(Suppression.address.in_(addresses), in_force())
    return {row.address: row for row in db.session.scalars(wanted)}


def suppressions(limit: int = 200) -> Sequence[Suppression]:
    """All that are in force, the latest first."""
    return db.session.scalars(select(Suppression).where(in_force()).order_by(Suppression.since.desc()).limit(limit)).all()


def in_force() -> ColumnElement[bool]:
    return Suppression.lifted_at.is_(None)
