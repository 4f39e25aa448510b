"""Mailboxes: the support addresses that customers write to."""

from datetime import datetime

from sqlalchemy import CheckConstraint, ForeignKey, Index, text
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.orm import Mapped, mapped_column, relationship
from sqlalchemy.types import Text

from models.database import db


class Mailbox(db.Model):
    """A place mail comes to and answers come from. It has one primary address and any number of aliases."""

    __tablename__ = "mailbox"
    __table_args__ = (
        CheckConstraint("name <> ''", name="name_given"),
        CheckConstraint("agents_by_mail IN ('off', 'note', 'public')", name="agents_by_mail"),
        CheckConstraint("reopen_days >= 0", name="reopen_days"),
        CheckConstraint("brand_colour ~ '^(#[0-9a-f]{6})?$'", name="brand_colour"),
        CheckConstraint("told_statuses <@ ARRAY['RESOLVED', 'CLOSED']", name="told_statuses"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    name: Mapped[str]
    is_active: Mapped[bool] = mapped_column(server_default=text("true"))
    disabled_at: Mapped[datetime | None]
    signature: Mapped[str] = mapped_column(server_default="")
    drafts_by_ai: Mapped[bool] = mapped_column(server_default=text("true"))  # false: no word of it goes to a model
    sending_paused_at: Mapped[datetime | None]  # set: its mail waits in the outbox until somebody goes on
    created_at: Mapped[datetime] = mapped_column(server_default=text("clock_timestamp()"))
    cc_joins: Mapped[bool] = mapped_column(server_default=text("false"))  # a verified requester's Cc joins by itself
    agents_by_mail: Mapped[str] = mapped_column(server_default="off")  # what an agent's mail may become
    reopen_days: Mapped[int] = mapped_column(server_default=text("14"))  # how long a resolved ticket goes on by mail
    acks: Mapped[bool] = mapped_column(server_default=text("true"))  # whoever opens a ticket hears that it has come
    acks_unverified: Mapped[bool] = mapped_column(server_default=text("false"))  # also senders nobody can vouch for
    ack_text: Mapped[str] = mapped_column(server_default="")  # '' for the words of the template; {ref} is the reference
    told_statuses: Mapped[list[str]] = mapped_column(ARRAY(Text), server_default=text("'{RESOLVED}'"))
    brand_name: Mapped[str] = mapped_column(server_default="")  # '' for the mailbox's own name
    brand_colour: Mapped[str] = mapped_column(server_default="")  # '#rrggbb'
    brand_footer: Mapped[str] = mapped_column(server_default="")

    addresses: Mapped[list["MailboxAddress"]] = relationship(
        order_by="MailboxAddress.is_primary.desc(), MailboxAddress.address", lazy="selectin"
    )

    @property
    def address(self) -> str:
        """The address that answers are sent from."""
        return self.addresses[0].address


class MailboxAddress(db.Model):
    """An address of ours: lower-cased local part, A-label domain, no `+tag`."""

    __tablename__ = "mailbox_address"
    __table_args__ = (
        CheckConstraint("address <> ''", name="address_given"),
        Index("uq_mailbox_address_primary", "mailbox_id", unique=True, postgresql_where=text("is_primary")),
    )

    address: Mapped[str] = mapped_column(primary_key=True)
    mailbox_id: Mapped[int] = mapped_column(ForeignKey("mailbox.id", ondelete="CASCADE"), index=True)
    is_primary: Mapped[bool] = mapped_column(server_default=text("false"))
