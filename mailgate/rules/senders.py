"""Who says he wrote."""

from mailgate.decision import Decision, Facts, OpenTicket, SetAside


def could_not_be_read(facts: Facts) -> Decision | None:
    """A mail that broke its reader becomes a ticket all the same, with the original attached."""
    if facts.inbound.is_skeleton and facts.sender:
        return OpenTicket("The mail could not be read; its original is attached.")
    return None


def nobody_can_be_named(facts: Facts) -> Decision | None:
    """Without one certain sender there is nobody to answer."""
    if not facts.sender:
        return SetAside("The mail names no sender who could be answered.", folder="held")
    if facts.inbound.sender_problems:
        why = f"It is not certain who wrote this: {facts.inbound.sender_problems[0]}"
        return SetAside(why, folder="held", evidence={"problems": list(facts.inbound.sender_problems)})
    return None


def claims_to_be_us(facts: Facts) -> Decision | None:
    """From names a mailbox of this desk, and this desk did not send it."""
    if facts.sender_is_us:
        return SetAside("The mail says it comes from this desk itself, and it does not.", folder="held")
    return None
