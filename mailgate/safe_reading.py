"""Reads a mail and makes its HTML safe: all the work on a stranger's bytes that may go wrong or take for ever."""

from dataclasses import replace

from mailgate.inbound import Inbound
from mailgate.parse import parse
from models.markup import clean_html, fold_quotes


def read_safely(raw: bytes, mail_from: str = "") -> Inbound:
    """The mail, read; its HTML as a browser may have it in `safe_html`, and no longer as it came in `html`."""
    inbound = parse(raw, mail_from)
    by_hand = inbound.forward is not None and inbound.forward.by == "person"  # what it forwards is what it says
    safe = fold_quotes(clean_html(inbound.html).html, forwarded=by_hand) if inbound.html else ""
    return replace(inbound, html="", safe_html=safe)
