"""One-time codes and the tokens that follow them: how they are made, written and compared. Pure.

A code has eight of 32 letters, 40 bits. It is made from the desk's key and the id of its row, so that the worker
that mails it can make it again, and the database never holds it.
"""

import hashlib
import hmac
import secrets
from collections.abc import Sequence
from uuid import UUID

LETTERS = "23456789ABCDEFGHJKLMNPQRSTUVWXYZ"  # neither 0 and O nor 1 and I: people copy these by hand
LENGTH = 8


def code_of(key: bytes, code_id: UUID) -> str:
    """The code of one row, without its dash."""
    number = int.from_bytes(hmac.digest(key, f"one-time-code|{code_id}".encode(), "sha256"))
    letters = []
    for _ in range(LENGTH):
        number, index = divmod(number, len(LETTERS))
        letters.append(LETTERS[index])
    return "".join(letters)


def spelled(code: str) -> str:
    """`K7QM2XWD` as people read it: `K7QM-2XWD`."""
    return f"{code[:4]}-{code[4:]}"


def plain(typed: str) -> str:
    """What somebody typed, without dashes and spaces, in capitals."""
    return "".join(typed.upper().replace("-", "").split())[:64]


def is_code_of(keys: Sequence[bytes], code_id: UUID, typed: str) -> bool:
    """Whether `typed` is the code of the row; any of the desk's keys may have made it."""
    given = plain(typed).encode("utf-8", "replace")
    return any([hmac.compare_digest(given, code_of(key, code_id).encode()) for key in keys])


def new_token() -> str:
    """A verification token: 256 bits, for its holder alone."""
    return secrets.token_urlsafe(32)


def token_hash(token: str) -> bytes:
    """What is stored of a token; it is long enough to need no salt."""
    return hashlib.sha256(token.encode("utf-8", "replace")).digest()
