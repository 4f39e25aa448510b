"""The way of a mail: read, gather, decide, apply, settle. One commit for all that a few mails become."""

import logging
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import datetime
from itertools import chain, groupby
from uuid import UUID

from mailgate.apply import Outcome, Ways, apply, shown_name
from mailgate.decide import decide
from mailgate.decision import (
    AddToTicket,
    Facts,
    HoldOnTicket,
    OpenTicket,
    RecordAutoReply,
    Ruling,
    SetAside,
    SpeakForAgent,
    TakeOver,
)
from mailgate.facts import ON_TICKETS, Matter, gather, semantic_key, sender_of
from mailgate.files import keep_files, scanned, without_contents
from mailgate.identity.claim import Claim, Judge, unchecked
from mailgate.identity.verdict import Verdict, as_json, from_json
from mailgate.imported import apply_imported
from mailgate.inbound import Inbound
from mailgate.kinds.signups import masked
from mailgate.openings import Opened, acknowledge_due, due_of
from mailgate.waves import waves
from models.actions.acknowledgements import Acknowledge
from models.actions.custody import Finished, KeptMail, finish_mails, kept_mail, lock_senders, open_deliveries, settle_delivery
from models.actions.messages import StoredFile
from models.actions.numbers import numbers_reserved
from models.actions.people import customers_for
from models.actions.tickets import lock_tickets
from models.addresses import a_label
from models.blobs import BlobStore
from models.custody import InboundDelivery
from models.database import db
from models.log_context import about
from models.queries.attention import followed_among
from models.queries.reply_tokens import mailbox_of_token
from models.scanner import Scanner
from models.settings import AgentVisibility, Settings
from models.text import clean_text

log = logging.getLogger(__name__)

MOST_SENDER = 320
MOST_SHOWN = 4_000

Reader = Callable[[bytes, str], Inbound]

# The gate takes mail to postmaster also at a desk without any mailbox: it must be seen all the same.
NO_MAILBOX = Ruling("D0", SetAside("The mail came to an address that belongs to no mailbox.", folder="held"))


# Decisions whose words are the sender's, and decisions that add words to a ticket there is.
SAID_BY_SENDER = (OpenTicket, AddToTicket, HoldOnTicket, RecordAutoReply)
SAID_ON_TICKET = (AddToTicket, HoldOnTicket, RecordAutoReply, SpeakForAgent, TakeOver)


class LeaseLost(Exception):
    """Somebody else works on this mail by now: nothing of ours may be committed."""


@dataclass(frozen=True)
class Desk:
    """What the pipeline needs of the desk: where files lie, the keys that sign and verify, and who judges senders."""

    blobs: BlobStore
    keys: Sequence[bytes]
    judge_sender: Judge = unchecked
    visibility: AgentVisibility = "assigned"
    own_domains: frozenset[str] = frozenset()  # of reply and bounce addresses: nobody's mailbox is there
    scanner: Scanner | None = None  # None: nobody looks into files
    team: frozenset[str] = frozenset()  # who answered customers before this desk was there; for imports alone


def desk_of(
    blobs: BlobStore,
    settings: Settings,
    judge_sender: Judge = unchecked,
    scanner: Scanner | None = None,
    team: frozenset[str] = frozenset(),
) -> Desk:
    """The desk as its settings have it."""
    domains = frozenset(a_label(domain) for domain in (settings.reply_domain, settings.bounce_domain) if domain)
    return Desk(blobs, settings.signing_keys, judge_sender, settings.agent_visibility, domains, scanner, team)


@dataclass(frozen=True)
class ReadMail:
    """A mail that has been read and whose files lie in the store: all that could take long is done."""

    mail: KeptMail
    inbound: Inbound
    files: Sequence[StoredFile]
    verdict: Verdict = Verdict()


Addressed = tuple[ReadMail, Sequence[InboundDelivery]]


def file_mail(inbound_id: UUID, owner: str, read: Reader, desk: Desk) -> None:
    """File one leased mail at every address it came to. Raises `LeaseLost`, or whatever went wrong; nothing is half done."""
    mail = kept_mail(inbound_id)
    db.session.rollback()  # reading may take long, and needs no transaction
    file_together([read_mail(mail, read, desk)], owner, desk)


def read_mail(mail: KeptMail, read: Reader, desk: Desk) -> ReadMail:
    """Read the mail, have its files scanned, keep them, judge its sender. Asks nothing of the database; may be called in any thread."""
    with about(mail=mail.id):
        raw = raw_of(mail, desk.blobs)
        inbound = scanned(read(raw, mail.mail_from), desk.scanner)
        files = keep_files(inbound, desk.blobs)
        return ReadMail(replace(mail, raw=None), without_contents(inbound), files, verdict_on(mail, raw, inbound, desk))


def read_without_keeping(mail: KeptMail, read: Reader, desk: Desk) -> ReadMail:
    """Read the mail for its judgement alone; its files are forgotten."""
    raw = raw_of(mail, desk.blobs)
    inbound = scanned(read(raw, mail.mail_from), desk.scanner)
    return ReadMail(replace(mail, raw=None), without_contents(inbound), (), verdict_on(mail, raw, inbound, desk))


def verdict_on(mail: KeptMail, raw: bytes, inbound: Inbound, desk: Desk) -> Verdict:
    """Who the sender is: as it was found the first time, else as it is found now."""
    known = from_json(mail.sender_verdict)
    if known is not None and (known.from_address or inbound.sender is None):  # else nobody could be read then
        return known
    if mail.is_imported:  # the keys and hosts of years ago are no longer there to be asked
        return unchecked(Claim(raw, inbound, at=mail.written_at))
    claim = Claim(raw, inbound, mail.peer_ip, mail.helo, mail.mail_from, mail.received_at)
    return desk.judge_sender(claim)


def file_together(mails: Sequence[ReadMail], owner: str, desk: Desk) -> None:
    """File some leased mails in one transaction: all of them, or none. Raises as `file_mail` does."""
    deliveries = open_deliveries([each.mail.id for each in mails])
    for delivery in chain.from_iterable(deliveries.values()):
        bring_home(delivery, desk.keys)
    lock_senders({sender_of(each.inbound) for each in mails})
    due: list[tuple[Opened, Acknowledge]] = []
    for places in waves([each.inbound for each in mails]):
        due += file_wave([(mails[place], deliveries[mails[place].mail.id]) for place in places], owner, desk)
    acknowledge_due(due)
    filed = [(each.inbound_id, each.ticket_id, each.decision, each.rule) for each in chain.from_iterable(deliveries.values())]
    db.session.commit()
    for inbound_id, ticket_id, decision, rule in filed:
        with about(mail=inbound_id, ticket=ticket_id):
            log.info("filed %s: %s by rule %s", inbound_id, decision, rule)


def file_wave(wave: Sequence[Addressed], owner: str, desk: Desk) -> list[tuple[Opened, Acknowledge]]:
    """File mails that know nothing of each other; what is to be acknowledged. Raises `LeaseLost`."""
    opened: list[Opened] = []
    siblings: dict[UUID, list[int]] = {each.mail.id: [] for each, _ in wave}
    groups = [(each, [group for _, group in by_mailbox(deliveries)]) for each, deliveries in wave]
    for turn in range(max(len(mailboxes) for _, mailboxes in groups)):  # a mail at its second mailbox knows of the first
        opened += file_at_once([(each, mailboxes[turn]) for each, mailboxes in groups if turn < len(mailboxes)], siblings, desk)
    for each, deliveries in wave:
        for delivery in deliveries:
            if delivery.mailbox_id is None:
                settle(each, delivery, NO_MAILBOX, Outcome("held"))
    due = due_of(opened)
    if not finish_mails([Finished(each.mail.id, semantic_key(each.inbound), as_json(each.verdict)) for each, _ in wave], owner):
        db.session.rollback()
        raise LeaseLost
    return due


def bring_home(delivery: InboundDelivery, keys: Sequence[bytes]) -> None:
    """A signed address belongs to the mailbox it was made for; the gate, which cannot tell, took it for the first one."""
    mailbox_id = mailbox_of_token(delivery.rcpt.rpartition("@")[0], keys)
    if mailbox_id is not None:
        delivery.mailbox_id = mailbox_id


def file_at_once(wave: Sequence[Addressed], siblings: dict[UUID, list[int]], desk: Desk) -> list[Opened]:
    """Decide upon each mail at one mailbox, and carry it out. The tickets that are opened; `siblings` grow by them."""
    opened: list[Opened] = []
    judged = judge_all([matter_of(each, group, siblings[each.mail.id]) for each, group in wave], desk)
    with at_hand(judged, desk) as ways:
        for (each, group), (facts, ruling) in zip(wave, judged, strict=True):
            with about(mail=each.mail.id):
                carry_out = apply_imported if facts.is_imported else apply
                outcome = carry_out(ruling.decision, facts, each.files, ways)
            if outcome.name in ON_TICKETS and outcome.ticket_id is not None:
                siblings[each.mail.id].append(outcome.ticket_id)
            for delivery in group:
                settle(each, delivery, ruling, outcome)
            if isinstance(ruling.decision, OpenTicket) and not facts.is_imported:
                opened.append(Opened(facts, ruling, outcome, group, each.mail.peer_ip or ""))
    return opened


def matter_of(
    each: ReadMail, group: Sequence[InboundDelivery], siblings: Sequence[int] = (), as_of: datetime | None = None
) -> Matter:
    return Matter(each.inbound, each.mail, group, each.verdict, siblings, as_of)


def judge(each: ReadMail, group: Sequence[InboundDelivery], desk: Desk, as_of: datetime | None = None) -> tuple[Facts, Ruling]:
    """What the rules of today say of the mail at the addresses of one mailbox. Reads the database and writes nothing."""
    return judge_all([matter_of(each, group, as_of=as_of)], desk)[0]


def judge_all(matters: Sequence[Matter], desk: Desk) -> list[tuple[Facts, Ruling]]:
    return [(facts, decide(facts)) for facts in gather(matters, desk.keys, desk.visibility, desk.team)]


@contextmanager
def at_hand(judged: Sequence[tuple[Facts, Ruling]], desk: Desk) -> Iterator[Ways]:
    """What carrying out these decisions needs, asked once for all: writers, locked tickets, numbers for what is new."""
    decisions = [ruling.decision for _, ruling in judged]
    writers = {facts.sender: shown_name(facts) for facts, ruling in judged if isinstance(ruling.decision, SAID_BY_SENDER)}
    people = customers_for(writers)
    tickets = lock_tickets({each.ticket_id for each in decisions if isinstance(each, SAID_ON_TICKET) and each.ticket_id})
    quiet = tickets.keys() - followed_among(tickets)
    opens = sum(isinstance(each, OpenTicket) for each in decisions)
    says = sum(isinstance(each, (*SAID_BY_SENDER, *SAID_ON_TICKET)) for each in decisions)
    with numbers_reserved(opens, says):
        yield Ways(desk.keys, desk.own_domains, people, tickets, quiet)


def raw_of(mail: KeptMail, blobs: BlobStore) -> bytes:
    """The mail as it came over the wire. Raises `OSError` or `BlobDamaged` where the store does not have it."""
    if mail.raw is not None:
        return mail.raw
    if mail.raw_uri is None:
        raise LookupError("the bytes of this mail were let go")
    return blobs.read(mail.raw_uri)


def by_mailbox(deliveries: Sequence[InboundDelivery]) -> Iterator[tuple[int, list[InboundDelivery]]]:
    """The deliveries of each mailbox, in one order everywhere."""
    known = sorted((each for each in deliveries if each.mailbox_id is not None), key=lambda each: each.mailbox_id or 0)
    for mailbox_id, group in groupby(known, key=lambda each: each.mailbox_id):
        assert mailbox_id is not None
        yield mailbox_id, list(group)


def settle(each: ReadMail, delivery: InboundDelivery, ruling: Ruling, outcome: Outcome) -> None:
    """Write the decision, its rule and its reasons beside the address."""
    evidence = {"why": ruling.decision.why, **ruling.decision.evidence}
    if isinstance(ruling.decision, SetAside | HoldOnTicket):
        evidence["shown"] = shown(each.inbound, masks=isinstance(ruling.decision, SetAside) and ruling.decision.masked)
    settle_delivery(delivery, outcome.name, ruling.rule, evidence, outcome.ticket_id, outcome.message_id)


def shown(inbound: Inbound, *, masks: bool = False) -> dict[str, str]:
    """What agents see of a mail that waits for them, as plain text; where it `masks`, without codes and links."""
    subject, text = inbound.subject, inbound.text
    if masks:
        subject, text = masked(subject), masked(text)
    return {
        "sender": clean_text(sender_of(inbound), MOST_SENDER),
        "subject": clean_text(subject, MOST_SENDER),
        "text": clean_text(text, MOST_SHOWN),
    }
