"""Tells another server of an event: one POST, signed, to public addresses only, without following redirects."""

import hmac
import http.client
import json
import time
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit
from uuid import UUID

from models.safe_connection import NotAllowed, Resolve, addresses_of, allowed_address, connection_to

SECONDS = 10  # for each step: to connect, to be answered
MOST_READ = 16_384  # octets of an answer; nobody reads them, they only have to go by

SETTING = "WEBHOOK_PRIVATE_ADDRESSES"


@dataclass(frozen=True)
class Said:
    """How it went. `status` is None where nobody answered."""

    status: int | None
    detail: str = ""

    @property
    def is_taken(self) -> bool:
        return self.status is not None and 200 <= self.status < 300


def tell(
    url: str, secret: str, delivery_id: UUID, kind: str, payload: Mapping[str, Any], *, private_too: bool, resolve: Resolve = addresses_of
) -> Said:
    """POST the event. Never raises for what the other side or its name does."""
    body = json.dumps(payload, separators=(",", ":"), sort_keys=True).encode()
    headers = {
        "Content-Type": "application/json",
        "User-Agent": "Postroom-Webhooks",
        "Postroom-Event": kind,
        "Postroom-Delivery": str(delivery_id),
        "Postroom-Signature": signature(secret, body, int(time.time())),
    }
    try:
        return post(url, body, headers, private_too, resolve)
    except NotAllowed as refused:
        return Said(None, str(refused))
    except (OSError, http.client.HTTPException, UnicodeError, ValueError) as trouble:
        return Said(None, f"no answer: {type(trouble).__name__}")


def signature(secret: str, body: bytes, moment: int) -> str:
    """`t=<Unix time>,v1=<hex HMAC-SHA256 of "t.body">`: whoever checks it refuses what is old as well."""
    told = hmac.digest(secret.encode(), f"{moment}.".encode() + body, "sha256").hex()
    return f"t={moment},v1={told}"


def post(url: str, body: bytes, headers: Mapping[str, str], private_too: bool, resolve: Resolve) -> Said:
    parts = urlsplit(url)
    port = parts.port or (443 if parts.scheme == "https" else 80)
    address = allowed_address(resolve(parts.hostname or "", port), private_too, SETTING)
    connection = connection_to(parts.scheme, parts.hostname or "", port, address, SECONDS)
    try:
        connection.request("POST", parts._replace(scheme="", netloc="").geturl() or "/", body, dict(headers))
        answer = connection.getresponse()
        answer.read(MOST_READ)
        return Said(answer.status, "" if answer.status < 300 else said_of(answer.status))
    finally:
        connection.close()


def said_of(status: int) -> str:
    """What a refusal means, without a word of the other side's."""
    return "it sends us elsewhere, and we follow nobody" if status < 400 else f"it answered {status}"
