"""Believing what is reported of an address, ceasing to write to it, and writing to it again."""

from collections.abc import Sequence

from sqlalchemy import func, select, text
from sqlalchemy.dialects.postgresql import insert

from models.actions.audit import note_in_audit
from models.actor import Actor
from models.addresses import normalise
from models.bounce_rules import Reported, is_undeliverable
from models.database import db
from models.errors import Forbidden, NotFound
from models.outbox import Outbox
from models.people import Role
from models.suppression import AddressTrouble, Reason, Suppression
from models.text import clean_text

MAX_DETAIL = 500


def note_trouble(row: Outbox, kind: str, status: str, points: int, detail: str) -> bool:
    """Count a report about the mail in `row` against its address. Whether the desk has now stopped writing there.

    `kind` is 'bounce', 'complaint' or 'refusal'. The same mail reported twice counts once.
    """
    address = normalise(row.rcpt)
    # One after the other for each address: two reports at once must see each other.
    db.session.execute(text("SELECT pg_advisory_xact_lock(hashtext(:address))"), {"address": f"trouble:{address}"})
    fresh = insert(AddressTrouble).values(address=address, outbox_id=row.id, kind=kind, status=status, points=points)
    if db.session.scalar(fresh.on_conflict_do_nothing(index_elements=["outbox_id"]).returning(AddressTrouble.id)) is None:
        return False
    if kind == "complaint":
        return suppress(address, Reason.COMPLAINT, detail)
    moment = db.session.scalar(select(func.clock_timestamp()))
    assert moment is not None
    if is_undeliverable(reports_about(address), moment):
        return suppress(address, Reason.UNDELIVERABLE, detail)
    return False


def reports_about(address: str) -> Sequence[Reported]:
    """What was reported since the address was last cleared, oldest first."""
    cleared = select(Suppression.lifted_at).where(Suppression.address == address).scalar_subquery()
    wanted = (
        select(AddressTrouble.status, AddressTrouble.points, AddressTrouble.at)
        .where(
            AddressTrouble.address == address,
            AddressTrouble.kind != "complaint",
            AddressTrouble.at > func.coalesce(cleared, text("'-infinity'::timestamptz")),
        )
        .order_by(AddressTrouble.at, AddressTrouble.id)
    )
    return [Reported(*row) for row in db.session.execute(wanted)]


def suppress(address: str, reason: Reason, detail: str) -> bool:
    """Write to `address` no more; undeliverable outweighs a complaint. Whether that is news."""
    row = db.session.get(Suppression, address, with_for_update=True, populate_existing=True)
    detail = clean_text(detail, MAX_DETAIL)
    if row is None:
        db.session.add(Suppression(address=address, reason=reason, detail=detail))
        db.session.flush()
        return True
    if row.lifted_at is None and row.reason == Reason.UNDELIVERABLE:
        return False
    is_news = row.lifted_at is not None or row.reason != reason
    row.reason, row.detail, row.lifted_at, row.lifted_by_id = reason, detail, None, None
    if is_news:
        row.since = func.clock_timestamp()
    db.session.flush()
    return is_news


def lift(address: str, actor: Actor) -> None:
    """Write to `address` again; what was reported of it until now is forgiven. For administrators."""
    if actor.role != Role.ADMIN:
        raise Forbidden("only administrators lift the stop on an address")
    row = db.session.get(Suppression, address, with_for_update=True, populate_existing=True)
    if row is None or row.lifted_at is not None:
        raise NotFound("the desk writes to this address already")
    row.lifted_at, row.lifted_by_id = func.clock_timestamp(), actor.id
    note_in_audit(actor, "address.lifted", "address", name=address, before={"reason": row.reason, "detail": row.detail})
