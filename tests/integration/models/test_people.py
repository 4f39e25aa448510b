"""Who is known to the desk: customers found by their address, people made by an administrator, mailboxes."""

import threading

import pytest
from sqlalchemy import func, select

from models.actions.mailboxes import add_address, create_mailbox, ensure_first_mailbox
from models.actions.people import create_user, customer_for
from models.database import db
from models.errors import Conflict, DeskError, Invalid
from models.mailbox import Mailbox
from models.people import Role, User
from tests.cast import DORA, SUPPORT, Desk, Writer, mail_from


def count_people() -> int:
    return db.session.scalar(select(func.count(User.id))) or 0


def test_two_mails_of_a_new_sender_at_once_give_one_person(desk: Desk) -> None:
    before = count_people()
    db.session.rollback()
    found: list[int] = []
    gate = threading.Barrier(6)

    def meet() -> None:
        with desk.app.app_context():
            gate.wait(10)
            found.append(customer_for(DORA.address, DORA.name).id)
            db.session.commit()

    threads = [threading.Thread(target=meet) for _ in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(30)
    assert len(found) == 6 and len(set(found)) == 1
    assert count_people() == before + 1


def test_a_name_fills_an_empty_one_and_replaces_none(desk: Desk) -> None:
    assert customer_for(DORA.address, "").full_name == ""
    assert customer_for(DORA.address, "Dora").full_name == "Dora"
    assert customer_for(DORA.address, "Somebody Else").full_name == "Dora"


def test_a_mail_in_the_name_of_an_agent_renames_nobody(desk: Desk) -> None:
    ada = db.session.get_one(User, desk.ada.id)
    ada.full_name = ""
    db.session.commit()
    person = customer_for("ada@desk.example", "The Boss")
    assert (person.id, person.full_name, person.role) == (desk.ada.id, "", Role.AGENT)


def test_an_address_taken_as_a_user_name_by_another_gets_its_own_person(desk: Desk) -> None:
    squatter = create_user("squatter", None, Role.CUSTOMER)
    squatter.username = DORA.address  # from before such names were refused
    db.session.flush()
    dora = customer_for(DORA.address, "Dora")
    assert dora.id != squatter.id and dora.email == DORA.address
    assert customer_for(DORA.address, "Dora").id == dora.id


def test_the_case_of_an_address_makes_nobody_new(desk: Desk) -> None:
    one = desk.takes_in(mail_from(DORA)).ticket_id
    other = desk.takes_in(mail_from(Writer("Dora", "DORA@Example.NET"))).ticket_id
    assert desk.ticket(one).customer_id == desk.ticket(other).customer_id


@pytest.mark.parametrize("user", [("ADA", "new@example.com"), ("new", "Ada@Desk.Example"), ("ada", None)])
def test_names_and_addresses_are_taken_once_whatever_their_case(desk: Desk, user: tuple[str, str | None]) -> None:
    with pytest.raises(Conflict, match="taken"):
        create_user(*user, Role.AGENT)


@pytest.mark.parametrize(
    ("wrong", "field"),
    [
        ({"username": " \x00"}, "username"),
        ({"email": "nobody"}, "email"),
        ({"role": "boss"}, "role"),
        ({"password": "short"}, "password"),
    ],
)
def test_a_wrong_user_is_refused_with_its_field(desk: Desk, wrong: dict[str, str], field: str) -> None:
    right = {"username": "zoe", "email": "zoe@example.com", "role": "agent", "password": "long enough it is"}
    with pytest.raises(Invalid) as refused:
        create_user(**{**right, **wrong})
    assert refused.value.field == field


# Mailboxes


def test_the_first_mailbox_is_made_once(desk: Desk) -> None:
    ensure_first_mailbox("other@example.com")
    assert db.session.scalar(select(func.count(Mailbox.id))) == 2


def test_a_mailbox_answers_from_its_primary_address(desk: Desk) -> None:
    add_address(desk.support, "aaa@example.com")
    db.session.commit()
    desk.looks_again()
    assert db.session.get_one(Mailbox, desk.support).address == SUPPORT


def test_an_alias_brings_mail_to_its_mailbox(desk: Desk) -> None:
    add_address(desk.billing, "Invoices@Example.COM")
    db.session.commit()
    ticket = desk.ticket(desk.takes_in(mail_from(DORA), "invoices@example.com").ticket_id)
    assert ticket.mailbox_id == desk.billing


@pytest.mark.parametrize("address", [SUPPORT, "Support@EXAMPLE.com", "billing@example.com"])
def test_an_address_belongs_to_one_mailbox(desk: Desk, address: str) -> None:
    with pytest.raises(Conflict, match="belongs to a mailbox"):
        create_mailbox("Another", address)


@pytest.mark.parametrize(
    ("name", "address", "field"),
    [(" ", "new@example.com", "name"), ("New", "new", "address"), ("New", "new+tag@example.com", "address")],
)
def test_a_wrong_mailbox_is_refused_with_its_field(desk: Desk, name: str, address: str, field: str) -> None:
    with pytest.raises(Invalid) as refused:
        create_mailbox(name, address)
    assert refused.value.field == field


def test_two_administrators_cannot_both_get_an_address(desk: Desk) -> None:
    """Whoever is second is told so, in a sentence and not with a stack trace."""
    outcomes: list[str] = []
    gate = threading.Barrier(2)

    def create() -> None:
        with desk.app.app_context():
            gate.wait(10)
            try:
                create_mailbox("Sales", "sales@example.com")
                db.session.commit()
                outcomes.append("made")
            except DeskError:
                outcomes.append("told")

    threads = [threading.Thread(target=create) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(30)
    assert sorted(outcomes) == ["made", "told"]
