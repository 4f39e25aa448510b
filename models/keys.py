"""Keys for one purpose each, made from the desk's secret, so that no signature of one kind passes for another."""

import hashlib
import hmac


def derived_key(secret: bytes, purpose: str) -> str:
    """The key for `purpose` under `secret`, as 64 hex digits."""
    return hmac.digest(secret, f"postroom|{purpose}".encode(), "sha256").hex()


def key_id(secret: bytes) -> str:
    """A short public name of a secret, by which a token says which key signed it."""
    return hashlib.sha256(b"postroom|key-id|" + secret).hexdigest()[:8]
