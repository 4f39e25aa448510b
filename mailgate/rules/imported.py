"""Mail of the past, brought here by an administrator: what the team answered then is an answer, and not a claim."""

from mailgate.decision import Decision, Facts, LinkDuplicate, OpenTicket, SetAside, TakeOver

FROM_THE_TEAM = "The team wrote it before this desk was there."


def written_by_the_team(facts: Facts) -> Decision | None:
    """Imported mail from a mailbox or an agent of ours. Only an administrator can import, so From is believed."""
    if not facts.is_imported or facts.inbound.sender_problems or not (wrote_as_desk(facts) or facts.sender_is_agent):
        return None
    if facts.duplicate is not None:
        return LinkDuplicate("This mail is here already.", first=facts.duplicate, evidence={"first": str(facts.duplicate.inbound_id)})
    thread = facts.thread
    if thread is not None and thread.mailbox_id == facts.mailbox_id and not thread.removed_as:
        evidence = {"strength": thread.strength, "id": thread.named_id, "ticket": thread.ref}
        return TakeOver(FROM_THE_TEAM, ticket_id=thread.ticket_id, agent_id=facts.agent_id, evidence=evidence)
    if facts.outsiders:
        return TakeOver(FROM_THE_TEAM, agent_id=facts.agent_id)
    if facts.sender_is_agent:
        return OpenTicket("Somebody on the team wrote to the desk before it was here.")
    return SetAside("A mail from the team to the team.", folder="held")


def wrote_as_desk(facts: Facts) -> bool:
    return facts.sender_is_us or facts.sender_was_team
