"""Gathers what the rules need to know: the pipeline's only reading of the database."""

import hashlib
from collections.abc import Sequence
from datetime import UTC, datetime

from sqlalchemy import func, or_, select

from mailgate.decision import Duplicate, Facts, OwnMail, Thread
from mailgate.identity.levels import at_this_desk
from mailgate.identity.verdict import Verdict
from mailgate.inbound import Inbound
from models.actions.custody import KeptMail
from models.addresses import normalise
from models.custody import AllowedSender, InboundDelivery
from models.database import db
from models.instance_mark import is_our_mark
from models.mailbox import Mailbox, MailboxAddress
from models.moves import may_reopen
from models.outbox import Outbox
from models.people import Role, User
from models.queries.reply_tokens import outbox_behind
from models.queries.threads import Found, earlier_mail, first_of_its_kind, living_ticket, our_mail, takes_part

MOST_NAMED_IDS = 20
MARK = "x-postroom-id"


def gather(
    inbound: Inbound, mail: KeptMail, delivery: InboundDelivery, keys: Sequence[bytes], verdict: Verdict = Verdict()
) -> Facts:
    """All facts about one mail at one mailbox."""
    assert delivery.mailbox_id is not None
    is_released = delivery.released_at is not None
    sender = sender_of(inbound) or (delivery.requester or "")
    sender_is_us, sender_is_agent = is_ours(sender), is_agent(sender)
    return Facts(
        inbound=inbound,
        inbound_id=mail.id,
        mail_from=mail.mail_from,
        rcpt=delivery.rcpt,
        mailbox_id=delivery.mailbox_id,
        received_at=mail.received_at,
        sender=sender,
        sender_is_us=sender_is_us,
        sender_is_allowed=bool(inbound.sender_problems) and is_allowed(sender),
        is_released=is_released,
        carries_our_mark=any(is_our_mark(keys, value) for name, value in inbound.headers if name.lower() == MARK),
        reported=mail_reported_on(inbound, keys, delivery.rcpt, mail.mail_from),
        thread=thread_of(inbound, sender, delivery.mailbox_id, keys),
        duplicate=None if is_released else duplicate_of(inbound, mail, delivery),
        sender_is_agent=sender_is_agent,
        verdict=at_this_desk(
            verdict,
            is_one_of_us=sender_is_us or sender_is_agent,
            bears_our_name=bears_our_name(inbound.sender.name if inbound.sender else ""),
        ),
    )


def sender_of(inbound: Inbound) -> str:
    """The From address as it is compared, '' when there is none that can be."""
    if inbound.sender is None:
        return ""
    try:
        return normalise(inbound.sender.email)
    except ValueError:
        return ""


def is_allowed(sender: str) -> bool:
    """Whether an agent has said that mails from this address are to be let through."""
    return db.session.get(AllowedSender, sender) is not None


def is_ours(address: str) -> bool:
    return db.session.scalar(select(MailboxAddress.mailbox_id).where(MailboxAddress.address == address)) is not None


def bears_our_name(name: str) -> bool:
    """Whether it is the name of somebody who answers here, or of a mailbox."""
    plain = " ".join(name.split()).lower()
    if not plain:
        return False
    agent = select(User.id).where(func.lower(User.full_name) == plain, User.role.in_((Role.AGENT, Role.ADMIN)))
    mailbox = select(Mailbox.id).where(func.lower(Mailbox.name) == plain)
    return bool(db.session.scalar(select(or_(agent.exists(), mailbox.exists()))))


def is_agent(address: str) -> bool:
    """Whether it is the address of somebody who answers here, at work or not."""
    agent = select(User.id).where(func.lower(User.email) == address, User.role.in_((Role.AGENT, Role.ADMIN)))
    return db.session.scalar(agent) is not None


def mail_reported_on(inbound: Inbound, keys: Sequence[bytes], rcpt: str = "", mail_from: str = "-") -> OwnMail | None:
    """The mail of ours that a bounce, complaint or receipt is about, believed only by our own signature.

    The signed bounce address that the report came to (VERP) says it best; else the Message-ID it quotes.
    """
    report = inbound.bounce or inbound.complaint or inbound.receipt
    if report is None and mail_from:
        return None
    outbox_id = outbox_behind(rcpt.partition("@")[0], keys)
    if outbox_id is not None:
        row = db.session.get_one(Outbox, outbox_id)
        return OwnMail(row.id, row.ticket_id, row.message_id, by_bounce_address=True)
    if report is None or not report.original_message_id:
        return None
    found = our_mail([report.original_message_id], keys)
    if found is None or found.outbox_id is None:
        return None
    return OwnMail(found.outbox_id, found.ticket_id, found.message_id)


def thread_of(inbound: Inbound, sender: str, mailbox_id: int, keys: Sequence[bytes]) -> Thread | None:
    """The ticket that In-Reply-To, then References from the newest on, point to (RFC 5322 section 3.6.4)."""
    named = named_ids(inbound)
    found = our_mail(named, keys) or earlier_mail(named, mailbox_id)
    return None if found is None else thread_at(found, sender)


def named_ids(inbound: Inbound) -> list[str]:
    """The Message-IDs that the mail says it answers, the best witness first."""
    return list(dict.fromkeys((*inbound.in_reply_to, *reversed(inbound.references))))[:MOST_NAMED_IDS]


def thread_at(found: Found, sender: str) -> Thread | None:
    ticket = living_ticket(found.ticket_id)
    if ticket is None:
        return None
    return Thread(
        strength="K2" if found.outbox_id else "K3",
        named_id=found.named_id,
        mailbox_id=ticket.mailbox_id,
        ticket_id=ticket.id,
        ref=ticket.ref,
        status=ticket.status,
        may_reopen=may_reopen(ticket.status, ticket.resolved_at, datetime.now(UTC)),
        sender_takes_part=takes_part(ticket.id, sender),
    )


def duplicate_of(inbound: Inbound, mail: KeptMail, delivery: InboundDelivery) -> Duplicate | None:
    """The same mail that was filed before this one."""
    key = semantic_key(inbound)
    if key is None or delivery.mailbox_id is None:
        return None
    first = first_of_its_kind(key, mail.id, delivery.mailbox_id, filed_before=mail.filed_at)
    return None if first is None else Duplicate(first.inbound_id, first.ticket_id, first.message_id)


def semantic_key(inbound: Inbound) -> bytes | None:
    """What stays the same when one mail comes by two ways: sender, Message-ID, subject, words and files.

    None without a Message-ID: two equal mails may then well be two mails.
    """
    if not inbound.message_id:
        return None
    words = " ".join(inbound.text.split())
    parts = (sender_of(inbound), inbound.message_id, inbound.subject, words, *(file.sha256 for file in inbound.files))
    digest = hashlib.sha256(b"v1")
    for part in parts:
        encoded = part.encode("utf-8", "surrogatepass")
        digest.update(len(encoded).to_bytes(8, "big") + encoded)
    return digest.digest()
