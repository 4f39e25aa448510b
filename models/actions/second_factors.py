"""The second factor: an authenticator app (TOTP, RFC 6238), and recovery codes for the day it is lost."""

import hmac
import secrets
from collections.abc import Sequence
from datetime import timedelta

import pyotp
from sqlalchemy import delete, func, select, update

from models.accounts import RecoveryCode, SecondFactor
from models.actions.guesses import Limit, count, one_at_a_time, refuse_above
from models.codes import LETTERS, plain
from models.database import db
from models.errors import Conflict, Invalid
from models.keys import derived_key
from models.people import User
from models.sealing import seal, unseal

ISSUER = "Postroom"
STEP_SECONDS = 30
DRIFT = 1  # steps that a clock may be off, either way
RECOVERY_CODES = 10
RECOVERY_LENGTH = 10  # 50 bits

WAIT = "too many wrong codes: wait a quarter of an hour and try again"
# Six digits and three steps: 20 tries a day of somebody who has the password hit within a year at 2 %.
IN_A_ROW = Limit("totp", 5, timedelta(minutes=15), WAIT)
IN_A_DAY = Limit("totp", 20, timedelta(days=1), "too many wrong codes today: use another way in tomorrow")

WRONG = "this code is wrong or was used already: wait for the next one"


def has_second_factor(user_id: int) -> bool:
    confirmed = (SecondFactor.user_id == user_id, SecondFactor.confirmed_at.is_not(None))
    return db.session.scalar(select(SecondFactor.user_id).where(*confirmed)) is not None


def must_set_up(user: User) -> bool:
    """Whether an administrator asks for a second factor that is not there yet."""
    return user.second_factor_required and not has_second_factor(user.id)


def begin_second_factor(user: User, keys: Sequence[bytes]) -> str:
    """A new secret, to be confirmed by a first code; its `otpauth:` address, shown this once.

    Raises `Conflict` when one is in use: a stolen sign-in must not replace it.
    """
    if has_second_factor(user.id):
        raise Conflict("your second factor is set up already: take it away first")
    secret = pyotp.random_base32()
    db.session.merge(SecondFactor(user_id=user.id, secret=seal(keys, "totp", secret.encode()), last_step=0))
    db.session.flush()
    return address_of(secret, user)


def pending_address(user: User, keys: Sequence[bytes]) -> str | None:
    """The `otpauth:` address that waits for its first code; None once it is confirmed, or never begun."""
    factor = db.session.get(SecondFactor, user.id)
    if factor is None or factor.confirmed_at is not None:
        return None
    return address_of(unseal(keys, "totp", factor.secret).decode(), user)


def address_of(secret: str, user: User) -> str:
    return pyotp.TOTP(secret).provisioning_uri(name=user.email or user.username, issuer_name=ISSUER)


def confirm_second_factor(user: User, code: str, keys: Sequence[bytes]) -> list[str]:
    """The app shows the right code: from now on it is asked for. The recovery codes, shown this once.

    Raises `Invalid` for a wrong code, `Conflict` when nothing was begun.
    """
    factor = locked(user.id)
    if factor is None or factor.confirmed_at is not None:
        raise Conflict("there is no second factor to confirm: begin again")
    step = step_of(factor, plain(code), keys)
    if step is None:
        raise Invalid("code", "this code is not the one your app shows now: look again")
    factor.last_step, factor.confirmed_at = step, func.clock_timestamp()
    return new_recovery_codes(user, keys)


def check_second_factor(user: User, code: str, keys: Sequence[bytes]) -> bool:
    """Whether `code` is the app's, unused, or a recovery code, which it uses up. The caller commits either way.

    Raises `TooMany` after too many wrong ones, also for the right one.
    """
    who = str(user.id)
    one_at_a_time("totp", who)
    refuse_above((IN_A_ROW, who), (IN_A_DAY, who))
    factor = locked(user.id)
    typed = plain(code)
    if factor is not None and factor.confirmed_at is not None:
        step = step_of(factor, typed, keys)
        if step is not None:
            factor.last_step = step
            return True
        if spend_recovery_code(user, typed, keys):
            return True
    count(("totp", who))
    return False


def step_of(factor: SecondFactor, typed: str, keys: Sequence[bytes]) -> int | None:
    """The time step whose code this is, if it has not been used, nor one after it (RFC 6238 section 5.2)."""
    app = pyotp.TOTP(unseal(keys, "totp", factor.secret).decode())
    present = int(db.session.execute(select(func.extract("epoch", func.clock_timestamp()))).scalar_one()) // STEP_SECONDS
    steps = range(present - DRIFT, present + DRIFT + 1)
    right = [step for step in steps if hmac.compare_digest(app.generate_otp(step).encode(), typed.encode("utf-8", "replace"))]
    return next((step for step in right if step > factor.last_step), None)


def locked(user_id: int) -> SecondFactor | None:
    return db.session.get(SecondFactor, user_id, with_for_update=True, populate_existing=True)


def remove_second_factor(user_id: int) -> None:
    """Sign in with the password alone from now on."""
    db.session.execute(delete(RecoveryCode).where(RecoveryCode.user_id == user_id))
    db.session.execute(delete(SecondFactor).where(SecondFactor.user_id == user_id))


def new_recovery_codes(user: User, keys: Sequence[bytes]) -> list[str]:
    """Fresh recovery codes instead of the old ones; only their hashes are kept."""
    codes = ["".join(secrets.choice(LETTERS) for _ in range(RECOVERY_LENGTH)) for _ in range(RECOVERY_CODES)]
    db.session.execute(delete(RecoveryCode).where(RecoveryCode.user_id == user.id))
    db.session.add_all(RecoveryCode(user_id=user.id, code_hash=recovery_hash(keys[0], user.id, code)) for code in codes)
    db.session.flush()
    return [f"{code[:5]}-{code[5:]}" for code in codes]


def recovery_codes_left(user_id: int) -> int:
    left = select(func.count()).where(RecoveryCode.user_id == user_id, RecoveryCode.spent_at.is_(None))
    return db.session.scalar(left) or 0


def spend_recovery_code(user: User, typed: str, keys: Sequence[bytes]) -> bool:
    hashes = [recovery_hash(key, user.id, typed) for key in keys]
    right = (RecoveryCode.user_id == user.id, RecoveryCode.code_hash.in_(hashes), RecoveryCode.spent_at.is_(None))
    spent = update(RecoveryCode).where(*right).values(spent_at=func.clock_timestamp()).returning(RecoveryCode.id)
    return db.session.scalar(spent) is not None


def recovery_hash(key: bytes, user_id: int, code: str) -> bytes:
    """Keyed, as fifty bits alone could be searched."""
    purpose = bytes.fromhex(derived_key(key, "recovery-code"))
    return hmac.digest(purpose, f"{user_id}|{code}".encode("utf-8", "replace"), "sha256")
