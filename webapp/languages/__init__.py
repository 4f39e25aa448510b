"""The languages people read the desk in: which one a request is answered in, and its words.

English is written in the sources; every other language is one `.po` file here. What scripts read (the JSON API)
stays English, so that a program need not know who asks it.
"""

from functools import cache, lru_cache

from babel import Locale
from flask import Flask, g, request
from flask_babel import Babel, get_locale, gettext, refresh
from jinja2 import pass_eval_context
from jinja2.nodes import EvalContext
from markupsafe import Markup

from models.people import User
from webapp.languages.catalogues import OurWords, script_words, translations

OFFERED = {"en": "English", "de": "Deutsch"}
"""Code → the language's own name, the language of the sources first."""


def init_app(app: Flask) -> None:
    babel = Babel(app, locale_selector=chosen)
    babel.domain_instance = words = OurWords()
    app.jinja_env.install_gettext_callables(  # type: ignore[attr-defined]
        lambda said: words.get_translations().ugettext(said),
        lambda one, many, number: words.get_translations().ungettext(one, many, number),
        newstyle=True,
    )
    app.jinja_env.globals["_"] = said
    app.jinja_env.filters["translated"] = translated
    app.jinja_env.globals.update(
        reading_locale=reading_locale, direction=direction, script_words=script_words, languages_offered=OFFERED
    )


@pass_eval_context
def said(context: EvalContext, words: str, /, **filled_in: object) -> str:
    """`_()` of the templates, as Jinja's own does it, but a page asks some hundred times: each phrase is looked up once.

    `words` are a literal of a template, and so markup and a format.
    """
    phrase, alone = phrases(language_here(), words)
    if not context.autoescape:
        return str(phrase) % filled_in
    return phrase % filled_in if filled_in else alone or Markup(str(phrase) % filled_in)  # noqa: S704


@lru_cache(5_000)
def phrases(language: str, words: str) -> tuple[Markup, Markup | None]:
    """What a language says for the words of a template: to be filled in, and as it stands where there is nothing to fill in."""
    phrase = translations(language).ugettext(words)
    return Markup(phrase), None if "%" in phrase else Markup(phrase)  # noqa: S704


def language_here() -> str:
    """The code of this request's language, looked for once."""
    found: str | None = g.get("language")
    if found is None:
        found = g.language = reading_locale().language
    return found


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
        g.pop("language", None)
        refresh()


def reading_locale() -> Locale:
    """The locale of this request; English outside of one."""
    locale = get_locale()
    return locale_of(locale.language if locale else "en")


@cache
def locale_of(language: str) -> Locale:
    """One for each language: they are compared at each look into what is remembered by them, and slow to compare."""
    return Locale(language)


def direction(locale: Locale | None = None) -> str:
    """'ltr' or 'rtl': where lines begin in `locale`, else in the reader's."""
    return (locale or reading_locale()).text_direction


def translated(words: str) -> str:
    """Words that come from below (a refusal, a label) in the reader's language, where we know them.

    They may hold what somebody wrote, so they are never markup and never a format, as those in templates are.
    """
    return gettext(str(words))
