"""Signing in for scripts: passwords, refresh tokens, codes by mail, Google; and registering."""

from flask import current_app, request
from pydantic import Field

from models.actions.codes import WRONG as WRONG_CODE
from models.actions.codes import request_code, verify_code
from models.actions.google_accounts import user_for_google
from models.actions.own_account import tell_of_new_password
from models.actions.registering import register as register_customer
from models.actions.registering import set_password_by_code
from models.actions.signing_in import WRONG, check_password, end_all_sign_ins, end_sign_in, renew_sign_in
from models.app import settings_of
from models.database import db
from models.errors import Invalid
from models.people import SignIn, User
from models.queries.people import user_signed_in
from webapp.api.callers import Who, caller
from webapp.api.calls import call
from webapp.api.shapes import Moment, Sent, Told
from webapp.auth import NotSignedIn, refresh_claims, tokens_for
from webapp.entering import enter
from webapp.google import identity_of

CODE_MEANING = "of the authenticator, or a recovery code; only where the account has a second factor"


class Credentials(Sent):
    username: str = Field(max_length=320, description="the user name, or the e-mail address")
    password: str = Field(max_length=1024)
    code: str = Field("", max_length=64, description=CODE_MEANING)


class GoogleCredential(Sent):
    credential: str = Field(max_length=16_384, description="an ID token of Google's for this desk's client")
    code: str = Field("", max_length=64, description=CODE_MEANING)


class RefreshToken(Sent):
    refresh: str = Field(max_length=8192)


class Address(Sent):
    email: str = Field(max_length=320)


class CodeTyped(Address):
    otp: str = Field(max_length=64)


class Registration(Sent):
    username: str = Field(max_length=200)
    password: str = Field(max_length=1024)
    email: str | None = Field(None, max_length=320)
    verification_token: str | None = Field(None, max_length=200, description="required with an e-mail address")


class NewPassword(Address):
    verification_token: str = Field(max_length=200)
    password: str = Field(max_length=1024)


class Tokens(Told):
    access: str
    refresh: str


class CodeSent(Told):
    detail: str


class Verification(Told):
    verification_token: str
    expires_at: Moment


class Registered(Told):
    id: int
    username: str
    email: str | None
    full_name: str
    role: str


@call("POST", "/auth/token/", who=Who.ANYONE, answers={200: Tokens}, refuses=(401, 429))
def sign_in(body: Credentials) -> Tokens:
    """Trade a password for tokens.

    Where the account has a second factor and no `code` was sent, the refusal has `needs: "second factor"`.
    """
    user = check_password(body.username, body.password, came_from())
    db.session.commit()
    if user is None:
        raise NotSignedIn(WRONG)
    return tokens(user, enter(user, body.code))


@call("POST", "/auth/token/refresh/", who=Who.ANYONE, answers={200: Tokens}, refuses=(401,))
def refresh_tokens(body: RefreshToken) -> Tokens:
    """Trade a refresh token for new tokens. It is spent by this: used again later, it ends the whole sign-in."""
    sign_in_id, refresh = refresh_claims(body.refresh)
    try:
        signed = renew_sign_in(sign_in_id, refresh)
    except Invalid as over:
        db.session.commit()  # a stolen token has just ended its sign-in: that must stay
        raise NotSignedIn(over.detail) from None
    user = user_signed_in(signed.user_id, signed.id)
    db.session.commit()
    if user is None:
        raise NotSignedIn("you are signed out: sign in again")
    return tokens(user, signed)


@call("POST", "/auth/logout/", who=Who.ANYONE, answers={204: None}, refuses=(401,))
def sign_out(body: RefreshToken) -> tuple[None, int]:
    """End a sign-in: all its tokens are worthless from now on."""
    end_sign_in(refresh_claims(body.refresh)[0])
    db.session.commit()
    return None, 204


@call("POST", "/auth/logout-everywhere/", answers={204: None})
def sign_out_everywhere() -> tuple[None, int]:
    """End every sign-in of the caller, this one too."""
    end_all_sign_ins(caller().user.id)
    db.session.commit()
    return None, 204


@call("POST", "/auth/request-otp/", who=Who.ANYONE, answers={202: CodeSent}, refuses=(409, 429))
def request_otp(body: Address) -> CodeSent:
    """Have a one-time code mailed to an address. The answer is the same for every address."""
    request_code(body.email, settings_of(current_app).signing_keys, came_from=came_from())
    db.session.commit()
    return CodeSent(detail="if this address can get a code, one is on its way: it is good for ten minutes")


@call("POST", "/auth/verify-otp/", who=Who.ANYONE, answers={200: Verification}, refuses=(429,))
def verify_otp(body: CodeTyped) -> Verification:
    """Trade a code for a verification token, valid for thirty minutes and once."""
    verified = verify_code(body.email, body.otp, settings_of(current_app).signing_keys, came_from=came_from())
    db.session.commit()
    if verified is None:
        raise Invalid("otp", WRONG_CODE)
    return Verification(verification_token=verified.token, expires_at=verified.expires_at)


@call("POST", "/auth/register/", who=Who.ANYONE, answers={201: Registered}, refuses=(409, 429))
def register(body: Registration) -> Registered:
    """Make a customer's account. With a verified address it takes over the tickets that were opened from there by mail."""
    user = register_customer(
        body.username,
        body.password,
        email=body.email,
        verification_token=body.verification_token,
        came_from=came_from(),
    )
    db.session.commit()
    return Registered.model_validate(user)


@call("POST", "/auth/password/", who=Who.ANYONE, answers={204: None}, refuses=(409,))
def set_password(body: NewPassword) -> tuple[None, int]:
    """Set a forgotten password with a verification token; every sign-in of the account ends."""
    user = set_password_by_code(body.email, body.verification_token, body.password)
    tell_of_new_password(user, settings_of(current_app).signing_keys)
    db.session.commit()
    return None, 204


@call("POST", "/auth/google/", who=Who.ANYONE, answers={200: Tokens}, refuses=(401, 404, 409, 429))
def sign_in_with_google(body: GoogleCredential) -> Tokens:
    """Trade an ID token of Google's for tokens. The account is found by Google's subject, never by the address alone."""
    user = user_for_google(identity_of(body.credential))
    db.session.commit()
    return tokens(user, enter(user, body.code))


def tokens(user: User, signed: SignIn) -> Tokens:
    access, refresh = tokens_for(user, signed)
    return Tokens(access=access, refresh=refresh)


def came_from() -> str:
    return request.remote_addr or ""
