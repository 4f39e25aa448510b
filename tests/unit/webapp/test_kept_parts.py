"""Parts that are drawn once show nothing but what they are kept by."""

import re
from pathlib import Path

import pytest
from jinja2 import Environment, FileSystemLoader, meta, nodes
from markupsafe import Markup

import templates
from webapp.inbox.view_models import Choice, Face
from webapp.kept_parts import has_markup

ENVIRONMENT = Environment(loader=FileSystemLoader(templates.FOLDER), extensions=["jinja2.ext.i18n"], autoescape=True)
KEPT = re.compile(r"once\('(?P<name>[^']+)'(?:, (?P<values>.*?))?\) }}")
ENVIRONMENT.filters["translated"] = str
REACHED = {"_", "ngettext", "url_for", "icon", "face", "time", "key"}  # the words are the reader's language's, by which a part is kept too

PARTS = sorted({found["name"] for path in Path(templates.FOLDER).rglob("*.html") for found in KEPT.finditer(path.read_text())})


def tree_of(name: str) -> nodes.Template:
    return ENVIRONMENT.parse((Path(templates.FOLDER) / name).read_text())


def values_of(name: str) -> list[set[str]]:
    """What each place that shows the part gives it."""
    given = []
    for path in Path(templates.FOLDER).rglob("*.html"):
        for found in KEPT.finditer(path.read_text()):
            if found["name"] == name:
                given.append(set(re.findall(r"(?:^|, )(\w+)=", found["values"] or "")))
    return given


def test_there_are_such_parts() -> None:
    assert len(PARTS) >= 5


@pytest.mark.parametrize("name", PARTS)
def test_a_kept_part_reaches_for_nothing_but_its_values_and_words(name: str) -> None:
    """The token of a session, who is signed in, the address that was asked: all of it would be shown to the next reader."""
    names = meta.find_undeclared_variables(tree_of(name)) - REACHED
    assert [given for given in values_of(name) if names - given] == []


@pytest.mark.parametrize("name", PARTS)
def test_a_kept_part_takes_nothing_from_other_templates(name: str) -> None:
    others = (nodes.Include, nodes.Extends, nodes.Import, nodes.FromImport)
    assert [each for kind in others for each in tree_of(name).find_all(kind)] == []


@pytest.mark.parametrize(
    ("value", "has"),
    [
        ("<b>", False),
        (Markup("<b>"), True),
        (("a", ("b", Markup("c"))), True),
        (Choice("1", "Ada", face=Face("A", 1, "Ada")), False),
        (Choice("1", "Ada", face=Face("A", 1, Markup("Ada"))), True),
        ((("assign", (Choice("1", Markup("Ada")),)),), True),
    ],
)
def test_markup_is_found_wherever_it_hides(value: object, has: bool) -> None:
    """It equals its own text: kept by it, words that somebody wrote would be shown as markup."""
    assert has_markup(value) is has
