"""Passwords: hashed with argon2id, checked in the same time whether or not there is such a user."""

from functools import cache
from threading import BoundedSemaphore

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError

from models.errors import Invalid

MIN_LENGTH = 10
MAX_LENGTH = 1024

MOST_AT_ONCE = 4  # each takes 64 MiB: a crowd of guessers must not take all the memory there is

hasher = PasswordHasher()
seats = BoundedSemaphore(MOST_AT_ONCE)


@cache
def nobodys_hash() -> str:
    """What an unknown user's password is checked against, so that the answer takes as long as for a known one."""
    return hasher.hash("there is no such user")


def hash_password(password: str) -> str:
    """The hash to store. Raises `Invalid` for a password too short to protect anything."""
    refuse_unfit(password)
    with seats:
        return hasher.hash(password)


def refuse_unfit(password: str) -> None:
    """Raises `Invalid` for a password that is too short or too long."""
    if len(password) < MIN_LENGTH:
        raise Invalid("password", f"a password needs at least {MIN_LENGTH} characters")
    if len(password) > MAX_LENGTH:
        raise Invalid("password", f"a password may have at most {MAX_LENGTH} characters")


def matches(password_hash: str | None, password: str) -> bool:
    """Whether `password` is the one hashed; takes its time also where there is no hash."""
    wanted = password_hash or nobodys_hash()
    try:
        with seats:
            hasher.verify(wanted, password[:MAX_LENGTH])
    except (VerificationError, InvalidHashError):
        return False
    return bool(password_hash)
