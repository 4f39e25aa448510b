"""What the sidebar counts for its reader, in one statement whatever the size of the desk."""

from dataclasses import dataclass

from models.people import Role, User
from models.queries.counting import Count, counted
from models.queries.held import held_count
from models.queries.links import unread_count
from models.queries.outbox import trouble_count
from models.queries.people import load_count
from models.queries.tickets import VIEWS, view_count
from models.settings import AgentVisibility


@dataclass(frozen=True)
class SidebarCounts:
    """`views` by their names; `held`: mails set aside, and notices; `outbox` is None for whoever has none to look at."""

    views: dict[str, int]
    held: int
    outbox: int | None
    load: int


def sidebar_counts(viewer: User, visibility: AgentVisibility) -> SidebarCounts:
    questions: dict[str, Count] = {f"view {view.name}": view_count(viewer, visibility, view) for view in VIEWS}
    questions |= {"held": held_count(viewer, visibility), "unread": unread_count(viewer.id), "load": load_count(viewer.id)}
    if viewer.role == Role.ADMIN:
        questions["outbox"] = trouble_count()
    found = counted(questions)
    return SidebarCounts(
        views={view.name: found[f"view {view.name}"] for view in VIEWS},
        held=found["held"] + found["unread"],
        outbox=found.get("outbox"),
        load=found["load"],
    )
