"""Mails through the real pipeline: what each becomes, by which rule and why; after each the ledger is balanced."""

import hashlib

import pytest
from sqlalchemy import select, update

from mailgate.pipeline import LeaseLost
from models.actions.mailboxes import add_address
from models.blobs import BlobStore
from models.custody import InboundDelivery
from models.database import db
from models.events import DeliveryChanged, MessageCreated, StatusChanged, TicketCreated
from models.instance_mark import instance_mark
from models.message import Attachment
from models.outbox import Outbox, OutboxState
from models.queries.conversations import messages_of, timeline_of
from models.ticket import Participant, Status, Ticket
from tests.cast import BILLING, DORA, EVE, SUPPORT, Became, Desk, Writer, bounce_about, bounce_of, mail_from

AWAY = {"Auto-Submitted": "auto-replied", "X-Auto-Response-Suppress": "All"}


@pytest.fixture
def first(desk: Desk) -> Became:
    """Dora's first mail, filed."""
    return desk.takes_in(mail_from(DORA, message_id="first@example.net"))


def answer_of(desk: Desk, became: Became) -> Outbox:
    """Ada's answer to it, as it left for Dora."""
    assert became.ticket_id is not None
    return desk.delivers(desk.replies(became.ticket_id))


# A conversation


def test_a_first_mail_becomes_a_ticket(desk: Desk, first: Became) -> None:
    assert (first.state, first.decision, first.rule) == ("done", "new_ticket", "D19")
    assert first.why == "It answers no mail that this desk knows."
    ticket = desk.ticket(first.ticket_id)
    assert (ticket.subject, ticket.status, ticket.mailbox_id) == ("Where is my parcel?", Status.OPEN, desk.support)
    assert (ticket.message_count, ticket.last_direction, ticket.preview) == (1, "in", "It should have come on Monday.")
    message = desk.message(first.message_id)
    assert (message.author_name, message.author_address) == (DORA.name, DORA.address)
    assert (message.direction, message.source, message.inbound_id) == ("in", "email", first.inbound_id)
    [participant] = db.session.scalars(select(Participant).where(Participant.ticket_id == ticket.id))
    assert (participant.address, participant.role) == (DORA.address, "requester")


def test_what_happened_is_heard_after_the_commit(desk: Desk, first: Became) -> None:
    assert desk.happened() == [TicketCreated(first.ticket_id), MessageCreated(first.ticket_id, first.message_id, "in")]


def test_an_answer_goes_on_in_its_ticket(desk: Desk, first: Became) -> None:
    row = answer_of(desk, first)
    became = desk.takes_in(mail_from(DORA, subject="Re: Where is my parcel?", answers=row.rfc_message_id))
    assert (became.decision, became.rule, became.ticket_id) == ("reply", "D17", first.ticket_id)
    assert became.evidence["strength"] == "K2" and became.evidence["ticket"] == desk.ticket(first.ticket_id).ref
    assert [message.direction for message in desk.messages_on(first.ticket_id)] == ["in", "out", "in"]


def test_references_alone_are_enough(desk: Desk, first: Became) -> None:
    row = answer_of(desk, first)
    lost_on_the_way = "unknown@example.net"
    raw = mail_from(DORA, references=["first@example.net", row.rfc_message_id, lost_on_the_way])
    became = desk.takes_in(raw)
    assert (became.decision, became.ticket_id, became.evidence["strength"]) == ("reply", first.ticket_id, "K2")


def test_a_second_mail_before_any_answer_goes_on_with_the_first(desk: Desk, first: Became) -> None:
    became = desk.takes_in(mail_from(DORA, body="And a second one is missing.", answers="first@example.net"))
    assert (became.decision, became.ticket_id, became.evidence["strength"]) == ("reply", first.ticket_id, "K3")


def test_a_subject_alone_is_no_evidence(desk: Desk, first: Became) -> None:
    ref = desk.ticket(first.ticket_id).ref
    became = desk.takes_in(mail_from(DORA, subject=f"Re: Where is my parcel? [#{ref}]"))
    assert became.decision == "new_ticket" and became.ticket_id != first.ticket_id


def merge(ticket_id: int | None, into_id: int | None) -> None:
    db.session.execute(update(Ticket).where(Ticket.id == ticket_id).values(merged_into_id=into_id))
    db.session.commit()


def test_a_ticket_merged_into_another_goes_on_there(desk: Desk, first: Became) -> None:
    row = answer_of(desk, first)
    other = desk.takes_in(mail_from(DORA, subject="The same again"))
    merge(first.ticket_id, other.ticket_id)
    became = desk.takes_in(mail_from(DORA, answers=row.rfc_message_id))
    assert (became.decision, became.ticket_id) == ("reply", other.ticket_id)


def test_tickets_merged_in_a_ring_hold_up_no_mail(desk: Desk, first: Became) -> None:
    other = desk.takes_in(mail_from(DORA, subject="The same again"))
    merge(first.ticket_id, other.ticket_id)
    merge(other.ticket_id, first.ticket_id)
    became = desk.takes_in(mail_from(DORA, answers="first@example.net"))
    assert became.decision == "new_ticket"


# Strangers


def test_a_stranger_who_knows_an_id_gets_a_ticket_of_her_own(desk: Desk, first: Became) -> None:
    row = answer_of(desk, first)
    before = len(desk.messages_on(first.ticket_id))
    became = desk.takes_in(mail_from(EVE, answers=row.rfc_message_id, subject="Re: Where is my parcel?"), mail_from=EVE.address)
    assert (became.decision, became.rule) == ("new_ticket", "D17")
    assert became.ticket_id != first.ticket_id and len(desk.messages_on(first.ticket_id)) == before
    assert "takes no part" in became.why


def test_the_hint_where_her_mail_may_belong_is_for_the_team_only(desk: Desk, first: Became) -> None:
    row = answer_of(desk, first)
    became = desk.takes_in(mail_from(EVE, answers=row.rfc_message_id), mail_from=EVE.address)
    [hint] = desk.timeline(became.ticket_id, "may_belong_to")
    assert hint.is_internal and hint.data["ticket"] == first.ticket_id
    seen = timeline_of(became.ticket_id, desk.person(EVE))
    assert [entry.kind for entry in seen] == ["created", "received"]
    assert not desk.timeline(first.ticket_id, "may_belong_to")


def test_a_stranger_gets_no_mail_of_anothers_ticket(desk: Desk, first: Became) -> None:
    row = answer_of(desk, first)
    desk.takes_in(mail_from(EVE, answers=row.rfc_message_id, to=f"{SUPPORT}, {DORA.address}"), mail_from=EVE.address)
    desk.replies(first.ticket_id, "The secret number is 7.")
    assert {row.rcpt for row in desk.mails_out(first.ticket_id)} == {DORA.address}


@pytest.mark.parametrize("header", ["Reply-To", "Cc", "Sender"])
def test_an_answer_goes_to_stored_addresses_whatever_the_headers_say(desk: Desk, first: Became, header: str) -> None:
    desk.takes_in(mail_from(DORA, answers="first@example.net", headers={header: EVE.address}))
    desk.replies(first.ticket_id)
    assert [row.rcpt for row in desk.mails_out(first.ticket_id)] == [DORA.address]


def test_whoever_has_left_a_ticket_is_a_stranger_to_it(desk: Desk, first: Became) -> None:
    row = answer_of(desk, first)
    db.session.execute(update(Participant).values(left_at=Participant.joined_at))
    db.session.commit()
    became = desk.takes_in(mail_from(DORA, answers=row.rfc_message_id))
    assert became.decision == "new_ticket"


def test_an_id_of_ours_that_was_made_up_leads_nowhere(desk: Desk, first: Became) -> None:
    forged = f"h1.{'a' * 13}.{'a' * 16}@example.com"
    became = desk.takes_in(mail_from(DORA, answers=forged))
    assert (became.decision, became.rule) == ("new_ticket", "D19")


def test_an_id_of_ours_bent_to_another_ticket_leads_nowhere(desk: Desk, first: Became) -> None:
    """Somebody writes our own id into the tables, for a ticket it was not made for: the signature says no."""
    row = answer_of(desk, first)
    other = desk.takes_in(mail_from(EVE), mail_from=EVE.address)
    row = db.session.get_one(Outbox, row.id)
    db.session.execute(update(Outbox).where(Outbox.id == row.id).values(ticket_id=other.ticket_id))
    db.session.commit()
    became = desk.takes_in(mail_from(DORA, answers=row.rfc_message_id))
    assert became.decision == "new_ticket"


def test_our_own_name_opens_no_door(desk: Desk, first: Became) -> None:
    became = desk.takes_in(mail_from(Writer("Support", SUPPORT), answers="first@example.net"), mail_from=EVE.address)
    assert (became.decision, became.rule, became.ticket_id) == ("held", "D7c", None)


# The same mail again


def test_the_same_mail_by_another_way_is_linked_to_the_first(desk: Desk) -> None:
    raw = mail_from(DORA)
    one = desk.takes_in(b"Received: from a.example.net by mx1\r\n" + raw)
    other = desk.takes_in(b"Received: from b.example.net by mx2\r\nReceived: from a by b\r\n" + raw)
    assert (other.decision, other.rule) == ("duplicate", "D14")
    assert (other.ticket_id, other.message_id) == (one.ticket_id, one.message_id)
    assert len(desk.tickets()) == 1 and len(desk.messages_on(one.ticket_id)) == 1


def test_a_third_copy_is_linked_to_the_first_too(desk: Desk) -> None:
    raw = mail_from(DORA)
    copies = [desk.takes_in(f"Received: from mx{number}\r\n".encode() + raw) for number in range(3)]
    assert [copy.decision for copy in copies] == ["new_ticket", "duplicate", "duplicate"]
    assert len({copy.message_id for copy in copies}) == 1


def test_other_words_under_the_same_id_are_another_mail(desk: Desk) -> None:
    """An id that was used before, by whomever, swallows nobody's words."""
    desk.takes_in(mail_from(DORA, message_id="same@example.net"))
    became = desk.takes_in(mail_from(DORA, message_id="same@example.net", body="But these words are new."))
    assert became.decision == "new_ticket"


def test_the_same_id_and_words_from_somebody_else_are_another_mail(desk: Desk) -> None:
    desk.takes_in(mail_from(EVE, message_id="same@example.net"), mail_from=EVE.address)
    assert desk.takes_in(mail_from(DORA, message_id="same@example.net")).decision == "new_ticket"


def test_two_mails_without_an_id_are_two_mails(desk: Desk) -> None:
    became = [desk.takes_in(mail_from(DORA, message_id="")) for _ in range(2)]
    assert [each.decision for each in became] == ["new_ticket", "new_ticket"]


# Several mailboxes


def test_a_mail_to_two_mailboxes_is_a_ticket_in_each(desk: Desk) -> None:
    billing, support = desk.takes_in_at_all(mail_from(DORA, to=f"{SUPPORT}, {BILLING}"), SUPPORT, BILLING)
    assert {billing.decision, support.decision} == {"new_ticket"}
    assert desk.ticket(billing.ticket_id).mailbox_id == desk.billing
    assert desk.ticket(support.ticket_id).mailbox_id == desk.support


def test_a_mail_to_two_addresses_of_a_mailbox_is_one_ticket(desk: Desk) -> None:
    add_address(desk.support, "help@example.com")
    db.session.commit()
    one, other = desk.takes_in_at_all(mail_from(DORA), SUPPORT, "help@example.com")
    assert one.ticket_id == other.ticket_id and one.message_id == other.message_id
    assert len(desk.tickets()) == 1


def test_a_copy_at_a_second_mailbox_is_no_duplicate(desk: Desk) -> None:
    raw = mail_from(DORA)
    desk.takes_in(raw, SUPPORT)
    assert desk.takes_in(raw, BILLING).decision == "new_ticket"


def test_an_answer_to_both_mailboxes_goes_on_in_one_and_opens_a_ticket_in_the_other(desk: Desk, first: Became) -> None:
    row = answer_of(desk, first)
    billing, support = desk.takes_in_at_all(mail_from(DORA, answers=row.rfc_message_id), SUPPORT, BILLING)
    assert (support.decision, support.ticket_id) == ("reply", first.ticket_id)
    assert billing.decision == "new_ticket" and desk.ticket(billing.ticket_id).mailbox_id == desk.billing
    assert "another mailbox" in billing.why


def test_an_address_that_leads_to_no_mailbox_hides_no_mail(desk: Desk) -> None:
    became = desk.takes_in(mail_from(DORA), "postmaster@example.com")
    assert (became.decision, became.rule) == ("held", "D0")


# Reopening


@pytest.mark.parametrize("days", [0, 13])
def test_an_answer_to_a_resolved_ticket_brings_it_back(desk: Desk, first: Became, days: int) -> None:
    row = answer_of(desk, first)
    desk.sets(first.ticket_id, Status.RESOLVED)
    desk.time_passes("ticket", f"{days} days", "resolved_at")
    desk.heard.clear()
    became = desk.takes_in(mail_from(DORA, answers=row.rfc_message_id))
    assert (became.decision, became.ticket_id) == ("reply", first.ticket_id)
    assert desk.ticket(first.ticket_id).status == Status.OPEN
    assert StatusChanged(first.ticket_id, Status.OPEN) in desk.happened()


@pytest.mark.parametrize(("status", "days"), [(Status.RESOLVED, 15), (Status.CLOSED, 0)])
def test_an_answer_to_a_finished_ticket_is_a_follow_up(desk: Desk, first: Became, status: Status, days: int) -> None:
    row = answer_of(desk, first)
    desk.sets(first.ticket_id, status)
    if days:
        desk.time_passes("ticket", f"{days} days", "resolved_at")
    became = desk.takes_in(mail_from(DORA, answers=row.rfc_message_id))
    assert (became.decision, became.rule) == ("new_ticket", "D17")
    assert desk.ticket(became.ticket_id).follow_up_of_id == first.ticket_id
    assert desk.ticket(first.ticket_id).status == status
    desk.replies(became.ticket_id)
    assert [row.rcpt for row in desk.mails_out(became.ticket_id)] == [DORA.address]


def test_a_waiting_ticket_goes_back_to_work_with_its_agent(desk: Desk, first: Became) -> None:
    desk.assigns(first.ticket_id, desk.ada)
    desk.sets(first.ticket_id, Status.WAITING_ON_CUSTOMER)
    desk.takes_in(mail_from(DORA, answers="first@example.net"))
    assert desk.ticket(first.ticket_id).status == Status.IN_PROGRESS


# Machines


def test_a_bounce_of_ours_lands_on_the_mail_it_speaks_of(desk: Desk, first: Became) -> None:
    row = answer_of(desk, first)
    before = desk.ticket(first.ticket_id).updated_at
    desk.heard.clear()
    became = desk.takes_in(bounce_of(row), mail_from="")
    assert (became.decision, became.rule) == ("bounce", "D2")
    assert (became.ticket_id, became.message_id) == (first.ticket_id, row.message_id)
    [row] = desk.mails_out(first.ticket_id)
    assert row.state == OutboxState.FAILED and "5.1.1" in row.last_text
    assert desk.happened() == [DeliveryChanged(first.ticket_id, row.message_id)]
    assert desk.ticket(first.ticket_id).updated_at == before  # it reopens nothing and wakes nobody
    [entry] = desk.timeline(first.ticket_id, "bounce")
    assert entry.is_internal


def test_a_delay_is_noted_and_fails_nothing(desk: Desk, first: Became) -> None:
    row = answer_of(desk, first)
    became = desk.takes_in(bounce_of(row, action="delayed", status="4.4.1"), mail_from="")
    assert became.decision == "delay"
    assert desk.mails_out(first.ticket_id)[0].state == OutboxState.SENT


def test_the_same_bounce_twice_is_no_more_than_one(desk: Desk, first: Became) -> None:
    row = answer_of(desk, first)
    for _ in range(2):
        assert desk.takes_in(bounce_of(row), mail_from="").decision == "bounce"
    assert desk.mails_out(first.ticket_id)[0].state == OutboxState.FAILED
    assert len(desk.tickets()) == 1


@pytest.mark.parametrize("claimed", ["other@elsewhere.example", f"h1.{'a' * 13}.{'a' * 16}@example.com"])
def test_a_report_about_a_mail_that_is_not_ours_is_set_aside(desk: Desk, claimed: str) -> None:
    became = desk.takes_in(bounce_about(claimed, "victim@example.net"), mail_from="")
    assert (became.decision, became.rule, became.ticket_id) == ("backscatter", "D5", None)
    assert desk.tickets() == []


def test_an_automatic_reply_is_shown_and_wakes_nobody(desk: Desk, first: Became) -> None:
    row = answer_of(desk, first)
    desk.sets(first.ticket_id, Status.RESOLVED)
    before = desk.ticket(first.ticket_id).updated_at
    desk.heard.clear()
    became = desk.takes_in(mail_from(DORA, subject="Automatic reply", answers=row.rfc_message_id, headers=AWAY))
    assert (became.decision, became.rule, became.ticket_id) == ("auto_reply", "D10", first.ticket_id)
    ticket = desk.ticket(first.ticket_id)
    assert (ticket.status, ticket.updated_at) == (Status.RESOLVED, before)
    assert all(event.is_internal for event in desk.happened())
    assert became.message_id not in [message.id for message in messages_of(ticket.id, desk.person(DORA))]
    assert became.message_id in [message.id for message in messages_of(ticket.id, desk.person(desk.ada))]


def test_an_automatic_reply_to_nothing_is_set_aside(desk: Desk) -> None:
    became = desk.takes_in(mail_from(DORA, headers=AWAY))
    assert (became.decision, became.ticket_id) == ("auto_reply", None)


def test_a_person_who_asks_about_an_absence_opens_a_ticket(desk: Desk) -> None:
    became = desk.takes_in(mail_from(DORA, subject="Out of office hours: whom can I call?"))
    assert (became.decision, became.rule) == ("new_ticket", "D19")


def test_our_own_mail_that_comes_back_goes_no_further(desk: Desk, first: Became) -> None:
    row = answer_of(desk, first)
    became = desk.takes_in(mail_from(DORA, headers={"X-Postroom-Id": instance_mark(desk.keys, row.id)}))
    assert (became.decision, became.rule) == ("loop", "D1")


def test_a_mark_somebody_made_up_hides_no_mail(desk: Desk) -> None:
    became = desk.takes_in(mail_from(DORA, headers={"X-Postroom-Id": f"p1.{'0' * 32}.{'0' * 32}"}))
    assert became.decision == "new_ticket"


# Odd and hostile mails


def without(header: str, raw: bytes) -> bytes:
    lines = raw.split(b"\r\n")
    return b"\r\n".join(line for line in lines if not line.lower().startswith(header.encode() + b":"))


def test_a_mail_without_from_is_held(desk: Desk) -> None:
    became = desk.takes_in(without("from", mail_from(DORA)))
    assert (became.decision, became.rule, became.ticket_id) == ("held", "D7a", None)


def test_a_mail_with_two_senders_is_held(desk: Desk) -> None:
    became = desk.takes_in(b"From: eve@example.org\r\n" + mail_from(DORA))
    assert (became.decision, became.rule) == ("held", "D7b")
    assert became.evidence["problems"]


def test_files_are_kept_byte_for_byte(desk: Desk) -> None:
    content = bytes(range(256)) * 40
    became = desk.takes_in(mail_from(DORA, files={"scan.bin": content, "../../etc/passwd": b"x"}))
    kept = db.session.scalars(select(Attachment).where(Attachment.message_id == became.message_id)).all()
    assert kept[0].filename == "scan.bin" and kept[0].size == len(content)
    blobs = BlobStore(desk.settings.blob_folder)
    assert blobs.read(kept[0].blob_sha256) == content
    assert kept[0].blob_sha256 == hashlib.sha256(content).hexdigest()
    assert "/" not in kept[1].filename


def test_hostile_html_is_cleaned_before_it_is_kept(desk: Desk) -> None:
    html = """<p onclick="x()">Hello <script>alert(1)</script><a href="javascript:x()">here</a>
    <img src="https://tracker.example/x.gif"><iframe src="https://evil.example"></iframe>
    <style>p{background:url(https://evil.example)}</style></p>"""
    became = desk.takes_in(mail_from(DORA, html=html))
    message = desk.message(became.message_id)
    assert "Hello" in message.body_html and message.cleaner_version > 0
    for harm in ("<script", "onclick", "javascript:", "<iframe", "<style", ' src="http', "alert(1)"):
        assert harm not in message.body_html


NUL_AND_FRIENDS = "a\x00b\x1b[31mc\x85d"


@pytest.mark.parametrize(
    "raw",
    [
        b"",
        b"\r\n",
        b"no header at all",
        b"From: dora@example.net\r\n\r\n",
        b"From: dora@example.net\r\nSubject: \xff\xfe\x00\r\nMessage-ID: <\x00@x>\r\n\r\n\x00\xff\x00",
        b"From: =?utf-8?q?D=00ora=ED=A0=80?= <dora@example.net>\r\nSubject: =?utf-8?q?=00=ED=A0=80?=\r\n\r\nx",
        b"From: dora@example.net\r\nMessage-ID: <" + b"m" * 12_000 + b"@x>\r\nIn-Reply-To: <" + b"r" * 12_000 + b"@x>\r\n\r\nx",
        b"From: dora@example.net\r\nSubject: " + b"s" * 200_000 + b"\r\n\r\nx",
        b"From: dora@example.net\r\nReferences: " + b" ".join(b"<%d@x>" % n for n in range(5_000)) + b"\r\n\r\nx",
        b"From: dora@example.net\r\nContent-Type: application/\x00x; name=\"a\x00.b\"\r\n\r\nx",
        b"From: dora@example.net\r\nContent-Type: multipart/mixed; boundary=B\r\n\r\n--B\r\n\r\n--B\r\nContent-ID: <\x00>\r\n"
        b"Content-Disposition: attachment; filename=\"\xff\x00\"\r\nContent-Type: \xff/\xff\r\n\r\nx\r\n--B--\r\n",
        b"From: \"" + b"n" * 5_000 + b"\" <dora@example.net>\r\n\r\nx",
        b"From: dora@example.net\r\nAuto-Submitted: auto-replied\r\nX-Autoreply: \x00\xff\r\n\r\nx",
        bounce_about("\x00@x", "vi\x00ctim@example.net").replace(b"no such user", b"\x00\xff\xed\xa0\x80"),
    ],
)  # fmt: skip
def test_no_mail_is_poison(desk: Desk, raw: bytes) -> None:
    """Each is seen to at the first try by the real reader: none is tried again, none is hidden (mail-safety F17)."""
    became = desk.takes_in(raw)
    assert became.state == "done" and became.decision and became.rule and became.why
    for message in desk.messages_on(became.ticket_id):
        assert "could not be read" not in " ".join(message.remarks)


def poison_address(length: int) -> bytes:
    """Letters no index can press together."""
    letters = hashlib.shake_256(b"poison").hexdigest(length // 2).encode()
    return b"From: " + letters + b"@example.net\r\nSubject: long\r\n\r\nx"


@pytest.mark.parametrize("length", [300, 3_000, 60_000])
def test_an_address_longer_than_any_index_is_held_and_not_tried_for_ever(desk: Desk, length: int) -> None:
    became = desk.takes_in(poison_address(length))
    assert (became.state, became.decision) == ("done", "held")


# The ledger


def test_every_delivery_has_a_decision_a_rule_and_a_reason(desk: Desk, first: Became) -> None:
    row = answer_of(desk, first)
    for raw in (
        mail_from(DORA, answers=row.rfc_message_id),
        mail_from(EVE, answers=row.rfc_message_id),
        bounce_of(row),
        mail_from(DORA, headers=AWAY),
        without("from", mail_from(DORA)),
    ):
        desk.takes_in(raw, SUPPORT, BILLING, "nowhere@example.com")
    deliveries = db.session.scalars(select(InboundDelivery)).all()
    assert len(deliveries) == 16
    assert all(each.decision and each.rule and each.evidence.get("why", "").endswith(".") for each in deliveries)
    sums = desk.ledger()
    assert sums.accepted == 16 == sum(sums.by_decision.values()) and not (sums.waiting or sums.dead)


def test_filing_twice_files_once(desk: Desk, first: Became) -> None:
    """A filer that dies between its commit and its next breath leaves a mail that is done."""
    with pytest.raises(LeaseLost):
        desk.files(first.inbound_id)
    assert len(desk.tickets()) == 1 and len(desk.messages_on(first.ticket_id)) == 1
