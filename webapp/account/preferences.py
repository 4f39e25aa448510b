"""How somebody wants the desk to be: its language, and which keys do what."""

import re

from flask import redirect, request, url_for
from flask.typing import ResponseReturnValue

from models.database import db
from models.errors import Invalid
from webapp.account.blueprint import account
from webapp.auth import current_user, for_staff, signed_in
from webapp.languages import OFFERED

ACTION = re.compile(r"[a-z][a-z-]{0,40}")
KEYS = re.compile(r"[^\s\x00-\x1f,]{1,20}( [^\s\x00-\x1f,]{1,20}){0,2}")  # one key or up to three in a row: 'j', 'g i', 'Mod+k'
MOST_ACTIONS, MOST_KEYS = 200, 4


@account.post("/language/")
@signed_in
def change_language() -> ResponseReturnValue:
    wanted = request.form.get("language", "")
    if wanted and wanted not in OFFERED:
        raise Invalid("language", "choose one of the languages that are offered")
    current_user().language = wanted
    db.session.commit()
    return redirect(url_for("account.page", said="saved"), 303)


@account.put("/shortcuts/")
@for_staff
def change_shortcuts() -> ResponseReturnValue:
    """Takes {action: [keys]} for all that differ from the table; `{}` gives the table's own back."""
    current_user().shortcuts = read_shortcuts(request.get_json(silent=True))
    db.session.commit()
    return "", 204


def read_shortcuts(sent: object) -> dict[str, list[str]]:
    """What a browser may keep with us: the form is checked, as the table of actions is the browser's own."""
    if not isinstance(sent, dict) or len(sent) > MOST_ACTIONS or not all(is_shortcut(*each) for each in sent.items()):
        raise Invalid("shortcuts", "shortcuts are lists of keys by action")
    return sent


def is_shortcut(action: str, keys: object) -> bool:
    return (
        ACTION.fullmatch(action) is not None
        and isinstance(keys, list)
        and len(keys) <= MOST_KEYS
        and all(isinstance(each, str) and KEYS.fullmatch(each) for each in keys)
    )
