"""Keyset pages: the next page begins where the last one ended, however many rows have come before."""

import base64
import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Generic, TypeVar

from models.errors import Invalid

Row = TypeVar("Row")

MAX_PAGE = 100


@dataclass(frozen=True)
class Page(Generic[Row]):
    """Some rows, and the opaque cursor of the page behind them ('' at the end)."""

    rows: Sequence[Row]
    next: str


def cursor_of(at: datetime, row_id: int) -> str:
    return base64.urlsafe_b64encode(json.dumps([at.isoformat(), row_id]).encode()).decode().rstrip("=")


def read_cursor(cursor: str) -> tuple[datetime, int]:
    """What `cursor_of` wrote. Raises `Invalid` for anything else."""
    try:
        at, row_id = json.loads(base64.urlsafe_b64decode(cursor + "=" * (-len(cursor) % 4)))
        return datetime.fromisoformat(at), int(row_id)
    except (ValueError, TypeError):
        raise Invalid("cursor", "this page link is damaged: start from the first page") from None
