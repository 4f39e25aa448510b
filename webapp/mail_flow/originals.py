"""The bytes of a mail as it came, for whoever may know of it."""

from flask import current_app
from flask_babel import gettext as _

from models.app import blobs_of
from models.blobs import BlobDamaged
from models.queries.inbound import MailSeen


def whole_mail(found: MailSeen) -> tuple[bytes, str]:
    """Its bytes, none where they were let go; and what is wrong with them, '' where nothing is."""
    if not found.mail.raw_uri:
        return found.opening, ""
    try:
        return blobs_of(current_app).read(found.mail.raw_uri), ""
    except (FileNotFoundError, BlobDamaged):
        current_app.logger.error("the file of mail %s is missing or damaged", found.mail.id)
        return b"", _("The stored mail is missing or damaged: an administrator has to restore it from a backup.")
