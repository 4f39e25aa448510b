"""Tickets and the people who take part in them."""

from datetime import datetime
from enum import StrEnum

from sqlalchemy import CheckConstraint, ForeignKey, Index, Sequence, UniqueConstraint, text
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.orm import Mapped, mapped_column, relationship
from sqlalchemy.types import Text

from models.database import db, metadata


class Status(StrEnum):
    OPEN = "OPEN"
    ASSIGNED = "ASSIGNED"
    IN_PROGRESS = "IN_PROGRESS"
    WAITING_ON_CUSTOMER = "WAITING_ON_CUSTOMER"
    RESOLVED = "RESOLVED"
    CLOSED = "CLOSED"


ACTIVE = (Status.OPEN, Status.ASSIGNED, Status.IN_PROGRESS, Status.WAITING_ON_CUSTOMER)


class Priority(StrEnum):
    LOW = "LOW"
    MEDIUM = "MEDIUM"
    HIGH = "HIGH"
    URGENT = "URGENT"


ticket_ids = Sequence("ticket_id_seq", metadata=metadata)

REF_LETTERS = "BCDFGHJKLMNPQRSTVWXZ"  # no vowels: a reference never spells a word
REF_SPACE = len(REF_LETTERS) ** 4 * 1000
REF_STRIDE = 98_885_533  # near the golden section, so that neighbours fall far apart; shares no divisor with REF_SPACE, so different ids give different references


def ref_of(ticket_id: int) -> str:
    """The reference people quote for ticket `ticket_id`: four letters and three digits, `KTRB-042`.

    A one-to-one scattering of the ids, so it needs no retry and tells nobody how many tickets there are.
    It is a name, never a right: anybody may guess one. Past the 160 millionth ticket a letter is added.
    """
    rounds = ticket_id // REF_SPACE
    letters, digits = divmod(ticket_id * REF_STRIDE % REF_SPACE, 1000)
    text_of_ref = ""
    for _ in range(4):
        letters, index = divmod(letters, len(REF_LETTERS))
        text_of_ref = REF_LETTERS[index] + text_of_ref
    while rounds:
        rounds, index = divmod(rounds, len(REF_LETTERS))
        text_of_ref = REF_LETTERS[index] + text_of_ref
    return f"{text_of_ref}-{digits:03d}"


# Written out in queries too: the planner uses the partial index only where it sees the same words.
WAITING_FOR_AGENT = "waits_for_agent AND assigned_agent_id IS NULL AND status = 'OPEN'"

# What is looked through for tickets like another. Cut, for a tsvector ends at a mebibyte; without a language's
# rules, for customers write in all of them. Spelt as Postgres spells it, so that the migrations' test can compare.
WORDS_OF_A_TICKET = """to_tsvector('simple'::regconfig, "left"((subject || ' '::text) || description, 20000))"""


class Ticket(db.Model):
    """A matter a customer has with the desk: its state, and figures kept beside it so that lists stay cheap."""

    __tablename__ = "ticket"
    __table_args__ = (
        CheckConstraint(f"status IN ({', '.join(repr(str(s)) for s in Status)})", name="status"),
        CheckConstraint(f"priority IN ({', '.join(repr(str(p)) for p in Priority)})", name="priority"),
        Index("ix_ticket_activity", "updated_at", "id"),
        Index(
            "ix_ticket_agent_activity",
            "assigned_agent_id",
            "updated_at",
            "id",
            postgresql_where=text("status NOT IN ('RESOLVED', 'CLOSED')"),
        ),
        Index("ix_ticket_status_activity", "status", "updated_at", "id"),
        # For the views that no index above brings in their order: at work, unassigned, an agent's own of one status.
        Index("ix_ticket_at_work", "updated_at", "id", postgresql_where=text("status IN ('OPEN', 'ASSIGNED', 'IN_PROGRESS')")),
        Index(
            "ix_ticket_unassigned",
            "updated_at",
            "id",
            postgresql_include=["status", "snoozed_until", "removed_as"],
            postgresql_where=text("assigned_agent_id IS NULL AND status NOT IN ('RESOLVED', 'CLOSED')"),
        ),
        Index("ix_ticket_agent_status_activity", "assigned_agent_id", "status", "updated_at", "id"),
        Index("ix_ticket_waiting", "id", postgresql_where=text(WAITING_FOR_AGENT)),
        Index("ix_ticket_breaker", "automatic_off_until", postgresql_where=text("automatic_off_until IS NOT NULL")),
        Index(
            "ix_ticket_answered_words",
            text(WORDS_OF_A_TICKET),
            postgresql_using="gin",
            postgresql_where=text("status IN ('RESOLVED', 'CLOSED')"),
        ),
        Index("ix_ticket_created_at", "created_at"),
        Index(
            "ix_ticket_counted",
            "status",
            "priority",
            "mailbox_id",
            "assigned_agent_id",
            postgresql_include=["snoozed_until"],  # so that the counts of work, where nothing sleeps, need no row
            postgresql_where=text("removed_as IS DISTINCT FROM 'deleted'"),
        ),
        CheckConstraint("removed_as IN ('deleted', 'spam')", name="removed_as"),
        Index("ix_ticket_customer_id_created_at", "customer_id", "created_at"),
        Index("ix_ticket_from_domain", "from_domain", "created_at", postgresql_where=text("from_domain <> ''")),
        Index("ix_ticket_follow_up_of", "follow_up_of_id", postgresql_where=text("follow_up_of_id IS NOT NULL")),
        Index("ix_ticket_flood", "flood_of", postgresql_where=text("flood_of IS NOT NULL")),
        Index("ix_ticket_snoozed", "snoozed_until", postgresql_where=text("snoozed_until IS NOT NULL")),
        Index("ix_ticket_merged_into", "merged_into_id", postgresql_where=text("merged_into_id IS NOT NULL")),
    )

    id: Mapped[int] = mapped_column(ticket_ids, primary_key=True, server_default=ticket_ids.next_value())
    ref: Mapped[str] = mapped_column(unique=True, insert_sentinel=True)  # ours to give, so that many are written at once
    mailbox_id: Mapped[int] = mapped_column(ForeignKey("mailbox.id"), index=True)
    customer_id: Mapped[int] = mapped_column(ForeignKey("user_account.id"), index=True)
    assigned_agent_id: Mapped[int | None] = mapped_column(ForeignKey("user_account.id"))
    subject: Mapped[str]
    description: Mapped[str] = mapped_column(server_default="")
    status: Mapped[str] = mapped_column(server_default=Status.OPEN)
    priority: Mapped[str] = mapped_column(server_default=Priority.MEDIUM)
    tags: Mapped[list[str]] = mapped_column(ARRAY(Text), server_default=text("'{}'"))
    created_at: Mapped[datetime] = mapped_column(server_default=text("clock_timestamp()"))
    updated_at: Mapped[datetime] = mapped_column(server_default=text("clock_timestamp()"))
    first_response_at: Mapped[datetime | None]
    resolved_at: Mapped[datetime | None]
    closed_at: Mapped[datetime | None]
    last_message_id: Mapped[int | None]
    last_direction: Mapped[str | None]  # who spoke last, 'in' or 'out'
    preview: Mapped[str] = mapped_column(server_default="")
    message_count: Mapped[int] = mapped_column(server_default=text("0"))
    merged_into_id: Mapped[int | None] = mapped_column(ForeignKey("ticket.id"))
    follow_up_of_id: Mapped[int | None] = mapped_column(ForeignKey("ticket.id"))
    waits_for_agent: Mapped[bool] = mapped_column(server_default=text("true"))  # nobody has had it or laid it down yet
    takes_automatic_mail: Mapped[bool] = mapped_column(server_default=text("true"))  # no machine or list opened it
    automatic_off_until: Mapped[datetime | None]  # its loop breaker is open until then
    from_domain: Mapped[str] = mapped_column(server_default="")  # of its first address; '' where anybody has one
    removed_as: Mapped[str | None]  # set: mail for it goes on nowhere, it waits for an agent
    snoozed_until: Mapped[datetime | None]  # out of the lists until then, or until the customer writes
    flood_of: Mapped[str | None]  # a ticket that takes a flood in: the address, or '@domain', it comes from
    flood_released_at: Mapped[datetime | None]  # an agent said that this is no flood

    mailbox: Mapped["Mailbox"] = relationship(lazy="raise")  # noqa: F821
    customer: Mapped["User"] = relationship(foreign_keys=[customer_id], lazy="raise")  # noqa: F821
    assigned_agent: Mapped["User | None"] = relationship(foreign_keys=[assigned_agent_id], lazy="raise")  # noqa: F821
    participants: Mapped[list["Participant"]] = relationship(order_by="Participant.id", lazy="raise")


class Participant(db.Model):
    """An address that belongs to a ticket. Mail goes out to these and to no other."""

    __tablename__ = "participant"
    __table_args__ = (
        CheckConstraint("role IN ('requester', 'cc')", name="role"),
        CheckConstraint("address <> ''", name="address_given"),
        UniqueConstraint("ticket_id", "address"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    ticket_id: Mapped[int] = mapped_column(ForeignKey("ticket.id", ondelete="CASCADE"))
    user_id: Mapped[int] = mapped_column(ForeignKey("user_account.id"), index=True)
    address: Mapped[str]  # normalised, for comparing
    address_as_written: Mapped[str]
    role: Mapped[str]
    joined_at: Mapped[datetime] = mapped_column(server_default=text("clock_timestamp()"))
    left_at: Mapped[datetime | None]


class SuggestedParticipant(db.Model):
    """An address that a mail on the ticket was also sent to: an agent may add it, nothing else makes it take part."""

    __tablename__ = "suggested_participant"
    __table_args__ = (
        CheckConstraint("outcome IN ('added', 'dismissed')", name="outcome"),
        UniqueConstraint("ticket_id", "address"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    ticket_id: Mapped[int] = mapped_column(ForeignKey("ticket.id", ondelete="CASCADE"))
    address: Mapped[str]  # normalised
    address_as_written: Mapped[str]
    name: Mapped[str] = mapped_column(server_default="")
    suggested_by: Mapped[str]  # the sender's address, normalised
    created_at: Mapped[datetime] = mapped_column(server_default=text("clock_timestamp()"))
    outcome: Mapped[str | None]
    settled_at: Mapped[datetime | None]
    settled_by_id: Mapped[int | None] = mapped_column(ForeignKey("user_account.id"))


class TicketLink(db.Model):
    """Two tickets that have to do with each other, for agents only. Stored once for each side.

    `sibling`: one mail that came to two mailboxes; `may_belong_to`: a mail that names the other ticket and whose
    sender takes no part in it (the other side reads it as `may_belong_here`).
    """

    __tablename__ = "ticket_link"
    __table_args__ = (
        CheckConstraint("kind IN ('sibling', 'may_belong_to', 'may_belong_here')", name="kind"),
        CheckConstraint("ticket_id <> other_id", name="two_tickets"),
    )

    ticket_id: Mapped[int] = mapped_column(ForeignKey("ticket.id", ondelete="CASCADE"), primary_key=True)
    other_id: Mapped[int] = mapped_column(ForeignKey("ticket.id", ondelete="CASCADE"), primary_key=True, index=True)
    kind: Mapped[str] = mapped_column(primary_key=True)
    created_at: Mapped[datetime] = mapped_column(server_default=text("clock_timestamp()"))
