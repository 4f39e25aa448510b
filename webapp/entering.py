"""The last steps of every way in, for pages and scripts alike: the second factor, then a new sign-in."""

from flask import current_app, request

from models.actions.second_factors import WRONG, check_second_factor, has_second_factor
from models.actions.signing_in import start_sign_in
from models.app import settings_of
from models.database import db
from models.people import SignIn, User
from webapp.auth import NotSignedIn, SecondFactorNeeded


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
