"""A fresh access token for an IMAP account (RFC 6749 section 6), to sign in with XOAUTH2."""

import json
import urllib.parse
import urllib.request
from collections.abc import Mapping

SECONDS = 15
MOST = 100_000  # octets of an answer


class NoToken(OSError):
    """The token server gave none; the trouble may pass, or somebody has to consent anew."""


def access_token(secret: Mapping[str, str]) -> str:
    """Trade the refresh token in. Raises `NoToken`, `OSError`."""
    form = {
        "grant_type": "refresh_token",
        "refresh_token": secret["refresh_token"],
        "client_id": secret["client_id"],
        "client_secret": secret["client_secret"],
    }
    asked = urllib.request.Request(secret["token_url"], urllib.parse.urlencode(form).encode())  # noqa: S310 - https, checked when it was set
    try:
        with urllib.request.urlopen(asked, timeout=SECONDS) as answer:
            told = json.loads(answer.read(MOST))
    except ValueError as trouble:
        raise NoToken("the token server's answer cannot be read") from trouble
    except OSError as trouble:
        raise NoToken(f"the token server gave no token: {trouble}") from None
    token = told.get("access_token") if isinstance(told, dict) else None
    if not isinstance(token, str) or not token:
        raise NoToken("the token server gave no token")
    return token
