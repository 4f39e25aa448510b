"""The decisions: one literal mail after another put before the rules, no database in sight."""

from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

import pytest

from mailgate.decide import RULES, decide
from mailgate.decision import (
    AddToTicket,
    AgentToken,
    Duplicate,
    Facts,
    Flood,
    HoldOnTicket,
    LinkDuplicate,
    OpenTicket,
    OwnMail,
    RecordAutoReply,
    RecordReport,
    SetAside,
    Thread,
)
from mailgate.identity.verdict import Level, Verdict
from mailgate.inbound import Address, Bounce, Complaint, File, Inbound, Receipt
from models.ticket import Status

DORA = "dora@example.net"
SUPPORT = 1
TICKET = 77
OURS = OwnMail(UUID(int=1), TICKET, 5)
THREAD = Thread("K2", "h1.a.b@example.com", SUPPORT, TICKET, "KTRB-042", Status.IN_PROGRESS, True, True)
STRANGE = Thread("K2", "h1.a.b@example.com", SUPPORT, TICKET, "KTRB-042", Status.IN_PROGRESS, True, False)
AGENTS = replace(STRANGE, strength="K1", agent=AgentToken(3, False, False, True, True))
BOUNCE = Bounce((DORA,), "5.1.1", hard=True, diagnostic="no such user", original_message_id="h1.a.b@example.com")
FIRST = Duplicate(UUID(int=9), TICKET, 5)

MALWARE = File("parcel.zip", "application/zip", 68, "", b"", scan="infected", malware="Eicar")

PLAIN = Facts(
    inbound_id=UUID(int=8),
    inbound=Inbound(message_id="1@example.net", sender=Address(DORA, "Dora"), subject="Hello", text="Where is it?"),
    mail_from=DORA,
    rcpt="support@example.com",
    mailbox_id=SUPPORT,
    received_at=datetime(2026, 3, 1, tzinfo=UTC),
    sender=DORA,
)


def mail(**read: Any) -> Inbound:
    return replace(PLAIN.inbound, **read)


def facts(**known: Any) -> Facts:
    """A plain mail of Dora's with something special about it; what the mail itself says goes into `inbound`."""
    return replace(PLAIN, **known)


def test_a_plain_mail_opens_a_ticket() -> None:
    ruling = decide(PLAIN)
    assert ruling.rule == "D19"
    assert ruling.decision == OpenTicket("It answers no mail that this desk knows.")


def test_our_own_mail_that_came_back_is_a_loop() -> None:
    ruling = decide(facts(carries_our_mark=True, thread=THREAD, reported=OURS, duplicate=FIRST, sender=""))
    assert ruling.rule == "D1"
    assert isinstance(ruling.decision, SetAside) and ruling.decision.folder == "loop"


def test_a_bounce_of_ours_is_recorded_on_the_mail_it_speaks_of() -> None:
    ruling = decide(facts(inbound=mail(bounce=BOUNCE, sender=None), sender="", mail_from="", reported=OURS))
    assert ruling.rule == "D2"
    assert isinstance(ruling.decision, RecordReport)
    assert (ruling.decision.kind, ruling.decision.about) == ("bounce", OURS)
    assert DORA in ruling.decision.why and "could not be delivered" in ruling.decision.why
    assert ruling.decision.evidence == {"status": "5.1.1", "text": "no such user", "hard": True}


def test_a_delay_is_no_failure() -> None:
    late = replace(BOUNCE, delayed=True, hard=False)
    decision = decide(facts(inbound=mail(bounce=late), reported=OURS)).decision
    assert isinstance(decision, RecordReport) and decision.kind == "delay"
    assert "delayed" in decision.why


def test_a_complaint_about_ours_is_recorded() -> None:
    ruling = decide(facts(inbound=mail(complaint=Complaint("abuse")), reported=OURS))
    assert ruling.rule == "D3"
    assert isinstance(ruling.decision, RecordReport) and ruling.decision.kind == "complaint"


def test_a_read_receipt_for_ours_is_recorded() -> None:
    ruling = decide(facts(inbound=mail(receipt=Receipt("displayed")), reported=OURS, thread=THREAD))
    assert ruling.rule == "D4"
    assert isinstance(ruling.decision, RecordReport) and ruling.decision.kind == "receipt"


@pytest.mark.parametrize(
    "report", [{"bounce": BOUNCE}, {"complaint": Complaint("abuse")}, {"receipt": Receipt("displayed")}], ids=str
)
def test_a_report_about_nothing_of_ours_opens_no_ticket(report: dict[str, Any]) -> None:
    """Nor does it join one: a forged report quotes what it likes."""
    ruling = decide(facts(inbound=mail(**report), thread=THREAD))
    assert ruling.rule == "D5"
    assert isinstance(ruling.decision, SetAside) and ruling.decision.folder == "backscatter"


def test_words_at_a_bounce_address_open_no_ticket_and_fail_no_mail() -> None:
    about = replace(OURS, by_bounce_address=True)
    ruling = decide(facts(mail_from="", reported=about))
    assert ruling.rule == "D4b"
    assert isinstance(ruling.decision, RecordReport) and ruling.decision.kind == "words"


@pytest.mark.parametrize("else_", [{"mail_from": DORA}, {"inbound": mail(auto_reply=True)}], ids=str)
def test_a_person_or_a_machine_on_leave_at_a_bounce_address_is_no_mail_system(else_: dict[str, Any]) -> None:
    about = replace(OURS, by_bounce_address=True)
    assert decide(facts(**{"mail_from": "", "reported": about, **else_})).rule != "D4b"


def test_a_mail_that_broke_its_reader_becomes_a_ticket() -> None:
    broken = mail(is_skeleton=True, sender_problems=("The mail could not be read.",))
    ruling = decide(facts(inbound=broken))
    assert ruling.rule == "D6"
    assert isinstance(ruling.decision, OpenTicket)


def test_a_mail_that_broke_its_reader_and_names_nobody_is_held() -> None:
    broken = mail(is_skeleton=True, sender=None, sender_problems=("The mail could not be read.",))
    ruling = decide(facts(inbound=broken, sender=""))
    assert ruling.rule == "D7a"
    assert isinstance(ruling.decision, SetAside) and ruling.decision.folder == "held"


def test_a_mail_without_a_sender_is_held() -> None:
    ruling = decide(facts(sender="", thread=THREAD))
    assert ruling.rule == "D7a"
    assert isinstance(ruling.decision, SetAside) and ruling.decision.folder == "held"


DOUBTFUL = mail(sender_problems=("There is more than one From header.",))


def test_a_mail_with_a_doubtful_sender_is_held_and_says_why() -> None:
    ruling = decide(facts(inbound=DOUBTFUL))
    assert ruling.rule == "D7b"
    assert "more than one From header" in ruling.decision.why
    assert ruling.decision.evidence == {"problems": ["There is more than one From header."]}


def test_a_mail_with_a_doubtful_sender_that_answers_a_ticket_is_held_there() -> None:
    ruling = decide(facts(inbound=DOUBTFUL, thread=THREAD))
    assert ruling.rule == "D7b"
    assert isinstance(ruling.decision, HoldOnTicket) and ruling.decision.ticket_id == TICKET
    assert ruling.decision.evidence["problems"] == ["There is more than one From header."]


def test_a_doubtful_sender_whom_an_agent_has_allowed_is_let_through() -> None:
    ruling = decide(facts(inbound=DOUBTFUL, sender_is_allowed=True, thread=THREAD))
    assert ruling.rule == "D17"


def test_nobody_writes_to_us_in_our_own_name() -> None:
    ruling = decide(facts(sender_is_us=True, thread=THREAD))
    assert ruling.rule == "D7c"
    assert isinstance(ruling.decision, SetAside) and ruling.decision.folder == "held"


AWAY = mail(automatic=True, auto_reply=True, automatic_evidence=("Auto-Submitted: auto-replied",))
SUBJECT_ONLY = mail(automatic=True, auto_reply=True, automatic_evidence=("The subject reads like an absence notice.",))


def test_an_automatic_reply_to_a_ticket_is_shown_there_and_wakes_nobody() -> None:
    ruling = decide(facts(inbound=AWAY, thread=THREAD))
    assert ruling.rule == "D10"
    assert isinstance(ruling.decision, RecordAutoReply) and ruling.decision.ticket_id == TICKET
    assert ruling.decision.evidence == {"automatic": ["Auto-Submitted: auto-replied"]}


@pytest.mark.parametrize(
    "thread",
    [None, replace(THREAD, sender_takes_part=False), replace(THREAD, mailbox_id=SUPPORT + 1)],
    ids=["no ticket", "a stranger's", "another mailbox"],
)
def test_an_automatic_reply_that_belongs_to_no_ticket_of_here_is_set_aside(thread: Thread | None) -> None:
    ruling = decide(facts(inbound=AWAY, thread=thread))
    assert ruling.rule == "D10"
    assert isinstance(ruling.decision, SetAside) and ruling.decision.folder == "auto_reply"


def test_a_person_who_writes_about_an_absence_is_a_person() -> None:
    """'Out of office hours?' is a question. Only together with a ticket it answers is the subject enough."""
    assert isinstance(decide(facts(inbound=SUBJECT_ONLY)).decision, OpenTicket)
    assert isinstance(decide(facts(inbound=SUBJECT_ONLY, thread=THREAD)).decision, RecordAutoReply)


def test_an_alert_is_automatic_and_still_a_ticket() -> None:
    alert = mail(automatic=True, may_be_answered=False, automatic_evidence=("Auto-Submitted: auto-generated",))
    ruling = decide(facts(inbound=alert))
    assert ruling.rule == "D12" and isinstance(ruling.decision, OpenTicket)


def test_a_mail_that_came_twice_is_linked_to_the_first() -> None:
    ruling = decide(facts(duplicate=FIRST, thread=THREAD))
    assert ruling.rule == "D14"
    assert isinstance(ruling.decision, LinkDuplicate) and ruling.decision.first == FIRST
    assert ruling.decision.evidence == {"first": str(FIRST.inbound_id)}


@pytest.mark.parametrize(("strength", "words"), [("K2", "a mail of ours"), ("K3", "an earlier mail")])
def test_an_answer_from_somebody_on_the_ticket_joins_it(strength: Any, words: str) -> None:
    ruling = decide(facts(thread=replace(THREAD, strength=strength)))
    assert ruling.rule == "D17"
    assert isinstance(ruling.decision, AddToTicket) and ruling.decision.ticket_id == TICKET
    assert words in ruling.decision.why and "KTRB-042" in ruling.decision.why
    where = {"strength": strength, "id": THREAD.named_id, "ticket": "KTRB-042"}
    assert ruling.decision.evidence == where | {"sender": "participant", "level": "A1"}


@pytest.mark.parametrize("strength", ["K2", "K3"])
@pytest.mark.parametrize("may_reopen", [True, False])
def test_a_stranger_gets_a_ticket_of_his_own_whatever_he_knows(strength: Any, may_reopen: bool) -> None:
    thread = replace(THREAD, strength=strength, sender_takes_part=False, may_reopen=may_reopen)
    ruling = decide(facts(thread=thread, sender="eve@example.org"))
    assert ruling.rule == "D17"
    assert isinstance(ruling.decision, OpenTicket)
    assert (ruling.decision.may_belong_to, ruling.decision.follow_up_of) == (TICKET, None)


def test_an_answer_to_a_finished_ticket_is_a_follow_up() -> None:
    ruling = decide(facts(thread=replace(THREAD, status=Status.CLOSED, may_reopen=False)))
    assert isinstance(ruling.decision, OpenTicket)
    assert (ruling.decision.may_belong_to, ruling.decision.follow_up_of) == (None, TICKET)


def test_an_answer_at_another_mailbox_opens_a_ticket_there() -> None:
    """Mailboxes are borders of access: billing's ticket is not opened to support by a copy."""
    ruling = decide(facts(thread=replace(THREAD, mailbox_id=SUPPORT + 1)))
    assert ruling.rule == "D17"
    assert isinstance(ruling.decision, OpenTicket) and ruling.decision.may_belong_to == TICKET


@pytest.mark.parametrize(
    "held",
    [
        {"inbound": DOUBTFUL},
        {"sender_is_us": True},
        {"inbound": mail(bounce=BOUNCE)},
        {"inbound": replace(PLAIN.inbound, auto_reply=True, automatic_evidence=("X-Autoreply: yes",))},
    ],
    ids=["doubtful", "us", "report", "automatic"],
)
def test_what_an_agent_releases_is_filed(held: dict[str, Any]) -> None:
    assert isinstance(decide(facts(**held)).decision, SetAside)
    assert isinstance(decide(facts(**held, is_released=True)).decision, OpenTicket)


@pytest.mark.parametrize("held", [{"carries_our_mark": True}, {"sender": ""}], ids=["loop", "nobody"])
def test_a_release_turns_neither_a_loop_nor_nobody_into_a_ticket(held: dict[str, Any]) -> None:
    assert isinstance(decide(facts(**held, is_released=True)).decision, SetAside)


def test_a_released_mail_gets_into_no_ticket_its_sender_has_no_part_in() -> None:
    thread = replace(THREAD, sender_takes_part=False)
    assert isinstance(decide(facts(thread=thread, is_released=True)).decision, OpenTicket)


ORDER = """
P0 D0i D1 D2 D3 D4 D4b D5 D8m D6 D7a D7b D7c D7d D7 D8 D9 D10 D13 D14 D16 D17 D11 D12 D18 D19
""".split()


def test_the_rules_are_asked_in_the_order_of_the_papers() -> None:
    assert [rule.id for rule in RULES] == ORDER


# For each rule, what makes it speak. A mail that makes several speak is the first one's.
TRIGGERS: dict[str, Callable[[Facts], Facts]] = {
    "D1": lambda known: replace(known, carries_our_mark=True),
    "D2": lambda known: replace(known, reported=OURS, inbound=replace(known.inbound, bounce=BOUNCE)),
    "D3": lambda known: replace(known, reported=OURS, inbound=replace(known.inbound, complaint=Complaint("abuse"))),
    "D4": lambda known: replace(known, reported=OURS, inbound=replace(known.inbound, receipt=Receipt("displayed"))),
    "D8m": lambda known: replace(known, inbound=replace(known.inbound, files=(MALWARE,))),
    "D6": lambda known: replace(known, inbound=replace(known.inbound, is_skeleton=True)),
    "D7a": lambda known: replace(known, sender=""),
    "D7b": lambda known: replace(known, inbound=replace(known.inbound, sender_problems=("Odd.",))),
    "D7c": lambda known: replace(known, sender_is_us=True),
    "D7d": lambda known: replace(known, sender_is_agent=True, agent_id=3),
    "D7": lambda known: replace(known, verdict=Verdict(Level.A0, DORA, why="Its domain says no.")),
    "D8": lambda known: replace(known, sender_is_blocked=True),
    "D9": lambda known: replace(known, inbound=replace(known.inbound, signup_code=True)),
    "D10": lambda known: replace(known, inbound=replace(known.inbound, auto_reply=True, automatic_evidence=("odd",))),
    "D13": lambda known: replace(known, thread=AGENTS),
    "D14": lambda known: replace(known, duplicate=FIRST),
    "D16": lambda known: replace(known, flood=Flood(DORA)),
    "D17": lambda known: replace(known, thread=STRANGE),
    "D11": lambda known: replace(known, inbound=replace(known.inbound, list_id="news.example.net")),
    "D12": lambda known: replace(known, inbound=replace(known.inbound, automatic=True, automatic_evidence=("odd",))),
    "D18": lambda known: replace(known, inbound=replace(known.inbound, text="")),
}
NOT_A_SKELETON = {("D6", "D7a"), ("D6", "D7c"), ("D6", "D7d")}  # a broken mail of nobody, or in our own name, is held
NOT_BOTH = {("D13", "D17")}  # a mail has one ticket that it points to
PAIRS = [
    (one, other)
    for one in TRIGGERS
    for other in TRIGGERS
    if ORDER.index(one) < ORDER.index(other) and (one, other) not in NOT_A_SKELETON | NOT_BOTH
]


@pytest.mark.parametrize(("first", "second"), PAIRS)
def test_of_two_rules_with_an_opinion_the_first_wins(first: str, second: str) -> None:
    both = TRIGGERS[second](TRIGGERS[first](PLAIN))
    assert decide(both).rule == first


@pytest.mark.parametrize("rule", TRIGGERS)
def test_every_decision_says_why_in_a_sentence(rule: str) -> None:
    why = decide(TRIGGERS[rule](PLAIN)).decision.why
    assert why[0].isupper() and why.endswith(".")


def test_the_same_facts_give_the_same_ruling() -> None:
    for trigger in TRIGGERS.values():
        assert decide(trigger(PLAIN)) == decide(trigger(PLAIN))


def test_a_released_mail_whose_sender_is_uncertain_joins_no_ticket() -> None:
    doubtful = replace(PLAIN, inbound=mail(sender_problems=("Odd.",)), thread=THREAD, is_released=True)
    decision = decide(doubtful).decision
    assert isinstance(decision, OpenTicket)
    assert decision.may_belong_to == TICKET
