"""One-time codes by mail: asked for, tried, and traded for a verification token.

How far guessing gets: a code has 40 bits, an account takes 20 wrong tries a day, so a year of them hits with a
chance of 7,300 in 2^40, which is 7e-9 (P16 allows 1e-6). All counters are rows in Postgres.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import delete, func, or_, select, update

from models.actions.guesses import Limit, count, network_of, one_at_a_time, refuse_above, scope_of
from models.actions.mail_queue import queue_mail
from models.accounts import OneTimeCode
from models.addresses import typed_address
from models.codes import is_code_of, new_token, token_hash
from models.database import db
from models.errors import Conflict, Invalid, TooMany
from models.mailbox import Mailbox

LIFE = timedelta(minutes=10)
TOKEN_LIFE = timedelta(minutes=30)
TRIES = 5
CODES_AN_HOUR = 5  # to one address: more than a person needs, too few to be a nuisance
CODES_A_DAY = 10
CODES_FOR_A_NETWORK = 60  # an hour

WAIT = "too many wrong codes: wait some time, then ask for a new one"
WRONG_FOR_AN_ADDRESS = Limit("code", 20, timedelta(days=1), WAIT)
WRONG_FROM_A_NETWORK = Limit("code-net", 100, timedelta(hours=1), WAIT)
WRONG_AT_ALL = Limit("code-desk", 1000, timedelta(hours=1), WAIT)

WRONG = "this code is wrong or too old: look at the newest mail, or ask for a new code"
TOKEN_IS_OVER = "this address is not verified, or no longer: ask for a new code"

now = func.clock_timestamp


@dataclass(frozen=True)
class Verified:
    """What whoever read the mail may trade in, once."""

    token: str
    expires_at: datetime


def request_code(address: str, keys: Sequence[bytes], *, browser: str = "", came_from: str = "") -> None:
    """Mail a code to whoever reads `address`. Does the same, and says the same, for every address there is.

    Whether anybody there may get one is asked by the worker that makes the mail, not here. `browser` is the secret
    of the asking browser: the code counts in that one alone; '' is a script. Raises `Invalid` for what is no
    address, `TooMany` when `came_from` asks too often; for an address that is asked for too often nothing happens.
    """
    address = typed_address(address)
    network = scope_of("network", network_of(came_from))
    refuse_a_busy_network(network)
    one_at_a_time("codes-for", address)
    if has_had_enough(address):
        return
    same = (OneTimeCode.address == address, OneTimeCode.browser == browser_hash(browser))
    db.session.execute(update(OneTimeCode).where(*same, OneTimeCode.spent_at.is_(None)).values(spent_at=now()))
    code = OneTimeCode(address=address, browser=browser_hash(browser), network=network, expires_at=now() + LIFE)
    db.session.add(code)
    db.session.flush()
    mail = queue_mail(f"code:{code.id}", "code", first_mailbox(), address, keys, automatic=True)
    assert mail is not None, "the id of the code is new"
    mail.give_up_at = now() + LIFE
    code.outbox_id = mail.id


def refuse_a_busy_network(network: str) -> None:
    asked = select(func.count()).where(OneTimeCode.network == network, OneTimeCode.created_at > now() - timedelta(hours=1))
    if (db.session.scalar(asked) or 0) >= CODES_FOR_A_NETWORK:
        raise TooMany("too many codes were asked for from your network: wait an hour", 3600)


def has_had_enough(address: str) -> bool:
    hour = func.count().filter(OneTimeCode.created_at > now() - timedelta(hours=1))
    asked = select(hour, func.count()).where(
        OneTimeCode.address == address, OneTimeCode.created_at > now() - timedelta(days=1)
    )
    in_an_hour, in_a_day = db.session.execute(asked).one()
    return bool(in_an_hour >= CODES_AN_HOUR or in_a_day >= CODES_A_DAY)


def verify_code(
    address: str, code: str, keys: Sequence[bytes], *, browser: str = "", came_from: str = ""
) -> Verified | None:
    """Trade a right code for a token; None for a wrong one, which is counted: the caller commits either way.

    Raises `TooMany` when this address, this network or everybody has guessed too often.
    """
    try:
        address = typed_address(address)
    except Invalid:
        return None
    one_at_a_time("code", address)
    network = network_of(came_from)
    refuse_above((WRONG_FOR_AN_ADDRESS, address), (WRONG_FROM_A_NETWORK, network), (WRONG_AT_ALL, ""))
    live = live_code(address, browser)
    if live is not None and is_code_of(keys, live.id, code):
        return trade(live)
    count(("code-net", network), ("code-desk", ""))
    if live is not None:  # or a stranger locks an address without there being anything to guess
        count(("code", address))
        live.wrong_tries += 1
        if live.wrong_tries >= TRIES:
            live.spent_at = now()
    return None


def live_code(address: str, browser: str) -> OneTimeCode | None:
    """The newest code of this address and browser that still counts, locked."""
    wanted = select(OneTimeCode).where(
        OneTimeCode.address == address,
        OneTimeCode.browser == browser_hash(browser),
        OneTimeCode.spent_at.is_(None),
        OneTimeCode.expires_at > now(),
    )
    return db.session.scalar(wanted.order_by(OneTimeCode.created_at.desc()).limit(1).with_for_update())


def trade(code: OneTimeCode) -> Verified:
    token = new_token()
    code.spent_at = now()
    code.token_hash = token_hash(token)
    code.token_expires_at = now() + TOKEN_LIFE
    db.session.flush()
    db.session.refresh(code)
    assert code.token_expires_at is not None
    return Verified(token, code.token_expires_at)


def spend_token(address: str, token: str) -> None:
    """Use a verification token up for what is done in the same transaction. Raises `Invalid`."""
    good = (
        update(OneTimeCode)
        .where(
            OneTimeCode.token_hash == token_hash(token),
            OneTimeCode.address == address,
            OneTimeCode.token_spent_at.is_(None),
            OneTimeCode.token_expires_at > now(),
        )
        .values(token_spent_at=now())
        .returning(OneTimeCode.id)
    )
    if not token or db.session.scalar(good.execution_options(synchronize_session=False)) is None:
        raise Invalid("verification_token", TOKEN_IS_OVER)


def browser_hash(browser: str) -> str:
    return scope_of("browser", browser) if browser else ""


def first_mailbox() -> Mailbox:
    """The mailbox that mails about accounts come from. Raises `Conflict` where the desk has none."""
    mailbox = db.session.scalar(select(Mailbox).where(Mailbox.is_active).order_by(Mailbox.id).limit(1))
    if mailbox is None:
        raise Conflict("this desk has no mailbox to send from")
    return mailbox


def forget_old_codes(limit: int = 5000) -> int:
    """Delete a batch of codes that are over. How many there were."""
    over = OneTimeCode.created_at < now() - timedelta(days=2)
    old = select(OneTimeCode.id).where(over, or_(OneTimeCode.token_expires_at.is_(None), OneTimeCode.token_expires_at < now()))
    gone = delete(OneTimeCode).where(OneTimeCode.id.in_(old.limit(limit))).returning(OneTimeCode.id)
    return len(db.session.scalars(gone).all())
