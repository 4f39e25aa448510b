"""Has files scanned that came while the scanner was away, through the portal, or before there was one."""

import logging
import time

from flask import Flask, current_app

from jobs.outbound import is_stopping
from models.actions.scanning import files_to_scan, note_finding
from models.app import blobs_of, scanner_of
from models.blobs import BlobDamaged, BlobsUnavailable, BlobStore
from models.database import db
from models.scanner import Finding, Scan, Scanner

log = logging.getLogger(__name__)

ROUND_SECONDS = 60
BATCH = 20


def scan_waiting() -> None:
    """The job, and what a worker does by itself: scan what nobody has looked into, for a minute at most."""
    app: Flask = current_app._get_current_object()  # type: ignore[attr-defined]
    scanner = scanner_of(app)
    until = time.monotonic() + ROUND_SECONDS
    while scanner is not None and not scanner.is_resting and time.monotonic() < until:
        waiting = files_to_scan(BATCH)
        db.session.rollback()  # scanning may take long, and needs no transaction
        if not waiting:
            return
        for blob_sha256 in waiting:
            finding = finding_about(blob_sha256, blobs_of(app), scanner)
            if finding is None or is_stopping(app):
                return  # it rests, or nobody can read the file now: another round will
            note_finding(blob_sha256, finding)
            db.session.commit()
            if finding.scan is Scan.INFECTED:
                log.warning("the scanner found %s in a file that was here already", finding.malware)


def finding_about(blob_sha256: str, blobs: BlobStore, scanner: Scanner) -> Finding | None:
    """What is to be noted of the file; None where it has to wait.

    A file over which a scanner that answers otherwise falls silent is the file's fault: it must not stand in the way
    of all others for ever.
    """
    try:
        content = blobs.read(blob_sha256)
    except (FileNotFoundError, BlobDamaged):
        return Finding(Scan.UNSCANNABLE)
    except BlobsUnavailable:
        return None
    if scanner.is_resting:
        return None
    finding = scanner(content)
    return Finding(Scan.UNSCANNABLE) if finding is None and scanner.is_alive() else finding
