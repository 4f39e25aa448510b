"""A second look at a multipart, by other programs' eyes: what one reader shows and another hides is worth a remark.

A multipart has one reading here: the boundary named first, the parts between its lines. Programs differ on what
stands before and behind those lines and on a boundary that is named twice ("Inbox Invasion", H-029). Nothing is lost,
the original stays; but an agent should know that the sender may have shown somebody else something else.
"""

import re

HIDDEN = "The mail holds parts that some programs show and others do not; here they are only in the original."
TWO_BOUNDARIES = "The mail names two boundaries between its parts: other programs may show other parts."

_PART = re.compile(rb"(?:\A|\n)--[^\r\n]{1,200}\r?\n(?:[!-9;-~]+:[^\n]*\n)*?content-(?:type|disposition|transfer-encoding)[ \t]*:", re.I)
_BOUNDARY = re.compile(rb"(?:\A|[;\s])boundary(?:\*0?\*?)?[ \t]*=[ \t]*(\"[^\"]*\"|[^\s;]*)", re.I)
MOST_LOOKED_AT = 64 * 1024  # octets before and behind the parts


def hides_parts(outside: bytes) -> bool:
    """Whether what stands before or behind the parts looks like further parts."""
    return b"--" in outside and _PART.search(outside) is not None


def names_two_boundaries(content_type: bytes) -> bool:
    """Whether this Content-Type leaves a choice of boundaries. The pieces of one value (RFC 2231) are one."""
    return len({match[1].strip(b'"') for match in _BOUNDARY.finditer(content_type)}) > 1
