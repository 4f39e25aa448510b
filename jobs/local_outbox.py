"""The way out of a desk that has none: each mail becomes a file that any mail client opens."""

from collections.abc import Callable
from pathlib import Path

from jobs.outcome import Deferred, Mail, Outcome, Sent
from models.blobs import write_durably


class LocalOutbox:
    """A folder of `.eml` files: for trying out, and for a desk that has no way out yet."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def send(self, mail: Mail, before_dot: Callable[[], None]) -> Outcome:
        """Write the mail down. The name depends on the row alone: a second try writes the same file."""
        path = self.folder / f"{mail.queued_at:%Y%m%dT%H%M%S}-{mail.id}.eml"
        trace = f"Return-Path: <{mail.mail_from}>\r\nDelivered-To: {mail.rcpt}\r\n"
        before_dot()
        try:
            self.folder.mkdir(parents=True, exist_ok=True, mode=0o700)
            write_durably(path, trace.encode() + mail.mime)
        except OSError as trouble:
            return Deferred(
                None, f"the local outbox cannot be written: {trouble.strerror}", host_is_down=True
            )
        return Sent(250, f"kept as {path.name}")

    def rest(self) -> None:
        """A folder is not kept open."""

    def cut_off(self) -> None:
        """Writing a file needs no cutting short."""
