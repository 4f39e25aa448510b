"""Alarms: opened when something is found to be wrong, closed by the same look when it is right again."""

import logging
from collections.abc import Mapping
from datetime import timedelta

from sqlalchemy import Boolean, ColumnElement, func, literal_column, text, update
from sqlalchemy.dialects.postgresql import insert

from models.actions.scanning import has_waited_long
from models.custody import Alarm
from models.database import db
from models.mail_volume import A_DAY, A_DAY_FROM_ONE, SAID_AT
from models.queries.budgets import Spent, instance_spent
from models.queries.custody import Backlog, backlog
from models.queries.outbox import Overdue, overdue_mail
from models.queries.pulse import LateProbe, late_probe
from models.queries.restoring import is_restored
from models.queries.volume import DayVolume, volume_of_a_day

log = logging.getLogger(__name__)

LATE_SECONDS = 60
AWAY = "scanner:away"
PROBE_PATIENCE = timedelta(minutes=2)


def look_after_custody() -> None:
    """Compare custody with what it has to be, and open or close the alarms that follow. The caller commits."""
    found = sentences(backlog()) | outbox_sentences(overdue_mail()) | budget_sentences(instance_spent())
    found |= volume_sentences(volume_of_a_day())
    found |= probe_sentences(late_probe(PROBE_PATIENCE)) | restore_sentences(is_restored())
    settle_alarms(found, Alarm.kind.not_like("%:%"))


def settle_alarms(found: Mapping[str, str], looked_at: ColumnElement[bool]) -> None:
    """Open what was found; close what was `looked_at` and was not found. Kinds with a colon are somebody else's look.

    The log hears of the opening and of the end, not of each look between them.
    """
    for kind, sentence in found.items():
        if raise_alarm(kind, sentence):
            log.error("%s", sentence)
    all_is_well = update(Alarm).where(Alarm.closed_at.is_(None), looked_at, Alarm.kind.not_in(found))
    for sentence in db.session.scalars(all_is_well.values(closed_at=func.clock_timestamp()).returning(Alarm.sentence)):
        log.warning("this is over: %s", sentence)


def sentences(now: Backlog) -> dict[str, str]:
    """What is wrong, by the kind of alarm, in words for an administrator."""
    found = {}
    if now.unaccounted:
        found["unbalanced"] = f"The ledger is off: nobody knows what became of {now.unaccounted} accepted mail(s)."
    if now.oldest_seconds > LATE_SECONDS:
        found["late"] = (
            f"{now.waiting} mail(s) wait to be filed, one of them for {now.oldest_seconds / 60:.0f} minute(s):"
            " is a filer running?"
        )
    if now.dead:
        found["dead"] = f"{now.dead} mail(s) could not be filed: their bytes are kept, `postroom replay --failed` tries again."
    return found


def restore_sentences(restored: bool) -> dict[str, str]:
    """Somebody has to look at what would go out."""
    if not restored:
        return {}
    return {"restored": "This desk was restored from a backup and sends nothing: an administrator has to look at what would go out, under Restore."}


def outbox_sentences(now: Overdue) -> dict[str, str]:
    """What is wrong with mail out."""
    found = {}
    if now.waiting:
        found["unsent"] = (
            f"{now.waiting} mail(s) do not go out, one of them for {now.oldest_seconds / 60:.0f} minute(s):"
            " is a worker running, does the smart host answer?"
        )
    if now.in_doubt:
        found["in_doubt"] = f"{now.in_doubt} mail(s) are in doubt: the other side never said whether it took them."
    return found


def volume_sentences(now: DayVolume) -> dict[str, str]:
    """Who brings so much that the gate puts off big mails, or soon will."""
    found = {}
    if now.octets > A_DAY * SAID_AT:
        found["volume"] = (
            f"The big mails of the last day come to {now.octets / 1024**3:.1f} GiB; from {A_DAY / 1024**3:.0f} GiB on the gate puts"
            " further ones off. Small mails are taken as ever. Is somebody flooding the desk?"
        )
    if now.octets_of_greatest > A_DAY_FROM_ONE * SAID_AT:
        found["volume_of_sender"] = (
            f"<{now.greatest_sender}> has sent {now.octets_of_greatest / 1024**3:.1f} GiB of big mails within a day; from"
            f" {A_DAY_FROM_ONE / 1024**3:.0f} GiB on the gate puts off what else comes from there."
        )
    return found


def budget_sentences(now: Spent) -> dict[str, str]:
    """What is wrong with the mail the desk writes by itself."""
    if not now.is_used_up:
        return {}
    return {
        "automatic_mail": f"The desk has sent {now.n} automatic mails within an hour, and {now.most} is all it may:"
        " it acknowledges nothing until that passes. Tickets are opened as ever. Is somebody flooding it?"
    }


def look_after_scanner() -> None:
    """Open or close the alarm of a malware scanner that does not answer. For a desk that has one; the caller commits."""
    found = {AWAY: "Files have been waiting to be scanned for ten minutes: does the malware scanner (CLAMD_URL) answer?"}
    settle_alarms(found if has_waited_long() else {}, Alarm.kind == AWAY)


def probe_sentences(late: LateProbe | None) -> dict[str, str]:
    """What is wrong with the way of a mail through the desk."""
    if late is None:
        return {}
    why = f": {late.trouble}" if late.trouble else ": does the gate take mail, does a filer run?"
    return {"probe": f"A mail that the desk sent to itself {late.age_seconds / 60:.0f} minute(s) ago has not come through{why}"}


def raise_alarm(kind: str, sentence: str) -> bool:
    """One open row a kind, the sentence kept up to date. Whether it is new."""
    is_new = literal_column("xmax = 0", Boolean)  # only a row that was there before has been written over by anybody
    row = insert(Alarm).values(kind=kind, sentence=sentence)
    there = row.on_conflict_do_update(
        index_elements=[Alarm.kind],
        index_where=text("closed_at IS NULL"),
        set_={"sentence": sentence, "seen_at": func.clock_timestamp()},
    )
    return bool(db.session.scalar(there.returning(is_new)))
