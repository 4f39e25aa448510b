"""What the head of a conversation says of the reader's attention: does it sleep, does he follow it, where does it go on."""

from dataclasses import dataclass

from models.queries.beside import Beside
from models.ticket import ACTIVE, Ticket, ref_of
from webapp.clock import Clock, When
from webapp.inbox.snooze_times import snooze_choices
from webapp.inbox.view_models import Choice


@dataclass(frozen=True)
class Attention:
    """`wakes` is set while it sleeps; `goes_on_in` while it is merged into another: its id and reference."""

    wakes: When | None
    snoozes: tuple[Choice, ...]  # none where it is finished
    is_followed: bool
    followers: int
    goes_on_in: tuple[int, str] | None


def attention_of(ticket: Ticket, there: Beside, clock: Clock) -> Attention:
    into = ticket.merged_into_id
    return Attention(
        wakes=clock.when(ticket.snoozed_until) if ticket.snoozed_until else None,
        snoozes=snooze_choices(clock) if ticket.status in ACTIVE else (),
        is_followed=there.follows > 0,
        followers=there.followers,
        goes_on_in=(into, ref_of(into)) if into else None,
    )
