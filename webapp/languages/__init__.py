"""The languages people read the desk in: which one a request is answered in, and its words.

English is written in the sources; every other language is one `.po` file here. What scripts read (the JSON API)
stays English, so that a program need not know who asks it.
"""

from babel import Locale
from flask import Flask, g, request
from flask_babel import Babel, get_locale, gettext, refresh

from models.people import User
from webapp.languages.catalogues import OurWords, script_words

OFFERED = {"en": "English", "de": "Deutsch"}
"""Code → the language's own name, the language of the sources first."""


def init_app(app: Flask) -> None:
    babel = Babel(app, locale_selector=chosen)
    babel.domain_instance = words = OurWords()
    # A page asks some hundred times: straight at the catalogue, and `_` without the detour by the name it stands for.
    app.jinja_env.install_gettext_callables(  # type: ignore[attr-defined]
        lambda said: words.get_translations().ugettext(said),
        lambda one, many, number: words.get_translations().ungettext(one, many, number),
        newstyle=True,
    )
    app.jinja_env.globals["_"] = app.jinja_env.globals["gettext"]
    app.jinja_env.filters["translated"] = translated
    app.jinja_env.globals.update(
        reading_locale=reading_locale, direction=direction, script_words=script_words, languages_offered=OFFERED
    )


def chosen() -> str:
    """The code of the reader's language: as chosen on the account page, else as the browser asks."""
    if request.path.startswith("/api/"):
        return "en"
    reader: User | None = g.get("reader")
    if reader is not None and reader.language in OFFERED:
        return reader.language
    return request.accept_languages.best_match(list(OFFERED)) or "en"


def read_by(user: User) -> None:
    """Answer this request in the language that `user` has chosen."""
    if g.get("reader") is not user:
        g.reader = user
        refresh()


def reading_locale() -> Locale:
    """The locale of this request; English outside of one."""
    return get_locale() or Locale("en")


def direction(locale: Locale | None = None) -> str:
    """'ltr' or 'rtl': where lines begin in `locale`, else in the reader's."""
    return (locale or reading_locale()).text_direction


def translated(words: str) -> str:
    """Words that come from below (a refusal, a label) in the reader's language, where we know them.

    They may hold what somebody wrote, so they are never markup and never a format, as those in templates are.
    """
    return gettext(str(words))
