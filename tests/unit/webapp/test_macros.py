"""The names of the macros mean the macros, in every template: what a page is given is called something else."""

import ast
import re
from pathlib import Path

import templates
from tests.sources import ROOT
from webapp.macros import ALWAYS_ANEW, DRAWN_ONCE

NAMES = {*DRAWN_ONCE, *ALWAYS_ANEW, "once"}
GIVEN = re.compile(r"\{%-? *(?:set|with|for) ([^%]*?)(?: in |=)")


def test_no_page_is_given_something_by_the_name_of_a_macro() -> None:
    """The sidebar is part of almost every page and sees all that the page was given."""
    taken = [
        f"{path.name}:{call.lineno} {given.arg}"
        for path in sorted((ROOT / "webapp").rglob("*.py"))
        for call in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
        if isinstance(call, ast.Call) and getattr(call.func, "id", "") == "render_template"
        for given in call.keywords
        if given.arg in NAMES
    ]
    assert taken == []


def test_no_template_calls_something_else_by_the_name_of_a_macro() -> None:
    taken = [
        f"{path.name}: {found[0]}"
        for path in sorted(Path(templates.FOLDER).rglob("*.html"))
        for found in GIVEN.finditer(path.read_text(encoding="utf-8"))
        if NAMES & set(re.findall(r"\w+", found[1]))
    ]
    assert taken == []
