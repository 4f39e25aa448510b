"""Writing the audit log: one function, called by the acts themselves, in the transaction of the act."""

from collections.abc import Collection, Mapping
from datetime import datetime
from typing import Any

from models.actor import Actor
from models.audit import AuditEntry
from models.database import db
from models.text import clean_text

MOST_NAME = 320
MOST_VALUE = 2_000
NEVER_SHOWN = ("password", "secret", "token", "key")  # a value under such a name is replaced by the fact that it changed


def note_in_audit(
    actor: Actor,
    act: str,
    subject: str,
    subject_id: object = "",
    name: str = "",
    *,
    before: Mapping[str, Any] | None = None,
    after: Mapping[str, Any] | None = None,
) -> None:
    """Add an entry: who did `act` (`user.changed`) to what, and the values that differ by it.

    With values on both sides and no difference nothing has happened, and nothing is noted.
    """
    if before is not None and after is not None:
        differ = {each for each in {*before, *after} if before.get(each) != after.get(each)}
        if not differ:
            return
        before = {each: value for each, value in before.items() if each in differ}
        after = {each: value for each, value in after.items() if each in differ}
    db.session.add(
        AuditEntry(
            actor_id=actor.id,
            actor_name=clean_text(actor.name, MOST_NAME),
            actor_role=actor.role,
            place=actor.place,
            act=act,
            subject=subject,
            subject_id=str(subject_id),
            subject_name=clean_text(name, MOST_NAME),
            before=shown(before or {}),
            after=shown(after or {}),
        )
    )


def values_of(row: object, names: Collection[str]) -> dict[str, Any]:
    """The named values of a row, as they are now: what goes into `before` and `after`."""
    return {name: plain(getattr(row, name)) for name in names}


def shown(values: Mapping[str, Any]) -> dict[str, Any]:
    return {name: "(not shown)" if hides(name) else plain(value) for name, value in values.items()}


def hides(name: str) -> bool:
    return any(word in name.split("_") for word in NEVER_SHOWN)


def plain(value: Any) -> Any:
    """The value as JSON takes it, and Postgres too."""
    match value:
        case None | bool() | int() | float():
            return value
        case datetime():
            return value.isoformat()
        case Mapping():
            return {str(name): plain(each) for name, each in value.items()}
        case list() | tuple() | set() | frozenset():
            return [plain(each) for each in value]
        case _:
            return clean_text(str(value), MOST_VALUE)
