"""Machines that write to each other: no desk of ours keeps a conversation with one going (mail-safety 3.E, H-081 to H-095)."""

import itertools
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from uuid import uuid4

import pytest

from mailgate.apply import Outcome
from mailgate.decide import decide
from mailgate.decision import Facts, OpenTicket
from mailgate.identity.verdict import Level, Verdict
from mailgate.inbound import Address, Inbound
from mailgate.openings import Opened, acknowledge_openings
from models.actions.budgets import take
from models.actions.loops import breaker_is_open
from models.actions.messages import Received, receive_on
from models.actions.people import customer_for
from models.actions.tickets import open_ticket
from models.actor import MAIL_GATE
from models.budget_rules import purses_of_a_customer_mail
from models.database import db
from models.people import User
from tests.cast import DORA, SUPPORT, Desk, Writer, bounce_about, mail_from, settings_for
from tests.integration.automatic.responders import RESPONDERS, Responder
from tests.post import Delivered, automatic, budget_rests, queued, sender_is, sends, sets_mailbox
from tests.services import Services, new_database

PARTS = "canary-of-eve"


@pytest.fixture
def desk(desk: Desk) -> Desk:
    desk.judge_sender = sender_is(Level.A3)
    return desk


def answer_of(responder: Responder, ours: Delivered, number: int) -> tuple[bytes, str]:
    """What this machine sends when a mail of ours arrives: the mail and its envelope's sender."""
    own = responder.from_address.format(own=ours.rcpt, domain=ours.rcpt.rpartition("@")[2])
    raw = mail_from(
        Writer("Dora Hall", own),
        to=ours.mail_from,
        subject=responder.subject.format(subject=str(ours.mail["Subject"])),
        body=f"{responder.body} ({number})",
        answers=ours.message_id if responder.names_our_mail else (),
        headers=responder.headers,
    )
    return raw, responder.mail_from.format(own=ours.rcpt, domain=ours.rcpt.rpartition("@")[2])


def answers_everything(desk: Desk, responder: Responder, rounds: int = 8) -> list[str | None]:
    """Let the machine answer whatever comes from us, until nothing comes any more; what its mails became."""
    became = []
    for number in range(rounds):
        mails = sends(desk)
        if not mails:
            return became
        for ours in mails:
            raw, envelope = answer_of(responder, ours, number)
            became.append(desk.takes_in(raw, mail_from=envelope).decision)
    raise AssertionError(f"{responder.name} and the desk do not stop writing to each other")


@pytest.mark.parametrize("start", range(0, 40, 10))
def test_forty_responders_are_acknowledged_once_and_get_two_automatic_mails_a_ticket_at_most(desk: Desk, start: int) -> None:
    """H-082: whoever answers by machine, the conversation ends, and nothing is lost on the way."""
    assert len(RESPONDERS) == 40
    for number, responder in enumerate(RESPONDERS[start : start + 10]):
        writer = Writer("Dora Hall", f"dora@r{number}.example")
        ticket_id = desk.takes_in(mail_from(writer), mail_from=writer.address).ticket_id
        became = answers_everything(desk, responder)
        assert became and set(became) <= set(responder.kinds), (responder.name, became)
        desk.replies(ticket_id, "It is on its way.")  # a person answers: the machine answers that, too
        desk.sets(ticket_id, "RESOLVED")
        answers_everything(desk, responder)
        acks = [row for row in automatic(desk, "ack") if row.rcpt == writer.address]
        assert len(acks) == 1, f"{responder.name} was acknowledged {len(acks)} times"
    for ticket in desk.tickets():
        assert sum(row.ticket_id == ticket.id for row in automatic(desk)) <= 2


def test_the_worst_responder_of_all_gets_three_mails_an_hour_and_ten_a_day(desk: Desk) -> None:
    """H-083: no mark, another subject and other words each time, no reference, within a second, from a real address."""
    words = itertools.count()

    def responds() -> bytes:
        number = next(words)
        return mail_from(DORA, subject=f"{uuid4().hex} {number}", body=" ".join(uuid4().hex[:6] for _ in range(20)))

    raw = responds()
    sent = 0
    for _hour in range(5):
        for _ in range(6):
            desk.takes_in(raw)
            sent += len(sends(desk))
            raw = responds()
        assert sent <= 10
        budget_rests(desk, "66 minutes")
        desk.time_passes("ticket", "66 minutes", "created_at")
    assert 3 <= sent <= 10 and len(automatic(desk)) == sent


def test_three_equal_mails_within_ten_minutes_open_the_breaker_and_a_day_closes_it(desk: Desk) -> None:
    ticket_id = desk.takes_in(mail_from(DORA, message_id="first@example.net")).ticket_id
    desk.assigns(ticket_id, desk.ada)
    sends(desk)
    told = []
    for _ in range(4):
        desk.takes_in(mail_from(DORA, answers="first@example.net", body="Your request is being processed by our robot."))
        told.append(len(sends(desk)))
    assert told == [1, 1, 0, 0] and breaker_is_open(desk.ticket(ticket_id))
    assert [entry.kind for entry in desk.timeline(ticket_id) if entry.kind.startswith("automatic")] == ["automatic_off"]
    desk.notes(ticket_id, by=desk.ben)
    desk.sets(ticket_id, "RESOLVED", by=desk.ben)
    assert sends(desk) == []
    desk.time_passes("ticket", "25 hours", "automatic_off_until")
    desk.notes(ticket_id, "a day later", by=desk.ben)
    assert len(sends(desk)) == 1


def test_whoever_answers_each_of_our_mails_at_once_is_a_machine_whatever_he_says(desk: Desk) -> None:
    ticket_id = desk.takes_in(mail_from(DORA)).ticket_id
    answered = sends(desk)[0].message_id
    for number, words in enumerate(("Hello, I am Robi!", "May I recommend our spring sale to you?", "Type STOP to end this chat.")):
        desk.takes_in(mail_from(DORA, answers=answered, body=words))
        if number < 2:
            desk.replies(ticket_id, f"Are you human? {number}")
            answered = sends(desk)[-1].message_id
    assert breaker_is_open(desk.ticket(ticket_id))


@pytest.fixture
def peer(services: Services, template_database: str, tmp_path: Path) -> Iterator[Desk]:
    """A second desk of ours on a database of its own, with keys of its own: `help@peer.example`."""
    with new_database(services.database_url, template_database) as url:
        settings = settings_for(url, tmp_path / "peer", SECRET_KEY="another desk signs with another key!!")
        desk = Desk(settings)
        desk.judge_sender = sender_is(Level.A3)
        with desk.app.app_context():
            desk.open()
            db.session.execute(db.text("UPDATE mailbox_address SET address = replace(address, 'example.com', 'peer.example')"))
            db.session.commit()
            try:
                yield desk
            finally:
                db.session.remove()
                db.engine.dispose()


def carry(source: Desk, target: Desk, *, most: int = 30) -> list[Delivered]:
    """Bring what one desk sends to the other. What goes to addresses of neither is left lying."""
    with source.app.app_context():
        mails = [mail for mail in sends(source) if mail.rcpt.rpartition("@")[2] in ("example.com", "peer.example")]
        db.session.rollback()
    for mail in mails[:most]:
        with target.app.app_context():
            target.takes_in(mail.raw, mail.rcpt, mail_from=mail.mail_from)
            db.session.rollback()
    return mails


def exchange(one: Desk, other: Desk, rounds: int = 12) -> int:
    """Carry mail to and fro until neither has anything to say; how many mails went."""
    went = 0
    for _ in range(rounds):
        moved = carry(one, other) + carry(other, one)
        if not moved:
            return went
        went += len(moved)
    pytest.fail("the two desks do not stop writing to each other")


def automatic_mails_per_ticket(desk: Desk) -> list[int]:
    with desk.app.app_context():
        rows = automatic(desk)
        return [sum(row.ticket_id == ticket.id for row in rows) for ticket in desk.tickets()]


@pytest.mark.parametrize("unverified", [False, True], ids=["proved", "unverified, acknowledged all the same"])
def test_two_desks_of_ours_that_acknowledge_each_other_fall_silent(desk: Desk, peer: Desk, unverified: bool) -> None:
    """H-081: mailbox writes to mailbox, both acknowledge; a person answers, both resolve. Two automatic mails at most."""
    for each in (desk, peer):
        each.judge_sender = sender_is(Level.A1 if unverified else Level.A3)
        with each.app.app_context():
            sets_mailbox(each, acks_unverified=True)
    with peer.app.app_context():
        peer_ticket = peer.takes_in(mail_from(Writer("Support", SUPPORT), to="support@peer.example", message_id=f"{uuid4().hex}@example.com"), "support@peer.example", mail_from=SUPPORT).ticket_id
    exchange(desk, peer)
    with peer.app.app_context():
        peer.replies(peer_ticket, "Hello, how can we help?")
    exchange(desk, peer)
    with desk.app.app_context():
        for ticket in desk.tickets():
            desk.replies(ticket.id, "We thought you wanted something.")
            desk.sets(ticket.id, "RESOLVED", by=desk.cleo)
    exchange(desk, peer)
    with peer.app.app_context():
        peer.sets(peer_ticket, "RESOLVED", by=peer.cleo)
    exchange(desk, peer)
    for each in (desk, peer):
        assert all(number <= 2 for number in automatic_mails_per_ticket(each)), automatic_mails_per_ticket(each)


def test_our_acknowledgement_that_is_forwarded_back_to_us_ends_there(desk: Desk) -> None:
    """H-089: a customer's mailbox hands all its mail on to us."""
    desk.takes_in(mail_from(DORA))
    [ack] = sends(desk)
    came_back = b"Received: from mx.example.net\r\nX-Forwarded-To: support@example.com\r\nDelivered-To: dora@example.net\r\n" + ack.raw
    became = desk.takes_in(came_back, mail_from="dora+caf_=support=example.com@example.net")
    assert became.decision == "loop" and sends(desk) == [] and len(desk.tickets()) == 1


def test_an_agents_absence_note_that_answers_a_notice_tells_nobody(desk: Desk) -> None:
    """H-090"""
    ticket_id = desk.takes_in(mail_from(DORA)).ticket_id
    desk.assigns(ticket_id, desk.ada)
    notice = sends(desk)[-1]
    assert notice.rcpt == "ada@desk.example"
    became = desk.takes_in(
        mail_from(Writer("Ada", "ada@desk.example"), answers=notice.message_id, subject="Automatic reply", headers={"Auto-Submitted": "auto-replied"}),
        mail_from="",
    )
    assert became.decision in ("auto_reply", "held") and sends(desk) == []
    assert not [message for message in desk.messages_on(ticket_id) if message.direction == "note"]


def test_absent_agent_absent_customer_and_a_list_on_one_ticket_make_no_storm(desk: Desk) -> None:
    """H-091"""
    ticket_id = desk.takes_in(mail_from(DORA)).ticket_id
    desk.assigns(ticket_id, desk.ada)
    away, crowd = RESPONDERS[0], next(each for each in RESPONDERS if each.name.startswith("list that"))
    for _ in range(6):
        mails = sends(desk)
        for ours in mails:
            for machine in (away, crowd):
                raw, envelope = answer_of(machine, ours, 0)
                desk.takes_in(raw, mail_from=envelope)
        if not mails:
            break
    to_customer = [row for row in automatic(desk) if row.participant_id is not None]
    assert len(to_customer) <= 2 and sends(desk) == []


def test_a_bounce_of_an_acknowledgement_is_noted_and_answered_by_nothing(desk: Desk) -> None:
    """H-093: and a report about that report goes nowhere."""
    ticket_id = desk.takes_in(mail_from(DORA)).ticket_id
    [ack] = sends(desk)
    became = desk.takes_in(bounce_about(ack.message_id, DORA.address), mail_from="")
    assert became.decision == "bounce" and became.ticket_id == ticket_id
    again = desk.takes_in(bounce_about(f"{uuid4().hex}@mx.example.net", DORA.address), mail_from="")
    assert again.decision == "backscatter"
    assert sends(desk) == [] and len(desk.tickets()) == 1


def test_we_never_ask_for_receipts_nor_give_them(desk: Desk) -> None:
    """H-093"""
    desk.takes_in(mail_from(DORA, headers={"Disposition-Notification-To": DORA.address, "Return-Receipt-To": DORA.address}))
    [ack] = sends(desk)
    assert not {"disposition-notification-to", "return-receipt-to"} & {name.lower() for name in ack.mail.keys()}


def test_foreign_reports_open_no_ticket_and_are_answered_by_nothing(desk: Desk) -> None:
    """H-087: a joe-job; every report is of a mail that somebody sent in our name."""
    for number in range(20):
        raw = bounce_about(f"{number}@somewhere.example", f"victim{number}@example.org")
        assert desk.takes_in(raw, mail_from="").decision == "backscatter"
    assert desk.tickets() == [] and queued(desk) == []


def test_a_forged_report_silences_nobody(desk: Desk) -> None:
    """H-088"""
    for _ in range(5):
        desk.takes_in(bounce_about(f"h1.{'a' * 13}.{'b' * 16}@example.com", DORA.address), mail_from="")
    desk.takes_in(mail_from(DORA))
    assert [mail.rcpt for mail in sends(desk)] == [DORA.address]


def test_whoever_signs_us_up_for_five_hundred_lists_gets_no_answer_out_of_us(desk: Desk) -> None:
    """H-092: confirmations and newsletters."""
    for number in range(12):
        address = f"noreply@list{number}.example"
        desk.takes_in(
            mail_from(Writer("", address), subject="Please confirm your subscription", body=f"Click https://list{number}.example/?c={number}", headers={"List-Id": f"<l{number}.example>"}),
            mail_from=address,
        )
    assert automatic(desk) == []


def test_a_reply_all_storm_is_not_fed_by_us(desk: Desk) -> None:
    """H-095: whoever takes no part gets nothing, and Dora gets no copy of what others say."""
    desk.takes_in(mail_from(DORA, message_id="first@example.net"))
    sends(desk)
    for number in range(15):
        writer = Writer(f"P{number}", f"p{number}@crowd{number}.example")
        desk.judge_sender = sender_is(Level.A1)
        desk.takes_in(mail_from(writer, answers="first@example.net", subject="Re: Where is my parcel?", body="Please take me off this list!"), mail_from=writer.address)
    assert sends(desk) == []


def forged(number: int) -> bytes:
    """A mail as spammers send it: From is the victim, every word is theirs."""
    return mail_from(
        Writer(f"{PARTS} {number}", "victim@example.org"),
        subject=f"{PARTS} buy now {number}",
        body=f"{PARTS} https://{PARTS}.example/{number}",
        message_id=f"{PARTS}-{number}@{PARTS}.example",
    )


@pytest.mark.parametrize("level", [Level.A0, Level.A1])
def test_mails_forged_from_one_victim_bring_it_three_fixed_words_an_hour_or_nothing(desk: Desk, level: Level) -> None:
    """H-084, H-086, P8: through the whole pipeline; the ten thousand are below."""
    desk.judge_sender = sender_is(level)
    sets_mailbox(desk, acks_unverified=True)
    for number in range(30):
        desk.takes_in(forged(number), mail_from="victim@example.org")
    mails = sends(desk)
    assert len(mails) == (0 if level is Level.A0 else 3)
    assert all(PARTS not in mail.raw.decode() for mail in mails)


@pytest.mark.parametrize("level", [Level.A0, Level.A1])
def test_ten_thousand_forged_mails_reach_their_victim_ten_times_a_day_at_most(desk: Desk, level: Level, is_long: bool) -> None:
    """H-084, P8: from facts to decision to budget, over 26 hours of a clock that is moved; 520 in the normal run."""
    sets_mailbox(desk, acks_unverified=True)
    hours, each_hour = 26, 385 if is_long else 20
    victim = customer_for("victim@example.org", "")
    sent_in_hour: list[int] = []
    for hour in range(hours):
        opened = [opening(desk, victim, level, hour * each_hour + number) for number in range(each_hour)]
        acknowledge_openings([each for each in opened if each is not None])
        db.session.commit()
        sent_in_hour.append(len(automatic(desk, "ack")) - sum(sent_in_hour))
        budget_rests(desk, "60 minutes")
    assert max(sent_in_hour) <= 3 and sum(sent_in_hour[:24]) <= 10
    assert sum(sent_in_hour) == 0 if level is Level.A0 else sum(sent_in_hour) >= 10
    outbound_mails = sends(desk)
    assert len(outbound_mails) == sum(sent_in_hour)
    assert all(PARTS not in mail.raw.decode() for mail in outbound_mails)


def opening(desk: Desk, victim: User, level: Level, number: int) -> Opened | None:
    """One forged mail, decided upon and filed as the pipeline does; None where it opens no ticket."""
    inbound = Inbound(
        message_id=f"{PARTS}-{number}@{PARTS}.example",
        sender=Address("victim@example.org", PARTS),
        subject=f"{PARTS} {number}",
        text=PARTS,
    )
    facts = Facts(
        inbound=inbound,
        inbound_id=uuid4(),
        mail_from="victim@example.org",
        rcpt=SUPPORT,
        mailbox_id=desk.support,
        received_at=datetime.now(UTC),
        sender="victim@example.org",
        verdict=Verdict(level, "victim@example.org"),
    )
    ruling = decide(facts)
    if not isinstance(ruling.decision, OpenTicket):
        assert level is Level.A0, ruling
        return None
    ticket = open_ticket(desk.support, victim, "victim@example.org", inbound.subject, inbound.text, MAIL_GATE)
    words = Received(PARTS, victim.id, PARTS, "victim@example.org", rfc_message_id=inbound.message_id)
    message = receive_on(ticket, words, MAIL_GATE)
    return Opened(facts, ruling, Outcome("new_ticket", ticket.id, message.id), (), "198.51.100.7")


def test_ten_thousand_writers_behind_one_network_get_thirty_answers_an_hour(desk: Desk, is_long: bool) -> None:
    """H-085: at the budgets alone, which are all that stands there; the tickets are opened in any case."""
    taken = sum(
        take(purses_of_a_customer_mail(f"a{n}@d{n}.example", n, f"203.0.113.{n % 250}")) is None
        for n in range(10_000 if is_long else 300)
    )
    db.session.commit()
    assert taken == 30
