"""Proofs of erasure: that somebody was erased, what went and what stayed; who it was, only as a keyed hash."""

from datetime import datetime
from typing import Any

from sqlalchemy import LargeBinary, text
from sqlalchemy.orm import Mapped, mapped_column

from models.database import db


class Erasure(db.Model):
    """One person erased. Whoever knows the address can find the row again; nobody can read the address out of it."""

    __tablename__ = "erasure"

    id: Mapped[int] = mapped_column(primary_key=True)
    at: Mapped[datetime] = mapped_column(server_default=text("clock_timestamp()"))
    by_id: Mapped[int | None]
    by_name: Mapped[str]
    address_mac: Mapped[bytes] = mapped_column(LargeBinary, index=True)
    report: Mapped[dict[str, Any]]
