"""AI drafts in the browser: the panel above the composer, and the administrators' page of what was drafted."""

from flask import Flask

from webapp.ai_drafts.blueprint import drafts
from webapp.ai_drafts import audit, panel

VIEWS_OF = (audit, panel)


def init_app(app: Flask) -> None:
    assert VIEWS_OF
    app.register_blueprint(drafts)
    app.jinja_env.globals["open_draft"] = panel.open_draft
