"""From what was found to a level (mail-safety 2.3): pure, one question a function."""

from dataclasses import replace

from mailgate.identity.verdict import Level, Verdict


def at_this_desk(verdict: Verdict, *, is_one_of_us: bool) -> Verdict:
    """The verdict where From may be an address of the desk or of an agent: those are proved, or they are forged."""
    if not is_one_of_us or verdict.is_proved:
        return verdict
    return replace(verdict, level=Level.A0, why="The mail says it comes from one of us, and nothing proves it.")
