"""What was drafted, for administrators: who asked, on what it rests, what it cost, how much was kept. And the switches."""

from flask import current_app, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from sqlalchemy import select

from models.actions.mailboxes import change_mailbox
from models.app import settings_of
from models.database import db
from models.mailbox import Mailbox
from models.queries.ai_drafts import draft_figures, newest_drafts
from webapp.ai_drafts.blueprint import drafts
from webapp.auth import for_admins
from webapp.inbox.blueprint import actor, clock

REMOVED = {
    "links": ("link removed", "links removed"),
    "doubts": ("doubtful fact", "doubtful facts"),
    "leaks": ("sentence withheld", "sentences withheld"),
}


@drafts.get("/ai-drafts/")
@for_admins
def audit() -> ResponseReturnValue:
    return render_template(
        "pages/ai_drafts.html",
        page="ai_drafts",
        drafts=newest_drafts(),
        figures=draft_figures(),
        mailboxes=db.session.scalars(select(Mailbox).where(Mailbox.is_active).order_by(Mailbox.name)).all(),
        settings=settings_of(current_app),
        flags_of=flags_of,
        clock=clock(),
    )


@drafts.post("/ai-drafts/mailboxes/<int:mailbox_id>/")
@for_admins
def switch(mailbox_id: int) -> ResponseReturnValue:
    change_mailbox(mailbox_id, policies={"drafts_by_ai": request.form.get("to") == "on"}, actor=actor())
    db.session.commit()
    return redirect(url_for("ai_drafts.audit"), 303)


def flags_of(removed: dict[str, int]) -> list[str]:
    """What the check found, in words: `2 links removed`, `1 doubtful fact`."""
    return [f"{number} {REMOVED[kind][number > 1]}" for kind, number in removed.items() if kind in REMOVED]
