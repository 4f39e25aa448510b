"""The bytes of a mail as it came, for whoever may know of it."""

from flask import current_app

from models.app import blobs_of
from models.queries.inbound import MailSeen


def whole_mail(found: MailSeen) -> bytes:
    """Its bytes; none where they were let go."""
    return blobs_of(current_app).read(found.mail.raw_uri) if found.mail.raw_uri else found.opening
