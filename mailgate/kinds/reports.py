"""The machine-readable parts of a report (RFC 6522): groups of fields, and the headers of the mail it
is about.
"""

import re
from dataclasses import dataclass, field

from mailgate.inbound import Address
from mailgate.reading.addresses import read_addresses
from mailgate.reading.charsets import decode
from mailgate.reading.headers import Headers, split_mail
from mailgate.reading.identifiers import message_id, references
from mailgate.reading.structure import Part, Structure
from mailgate.reading.transfer import decode_body

_FIELD = re.compile(r"([A-Za-z][A-Za-z0-9-]{1,60})[ \t]*:[ \t]*(.*)")
_ORIGINALS = (
    "message/rfc822",
    "message/global",
    "text/rfc822-headers",
    "text/rfc822",
    "message/rfc822-headers",
    "message/partial",
    "message/global-headers",
)
_FIELDS = 2_000

Group = dict[str, str]


@dataclass(frozen=True, slots=True)
class Original:
    """What is known of the mail a report is about."""

    message_id: str = ""
    references: tuple[str, ...] = ()
    subject: str = ""
    recipients: tuple[Address, ...] = ()
    fields: Headers = field(default_factory=Headers)


def part_of_type(structure: Structure, *types: str) -> Part | None:
    """The first part of one of these content types, or None."""
    return next((part for part in structure.root.walk() if part.content_type in types), None)


def decoded(part: Part) -> str:
    """The text of a part, whatever its declared type."""
    data, _ = decode_body(part.body, part.headers.text("content-transfer-encoding"))
    return decode(data, part.params.get("charset", "")).replace("\r\n", "\n")


def field_groups(text: str) -> list[Group]:
    """Cut `text` into groups of fields at empty lines; a repeated recipient opens a group too."""
    groups: list[Group] = [{}]
    last = ""
    for line in text.split("\n")[:_FIELDS]:
        match = _FIELD.match(line)
        if not line.strip():
            if groups[-1]:
                groups.append({})
            last = ""
        elif match:
            name = match[1].lower()
            if name == "final-recipient" and name in groups[-1]:
                groups.append({})
            last = name
            groups[-1].setdefault(name, match[2].strip())
        elif last and line[:1] in " \t":
            groups[-1][last] += " " + line.strip()
    return [group for group in groups if group]


def typed_value(value: str) -> str:
    """The address of a field such as 'rfc822; ada@example.org' (RFC 3464 §2.1.2), or '' when it holds
    none.
    """
    _, semicolon, rest = value.partition(";")
    found = read_addresses((rest if semicolon and "@" not in value.partition(";")[0] else value).encode())
    return found[0].email if found else ""


def original_mail(structure: Structure, text: str) -> Original:
    """The mail a report is about: from the part that returns it, else from the headers quoted in `text`."""
    part = part_of_type(structure, *_ORIGINALS)
    if part is not None:
        data, _ = decode_body(part.body, part.headers.text("content-transfer-encoding"))
    else:
        data = text.encode("utf-8", "surrogateescape")
    headers, _ = split_mail(data.lstrip())
    return Original(
        message_id(headers),
        references(headers),
        headers.text("subject"),
        read_addresses(b", ".join(headers.all_raw("to") + headers.all_raw("cc"))),
        headers,
    )
