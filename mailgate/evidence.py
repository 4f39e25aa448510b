"""Which ticket does a mail point to? The evidence K1 to K4, the strongest first; the first that leads anywhere counts.

Body, attachments and quoted text are never evidence: anybody may quote anything (mail-safety 2.4).
"""

import re
from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import select

from mailgate.decision import AgentToken, Strength, Thread
from mailgate.inbound import Inbound
from models.addresses import normalise
from models.database import db
from models.mailbox import Mailbox
from models.moves import may_reopen
from models.people import User
from models.queries.reply_tokens import reply_token_at
from models.queries.rights import viewers_of
from models.queries.threads import Found, merged_into, our_mail, takes_part, ticket_referred_to, trail_of
from models.reply_tokens import ReplyToken, token_id_in
from models.settings import AgentVisibility
from models.ticket import Participant, Status, Ticket

MOST_NAMED_IDS = 20
MOST_ADDRESSES = 20  # of a token's shape, looked up in one mail
AGENT_TOKEN_GOOD_FOR = timedelta(days=7)
REFERENCE = re.compile(r"\[#([A-Z]{4,8}-\d{3})\]", re.IGNORECASE)


@dataclass(frozen=True)
class Lead:
    """What one kind of evidence led to."""

    strength: Strength
    named_id: str
    ticket_id: int
    token: ReplyToken | None = None


@dataclass(frozen=True)
class Asked:
    """The mail whose ticket is looked for, who wrote it, and where and when it came."""

    inbound: Inbound
    rcpts: Sequence[str]  # the addresses of ours in the envelope, for this mailbox
    sender: str
    mailbox_id: int
    received_at: datetime
    keys: Sequence[bytes]
    visibility: AgentVisibility
    carried_by: Found | None  # the earlier mail that carried one of the ids that this one names
    present: Collection[tuple[int, str]]  # some of those who take part somewhere: the ticket's id, the address


def thread_of(asked: Asked) -> Thread | None:
    """The ticket that the strongest evidence points to; None where none does."""
    for look in (reply_address, id_of_ours, id_of_theirs, reference_in_subject):
        lead = look(asked)
        thread = None if lead is None else thread_at(lead, asked)
        if thread is not None:
            return thread
    return None


def reply_address(asked: Asked) -> Lead | None:
    """K1: a reply address in the envelope, else in a header: who forwards a mail moves it there."""
    for local_part in token_shaped([*asked.rcpts, *addresses_shown(asked.inbound)]):
        token = reply_token_at(local_part, asked.keys)
        if token is not None:
            return Lead("K1", local_part[:4] + "…", token.ticket_id, token)
    return None


def token_shaped(addresses: Iterable[str]) -> list[str]:
    """The local parts that look like reply addresses, each once, in order."""
    local_parts = dict.fromkeys(address.rpartition("@")[0].lower() for address in addresses)
    return [local for local in local_parts if local.startswith("r1") and token_id_in(local) is not None][:MOST_ADDRESSES]


def addresses_shown(inbound: Inbound) -> Iterator[str]:
    yield from (address.email for address in (*inbound.to, *inbound.cc))
    yield from inbound.delivered_to


def id_of_ours(asked: Asked) -> Lead | None:
    """K2: a Message-ID that we signed, of a mail that is in the outbox."""
    found = our_mail(named_ids(asked.inbound), asked.keys)
    return None if found is None else Lead("K2", found.named_id, found.ticket_id)


def id_of_theirs(asked: Asked) -> Lead | None:
    """K3: the Message-ID of an earlier mail to the same mailbox."""
    found = asked.carried_by
    return None if found is None else Lead("K3", found.named_id, found.ticket_id)


def reference_in_subject(asked: Asked) -> Lead | None:
    """K4: `[#KTRB-042]`. Anybody can guess one."""
    for match in REFERENCE.finditer(asked.inbound.subject):
        ticket_id = ticket_referred_to(match[1].upper())
        if ticket_id is not None:
            return Lead("K4", match[0], ticket_id)
    return None


def named_ids(inbound: Inbound) -> list[str]:
    """The Message-IDs that the mail says it answers, the best witness first (RFC 5322 section 3.6.4)."""
    return list(dict.fromkeys((*inbound.in_reply_to, *reversed(inbound.references))))[:MOST_NAMED_IDS]


def thread_at(lead: Lead, asked: Asked) -> Thread | None:
    """The ticket as it is, or the one it was merged into. Who took part before a merge goes on taking part in his half."""
    trail = trail_of(lead.ticket_id)
    if not trail:
        return None
    ticket = trail[-1]
    return Thread(
        strength=lead.strength,
        named_id=lead.named_id,
        mailbox_id=ticket.mailbox_id,
        ticket_id=ticket.id,
        ref=ticket.ref,
        status=ticket.status,
        may_reopen=goes_on(ticket, asked.received_at),
        sender_takes_part=is_in(trail, asked),
        sender_is_owner=lead.token is not None and owns(lead.token, asked.sender),
        agent=agent_token(lead.token, ticket.id, asked) if lead.token is not None else None,
        removed_as=ticket.removed_as or "",
    )


def is_in(trail: Sequence[Ticket], asked: Asked) -> bool:
    """Whether the sender takes part in the ticket at the trail's end, or in one that was merged into it."""
    ids = [each.id for each in trail]
    if any((ticket_id, asked.sender) in asked.present for ticket_id in ids):
        return True
    return takes_part(ids, asked.sender) or takes_part(merged_into(trail[-1]), asked.sender)


def goes_on(ticket: Ticket, at: datetime) -> bool:
    """Whether mail may go on with the ticket; its mailbox says for how long after it was resolved."""
    if ticket.status != Status.RESOLVED:
        return may_reopen(ticket.status, ticket.resolved_at, at)
    days = db.session.scalars(select(Mailbox.reopen_days).where(Mailbox.id == ticket.mailbox_id)).one()
    return may_reopen(ticket.status, ticket.resolved_at, at, timedelta(days=days))


def owns(token: ReplyToken, sender: str) -> bool:
    """Whether the reply address was given to this sender, and he still takes part (or still works here)."""
    if token.participant_id is not None:
        participant = db.session.get_one(Participant, token.participant_id)
        return participant.left_at is None and participant.address == sender
    agent = db.session.get_one(User, token.agent_id)
    return agent.is_active and agent.is_staff and same_address(agent.email, sender)


def agent_token(token: ReplyToken, ticket_id: int, asked: Asked) -> AgentToken | None:
    if token.agent_id is None:
        return None
    return AgentToken(
        agent_id=token.agent_id,
        is_public=token.purpose == "agent-public",
        is_senders=owns(token, asked.sender),
        is_fresh=asked.received_at - token.created_at <= AGENT_TOKEN_GOOD_FOR,
        may_see_ticket=bool(viewers_of(ticket_id, [token.agent_id], asked.visibility)),
    )


def same_address(email: str | None, sender: str) -> bool:
    try:
        return email is not None and normalise(email) == sender
    except ValueError:
        return False
