"""Whom a ticket would belong to, and why a mail would not become one, as far as the mail alone can tell."""

from mailgate.inbound import Inbound


def effective_sender(mail: Inbound) -> str:
    """The address the ticket belongs to: From; identity is never taken from another header on its own."""
    return mail.sender.email if mail.sender else ""


def rejection(mail: Inbound) -> str:
    """Why this mail is no new ticket: 'bounce', 'auto_generated', … or ''."""
    if mail.bounce:
        return "bounce"
    if mail.automatic:
        return "auto_generated"
    return ""
