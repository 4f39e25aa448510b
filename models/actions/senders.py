"""Blocking an address, and taking that back."""

from sqlalchemy.dialects.postgresql import insert

from models.actions.audit import note_in_audit
from models.actor import Actor
from models.addresses import typed_address, without_tag
from models.custody import AllowedSender, BlockedSender
from models.database import db
from models.errors import Conflict, Forbidden, NotFound
from models.mailbox import MailboxAddress
from models.people import Role


def block_sender(address: str, actor: Actor) -> str:
    """Quarantine what comes from `address` from now on; what it is compared as. Raises `Invalid`, `Conflict`."""
    if not actor.is_staff:
        raise Forbidden("only agents block senders")
    normal = typed_address(address, "sender")
    if db.session.get(MailboxAddress, without_tag(normal)[0]) is not None:
        raise Conflict("this is an address of the desk itself")
    allowed = db.session.get(AllowedSender, normal)
    if allowed is not None:
        db.session.delete(allowed)
    db.session.execute(insert(BlockedSender).values(address=normal, added_by_id=actor.id).on_conflict_do_nothing())
    note_in_audit(actor, "sender.blocked", "sender", name=normal)
    return normal


def unblock_sender(address: str, actor: Actor) -> None:
    """Take mail from the address again; what is in quarantine stays there until somebody releases it."""
    if not actor.is_staff:
        raise Forbidden("only agents unblock senders")
    blocked = db.session.get(BlockedSender, address)
    if blocked is None or (actor.role != Role.ADMIN and blocked.added_by_id != actor.id):
        raise NotFound("this address is not blocked, or somebody else has blocked it: ask an administrator")
    db.session.delete(blocked)
    note_in_audit(actor, "sender.unblocked", "sender", name=address)
