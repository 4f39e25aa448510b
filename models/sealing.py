"""Secrets that must be read again, kept encrypted: a copy of the database alone does not open them."""

import base64
from collections.abc import Sequence

from cryptography.fernet import Fernet, InvalidToken, MultiFernet

from models.errors import Conflict
from models.keys import derived_key


def seal(keys: Sequence[bytes], purpose: str, secret: bytes) -> bytes:
    """`secret` encrypted with the first of the desk's keys, for `purpose` alone."""
    return box(keys, purpose).encrypt(secret)


def unseal(keys: Sequence[bytes], purpose: str, sealed: bytes) -> bytes:
    """What was sealed; any of the desk's keys may have done it. Raises `Conflict` when none of them did."""
    try:
        return box(keys, purpose).decrypt(sealed)
    except InvalidToken:
        raise Conflict("the desk's SECRET_KEY has changed, and this secret cannot be read any more") from None


def box(keys: Sequence[bytes], purpose: str) -> MultiFernet:
    derived = (bytes.fromhex(derived_key(key, purpose)) for key in keys)
    return MultiFernet([Fernet(base64.urlsafe_b64encode(key)) for key in derived])
