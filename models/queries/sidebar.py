"""What the sidebar counts for its reader, in one statement whatever the size of the desk."""

from dataclasses import dataclass
from functools import lru_cache

from models.people import Role, User
from models.queries.bulk import bulk_count
from models.queries.counting import Count, Statement, answers, in_one
from models.queries.held import held_count
from models.queries.links import unread_count
from models.queries.outbox import trouble_count
from models.queries.people import load_count
from models.queries.readers import any_reader, spelt_out
from models.queries.restoring import restored_count
from models.queries.tickets import VIEWS, view_count
from models.queries.views import saved_count
from models.settings import AgentVisibility


@dataclass(frozen=True)
class SidebarCounts:
    """`views` by their names; `held`: mails set aside, and notices; `outbox` is None for whoever has none to look at.

    `is_restored`: the desk is in restore mode, and the reader one who can end it. Of `saved_views` and `bulk_jobs` to
    show it says only whether there are any, 1 or 0.
    """

    views: dict[str, int]
    held: int
    outbox: int | None
    load: int
    is_restored: bool
    saved_views: int
    bulk_jobs: int


def sidebar_counts(viewer: User, visibility: AgentVisibility) -> SidebarCounts:
    found = answers(asked_by(viewer.role, viewer.is_active, visibility), viewer_id=viewer.id)
    return SidebarCounts(
        views={view.name: found[f"view {view.name}"] for view in VIEWS},
        held=found["held"] + found["unread"],
        outbox=found.get("outbox"),
        load=found["load"],
        is_restored=bool(found.get("restored")),
        saved_views=found["saved"],
        bulk_jobs=found["bulk"],
    )


@lru_cache(100)
def asked_by(role: str, is_active: bool, visibility: AgentVisibility) -> Statement:
    """The statement, put together once for all who have the same rights."""
    viewer = any_reader(role, is_active)
    questions: dict[str, Count] = {f"view {view.name}": view_count(viewer, visibility, view) for view in VIEWS}
    questions |= {"held": held_count(viewer, visibility), "unread": unread_count(viewer.id), "load": load_count(viewer.id)}
    questions |= {"saved": saved_count(viewer), "bulk": bulk_count(viewer.id)}
    if viewer.role == Role.ADMIN:
        questions |= {"outbox": trouble_count(), "restored": restored_count()}
    return spelt_out(in_one(questions))
