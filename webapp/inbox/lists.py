"""The list of a view, page by page."""

from collections.abc import Callable

from flask import render_template, request, url_for
from flask.typing import ResponseReturnValue

from webapp.auth import current_user, for_staff
from webapp.inbox.blueprint import inbox, wants_part
from webapp.inbox.looking import view_here
from webapp.inbox.desk import Desk, sidebar, tickets_in
from webapp.inbox.view_models import TicketList


def ticket_addresses(tickets: TicketList) -> Callable[[int], str]:
    """Where each row of a list leads. They differ in a number, so the router puts one together and not all of them."""
    address = url_for("inbox.ticket", view_name=tickets.view.name, ticket_id=0, **tickets.kept)
    before, _number, after = address.partition("/t/0/")
    return lambda ticket_id: f"{before}/t/{ticket_id}/{after}"


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
