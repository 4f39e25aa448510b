"""Erasing a customer: his words, his mails, his addresses and his account; what he did to the desk's figures stays.

Erased are the person's own requests with all that he and the team wrote there, what he wrote on other people's requests, the
bytes and envelopes of his mails, the mails of the desk to him, his account. Of each there stays a row without words, so
that numbers, references and the ledger are still true. What other people wrote is theirs and stays, even where it quotes
him; the report counts where. The files are removed after the commit, by `remove_blobs`.
"""

import hmac
import re
from collections.abc import Collection, Sequence
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import Text, cast, delete, func, or_, select, text, update
from sqlalchemy.dialects.postgresql import JSONB

from models.accounts import OneTimeCode, RecoveryCode, SecondFactor
from models.actions.administering import demand_admin
from models.actions.audit import note_in_audit
from models.actions.forgetting import named_blobs
from models.actions.tickets import lock_ticket
from models.actor import Actor
from models.addresses import normalise
from models.agent_notice import AgentNotice
from models.ai_draft import AiDraft
from models.api_token import ApiToken
from models.audit import AuditEntry
from models.blobs import BlobStore
from models.budget import Budget
from models.custody import HELD, AllowedSender, BlockedSender, InboundDelivery, InboundMessage
from models.database import db
from models.draft import Draft, DraftFile
from models.erasure import Erasure
from models.errors import Conflict, Invalid, NotFound
from models.events import TicketUpdated, record
from models.message import Attachment, Direction, Message, MessageReference
from models.outbox import Outbox, OutboxAttempt, OutboxState
from models.people import Role, SignIn, User
from models.person_note import PersonNote
from models.queries.conversations import belongs_to
from models.queries.person_data import requests_of
from models.queries.traces_of_person import traces_of
from models.remote_pictures import PictureTrust
from models.reply_tokens import ReplyToken
from models.suppression import AddressTrouble, Suppression
from models.ticket import Participant, SuggestedParticipant, Ticket
from models.timeline import COUNTED, TimelineEntry

GONE = "(erased)"
NOBODY = "erased@erased.invalid"  # RFC 2606: never anybody's
NO_NAME = "Erased person"
BY_RULE = "erased"
JUST_PUT = timedelta(minutes=5)  # a blob this young may be on its way into another row

STAYS = (
    ("numbers, dates and states of the requests", "the desk's reports and its ledger stay true; they name nobody"),
    ("hashes of Message-IDs and of mails", "a copy that comes again is known to be one; nothing can be read out of them"),
    ("the entry in the audit log that this was done, and this proof", "to be able to show it; they hold a keyed hash of the address"),
    ("what other people wrote, even where it quotes this person", "it is theirs; the report counts where the address still stands"),
    ("backups made before, until they are thrown away", "a backup cannot be changed; erase again after restoring one"),
)


@dataclass
class Erased:
    """What was erased, by its name, and the blobs that may be named by no row any more."""

    counts: dict[str, int] = field(default_factory=dict)
    blobs: set[str] = field(default_factory=set)

    def add(self, what: str, number: int) -> None:
        if number:
            self.counts[what] = self.counts.get(what, 0) + number


def erase_person(user_id: int, actor: Actor, keys: Sequence[bytes]) -> tuple[Erasure, set[str]]:
    """Erase one customer; the proof, and the blobs to be removed once this is committed.

    Raises `NotFound`, `Invalid` for somebody of the team, `Conflict` while a mail of his is under way.
    """
    if actor.role != "desk":
        demand_admin(actor)
    user = erasable(user_id)
    address = normalise(user.email) if user.email else ""
    names = tuple(name for name in {user.full_name, user.username} if len(name) > 5 and name != address)
    done = Erased()
    tickets = [ticket.id for ticket in requests_of(user, deleted_too=True)]
    for ticket_id in tickets:
        lock_ticket(ticket_id)
    refuse_mail_under_way(user, address, tickets)
    mails = mails_of(user, address)
    erase_messages(user, tickets, done)
    erase_tickets(tickets, done)
    erase_from_timelines(user, address, done)
    erase_mails_in(mails, done)
    erase_mails_out(user, address, tickets, done)
    erase_participation(user, done)
    erase_address(address, done)
    erase_account(user, done)
    erase_from_audit(user_id, address, done)
    db.session.flush()
    for ticket_id in tickets:
        record(TicketUpdated(ticket_id))
    proof = Erasure(
        by_id=actor.id,
        by_name=actor.name,
        address_mac=mac_of(address or f"user {user_id}", keys[0]),
        report={
            "erased": done.counts,
            "stays": [{"what": what, "why": why} for what, why in STAYS],
            "still_named": traces_of(address, names) if address else {},
        },
    )
    db.session.add(proof)
    db.session.flush()
    note_in_audit(actor, "user.erased", "user", user_id, after={"proof": proof.id})
    return proof, done.blobs


def erasable(user_id: int) -> User:
    user = db.session.get(User, user_id, with_for_update=True, populate_existing=True)
    if user is None:
        raise NotFound("there is no such person")
    if user.role != Role.CUSTOMER:
        raise Invalid("user", "somebody of the team is not erased: what he wrote to customers is the desk's; switch the account off")
    return user


def refuse_mail_under_way(user: User, address: str, tickets: Collection[int]) -> None:
    """What is in somebody's hands this moment would be written down after we have erased it."""
    sending = select(Outbox.id).where(
        Outbox.state.in_([OutboxState.LEASED, OutboxState.DOT]), or_(Outbox.ticket_id.in_(tickets), func.lower(Outbox.rcpt) == address)
    )
    filing = select(InboundMessage.id).where(InboundMessage.state.not_in(("done", "dead")), func.lower(InboundMessage.mail_from) == address)
    if db.session.scalar(sending.limit(1)) or (address and db.session.scalar(filing.limit(1))):
        raise Conflict("a mail of this person is under way this very moment: try again in a minute")


def mails_of(user: User, address: str) -> set[UUID]:
    """The kept mails that this person sent, or that claim to come from him."""
    written = select(Message.inbound_id).where(Message.author_id == user.id, Message.inbound_id.is_not(None))
    found = set(db.session.scalars(written))
    if address:
        verdict = func.lower(InboundMessage.sender_verdict["from_address"].astext)
        claimed = select(InboundMessage.id).where(or_(func.lower(InboundMessage.mail_from) == address, verdict == address))
        found |= set(db.session.scalars(claimed))
        shown = func.lower(InboundDelivery.evidence["shown"]["sender"].astext)
        found |= set(db.session.scalars(select(InboundDelivery.inbound_id).where(shown == address)))
    return {each for each in found if each is not None}


def erase_messages(user: User, tickets: Collection[int], done: Erased) -> None:
    """His own words everywhere; on his own requests also the team's."""
    of_team = or_(Message.direction != Direction.IN, Message.author_id.is_(None))
    chosen = select(Message.id).where(or_(Message.author_id == user.id, belongs_to(tickets) & of_team))
    ids = db.session.scalars(chosen).all()
    done.blobs |= set(db.session.scalars(select(Attachment.blob_sha256).where(Attachment.message_id.in_(ids))))
    done.add("files", run(delete(Attachment).where(Attachment.message_id.in_(ids))))
    emptied: dict[str, Any] = {"body": GONE, "body_html": "", "folds": [], "remarks": [], "sender_evidence": None, "idempotency_key": None}
    done.add("messages", run(update(Message).where(Message.id.in_(ids)).values(emptied)))
    run(update(Message).where(Message.author_id == user.id).values(author_name=NO_NAME, author_address=""))
    run(update(MessageReference).where(MessageReference.message_id.in_(ids), MessageReference.direction == "in").values(rfc_message_id="erased"))


def erase_tickets(tickets: Collection[int], done: Erased) -> None:
    """The words around the messages of his own requests."""
    bare = {"subject": GONE, "description": "", "preview": "", "from_domain": "", "flood_of": None}
    done.add("requests", run(update(Ticket).where(Ticket.id.in_(tickets)).values(bare)))
    done.blobs |= set(db.session.scalars(select(DraftFile.blob_sha256).where(DraftFile.ticket_id.in_(tickets))))
    for table in (Draft, DraftFile, SuggestedParticipant, AgentNotice):  # the last repeat a subject
        done.add("drafts, suggestions and notices", run(delete(table).where(table.ticket_id.in_(tickets))))
    drafted = {"instructions": "", "sentences": [], "sources": [], "removed": {}, "note": ""}
    done.add("AI drafts", run(update(AiDraft).where(AiDraft.ticket_id.in_(tickets)).values(drafted)))
    uncounted = text(f"NOT ({COUNTED})")
    done.add("lines of timelines", run(update(TimelineEntry).where(TimelineEntry.ticket_id.in_(tickets), uncounted).values(data={})))


def erase_from_timelines(user: User, address: str, done: Erased) -> None:
    """His address where other people's requests tell that he was let in, or written to."""
    if not address:
        return
    takes_part = select(Participant.ticket_id).where(Participant.user_id == user.id)
    written_to = select(Outbox.ticket_id).where(func.lower(Outbox.rcpt) == address, Outbox.ticket_id.is_not(None))
    told = cast(TimelineEntry.data, Text)
    itself = rf"(?<![\w.+-]){re.escape(address)}(?![\w-]|\.\w)"  # and not the end or the beginning of somebody else's
    nameless = cast(func.regexp_replace(told, itself, NOBODY, "gi"), JSONB)
    named = (TimelineEntry.ticket_id.in_(takes_part.union(written_to)), told.regexp_match(itself, flags="i"))
    done.add("lines of timelines", run(update(TimelineEntry).where(*named).values(data=nameless)))


def erase_mails_in(mails: Collection[UUID], done: Erased) -> None:
    """Bytes, envelope and evidence; the line stays in the ledger. What was held has ended by this."""
    done.blobs |= {each for each in db.session.scalars(select(InboundMessage.raw_uri).where(InboundMessage.id.in_(mails))) if each}
    envelope = {
        "raw": None, "raw_uri": None, "mail_from": NOBODY, "helo": "", "peer_ip": None, "our_received": "",
        "sender_verdict": None, "last_error": None, "forgotten_at": func.coalesce(InboundMessage.forgotten_at, func.clock_timestamp()),
    }  # fmt: skip
    done.add("mails that came", run(update(InboundMessage).where(InboundMessage.id.in_(mails)).values(envelope)))
    of_them = InboundDelivery.inbound_id.in_(mails)
    waiting = InboundDelivery.decision.in_(HELD) & InboundDelivery.message_id.is_(None)
    run(update(InboundDelivery).where(of_them, waiting).values(decision="expired", rule=BY_RULE))
    cleared: dict[str, Any] = {"evidence": {}, "requester": None, "tag": "", "set_aside_at": None, "cleared_at": func.clock_timestamp()}
    run(update(InboundDelivery).where(of_them).values(cleared))


def erase_mails_out(user: User, address: str, tickets: Collection[int], done: Erased) -> None:
    """The bytes of every mail about his requests, and his address on each. What has not gone goes no more."""
    his = select(Participant.id).where(Participant.user_id == user.id)
    to_him = or_(Outbox.participant_id.in_(his), (func.lower(Outbox.rcpt) == address) if address else text("false"))
    concerned = or_(to_him, Outbox.ticket_id.in_(tickets))
    ids = db.session.scalars(select(Outbox.id).where(concerned)).all()
    done.blobs |= {each for each in db.session.scalars(select(Outbox.mime_uri).where(Outbox.id.in_(ids))) if each}
    waiting = Outbox.state.in_([OutboxState.QUEUED, OutboxState.RETRY, OutboxState.UNCERTAIN])
    run(update(Outbox).where(Outbox.id.in_(ids), waiting).values(state=OutboxState.CANCELLED))
    done.add("mails of the desk", run(update(Outbox).where(Outbox.id.in_(ids)).values(mime=None, mime_uri=None, said=None, last_text="")))
    run(update(OutboxAttempt).where(OutboxAttempt.outbox_id.in_(ids)).values(detail={}))
    run(update(Outbox).where(to_him).values(rcpt=NOBODY))


def erase_participation(user: User, done: Erased) -> None:
    """He takes part nowhere; mail to his reply addresses finds nobody behind them."""
    his = select(Participant.id).where(Participant.user_id == user.id)
    run(update(ReplyToken).where(ReplyToken.participant_id.in_(his), ReplyToken.revoked_at.is_(None)).values(revoked_at=func.clock_timestamp()))
    nobody = func.concat("erased-", Participant.id, "@erased.invalid")
    gone = {"address": nobody, "address_as_written": nobody, "left_at": func.coalesce(Participant.left_at, func.clock_timestamp())}
    done.add("places on requests", run(update(Participant).where(Participant.user_id == user.id).values(gone)))
    run(update(TimelineEntry).where(TimelineEntry.actor_id == user.id).values(actor_name=NO_NAME))


def erase_address(address: str, done: Erased) -> None:
    """The address wherever it is written by itself: stops, lists, budgets, codes, suggestions."""
    if not address:
        return
    for table in (Suppression, AddressTrouble, AllowedSender, BlockedSender, OneTimeCode, SuggestedParticipant, PictureTrust):
        done.add("notes about the address", run(delete(table).where(table.address == address)))
    run(delete(Budget).where(Budget.key == address))
    run(update(SuggestedParticipant).where(SuggestedParticipant.suggested_by == address).values(suggested_by=NOBODY))


def erase_account(user: User, done: Erased) -> None:
    for table in (SignIn, SecondFactor, RecoveryCode, ApiToken):
        done.add("sign-ins and keys", run(delete(table).where(table.user_id == user.id)))
    done.add("notes of the team about the person", run(delete(PersonNote).where(PersonNote.person_id == user.id)))
    user.username, user.email, user.full_name = f"erased {user.id}", None, ""
    user.password_hash = user.google_subject = user.email_verified_at = None
    user.is_active = False
    done.add("account", 1)


def erase_from_audit(user_id: int, address: str, done: Erased) -> None:
    """What the audit log says of him goes; that the acts were done stays. The one change its trigger lets through."""
    named = [func.lower(AuditEntry.subject_name) == address] if address else []
    about_him = or_((AuditEntry.subject == "user") & (AuditEntry.subject_id == str(user_id)), *named)
    emptied = {"subject_name": "", "before": {}, "after": {}, "erased_at": func.clock_timestamp()}
    done.add("entries of the audit log", run(update(AuditEntry).where(about_him, AuditEntry.erased_at.is_(None)).values(emptied)))


def run(statement: Any) -> int:
    """How many rows it concerned."""
    done: Any = db.session.execute(statement.execution_options(synchronize_session=False))
    return int(done.rowcount)


def mac_of(address: str, key: bytes) -> bytes:
    """By which a proof is found again by whoever knows the address, and by nobody else."""
    return hmac.digest(key, f"erased|{address}".encode(), "sha256")


def proofs_about(address: str, keys: Sequence[bytes]) -> Sequence[Erasure]:
    """The proofs that the person at this address was erased."""
    macs = [mac_of(address, key) for key in keys]
    return db.session.scalars(select(Erasure).where(Erasure.address_mac.in_(macs)).order_by(Erasure.id)).all()


def remove_blobs(blobs: BlobStore, names: Collection[str]) -> int:
    """After the commit: remove those that no row names now. One that was just put stays, for the sweep to look at. How many went."""
    unnamed = set(names) - named_blobs(sorted(names))
    return sum(blobs.remove_if_older_than(JUST_PUT, name) for name in unnamed)
