"""Signing in: guesses are counted, unknown names look like known ones, stolen tokens end what they stole."""

import threading
from datetime import timedelta

import pytest
from sqlalchemy import func, select

from models.actions.guesses import scope_of
from models.actions.signing_in import (
    FAILURES_FOR_A_NAME,
    FAILURES_FROM_AN_ADDRESS,
    IDLE,
    TABS_MAY_RACE,
    WINDOW,
    check_password,
    end_sign_in,
    renew_sign_in,
    start_sign_in,
)
from models.database import db
from models.errors import Invalid, TooMany
from models.people import FailedSignIn, SignIn, User
from models.queries.people import user_signed_in
from tests.cast import PASSWORD, Desk

HOME, ELSEWHERE = "192.0.2.1", "192.0.2.2"


@pytest.fixture
def nora(desk: Desk) -> User:
    """An agent who can sign in."""
    return db.session.get_one(User, desk.hires("nora", "agent", PASSWORD).id)


def guess(name: str, password: str = "a wrong password", address: str = HOME) -> User | None:
    found = check_password(name, password, address)
    db.session.commit()
    return found


def fail(times: int, name: str = "nora", address: str = HOME) -> None:
    """Let time-saving rows stand for wrong passwords: each real one takes a quarter of a second."""
    scopes = [scope_of("user", name), scope_of("ip", address)]
    db.session.add_all(FailedSignIn(scope=scope) for scope in scopes for _ in range(times))
    db.session.commit()


@pytest.mark.parametrize("name", ["nora", " NORA ", "nora@desk.example", "Nora@Desk.Example"])
def test_name_or_address_and_password_let_in(nora: User, name: str) -> None:
    found = guess(name, PASSWORD)
    assert found is not None and found.id == nora.id


@pytest.mark.parametrize(
    ("name", "password"), [("nora", "wrong"), ("nora", ""), ("nobody", PASSWORD), ("", ""), ("ada", PASSWORD), ("ada", "")]
)
def test_anything_else_does_not(nora: User, name: str, password: str) -> None:
    assert guess(name, password) is None


def test_somebody_who_has_left_does_not_get_in(nora: User) -> None:
    nora.is_active = False
    db.session.commit()
    assert guess("nora", PASSWORD) is None


def test_every_failure_is_counted_twice_also_for_names_nobody_has(nora: User) -> None:
    guess("nora")
    guess("nobody")
    counted = dict(db.session.execute(select(FailedSignIn.scope, func.count()).group_by(FailedSignIn.scope)).all())
    assert counted == {
        scope_of("user", "nora"): 1,
        scope_of("user", "nobody"): 1,
        scope_of("ip", HOME): 2,
    }


@pytest.mark.parametrize("name", ["nora", "nobody"])
def test_after_ten_guesses_at_a_name_nobody_may_try_it(nora: User, name: str) -> None:
    """Also not with the right password, and also not from elsewhere; a name nobody has is locked as well."""
    fail(FAILURES_FOR_A_NAME - 1, name)
    assert guess(name, address=ELSEWHERE) is None
    with pytest.raises(TooMany, match="too many"):
        guess(name, PASSWORD, ELSEWHERE)
    db.session.rollback()


def test_after_fifty_guesses_from_an_address_it_may_not_try_any_name(nora: User) -> None:
    fail(FAILURES_FROM_AN_ADDRESS, "somebody else", HOME)
    with pytest.raises(TooMany):
        guess("nora", PASSWORD, HOME)
    db.session.rollback()
    assert guess("nora", PASSWORD, ELSEWHERE) is not None


def test_a_quarter_of_an_hour_later_all_is_forgiven(desk: Desk, nora: User) -> None:
    fail(FAILURES_FOR_A_NAME)
    desk.time_passes("failed_sign_in", f"{WINDOW.total_seconds() + 1} seconds", "at")
    assert guess("nora", PASSWORD) is not None


def test_the_right_password_forgives_the_wrong_ones_before(nora: User) -> None:
    fail(FAILURES_FOR_A_NAME - 1)
    assert guess("nora", PASSWORD) is not None
    fail(1)
    assert guess("nora", PASSWORD) is not None


def test_guesses_at_the_same_moment_are_counted_before_they_are_tried(desk: Desk, nora: User) -> None:
    """Or a guesser opens a hundred connections, and has a hundred guesses."""
    fail(FAILURES_FOR_A_NAME - 1, address=ELSEWHERE)
    outcomes: list[str] = []
    gate = threading.Barrier(4)

    def try_it() -> None:
        with desk.app.app_context():
            gate.wait(10)
            try:
                guess("nora")
                outcomes.append("tried")
            except TooMany:
                outcomes.append("refused")

    run(try_it, 4)
    assert sorted(outcomes) == ["refused"] * 3 + ["tried"]


def run(work: object, times: int) -> None:
    threads = [threading.Thread(target=work) for _ in range(times)]  # type: ignore[arg-type]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(30)


# Staying signed in


@pytest.fixture
def sign_in(nora: User) -> SignIn:
    signed = start_sign_in(nora, browser="Firefox\x00", address=HOME)
    db.session.commit()
    return signed


def test_a_sign_in_lasts_and_names_its_browser(sign_in: SignIn, nora: User) -> None:
    assert user_signed_in(nora.id, sign_in.id) is nora
    assert sign_in.browser == "Firefox"
    assert sign_in.expires_at - sign_in.created_at > IDLE - timedelta(minutes=1)


def test_a_sign_in_is_of_one_person(desk: Desk, sign_in: SignIn) -> None:
    assert user_signed_in(desk.ada.id, sign_in.id) is None
    assert user_signed_in(sign_in.user_id, sign_in.id + 1) is None


def test_renewing_spends_the_token(sign_in: SignIn) -> None:
    first = sign_in.current_refresh
    renewed = renew_sign_in(sign_in.id, first)
    assert renewed.current_refresh != first and renewed.spent_refresh == first


def test_two_tabs_that_renew_at_the_same_moment_both_go_on(desk: Desk, sign_in: SignIn, nora: User) -> None:
    """The second asks while the first has not committed: it waits, and gets the same."""
    token, sign_in_id, user_id = sign_in.current_refresh, sign_in.id, nora.id
    got: list[str] = []

    def renew_too() -> None:
        with desk.app.app_context():
            got.append(renew_sign_in(sign_in_id, token).current_refresh)
            db.session.commit()

    got.append(renew_sign_in(sign_in_id, token).current_refresh)
    second = threading.Thread(target=renew_too)
    second.start()
    second.join(0.3)
    db.session.commit()
    second.join(30)
    assert len(got) == 2 and len(set(got)) == 1
    desk.looks_again()
    assert user_signed_in(user_id, sign_in_id) is not None
    assert renew_sign_in(sign_in_id, got[0]).current_refresh != got[0]


def test_a_spent_token_that_comes_late_is_stolen_and_ends_everything(desk: Desk, sign_in: SignIn, nora: User) -> None:
    stolen = sign_in.current_refresh
    renewed = renew_sign_in(sign_in.id, stolen).current_refresh
    db.session.commit()
    desk.time_passes("sign_in", f"{TABS_MAY_RACE.total_seconds() + 1} seconds", "renewed_at")
    desk.looks_again()
    with pytest.raises(Invalid):
        renew_sign_in(sign_in.id, stolen)
    db.session.commit()
    assert user_signed_in(nora.id, sign_in.id) is None
    with pytest.raises(Invalid):
        renew_sign_in(sign_in.id, renewed)


@pytest.mark.parametrize("token", ["", "0" * 32])
def test_a_token_that_was_never_given_ends_it_too(sign_in: SignIn, nora: User, token: str) -> None:
    with pytest.raises(Invalid):
        renew_sign_in(sign_in.id, token)
    db.session.commit()
    assert user_signed_in(nora.id, sign_in.id) is None


def test_signing_out_ends_every_token(sign_in: SignIn, nora: User) -> None:
    end_sign_in(sign_in.id)
    db.session.commit()
    assert user_signed_in(nora.id, sign_in.id) is None
    with pytest.raises(Invalid):
        renew_sign_in(sign_in.id, sign_in.current_refresh)


def test_who_stays_away_for_long_is_signed_out(desk: Desk, sign_in: SignIn, nora: User) -> None:
    desk.time_passes("sign_in", f"{IDLE.total_seconds()} seconds", "expires_at")
    desk.looks_again()
    assert user_signed_in(nora.id, sign_in.id) is None
    with pytest.raises(Invalid):
        renew_sign_in(sign_in.id, sign_in.current_refresh)


def test_who_is_switched_off_is_out_at_once(sign_in: SignIn, nora: User) -> None:
    nora.is_active = False
    db.session.commit()
    assert user_signed_in(nora.id, sign_in.id) is None
