"""Ways into somebody else's ticket that have been found in the field, each played once (mail-safety 3.D)."""

from collections.abc import Sequence

import pytest
from sqlalchemy import func, select, update

from mailgate.acknowledgement import acknowledgement
from mailgate.decide import decide
from mailgate.facts import Matter, gather
from mailgate.identity.verdict import Level, Verdict
from mailgate.pipeline import desk_of
from mailgate.replay import compare
from mailgate.safe_reading import read_safely
from models.actions.custody import kept_mail
from models.actions.held_messages import discard_held, give_own_ticket, let_in, undo_discard_held
from models.actions.participants import (
    MOST_AT_ONCE,
    MOST_ON_TICKET,
    accept_suggestion,
    add_participant,
    dismiss_suggestion,
    remove_participant,
)
from models.actions.reply_tokens import agent_reply_address, reply_address
from models.actions.senders import block_sender, unblock_sender
from models.actions.tickets import set_status
from models.agent_notice import AgentNotice
from models.actor import Actor
from models.app import blobs_of
from models.custody import InboundDelivery
from models.database import db
from models.errors import Conflict, NotFound
from models.mailbox import Mailbox
from models.message import Direction
from models.queries.conversations import messages_of
from models.people import User
from models.queries.links import linked_tickets, suggestions_for
from models.queries.senders import blocked_senders
from models.ticket import Participant, Status, Ticket
from tests.cast import BILLING, DORA, EVE, SUPPORT, Became, Desk, Writer, mail_from

REPLY_DOMAIN = "reply.example.com"
CARL = Writer("Carl Copied", "carl@example.org")
NO_REPLY = Writer("Some Service", "no-reply@service.example")
SECRET = "The spare key lies under the third pot."


@pytest.fixture
def first(desk: Desk) -> Became:
    """Dora's first mail, proved to be hers."""
    desk.believes(Level.A3)
    return desk.takes_in(mail_from(DORA, message_id="first@example.net", body=SECRET))


def token_of(desk: Desk, ticket_id: int | None, who: Writer) -> str:
    assert ticket_id is not None
    [participant_id] = db.session.scalars(
        select(Participant.id).where(Participant.ticket_id == ticket_id, Participant.address == who.address)
    )
    address = reply_address(ticket_id, participant_id, desk.keys, REPLY_DOMAIN)
    db.session.commit()
    return address


def joins(desk: Desk, ticket_id: int | None, who: Writer, by_name: str = "ada") -> None:
    assert ticket_id is not None
    add_participant(ticket_id, who.address, getattr(desk, by_name), name=who.name)
    db.session.commit()


def readers(desk: Desk, ticket_id: int | None, words: str = "It is on its way.") -> set[str]:
    """Whom an answer goes to now."""
    assert ticket_id is not None
    message = desk.replies(ticket_id, words)
    return {row.rcpt for row in desk.mails_out(ticket_id) if row.message_id == message.id}


def participants(desk: Desk, ticket_id: int | None) -> set[str]:
    desk.looks_again()
    return set(db.session.scalars(select(Participant.address).where(Participant.ticket_id == ticket_id)))


def assert_held_on(desk: Desk, became: Became, ticket_id: int | None) -> None:
    """Kept there, seen by agents, by no customer; it changed nothing else."""
    assert (became.decision, became.ticket_id) == ("held", ticket_id)
    message = desk.message(became.message_id)
    assert message.held_reason and message.ticket_id == ticket_id
    assert became.message_id not in {each.id for each in messages_of(message.ticket_id, desk.person(DORA))}
    assert became.message_id in {each.id for each in messages_of(message.ticket_id, desk.person(desk.ada))}
    assert desk.ticket(ticket_id).last_message_id != became.message_id


# H-063, H-064: what anybody may know


@pytest.mark.parametrize("known", ["our id", "their id"])
def test_a_proved_stranger_who_knows_an_id_gets_a_ticket_of_her_own(desk: Desk, first: Became, known: str) -> None:
    """H-063."""
    message = desk.replies(first.ticket_id or 0)
    [row] = [each for each in desk.mails_out(first.ticket_id) if each.message_id == message.id]
    answered = row.rfc_message_id if known == "our id" else "first@example.net"
    became = desk.takes_in(mail_from(EVE, answers=answered), mail_from=EVE.address)
    assert became.decision == "new_ticket" and became.ticket_id != first.ticket_id
    [link] = linked_tickets(desk.ticket(became.ticket_id), desk.person(desk.cleo), "all")
    assert (link.kind, link.ticket.id) == ("may_belong_to", first.ticket_id)
    assert linked_tickets(desk.ticket(became.ticket_id), desk.person(EVE), "all") == []


def test_whoever_guesses_references_joins_nothing_and_is_noticed(desk: Desk, first: Became) -> None:
    """H-064: from the twenty-first mail on they lie in one ticket."""
    ref = desk.ticket(first.ticket_id).ref
    guesses = [f"[#{ref}]", *(f"[#BCDF-{number:03d}]" for number in range(24))]
    became = [desk.takes_in(mail_from(EVE, subject=guess), mail_from=EVE.address) for guess in guesses]
    assert first.ticket_id not in {each.ticket_id for each in became}
    assert [each.rule for each in became].count("D16") == 5
    assert {each.ticket_id for each in became if each.rule == "D16"} == {became[-1].ticket_id}
    assert desk.ticket(became[-1].ticket_id).flood_of == EVE.address


# H-065 to H-067, H-070, H-079: reply addresses in other hands


def test_the_owner_of_a_reply_address_answers_through_it(desk: Desk, first: Became) -> None:
    became = desk.takes_in(mail_from(DORA), token_of(desk, first.ticket_id, DORA))
    assert (became.decision, became.rule, became.ticket_id) == ("reply", "D17", first.ticket_id)
    assert became.evidence["strength"] == "K1"


def test_a_reply_address_leads_to_the_mailbox_it_was_made_for(desk: Desk) -> None:
    desk.believes(Level.A3)
    first = desk.takes_in(mail_from(DORA, to=BILLING), BILLING)
    became = desk.takes_in(mail_from(DORA), token_of(desk, first.ticket_id, DORA))
    assert (became.decision, became.ticket_id) == ("reply", first.ticket_id)
    assert desk.message(became.message_id).mailbox_id == desk.billing


@pytest.mark.parametrize("damage", ["short", "flipped", "bounce"])
def test_a_damaged_reply_address_is_mail_from_nobody_in_particular(desk: Desk, first: Became, damage: str) -> None:
    """H-065."""
    token = token_of(desk, first.ticket_id, DORA)
    local, _, domain = token.partition("@")
    damaged = {"short": local[:-1], "flipped": local[:-1] + ("a" if local[-1] != "a" else "b"), "bounce": "b" + local[1:]}
    raw = mail_from(DORA)
    inbound_id = desk.keeps(raw, f"{damaged[damage]}@{domain}")
    db.session.execute(
        update(InboundDelivery).where(InboundDelivery.inbound_id == inbound_id).values(mailbox_id=desk.support)
    )  # the gate files every address of the shape under the first mailbox
    db.session.commit()
    desk.files(inbound_id)
    [became] = desk.became(inbound_id)
    assert (became.decision, became.rule) == ("new_ticket", "D19")


@pytest.mark.parametrize("who", [EVE, Writer("Dina Colleague", "dina@example.net")])
def test_a_reply_address_in_other_hands_opens_nothing(desk: Desk, first: Became, who: Writer) -> None:
    """H-066, H-079: it was forwarded, or read by a colleague; its bearer is proved, and is still somebody else."""
    token = token_of(desk, first.ticket_id, DORA)
    message = desk.replies(first.ticket_id or 0)
    [row] = [each for each in desk.mails_out(first.ticket_id) if each.message_id == message.id]
    became = desk.takes_in(mail_from(who, answers=row.rfc_message_id), token, mail_from=who.address)
    assert_held_on(desk, became, first.ticket_id)
    assert "reply address" in became.why
    assert readers(desk, first.ticket_id) == {DORA.address}


def test_a_copied_person_with_the_requesters_reply_address_needs_proof(desk: Desk, first: Became) -> None:
    """H-066."""
    joins(desk, first.ticket_id, CARL)
    token = token_of(desk, first.ticket_id, DORA)
    desk.believes(Level.A1)
    assert_held_on(desk, desk.takes_in(mail_from(CARL), token, mail_from=CARL.address), first.ticket_id)
    desk.believes(Level.A3)
    became = desk.takes_in(mail_from(CARL, body="It is me."), token, mail_from=CARL.address)
    assert became.decision == "reply" and desk.message(became.message_id).author_address == CARL.address


@pytest.mark.parametrize(("level", "decision"), [(Level.A0, "held"), (Level.A1, "reply")])
def test_whoever_forges_the_owner_reads_nothing(desk: Desk, first: Became, level: Level, decision: str) -> None:
    """H-067: where his words get in, they are marked, and the answer goes to the owner's stored address."""
    token = token_of(desk, first.ticket_id, DORA)
    desk.believes(level)
    raw = mail_from(DORA, headers={"Reply-To": EVE.address, "Cc": EVE.address}, body="What is the secret?")
    became = desk.takes_in(raw, token, mail_from=EVE.address)
    assert became.decision == decision
    assert desk.message(became.message_id).sender_verified is False
    assert readers(desk, first.ticket_id, SECRET) == {DORA.address}


def test_a_reply_address_given_to_a_service_as_ones_own_shows_its_code_to_nobody(desk: Desk, first: Became) -> None:
    """H-070: the customer would read it on his ticket, or ask for it."""
    body = "Welcome! Your verification code is 481923. Or click https://service.example/confirm?token=Zx81kk"
    token = token_of(desk, first.ticket_id, DORA)
    became = desk.takes_in(mail_from(NO_REPLY, subject="Confirm", body=body), token, mail_from=NO_REPLY.address)
    assert (became.decision, became.rule, became.ticket_id) == ("held", "D9", None)
    assert "481923" not in str(became.evidence) and "Zx81kk" not in str(became.evidence)
    assert "service.example" in became.evidence["shown"]["text"]


# H-068, H-069: the two that made the news


def test_a_forged_first_writer_brings_no_reader_in(desk: Desk) -> None:
    """H-068: a service writes to us; somebody forges that service, with himself in Cc, and would get the history."""
    desk.believes(Level.A3)
    service = Writer("Identity", "appleid@id.example")
    first = desk.takes_in(mail_from(service, message_id="code@id.example", body=SECRET), mail_from=service.address)
    forged = mail_from(service, answers="code@id.example", headers={"Cc": EVE.address}, subject="Re: code")
    desk.believes(Level.A0)
    assert_held(desk, desk.takes_in(forged, mail_from=EVE.address), first)
    desk.believes(Level.A1)
    desk.takes_in(mail_from(service, answers="code@id.example", headers={"Cc": EVE.address}), mail_from=EVE.address)
    assert participants(desk, first.ticket_id) == {service.address}
    assert readers(desk, first.ticket_id) == {service.address}
    assert [each.address for each in suggestions_for(first.ticket_id or 0)] == [EVE.address]


def assert_held(desk: Desk, became: Became, first: Became) -> None:
    assert (became.decision, became.ticket_id) == ("held", first.ticket_id)
    assert suggestions_for(first.ticket_id or 0) == []


def test_a_sign_up_code_sent_to_the_desk_is_covered(desk: Desk) -> None:
    """H-069: whoever has a ticket here could ask for what came."""
    desk.believes(Level.A3)
    body = "Hello,\nyour confirmation code is 771-204.\nIt is good for ten minutes."
    became = desk.takes_in(mail_from(NO_REPLY, subject="771-204 is your sign-up code", body=body), mail_from=NO_REPLY.address)
    assert (became.decision, became.rule, became.message_id) == ("held", "D9", None)
    assert "771" not in str(became.evidence["shown"]) and "sign-up code" in became.evidence["shown"]["subject"]
    asks = desk.takes_in(mail_from(EVE, body="Please send me what you got."), mail_from=EVE.address)
    said = " ".join(message.body for message in desk.messages_on(asks.ticket_id))
    assert "771" not in said


# H-071: many copied people


@pytest.mark.parametrize("many", [5, 50, 500])
def test_copied_people_are_suggestions_and_capped(desk: Desk, first: Became, many: int) -> None:
    crowd = [f"guest{number}@guests.example" for number in range(many)]
    ours = [SUPPORT, "support+tag@example.com", BILLING, "ada@desk.example", "mailer-daemon@example.net", f"r1x@{REPLY_DOMAIN}"]
    copied = ", ".join([*ours[:5], *crowd])
    became = desk.takes_in(mail_from(DORA, answers="first@example.net", headers={"Cc": copied}))
    assert became.decision == "reply"
    suggested = [each.address for each in suggestions_for(first.ticket_id or 0)]
    assert suggested == crowd[: min(many, MOST_AT_ONCE)]
    assert participants(desk, first.ticket_id) == {DORA.address}


def test_a_ticket_holds_forty_people_and_no_more(desk: Desk, first: Became) -> None:
    for mail in range(6):
        copied = ", ".join(f"guest{mail}-{number}@guests.example" for number in range(10))
        desk.takes_in(mail_from(DORA, answers="first@example.net", headers={"Cc": copied}, body=f"Mail {mail}"))
    assert len(suggestions_for(first.ticket_id or 0)) == MOST_ON_TICKET - 1  # Dora is the fortieth


def cc_joins(desk: Desk) -> None:
    db.session.execute(update(Mailbox).values(cc_joins=True))
    db.session.commit()


@pytest.mark.parametrize(("who", "level", "in_at_once"), [(DORA, Level.A3, True), (DORA, Level.A2, False), (CARL, Level.A3, False)])
def test_only_a_proved_requester_brings_people_in_and_only_where_the_mailbox_says_so(
    desk: Desk, first: Became, who: Writer, level: Level, in_at_once: bool
) -> None:
    joins(desk, first.ticket_id, CARL)
    cc_joins(desk)
    desk.believes(level)
    desk.takes_in(mail_from(who, answers="first@example.net", headers={"Cc": "guest@guests.example"}), mail_from=who.address)
    assert ("guest@guests.example" in participants(desk, first.ticket_id)) == in_at_once
    assert bool(suggestions_for(first.ticket_id or 0)) != in_at_once


def test_a_suggested_person_is_added_or_not_offered_again(desk: Desk, first: Became) -> None:
    ticket_id = first.ticket_id or 0
    copied = {"Cc": "Gus <gus@guests.example>, hal@guests.example"}
    desk.takes_in(mail_from(DORA, answers="first@example.net", headers=copied))
    gus, hal = suggestions_for(ticket_id)
    accept_suggestion(ticket_id, gus.id, desk.ada)
    dismiss_suggestion(ticket_id, hal.id, desk.ada)
    db.session.commit()
    assert participants(desk, ticket_id) == {DORA.address, "gus@guests.example"}
    desk.takes_in(mail_from(DORA, answers="first@example.net", headers=copied, body="Again."))
    assert suggestions_for(ticket_id) == []


def test_whoever_joins_later_gets_only_what_is_written_later(desk: Desk, first: Became) -> None:
    desk.replies(first.ticket_id or 0, SECRET)
    joins(desk, first.ticket_id, CARL)
    assert {row.rcpt for row in desk.mails_out(first.ticket_id)} == {DORA.address}
    assert readers(desk, first.ticket_id) == {DORA.address, CARL.address}


def test_whoever_was_removed_is_a_stranger_and_his_reply_address_is_worth_nothing(desk: Desk, first: Became) -> None:
    joins(desk, first.ticket_id, CARL)
    token = token_of(desk, first.ticket_id, CARL)
    [carl] = db.session.scalars(select(Participant.id).where(Participant.address == CARL.address))
    remove_participant(first.ticket_id or 0, carl, desk.ada)
    db.session.commit()
    became = desk.takes_in(mail_from(CARL), token, mail_from=CARL.address)
    assert became.decision == "new_ticket"
    assert readers(desk, first.ticket_id) == {DORA.address}


# H-072, H-073: Message-IDs


def test_nobody_makes_a_mail_vanish_by_using_its_id_first(desk: Desk) -> None:
    """H-072 (D15): the attacker's mail came first under that id; the real one is there all the same."""
    desk.believes(Level.A3)
    squatter = desk.takes_in(mail_from(EVE, message_id="predicted@example.net"), mail_from=EVE.address)
    real = desk.takes_in(mail_from(DORA, message_id="predicted@example.net"))
    assert (squatter.decision, real.decision) == ("new_ticket", "new_ticket")
    assert squatter.ticket_id != real.ticket_id


def test_an_id_with_the_signature_of_another_ticket_is_no_evidence(desk: Desk, first: Became) -> None:
    """H-073: the parts of two of our own ids, put together (CVE-2026-47123 in short)."""
    other = desk.takes_in(mail_from(EVE, message_id="other@example.org"), mail_from=EVE.address)
    ids = []
    for ticket_id in (first.ticket_id, other.ticket_id):
        desk.replies(ticket_id or 0)
        ids.append(desk.mails_out(ticket_id)[0].rfc_message_id.strip("<>"))
    (h1, identity, _), (_, _, mac) = (each.split(".", 2) for each in ids)
    assert desk.takes_in(mail_from(DORA, answers=f"{h1}.{identity}.{mac}")).rule == "D19"


# H-075: merged tickets


def test_merging_tickets_merges_no_audiences(desk: Desk, first: Became) -> None:
    other = desk.takes_in(mail_from(EVE, message_id="eves@example.org", body="Eve's secret."), mail_from=EVE.address)
    token = token_of(desk, first.ticket_id, DORA)
    db.session.execute(update(Ticket).where(Ticket.id == first.ticket_id).values(merged_into_id=other.ticket_id))
    db.session.commit()
    by_token = desk.takes_in(mail_from(DORA, body=f"{SECRET} Still."), token)
    by_id = desk.takes_in(mail_from(DORA, answers="first@example.net", body="And again."))
    eves = desk.takes_in(mail_from(EVE, answers="eves@example.org"), mail_from=EVE.address)
    assert {each.ticket_id for each in (by_token, by_id, eves)} == {other.ticket_id}
    assert {each.decision for each in (by_token, by_id, eves)} == {"reply"}
    assert readers(desk, other.ticket_id) == {EVE.address}


def test_a_chain_of_merges_is_followed_and_a_ring_is_not(desk: Desk, first: Became) -> None:
    chain = [first.ticket_id, *(desk.takes_in(mail_from(DORA, subject=f"{n}")).ticket_id for n in range(10))]
    for one, into in zip(chain, chain[1:], strict=False):
        db.session.execute(update(Ticket).where(Ticket.id == one).values(merged_into_id=into))
    db.session.commit()
    assert desk.takes_in(mail_from(DORA, answers="first@example.net")).ticket_id == chain[-1]
    db.session.execute(update(Ticket).where(Ticket.id == chain[-1]).values(merged_into_id=chain[0]))
    db.session.commit()
    assert desk.takes_in(mail_from(DORA, answers="first@example.net", body="Round.")).decision == "new_ticket"


# H-076: finished and removed tickets (the resolved and closed ones are in test_pipeline.py)


def test_a_follow_up_is_linked_both_ways(desk: Desk, first: Became) -> None:
    set_status(first.ticket_id or 0, Status.CLOSED, desk.cleo)
    db.session.commit()
    became = desk.takes_in(mail_from(DORA, answers="first@example.net"))
    assert desk.ticket(became.ticket_id).follow_up_of_id == first.ticket_id
    [entry] = desk.timeline(first.ticket_id, "followed_up")
    assert entry.data["ticket"] == became.ticket_id
    cleo = desk.person(desk.cleo)
    [back] = linked_tickets(desk.ticket(became.ticket_id), cleo, "all")
    [forth] = linked_tickets(desk.ticket(first.ticket_id), cleo, "all")
    assert (back.kind, forth.kind) == ("follow_up_of", "follow_up")


def test_each_mailbox_says_how_long_a_resolved_ticket_goes_on(desk: Desk, first: Became) -> None:
    db.session.execute(update(Mailbox).values(reopen_days=3))
    set_status(first.ticket_id or 0, Status.RESOLVED, desk.cleo)
    db.session.commit()
    desk.time_passes("ticket", "4 days", "resolved_at")
    assert desk.takes_in(mail_from(DORA, answers="first@example.net")).decision == "new_ticket"


@pytest.mark.parametrize("removed_as", ["deleted", "spam"])
def test_mail_for_a_removed_ticket_waits_for_an_agent(desk: Desk, first: Became, removed_as: str) -> None:
    token = token_of(desk, first.ticket_id, DORA)
    db.session.execute(update(Ticket).where(Ticket.id == first.ticket_id).values(removed_as=removed_as))
    db.session.commit()
    for became in (
        desk.takes_in(mail_from(DORA, answers="first@example.net")),
        desk.takes_in(mail_from(DORA, body="By token."), token),
    ):
        assert (became.decision, became.rule, became.ticket_id) == ("held", "D17", None)


# H-077: one mail, two mailboxes


@pytest.mark.parametrize("order", [(SUPPORT, BILLING), (BILLING, SUPPORT)])
@pytest.mark.parametrize("transactions", [1, 2])
def test_a_mail_to_two_mailboxes_is_two_siblings_and_is_acknowledged_once(
    desk: Desk, order: tuple[str, str], transactions: int
) -> None:
    desk.believes(Level.A3)
    raw = mail_from(DORA, to=", ".join(order), message_id="both@example.net")
    if transactions == 1:
        became = desk.takes_in_at_all(raw, *order)
    else:
        became = [desk.takes_in(raw, rcpt) for rcpt in order]
    assert [each.decision for each in became] == ["new_ticket", "new_ticket"]
    one, other = (desk.ticket(each.ticket_id) for each in became)
    cleo = desk.person(desk.cleo)
    for here, there in ((one.id, other.id), (other.id, one.id)):
        [link] = linked_tickets(desk.ticket(here), cleo, "all")
        assert (link.kind, link.ticket.id) == ("sibling", there)


def test_only_the_first_of_two_siblings_may_be_acknowledged(desk: Desk) -> None:
    desk.believes(Level.A3)
    raw = mail_from(DORA, to=f"{SUPPORT}, {BILLING}", message_id="both@example.net")
    due = []
    for rcpt in (SUPPORT, BILLING):
        inbound_id = desk.keeps(raw, rcpt)
        deliveries = db.session.scalars(select(InboundDelivery).where(InboundDelivery.inbound_id == inbound_id)).all()
        mail, inbound = kept_mail(inbound_id), read_safely(raw, DORA.address)
        verdict = Verdict(Level.A3, DORA.address)
        [facts] = gather([Matter(inbound, mail, deliveries, verdict)], desk.keys)
        due.append(acknowledgement(facts, decide(facts)).is_due)
        desk.files(inbound_id)
    assert due == [True, False]


def test_a_sibling_is_shown_only_to_those_who_may_see_it(desk: Desk) -> None:
    desk.believes(Level.A3)
    billing, support = desk.takes_in_at_all(mail_from(DORA, to=f"{SUPPORT}, {BILLING}"), SUPPORT, BILLING)
    desk.assigns(support.ticket_id, desk.ada)
    desk.assigns(billing.ticket_id, desk.ben)
    assert linked_tickets(desk.ticket(support.ticket_id), desk.person(desk.ada), "assigned") == []


def test_a_blind_copy_is_a_ticket_of_its_mailbox_alone(desk: Desk) -> None:
    became = desk.takes_in_at_all(mail_from(DORA, to=SUPPORT), BILLING)
    assert [desk.ticket(each.ticket_id).mailbox_id for each in became] == [desk.billing]


# What agents do with a held mail


@pytest.fixture
def held(desk: Desk, first: Became) -> Became:
    """Eve's mail to Dora's reply address."""
    token = token_of(desk, first.ticket_id, DORA)
    raw = mail_from(EVE, subject="I am her sister", body="Let me help.", message_id="held@example.org")
    return desk.takes_in(raw, token, mail_from=EVE.address)


def test_a_held_sender_who_is_let_in_takes_part_from_now_on(desk: Desk, first: Became, held: Became) -> None:
    let_in(held.message_id or 0, desk.ada)
    db.session.commit()
    assert participants(desk, first.ticket_id) == {DORA.address, EVE.address}
    message = desk.message(held.message_id)
    assert message.held_reason is None and desk.ticket(first.ticket_id).last_message_id == message.id
    [became] = desk.became(held.inbound_id)
    assert (became.decision, became.rule) == ("reply", "by hand")
    assert readers(desk, first.ticket_id) == {DORA.address, EVE.address}
    again = desk.takes_in(mail_from(EVE, answers="held@example.org"), mail_from=EVE.address)
    assert (again.decision, again.ticket_id) == ("reply", first.ticket_id)


def test_a_held_mail_can_have_a_ticket_of_its_own(desk: Desk, first: Became, held: Became) -> None:
    ticket = give_own_ticket(held.message_id or 0, desk.ada)
    ticket_id = ticket.id
    db.session.commit()
    assert desk.ticket(ticket_id).subject == "I am her sister"
    assert participants(desk, ticket_id) == {EVE.address}
    assert participants(desk, first.ticket_id) == {DORA.address}
    assert [message.id for message in desk.messages_on(ticket_id)] == [held.message_id]
    assert readers(desk, ticket_id) == {EVE.address}
    assert desk.ledger().balanced


def test_a_held_mail_that_was_discarded_can_come_back(desk: Desk, first: Became, held: Became) -> None:
    discard_held(held.message_id or 0, desk.ada)
    db.session.commit()
    assert desk.became(held.inbound_id)[0].decision == "discarded"
    with pytest.raises(Conflict):
        let_in(held.message_id or 0, desk.ada)
    db.session.rollback()
    undo_discard_held(held.message_id or 0, desk.ada)
    db.session.commit()
    assert desk.became(held.inbound_id)[0].decision == "held"
    let_in(held.message_id or 0, desk.ada)
    db.session.commit()


def test_a_held_mail_leads_nobody_to_the_ticket(desk: Desk, first: Became, held: Became) -> None:
    """Its id is no evidence while it is held."""
    became = desk.takes_in(mail_from(DORA, answers="held@example.org"))
    assert became.decision == "new_ticket"


# D8: blocked senders


def test_a_blocked_sender_is_in_quarantine_until_he_is_unblocked(desk: Desk, first: Became) -> None:
    block_sender("Dora@EXAMPLE.net", desk.ada)
    db.session.commit()
    became = desk.takes_in(mail_from(DORA, answers="first@example.net"))
    assert (became.decision, became.rule) == ("quarantine", "D8")
    unblock_sender(DORA.address, desk.ada)
    db.session.commit()
    assert desk.takes_in(mail_from(DORA, answers="first@example.net", body="Again")).decision == "reply"


def test_nobody_blocks_the_desk_itself(desk: Desk) -> None:
    with pytest.raises(Conflict):
        block_sender("support+x@example.com", desk.ada)


# Agents by mail


def agents_address(desk: Desk, ticket_id: int | None, *, public: bool = False) -> str:
    address = agent_reply_address(ticket_id or 0, desk.ada.id or 0, desk.keys, REPLY_DOMAIN, public=public)
    db.session.commit()
    return address


def agents_answer(desk: Desk, policy: str) -> None:
    db.session.execute(update(Mailbox).values(agents_by_mail=policy))
    db.session.commit()


ADA = Writer("Ada", "ada@desk.example")


def test_an_agents_mail_is_a_note(desk: Desk, first: Became) -> None:
    agents_answer(desk, "public")
    desk.assigns(first.ticket_id, desk.ada)
    body = "She is right.\n\nOn Monday, Support wrote:\n> New mail on your ticket"
    became = desk.takes_in(mail_from(ADA, body=body), agents_address(desk, first.ticket_id), mail_from=ADA.address)
    assert (became.decision, became.rule) == ("reply", "D13")
    message = desk.message(became.message_id)
    assert (message.direction, message.author_id, message.body) == (Direction.NOTE, desk.ada.id, "She is right.")
    assert desk.mails_out(first.ticket_id) == []


@pytest.mark.parametrize(("policy", "direction"), [("note", Direction.NOTE), ("public", Direction.OUT)])
def test_an_agent_answers_the_customer_only_where_the_mailbox_allows_it(
    desk: Desk, first: Became, policy: str, direction: Direction
) -> None:
    agents_answer(desk, policy)
    desk.assigns(first.ticket_id, desk.ada)
    token = agents_address(desk, first.ticket_id, public=True)
    became = desk.takes_in(mail_from(ADA, body="It is on its way."), token, mail_from=ADA.address)
    assert desk.message(became.message_id).direction == direction
    assert [row.rcpt for row in desk.mails_out(first.ticket_id)] == ([DORA.address] if direction == Direction.OUT else [])


@pytest.mark.parametrize("short_of", ["policy", "level", "sight", "age", "person"])
def test_what_is_short_of_an_agents_mail_is_held_and_the_agent_hears_of_it(desk: Desk, first: Became, short_of: str) -> None:
    agents_answer(desk, "off" if short_of == "policy" else "public")
    desk.assigns(first.ticket_id, desk.ben if short_of == "sight" else desk.ada)
    token = agents_address(desk, first.ticket_id, public=True)
    if short_of == "age":
        desk.time_passes("reply_token", "8 days", "created_at")
    desk.believes(Level.A1 if short_of == "level" else Level.A3)
    who = EVE if short_of == "person" else ADA
    became = desk.takes_in(mail_from(who, body="Send it all to me."), token, mail_from=who.address)
    assert_held_on(desk, became, first.ticket_id)
    assert desk.mails_out(first.ticket_id) == []
    [notice] = db.session.scalars(select(AgentNotice))
    assert (notice.agent_id, notice.ticket_id) == (desk.ada.id, first.ticket_id)


def test_a_thousand_forgeries_are_one_notice(desk: Desk) -> None:
    desk.believes(Level.A1)
    for _ in range(3):
        became = desk.takes_in(mail_from(ADA), mail_from=EVE.address)
        assert (became.decision, became.rule) == ("held", "D7d")
    assert db.session.scalar(select(func.count(AgentNotice.id))) == 1


# Judging again (P21)


def test_every_mail_judged_again_becomes_the_same_by_the_same_rule(desk: Desk, first: Became) -> None:
    joins(desk, first.ticket_id, CARL)
    token = token_of(desk, first.ticket_id, DORA)
    sent: Sequence[tuple[Writer, Level, dict[str, object], str]] = (
        (DORA, Level.A3, {"answers": "first@example.net"}, SUPPORT),
        (DORA, Level.A0, {"answers": "first@example.net"}, SUPPORT),
        (EVE, Level.A2, {"answers": "first@example.net"}, SUPPORT),
        (EVE, Level.A3, {}, token),
        (CARL, Level.A1, {}, token),
        (NO_REPLY, Level.A3, {"subject": "Confirm", "body": "Your code is 481923, verify it."}, SUPPORT),
        (DORA, Level.A3, {"headers": {"Auto-Submitted": "auto-replied"}, "answers": "first@example.net"}, SUPPORT),
        (EVE, Level.A1, {"headers": {"List-Id": "<news.example.org>"}}, SUPPORT),
        (EVE, Level.A3, {"headers": {"Auto-Submitted": "auto-generated"}}, SUPPORT),
        (EVE, Level.A3, {"body": " "}, SUPPORT),
        *((EVE, Level.A1, {"subject": f"{number}"}, SUPPORT) for number in range(25)),
    )
    ids = []
    for who, level, more, rcpt in sent:
        desk.believes(level)
        ids.append(desk.takes_in(mail_from(who, **more), rcpt, mail_from=who.address).inbound_id)  # type: ignore[arg-type]
    rules = {rule for (rule,) in db.session.execute(select(InboundDelivery.rule))}
    assert rules >= {"D7", "D9", "D10", "D11", "D12", "D16", "D17", "D18", "D19"}
    set_status(first.ticket_id or 0, Status.CLOSED, desk.cleo)  # what happens later changes nothing
    db.session.commit()
    desk.believes(Level.A0)  # nor does what the DNS would say today
    pipeline = desk_of(blobs_of(desk.app), desk.settings, desk.judge_sender)
    changed = [found for found in compare(ids, read_safely, pipeline) if found.was[1] != found.now[1]]
    assert changed == []


def test_an_agent_sees_and_lifts_only_what_he_has_blocked_himself(desk: Desk) -> None:
    """The other addresses are customers of his colleagues (contract: what an agent may see)."""
    ada, ben, cleo = desk.ada, desk.ben, desk.cleo
    block_sender("adas@example.net", ada)
    block_sender("bens@example.net", ben)
    db.session.commit()

    def seen(who: Actor) -> set[str]:
        return {each.address for each in blocked_senders(db.session.get_one(User, who.id))}

    assert (seen(ada), seen(ben)) == ({"adas@example.net"}, {"bens@example.net"})
    assert seen(cleo) == {"adas@example.net", "bens@example.net"}
    with pytest.raises(NotFound):
        unblock_sender("bens@example.net", ada)
    unblock_sender("adas@example.net", ada)
    unblock_sender("bens@example.net", cleo)
    db.session.flush()
    assert seen(cleo) == set()
