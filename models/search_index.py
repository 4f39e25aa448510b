"""What is searched: a vector of words beside each message and each ticket, kept by Postgres itself.

One vector a message and not one a ticket: who may read which message differs, and a ticket's whole vector would be
written anew with each message. Each vector holds the words as they stand and their English stems, without accents.
The columns are not mapped: nobody needs to read them, and every insert would fetch them.
"""

from sqlalchemy import Column, Computed, Index
from sqlalchemy.dialects.postgresql import TSVECTOR

from models.message import Message
from models.people import User
from models.ticket import Ticket

MOST_INDEXED = 100_000  # characters; a vector has to stay below 1 MiB

MESSAGE_WORDS = (
    f'to_tsvector(\'public.postroom\'::regconfig, "left"(body, {MOST_INDEXED}))'
    f' || to_tsvector(\'public.postroom_english\'::regconfig, "left"(body, {MOST_INDEXED}))'
)
TICKET_WORDS = " || ".join(
    f"setweight(to_tsvector('public.{words}'::regconfig, \"left\"({column}, {MOST_INDEXED})), '{weight}'::\"char\")"
    for column, weight in (("subject", "A"), ("description", "D"))
    for words in ("postroom", "postroom_english")
)

message_words: Column[str] = Column("words", TSVECTOR, Computed(MESSAGE_WORDS, persisted=True))
ticket_words: Column[str] = Column("words", TSVECTOR, Computed(TICKET_WORDS, persisted=True))

Message.__table__.append_column(message_words)
Ticket.__table__.append_column(ticket_words)

INDEXES = (
    Index("ix_message_words", message_words, postgresql_using="gin"),
    Index("ix_ticket_words", ticket_words, postgresql_using="gin"),
    Index("ix_ticket_tags", Ticket.__table__.c.tags, postgresql_using="gin"),
    # For typing errors; a trigram index over the bodies would be larger than they are.
    Index("ix_ticket_subject_trgm", Ticket.__table__.c.subject, postgresql_using="gin", postgresql_ops={"subject": "gin_trgm_ops"}),
    Index("ix_user_account_full_name_trgm", User.__table__.c.full_name, postgresql_using="gin", postgresql_ops={"full_name": "gin_trgm_ops"}),
    Index("ix_user_account_email_trgm", User.__table__.c.email, postgresql_using="gin", postgresql_ops={"email": "gin_trgm_ops"}),
)  # fmt: skip
