"""Signing up: an account takes over what its address wrote by mail, and never what is somebody else's."""

import pytest
from sqlalchemy import select

from models.actions.google_accounts import GoogleIdentity, link_google, unlink_google, user_for_google
from models.actions.guesses import count
from models.actions.own_account import change_address, change_password, demand_password
from models.actions.registering import FROM_A_NETWORK, register, set_password_by_code
from models.actions.signing_in import check_password, start_sign_in
from models.database import db
from models.errors import Conflict, Forbidden, Invalid, TooMany
from models.outbox import Outbox
from models.people import Role, User
from models.queries.people import user_signed_in
from models.queries.tickets import ticket_seen_by
from tests.cast import DORA, EVE, PASSWORD, Desk, mail_from
from tests.integration.accounts.conftest import HOME, verifies

OTHER_PASSWORD = "another ten letters"


def signs_up(desk: Desk, address: str, name: str = "dora") -> User:
    user = register(name, PASSWORD, email=address, verification_token=verifies(desk, address), came_from=HOME)
    db.session.commit()
    return user


def test_an_account_takes_over_the_tickets_its_address_opened_by_mail(desk: Desk) -> None:
    ticket_id = desk.takes_in(mail_from(DORA)).ticket_id
    assert ticket_id is not None
    dora = signs_up(desk, DORA.address)
    assert ticket_seen_by(dora, "assigned", ticket_id).id == ticket_id
    assert check_password("dora", PASSWORD, HOME) is dora and check_password(DORA.address, PASSWORD, HOME) is dora
    assert (dora.role, dora.full_name) == (Role.CUSTOMER, DORA.name)
    assert desk.takes_in(mail_from(DORA, subject="One more thing")).ticket_id
    assert {ticket.customer_id for ticket in desk.tickets()} == {dora.id}


def test_without_the_token_nobody_gets_an_address(desk: Desk) -> None:
    desk.takes_in(mail_from(DORA))
    verifies(desk, DORA.address)
    for token in (None, "", verifies(desk, EVE.address)):
        with pytest.raises(Invalid) as refused:
            register("dora", PASSWORD, email=DORA.address, verification_token=token)
        assert refused.value.field == "verification_token"
        db.session.rollback()
    assert desk.person(DORA).password_hash is None


def test_a_refused_registration_does_not_use_the_token_up(desk: Desk) -> None:
    token = verifies(desk, DORA.address)
    with pytest.raises(Invalid):
        register("dora", "short", email=DORA.address, verification_token=token)
    db.session.rollback()
    assert register("dora", PASSWORD, email=DORA.address, verification_token=token).email == DORA.address


def test_without_an_address_an_account_has_nobodys_tickets(desk: Desk) -> None:
    desk.takes_in(mail_from(DORA))
    user = register("dora", PASSWORD)
    db.session.commit()
    assert user.email is None and [ticket.customer_id for ticket in desk.tickets()] != [user.id]


@pytest.mark.parametrize("name", [DORA.address, "ada@desk.example", "somebody@else.example"])
def test_nobody_takes_anothers_address_as_a_user_name(desk: Desk, name: str) -> None:
    """Or its owner's sign-in could end in an account that waited for it."""
    with pytest.raises(Invalid):
        register(name, PASSWORD)


@pytest.mark.parametrize("name", ["ada", "ADA", " ada "])
def test_a_name_that_is_taken_is_refused(desk: Desk, name: str) -> None:
    with pytest.raises(Conflict):
        register(name, PASSWORD)


def test_an_address_that_has_an_account_is_not_registered_again(desk: Desk) -> None:
    signs_up(desk, DORA.address)
    for address in (DORA.address, "ada@desk.example"):
        with pytest.raises(Conflict):
            register("again", OTHER_PASSWORD, email=address, verification_token=verifies(desk, address))
        db.session.rollback()


def test_a_network_makes_only_so_many_accounts(desk: Desk) -> None:
    count(*[("sign-up", "192.0.2.0/24")] * FROM_A_NETWORK.most)
    db.session.commit()
    with pytest.raises(TooMany):
        register("one more", PASSWORD, came_from=HOME)


# Passwords


def test_a_new_password_by_code_signs_everybody_else_out(desk: Desk) -> None:
    dora = signs_up(desk, DORA.address)
    elsewhere = start_sign_in(dora)
    set_password_by_code(DORA.address, verifies(desk, DORA.address), OTHER_PASSWORD)
    db.session.commit()
    assert user_signed_in(dora.id, elsewhere.id) is None
    assert check_password("dora", OTHER_PASSWORD, HOME) is dora


def test_a_new_password_by_code_needs_an_account(desk: Desk) -> None:
    with pytest.raises(Conflict):
        set_password_by_code(EVE.address, verifies(desk, EVE.address), OTHER_PASSWORD)


def test_a_changed_password_ends_every_sign_in_but_this_one_and_is_told_by_mail(desk: Desk) -> None:
    dora = signs_up(desk, DORA.address)
    here, elsewhere = start_sign_in(dora), start_sign_in(dora)
    with pytest.raises(Invalid):
        demand_password(dora, "a wrong one")
    change_password(dora, OTHER_PASSWORD, here.id, desk.keys)
    db.session.commit()
    assert user_signed_in(dora.id, here.id) is not None and user_signed_in(dora.id, elsewhere.id) is None
    told = db.session.scalars(select(Outbox.rcpt).where(Outbox.kind == "password_changed")).all()
    assert told == [DORA.address]


# A new address


def test_a_new_address_brings_its_tickets(desk: Desk) -> None:
    ticket_id = desk.takes_in(mail_from(DORA)).ticket_id
    user = register("dora", PASSWORD)
    change_address(user, DORA.address, verifies(desk, DORA.address))
    db.session.commit()
    assert desk.ticket(ticket_id).customer_id == user.id
    desk.takes_in(mail_from(DORA, subject="And another"))
    assert {ticket.customer_id for ticket in desk.tickets()} == {user.id}


@pytest.mark.parametrize("whose", ["ada@desk.example", EVE.address])
def test_an_address_with_an_account_is_not_taken_over(desk: Desk, whose: str) -> None:
    user = register("dora", PASSWORD)
    signs_up(desk, EVE.address, "eve")
    with pytest.raises(Conflict):
        change_address(user, whose, verifies(desk, whose))


# Google


def google(subject: str = "1234", email: str = DORA.address) -> GoogleIdentity:
    return GoogleIdentity(subject, email, "Dora H.")


def test_whoever_is_known_by_mail_alone_comes_in_with_google(desk: Desk) -> None:
    ticket_id = desk.takes_in(mail_from(DORA)).ticket_id
    user = user_for_google(google())
    db.session.commit()
    assert desk.ticket(ticket_id).customer_id == user.id and user.full_name == DORA.name
    assert user_for_google(google(email="moved@example.org")) == user


def test_a_new_face_gets_a_customers_account(desk: Desk) -> None:
    assert user_for_google(google()).role == Role.CUSTOMER


def test_an_account_that_is_there_is_not_entered_by_its_address(desk: Desk) -> None:
    """Neither an agent's nor a customer's: only the one who is in it may link it (H-131)."""
    signs_up(desk, DORA.address)
    for email in (DORA.address, "ada@desk.example"):
        with pytest.raises(Conflict):
            user_for_google(google(email=email))


def test_the_same_address_with_another_subject_is_somebody_else(desk: Desk) -> None:
    user_for_google(google("1"))
    with pytest.raises(Conflict):
        user_for_google(google("2"))


def test_an_address_google_does_not_vouch_for_opens_nothing(desk: Desk) -> None:
    with pytest.raises(Forbidden):
        user_for_google(google(email=""))


def test_a_switched_off_account_stays_closed(desk: Desk) -> None:
    user_for_google(google()).is_active = False
    with pytest.raises(Forbidden):
        user_for_google(google())


def test_an_account_links_google_and_lets_it_go(desk: Desk) -> None:
    ada = desk.person(desk.ada)
    link_google(ada, google())
    db.session.commit()
    assert user_for_google(google()) == ada
    with pytest.raises(Conflict):
        link_google(desk.person(desk.ben), google())
    with pytest.raises(Conflict):
        unlink_google(desk.person(desk.ada))  # she has no password: nothing would let her in
