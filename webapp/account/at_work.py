"""The switch in the sidebar: online or away, and how many tickets one has of how many one takes."""

from dataclasses import dataclass
from urllib.parse import urlsplit

from flask import redirect, request
from flask.typing import ResponseReturnValue

from models.actions.assignment import set_availability
from models.database import db
from webapp.account.blueprint import account
from webapp.auth import current_user, for_staff, local_path
from webapp.inbox.blueprint import actor
from webapp.sidebar import sidebar_figures


@dataclass(frozen=True)
class AtWork:
    is_available: bool
    load: int
    capacity: int


def work_of_reader() -> AtWork:
    me = current_user()
    return AtWork(me.is_available, sidebar_figures().load, me.capacity)


@account.post("/at-work/")
@for_staff
def at_work() -> ResponseReturnValue:
    set_availability(current_user().id, request.form.get("is_available") == "yes", None, actor())
    db.session.commit()
    came_from = urlsplit(request.referrer or "")
    return redirect(local_path(f"{came_from.path}?{came_from.query}".rstrip("?")), 303)
