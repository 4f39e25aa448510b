"""Whose signed address is this?"""

from collections.abc import Sequence
from uuid import UUID

from models.database import db
from models.queries.threads import trail_of
from models.reply_tokens import BounceToken, Purpose, ReplyToken, is_signed_for, token_id_in


def reply_token_at(local_part: str, keys: Sequence[bytes]) -> ReplyToken | None:
    """The token behind a reply address, if we signed it and it was not revoked."""
    token_id = token_id_in(local_part)
    token = None if token_id is None else db.session.get(ReplyToken, token_id)
    if token is None or token.revoked_at is not None:
        return None
    return token if is_signed_for(keys, local_part, token.purpose, token.id, token.mailbox_id) else None


def outbox_behind(local_part: str, keys: Sequence[bytes]) -> UUID | None:
    """The mail of ours whose bounce address this is, if we signed it."""
    token = bounce_token_at(local_part, keys)
    return None if token is None else token.outbox_id


def bounce_token_at(local_part: str, keys: Sequence[bytes]) -> BounceToken | None:
    token_id = token_id_in(local_part)
    token = None if token_id is None else db.session.get(BounceToken, token_id)
    if token is None or not is_signed_for(keys, local_part, Purpose.BOUNCE, token.id, token.mailbox_id):
        return None
    return token


def mailbox_of_token(local_part: str, keys: Sequence[bytes]) -> int | None:
    """The mailbox that mail to this signed address belongs to; None where we did not sign it, or take it no more."""
    token = reply_token_at(local_part, keys)
    if token is not None:
        trail = trail_of(token.ticket_id)
        return trail[-1].mailbox_id if trail else None
    bounced = bounce_token_at(local_part, keys)
    return None if bounced is None else bounced.mailbox_id
