"""Who says he wrote."""

from mailgate.decision import Decision, Facts, OpenTicket, SetAside


def could_not_be_read(facts: Facts) -> Decision | None:
    """A mail that broke its reader becomes a ticket all the same, with the original attached."""
    if facts.inbound.is_skeleton and facts.sender and not facts.sender_is_us:
        return OpenTicket("The mail could not be read; its original is attached.")
    return None


def nobody_can_be_named(facts: Facts) -> Decision | None:
    """Without a sender there is nobody to answer."""
    if facts.sender:
        return None
    return SetAside("The mail names no sender who could be answered.", folder="held")


def it_is_not_certain_who_wrote(facts: Facts) -> Decision | None:
    """Another reader of the same mail may see another From. A sender on the allow list is let through."""
    problems = facts.inbound.sender_problems
    if not problems or facts.sender_is_allowed:
        return None
    return SetAside(f"It is not certain who wrote this: {problems[0]}", folder="held", evidence={"problems": list(problems)})


def claims_to_be_us(facts: Facts) -> Decision | None:
    """From names a mailbox of this desk, and this desk did not send it."""
    if facts.sender_is_us:
        return SetAside("The mail says it comes from this desk itself, and it does not.", folder="held")
    return None
