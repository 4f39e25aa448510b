"""A Google of our own for tests: a key set served over HTTP, and ID tokens signed with real RSA keys."""

import base64
import hmac
import json
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any
from uuid import uuid4

import jwt
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import rsa
from flask import Flask
from flask.typing import ResponseReturnValue
from jwt.algorithms import RSAAlgorithm

from tests.web import served

CLIENT = "the-desk.apps.example"


class Google:
    """Signs as Google does; `asked` counts how often its keys were fetched."""

    def __init__(self) -> None:
        self.key = rsa.generate_private_key(public_exponent=65537, key_size=2048)
        self.key_id = uuid4().hex
        self.asked = 0
        self.jwks_url = ""

    def keys(self) -> ResponseReturnValue:
        self.asked += 1
        public = json.loads(RSAAlgorithm.to_jwk(self.key.public_key()))
        return {"keys": [{**public, "kid": self.key_id, "alg": "RS256", "use": "sig"}]}

    def claims(self, **other: Any) -> dict[str, Any]:
        now = int(time.time())
        usual = {
            "iss": "https://accounts.google.com", "aud": CLIENT, "azp": CLIENT, "sub": "110169484474386276334",
            "email": "dora@gmail.com", "email_verified": True, "name": "Dora Hall", "iat": now, "exp": now + 3600,
        }  # fmt: skip
        return {name: value for name, value in {**usual, **other}.items() if value is not None}

    def token(self, **other: Any) -> str:
        return jwt.encode(self.claims(**other), self.key, "RS256", {"kid": self.key_id})

    @property
    def public_pem(self) -> bytes:
        form = serialization.PublicFormat.SubjectPublicKeyInfo
        return self.key.public_key().public_bytes(serialization.Encoding.PEM, form)


@contextmanager
def a_google() -> Iterator[Google]:
    google = Google()

    def app(base: str) -> Flask:
        google.jwks_url = f"{base}/certs"
        serving = Flask("google_twin")  # `google` is a package: its folder is not to be found
        serving.add_url_rule("/certs", view_func=google.keys)
        return serving

    with served(app):
        yield google


def forged(claims: dict[str, Any], header: dict[str, Any], key: bytes = b"") -> str:
    """A token as nobody's library would make it."""
    parts = [base64.urlsafe_b64encode(json.dumps(part).encode()).rstrip(b"=") for part in (header, claims)]
    signature = hmac.digest(key, b".".join(parts), "sha256") if key else b""
    return b".".join([*parts, base64.urlsafe_b64encode(signature).rstrip(b"=")]).decode()
