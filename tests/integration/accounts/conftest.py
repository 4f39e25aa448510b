"""What tests of accounts say: asking for a code, and finding it where its reader would."""

from uuid import UUID

from sqlalchemy import select

from models.accounts import OneTimeCode
from models.actions import codes
from models.actions.codes import Verified
from models.codes import code_of, spelled
from models.database import db
from tests.cast import Desk, desk

__all__ = ["desk"]

HOME, ELSEWHERE = "192.0.2.1", "198.51.100.7"


def asks_for_code(desk: Desk, address: str, *, browser: str = "", came_from: str = HOME) -> str:
    """Ask for a code, and read it out of the mail; '' where none was sent."""
    before = set(db.session.scalars(select(OneTimeCode.id)))
    codes.request_code(address, desk.keys, browser=browser, came_from=came_from)
    db.session.commit()
    new = [each for each in db.session.scalars(select(OneTimeCode.id)) if each not in before]
    return spelled(code_of(desk.keys[0], UUID(str(new[0])))) if new else ""


def tries(desk: Desk, address: str, code: str, *, browser: str = "", came_from: str = HOME) -> Verified | None:
    found = codes.verify_code(address, code, desk.keys, browser=browser, came_from=came_from)
    db.session.commit()
    return found


def verifies(desk: Desk, address: str) -> str:
    """The token of somebody who reads the mail of `address`."""
    verified = tries(desk, address, asks_for_code(desk, address))
    assert verified is not None
    return verified.token
