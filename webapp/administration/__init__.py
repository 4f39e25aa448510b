"""Administration: the people of the desk and its mailboxes."""

from flask import Flask

from webapp.administration import audit, imap_accounts, mailboxes, people, person_data, restore
from webapp.administration.blueprint import administration

WITH_VIEWS = (people, mailboxes, imap_accounts, audit, person_data, restore)


def init_app(app: Flask) -> None:
    assert WITH_VIEWS, "these modules put their views on the blueprint when they are loaded"
    app.register_blueprint(administration)
    app.jinja_env.globals["restore_is_on"] = restore.restore_is_on
