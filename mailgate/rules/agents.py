"""Agents who answer by mail: off unless a mailbox allows it, and then only by a proved mail to a fresh address of theirs."""

from mailgate.decision import AgentToken, Decision, Facts, HoldOnTicket, SpeakForAgent
from mailgate.identity.verdict import Level


def agent_by_mail(facts: Facts) -> Decision | None:
    """Mail to a reply address that was given to an agent. Without one, an agent writes as any customer does."""
    thread = facts.thread
    if thread is None or thread.agent is None or thread.mailbox_id != facts.mailbox_id or thread.removed_as:
        return None
    evidence = {"strength": "K1", "id": thread.named_id, "ticket": thread.ref, "level": facts.level.name}
    short = shortfall(facts, thread.agent)
    if short:
        return HoldOnTicket(short, ticket_id=thread.ticket_id, agent_id=thread.agent.agent_id, evidence=evidence)
    public = thread.agent.is_public and facts.agents_by_mail == "public"
    why = "The agent answered by mail." if public else "The agent left a note by mail."
    return SpeakForAgent(
        why, ticket_id=thread.ticket_id, agent_id=thread.agent.agent_id, public=public, evidence=evidence
    )


def shortfall(facts: Facts, token: AgentToken) -> str:
    """What is missing before the mail counts as the agent's own; '' when nothing is."""
    if not token.is_senders or facts.agent_id != token.agent_id:
        return f"Its sender, {facts.sender}, used a reply address that belongs to somebody on the team."
    if facts.level < Level.A3:
        return "The mail says it comes from somebody on the team, and nothing proves it."
    if facts.agents_by_mail == "off":
        return "This mailbox takes no answers of agents by mail."
    if not token.may_see_ticket:
        return "The agent may not see this ticket any more."
    if not token.is_fresh:
        return "The reply address is older than a week."
    return ""
