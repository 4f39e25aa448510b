"""Saved views: kept from a list in one step, renamed, changed, thrown away."""

from flask import redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from models.actions.saved_views import ViewText, delete_view, save_view
from models.actions.saved_views import change_view as change
from models.database import db
from models.errors import Invalid
from models.queries.tickets import NEWEST, View
from webapp.auth import for_staff
from webapp.inbox.blueprint import actor, inbox
from webapp.inbox.looking import ORDERS, view_here

# A fixed view, in the language of the search field: so that a filter on it can be kept.
AS_QUERY = {
    "mine": "is:active assignee:me",
    "unassigned": "is:active assignee:none",
    "open": "is:open is:assigned is:in-progress",
    "waiting": "is:waiting",
    "snoozed": "is:snoozed",
    "followed": "is:followed",
    "resolved": "is:resolved",
    "closed": "is:closed",
    "held": "is:held",
    "undelivered": "is:undelivered",
}


@inbox.get("/views/new/")
@for_staff
def new_view() -> ResponseReturnValue:
    """The form, filled with what the reader looks at: a view (`from`), what he typed (`q`), the order."""
    where = request.args.get("from", "")
    base = query_of(view_here(where)) if where else ""
    query = " ".join(each for each in (base, request.args.get("q", "").strip()) if each)
    view = View("", "", "", query, request.args.get("order") or NEWEST)
    return render_template("pages/saved_view.html", view=view, orders=ORDERS, page="")


def query_of(view: View) -> str:
    return view.query or AS_QUERY[view.name]


@inbox.post("/views/new/")
@for_staff
def make_view() -> ResponseReturnValue:
    return keep(None)


@inbox.get("/views/<int:view_id>/")
@for_staff
def one_view(view_id: int) -> ResponseReturnValue:
    return render_template("pages/saved_view.html", view=view_here(f"v{view_id}"), orders=ORDERS, page="")


@inbox.post("/views/<int:view_id>/")
@for_staff
def change_view(view_id: int) -> ResponseReturnValue:
    """Change it, or with `do=delete` throw it away."""
    if request.form.get("do") == "delete":
        delete_view(view_id, actor())
        db.session.commit()
        return redirect(url_for("inbox.index"), 303)
    return keep(view_id)


def keep(view_id: int | None) -> ResponseReturnValue:
    form = request.form
    text = ViewText(form.get("name", ""), form.get("query", ""), form.get("ordering") or NEWEST, bool(form.get("shared")))
    try:
        saved = save_view(text, actor()) if view_id is None else change(view_id, text, actor())
    except Invalid as refused:
        db.session.rollback()
        shown = View(f"v{view_id or ''}", text.name, "", text.query, text.ordering, text.is_shared, view_id)
        return render_template("pages/saved_view.html", view=shown, orders=ORDERS, page="", trouble=refused.detail), 422
    db.session.commit()
    return redirect(url_for("inbox.view", view_name=f"v{saved.id}"), 303)
