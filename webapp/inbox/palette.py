"""What the palette finds beyond what the page itself knows: tickets by reference or words, and for administrators people."""

from flask import jsonify, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from models.errors import Invalid
from models.people import Role
from models.queries.people import page_of_people
from models.queries.search import search
from models.queries.ticket_list import Filters
from models.search_words import read_search
from models.text import clean_text
from webapp.auth import current_user, for_staff
from webapp.inbox.blueprint import inbox, visibility
from webapp.inbox.view_models import subject_of

MOST = 6  # of each kind

Entry = dict[str, str]
"""`words` for the eye, `kind` in a word, `url` where choosing it leads."""


@inbox.get("/palette/")
@for_staff
def palette() -> ResponseReturnValue:
    typed = clean_text(request.args.get("q", ""), 200).strip()
    return jsonify(entries=[*tickets(typed), *people(typed)] if typed else [])


def tickets(typed: str) -> list[Entry]:
    """Tickets that the reader may see. A search that takes too long finds none: the search page says why."""
    try:
        found = search(current_user(), visibility(), read_search(typed), Filters(), cursor="", size=MOST).found
    except Invalid:
        return []
    return [
        {
            "words": f"{each.ticket.ref} · {subject_of(each.ticket)}",
            "kind": _("Ticket"),
            "url": url_for("inbox.ticket_anywhere", ticket_id=each.ticket.id),
        }
        for each in found
    ]


def people(typed: str) -> list[Entry]:
    if current_user().role != Role.ADMIN:
        return []
    return [
        {
            "words": f"{person.name} <{person.email}>" if person.email and person.email != person.name else person.name,
            "kind": _("Person"),
            "url": url_for("administration.one_user", user_id=person.id),
        }
        for person in page_of_people(list(Role), typed, "", MOST).rows
    ]
