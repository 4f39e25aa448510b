"""Reports of other mail systems: bounces, delays, complaints, read receipts."""

from mailgate.decision import Decision, Facts, RecordReport, SetAside


def bounce_of_ours(facts: Facts) -> Decision | None:
    """A delivery report that quotes a Message-ID only we can have made (RFC 3464)."""
    bounce = facts.inbound.bounce
    if bounce is None or facts.reported is None:
        return None
    who = ", ".join(bounce.recipients) or "the recipient"
    why = f"The mail to {who} is delayed." if bounce.delayed else f"The mail to {who} could not be delivered."
    kind = "delay" if bounce.delayed else "bounce"
    said = {"status": bounce.status, "text": bounce.diagnostic, "hard": bounce.hard}
    return RecordReport(why, kind=kind, about=facts.reported, evidence=said)


def complaint_about_ours(facts: Facts) -> Decision | None:
    """A feedback report about a mail of ours (RFC 5965)."""
    if facts.inbound.complaint is None or facts.reported is None:
        return None
    return RecordReport("The recipient marked our mail as unwanted.", kind="complaint", about=facts.reported)


def receipt_for_ours(facts: Facts) -> Decision | None:
    """A read receipt for a mail of ours (RFC 8098)."""
    if facts.inbound.receipt is None or facts.reported is None:
        return None
    return RecordReport("The recipient's mail program reports on our mail.", kind="receipt", about=facts.reported)


def words_at_a_bounce_address(facts: Facts) -> Decision | None:
    """A mail system writes to the address that only our mail's envelope carried, in words nobody can read.

    It is no reason to call the mail failed, and none to open a ticket.
    """
    about = facts.reported
    if about is None or not about.by_bounce_address or facts.mail_from or facts.inbound.auto_reply:
        return None
    said = {"text": facts.inbound.text[:500]}
    return RecordReport("The recipient's mail system says something about our mail.", kind="words", about=about, evidence=said)


def report_about_nothing_of_ours(facts: Facts) -> Decision | None:
    """A report on a mail we never sent: somebody uses our address, or it is forged. It opens no ticket."""
    inbound = facts.inbound
    if inbound.bounce is None and inbound.complaint is None and inbound.receipt is None:
        return None
    return SetAside("A delivery report about a mail that this desk did not send.", folder="backscatter")
