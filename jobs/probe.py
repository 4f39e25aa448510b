"""The desk sends itself a mail through its own gate, as everybody else does, to see that mail comes through.

It is a real mail: signed with DKIM, handed in by SMTP, kept, read and decided upon. Only its end is another one: the
filer knows it by its mark, writes down when it came, and shows it to nobody.
"""

import logging
import threading
import time
from email.message import EmailMessage
from email.policy import SMTP
from email.utils import format_datetime, localtime
from uuid import UUID

from flask import Flask
from sqlalchemy import select
from sqlalchemy.exc import DBAPIError

from jobs.headers import wire_address
from jobs.host_url import HostUrl, parse_host_url
from jobs.outcome import Mail, Outcome, Sent
from jobs.signing import sign
from jobs.transport import Patience, SmartHost
from models.actions.pulse import begin_probe, has_probed, note_handed_in
from models.app import settings_of
from models.database import db
from models.errors import SettingsError
from models.mailbox import Mailbox
from models.probe_mark import HEADER, probe_mark
from models.settings import Settings

log = logging.getLogger(__name__)

SHORT = Patience(connect=5, answer=20, dot=30, session=60)
EVERYWHERE = {"0.0.0.0": "127.0.0.1", "::": "::1", "": "127.0.0.1"}


class Prober:
    """Sends a probe every `PROBE_MINUTES`, in a thread of its own: a gate that stands still holds up no sweep."""

    def __init__(self, app: Flask) -> None:
        self.app = app
        self.settings = settings_of(app)
        self.began_at = time.monotonic()
        self.thread: threading.Thread | None = None

    def probe_if_due(self) -> None:
        """Begin one, unless one is under way or it is too early. A desk that is new waits for its first."""
        minutes = self.settings.probe_minutes
        if not minutes or (self.thread is not None and self.thread.is_alive()):
            return
        if not has_probed() and time.monotonic() - self.began_at < minutes * 60:
            return
        probe_id = begin_probe(minutes)
        db.session.commit()
        if probe_id is not None:
            self.thread = threading.Thread(target=self.probe, args=(probe_id,), name="probe", daemon=True)
            self.thread.start()

    def probe(self, probe_id: UUID) -> None:
        with self.app.app_context():
            try:
                send_probe(probe_id, self.settings)
            except DBAPIError as trouble:
                log.warning("a mail to ourselves could not be noted: %s", type(trouble).__name__)


def send_probe(probe_id: UUID, settings: Settings) -> None:
    """Hand one in, and write down how that went. Raises `DBAPIError`."""
    box = db.session.scalar(select(Mailbox).where(Mailbox.is_active).order_by(Mailbox.id).limit(1))
    address = box.address if box is not None else ""
    db.session.rollback()  # handing in may take long, and needs no transaction
    trouble = hand_in(probe_id, address, settings) if address else "no mailbox takes mail"
    if trouble:
        log.warning("a mail to ourselves could not be handed in: %s", trouble)
    note_handed_in(probe_id, trouble)
    db.session.commit()


def hand_in(probe_id: UUID, address: str, settings: Settings) -> str:
    """What went wrong, or ''."""
    try:
        mail = Mail(probe_id, wire_address(address), wire_address(address), probe_mail(probe_id, address, settings), localtime())
        host = SmartHost(where_to(settings), patience=SHORT)
        outcome = host.send(mail, lambda: None)
        host.rest()
    except (SettingsError, OSError, ValueError) as error:  # no key to sign with, no address to speak to
        return str(error)
    return trouble_of(outcome)


def trouble_of(outcome: Outcome) -> str:
    return "" if isinstance(outcome, Sent) else outcome.text


def where_to(settings: Settings) -> HostUrl:
    """Where the mail is handed in. Raises `SettingsError`."""
    if settings.probe_smtp_url is not None:
        return parse_host_url(settings.probe_smtp_url.get_secret_value())
    return HostUrl(EVERYWHERE.get(settings.smtp_host, settings.smtp_host), settings.smtp_port, "none")


def probe_mail(probe_id: UUID, address: str, settings: Settings) -> bytes:
    """The bytes, signed. Raises `OSError`."""
    mail = EmailMessage(policy=SMTP)
    mail["From"], mail["To"] = address, address
    mail["Subject"] = "The desk looks whether mail comes through"
    mail["Date"] = format_datetime(localtime())
    mail["Message-ID"] = f"<{probe_id.hex}@{address.rpartition('@')[2]}>"
    mail["Auto-Submitted"] = "auto-generated"
    mail[HEADER] = probe_mark(settings.signing_keys, probe_id)
    mail.set_content("This mail was sent by the desk to itself. Nobody has to do anything about it.\n")
    return sign(mail.as_bytes(), address, settings)
