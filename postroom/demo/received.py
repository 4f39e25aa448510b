"""The customer's side of the local outbox: what the desk has written to one address, the newest first."""

from dataclasses import dataclass
from datetime import UTC, datetime
from email import message_from_bytes, policy
from email.message import EmailMessage
from email.utils import parseaddr
from pathlib import Path

NEWEST = 300  # files looked at
MOST = 20  # letters shown


@dataclass(frozen=True)
class Letter:
    """One mail as the customer's mail client knows it."""

    message_id: str
    references: str
    sender: str
    answer_to: str
    subject: str
    text: str
    at: datetime

    @property
    def answer_subject(self) -> str:
        return self.subject if self.subject.lower().startswith("re:") else f"Re: {self.subject}"


def received(outbox: Path, address: str) -> list[Letter]:
    """What lies in the `.eml` files for `address`; a file that vanishes meanwhile is left out."""
    files = sorted(outbox.glob("*.eml"), reverse=True)[:NEWEST]
    letters = (letter_in(file, address) for file in files)
    return [letter for letter in letters if letter is not None][:MOST]


def letter_in(file: Path, address: str) -> Letter | None:
    try:
        mail = message_from_bytes(file.read_bytes(), policy=policy.default)
    except OSError:  # it was tidied away between the listing and the reading
        return None
    if not isinstance(mail, EmailMessage) or parseaddr(str(mail["Delivered-To"] or ""))[1].lower() != address.lower():
        return None
    body = mail.get_body(("plain",))
    return Letter(
        message_id=str(mail["Message-ID"] or ""),
        references=str(mail["References"] or ""),
        sender=str(mail["From"] or ""),
        answer_to=parseaddr(str(mail["Reply-To"] or mail["From"] or ""))[1],
        subject=str(mail["Subject"] or ""),
        text=str(body.get_content()) if body is not None else "",
        at=datetime.fromtimestamp(file.stat().st_mtime, UTC),
    )
