"""Budgets of automatic mail: how much of it the desk has let out lately, counted where no flushed Redis forgets it."""

from datetime import datetime

from sqlalchemy import CheckConstraint, Index, Integer
from sqlalchemy.orm import Mapped, mapped_column

from models.database import db


class Budget(db.Model):
    """`n` automatic mails within the five minutes from `window_start`, for one key of one scope.

    A limit looks back over as many windows as its hour or day has, and counts the oldest one whole: so no sixty
    minutes ever hold more than the hour's limit, which a counter that begins anew every hour could not promise.
    """

    __tablename__ = "budget"
    __table_args__ = (
        CheckConstraint("n > 0", name="spent"),
        Index(None, "window_start"),
        Index(None, "scope", "window_start"),
    )

    scope: Mapped[str] = mapped_column(primary_key=True)
    key: Mapped[str] = mapped_column(primary_key=True)
    window_start: Mapped[datetime] = mapped_column(primary_key=True)
    n: Mapped[int] = mapped_column(Integer)
