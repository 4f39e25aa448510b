"""Gathers what the rules need to know: the pipeline's only reading of the database."""

import hashlib
from collections.abc import Collection, Sequence
from dataclasses import replace
from datetime import datetime

from mailgate.decision import Duplicate, Facts, Flood, OwnMail
from mailgate.evidence import Asked, thread_of
from mailgate.identity.levels import at_this_desk
from mailgate.identity.verdict import Verdict
from mailgate.inbound import Inbound
from mailgate.newcomers import newcomers
from models.actions.custody import KeptMail
from models.actions.participants import Newcomer
from models.addresses import normalise
from models.custody import InboundDelivery
from models.database import db
from models.instance_mark import is_our_mark
from models.outbox import Outbox
from models.queries.floods import flood_from
from models.queries.probes import probe_in
from models.queries.reply_tokens import outbox_behind
from models.queries.senders import addresses_of_ours, agents_by_mail_at, sender_known
from models.queries.threads import our_mail, same_mail, sent_mail
from models.settings import AgentVisibility

MARK = "x-postroom-id"
ON_TICKETS = ("new_ticket", "reply")


def gather(
    inbound: Inbound,
    mail: KeptMail,
    deliveries: Sequence[InboundDelivery],
    keys: Sequence[bytes],
    verdict: Verdict = Verdict(),
    visibility: AgentVisibility = "assigned",
    siblings: Sequence[int] = (),
    as_of: datetime | None = None,
    team: Collection[str] = (),
) -> Facts:
    """All facts about one mail at one mailbox, to which it came at one address or several.

    `siblings` are the tickets that the same transaction has found for it at other mailboxes. With `as_of`, what came
    after that moment is not looked at: a mail that is judged again is judged as it was then. `team` are addresses that
    answered customers before, and only count for what is imported.
    """
    delivery = deliveries[0]
    assert delivery.mailbox_id is not None
    is_released = delivery.released_at is not None
    sender = sender_of(inbound) or (delivery.requester or "")
    known = sender_known(sender, inbound.sender.name if inbound.sender else "")
    rcpts = [each.rcpt for each in deliveries]
    duplicate, elsewhere = the_same_mail(inbound, mail, delivery.mailbox_id)
    flood = flood_from(sender, delivery.mailbox_id, as_of, mail.id, delivery.ticket_id)
    asked = Asked(
        inbound, rcpts, sender, delivery.mailbox_id, mail.written_at, as_of, keys, visibility
    )
    thread = thread_of(asked)
    facts = Facts(
        inbound=inbound,
        inbound_id=mail.id,
        mail_from=mail.mail_from,
        rcpt=delivery.rcpt,
        mailbox_id=delivery.mailbox_id,
        received_at=mail.written_at,
        sender=sender,
        sender_is_us=known.is_us,
        sender_is_allowed=known.is_allowed,
        is_released=is_released,
        carries_our_mark=any(is_our_mark(keys, value) for name, value in inbound.headers if name.lower() == MARK),
        reported=mail_reported_on(inbound, rcpts, mail.mail_from, keys),
        thread=thread,
        duplicate=None if is_released else duplicate,
        sender_is_agent=known.agent_id is not None,
        verdict=at_this_desk(
            verdict, is_one_of_us=known.is_us or known.agent_id is not None, bears_our_name=known.bears_our_name
        ),
        siblings=tuple(dict.fromkeys((*siblings, *elsewhere))),
        sender_is_blocked=known.is_blocked,
        agent_id=known.agent_id,
        agents_by_mail=agents_by_mail_at(delivery.mailbox_id) if thread is not None and thread.agent is not None else "off",
        flood=None if flood is None or known.is_allowed else Flood(flood.source, flood.ticket_id),
        probe_id=probe_in(inbound.headers, mail.received_at, keys),
    )
    return of_the_past(facts, rcpts, team) if mail.is_imported else facts


def of_the_past(facts: Facts, rcpts: Sequence[str], team: Collection[str]) -> Facts:
    """What is known about an imported mail: it is no flood, it reports on nothing of ours, and it reopens nothing."""
    wrote_for_us = facts.sender_is_us or facts.sender_is_agent or facts.sender in team
    return replace(
        facts,
        is_imported=True,
        thread=facts.thread and replace(facts.thread, may_reopen=True),  # threads are put together as they were
        flood=None,
        reported=None,
        sender_was_team=facts.sender in team,
        outsiders=outsiders(facts.inbound, {facts.sender, *rcpts, *team}) if wrote_for_us else (),
    )


def outsiders(inbound: Inbound, not_these: Collection[str]) -> tuple[Newcomer, ...]:
    """To whom a mail went who is neither a mailbox of ours nor one of the team."""
    found = newcomers(inbound, not_these, frozenset())
    ours = addresses_of_ours([each.address for each in found])
    return tuple(each for each in found if each.address not in ours)


def sender_of(inbound: Inbound) -> str:
    """The From address as it is compared, '' when there is none that can be."""
    if inbound.sender is None:
        return ""
    try:
        return normalise(inbound.sender.email)
    except ValueError:
        return ""


def mail_reported_on(inbound: Inbound, rcpts: Sequence[str], mail_from: str, keys: Sequence[bytes]) -> OwnMail | None:
    """The mail of ours that a bounce, complaint or receipt is about, believed only by our own signature.

    The signed bounce address that the report came to (VERP, K5) says it best; else the Message-ID it quotes.
    """
    report = inbound.bounce or inbound.complaint or inbound.receipt
    if report is None and mail_from:
        return None
    return mail_bounced_to(rcpts, keys) or (mail_quoted(report.original_message_id, keys) if report else None)


def mail_bounced_to(rcpts: Sequence[str], keys: Sequence[bytes]) -> OwnMail | None:
    """The mail whose signed bounce address is among the recipients."""
    for rcpt in rcpts:
        outbox_id = outbox_behind(rcpt.rpartition("@")[0], keys)
        if outbox_id is not None:
            row = db.session.get_one(Outbox, outbox_id)
            return OwnMail(row.id, row.ticket_id, row.message_id, by_bounce_address=True)
    return None


def mail_quoted(message_id: str, keys: Sequence[bytes]) -> OwnMail | None:
    found = our_mail([message_id], keys) if message_id else None
    if found is None or found.outbox_id is None:
        return None
    return OwnMail(found.outbox_id, found.ticket_id, found.message_id)


def the_same_mail(inbound: Inbound, mail: KeptMail, mailbox_id: int) -> tuple[Duplicate | None, list[int]]:
    """What the same mail has become before: at this mailbox, and on which tickets at others."""
    key = semantic_key(inbound)
    became = [] if key is None else same_mail(key, mail.id, filed_before=mail.filed_at, ever=mail.is_imported)
    first = next((each for each in became if each.mailbox_id == mailbox_id), None)
    duplicate = None if first is None else Duplicate(first.inbound_id, first.ticket_id, first.message_id)
    if duplicate is None and mail.is_imported and inbound.message_id:
        sent = sent_mail(inbound.message_id, mailbox_id)  # a copy of what this desk sent itself
        duplicate = None if sent is None else Duplicate(mail.id, sent.ticket_id, sent.message_id)
    elsewhere = [
        each.ticket_id
        for each in became
        if each.mailbox_id != mailbox_id and each.ticket_id is not None and each.decision in ON_TICKETS
    ]
    return duplicate, elsewhere


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
