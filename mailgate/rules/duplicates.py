"""The same mail by another way."""

from mailgate.decision import Decision, Facts, LinkDuplicate


def seen_before(facts: Facts) -> Decision | None:
    """Same sender, same Message-ID, same words, within two weeks. Other words under that id are another mail."""
    if facts.duplicate is None:
        return None
    return LinkDuplicate(
        "This mail came a second time; the first one counts.",
        first=facts.duplicate,
        evidence={"first": str(facts.duplicate.inbound_id)},
    )
