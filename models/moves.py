"""The moves: from which status a ticket may go to which, and what a message does to its status. Pure."""

from datetime import datetime, timedelta

from models.ticket import Status

REOPEN_WINDOW = timedelta(days=14)

ANY = frozenset(Status)


def allowed_moves(current: str, has_agent: bool, actor_is_staff: bool) -> list[str]:
    """The statuses a ticket may be given by hand now, in the order they are offered."""
    return [status for status in Status if status != current and may_move(current, status, has_agent, actor_is_staff)]


def may_move(current: str, wanted: str, has_agent: bool, actor_is_staff: bool) -> bool:
    if not actor_is_staff:
        return customer_may_move(current, wanted, has_agent)
    back_to_work = Status.IN_PROGRESS if has_agent else Status.OPEN
    match current:
        case Status.OPEN | Status.ASSIGNED:
            return True
        case Status.IN_PROGRESS:
            return wanted != Status.OPEN or not has_agent
        case Status.WAITING_ON_CUSTOMER:
            return wanted in (Status.IN_PROGRESS, Status.RESOLVED, Status.CLOSED)
        case Status.RESOLVED:
            return wanted in (back_to_work, Status.CLOSED)
        case _:
            return wanted == back_to_work


def customer_may_move(current: str, wanted: str, has_agent: bool) -> bool:
    """A customer may resolve what is active, and reopen what is resolved."""
    if current == Status.RESOLVED:
        return wanted == (Status.IN_PROGRESS if has_agent else Status.OPEN)
    return current != Status.CLOSED and wanted == Status.RESOLVED


def status_after_customer_wrote(current: str, has_agent: bool) -> str:
    """A customer's words bring a waiting or resolved ticket back to work."""
    if current in (Status.WAITING_ON_CUSTOMER, Status.RESOLVED):
        return Status.IN_PROGRESS if has_agent else Status.OPEN
    return current


def status_after_agent_replied(current: str) -> str:
    """The first public reply takes a ticket into work."""
    return Status.IN_PROGRESS if current in (Status.OPEN, Status.ASSIGNED) else current


def status_after_assigning(current: str, has_agent: bool) -> str:
    if current == Status.OPEN and has_agent:
        return Status.ASSIGNED
    if current == Status.ASSIGNED and not has_agent:
        return Status.OPEN
    return current


def may_reopen(
    current: str, resolved_at: datetime | None, now: datetime, window: timedelta = REOPEN_WINDOW
) -> bool:
    """Whether a customer's mail may go on with this ticket; a closed or long resolved one gets a follow-up."""
    if current == Status.CLOSED:
        return False
    return current != Status.RESOLVED or resolved_at is None or now - resolved_at <= window
