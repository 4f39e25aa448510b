"""Makes the bytes of a mail from its outbox row: one table from the kind of mail to the letter it is."""

from collections.abc import Callable
from dataclasses import replace

from jobs import account_mails
from jobs.compose import compose
from jobs.forwards import forward
from jobs.letter import Letter, letter_for
from jobs.notices import acknowledgement, agent_notice, status_notice
from jobs.proof import prove
from jobs.signing import sign
from models.actions.reply_tokens import reply_address
from models.blobs import BlobStore
from models.outbox import Outbox
from models.settings import Settings

LetterOf = Callable[[Outbox, Settings, BlobStore], Letter]


def made(row: Outbox, settings: Settings, blobs: BlobStore) -> bytes:
    """The mail, proven to read back as it was meant, and signed.

    Raises `Unsendable`, `Unsound`; `OSError`, `BlobDamaged` when a file cannot be read.
    """
    letter = LETTERS[row.kind](row, settings, blobs)
    mime = compose(letter)
    prove(mime, letter)
    return sign(mime, letter.sender.address, settings)


def reply(row: Outbox, settings: Settings, blobs: BlobStore) -> Letter:
    """A person's answer on a ticket."""
    letter = letter_for(row, settings.signing_keys, blobs)
    if settings.reply_domain is None or row.ticket_id is None or row.participant_id is None:
        return letter
    own = reply_address(row.ticket_id, row.participant_id, settings.signing_keys, settings.reply_domain)
    return replace(letter, reply_to=own)


def test(row: Outbox, settings: Settings, blobs: BlobStore) -> Letter:
    """What an administrator sends to see whether mail goes out."""
    return account_mails.letter(row, settings, "test", settings.base_url)


def alarm(row: Outbox, settings: Settings, blobs: BlobStore) -> Letter:
    """Tells an administrator that something is wrong, or right again."""
    letter = account_mails.letter(row, settings, row.kind, f"{settings.base_url}/mail/")
    return replace(letter, said=dict(row.said or {}))


LETTERS: dict[str, LetterOf] = {
    "reply": reply,
    "forward": forward,
    "test": test,
    "alarm": alarm,
    "alarm_over": alarm,
    "ack": acknowledgement,
    "status": status_notice,
    "agent_message": agent_notice,
    "agent_note": agent_notice,
    "agent_mention": agent_notice,
    "agent_assigned": agent_notice,
    "agent_status": agent_notice,
    "code": account_mails.code,
    "invitation": account_mails.invitation,
    "password_changed": account_mails.password_changed,
}
