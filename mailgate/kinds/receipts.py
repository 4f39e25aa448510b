"""Message disposition notifications (MDN, RFC 8098): read receipts and their like."""

from mailgate.inbound import Receipt
from mailgate.kinds.reports import decoded, field_groups, original_mail, part_of_type, typed_value
from mailgate.reading.structure import Structure


def read_receipt(structure: Structure, text: str) -> Receipt | None:
    """Return the receipt this mail is, or None."""
    part = part_of_type(
        structure, "message/disposition-notification", "message/global-disposition-notification"
    )
    if part is None:
        if structure.root.params.get("report-type", "").lower() != "disposition-notification":
            return None
        return Receipt("displayed", original_message_id=original_mail(structure, "").message_id)
    fields = {name: value for group in field_groups(decoded(part)) for name, value in group.items()}
    return Receipt(
        disposition=fields.get("disposition", "").partition(";")[2].strip().lower() or "displayed",
        recipient=typed_value(fields.get("final-recipient", "")),
        original_message_id=fields.get("original-message-id", "").strip("<> "),
    )
