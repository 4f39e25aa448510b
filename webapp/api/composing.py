"""Around writing: handing a message on, asking the guards before anything is sent, people to write to, colleagues to name."""

from flask import current_app
from pydantic import Field

from models.actions.forwarding import Forward, forward_message
from models.actions.messages import Written
from models.api_token import Scope
from models.app import settings_of
from models.database import db
from models.errors import NotFound
from models.guards import questions
from models.message import Source
from models.queries.conversations import message_seen_by
from models.queries.known_people import known_people
from models.queries.mentions import nameable_on
from models.queries.sending import sending_of
from models.queries.tickets import ticket_seen_by
from models.rich_text import text_of_html
from webapp.api.callers import Who, caller, visibility
from webapp.api.calls import call
from webapp.api.messages import Addresses, shapes_of, with_ids
from webapp.api.shapes import Sent, Told
from webapp.api.ticket_shapes import MessageShape
from webapp.api.tickets import KEY, sent_key
from webapp.inbox.asking import asked


class Forwarded(Sent):
    to: Addresses = Field(min_length=1, description="at most ten, none of the desk's own")
    cc: Addresses = Field([], description="likewise")
    body: str = Field("", description="words above the message; may be empty")
    html: str = Field("", description="instead of `body`, as rich text: cleaned, and the text is made from it")
    files: list[int] | None = Field(None, description="ids of the message's attachments that go along; null: all")
    let_in: bool = Field(False, description="whether they take part in the ticket from now on")


class Checked(Sent):
    """A mail that is not sent yet."""

    to: Addresses
    cc: Addresses = []
    body: str = ""
    html: str = ""
    files: int = Field(0, ge=0, description="how many go along")
    is_forward: bool = False


class QuestionShape(Told):
    guard: str = Field(description="wrong_person, new_domain, missing_attachment, internal_text or unreachable")
    about: str
    words: str


class Questions(Told):
    questions: list[QuestionShape]


class Beginning(Sent):
    q: str = Field("", max_length=100, description="the beginning of an address, a first or a last name")


class KnownShape(Told):
    address: str
    name: str


class KnownPeople(Told):
    results: list[KnownShape]


class ColleagueShape(Told):
    id: int
    username: str
    full_name: str


class Colleagues(Told):
    results: list[ColleagueShape]


@call(
    "POST",
    "/tickets/<int:ticket_id>/messages/<int:message_id>/forward/",
    who=Who.TEAM,
    scope=Scope.TICKETS_WRITE,
    answers={201: MessageShape},
    refuses=(409,),
    headers=KEY,
)
def forward(ticket_id: int, message_id: int, body: Forwarded) -> MessageShape:
    """Hand a message on by mail to somebody outside.

    What stands for it on the ticket is a note: the customer does not see it. Whoever gets it takes no part in the ticket,
    unless `let_in` says so. Notes and held mail are not handed on.
    """
    original = message_seen_by(caller().user, visibility(), message_id)
    if original.ticket_id != ticket_id:
        raise NotFound("there is no such message on this ticket")
    written = Written(body.body, html=body.html, source=Source.API, idempotency_key=sent_key())
    wanted = Forward(body.to, body.cc, body.files, body.let_in)
    message = forward_message(original.id, wanted, written, caller().actor, settings_of(current_app).signing_keys)
    db.session.commit()
    [shape] = shapes_of(with_ids(ticket_id, [message.id]))
    return shape


@call(
    "POST",
    "/tickets/<int:ticket_id>/messages/check/",
    who=Who.TEAM,
    scope=Scope.TICKETS_READ,
    answers={200: Questions},
)
def check_message(ticket_id: int, body: Checked) -> Questions:
    """What the composer would ask before it sends this. Nothing is sent, and nothing that is asked stops a message."""
    ticket_seen_by(caller().user, visibility(), ticket_id)
    text = text_of_html(body.html) if body.html else body.body
    sending = sending_of(ticket_id, text, [*body.to, *body.cc], files=body.files, is_forward=body.is_forward)
    found = questions(sending)
    return Questions(questions=[QuestionShape(guard=each.guard, about=each.about, words=asked(each).words) for each in found])


@call(
    "GET", "/tickets/<int:ticket_id>/recipients/", who=Who.TEAM, scope=Scope.TICKETS_READ, answers={200: KnownPeople}
)
def recipients(ticket_id: int, query: Beginning) -> KnownPeople:
    """People one may mean by the beginning of a name: of this ticket, and of others the caller sees."""
    ticket_seen_by(caller().user, visibility(), ticket_id)
    found = known_people(caller().user, visibility(), ticket_id, query.q)
    return KnownPeople(results=[KnownShape.model_validate(each) for each in found])


@call(
    "GET", "/tickets/<int:ticket_id>/colleagues/", who=Who.TEAM, scope=Scope.TICKETS_READ, answers={200: Colleagues}
)
def colleagues(ticket_id: int) -> Colleagues:
    """Who can be named by '@' in a note: those of the team who may see the ticket. Whoever is named is told, and follows."""
    ticket_seen_by(caller().user, visibility(), ticket_id)
    return Colleagues(results=[ColleagueShape.model_validate(each) for each in nameable_on(ticket_id, visibility())])
