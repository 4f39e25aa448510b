"""Mailboxes, for administrators: addresses, signature, acknowledgements, policies."""

from typing import Annotated, Literal

from pydantic import Field, StrictBool

from models.actions.mailboxes import change_mailbox, create_mailbox
from models.database import db
from models.mailbox import Mailbox
from models.queries.mailboxes import all_mailboxes, one_mailbox
from webapp.api.callers import Scope, Who, caller
from webapp.api.calls import call
from webapp.api.shapes import Moment, Sent, Told

OneAddress = Annotated[str, Field(min_length=3, max_length=320)]
AgentsByMail = Literal["off", "note", "public"]
ToldStatuses = list[Literal["RESOLVED", "CLOSED"]]

NAMES = ("name", "signature", "is_active", "address", "aliases")


class MailboxShape(Told):
    id: int
    name: str
    address: str
    aliases: list[str]
    is_active: bool
    signature: str
    acks: bool
    acks_unverified: bool
    ack_text: str
    told_statuses: ToldStatuses
    agents_by_mail: AgentsByMail
    cc_joins: bool
    reopen_days: int
    drafts_by_ai: bool
    brand_name: str
    brand_colour: str
    brand_footer: str
    created_at: Moment


class MailboxList(Told):
    results: list[MailboxShape]
    next: None = None
    previous: None = None


class Policies(Sent):
    """How a mailbox behaves. What is left out, or null, stays as it is."""

    signature: str | None = Field(None, max_length=10_000)
    acks: StrictBool | None = Field(None, description="whoever opens a ticket hears that it has come")
    acks_unverified: StrictBool | None = Field(None, description="also senders nobody can vouch for")
    ack_text: str | None = Field(None, max_length=5_000, description="empty: the words of the template; `{ref}` is the reference")
    told_statuses: ToldStatuses | None = Field(None, description="changes of status that the customer hears of")
    agents_by_mail: AgentsByMail | None = Field(None, description="what an agent's mail may become")
    cc_joins: StrictBool | None = Field(None, description="whom a verified requester copies in takes part by itself")
    reopen_days: int | None = Field(None, ge=0, le=3650, description="how long a resolved ticket goes on by mail")
    drafts_by_ai: StrictBool | None = Field(None, description="false: no word of it goes to a model")
    brand_name: str | None = Field(None, max_length=200)
    brand_colour: str | None = Field(None, pattern="^(#[0-9a-f]{6})?$")
    brand_footer: str | None = Field(None, max_length=2_000)


class NewMailbox(Policies):
    name: str = Field(min_length=1, max_length=200)
    address: OneAddress
    aliases: list[OneAddress] = Field([], max_length=100)


class MailboxChange(Policies):
    """What is left out, or null, stays as it is."""

    name: str | None = Field(None, min_length=1, max_length=200)
    address: OneAddress | None = Field(None, description="the address that answers are sent from")
    aliases: list[OneAddress] | None = Field(None, max_length=100, description="all the other ones")
    is_active: StrictBool | None = None


@call("GET", "/admin/mailboxes/", who=Who.ADMIN, answers={200: MailboxList}, scope=Scope.ADMIN_READ)
def mailboxes() -> MailboxList:
    """All mailboxes, in the order in which they were made."""
    return MailboxList(results=[shape(mailbox) for mailbox in all_mailboxes()])


@call("POST", "/admin/mailboxes/", who=Who.ADMIN, answers={201: MailboxShape}, scope=Scope.ADMIN_WRITE, refuses=(409,))
def add_mailbox(body: NewMailbox) -> MailboxShape:
    """Take mail at one more address."""
    made = create_mailbox(body.name, body.address, caller().actor)
    changed = change_mailbox(
        made.id, signature=body.signature, aliases=body.aliases or None, policies=policies_of(body), actor=caller().actor
    )
    db.session.commit()
    return shape(changed)


@call("GET", "/admin/mailboxes/<int:mailbox_id>/", who=Who.ADMIN, answers={200: MailboxShape}, scope=Scope.ADMIN_READ)
def mailbox_by_id(mailbox_id: int) -> MailboxShape:
    """One mailbox."""
    return shape(one_mailbox(mailbox_id))


@call("PATCH", "/admin/mailboxes/<int:mailbox_id>/", who=Who.ADMIN, answers={200: MailboxShape}, scope=Scope.ADMIN_WRITE, refuses=(409,))
def edit_mailbox(mailbox_id: int, body: MailboxChange) -> MailboxShape:
    """Change a mailbox, or switch it off: it then takes no mail, and keeps what it has."""
    named = {name: getattr(body, name) for name in NAMES}
    changed = change_mailbox(mailbox_id, **named, policies=policies_of(body), actor=caller().actor)
    db.session.commit()
    return shape(changed)


def policies_of(body: Policies) -> dict[str, object]:
    given = body.model_dump(exclude_none=True)
    return {name: value for name, value in given.items() if name not in NAMES}


def shape(mailbox: Mailbox) -> MailboxShape:
    simple = {name: getattr(mailbox, name) for name in MailboxShape.model_fields if name != "aliases"}
    return MailboxShape(**simple, aliases=[each.address for each in mailbox.addresses[1:]])
