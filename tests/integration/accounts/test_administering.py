"""What administrators do to accounts and mailboxes, and what follows from it."""

import pytest
from sqlalchemy import select

from models.actions.administering import Changes, change_user, invite, reset_second_factor
from models.actions.mailboxes import change_mailbox
from models.actions.signing_in import start_sign_in
from models.actor import Actor
from models.database import db
from models.errors import Conflict, Forbidden, Invalid, NotFound
from models.outbox import Outbox
from models.people import Role
from models.queries.people import user_signed_in
from models.ticket import Status
from tests.cast import BILLING, DORA, PASSWORD, SUPPORT, Desk, mail_from


def change(desk: Desk, who: Actor, by: Actor | None = None, **changes: object) -> None:
    assert who.id is not None
    change_user(who.id, Changes(**changes), by or desk.cleo)  # type: ignore[arg-type]
    db.session.commit()


def test_somebody_invited_gets_a_mail_that_says_how_to_begin(desk: Desk) -> None:
    nora = invite("nora", "nora@desk.example", Role.AGENT, desk.cleo, desk.keys, full_name="Nora", capacity=3)
    db.session.commit()
    [mail] = db.session.scalars(select(Outbox).where(Outbox.kind == "invitation"))
    assert (mail.rcpt, mail.automatic, nora.capacity, nora.password_hash) == ("nora@desk.example", True, 3, None)


def test_with_a_password_nobody_is_written_to(desk: Desk) -> None:
    invite("nora", None, Role.AGENT, desk.cleo, desk.keys, password=PASSWORD)
    db.session.commit()
    assert db.session.scalars(select(Outbox)).all() == []


@pytest.mark.parametrize("what", ["nothing to sign in with", "no role", "a taken name", "too much"])
def test_an_account_that_cannot_be_is_not_made(desk: Desk, what: str) -> None:
    asked = {"nothing to sign in with": ("nora", None, "agent", 1), "no role": ("nora", "n@x.example", "king", 1),
             "a taken name": ("ada", "n@x.example", "agent", 1), "too much": ("nora", "n@x.example", "agent", 5000)}  # fmt: skip
    username, email, role, capacity = asked[what]
    with pytest.raises((Invalid, Conflict)):
        invite(username, email, role, desk.cleo, desk.keys, capacity=capacity)


def test_who_is_switched_off_is_out_and_his_tickets_wait_for_others(desk: Desk) -> None:
    ticket_id = desk.takes_in(mail_from(DORA)).ticket_id
    assert ticket_id is not None
    desk.assigns(ticket_id, desk.ada)
    signed = start_sign_in(desk.person(desk.ada))
    db.session.commit()
    change(desk, desk.ada, is_active=False)
    assert user_signed_in(desk.person(desk.ada).id, signed.id) is None
    assert (desk.ticket(ticket_id).assigned_agent_id, desk.ticket(ticket_id).status) == (None, Status.OPEN)
    assert not desk.person(desk.ada).is_available
    change(desk, desk.ada, is_active=True)
    assert user_signed_in(desk.person(desk.ada).id, signed.id) is None


def test_who_leaves_the_team_is_signed_out(desk: Desk) -> None:
    signed = start_sign_in(desk.person(desk.ada))
    db.session.commit()
    change(desk, desk.ada, role="customer")
    assert user_signed_in(desk.person(desk.ada).id, signed.id) is None


@pytest.mark.parametrize("changes", [{"role": "agent"}, {"is_active": False}], ids=str)
def test_the_desk_keeps_an_administrator(desk: Desk, changes: dict[str, object]) -> None:
    with pytest.raises(Conflict, match="last administrator"):
        change(desk, desk.cleo, **changes)
    db.session.rollback()
    other = desk.hires("carl", Role.ADMIN)
    change(desk, desk.cleo, by=other, **changes)


@pytest.mark.parametrize("changes", [{"username": "ben"}, {"email": "ben@desk.example"}, {"role": "king"}, {"capacity": -1}], ids=str)
def test_what_cannot_be_changes_nothing(desk: Desk, changes: dict[str, object]) -> None:
    with pytest.raises((Conflict, Invalid)):
        change(desk, desk.ada, **changes)
    db.session.rollback()
    assert desk.person(desk.ada).username == "ada"


def test_only_administrators_administer(desk: Desk) -> None:
    for attempt in (
        lambda: change(desk, desk.ben, by=desk.ada, role="customer"),
        lambda: invite("nora", "n@x.example", Role.ADMIN, desk.ada, desk.keys),
        lambda: reset_second_factor(desk.ben.id or 0, desk.ada),
    ):
        with pytest.raises(Forbidden):
            attempt()


def test_nobody_is_nobody(desk: Desk) -> None:
    with pytest.raises(NotFound):
        change_user(4711, Changes(role="agent"), desk.cleo)


# Mailboxes


def test_a_mailbox_changes_its_name_its_signature_and_its_addresses(desk: Desk) -> None:
    box = change_mailbox(
        desk.support, name=" Help  desk ", signature="Yours\n", address="help@example.com", aliases=[SUPPORT, "hello@example.com"]
    )
    db.session.commit()
    assert (box.name, box.signature, box.address) == ("Help desk", "Yours", "help@example.com")
    assert [each.address for each in box.addresses] == ["help@example.com", "hello@example.com", SUPPORT]
    assert desk.takes_in(mail_from(DORA, to=SUPPORT), SUPPORT).ticket_id


def test_an_address_of_another_mailbox_stays_there(desk: Desk) -> None:
    with pytest.raises(Conflict):
        change_mailbox(desk.support, aliases=[BILLING])


@pytest.mark.parametrize("changes", [{"name": " "}, {"address": "help"}, {"aliases": ["help+tag@example.com"]}], ids=str)
def test_a_mailbox_that_cannot_be_stays_as_it_was(desk: Desk, changes: dict[str, object]) -> None:
    with pytest.raises(Invalid):
        change_mailbox(desk.support, **changes)  # type: ignore[arg-type]


def test_a_mailbox_is_switched_off_and_on(desk: Desk) -> None:
    assert change_mailbox(desk.support, is_active=False).disabled_at is not None
    assert change_mailbox(desk.support, is_active=True).disabled_at is None
