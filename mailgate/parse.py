"""Bytes to `Inbound`: reads one mail as well as it can be read; never raises on odd mail."""

import logging

from mailgate.inbound import Inbound
from mailgate.reading.read import read_mail
from mailgate.reading.wash import washed
from mailgate.skeleton import skeleton

_log = logging.getLogger(__name__)


def parse(raw: bytes, mail_from: str = "") -> Inbound:
    """Read `raw`, delivered with the envelope sender `mail_from` ('' for the null sender or when unknown).

    What cannot be read becomes a file and a remark. Should our own code fail, the skeleton reading stands in,
    so that a defect of ours never costs a customer's mail.
    """
    try:
        return washed(read_mail(raw, mail_from))
    except Exception:  # a defect of ours or of a library: the mail must still become visible (H-025)
        _log.exception("a mail of %d bytes could not be read; its skeleton is used", len(raw))
        return skeleton(raw)
