"""Gathers what the rules need to know: the pipeline's only reading of the database."""

import hashlib
from collections.abc import Collection, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from mailgate.decision import Duplicate, Facts, Flood, OwnMail
from mailgate.evidence import Asked, named_ids, thread_of
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
from models.queries.floods import FloodAsked, FloodFound, floods_from
from models.queries.probes import probe_in
from models.queries.reply_tokens import outbox_behind
from models.queries.senders import SenderKnown, addresses_of_ours, agents_by_mail_at, senders_known
from models.queries.threads import (
    EarlierAsked,
    Found,
    SameAsked,
    earlier_mails,
    our_mail,
    present_on,
    same_mails,
    sent_mail,
    tickets_by_id,
)
from models.settings import AgentVisibility
from models.ticket import Ticket

MARK = "x-postroom-id"
ON_TICKETS = ("new_ticket", "reply")


@dataclass(frozen=True)
class Matter:
    """One mail at one mailbox, to which it came at one address or several.

    `siblings` are the tickets that the same transaction has found for it at other mailboxes. With `as_of`, what came
    after that moment is not looked at: a mail that is judged again is judged as it was then.
    """

    inbound: Inbound
    mail: KeptMail
    deliveries: Sequence[InboundDelivery]
    verdict: Verdict = Verdict()
    siblings: Sequence[int] = ()
    as_of: datetime | None = None

    @property
    def mailbox_id(self) -> int:
        mailbox_id = self.deliveries[0].mailbox_id
        assert mailbox_id is not None
        return mailbox_id

    @property
    def sender(self) -> str:
        """Who wrote it, or whom an agent has named as the writer; '' where nobody is."""
        return sender_of(self.inbound) or (self.deliveries[0].requester or "")

    @property
    def is_released(self) -> bool:
        return self.deliveries[0].released_at is not None

    def as_flood(self) -> FloodAsked:
        return FloodAsked(self.sender, self.mailbox_id, self.mail.id, self.deliveries[0].ticket_id, self.as_of)


@dataclass(frozen=True)
class Known:
    """What was asked for all matters at once, as far as it is about one of them."""

    sender: SenderKnown
    flood: FloodFound | None
    became: Sequence[InboundDelivery]  # what the same mail became before, the first filed first
    carried_by: Found | None  # the earlier mail that carried one of the ids that this one names
    present: Collection[tuple[int, str]]  # who of all the senders takes part where


def gather(
    matters: Sequence[Matter],
    keys: Sequence[bytes],
    visibility: AgentVisibility = "assigned",
    team: Collection[str] = (),
) -> list[Facts]:
    """All facts about each of the matters, in their order. They know nothing of each other.

    `team` are addresses that answered customers before, and only count for what is imported.
    """
    known, tickets = known_about(matters)
    facts = [facts_of(*each, keys, visibility, team) for each in zip(matters, known, strict=True)]
    del tickets  # as long as they are held, nobody asks for them again
    return facts


def known_about(matters: Sequence[Matter]) -> tuple[list[Known], list[Ticket]]:
    """What there is to know of each, by a few questions for all, and the tickets that they may go on with."""
    senders = senders_known([(each.sender, each.inbound.sender.name if each.inbound.sender else "") for each in matters])
    floods = floods_from([each.as_flood() for each in matters])
    became = same_as(matters)
    carriers = earlier_mails([EarlierAsked(named_ids(each.inbound), each.mailbox_id, each.as_of) for each in matters])
    tickets = tickets_by_id({each.ticket_id for each in carriers if each is not None})
    present = present_on({each.id for each in tickets}, {each.sender for each in matters})
    return [Known(*each, present) for each in zip(senders, floods, became, carriers, strict=True)], tickets


def same_as(matters: Sequence[Matter]) -> list[Sequence[InboundDelivery]]:
    """What the same mail became before, for each; nothing for one that carries no id."""
    keys = {place: key for place, each in enumerate(matters) if (key := semantic_key(each.inbound)) is not None}
    asked = []
    for place, key in keys.items():
        mail = matters[place].mail
        asked.append(SameAsked(key, mail.id, mail.filed_at, mail.is_imported))
    became = dict(zip(keys, same_mails(asked), strict=True))
    return [became.get(place, ()) for place in range(len(matters))]


def facts_of(
    matter: Matter, known: Known, keys: Sequence[bytes], visibility: AgentVisibility, team: Collection[str]
) -> Facts:
    """All facts about one matter: what is known already, and what the mail itself makes one ask."""
    inbound, mail, deliveries, sender = matter.inbound, matter.mail, matter.deliveries, known.sender
    rcpts = [each.rcpt for each in deliveries]
    duplicate, elsewhere = the_same_mail(matter, known.became)
    where = Asked(
        inbound, rcpts, matter.sender, matter.mailbox_id, mail.written_at, keys, visibility, known.carried_by, known.present
    )
    thread = thread_of(where)
    is_one_of_us = sender.is_us or sender.agent_id is not None
    facts = Facts(
        inbound=inbound,
        inbound_id=mail.id,
        mail_from=mail.mail_from,
        rcpt=deliveries[0].rcpt,
        mailbox_id=matter.mailbox_id,
        received_at=mail.written_at,
        sender=matter.sender,
        sender_is_us=sender.is_us,
        sender_is_allowed=sender.is_allowed,
        is_released=matter.is_released,
        carries_our_mark=any(is_our_mark(keys, value) for name, value in inbound.headers if name.lower() == MARK),
        reported=mail_reported_on(inbound, rcpts, mail.mail_from, keys),
        thread=thread,
        duplicate=None if matter.is_released else duplicate,
        sender_is_agent=sender.agent_id is not None,
        verdict=at_this_desk(matter.verdict, is_one_of_us=is_one_of_us, bears_our_name=sender.bears_our_name),
        siblings=tuple(dict.fromkeys((*matter.siblings, *elsewhere))),
        sender_is_blocked=sender.is_blocked,
        agent_id=sender.agent_id,
        agents_by_mail=agents_by_mail_at(matter.mailbox_id) if thread is not None and thread.agent is not None else "off",
        flood=None if known.flood is None or sender.is_allowed else Flood(known.flood.source, known.flood.ticket_id),
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


def the_same_mail(matter: Matter, became: Sequence[InboundDelivery]) -> tuple[Duplicate | None, list[int]]:
    """What the same mail has become before: at this mailbox, and on which tickets at others."""
    inbound, mail, mailbox_id = matter.inbound, matter.mail, matter.mailbox_id
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
