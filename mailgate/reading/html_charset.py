"""The charset an HTML part names in its own <meta>, for mails that do not name it in the header."""

import re

_META = re.compile(rb"<meta[^>]{0,200}?charset\s*=\s*[\"']?\s*([\w.:-]{1,40})", re.I)


def charset_in_html(data: bytes) -> str:
    """Return the label in the first kilobytes of `data`, or ''."""
    match = _META.search(data[:4096])
    return match[1].decode("ascii") if match else ""
