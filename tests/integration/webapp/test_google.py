"""Google's ID tokens, checked against keys that are fetched over HTTP (H-131)."""

import time
from collections.abc import Iterator
from typing import Any

import jwt
import pytest
from flask import Flask

from models.errors import Forbidden
from models.settings import load_settings
from tests.google import CLIENT, Google, a_google, forged
from webapp import google as adapter
from webapp.auth import NotSignedIn
from webapp.google import GoogleKeys, KeysAway, identity_of

NOW = int(time.time())


@pytest.fixture(scope="module")
def google() -> Iterator[Google]:
    with a_google() as found:
        yield found


@pytest.fixture(scope="module")
def app(google: Google) -> Iterator[None]:
    """An application that knows Google's keys, and no database."""
    settings = {"GOOGLE_CLIENT_ID": CLIENT, "GOOGLE_JWKS_URL": google.jwks_url, "SECRET_KEY": "k" * 40}
    made = Flask("asks google")
    made.extensions["postroom.settings"] = load_settings(settings)
    adapter.init_app(made)
    with made.app_context():
        yield


@pytest.mark.usefixtures("app")
def test_a_good_token_names_its_subject_and_its_mailbox(google: Google) -> None:
    found = identity_of(google.token())
    assert (found.subject, found.email, found.name) == (google.claims()["sub"], "dora@gmail.com", "Dora Hall")


REFUSED: dict[str, dict[str, Any]] = {
    "another audience": {"aud": "another.apps.example"},
    "several audiences": {"aud": [CLIENT, "another.apps.example"]},
    "another party": {"azp": "another.apps.example"},
    "another issuer": {"iss": "https://accounts.google.com.evil.example"},
    "no issuer": {"iss": None},
    "expired": {"exp": NOW - 120, "iat": NOW - 4000},
    "no end": {"exp": None},
    "not yet": {"iat": NOW + 4000, "nbf": NOW + 4000},
    "no subject": {"sub": None},
    "an empty subject": {"sub": ""},
}


@pytest.mark.usefixtures("app")
@pytest.mark.parametrize("what", REFUSED)
def test_a_token_that_does_not_fit_names_nobody(google: Google, what: str) -> None:
    with pytest.raises((NotSignedIn, Forbidden)):
        identity_of(google.token(**REFUSED[what]))


UNVOUCHED: dict[str, dict[str, Any]] = {
    "an address that is not verified": {"email_verified": False},
    "verified by a word": {"email_verified": "true"},
    "an address that Google does not run": {"email": "dora@example.net"},
    "a look-alike of Google's": {"email": "dora@notgmail.com"},
    "no address": {"email": None},
}


@pytest.mark.usefixtures("app")
@pytest.mark.parametrize("what", UNVOUCHED)
def test_an_address_google_is_no_authority_for_is_not_taken_from_it(google: Google, what: str) -> None:
    assert identity_of(google.token(**UNVOUCHED[what])).email == ""


@pytest.mark.usefixtures("app")
def test_a_workspace_vouches_for_its_own_addresses(google: Google) -> None:
    assert identity_of(google.token(email="eve@example.org", hd="example.org")).email == "eve@example.org"


@pytest.mark.usefixtures("app")
@pytest.mark.parametrize("how", ["none", "HS256 with the public key", "another key", "an unknown key id", "garbage", "empty"])
def test_what_google_did_not_sign_names_nobody(google: Google, how: str) -> None:
    """The algorithm is pinned, the key comes from Google alone."""
    stranger = Google()
    forms = {
        "none": forged(google.claims(), {"alg": "none", "kid": google.key_id}),
        "HS256 with the public key": forged(google.claims(), {"alg": "HS256", "kid": google.key_id}, google.public_pem),
        "another key": jwt.encode(google.claims(), stranger.key, "RS256", {"kid": google.key_id}),
        "an unknown key id": stranger.token(),
        "garbage": "not.a.token",
        "empty": "",
    }
    with pytest.raises(NotSignedIn):
        identity_of(forms[how])


@pytest.mark.usefixtures("app")
@pytest.mark.parametrize("nonce", ["another", "", None], ids=str)
def test_a_token_counts_only_for_the_sign_in_that_began_here(google: Google, nonce: str | None) -> None:
    assert identity_of(google.token(nonce="ours"), "ours")
    with pytest.raises(NotSignedIn):
        identity_of(google.token(nonce=nonce), "ours")


# The keys


@pytest.mark.usefixtures("app")
def test_the_keys_are_fetched_once_an_hour_however_many_forgeries_come(google: Google) -> None:
    keys = GoogleKeys(google.jwks_url)
    asked = google.asked
    for _ in range(3):
        keys.key(google.key_id)
        with pytest.raises(NotSignedIn):
            keys.key("nobody's")
    assert google.asked == asked + 1
    keys.fetched_at -= adapter.KEPT_SECONDS
    keys.key(google.key_id)
    assert google.asked == asked + 2


@pytest.mark.usefixtures("app")
def test_a_new_key_of_googles_is_found_within_a_minute(google: Google) -> None:
    keys = GoogleKeys(google.jwks_url)
    keys.key(google.key_id)
    before, google.key_id = google.key_id, "the next one"
    try:
        keys.fetched_at -= adapter.ASKED_AGAIN_SECONDS
        assert keys.key("the next one")
    finally:
        google.key_id = before


@pytest.mark.usefixtures("app")
def test_while_google_is_away_its_last_keys_go_on(google: Google) -> None:
    keys = GoogleKeys(google.jwks_url)
    keys.key(google.key_id)
    keys.url = "http://127.0.0.1:1/certs"
    keys.fetched_at -= adapter.KEPT_SECONDS
    assert keys.key(google.key_id)
    with pytest.raises(KeysAway):
        GoogleKeys("http://127.0.0.1:1/certs").key("any")
