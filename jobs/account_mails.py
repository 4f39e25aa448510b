"""Mails about an account: a one-time code, an invitation, the news that a password was changed."""

from sqlalchemy import func, select

from jobs.headers import Unsendable
from jobs.letter import Letter, Person
from models.accounts import OneTimeCode
from models.blobs import BlobStore
from models.codes import code_of, spelled
from models.database import db
from models.instance_mark import instance_mark
from models.mailbox import Mailbox, MailboxAddress
from models.outbox import Outbox
from models.people import User
from models.settings import Settings

# Made anew for each try, the same every time: the code in them shall not lie in the database.
NEVER_KEPT = frozenset({"code"})


def code(row: Outbox, settings: Settings, blobs: BlobStore) -> Letter:
    """The code that somebody asked for. Raises `Unsendable` where nobody may get one, or none is waited for."""
    asked = db.session.scalar(select(OneTimeCode).where(OneTimeCode.outbox_id == row.id))
    if asked is None or asked.spent_at is not None:
        raise Unsendable("this code is not waited for any more")
    if db.session.get(MailboxAddress, asked.address) is not None:
        raise Unsendable("this is an address of the desk itself")
    user = db.session.scalar(select(User).where(func.lower(User.email) == asked.address))
    if user is not None and not user.is_active:
        raise Unsendable("this account is switched off")
    return letter(row, settings, "code", spelled(code_of(settings.signing_keys[0], asked.id)))


def invitation(row: Outbox, settings: Settings, blobs: BlobStore) -> Letter:
    """Somebody has an account now. The link is the same for everybody: what lets in is a code, asked for there."""
    return letter(row, settings, "invitation", f"{settings.base_url}/password/")


def password_changed(row: Outbox, settings: Settings, blobs: BlobStore) -> Letter:
    return letter(row, settings, "password_changed", f"{settings.base_url}/password/")


def letter(row: Outbox, settings: Settings, template: str, body: str) -> Letter:
    mailbox = db.session.get_one(Mailbox, row.mailbox_id)
    return Letter(
        outbox_id=row.id,
        mark=instance_mark(settings.signing_keys, row.id),
        sender=Person(mailbox.name, row.mail_from),
        rcpt=row.rcpt,
        to=Person("", row.rcpt),
        cc=(),
        date=row.created_at,
        message_id=row.rfc_message_id,
        parents=(),
        subject=mailbox.name,
        ref="",
        body=body,
        template=template,
        auto_submitted="auto-generated",
    )
