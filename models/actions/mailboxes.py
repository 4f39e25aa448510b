"""Mailboxes: their support addresses, made known to the gate, and how they behave."""

from collections.abc import Mapping, Sequence
from typing import Any

from sqlalchemy import delete, func, select, text, update
from sqlalchemy.dialects.postgresql import insert

from models.actions.audit import note_in_audit, values_of
from models.actor import COMMAND_LINE, Actor
from models.addresses import typed_address, without_tag
from models.database import db
from models.errors import Conflict, Invalid, NotFound
from models.mailbox import Mailbox, MailboxAddress
from models.text import clean_text

MAX_SIGNATURE = 10_000
AUDITED = (
    "name", "signature", "is_active", "acks", "acks_unverified", "ack_text", "told_statuses", "agents_by_mail", "cc_joins",
    "reopen_days", "drafts_by_ai", "brand_name", "brand_colour", "brand_footer",
)  # fmt: skip
BELL = "mailbox"  # the gates listen here, so that a new address is known at once


def create_mailbox(name: str, address: str, actor: Actor = COMMAND_LINE) -> Mailbox:
    """A mailbox that takes mail at `address`. Raises `Invalid`, or `Conflict` when the address is taken."""
    mailbox = Mailbox(name=clean_name(name))
    db.session.add(mailbox)
    db.session.flush()
    add_address(mailbox.id, address, is_primary=True)
    db.session.refresh(mailbox)
    note_in_audit(actor, "mailbox.created", "mailbox", mailbox.id, mailbox.name, after={"address": mailbox.address})
    return mailbox


def add_address(mailbox_id: int, address: str, *, is_primary: bool = False) -> None:
    """Let the mailbox take mail at one more address. Raises `Invalid`, `Conflict`."""
    normal, tag = without_tag(typed_address(address, "address"))
    if tag:
        raise Invalid("address", "leave the +tag out: every tag of the address comes here by itself")
    added = insert(MailboxAddress).values(address=normal, mailbox_id=mailbox_id, is_primary=is_primary)
    if not db.session.scalar(added.on_conflict_do_nothing(index_elements=["address"]).returning(MailboxAddress.address)):
        raise Conflict(f"{normal} belongs to a mailbox already")
    ring_the_gates()


def ring_the_gates() -> None:
    db.session.execute(text("SELECT pg_notify(:bell, '')"), {"bell": BELL})


def clean_name(name: str) -> str:
    name = " ".join(clean_text(name, 200).split())
    if not name:
        raise Invalid("name", "a mailbox needs a name")
    return name


def mailbox_of_the_desk(mailbox_id: int) -> Mailbox:
    """One mailbox, locked. Raises `NotFound`."""
    mailbox = db.session.get(Mailbox, mailbox_id, with_for_update=True, populate_existing=True)
    if mailbox is None:
        raise NotFound("there is no such mailbox")
    return mailbox


def change_mailbox(
    mailbox_id: int,
    *,
    name: str | None = None,
    signature: str | None = None,
    is_active: bool | None = None,
    address: str | None = None,
    aliases: Sequence[str] | None = None,
    policies: Mapping[str, Any] | None = None,
    actor: Actor = COMMAND_LINE,
) -> Mailbox:
    """Change a mailbox; what is None stays. `aliases` are all of them, `policies` values by the name of their column.

    A switched off mailbox takes no mail any more, and keeps what it has. Raises `NotFound`, `Invalid`, `Conflict`.
    """
    mailbox = mailbox_of_the_desk(mailbox_id)
    before = audited(mailbox)
    if name is not None:
        mailbox.name = clean_name(name)
    if signature is not None:
        mailbox.signature = clean_text(signature, MAX_SIGNATURE).strip()
    if is_active is not None and is_active != mailbox.is_active:
        mailbox.is_active = is_active
        mailbox.disabled_at = None if is_active else func.clock_timestamp()
    for policy, value in (policies or {}).items():
        setattr(mailbox, policy, clean_text(value, MAX_SIGNATURE).strip() if isinstance(value, str) else value)
    if address is not None or aliases is not None:
        present = [each.address for each in mailbox.addresses]
        set_addresses(mailbox, address or present[0], present[1:] if aliases is None else aliases)
    db.session.flush()
    db.session.refresh(mailbox)
    note_in_audit(actor, "mailbox.changed", "mailbox", mailbox.id, mailbox.name, before=before, after=audited(mailbox))
    ring_the_gates()
    return mailbox


def audited(mailbox: Mailbox) -> dict[str, Any]:
    return {**values_of(mailbox, AUDITED), "addresses": [each.address for each in mailbox.addresses]}


def set_addresses(mailbox: Mailbox, address: str, aliases: Sequence[str]) -> None:
    """The addresses of the mailbox, and no other. Raises `Invalid`, `Conflict`."""
    wanted = {typed_address(address, "address"): True}
    wanted |= {alias: False for alias in (typed_address(each, "aliases") for each in aliases) if alias not in wanted}
    present = {each.address for each in mailbox.addresses}
    of_it = MailboxAddress.mailbox_id == mailbox.id
    db.session.execute(update(MailboxAddress).where(of_it).values(is_primary=False))
    db.session.execute(delete(MailboxAddress).where(of_it, MailboxAddress.address.not_in(wanted)))
    for each in wanted.keys() - present:
        add_address(mailbox.id, each)
    db.session.execute(update(MailboxAddress).where(of_it, MailboxAddress.address == next(iter(wanted))).values(is_primary=True))
    db.session.expire(mailbox)


def ensure_first_mailbox(address: str) -> None:
    """The mailbox of `SUPPORT_ADDRESS`, made when the desk has none at all."""
    if not db.session.scalar(select(func.count(Mailbox.id))):
        create_mailbox("Support", address)
