"""One-time codes by mail: counted, bound, used once, and of no use to whoever copies the database (H-127, H-128, P16)."""

import threading

import pytest
from sqlalchemy import event, func, select, text

from models.accounts import OneTimeCode
from models.actions import codes
from models.actions.codes import CODES_A_DAY, CODES_AN_HOUR, LIFE, TRIES, WRONG_AT_ALL, WRONG_FOR_AN_ADDRESS, WRONG_FROM_A_NETWORK
from models.actions.guesses import scope_of
from models.codes import LENGTH, LETTERS
from models.database import db
from models.errors import Invalid, TooMany
from models.outbox import Outbox
from models.people import FailedSignIn
from tests.cast import DORA, EVE, Desk
from tests.integration.accounts.conftest import ELSEWHERE, HOME, asks_for_code, tries, verifies

WRONG = "AAAA-AAAA"


def test_whoever_reads_the_mail_is_verified(desk: Desk) -> None:
    code = asks_for_code(desk, DORA.address)
    verified = tries(desk, "Dora@Example.NET ", code.lower().replace("-", " "))
    assert verified is not None and len(verified.token) > 40


def test_a_year_of_guessing_at_an_account_hits_with_less_than_one_in_a_million() -> None:
    """P16, computed from the limits themselves."""
    tries_a_year = WRONG_FOR_AN_ADDRESS.most * 365
    assert WRONG_FOR_AN_ADDRESS.window.days == 1
    assert tries_a_year / len(LETTERS) ** LENGTH < 1e-6
    tries_at_all = WRONG_AT_ALL.most * 24 * 365  # at whichever account
    assert tries_at_all / len(LETTERS) ** LENGTH < 1e-4


def test_a_code_works_once(desk: Desk) -> None:
    code = asks_for_code(desk, DORA.address)
    assert tries(desk, DORA.address, code) is not None
    assert tries(desk, DORA.address, code) is None


def test_a_code_is_too_old_after_ten_minutes(desk: Desk) -> None:
    code = asks_for_code(desk, DORA.address)
    desk.time_passes("one_time_code", f"{LIFE.total_seconds()} seconds", "expires_at")
    assert tries(desk, DORA.address, code) is None


def test_a_code_is_for_its_address_alone(desk: Desk) -> None:
    code = asks_for_code(desk, DORA.address)
    asks_for_code(desk, EVE.address)
    assert tries(desk, EVE.address, code) is None


def test_a_new_code_ends_the_one_before(desk: Desk) -> None:
    first = asks_for_code(desk, DORA.address)
    second = asks_for_code(desk, DORA.address)
    assert tries(desk, DORA.address, first) is None
    assert tries(desk, DORA.address, second) is not None


def test_a_code_counts_in_the_browser_that_asked_for_it(desk: Desk) -> None:
    """Or whoever talks somebody out of a code can use it (H-128); a script is no browser."""
    code = asks_for_code(desk, DORA.address, browser="hers")
    assert tries(desk, DORA.address, code, browser="another") is None
    assert tries(desk, DORA.address, code) is None
    assert tries(desk, DORA.address, code, browser="hers") is not None


def test_somebody_elses_asking_does_not_end_my_code(desk: Desk) -> None:
    code = asks_for_code(desk, DORA.address, browser="hers")
    asks_for_code(desk, DORA.address, browser="another", came_from=ELSEWHERE)
    assert tries(desk, DORA.address, code, browser="hers") is not None


def test_after_five_wrong_tries_the_right_one_is_too_late(desk: Desk) -> None:
    code = asks_for_code(desk, DORA.address)
    for _ in range(TRIES):
        assert tries(desk, DORA.address, WRONG) is None
    assert tries(desk, DORA.address, code) is None


def test_of_a_hundred_tries_at_once_five_are_tried(desk: Desk) -> None:
    """The counter is read and written under one lock (H-128)."""
    asks_for_code(desk, DORA.address)
    gate = threading.Barrier(20)

    def try_it() -> None:
        with desk.app.app_context():
            gate.wait(20)
            for _ in range(5):
                tries(desk, DORA.address, WRONG)

    threads = [threading.Thread(target=try_it) for _ in range(20)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    desk.looks_again()
    assert db.session.scalar(select(OneTimeCode.wrong_tries)) == TRIES
    counted = select(func.count()).where(FailedSignIn.scope == scope_of("code", DORA.address))
    assert db.session.scalar(counted) == TRIES


def test_tries_at_the_same_moment_are_counted_before_they_are_tried(desk: Desk) -> None:
    """At the edge of the day's limit one of four is tried, not all."""
    asks_for_code(desk, DORA.address)
    db.session.add_all(FailedSignIn(scope=scope_of("code", DORA.address)) for _ in range(WRONG_FOR_AN_ADDRESS.most - 1))
    db.session.commit()
    gate, outcomes = threading.Barrier(4), []

    def try_it() -> None:
        with desk.app.app_context():
            gate.wait(20)
            try:
                tries(desk, DORA.address, WRONG)
                outcomes.append("tried")
            except TooMany:
                outcomes.append("refused")

    threads = [threading.Thread(target=try_it) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    assert sorted(outcomes) == ["refused"] * 3 + ["tried"]


@pytest.mark.parametrize(
    ("limit", "value"),
    [(WRONG_FOR_AN_ADDRESS, DORA.address), (WRONG_FROM_A_NETWORK, "192.0.2.0/24"), (WRONG_AT_ALL, "")],
    ids=["an address", "a network", "the desk"],
)
def test_who_has_guessed_too_often_may_not_try_the_right_one(desk: Desk, limit: codes.Limit, value: str) -> None:
    code = asks_for_code(desk, DORA.address)
    db.session.add_all(FailedSignIn(scope=scope_of(limit.kind, value)) for _ in range(limit.most))
    db.session.commit()
    with pytest.raises(TooMany):
        tries(desk, DORA.address, code)
    db.session.rollback()
    desk.time_passes("failed_sign_in", f"{limit.window.total_seconds() + 1} seconds", "at")
    assert tries(desk, DORA.address, code) is not None


def test_guesses_where_there_is_no_code_lock_nobody_out(desk: Desk) -> None:
    for _ in range(3):
        tries(desk, DORA.address, WRONG, came_from=ELSEWHERE)
    counted = dict(db.session.execute(select(FailedSignIn.scope, func.count()).group_by(FailedSignIn.scope)).all())
    assert scope_of("code", DORA.address) not in counted
    assert counted[scope_of("code-net", "198.51.100.0/24")] == 3


@pytest.mark.parametrize("codes_sent,interval", [(CODES_AN_HOUR, "59 minutes"), (CODES_A_DAY, "23 hours")])
def test_an_address_is_not_flooded(desk: Desk, codes_sent: int, interval: str) -> None:
    for _ in range(codes_sent):
        if codes_sent == CODES_A_DAY:
            desk.time_passes("one_time_code", "61 minutes", "created_at")
        assert asks_for_code(desk, DORA.address)
    desk.time_passes("one_time_code", "1 minute", "created_at")
    assert asks_for_code(desk, DORA.address) == ""
    assert asks_for_code(desk, EVE.address)


def test_a_network_may_not_ask_for_everybody(desk: Desk) -> None:
    asks_for_code(desk, DORA.address)
    copies = "INSERT INTO one_time_code (id, address, network, expires_at) SELECT gen_random_uuid(), 'x@y.example', network, expires_at FROM one_time_code, generate_series(2, :most)"
    db.session.execute(text(copies), {"most": codes.CODES_FOR_A_NETWORK})
    db.session.commit()
    with pytest.raises(TooMany):
        asks_for_code(desk, EVE.address, came_from="192.0.2.99")
    db.session.rollback()
    assert asks_for_code(desk, EVE.address, came_from=ELSEWHERE)


def test_known_and_unknown_addresses_run_the_same_statements(desk: Desk) -> None:
    """H-129: what is asked of the database does not depend on whether somebody has the address."""
    seen: list[list[str]] = []
    engine = db.engine

    def note(_connection: object, _cursor: object, statement: str, *_: object) -> None:
        seen[-1].append(statement)

    event.listen(engine, "before_cursor_execute", note)
    try:
        for address in ("ada@desk.example", "nobody@desk.example"):
            seen.append([])
            codes.request_code(address, desk.keys, came_from=HOME)
            db.session.commit()
            db.session.expire_all()
    finally:
        event.remove(engine, "before_cursor_execute", note)
    assert seen[0] == seen[1]
    assert not any("user_account" in statement for statement in seen[0])


def test_the_database_holds_no_code(desk: Desk) -> None:
    """Searched in all that was written, the mail's row among it."""
    code = asks_for_code(desk, DORA.address)
    rows = db.session.execute(text("SELECT one_time_code::text, outbox::text FROM one_time_code, outbox")).all()
    assert rows and all(form not in str(rows) for form in (code, code.replace("-", "")))
    [mail] = db.session.scalars(select(Outbox)).all()
    assert mail.automatic and mail.rcpt == DORA.address and mail.ticket_id is None


@pytest.mark.parametrize("address", ["", "dora", "dora@", "@example.net", "a@b@c.example", "dora@example.net\r\nBcc: eve@example.org"])
def test_what_is_no_address_gets_no_code(desk: Desk, address: str) -> None:
    with pytest.raises(Invalid):
        codes.request_code(address, desk.keys)


# The verification token


def test_a_verification_token_works_once_and_for_its_address(desk: Desk) -> None:
    token = verifies(desk, DORA.address)
    for address, given in ((EVE.address, token), (DORA.address, token[:-1]), (DORA.address, "")):
        with pytest.raises(Invalid):
            codes.spend_token(address, given)
    codes.spend_token(DORA.address, token)
    with pytest.raises(Invalid):
        codes.spend_token(DORA.address, token)


def test_a_verification_token_lasts_half_an_hour(desk: Desk) -> None:
    token = verifies(desk, DORA.address)
    desk.time_passes("one_time_code", "29 minutes", "token_expires_at")
    codes.spend_token(DORA.address, token)
    db.session.rollback()
    desk.time_passes("one_time_code", "61 seconds", "token_expires_at")
    with pytest.raises(Invalid):
        codes.spend_token(DORA.address, token)


def test_old_codes_are_forgotten(desk: Desk) -> None:
    asks_for_code(desk, DORA.address)
    assert codes.forget_old_codes() == 0
    desk.time_passes("one_time_code", "3 days", "created_at", "expires_at")
    assert codes.forget_old_codes() == 1
