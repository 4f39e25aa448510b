"""The smallest parts of pages, known to every template: an icon, a face, a time, a key, a form's token, a file.

They are written in `templates/pages/_macros.html`. What is the same for the same arguments is drawn once and remembered: a
page has a hundred icons.
"""

from functools import lru_cache

from flask import Flask

DRAWN_ONCE = ("icon", "face", "key")
ALWAYS_ANEW = ("time", "csrf", "file_link")


def init_app(app: Flask) -> None:
    """After all other parts: the macros see the names that they gave."""
    written = app.jinja_env.get_template("pages/_macros.html").module
    app.jinja_env.globals |= {name: lru_cache(2_000)(getattr(written, name)) for name in DRAWN_ONCE}
    app.jinja_env.globals |= {name: getattr(written, name) for name in ALWAYS_ANEW}
