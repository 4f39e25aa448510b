"""Messages of a ticket: reading them, writing one, and the files that came with them."""

from collections.abc import Collection, Iterable
from http import HTTPStatus
from typing import Annotated, Any

from flask import Response, current_app
from flask.typing import ResponseReturnValue
from pydantic import BeforeValidator, Field

from models.actions.customers import answer
from models.actions.messages import Written, add_note, post_reply
from models.actions.tickets import set_status
from models.api_token import Scope
from models.app import settings_of
from models.database import db
from models.errors import Forbidden, StaleView
from models.message import Message, Source
from models.queries.conversations import attachment_seen_by, message_page, messages_with_ids
from models.queries.people import people_by_id
from models.queries.tickets import ticket_seen_by
from models.ticket import Status
from webapp import errors
from webapp.api.callers import caller, visibility
from webapp.api.calls import Kind, call
from webapp.api.shapes import PageWanted, Sent, Told
from webapp.api.ticket_shapes import MessageShape, message_shape
from webapp.api.tickets import KEY, move, sent_key
from webapp.inbox.attachments import as_download, content_of, download_type
from webapp.uploads import sent_files


class MessagePage(Told):
    results: list[MessageShape]
    next: str | None
    previous: str | None


def as_list(value: Any) -> Any:
    """In a form a list is one field with commas."""
    return [each.strip() for each in value.split(",") if each.strip()] if isinstance(value, str) else value


Addresses = Annotated[list[Annotated[str, Field(max_length=320)]], BeforeValidator(as_list), Field(max_length=60)]


class NewMessage(Sent):
    body: str = Field("", description="plain text; not read where `html` is given")
    html: str = Field("", description="rich text, of the team alone: it is cleaned, and the text of the message is made from it")
    to: Addresses | None = Field(
        None, description="addresses in To, of the team's replies alone; who is new takes part from then on. With neither `to` nor `cc` everybody gets it"
    )
    cc: Addresses | None = Field(None, description="addresses in Cc")
    is_internal: bool = Field(False, description="a note that only the team sees")
    last_seen_message: int | None = Field(
        None, ge=0, le=2**63 - 1, description="the newest message you know; with newer ones of others the answer is a 409 that holds them in `newer`"
    )
    set_status: Status | None = Field(None, description="the ticket's status from then on")


@call("GET", "/tickets/<int:ticket_id>/messages/", scope=Scope.TICKETS_READ, answers={200: MessagePage})
def list_messages(ticket_id: int, query: PageWanted) -> MessagePage:
    """What was said on a ticket, oldest first."""
    me = caller().user
    ticket_seen_by(me, visibility(), ticket_id)
    found = message_page(ticket_id, me, query.cursor, query.page_size)
    return MessagePage(results=shapes_of(found.rows), next=found.next, previous=found.previous)


@call(
    "POST",
    "/tickets/<int:ticket_id>/messages/",
    scope=Scope.TICKETS_WRITE,
    answers={201: MessageShape},
    refuses=(409,),
    takes_files=True,
    headers=KEY,
)
def write_message(ticket_id: int, body: NewMessage) -> ResponseReturnValue | MessageShape:
    """Say something on a ticket: the customer to the desk, the team to the customer, or a note among the team.

    Files travel as multipart/form-data, in parts named `files`.
    """
    ticket_seen_by(caller().user, visibility(), ticket_id)
    try:
        message = note(ticket_id, body) if body.is_internal else say(ticket_id, body)
    except StaleView as stale:
        db.session.rollback()
        newer = [shape.model_dump(mode="json") for shape in shapes_of(with_ids(ticket_id, stale.newer))]
        return errors.answer(HTTPStatus.CONFLICT, stale.detail, newer=newer)
    db.session.commit()
    [shape] = shapes_of(with_ids(ticket_id, [message.id]))
    return shape


def say(ticket_id: int, body: NewMessage) -> Message:
    """Publicly, by whoever calls."""
    me = caller().user
    if me.is_staff:
        return post_reply(ticket_id, written(body), caller().actor, settings_of(current_app).signing_keys)
    if body.html or body.to is not None or body.cc is not None:
        raise Forbidden("only the team writes rich text, and says whom a message goes to")
    message = answer(
        ticket_id, me, body.body, source=Source.API, files=sent_files(), idempotency_key=sent_key(), last_seen_message=body.last_seen_message
    )
    if body.set_status:
        move(ticket_id, body.set_status)
    return message


def note(ticket_id: int, body: NewMessage) -> Message:
    actor = caller().actor
    if not actor.is_staff:
        raise Forbidden("only the team leaves notes")
    message = add_note(ticket_id, written(body), actor)
    if body.set_status:
        set_status(ticket_id, body.set_status, actor)
    return message


def written(body: NewMessage) -> Written:
    return Written(
        body.body,
        html=body.html,
        to=body.to,
        cc=body.cc,
        source=Source.API,
        last_seen_message=body.last_seen_message,
        set_status=body.set_status,
        idempotency_key=sent_key(),
        files=sent_files(),
    )


@call("GET", "/attachments/<int:attachment_id>/", scope=Scope.TICKETS_READ, answers={200: Kind.BYTES})
def download_attachment(attachment_id: int) -> Response:
    """A file that came with a message, always as a download."""
    file = attachment_seen_by(caller().user, visibility(), attachment_id)
    return as_download(content_of(file), file.filename, download_type(file.filename))


def with_ids(ticket_id: int, ids: Collection[int]) -> Iterable[Message]:
    return messages_with_ids(ticket_id, caller().user, ids)


def shapes_of(messages: Iterable[Message]) -> list[MessageShape]:
    messages = list(messages)
    authors = people_by_id([message.author_id for message in messages])
    return [message_shape(message, authors, caller().user) for message in messages]
