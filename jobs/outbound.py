"""Sends what the outbox holds: claim, compose once, send, write down what became of it.

Postgres is the queue and every step is committed before the next. Whoever calls needs an application context
whose session is its own. Names here (`jobs.outbound.send_message`) stand in the table of `jobs/reactions.py`.
"""

import logging
import os
import socket
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager

from flask import Flask, current_app
from sqlalchemy.exc import DBAPIError, OperationalError

from jobs.account_mails import NEVER_KEPT
from jobs.backoff import Backoff
from jobs.headers import Unsendable, wire_address
from jobs.makers import made
from jobs.notices import still_concerns
from jobs.outcome import Deferred, Mail, Outcome, Refused, Sent, Transport, Unanswered, Withheld
from jobs.proof import Unsound
from jobs.transport import transport_for
from models.actions import outbox
from models.actions.outbox import Lease, LeaseLost
from models.actions.reply_tokens import bounce_address
from models.app import blobs_of, settings_of
from models.blobs import BlobDamaged, BlobStore
from models.database import db
from models.log_context import about
from models.outbox import Outbox
from models.queries.suppression import suppression_of
from models.settings import Settings
from models.suppression import Reason

log = logging.getLogger(__name__)

# Keys under which an application keeps its way out, whether that is down, and whether the process has to end.
TRANSPORT = "postroom.transport"
BACKOFF = "postroom.transport_backoff"
STOPPING = "postroom.stopping"

FIRST_REST_SECONDS = 5
LONGEST_REST_SECONDS = 60
HEARTBEAT_SECONDS = 20
SETTLE_SECONDS = 60
MAX_IN_ROW = 1 << 20  # larger mails are kept as blobs


def send_message(*, message_id: int, **_: int) -> None:
    """The job: send the mails of one message that are due. Ringing twice sends once."""
    send_due(message_id)


def send_waiting() -> None:
    """The job, and what a worker does by itself: raise dead senders' doubts, then send all that is due."""
    outbox.doubt_lost_answers()
    db.session.commit()
    send_due()


def send_due(message_id: int | None = None) -> int:
    """Send everything that is due, of one message or at all. How many mails were tried.

    Ends early when this process has to stop, or when the way out is down and nothing would come of it.
    """
    app = current_app._get_current_object()  # type: ignore[attr-defined]
    transport, backoff = transport_of(app), backoff_of(app)
    tried = 0
    try:
        while not (is_stopping(app) or backoff.is_resting) and (lease := claim(message_id)) is not None:
            deliver(lease, transport, backoff)
            tried += 1
    finally:
        transport.rest()
    return tried


def transport_of(app: Flask) -> Transport:
    """The application's way out: one for the process, whichever thread asks."""
    if TRANSPORT not in app.extensions:
        app.extensions.setdefault(TRANSPORT, transport_for(settings_of(app)))
    transport: Transport = app.extensions[TRANSPORT]
    return transport


def backoff_of(app: Flask) -> Backoff:
    """Whether the way out is known to be down."""
    backoff: Backoff = app.extensions.setdefault(BACKOFF, Backoff(FIRST_REST_SECONDS, LONGEST_REST_SECONDS))
    return backoff


def is_stopping(app: Flask) -> bool:
    return STOPPING in app.extensions and app.extensions[STOPPING].is_set()


def claim(message_id: int | None) -> Lease | None:
    lease = outbox.claim_mail(f"{socket.gethostname()}:{os.getpid()}", message_id)
    db.session.commit()
    return lease


def deliver(lease: Lease, transport: Transport, backoff: Backoff) -> None:
    """Bring one leased mail to its next state. A lost lease ends quietly: the mail is somebody else's."""
    with about(outbox=lease.outbox_id, ticket=lease.ticket_id):
        deliver_it(lease, transport, backoff)


def deliver_it(lease: Lease, transport: Transport, backoff: Backoff) -> None:
    try:
        with kept_alive(lease):
            outcome = attempt(lease, transport)
            settle(lease, outcome)
        note_health(backoff, outcome)
    except LeaseLost:
        db.session.rollback()
        log.warning("outbox %s: the lease was lost; another sender has the mail", lease.outbox_id)


def note_health(backoff: Backoff, outcome: Outcome) -> None:
    if isinstance(outcome, Deferred) and outcome.host_is_down:
        backoff.failed()
    else:
        backoff.succeeded()


def attempt(lease: Lease, transport: Transport) -> Outcome:
    """One try, and how it ended. Raises `LeaseLost`, or `DBAPIError` when the database is away."""
    try:
        against = what_stands_against(db.session.get_one(Outbox, lease.outbox_id, populate_existing=True))
        if against is not None:
            return Withheld(against)
        mail = frozen_mail(lease)
    except (LeaseLost, DBAPIError):
        raise
    except (Unsendable, Unsound) as trouble:
        db.session.rollback()
        log.error("outbox %s: refused by ourselves: %s", lease.outbox_id, trouble)
        return Refused(None, f"not sent: {trouble}")
    except (OSError, BlobDamaged) as trouble:
        db.session.rollback()
        log.error("outbox %s: a file of the mail cannot be read: %s", lease.outbox_id, trouble)
        return Deferred(None, f"a file of the mail cannot be read: {trouble}")
    except Exception:  # a fault of ours must not lose the mail, nor be tried every 90 seconds unseen
        db.session.rollback()
        log.exception("outbox %s: the mail cannot be made", lease.outbox_id)
        return Deferred(None, "the desk could not make this mail: the worker's log says why")
    return transport.send(mail, lambda: say_dot(lease))


def what_stands_against(row: Outbox) -> str | None:
    """Why the mail must not go out after all, asked again before every try; None when nothing does."""
    if row.agent_id is not None and not still_concerns(row, settings_of(current_app)):
        return "not sent: the ticket is not this agent's any more"
    stop = suppression_of(row.rcpt, automatic=row.automatic)
    if stop is None:
        return None
    since = f"{stop.since:%d %b %Y}"
    if stop.reason == Reason.COMPLAINT:
        return f"not sent: {row.rcpt} has called our mail unwanted on {since}"
    return f"not sent: mail to {row.rcpt} comes back since {since} ({stop.detail}); an administrator can lift this"


def frozen_mail(lease: Lease) -> Mail:
    """The mail with the bytes it was given before its first try; they are made now if this is the first."""
    row = db.session.get_one(Outbox, lease.outbox_id, populate_existing=True)
    settings, blobs = settings_of(current_app), blobs_of(current_app)
    if row.mime_uri is not None:
        mime = blobs.read(row.mime_uri)
    elif row.mime is not None:
        mime = row.mime
    else:
        mime = made(row, settings, blobs)
        sender = envelope_sender(row, settings)
        kept = keeping(row, mime, blobs)
        outbox.freeze_mime(lease, *kept, envelope_from=sender)
    mail_from = row.envelope_from or row.mail_from
    mail = Mail(row.id, wire_address(mail_from), wire_address(row.rcpt), mime, row.created_at)
    db.session.commit()
    return mail


def envelope_sender(row: Outbox, settings: Settings) -> str | None:
    """The mail's own bounce address (VERP) where the desk has a domain for them."""
    if settings.bounce_domain is None or row.mailbox_id is None:
        return None
    return bounce_address(row.id, row.mailbox_id, settings.signing_keys, settings.bounce_domain)


def keeping(row: Outbox, mime: bytes, blobs: BlobStore) -> tuple[bytes | None, str | None]:
    """Where the bytes are kept: in the row, as a blob, or nowhere."""
    if row.kind in NEVER_KEPT:
        return None, None
    return (None, blobs.put(mime)) if len(mime) > MAX_IN_ROW else (mime, None)


def say_dot(lease: Lease) -> None:
    outbox.about_to_send_dot(lease)
    db.session.commit()


def settle(lease: Lease, outcome: Outcome) -> None:
    """Write the outcome down. A database that is away for a moment must not make a sent mail doubtful."""
    give_up_at = time.monotonic() + SETTLE_SECONDS
    while True:
        try:
            write_down(lease, outcome)
            db.session.commit()
            return
        except OperationalError as trouble:
            db.session.rollback()
            if time.monotonic() > give_up_at:
                raise
            log.warning("outbox %s: cannot write the outcome down yet: %s", lease.outbox_id, trouble.orig)
            time.sleep(1)


def write_down(lease: Lease, outcome: Outcome) -> None:
    match outcome:
        case Sent(code, text):
            outbox.mark_sent(lease, code, text)
        case Deferred(code, text, host_is_down):
            outbox.mark_deferred(lease, code, text, host_is_down=host_is_down)
        case Refused(code, text):
            outbox.mark_refused(lease, code, text)
        case Withheld(text):
            outbox.mark_withheld(lease, text)
        case Unanswered(text):
            outbox.mark_uncertain(lease, text)
    log.info("outbox %s: %s", lease.outbox_id, outcome)


@contextmanager
def kept_alive(lease: Lease, every: float = HEARTBEAT_SECONDS) -> Iterator[None]:
    """Renew the lease from a thread of its own, every so many seconds, while the mail is under way."""
    app = current_app._get_current_object()  # type: ignore[attr-defined]
    done = threading.Event()
    thread = threading.Thread(target=beat, args=(app, lease, done, every), name="heartbeat", daemon=True)
    thread.start()
    try:
        yield
    finally:
        done.set()
        thread.join()


def beat(app: Flask, lease: Lease, done: threading.Event, every: float) -> None:
    """Runs in a thread of its own, and so says itself what its lines are about."""
    with about(outbox=lease.outbox_id, ticket=lease.ticket_id):
        go_on_beating(app, lease, done, every)


def go_on_beating(app: Flask, lease: Lease, done: threading.Event, every: float) -> None:
    while not done.wait(every):
        with app.app_context():
            try:
                outbox.hold_lease(lease)
                db.session.commit()
            except LeaseLost:
                return
            except OperationalError as trouble:  # the next beat may find the database again
                log.warning("outbox %s: cannot renew the lease: %s", lease.outbox_id, trouble.orig)
