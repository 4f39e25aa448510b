"""The reading of a mail as a plain dictionary: what `postroom explain` prints and the corpus scores."""

import hashlib
from typing import Any

from mailgate.inbound import Address, File, Forward, Inbound
from mailgate.parse import parse
from mailgate.reading.effective import effective_sender, rejection


def explain(raw: bytes) -> dict[str, Any]:
    """Return the keys of the corpus (strings, lists, numbers and booleans only) for one raw mail."""
    mail = parse(raw)
    return {
        "from_email": mail.sender.email if mail.sender else "",
        "from_name": mail.sender.name if mail.sender else "",
        "to": _emails(mail.to),
        "cc": _emails(mail.cc),
        "reply_to": mail.reply_to[0].email if mail.reply_to else "",
        "effective_sender": effective_sender(mail),
        "subject": mail.subject,
        "message_id": mail.message_id,
        "in_reply_to": mail.in_reply_to[0] if mail.in_reply_to else "",
        "references": list(mail.references),
        "text": mail.text,
        "html": mail.html,
        "reply_text": mail.reply_text,
        "has_quoted": _has_older_mail(mail),
        "attachments": [_file(file) for file in mail.files if ".tnef" not in file.part_path],
        "auto_generated": mail.automatic,
        "bounce": mail.bounce is not None,
        "bounced_recipient": list(mail.bounce.recipients) if mail.bounce else [],
        "bounce_status": mail.bounce.status if mail.bounce else "",
        "bounce_hard": bool(mail.bounce and mail.bounce.hard),
        "complaint": mail.complaint is not None,
        "forwarded": _forwarded(mail.forward),
        "rejected": rejection(mail),
        "tnef_attachments": [file.filename for file in mail.files if ".tnef" in file.part_path],
        "attached_message_subject": _attached_subject(mail),
        "auto_reply": mail.auto_reply,
        "list_id": mail.list_id,
        "signup_code": mail.signup_code,
        "receipt": mail.receipt is not None,
        "delivered_to": list(mail.delivered_to),
        "forwarded_by_server": mail.forward is not None and mail.forward.by == "server",
        "remarks": list(mail.remarks),
        "sender_problems": list(mail.sender_problems),
        "automatic_evidence": list(mail.automatic_evidence),
        "may_be_answered": mail.may_be_answered,
    }


def _has_older_mail(mail: Inbound) -> bool:
    """Whether the text holds more than what its sender wrote: folded history, or a mail handed on
    under his words.
    """
    handed_on = mail.forward is not None and mail.forward.by == "person" and bool(mail.forward.message)
    return handed_on or any(fold.kind == "quote" for fold in mail.folds)


def _file(file: File) -> dict[str, Any]:
    return {
        "filename": file.filename,
        "content_type": file.content_type,
        "size": file.size,
        "sha256": file.sha256,
        "md5": hashlib.md5(file.content, usedforsecurity=False).hexdigest(),
        "disposition": file.disposition,
    }


def _emails(addresses: tuple[Address, ...]) -> list[str]:
    return [address.email for address in addresses]


def _attached_subject(mail: Inbound) -> str:
    """The subject of the first mail attached to this one."""
    for file in mail.files:
        if file.content_type == "message/rfc822":
            return parse(file.content).subject
    return ""


def _forwarded(forward: Forward | None) -> dict[str, Any] | None:
    if forward is None or forward.by != "person":
        return None
    return {
        "is_forward": True,
        "from_email": forward.sender.email if forward.sender else "",
        "from_name": forward.sender.name if forward.sender else "",
        "to": _emails(forward.to),
        "cc": _emails(forward.cc),
        "subject": forward.subject,
        "body": forward.body,
        "message": forward.message,
    }
