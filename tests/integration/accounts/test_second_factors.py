"""The second factor: codes of the app count once, recovery codes too, guesses are counted."""

import time

import pyotp
import pytest
from sqlalchemy import text

from models.actions.second_factors import (
    IN_A_DAY,
    IN_A_ROW,
    RECOVERY_CODES,
    begin_second_factor,
    check_second_factor,
    confirm_second_factor,
    has_second_factor,
    must_set_up,
    pending_address,
    recovery_codes_left,
    remove_second_factor,
)
from models.database import db
from models.errors import Conflict, Invalid, TooMany
from models.people import User
from tests.cast import Desk


class App:
    """Ada's authenticator, and her recovery codes on paper."""

    def __init__(self, desk: Desk) -> None:
        self.desk = desk
        self.ada: User = desk.person(desk.ada)
        self.totp = pyotp.parse_uri(begin_second_factor(self.ada, desk.keys))
        db.session.commit()

    def shows(self, steps: int = 0) -> str:
        return self.totp.generate_otp(int(time.time()) // 30 + steps)

    def confirms(self) -> list[str]:
        """Confirm with the code of now, long ago: it is good for a sign-in again."""
        codes = confirm_second_factor(self.ada, self.shows(), self.desk.keys)
        db.session.execute(text("UPDATE second_factor SET last_step = 0"))
        db.session.commit()
        return codes

    def checks(self, code: str) -> bool:
        right = check_second_factor(self.ada, code, self.desk.keys)
        db.session.commit()
        return right


@pytest.fixture
def app(desk: Desk) -> App:
    return App(desk)


def test_it_counts_from_the_first_right_code(desk: Desk, app: App) -> None:
    assert not has_second_factor(app.ada.id) and not app.checks(app.shows())
    with pytest.raises(Invalid):
        confirm_second_factor(app.ada, "000000" if app.shows() != "000000" else "111111", desk.keys)
    assert len(app.confirms()) == RECOVERY_CODES
    assert has_second_factor(app.ada.id) and app.checks(app.shows())


def test_its_secret_is_shown_until_it_is_confirmed_and_never_again(desk: Desk, app: App) -> None:
    assert app.totp.secret in (pending_address(app.ada, desk.keys) or "")
    app.confirms()
    assert pending_address(app.ada, desk.keys) is None


def test_the_database_holds_neither_secret_nor_codes(desk: Desk, app: App) -> None:
    codes = app.confirms()
    kept = str(db.session.execute(text("SELECT second_factor::text, recovery_code::text FROM second_factor, recovery_code")).all())
    assert app.totp.secret not in kept and not any(code.replace("-", "") in kept for code in codes)
    assert app.totp.secret.encode().hex() not in kept


def test_a_code_works_once_also_within_its_half_minute(app: App) -> None:
    app.confirms()
    code = app.shows()
    assert app.checks(code) and not app.checks(code)


def test_a_code_before_the_last_used_one_is_refused(app: App) -> None:
    app.confirms()
    earlier, later = app.shows(), app.shows(1)
    assert app.checks(later) and not app.checks(earlier)


@pytest.mark.parametrize(("steps", "right"), [(1, True), (0, True), (3, False), (-3, False)])
def test_a_clock_may_be_half_a_minute_off(app: App, steps: int, right: bool) -> None:
    app.confirms()
    assert app.checks(app.shows(steps)) is right


def test_a_recovery_code_works_once(app: App) -> None:
    codes = app.confirms()
    assert app.checks(codes[3].lower()) and not app.checks(codes[3])
    assert recovery_codes_left(app.ada.id) == RECOVERY_CODES - 1


@pytest.mark.parametrize("limit", [IN_A_ROW, IN_A_DAY], ids=["in a row", "in a day"])
def test_who_guesses_is_stopped_also_with_the_right_code(desk: Desk, app: App, limit: object) -> None:
    app.confirms()
    tried = 0
    while tried < limit.most:  # type: ignore[attr-defined]
        if tried and tried % IN_A_ROW.most == 0:
            desk.time_passes("failed_sign_in", "16 minutes", "at")
            app.ada = desk.person(desk.ada)
        assert not app.checks("not a code")
        tried += 1
    with pytest.raises(TooMany):
        app.checks(app.shows())
    db.session.rollback()
    desk.time_passes("failed_sign_in", f"{limit.window.total_seconds()} seconds", "at")  # type: ignore[attr-defined]
    app.ada = desk.person(desk.ada)
    assert app.checks(app.shows())


def test_a_stolen_sign_in_does_not_replace_it(desk: Desk, app: App) -> None:
    app.confirms()
    with pytest.raises(Conflict):
        begin_second_factor(app.ada, desk.keys)
    remove_second_factor(app.ada.id)
    assert begin_second_factor(app.ada, desk.keys)


def test_it_survives_a_new_key_of_the_desk(desk: Desk, app: App) -> None:
    codes = app.confirms()
    rotated = (b"n" * 40, *desk.keys)
    assert check_second_factor(app.ada, app.shows(), rotated)
    assert check_second_factor(app.ada, codes[0], rotated)


def test_an_administrator_may_ask_for_it(desk: Desk) -> None:
    ada = desk.person(desk.ada)
    assert not must_set_up(ada)
    ada.second_factor_required = True
    db.session.commit()
    assert must_set_up(ada)
    App(desk).confirms()
    assert not must_set_up(ada)
