"""Mail of our own that has come back."""

from mailgate.decision import Decision, Facts, SetAside


def our_own_probe(facts: Facts) -> Decision | None:
    """The desk has sent this mail to itself to see whether mail comes through: it has."""
    if facts.probe_id is not None:
        return SetAside("The desk sent this mail to itself, to see that mail comes through.", folder="probe")
    return None


def our_own_mail(facts: Facts) -> Decision | None:
    """A mail we signed ourselves: answering or filing it would go round for ever."""
    if facts.carries_our_mark:
        return SetAside("This is a mail of this desk that came back to it.", folder="loop")
    return None
