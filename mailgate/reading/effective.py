"""Whom a ticket would belong to, and why a mail would not become one, as far as the mail alone can tell."""

from mailgate.inbound import Inbound
from mailgate.reading.addresses import read_addresses


def effective_sender(mail: Inbound) -> str:
    """The address a ticket is suggested to belong to: From, or whom a list wrote over it.

    Groups rewrite From to their own address and keep the writer in X-Original-From; he is believed as a
    suggestion only when Reply-To names the same address (mail-safety §2.6: the identity stays the list).
    """
    original = next((value for name, value in mail.headers if name.lower() == "x-original-from"), "")
    writers = {address.email.lower() for address in read_addresses(original.encode())}
    for address in mail.reply_to:
        if address.email.lower() in writers:
            return address.email
    return mail.sender.email if mail.sender else ""


def rejection(mail: Inbound) -> str:
    """Why this mail would be no new ticket: 'bounce', 'complaint', 'receipt', 'auto_generated', or ''."""
    if mail.bounce:
        return "bounce"
    if mail.complaint:
        return "complaint"
    if mail.receipt:
        return "receipt"
    return "auto_generated" if mail.automatic else ""
