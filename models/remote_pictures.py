"""Pictures that mails point to elsewhere: what was fetched lately, and whose mails may show them at once."""

import hashlib
from datetime import datetime

from sqlalchemy import ForeignKey, Index, LargeBinary, text
from sqlalchemy.orm import Mapped, mapped_column

from models.database import db


class RemotePicture(db.Model):
    """What became of asking for one address. `blob_sha256` is None where there was no picture to be had: see `trouble`."""

    __tablename__ = "remote_picture"
    __table_args__ = (Index(None, "fetched_at"),)

    url_hash: Mapped[bytes] = mapped_column(LargeBinary, primary_key=True)  # SHA-256: senders choose how long an address is
    blob_sha256: Mapped[str | None]
    content_type: Mapped[str] = mapped_column(server_default="")
    trouble: Mapped[str] = mapped_column(server_default="")
    fetched_at: Mapped[datetime] = mapped_column(server_default=text("clock_timestamp()"))


class PictureTrust(db.Model):
    """One agent's word that pictures in mails proved to come from one address may be shown at once, to him."""

    __tablename__ = "picture_trust"

    agent_id: Mapped[int] = mapped_column(ForeignKey("user_account.id", ondelete="CASCADE"), primary_key=True)
    address: Mapped[str] = mapped_column(primary_key=True)  # normalised
    created_at: Mapped[datetime] = mapped_column(server_default=text("clock_timestamp()"))


def url_hash(url: str) -> bytes:
    """The key of an address."""
    return hashlib.sha256(url.encode("utf-8", "surrogatepass")).digest()
