"""What the sidebar counts for its reader, in one statement whatever the size of the desk."""

from dataclasses import dataclass
from functools import lru_cache

from models.people import Role, User
from models.queries.counting import Count, Statement, answers, in_one
from models.queries.held import held_count
from models.queries.links import unread_count
from models.queries.outbox import trouble_count
from models.queries.people import load_count
from models.queries.restoring import restored_count
from models.queries.tickets import VIEWS, view_count
from models.settings import AgentVisibility


@dataclass(frozen=True)
class SidebarCounts:
    """`views` by their names; `held`: mails set aside, and notices; `outbox` is None for whoever has none to look at.

    `is_restored`: the desk is in restore mode, and the reader one who can end it.
    """

    views: dict[str, int]
    held: int
    outbox: int | None
    load: int
    is_restored: bool


def sidebar_counts(viewer: User, visibility: AgentVisibility) -> SidebarCounts:
    found = answers(asked_by(viewer.id, viewer.role, viewer.is_active, visibility))
    return SidebarCounts(
        views={view.name: found[f"view {view.name}"] for view in VIEWS},
        held=found["held"] + found["unread"],
        outbox=found.get("outbox"),
        load=found["load"],
        is_restored=bool(found.get("restored")),
    )


@lru_cache(maxsize=1_000)
def asked_by(viewer_id: int, role: str, is_active: bool, visibility: AgentVisibility) -> Statement:
    """The statement, which takes longer to write than many take to run: kept by all that its words depend on.

    What it asks about the reader, it asks about nothing else of him: this one has only these traits.
    """
    viewer = User(id=viewer_id, role=role, is_active=is_active)
    questions: dict[str, Count] = {f"view {view.name}": view_count(viewer, visibility, view) for view in VIEWS}
    questions |= {"held": held_count(viewer, visibility), "unread": unread_count(viewer.id), "load": load_count(viewer.id)}
    if viewer.role == Role.ADMIN:
        questions |= {"outbox": trouble_count(), "restored": restored_count()}
    return in_one(questions)
