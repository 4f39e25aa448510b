"""Restore mode, for administrators: what a restored desk would send, and their word on it."""

from uuid import UUID

from flask import redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from models.actions.restoring import end_restoration
from models.database import db
from models.errors import Invalid
from models.queries.restoring import restore_mode
from webapp.administration.blueprint import administration
from webapp.auth import for_admins
from webapp.inbox.blueprint import actor, clock
from webapp.sidebar import sidebar_figures


@administration.get("/restore/")
@for_admins
def restore() -> str:
    return render_template("pages/restore.html", page="restore", mode=restore_mode(), clock=clock())


@administration.post("/restore/")
@for_admins
def end_restore() -> ResponseReturnValue:
    """Let mail leave again: of what waited in the backup only what is ticked."""
    try:
        send = [UUID(each) for each in request.form.getlist("send")]
    except ValueError:
        raise Invalid("send", "there is no such mail") from None
    end_restoration(actor(), send=send, discard_new=request.form.get("do") == "discard")
    db.session.commit()
    return redirect(url_for("administration.restore"), 303)


def restore_is_on() -> bool:
    """For the sidebar of administrators."""
    return sidebar_figures().is_restored
