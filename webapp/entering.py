"""The last steps of every way in, for pages and scripts alike: the second factor, then a new sign-in."""

from datetime import UTC, datetime, timedelta
from hashlib import sha256

import jwt as pyjwt
from flask import current_app, request

from models.actions.second_factors import WRONG, check_second_factor, has_second_factor
from models.actions.signing_in import start_sign_in
from models.app import settings_of
from models.database import db
from models.keys import derived_key
from models.people import SignIn, User
from webapp.auth import NotSignedIn, SecondFactorNeeded

CHALLENGE_LIFE = timedelta(minutes=5)


def enter(user: User, code: str = "") -> SignIn:
    """A sign-in of somebody who has shown the first factor; commits.

    Raises `SecondFactorNeeded` without a code where one is asked for, `NotSignedIn` for a wrong one, `TooMany`.
    """
    if has_second_factor(user.id):
        if not code.strip():
            raise SecondFactorNeeded("type the code that your authenticator shows, or a recovery code")
        right = check_second_factor(user, code, settings_of(current_app).signing_keys)
        db.session.commit()  # also when it was wrong: it has been counted
        if not right:
            raise NotSignedIn(WRONG)
    signed = start_sign_in(user, browser=request.user_agent.string, address=request.remote_addr or "")
    db.session.commit()
    return signed


def challenge_for(user: User) -> str:
    """What a page carries from the first step to the second: that this person's first factor was right just now."""
    claims = {"sub": str(user.id), "was": fingerprint(user), "exp": datetime.now(UTC) + CHALLENGE_LIFE}
    return pyjwt.encode(claims, challenge_keys()[0], "HS256")


def person_challenged(challenge: str) -> User | None:
    """Whose challenge this is; None when it is over, or the password has changed since."""
    for key in challenge_keys():
        try:
            claims = pyjwt.decode(challenge, key, algorithms=["HS256"], options={"require": ["exp", "sub", "was"]})
            user = db.session.get(User, int(claims["sub"]))
        except (pyjwt.PyJWTError, ValueError):
            continue
        if user is not None and user.is_active and claims["was"] == fingerprint(user):
            return user
    return None


def challenge_keys() -> list[str]:
    return [derived_key(key, "second-step") for key in settings_of(current_app).signing_keys]


def fingerprint(user: User) -> str:
    return sha256((user.password_hash or "").encode()).hexdigest()[:16]
