"""Passwords: hashed with argon2id, checked in the same time whether or not there is such a user."""

from functools import cache

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError

from models.errors import Invalid

MIN_LENGTH = 10
MAX_LENGTH = 1024

hasher = PasswordHasher()


@cache
def nobodys_hash() -> str:
    """What an unknown user's password is checked against, so that the answer takes as long as for a known one."""
    return hasher.hash("there is no such user")


def hash_password(password: str) -> str:
    """The hash to store. Raises `Invalid` for a password too short to protect anything."""
    if len(password) < MIN_LENGTH:
        raise Invalid("password", f"a password needs at least {MIN_LENGTH} characters")
    if len(password) > MAX_LENGTH:
        raise Invalid("password", f"a password may have at most {MAX_LENGTH} characters")
    return hasher.hash(password)


def matches(password_hash: str | None, password: str) -> bool:
    """Whether `password` is the one hashed; takes its time also where there is no hash."""
    try:
        hasher.verify(password_hash or nobodys_hash(), password[:MAX_LENGTH])
    except (VerificationError, InvalidHashError):
        return False
    return bool(password_hash)
