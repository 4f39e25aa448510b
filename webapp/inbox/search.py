"""Searching from the inbox: one page of what was found, each with the words around it."""

from dataclasses import dataclass

from flask import render_template, request
from flask.typing import ResponseReturnValue

from models.errors import Invalid
from models.queries.search import Findings, Found, search
from models.queries.ticket_list import Filters
from models.search_words import Wanted, read_search
from models.text import clean_text
from webapp.auth import current_user, for_staff
from webapp.clock import Clock
from webapp.inbox.blueprint import clock, inbox, visibility
from webapp.inbox.view_models import Row, row_of

PAGE = 25


@dataclass(frozen=True)
class Result:
    """A row as in the list, and the words that were found; `snippet` in pieces, each with whether it was looked for."""

    row: Row
    ref: str
    snippet: tuple[tuple[str, bool], ...]


@inbox.get("/search/")
@for_staff
def find() -> ResponseReturnValue:
    typed = clean_text(request.args.get("q", ""), 500)
    wanted = read_search(typed)
    try:
        found, trouble = look(wanted, request.args.get("cursor", "")[:500]), ""
    except Invalid as refused:
        found, trouble = Findings((), None, None), refused.detail
    now = clock()
    results = [result_of(each, now) for each in found.found]
    return render_template("pages/search.html", page="search", typed=typed, wanted=wanted, found=found, results=results, trouble=trouble)


def look(wanted: Wanted, cursor: str) -> Findings:
    return search(current_user(), visibility(), wanted, Filters(), cursor=cursor, size=PAGE)


def result_of(found: Found, now: Clock) -> Result:
    return Result(row_of(found.ticket, now, None), found.ticket.ref, found.snippet)
