"""The way of one mail: read, gather, decide, apply, settle. One commit for all it becomes."""

import logging
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from itertools import groupby
from uuid import UUID

from mailgate.apply import Outcome, apply
from mailgate.decide import decide
from mailgate.decision import Ruling
from mailgate.facts import gather, semantic_key, sender_of
from mailgate.files import keep_files
from mailgate.inbound import Inbound
from models.actions.custody import deliveries_of, finish_mail, lock_sender, settle_delivery
from models.blobs import BlobStore
from models.custody import InboundDelivery, InboundMessage
from models.database import db

log = logging.getLogger(__name__)

Reader = Callable[[bytes, str], Inbound]


class LeaseLost(Exception):
    """Somebody else works on this mail by now: nothing of ours may be committed."""


@dataclass(frozen=True)
class Desk:
    """What the pipeline needs of the desk: where files lie, and the keys that sign and verify."""

    blobs: BlobStore
    keys: Sequence[bytes]


def file_mail(inbound_id: UUID, owner: str, read: Reader, desk: Desk) -> None:
    """File one leased mail at every address it came to. Raises `LeaseLost`, or whatever went wrong; nothing is half done."""
    mail = db.session.get_one(InboundMessage, inbound_id)
    raw = raw_of(mail, desk.blobs)
    mail_from = mail.mail_from
    db.session.rollback()  # reading may take long, and needs no transaction
    inbound = read(raw, mail_from)
    files = keep_files(inbound, desk.blobs)
    mail = db.session.get_one(InboundMessage, inbound_id)
    mail.semantic_key = semantic_key(inbound)
    all_deliveries = deliveries_of(inbound_id)
    set_aside_strays(all_deliveries)
    for mailbox_id, deliveries in by_mailbox(all_deliveries):
        lock_sender(mailbox_id, sender_of(inbound))
        facts = gather(inbound, mail, deliveries[0], desk.keys)
        ruling = decide(facts)
        outcome = apply(ruling.decision, facts, mail, files)
        for delivery in deliveries:
            settle(delivery, ruling, outcome)
    if not finish_mail(inbound_id, owner):
        db.session.rollback()
        raise LeaseLost
    db.session.commit()
    log.info("filed %s", inbound_id)


def raw_of(mail: InboundMessage, blobs: BlobStore) -> bytes:
    """The mail as it came over the wire. Raises `OSError` or `BlobDamaged` where the store does not have it."""
    if mail.raw is not None:
        return mail.raw
    assert mail.raw_uri is not None
    return blobs.read(mail.raw_uri)


def by_mailbox(deliveries: Sequence[InboundDelivery]) -> Iterator[tuple[int, list[InboundDelivery]]]:
    """The deliveries of each mailbox, in one order everywhere: two filers then never wait for each other in a ring."""
    known = sorted((each for each in deliveries if each.mailbox_id is not None), key=lambda each: each.mailbox_id or 0)
    for mailbox_id, group in groupby(known, key=lambda each: each.mailbox_id):
        assert mailbox_id is not None
        yield mailbox_id, list(group)


def set_aside_strays(deliveries: Sequence[InboundDelivery]) -> None:
    """What came to an address of ours that leads to no mailbox: nobody's, but accepted, so it must not vanish."""
    for delivery in deliveries:
        if delivery.mailbox_id is None:
            settle_delivery(delivery, "held", "D0", {"why": "No mailbox takes mail at this address."})


def settle(delivery: InboundDelivery, ruling: Ruling, outcome: Outcome) -> None:
    """Write the decision, its rule and its reasons beside the address."""
    evidence = {"why": ruling.decision.why, **ruling.decision.evidence}
    settle_delivery(delivery, outcome.name, ruling.rule, evidence, outcome.ticket_id, outcome.message_id)
