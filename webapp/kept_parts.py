"""Parts of pages that look the same as long as what they show is the same: drawn once, and remembered.

A list is drawn again at every event, for every agent who looks, and mostly one row of it has changed. Nothing has to be
told that a part is out of date: its values are its name. So it may show nothing but its values and the reader's words;
`tests/unit/webapp/test_kept_parts.py` looks for whatever else a template could reach, a session's token before all.
"""

from collections.abc import Hashable
from dataclasses import is_dataclass
from functools import lru_cache

from flask import Flask, current_app
from markupsafe import Markup

from webapp.languages import language_here

REMEMBERED = 3_000  # parts in each process, of some two thousand characters


def init_app(app: Flask) -> None:
    app.jinja_env.globals["once"] = once


def once(template: str, **values: Hashable) -> Markup:
    """The part `template` of these values, in the reader's language."""
    return drawn(template, language_here(), tuple(values.items()))


@lru_cache(REMEMBERED)
def drawn(template: str, language: str, values: tuple[tuple[str, Hashable], ...]) -> Markup:
    if has_markup(values):
        raise TypeError(f"{template}: markup equals its own text and would be shown for it: give the plain value")
    # Not by way of Flask, which would put the request and the session among the names.
    part = current_app.jinja_env.get_template(template).render(dict(values))
    return Markup(part)  # noqa: S704 - what a template of ours has escaped


def has_markup(value: object) -> bool:
    """Whether markup is anywhere in it: `Markup("<b>")` and the text "<b>" are one key, and must not be one part."""
    if isinstance(value, Markup):
        return True
    if is_dataclass(value):
        return has_markup(tuple(vars(value).values()))
    return isinstance(value, tuple) and any(has_markup(each) for each in value)
