"""Feedback reports (ARF, RFC 5965): somebody called a mail of ours spam."""

import re

from mailgate.inbound import Complaint
from mailgate.kinds.reports import decoded, field_groups, original_mail, part_of_type, typed_value
from mailgate.reading.structure import Structure

_HOTMAIL = re.compile(r"complaint about message from \d", re.I)


def read_complaint(structure: Structure, text: str) -> Complaint | None:
    """Return the complaint this mail is, or None."""
    part = part_of_type(structure, "message/feedback-report")
    if part is None:
        if _HOTMAIL.match(structure.root.headers.text("subject")) and part_of_type(
            structure, "message/rfc822"
        ):
            return _complaint(structure, text, {}, _original_recipients(structure))
        if structure.root.params.get("report-type", "").lower() != "feedback-report":
            return None
        return _complaint(structure, text, {}, [])
    groups = field_groups(decoded(part))
    fields = {name: value for group in reversed(groups) for name, value in group.items()}
    named = [group.get(name, "") for group in groups for name in ("original-rcpt-to", "removal-recipient")]
    return _complaint(structure, text, fields, [email for value in named if (email := typed_value(value))])


def _original_recipients(structure: Structure) -> list[str]:
    return [address.email for address in original_mail(structure, "").recipients]


def _complaint(structure: Structure, text: str, fields: dict[str, str], recipients: list[str]) -> Complaint:
    original = original_mail(structure, text)
    return Complaint(
        feedback_type=fields.get("feedback-type", "abuse").lower(),
        recipients=tuple(dict.fromkeys(recipients)),
        original_message_id=original.message_id,
        original_subject=original.subject,
    )
