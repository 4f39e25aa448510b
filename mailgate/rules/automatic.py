"""Mail that a machine wrote: answers, lists, alerts, codes by which somebody proves an address."""

from mailgate.decision import Decision, Facts, OpenTicket, RecordAutoReply, SetAside, Thread
from mailgate.inbound import ABSENCE_BY_SUBJECT
from mailgate.kinds.automatic import nobody_reads_answers_at
from mailgate.kinds.lists import LIST_HEADERS

GMAIL_FORWARDING = "forwarding-noreply@google.com"


def sign_up_of_a_third_party(facts: Facts) -> Decision | None:
    """A code or a link by which somebody proves that an address of ours is his: whoever reads it here owns it there.

    So does a service that writes to a customer's reply address: he gave it as his own.
    """
    thread = facts.thread
    if thread is not None and (thread.sender_takes_part or thread.sender_is_owner):
        return None
    to_reply_address = thread is not None and thread.strength == "K1" and nobody_reads_answers_at(facts.sender)
    if not (facts.inbound.signup_code or to_reply_address):
        return None
    why = "Somebody gave this address to a service, which wants it confirmed. Codes and links are covered."
    if facts.sender == GMAIL_FORWARDING:
        why = "Gmail asks whether mail may be forwarded here. If you have set that up, release it to see the code."
    return SetAside(why, folder="held", masked=True)


def automatic_reply(facts: Facts) -> Decision | None:
    """An out-of-office note: shown where it belongs, and it wakes nobody (RFC 3834)."""
    if not facts.inbound.auto_reply:
        return None
    evidence = {"automatic": list(facts.inbound.automatic_evidence)}
    thread = facts.thread
    if thread is not None and speaks_there(thread, facts):
        return RecordAutoReply(
            "An automatic reply from somebody on this ticket.", ticket_id=thread.ticket_id, evidence=evidence
        )
    if facts.inbound.automatic_evidence == (ABSENCE_BY_SUBJECT,):
        return None
    return SetAside("An automatic reply that belongs to no ticket.", folder="auto_reply", evidence=evidence)


def speaks_there(thread: Thread, facts: Facts) -> bool:
    """Whether the reply's machine stands for somebody on the ticket; a reference in a subject does not say so."""
    if thread.strength == "K4" or thread.mailbox_id != facts.mailbox_id or thread.removed_as:
        return False
    return thread.sender_takes_part or thread.sender_is_owner


def through_a_list(facts: Facts) -> Decision | None:
    """A mailing list or a mailing: a ticket with a tag, which no machine of ours answers (RFC 2369, RFC 2919)."""
    names = {name.lower() for name, _ in facts.inbound.headers}
    if not (facts.inbound.list_id or names.intersection(LIST_HEADERS)):
        return None
    return OpenTicket("It came through a mailing list, and answers no mail that this desk knows.", tags=("list",))


def generated(facts: Facts) -> Decision | None:
    """An alert, a form, a report: a machine wrote it, and it is a matter for people all the same."""
    if not facts.inbound.automatic or facts.inbound.automatic_evidence == (ABSENCE_BY_SUBJECT,):
        return None
    evidence = {"automatic": list(facts.inbound.automatic_evidence)}
    return OpenTicket("A machine wrote it, and it answers no mail that this desk knows.", evidence=evidence)


def says_nothing(facts: Facts) -> Decision | None:
    """Neither words nor files."""
    inbound = facts.inbound
    if inbound.text.strip() or inbound.safe_html.strip() or inbound.html.strip() or inbound.files:
        return None
    return OpenTicket("The mail is empty.")
