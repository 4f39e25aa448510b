"""Nobody is an agent by mail unless everything is right (mail-safety 2.7): every way in which something is not."""

from dataclasses import replace
from itertools import product

import pytest

from mailgate.decide import decide
from mailgate.decision import AgentToken, Facts, HoldOnTicket, SetAside, SpeakForAgent
from mailgate.identity.verdict import Level, Verdict
from mailgate.rules.agents import agent_by_mail
from tests.unit.mailgate.test_decide import AGENTS, PLAIN, SUPPORT, facts, mail

ADA, BEN = 3, 4
CELLS = list(product(Level, ("off", "note", "public"), (True, False), (True, False), (True, False), (True, False), (ADA, BEN, None)))


def agents_mail(
    level: Level, policy: str, is_public: bool, is_senders: bool, is_fresh: bool, may_see: bool, agent_id: int | None
) -> Facts:
    """A mail to the reply address that Ada was given; `agent_id` is whose address From is."""
    thread = replace(AGENTS, agent=AgentToken(ADA, is_public, is_senders, is_fresh, may_see), sender_is_owner=is_senders)
    return facts(
        thread=thread,
        verdict=Verdict(level),
        agents_by_mail=policy,
        agent_id=agent_id,
        sender_is_agent=agent_id is not None,
    )


@pytest.mark.parametrize("cell", CELLS, ids=str)
def test_an_agent_speaks_by_mail_only_when_everything_is_right(
    cell: tuple[Level, str, bool, bool, bool, bool, int | None],
) -> None:
    level, policy, is_public, is_senders, is_fresh, may_see, agent_id = cell
    decision = decide(agents_mail(*cell)).decision
    all_right = level is Level.A3 and policy != "off" and is_senders and is_fresh and may_see and agent_id == ADA
    if not all_right:
        assert isinstance(decision, HoldOnTicket | SetAside)
        return
    assert isinstance(decision, SpeakForAgent) and decision.agent_id == ADA
    assert decision.public == (is_public and policy == "public")


def test_there_are_more_than_two_hundred_spoofs() -> None:
    assert sum(isinstance(decide(agents_mail(*cell)).decision, HoldOnTicket | SetAside) for cell in CELLS) >= 200


def test_the_agent_in_whose_name_a_mail_comes_hears_of_it() -> None:
    short = decide(agents_mail(Level.A3, "note", False, True, False, True, ADA)).decision
    assert isinstance(short, HoldOnTicket) and short.agent_id == ADA
    forged = decide(facts(sender_is_agent=True, agent_id=BEN, verdict=Verdict(Level.A0))).decision
    assert isinstance(forged, SetAside) and forged.agent_id == BEN


def test_an_absence_notice_of_an_agent_is_told_to_nobody() -> None:
    away = mail(auto_reply=True, automatic=True, automatic_evidence=("Auto-Submitted: auto-replied",))
    decision = decide(facts(inbound=away, sender_is_agent=True, agent_id=BEN)).decision
    assert isinstance(decision, SetAside) and decision.agent_id is None


def test_an_agent_without_such_an_address_writes_as_any_customer() -> None:
    proved = facts(sender_is_agent=True, agent_id=ADA, verdict=Verdict(Level.A3), agents_by_mail="public")
    assert decide(proved).rule == "D19"


def test_an_agents_address_in_a_header_does_not_reach_across_mailboxes() -> None:
    thread = replace(AGENTS, mailbox_id=SUPPORT + 1, agent=AgentToken(ADA, True, True, True, True))
    across = replace(PLAIN, thread=thread, verdict=Verdict(Level.A3), agent_id=ADA, sender_is_agent=True, agents_by_mail="public")
    assert not isinstance(decide(across).decision, SpeakForAgent)


@pytest.mark.parametrize("level", [Level.A0, Level.A1, Level.A2])
def test_the_rule_itself_asks_for_proof_whatever_was_asked_before_it(level: Level) -> None:
    decision = agent_by_mail(agents_mail(level, "public", True, True, True, True, ADA))
    assert isinstance(decision, HoldOnTicket)


def test_a_machine_that_writes_to_a_customers_reply_address_is_held_as_a_sign_up() -> None:
    """H-070: also where its words do not read like a code."""
    thread = replace(AGENTS, agent=None)
    ruling = decide(facts(thread=thread, sender="no-reply@service.example", verdict=Verdict(Level.A3)))
    assert ruling.rule == "D9" and isinstance(ruling.decision, SetAside) and ruling.decision.masked
    assert decide(facts(thread=thread, sender="eve@example.org", verdict=Verdict(Level.A3))).rule == "D17"
