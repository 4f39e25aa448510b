"""Google's ID tokens: checked against Google's keys, which are kept for an hour. The only user of the key client.

The algorithm is pinned, and audience, issuer, expiry and subject are demanded (OpenID Connect Core section 3.1.3.7).
"""

import hmac
import json
import threading
import time
import urllib.request
from typing import Any
from urllib.parse import urlencode

import jwt as pyjwt
from flask import Flask, current_app
from jwt import PyJWKSet

from models.actions.google_accounts import GoogleIdentity
from models.app import settings_of
from models.errors import Forbidden, NotFound
from models.settings import Settings
from webapp.auth import NotSignedIn

ISSUERS = ("https://accounts.google.com", "accounts.google.com")
SIGN_IN_AT = "https://accounts.google.com/o/oauth2/v2/auth"
KEPT_SECONDS = 3600.0
ASKED_AGAIN_SECONDS = 60.0  # an unknown key id makes us ask, but not for every forged token
PATIENCE_SECONDS = 5.0
MAX_KEYS = 256 * 1024  # octets
LEEWAY_SECONDS = 30
KEY = "postroom.google_keys"


class KeysAway(NotSignedIn):
    """Google's keys cannot be fetched: nobody can be let in with them now."""


class GoogleKeys:
    """The keys at one address, fetched at most once an hour, or sooner for a key id that is new."""

    def __init__(self, url: str) -> None:
        self.url = url
        self.lock = threading.Lock()
        self.keys: dict[str, Any] = {}
        self.fetched_at = float("-inf")

    def key(self, key_id: str) -> Any:
        """The public key of this id. Raises `NotSignedIn` where Google has none."""
        with self.lock:
            age = time.monotonic() - self.fetched_at
            if age > KEPT_SECONDS or (key_id not in self.keys and age > ASKED_AGAIN_SECONDS):
                self.fetch()
            found = self.keys.get(key_id)
        if found is None:
            raise NotSignedIn("this Google sign-in is not signed by Google")
        return found

    def fetch(self) -> None:
        self.fetched_at = time.monotonic()
        try:
            with urllib.request.urlopen(self.url, timeout=PATIENCE_SECONDS) as answer:  # noqa: S310 - a setting of ours
                told = PyJWKSet.from_dict(json.loads(answer.read(MAX_KEYS)))
        except (OSError, ValueError, pyjwt.PyJWTError) as trouble:
            current_app.logger.warning("Google's keys cannot be fetched from %s: %s", self.url, trouble)
            if not self.keys:
                self.fetched_at = float("-inf")
                raise KeysAway("Google does not answer just now: sign in another way, or try again") from None
            return
        self.keys = {key.key_id: key.key for key in told.keys if key.key_id and key.key_type == "RSA"}


def init_app(app: Flask) -> None:
    settings = settings_of(app)
    app.extensions[KEY] = GoogleKeys(settings.google_jwks_url)
    app.jinja_env.globals["google_offered"] = settings.google_client_id is not None


def identity_of(credential: str, nonce: str | None = None) -> GoogleIdentity:
    """Whom Google vouches for in this ID token. With a `nonce`, only for the sign-in that began with it.

    Raises `NotSignedIn`; `NotFound` where this desk does not offer Google.
    """
    settings = settings_of(current_app)
    if settings.google_client_id is None:
        raise NotFound("this desk does not offer signing in with Google")
    try:
        key_id = str(pyjwt.get_unverified_header(credential).get("kid", ""))
        key = current_app.extensions[KEY].key(key_id)
        claims = pyjwt.decode(
            credential,
            key,
            algorithms=["RS256"],
            audience=settings.google_client_id,
            issuer=list(ISSUERS),
            leeway=LEEWAY_SECONDS,
            options={"require": ["exp", "iat", "aud", "iss", "sub"]},
        )
    except (pyjwt.PyJWTError, ValueError, TypeError):
        raise NotSignedIn("this Google sign-in is not valid, or no longer: try again") from None
    refuse_another_party(claims, settings.google_client_id)
    if nonce is not None and not hmac.compare_digest(str(claims.get("nonce", "")), nonce):
        raise NotSignedIn("this Google sign-in did not begin here: try again")
    return identity(claims)


def refuse_another_party(claims: dict[str, Any], client_id: str) -> None:
    """A token made for another client is no sign-in here, even when we are among its audience."""
    if claims["aud"] != client_id or claims.get("azp", client_id) != client_id:
        raise NotSignedIn("this Google sign-in was made for another application")


def identity(claims: dict[str, Any]) -> GoogleIdentity:
    """Google is the authority for its own mailboxes alone: for others a verified address may since be another's."""
    email = str(claims.get("email", ""))
    is_googles = email.lower().endswith("@gmail.com") or bool(claims.get("hd"))
    vouched = email if claims.get("email_verified") is True and is_googles else ""
    subject = str(claims["sub"])
    if not subject or len(subject) > 255:
        raise Forbidden("this Google sign-in names nobody")
    return GoogleIdentity(subject, vouched, str(claims.get("name", ""))[:200])


def where_google_signs_in(settings: Settings, nonce: str, back_to: str) -> str:
    """Google's page, which sends the token back behind the `#`: it never reaches a log, ours or another's."""
    asked = {
        "client_id": settings.google_client_id,
        "response_type": "id_token",
        "scope": "openid email profile",
        "redirect_uri": back_to,
        "nonce": nonce,
        "prompt": "select_account",
    }
    return f"{SIGN_IN_AT}?{urlencode(asked)}"
