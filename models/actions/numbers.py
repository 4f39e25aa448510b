"""Numbers of tickets and messages that are known before their rows are written, so that many can be written at once.

A message's number also says what came after what on a ticket: numbers are taken once the tickets they are meant for
are locked, or so new that nobody else can know of them, and what is left over is dropped with the transaction.
"""

from collections import deque
from collections.abc import Iterator
from contextlib import contextmanager

from sqlalchemy import Sequence, func, select

from models.database import db
from models.ticket import ticket_ids

RESERVED = "postroom.numbers"  # key in the session
message_ids = Sequence("message_id_seq")  # that of the column; not one more table object


@contextmanager
def numbers_reserved(tickets: int, messages: int) -> Iterator[None]:
    """Within, so many tickets and messages get their numbers without a question; what is next asked writes their rows."""
    db.session.info[RESERVED] = {ticket_ids.name: taken(ticket_ids, tickets), message_ids.name: taken(message_ids, messages)}
    try:
        yield
    finally:
        del db.session.info[RESERVED]


def taken(sequence: Sequence, count: int) -> deque[int]:
    """The next numbers of the sequence, in order."""
    if not count:
        return deque()
    numbers = select(sequence.next_value()).select_from(func.generate_series(1, count).alias())
    return deque(sorted(db.session.scalars(numbers)))


def reserved_number(sequence: Sequence) -> int | None:
    """One of the numbers that were reserved; None where there is none, or none left."""
    numbers = db.session.info.get(RESERVED, {}).get(sequence.name)
    return numbers.popleft() if numbers else None
