"""The list of a view, page by page."""

from flask import render_template, request
from flask.typing import ResponseReturnValue


from webapp.auth import current_user, for_staff
from webapp.inbox.blueprint import inbox, wants_part
from webapp.inbox.looking import view_here
from webapp.inbox.desk import Desk, sidebar, tickets_in


@inbox.get("/inbox/<view_name>/older/")
@for_staff
def older(view_name: str) -> ResponseReturnValue:
    """The rows behind a cursor: a part for the list, or a page of its own where no script asks."""
    view = view_here(view_name)
    rows = tickets_in(view, request.args.get("ticket", type=int), cursor=request.args.get("cursor", ""))
    if wants_part():
        return render_template("pages/_rows.html", tickets=rows)
    return render_template(
        "pages/inbox.html", desk=Desk(current_user(), view, sidebar(view.name), rows, None)
    )
