"""Giving out signed addresses: to participants, to agents, to mails that may bounce. Each is made once and kept."""

from collections.abc import Sequence
from datetime import timedelta
from uuid import UUID

from sqlalchemy import func, select, update
from sqlalchemy.dialects.postgresql import insert

from models.database import db
from models.errors import NotFound
from models.reply_tokens import BounceToken, Purpose, ReplyToken, new_token_id, signed_token
from models.ticket import Ticket

AGENT_TOKEN_REUSED = timedelta(days=1)  # an agent's token is good for a week, so each notice leaves six days or more


def reply_address(ticket_id: int, participant_id: int, keys: Sequence[bytes], domain: str) -> str:
    """The participant's own reply address on this ticket; made at the first call. `domain` is REPLY_DOMAIN."""
    kept = select(ReplyToken).where(
        ReplyToken.participant_id == participant_id, ReplyToken.ticket_id == ticket_id, ReplyToken.revoked_at.is_(None)
    )
    token = db.session.scalar(kept)
    if token is None:  # two who ask at once are decided by the unique index, and get one token
        made = insert(ReplyToken).values(
            id=new_token_id(),
            ticket_id=ticket_id,
            mailbox_id=mailbox_of(ticket_id),
            participant_id=participant_id,
            purpose=Purpose.CUSTOMER,
        )
        db.session.execute(made.on_conflict_do_nothing())
        token = db.session.scalars(kept).one()
    return written(token, keys, domain)


def agent_reply_address(
    ticket_id: int, agent_id: int, keys: Sequence[bytes], domain: str, *, public: bool = False
) -> str:
    """Where an agent answers a notice about this ticket by mail; good for a week. See `Purpose`."""
    purpose = Purpose.AGENT_PUBLIC if public else Purpose.AGENT
    fresh = select(ReplyToken).where(
        ReplyToken.agent_id == agent_id,
        ReplyToken.ticket_id == ticket_id,
        ReplyToken.purpose == purpose,
        ReplyToken.revoked_at.is_(None),
        ReplyToken.created_at > func.statement_timestamp() - AGENT_TOKEN_REUSED,
    )
    token = db.session.scalar(fresh.limit(1))
    if token is None:
        token = ReplyToken(
            id=new_token_id(),
            ticket_id=ticket_id,
            mailbox_id=mailbox_of(ticket_id),
            agent_id=agent_id,
            purpose=purpose,
        )
        db.session.add(token)
        db.session.flush()
    return written(token, keys, domain)


def bounce_address(outbox_id: UUID, mailbox_id: int, keys: Sequence[bytes], domain: str) -> str:
    """The envelope sender of the mail in this outbox row (which must be flushed). `domain` is BOUNCE_DOMAIN."""
    made = insert(BounceToken).values(id=new_token_id(), outbox_id=outbox_id, mailbox_id=mailbox_id)
    db.session.execute(made.on_conflict_do_nothing(index_elements=["outbox_id"]))
    token = db.session.scalars(select(BounceToken).where(BounceToken.outbox_id == outbox_id)).one()
    return f"{signed_token(keys[0], Purpose.BOUNCE, token.id, token.mailbox_id)}@{domain}"


def revoke_reply_address(ticket_id: int, participant_id: int) -> None:
    """From now on the address is no evidence; mail to it is still taken, as mail from nobody in particular."""
    mine = (ReplyToken.ticket_id == ticket_id) & (ReplyToken.participant_id == participant_id)
    db.session.execute(
        update(ReplyToken).where(mine, ReplyToken.revoked_at.is_(None)).values(revoked_at=func.clock_timestamp())
    )


def written(token: ReplyToken, keys: Sequence[bytes], domain: str) -> str:
    return f"{signed_token(keys[0], token.purpose, token.id, token.mailbox_id)}@{domain}"


def mailbox_of(ticket_id: int) -> int:
    mailbox_id = db.session.scalar(select(Ticket.mailbox_id).where(Ticket.id == ticket_id))
    if mailbox_id is None:
        raise NotFound("there is no such ticket")
    return mailbox_id
