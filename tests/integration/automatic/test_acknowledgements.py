"""Who opens a ticket by mail hears once that it has come, if it is proved who wrote; nobody else hears anything."""

import pytest
from sqlalchemy import update

from mailgate.identity.verdict import Level
from models.actions.acknowledgements import ONE_FOR_SIBLINGS, Acknowledge, acknowledge_all
from models.actions.suppression import suppress
from models.database import db
from models.suppression import Reason
from models.ticket import Ticket
from tests.cast import BILLING, DORA, EVE, SUPPORT, Desk, Writer, mail_from
from tests.post import automatic, budget_rests, sender_is, sends, sets_mailbox

CANARY = "canary-of-an-attacker"


@pytest.fixture
def desk(desk: Desk) -> Desk:
    desk.judge_sender = sender_is(Level.A3)
    return desk


def test_a_proved_sender_hears_that_his_mail_has_come(desk: Desk) -> None:
    became = desk.takes_in(mail_from(DORA, message_id="first@example.net"))
    assert became.evidence["acknowledged"] == "yes"
    [ack] = sends(desk)
    ticket = desk.ticket(became.ticket_id)
    assert ack.rcpt == DORA.address and ack.mail["Subject"] == f"Re: Where is my parcel? [#{ticket.ref}]"
    assert ack.mail["In-Reply-To"] == ack.mail["References"] == "<first@example.net>"
    assert ack.mail["Auto-Submitted"] == "auto-replied"
    assert ack.mail["X-Auto-Response-Suppress"] == "All" and ack.mail["Precedence"] == "bulk"
    assert ack.mail["X-Postroom-Id"] and ack.mail["From"] == f"Support <{SUPPORT}>"
    assert ticket.ref in ack.text and ticket.ref in ack.html
    assert "should have come on Monday" not in ack.raw.decode()
    assert [entry.is_internal for entry in desk.timeline(ticket.id, "acknowledged")] == [True]


def test_an_answer_to_the_acknowledgement_lands_in_its_ticket_and_is_not_acknowledged(desk: Desk) -> None:
    opened = desk.takes_in(mail_from(DORA))
    [ack] = sends(desk)
    answer = desk.takes_in(mail_from(DORA, answers=ack.message_id, body="It has come now."))
    assert (answer.decision, answer.ticket_id) == ("reply", opened.ticket_id)
    assert sends(desk) == []


def test_an_unverified_sender_is_left_alone_by_default(desk: Desk) -> None:
    desk.judge_sender = sender_is(Level.A1)
    became = desk.takes_in(mail_from(DORA))
    assert became.evidence["acknowledged"] == "no: nothing proves who wrote it"
    assert sends(desk) == []


def test_where_the_mailbox_wants_it_an_unverified_sender_gets_fixed_words_and_none_of_his_own(desk: Desk) -> None:
    desk.judge_sender = sender_is(Level.A1)
    sets_mailbox(desk, acks_unverified=True)
    mallory = Writer(f"{CANARY} GmbH", "dora@example.net")
    became = desk.takes_in(
        mail_from(mallory, subject=CANARY, body=CANARY, message_id=f"{CANARY}@{CANARY}.example", headers={"Reply-To": f"{CANARY}@example.org"}),
        mail_from="Dora@example.net",
    )
    [ack] = sends(desk)
    assert CANARY not in ack.raw.decode() and CANARY not in str(ack.mail["To"])
    assert ack.rcpt == "dora@example.net"
    assert ack.mail["Subject"] == f"We have received your message [#{desk.ticket(became.ticket_id).ref}]"
    assert ack.mail["In-Reply-To"] is None and ack.mail["References"] is None


def test_an_unverified_sender_whose_envelope_names_another_is_left_alone(desk: Desk) -> None:
    desk.judge_sender = sender_is(Level.A1)
    sets_mailbox(desk, acks_unverified=True)
    became = desk.takes_in(mail_from(DORA), mail_from="somebody@bulk.example")
    assert became.evidence["acknowledged"] == "no: From and the envelope name different senders"
    assert sends(desk) == []


@pytest.mark.parametrize(
    "headers",
    [
        {"Auto-Submitted": "auto-generated"},
        {"Precedence": "bulk"},
        {"List-Id": "<news.example.net>"},
        {"List-Unsubscribe": "<mailto:x@example.net>"},
        {"X-Auto-Response-Suppress": "OOF"},
        {"Feedback-ID": "1:campaign"},
    ],
    ids=lambda headers: next(iter(headers)),
)
def test_a_mail_that_asks_for_no_answer_gets_none(desk: Desk, headers: dict[str, str]) -> None:
    became = desk.takes_in(mail_from(DORA, headers=headers))
    assert became.decision == "new_ticket"
    assert not desk.ticket(became.ticket_id).takes_automatic_mail
    assert sends(desk) == []


def test_an_address_nobody_reads_gets_no_answer(desk: Desk) -> None:
    became = desk.takes_in(mail_from(Writer("Shop", "no-reply@example.net")))
    assert became.evidence["acknowledged"].startswith("no: ")
    assert sends(desk) == []


def test_the_null_sender_is_never_answered(desk: Desk) -> None:
    desk.takes_in(mail_from(DORA), mail_from="")
    assert sends(desk) == []


def test_a_suppressed_address_is_left_alone(desk: Desk) -> None:
    suppress(DORA.address, Reason.UNDELIVERABLE, "550 nobody here")
    db.session.commit()
    became = desk.takes_in(mail_from(DORA))
    assert "nothing is written to this address" in became.evidence["acknowledged"]
    assert automatic(desk) == []


def test_a_mailbox_can_be_silent_and_can_have_words_of_its_own(desk: Desk) -> None:
    sets_mailbox(desk, acks=False)
    assert "sends no acknowledgements" in desk.takes_in(mail_from(DORA)).evidence["acknowledged"]
    sets_mailbox(
        desk, acks=True, ack_text="Danke! Ihre Nummer: {ref}", brand_name="Kettle & Co", brand_colour="#aa2211", brand_footer="Kettle Ltd, Leeds"
    )
    became = desk.takes_in(mail_from(DORA, subject="Another"))
    [ack] = sends(desk)
    assert ack.text == f"Danke! Ihre Nummer: {desk.ticket(became.ticket_id).ref}\n\n-- \nKettle Ltd, Leeds\n"
    assert "#aa2211" in ack.html and "Kettle &amp; Co" in ack.html and "Kettle Ltd, Leeds" in ack.html
    assert ack.mail["From"] == f'"Kettle & Co" <{SUPPORT}>' or "Kettle & Co" in str(ack.mail["From"])


def test_a_mail_to_two_mailboxes_is_acknowledged_once(desk: Desk) -> None:
    desk.takes_in_at_all(mail_from(DORA, to=f"{SUPPORT}, {BILLING}"), SUPPORT, BILLING)
    assert len(desk.tickets()) == 2 and len(sends(desk)) == 1


def test_a_mail_that_comes_to_two_mailboxes_by_two_ways_is_acknowledged_once(desk: Desk) -> None:
    raw = mail_from(DORA, to=f"{SUPPORT}, {BILLING}")
    desk.takes_in(raw, SUPPORT)
    second = desk.takes_in(raw, BILLING)
    assert len(desk.tickets()) == 2 and len(sends(desk)) == 1
    assert "mailbox" in second.evidence["acknowledged"]


def test_the_database_itself_refuses_a_second_acknowledgement_of_a_ticket(desk: Desk) -> None:
    desk.takes_in(mail_from(DORA))
    first = desk.takes_in(mail_from(EVE))
    [_, row] = automatic(desk, "ack")
    assert row.ticket_id == first.ticket_id
    with pytest.raises(Exception, match="uq_outbox_ack"):
        db.session.execute(update(type(row)).where(type(row).kind == "ack").values(ticket_id=first.ticket_id))
    db.session.rollback()


def test_three_an_hour_and_ten_a_day_reach_one_address_over_all_mailboxes(desk: Desk) -> None:
    def opens_four() -> list[str]:
        return [
            desk.takes_in(mail_from(DORA, subject=f"Matter {number}"), BILLING if number % 2 else SUPPORT).evidence["acknowledged"]
            for number in range(4)
        ]

    assert [said == "yes" for said in opens_four()] == [True] * 3 + [False]
    for _ in range(3):
        budget_rests(desk, "66 minutes")
        opens_four()
    assert len(automatic(desk, "ack")) == 10
    assert all(ticket.message_count == 1 for ticket in desk.tickets()) and len(desk.tickets()) == 16
    budget_rests(desk, "25 hours")
    assert opens_four()[0] == "yes"


def test_one_network_gets_thirty_acknowledgements_an_hour_out_of_us(desk: Desk) -> None:
    said = [
        desk.takes_in(mail_from(Writer("", f"a{n}@d{n}.example")), mail_from=f"a{n}@d{n}.example", peer_ip=f"198.51.100.{n}").evidence
        for n in range(32)
    ]
    assert [each["acknowledged"] == "yes" for each in said] == [True] * 30 + [False] * 2
    assert "network" in said[-1]["acknowledged"]
    other = desk.takes_in(mail_from(Writer("", "b@other.example")), mail_from="b@other.example", peer_ip="203.0.113.9")
    assert other.evidence["acknowledged"] == "yes"


def test_mail_that_a_relay_of_ours_hands_on_is_not_counted_for_the_relay(desk: Desk) -> None:
    for n in range(32):
        address = f"a{n}@d{n}.example"
        assert desk.takes_in(mail_from(Writer("", address)), mail_from=address, peer_ip="127.0.0.1").evidence["acknowledged"] == "yes"


def test_what_an_agent_released_is_not_acknowledged_and_a_disbelieved_sender_stays_left_alone(desk: Desk) -> None:
    desk.judge_sender = sender_is(Level.A0)
    desk.takes_in(mail_from(DORA))
    assert automatic(desk) == []
    assert not [ticket for ticket in desk.tickets() if ticket.takes_automatic_mail]


def test_tickets_opened_by_people_take_automatic_mail(desk: Desk) -> None:
    became = desk.takes_in(mail_from(DORA))
    assert db.session.get_one(Ticket, became.ticket_id).takes_automatic_mail


def test_one_mail_is_acknowledged_once_whatever_tickets_it_has_opened(desk: Desk) -> None:
    sets_mailbox(desk, acks=False)
    opened = [desk.takes_in(mail_from(DORA, subject=f"Matter {number}")) for number in range(2)]
    sets_mailbox(desk, acks=True)
    wanted = [Acknowledge(each.ticket_id or 0, each.message_id or 0, DORA.address, "full", "one mail") for each in opened]
    assert sorted(acknowledge_all(wanted).values()) == ["", ONE_FOR_SIBLINGS]
    db.session.commit()
    assert len(sends(desk)) == 1
