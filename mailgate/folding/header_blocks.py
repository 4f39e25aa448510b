"""The block of From/Sent/To/Subject lines that Outlook and forwards put above an older mail, in any
language.
"""

import re
from dataclasses import dataclass, field

from mailgate.folding import words
from mailgate.folding.attributions import ADDRESS, WHEN
from mailgate.folding.lines import Line

_NAMED = re.compile(
    r"[\s*_|]*(?:"
    + "|".join(f"(?P<{role.replace('-', '_')}>{labels})" for role, labels in words.LABELS.items())
    + r")"
    r"[*_]*\s{0,3}[:：][*_\s]*(?P<value>.*)\Z",
    re.I,
)
_LABELLED = re.compile(r"[\s*]*[^\W\d_][^:：<>@\n]{0,24}\s?[:：]\*?\s+(?P<value>\S.*)\Z")
_MOST_LINES = 24


@dataclass(slots=True)
class HeaderBlock:
    """A header block: `count` lines, and the values by role ('from', 'to', 'subject', …)."""

    count: int = 0
    fields: dict[str, str] = field(default_factory=dict)


def role_of(plain: str) -> tuple[str, str]:
    """The role and the value of a header line, ('', '') when it is none."""
    match = _NAMED.match(plain)
    if not match or match.lastgroup is None:
        return "", ""
    role = next(name for name in words.LABELS if match[name.replace("-", "_")])
    return role, match["value"].strip()


def header_block_at(lines: list[Line], index: int) -> HeaderBlock | None:
    """Read the block that starts at `index`: From and two others by name, or three labels with who
    and when.
    """
    first = lines[index].plain
    if first and ":" not in first and "：" not in first:  # nearly every line: no block starts there
        return None
    return _named_block(lines, index) or _unknown_block(lines, index)


def _named_block(lines: list[Line], index: int) -> HeaderBlock | None:
    depth = lines[index].depth
    block = HeaderBlock()
    role = ""
    for offset, line in enumerate(lines[index : index + _MOST_LINES]):
        if line.depth != depth:
            break
        if line.blank:
            following = lines[index + offset + 1] if index + offset + 1 < len(lines) else None
            if _complete(block) or following is None or not role_of(following.plain)[0]:
                break
            continue
        named, value = role_of(line.plain)
        if named:
            if named in block.fields and named != "other":
                break
            role = named
            block.fields[role] = value
        elif role and offset == block.count and _continues(lines, index + offset, block, role):
            block.fields[role] += " " + line.plain
        else:
            break
        block.count = offset + 1
    return block if _believable(block) else None


def _complete(block: HeaderBlock) -> bool:
    return {"from", "subject"} <= block.fields.keys() and bool({"to", "date", "sent"} & block.fields.keys())


def _continues(lines: list[Line], index: int, block: HeaderBlock, role: str) -> bool:
    """A wrapped value: an address list that goes on, an empty value written on the next line, a long
    subject.
    """
    plain = lines[index].plain
    if not block.fields[role]:
        return len(plain) < 200
    if role in ("to", "cc", "from", "reply-to"):
        return bool(ADDRESS.search(plain)) or block.fields[role].rstrip().endswith((",", ";", "<"))
    following = lines[index + 1].plain if index + 1 < len(lines) else ""
    return role == "subject" and bool(role_of(following)[0])


def _believable(block: HeaderBlock) -> bool:
    fields = block.fields
    if "from" in fields:
        others = fields.keys() & {"sent", "date", "to", "subject"}
        named = ADDRESS.search(fields["from"]) or WHEN.search(fields.get("sent", "") + fields.get("date", ""))
        return (
            len(others) >= 2
            or (len(others) == 1 and bool(ADDRESS.search(fields["from"])) and block.count >= 2)
            if named
            else len(others) >= 3
        )
    dated = WHEN.search(fields.get("sent", "") + fields.get("date", ""))
    return bool(dated) and bool(ADDRESS.search(fields.get("to", "")))


def _unknown_block(lines: list[Line], index: int) -> HeaderBlock | None:
    """Labels of a language we do not know: three or more lines that together name an address and a date."""
    block = HeaderBlock()
    values = []
    for line in lines[index : index + 9]:
        match = _LABELLED.match(line.plain)
        if not match or line.depth != lines[index].depth:
            break
        values.append(match["value"])
        block.count += 1
    joined = " ".join(values)
    if block.count >= 3 and ADDRESS.search(values[0]) and WHEN.search(joined):
        block.fields["from"] = values[0]
        return block
    return None
