"""Decides what a mail becomes: the rules, read in order; the first with an opinion wins. Pure."""

from collections.abc import Callable
from dataclasses import dataclass

from mailgate.decision import Decision, Facts, Ruling
from mailgate.rules import agents, automatic, duplicates, floods, imported, loops, reports, senders, threads


@dataclass(frozen=True)
class Rule:
    """An id that is stored with every decision, and the question it stands for.

    A rule that `yields` is not asked about a mail that an agent has looked at and released.
    """

    id: str
    ask: Callable[[Facts], Decision | None]
    yields: bool = False


# The ids are those of the decision table in the papers. D15 (an id that was used before, with other words) needs no
# rule: D14 asks for the same words. D11 and D12 stand behind D17, for lists and machines take part in threads too.
RULES: tuple[Rule, ...] = (
    Rule("P0", loops.our_own_probe),
    Rule("D0i", imported.written_by_the_team),
    Rule("D1", loops.our_own_mail),
    Rule("D2", reports.bounce_of_ours),
    Rule("D3", reports.complaint_about_ours),
    Rule("D4", reports.receipt_for_ours),
    Rule("D4b", reports.words_at_a_bounce_address),
    Rule("D5", reports.report_about_nothing_of_ours, yields=True),
    Rule("D8m", senders.carries_malware, yields=True),
    Rule("D6", senders.could_not_be_read),
    Rule("D7a", senders.nobody_can_be_named),
    Rule("D7b", senders.it_is_not_certain_who_wrote, yields=True),
    Rule("D7c", senders.claims_to_be_us, yields=True),
    Rule("D7d", senders.claims_to_be_an_agent, yields=True),
    Rule("D7", senders.is_not_believed, yields=True),
    Rule("D8", senders.is_blocked, yields=True),
    Rule("D9", automatic.sign_up_of_a_third_party, yields=True),
    Rule("D10", automatic.automatic_reply, yields=True),
    Rule("D13", agents.agent_by_mail),
    Rule("D14", duplicates.seen_before),
    Rule("D16", floods.part_of_a_flood, yields=True),
    Rule("D17", threads.answers_a_ticket),
    Rule("D11", automatic.through_a_list),
    Rule("D12", automatic.generated),
    Rule("D18", automatic.says_nothing),
    Rule("D19", threads.new_matter),
)


def decide(facts: Facts) -> Ruling:
    """The first rule with an opinion; the last one always has one."""
    for rule in RULES:
        if facts.is_released and rule.yields:
            continue
        decision = rule.ask(facts)
        if decision is not None:
            return Ruling(rule.id, decision)
    raise AssertionError("the last rule takes every mail")
