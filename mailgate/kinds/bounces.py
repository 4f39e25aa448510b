"""Bounces and delays: RFC 3464 reports first, then the dialects of hosts that only write prose."""

import re
from collections.abc import Callable
from dataclasses import dataclass

from mailgate.inbound import Bounce
from mailgate.kinds import bounce_prose, bounce_words
from mailgate.kinds.reports import (
    Group,
    Original,
    decoded,
    field_groups,
    original_mail,
    part_of_type,
    typed_value,
)
from mailgate.reading.addresses import read_addresses
from mailgate.reading.bodies import Contents
from mailgate.reading.headers import Headers
from mailgate.reading.structure import Structure

_STATUS = re.compile(r"(?<![\d.])([245]\.\d{1,3}\.\d{1,3})(?![\d.]*\d)")
_REPORT_TYPES = ("message/delivery-status", "message/global-delivery-status")
_VAGUE = (".0.0", ".4.7")  # 'other' and 'it took too long': a finer code beside them says why
_SOFT_PERMANENT = ("5.2.2", "5.3.1", "5.3.2", "5.4.5", "5.4.7")
_ACTIONS_DELAYED = ("delayed",)
_ACTIONS_FINE = ("delivered", "relayed", "expanded")


@dataclass(frozen=True, slots=True)
class Report:
    """What the bounce rules look at: the structure, the prose, the envelope sender ('' when null or
    unknown).
    """

    structure: Structure
    text: str
    mail_from: str

    @property
    def headers(self) -> Headers:
        return self.structure.root.headers


def read_bounce(structure: Structure, contents: Contents, text: str, mail_from: str) -> Bounce | None:
    """Return what failed, or None when this mail reports no failure; the first reader with an opinion
    wins.
    """
    report = Report(structure, text, mail_from)
    for reader in READERS:
        if (bounce := reader(report)) is not None:
            return bounce
    return None


def from_delivery_status(report: Report) -> Bounce | None:
    """RFC 3464: the per-recipient groups of message/delivery-status."""
    part = part_of_type(report.structure, *_REPORT_TYPES)
    if part is None:
        return None
    text = decoded(part)
    groups = field_groups(text)
    failed = [group for group in groups if _is_recipient(group)]
    wanted = [group for group in failed if _action(group) not in (*_ACTIONS_DELAYED, *_ACTIONS_FINE)]
    late = [group for group in failed if _action(group) in _ACTIONS_DELAYED]
    if failed and not wanted and not late:
        return None  # a report of success
    chosen = wanted or late
    prose, returned = bounce_prose.split_report(report.text)
    original = original_mail(report.structure, returned)
    recipients = [address for group in chosen if (address := _recipient(group))]
    if not recipients:
        recipients = bounce_prose.recipients(prose, _strangers(report, original), original)
    status = _finer(next((found for group in chosen if (found := _status(group))), ""), _first_status(prose))
    diagnostic = next((group["diagnostic-code"] for group in chosen if group.get("diagnostic-code")), "")
    return _bounce(
        recipients,
        status,
        bool(late) and not wanted,
        diagnostic or prose.strip()[:500],
        original,
        reporting_mta=next((group["reporting-mta"] for group in groups if "reporting-mta" in group), ""),
        original_recipient=next(
            (typed_value(g["original-recipient"]) for g in chosen if "original-recipient" in g), ""
        ),
    )


def from_failed_header(report: Report) -> Bounce | None:
    """Exim and Gmail: X-Failed-Recipients, or nothing but prose from a mail system."""
    value = b", ".join(report.headers.all_raw("x-failed-recipients"))
    if not value:
        return None
    return _from_prose(report, [address.email for address in read_addresses(value)])


def from_notification(report: Report) -> Bounce | None:
    """Services that report a bounce as JSON."""
    found = bounce_prose.json_notification(report.text)
    if found is None:
        return None
    recipients, status, original_id = found
    return _bounce(recipients, status, False, "", Original(message_id=original_id))


def from_mail_system(report: Report) -> Bounce | None:
    """Prose of a mail system: it must come from a machine and speak of failure (never a person
    quoting one).
    """
    if not bounce_words.sent_by_mail_system(report.headers, report.mail_from):
        return None
    prose, _ = bounce_prose.split_report(report.text)
    if not bounce_words.speaks_of_failure(report.headers.text("subject"), prose):
        return None
    return _from_prose(report, [])


Reader = Callable[[Report], Bounce | None]
READERS: tuple[Reader, ...] = (from_delivery_status, from_failed_header, from_notification, from_mail_system)


def _from_prose(report: Report, recipients: list[str]) -> Bounce:
    prose, returned = bounce_prose.split_report(report.text)
    original = original_mail(report.structure, returned)
    recipients = recipients or bounce_prose.recipients(prose, _strangers(report, original), original)
    delayed = bounce_words.speaks_of_delay(report.headers.text("subject"), prose)
    return _bounce(recipients, _first_status(prose), delayed, prose.strip()[:500], original)


def _strangers(report: Report, original: Original) -> set[str]:
    """Addresses in the prose that are no recipients: whom the report is for, and who sent it."""
    names = [
        address.email
        for name in ("to", "from", "delivered-to")
        for address in read_addresses(report.headers.raw(name))
    ]
    names += [address.email for address in read_addresses(original.fields.raw("from"))]
    names += [address.email for address in read_addresses(original.fields.raw("return-path"))]
    return {name.lower() for name in names}


def _is_recipient(group: Group) -> bool:
    return any(
        name in group for name in ("final-recipient", "original-recipient", "action", "x-actual-recipient")
    )


def _recipient(group: Group) -> str:
    for name in ("final-recipient", "x-actual-recipient", "original-recipient"):
        if address := typed_value(group.get(name, "")):
            return address
    return ""


def _action(group: Group) -> str:
    return group.get("action", "failed").split("(")[0].split(";")[0].strip().lower()


def _status(group: Group) -> str:
    """The Status field, or the finer code in the diagnostic when the field only says 'x.0.0'."""
    status = _first_status(group.get("status", ""))
    return _finer(status, _first_status(group.get("diagnostic-code", "")))


def _finer(status: str, other: str) -> str:
    """The code that says more: `other` only when `status` is missing or vague."""
    if not status or (status.endswith(_VAGUE) and other and not other.endswith(_VAGUE)):
        return other or status
    return status


def _first_status(text: str) -> str:
    found = [code for code in _STATUS.findall(text) if code[0] in "45"]
    return next((code for code in found if not code.endswith(_VAGUE)), found[0] if found else "")


def _bounce(
    recipients: list[str],
    status: str,
    delayed: bool,
    diagnostic: str,
    original: Original,
    reporting_mta: str = "",
    original_recipient: str = "",
) -> Bounce:
    hard = not delayed and not status.startswith("4") and status not in _SOFT_PERMANENT
    if hard and not status:
        hard = not bounce_words.speaks_of_full_mailbox(diagnostic)
    return Bounce(
        recipients=tuple(dict.fromkeys(recipients)),
        status=status,
        hard=hard,
        delayed=delayed,
        diagnostic=diagnostic[:2_000],
        reporting_mta=reporting_mta,
        original_message_id=original.message_id,
        original_references=original.references,
        original_subject=original.subject,
        original_recipient=original_recipient,
    )
