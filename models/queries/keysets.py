"""Keyset pages in either direction: `next` and `previous` name a row, and the page begins beside it."""

import base64
import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Select, tuple_

from models.database import db
from models.errors import Invalid

LARGEST = 2**63 - 1

Place = tuple[bool, Any, int]  # whether the page ends there and does not begin, the key and the id of the row
DAMAGED = "this page link is damaged, or belongs to another list: start from the first page"


@dataclass(frozen=True)
class Order:
    """How a list is sorted: by `key`, then by `row_id`. `read` makes a value of the key from its JSON."""

    name: str
    key: ColumnElement[Any]
    row_id: ColumnElement[int]
    descending: bool
    read: Callable[[Any], Any]

    def sorts(self, wanted: Select[Any], *, backwards: bool) -> Select[Any]:
        columns = (self.key, self.row_id)
        if self.descending != backwards:
            return wanted.order_by(*(column.desc() for column in columns))
        return wanted.order_by(*(column.asc() for column in columns))

    def is_beyond(self, key: Any, row_id: int, *, backwards: bool) -> ColumnElement[bool]:
        here = tuple_(self.key, self.row_id)
        return here < (key, row_id) if self.descending != backwards else here > (key, row_id)


@dataclass(frozen=True)
class Slice:
    """Some rows, and the cursors of the pages around them (None at either end)."""

    rows: Sequence[Any]
    next: str | None
    previous: str | None
    keys: Sequence[Any] = ()  # what each row was sorted by


def slice_of(wanted: Select[Any], order: Order, cursor: str, size: int) -> Slice:
    """The page of `wanted`, a select of one entity, at `cursor` ('' is the first). Raises `Invalid` for a damaged one."""
    place = read_place(cursor, order) if cursor else None
    return as_slice(db.session.execute(sliced(wanted, order, place, size)).all(), order, place, size)


def first_slice(statement: Select[Any], order: Order, size: int, **asked: Any) -> Slice:
    """The first page, of what `sliced` has put together before; `asked` are the statement's parameters."""
    return as_slice(db.session.execute(statement, asked).all(), order, None, size)


def sliced(wanted: Select[Any], order: Order, place: Place | None, size: int) -> Select[Any]:
    """The statement: one row more than fits says whether there are more."""
    backwards = place is not None and place[0]
    if place is not None:
        wanted = wanted.where(order.is_beyond(place[1], place[2], backwards=backwards))
    return order.sorts(wanted.add_columns(order.key, order.row_id), backwards=backwards).limit(size + 1)


def as_slice(found: Sequence[Any], order: Order, place: Place | None, size: int) -> Slice:
    backwards = place is not None and place[0]
    more = len(found) > size
    page = found[:size][::-1] if backwards else found[:size]
    if not page:
        return Slice((), None, None)
    before = place_of(order, True, page[0]) if (more if backwards else place) else None
    behind = place_of(order, False, page[-1]) if (place if backwards else more) else None
    return Slice([row[0] for row in page], behind, before, [row[-2] for row in page])


def place_of(order: Order, backwards: bool, row: Sequence[Any]) -> str:
    key = row[-2].isoformat() if isinstance(row[-2], datetime) else row[-2]
    written = json.dumps([order.name, backwards, key, row[-1]])
    return base64.urlsafe_b64encode(written.encode()).decode().rstrip("=")


def read_place(cursor: str, order: Order) -> Place:
    """What `place_of` wrote, for the same order."""
    try:
        name, backwards, key, row_id = json.loads(base64.urlsafe_b64decode(cursor + "=" * (-len(cursor) % 4)))
        if name != order.name or type(backwards) is not bool:
            raise ValueError(name)
        return backwards, order.read(key), as_number(row_id)
    except (ValueError, TypeError, RecursionError):
        raise Invalid("cursor", DAMAGED) from None


def as_number(value: Any) -> int:
    """A whole number from a cursor. Raises `ValueError`."""
    if type(value) is not int or abs(value) > LARGEST:
        raise ValueError(value)
    return value


def as_moment(value: Any) -> datetime:
    """A moment from a cursor. Raises `ValueError`, `TypeError`."""
    moment = datetime.fromisoformat(value)
    if moment.tzinfo is None:
        raise ValueError(value)
    return moment
