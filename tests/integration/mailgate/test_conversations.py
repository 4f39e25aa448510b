"""What holds for any mails in any order: strangers never meet in a ticket, and a conversation comes out whole."""

from collections.abc import Iterator

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import select, text

from mailgate.identity.verdict import Level
from models.custody import InboundDelivery
from models.database import db
from models.message import Message
from models.ticket import Ticket
from postroom.services import Services
from tests.cast import Desk, Writer, mail_from, settings_for
from tests.services import new_database

PEOPLE = [Writer(name, f"{name.lower()}@{name.lower()}.example") for name in ("Ann", "Bob", "Cyd", "Dan")]
FEW = settings(max_examples=12, suppress_health_check=[HealthCheck.too_slow, HealthCheck.function_scoped_fixture])


@pytest.fixture(scope="module")
def desk(services: Services, template_database: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Desk]:
    with new_database(services.database_url, template_database) as url:
        desk = Desk(settings_for(url, tmp_path_factory.mktemp("conversations")))
        with desk.app.app_context():
            try:
                desk.open()
                desk.believes(Level.A1)
                yield desk
            finally:
                db.session.remove()
                db.engine.dispose()


def forget_mails() -> None:
    """Every example starts with an empty inbox."""
    db.session.rollback()
    db.session.execute(text("TRUNCATE inbound_message, ticket, message, event CASCADE"))
    db.session.execute(text("DELETE FROM user_account WHERE role = 'customer'"))
    db.session.commit()


# Each mail: who writes, under which id, and which ids it says it answers. Ids are few, so that they meet often.
mails = st.lists(
    st.tuples(st.sampled_from(PEOPLE), st.integers(0, 5), st.lists(st.integers(0, 5), max_size=2)), min_size=2, max_size=6
)


@FEW
@given(mails)
def test_people_who_have_nothing_to_do_with_each_other_never_share_a_ticket(
    desk: Desk, written: list[tuple[Writer, int, list[int]]]
) -> None:
    """Whatever ids they use, and whosever ids they name: nobody here was ever added to anybody's ticket."""
    forget_mails()
    for number, (who, own_id, answered) in enumerate(written):
        named = [f"{each}@shared.example" for each in answered]
        desk.takes_in(
            mail_from(who, message_id=f"{own_id}@shared.example", answers=named, body=f"Mail {number}"), mail_from=who.address
        )
    writers: dict[int, set[str]] = {}
    for ticket_id, address in db.session.execute(select(Message.ticket_id, Message.author_address)):
        writers.setdefault(ticket_id, set()).add(address)
    assert all(len(addresses) == 1 for addresses in writers.values())
    assert desk.ledger().balanced


# A conversation of one person: each mail answers one before it, as mail clients write it.
conversations = st.integers(2, 5).flatmap(
    lambda size: st.tuples(
        st.tuples(*(st.integers(0, number) for number in range(size - 1))),
        st.lists(st.integers(0, size - 1), min_size=size, max_size=size + 4),
    )
)


@FEW
@given(conversations)
def test_any_order_and_repetition_of_a_conversation_gives_the_same_messages(
    desk: Desk, talk: tuple[tuple[int, ...], list[int]]
) -> None:
    """Mails come late, twice, or before what they answer: each is there once, and no mail is lost."""
    parents, order = talk
    ann, size = PEOPLE[0], len(parents) + 1
    raws = [mail_from(ann, message_id="0@talk.example", body="Mail 0")]
    for number, parent in enumerate(parents, start=1):
        raws.append(
            mail_from(ann, message_id=f"{number}@talk.example", answers=f"{parent}@talk.example", body=f"Mail {number}")
        )
    forget_mails()
    for number in [*order, *range(size)]:  # some order with repetitions, then all of them once more
        desk.takes_in(raws[number], mail_from=ann.address)
    said = sorted(message.body.strip() for message in db.session.scalars(select(Message)))
    assert said == [f"Mail {number}" for number in range(size)]
    decisions = list(db.session.scalars(select(InboundDelivery.decision)))
    assert len(decisions) == len(order) + size
    assert set(decisions) <= {"new_ticket", "reply", "duplicate"}
    assert all(ticket.message_count >= 1 for ticket in db.session.scalars(select(Ticket)))
    assert desk.ledger().balanced


@FEW
@given(st.integers(2, 6))
def test_a_conversation_in_its_own_order_is_one_ticket(desk: Desk, size: int) -> None:
    forget_mails()
    ann = PEOPLE[0]
    for number in range(size):
        answers = f"{number - 1}@talk.example" if number else ()
        desk.takes_in(
            mail_from(ann, message_id=f"{number}@talk.example", answers=answers, body=f"Mail {number}"), mail_from=ann.address
        )
    [ticket] = db.session.scalars(select(Ticket))
    assert ticket.message_count == size
