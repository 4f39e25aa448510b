"""The page of one's own API tokens."""

from flask import redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import lazy_gettext as _l

from models.actions.api_tokens import ADMIN_SCOPES, make_token, revoke_token
from models.api_token import Scope
from models.database import db
from models.errors import Invalid
from models.people import Role
from models.queries.api_tokens import tokens_of
from webapp.auth import current_user, for_staff
from webapp.inbox.blueprint import actor, clock
from webapp.integrations.blueprint import integrations

MEANINGS = {
    Scope.TICKETS_READ: _l("read tickets, messages and files"),
    Scope.TICKETS_WRITE: _l("open, answer, assign and change tickets"),
    Scope.REPORTS_READ: _l("read reports"),
    Scope.ADMIN_READ: _l("read users, mailboxes and webhooks"),
    Scope.ADMIN_WRITE: _l("change users, mailboxes and webhooks"),
}


@integrations.get("/tokens/")
@for_staff
def tokens() -> ResponseReturnValue:
    return shown()


@integrations.post("/tokens/")
@for_staff
def new_token() -> ResponseReturnValue:
    """Make one; its secret stands on the answer and nowhere else, so there is no redirect to lose it."""
    form = request.form
    try:
        days = form.get("days", type=int) or None
        _, secret = make_token(current_user(), form.get("name", ""), form.getlist("scope"), days, actor().place)
    except Invalid as refused:
        db.session.rollback()
        return shown(trouble=refused.detail), 422
    db.session.commit()
    return shown(secret=secret)


@integrations.post("/tokens/<int:token_id>/revoke/")
@for_staff
def revoke(token_id: int) -> ResponseReturnValue:
    revoke_token(current_user(), token_id, actor().place)
    db.session.commit()
    return redirect(url_for("integrations.tokens"), 303)


def shown(secret: str = "", trouble: str = "") -> str:
    me = current_user()
    scopes = [(scope, meaning) for scope, meaning in MEANINGS.items() if me.role == Role.ADMIN or scope not in ADMIN_SCOPES]
    return render_template(
        "pages/tokens.html", page="tokens", tokens=tokens_of(me), scopes=scopes, secret=secret, trouble=trouble, clock=clock()
    )
