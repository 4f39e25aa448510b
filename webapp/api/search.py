"""Search over subjects, descriptions and messages: what the caller may read, the best first."""

from markupsafe import Markup, escape
from pydantic import Field

from models.api_token import Scope
from models.queries.search import Found, search
from models.queries.ticket_list import Filters
from models.search_words import read_search
from models.text import clean_text
from webapp.api.callers import caller, visibility
from webapp.api.calls import call
from webapp.api.shapes import PageWanted, Told
from webapp.api.ticket_shapes import TicketShape, ticket_shapes
from webapp.api.tickets import AgentWanted, Priorities, Statuses


class SearchWanted(PageWanted):
    q: str = Field(
        max_length=500,
        description='words, `"a phrase"`, `-without`, `a or b`, `#KTRB-042`, and `from:` `subject:` `is:` (a status, active, unassigned, unread, snoozed, followed, held, undelivered) `has:attachment` '
        "`assignee:` `tag:` `mailbox:` `priority:` `before:` `after:`",
    )
    status: Statuses = Field([], description="any of these, separated by commas")
    priority: Priorities = Field([], description="any of these, separated by commas")
    assigned_agent: AgentWanted = ""


class Hit(Told):
    ticket: TicketShape
    snippet: str = Field(description="HTML: escaped text, with `<mark>` around what was looked for")
    rank: float


class SearchPage(Told):
    results: list[Hit]
    next: str | None
    previous: str | None
    approximate: bool = Field(description="nothing holds these very words; these are spelt alike")
    problems: list[str] = Field(description="what of `q` was not understood")


@call("GET", "/tickets/search/", scope=Scope.TICKETS_READ, answers={200: SearchPage})
def search_tickets(query: SearchWanted) -> SearchPage:
    """Find tickets by their words, and those of the messages you may read."""
    me, wanted = caller().user, read_search(clean_text(query.q, 500))
    filters = Filters(query.status, query.priority, query.assigned_agent)
    found = search(me, visibility(), wanted, filters, cursor=query.cursor, size=query.page_size)
    shapes = ticket_shapes([each.ticket for each in found.found], me)
    return SearchPage(
        results=[Hit(ticket=shape, snippet=marked(each), rank=each.rank) for shape, each in zip(shapes, found.found, strict=True)],
        next=found.next,
        previous=found.previous,
        approximate=found.is_approximate,
        problems=list(wanted.problems),
    )


def marked(found: Found) -> str:
    """The snippet as HTML that is safe anywhere."""
    return Markup("").join(Markup("<mark>{}</mark>").format(words) if hit else escape(words) for words, hit in found.snippet)
