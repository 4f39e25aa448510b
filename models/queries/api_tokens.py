"""API tokens, as their owner sees them."""

from collections.abc import Sequence

from sqlalchemy import select

from models.api_token import ApiToken
from models.database import db
from models.people import User


def tokens_of(user: User) -> Sequence[ApiToken]:
    """The person's living tokens, newest first."""
    wanted = select(ApiToken).where(ApiToken.user_id == user.id, ApiToken.revoked_at.is_(None))
    return db.session.scalars(wanted.order_by(ApiToken.id.desc())).all()
