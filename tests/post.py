"""The post between a desk and the world: what it sends, as the mails that arrive, and senders who are proved or not."""

from dataclasses import dataclass
from email import message_from_bytes
from email.message import EmailMessage
from email.policy import SMTP

from sqlalchemy import select, text, update

from jobs import outbound
from mailgate.identity.claim import Claim, Judge
from mailgate.identity.verdict import Level, Verdict
from models.budget import Budget
from models.database import db
from models.mailbox import Mailbox
from models.outbox import Outbox
from tests.cast import Desk


@dataclass(frozen=True)
class Delivered:
    """A mail that left the desk: its envelope and its bytes."""

    mail_from: str
    rcpt: str
    raw: bytes

    @property
    def mail(self) -> EmailMessage:
        message = message_from_bytes(self.raw, policy=SMTP)
        assert isinstance(message, EmailMessage)
        return message

    @property
    def text(self) -> str:
        part = self.mail.get_body(("plain",))
        assert part is not None
        return str(part.get_content()).replace("\r\n", "\n")

    @property
    def html(self) -> str:
        part = self.mail.get_body(("html",))
        assert part is not None
        return str(part.get_content())

    @property
    def message_id(self) -> str:
        return str(self.mail["Message-ID"]).strip("<>")

    @property
    def is_automatic(self) -> bool:
        return self.mail["Auto-Submitted"] is not None


def sender_is(level: Level) -> Judge:
    """A judge who finds every sender at this level."""

    def judge(claim: Claim) -> Verdict:
        address = claim.inbound.sender.email if claim.inbound.sender else ""
        return Verdict(level, address, aligned_by="dkim" if level is Level.A3 else "")

    return judge


def sends(desk: Desk) -> list[Delivered]:
    """Let the worker send what is due; the mails, oldest first. They are taken away, so the next call sees new ones."""
    outbound.backoff_of(desk.app).succeeded()
    outbound.send_due()
    desk.looks_again()
    delivered = []
    for path in sorted((desk.settings.postroom_data / "outbox").glob("*.eml")):
        return_path, delivered_to, raw = path.read_bytes().split(b"\r\n", 2)
        delivered.append(Delivered(inside(return_path), delivered_to.partition(b": ")[2].decode(), raw))
        path.unlink()
    order = {row.rfc_message_id: number for number, row in enumerate(queued(desk))}
    return sorted(delivered, key=lambda each: order[f"<{each.message_id}>"])


def inside(return_path: bytes) -> str:
    return return_path.partition(b"<")[2].rstrip(b">").decode()


def queued(desk: Desk) -> list[Outbox]:
    """Every mail of the outbox, oldest first."""
    desk.looks_again()
    return list(db.session.scalars(select(Outbox).order_by(Outbox.created_at, Outbox.id)))


def automatic(desk: Desk, kind: str | None = None) -> list[Outbox]:
    return [row for row in queued(desk) if row.automatic and kind in (None, row.kind)]


def sets_mailbox(desk: Desk, **values: object) -> None:
    """Change every mailbox of the desk."""
    db.session.execute(update(Mailbox).values(**values))
    db.session.commit()


def budget_rests(desk: Desk, interval: str) -> None:
    """Let `interval` pass for the budgets."""
    desk.looks_again()
    # By way of another century: row by row, a window would meet the one that is still to move.
    for shift in ("- interval '100 years'", f"+ interval '100 years' - interval '{interval}'"):
        db.session.execute(
            update(Budget).values(window_start=text(f"window_start {shift}")),
            execution_options={"synchronize_session": False},
        )
    db.session.commit()
