"""Mails handed on: by a person ('Fwd:', the inner sender is a suggestion for agents) or by a server's
rule.
"""

import re
from dataclasses import dataclass

from mailgate.folding import words
from mailgate.folding.attributions import ADDRESS, attribution_at
from mailgate.folding.header_blocks import HeaderBlock, header_block_at
from mailgate.folding.lines import Line, read_lines
from mailgate.folding.marks import is_forward_mark, is_original_mark, is_rule
from mailgate.inbound import Address, Forward
from mailgate.reading.addresses import read_addresses
from mailgate.reading.headers import Headers

_PREFIX = re.compile(
    r"\s*(?:\[[^\]]{0,40}\]\s*)?(?:(?:fwd?|wg|tr|rv|i|enc|doorst|vs|vb|vl|pd|továbbítás|ilt|i̇lt|redir"
    r"|fs|fv|pt|pr|προωθ|tov|пересл|пер|转发|轉寄|転送|전달|הועבר|fyi|trs|"
    r"reenviado|encaminhado?|weiterleitung|inoltro|transf)\s*(?:\[\d+\])?\s*[:：]\s*|\(?fwd\)\s*)",
    re.I,
)
_REPLY_PREFIX = re.compile(
    r"\s*(?:\[[^\]]{0,40}\]\s*)?(?:re|aw|antw|antwort|sv|vs|rép|ré|odp|res|rif|r|bls|ynt|yan|atb|vá"
    r"|ref|отв|ответ|відп|απ|回复|回覆|答复|返信|답장|回)"
    r"\s*(?:\[\d+\]|\(\d+\)|\^\d+)?\s*[:：]",
    re.I,
)
_AFTER_MARK = re.compile(r"(?:-{2,}|_{2,})\s+(?=\S+\s?:)")
_ANY_LABEL = re.compile(
    "(?-i:(?<![a-zà-þ]))(?:"
    + "|".join(
        f"(?P<{role.replace('-', '_')}>{labels})" for role, labels in words.LABELS.items() if role != "other"
    )
    + r")\s?[:：]\s?",
    re.I,
)
_SERVER = (
    "x-forwarded-to",
    "x-forwarded-for",
    "resent-from",
    "x-ms-exchange-inbox-rules-loop",
    "x-original-to",
)
_DOUBLED = re.compile(r"(?<=@)([^<>\s]+)<mailto:[^<>]*>", re.I)
_MAILTO = re.compile(r"<?\[?mailto:\s*([^\]>\s]+)[\]>]*", re.I)
_MOST_LINES = 4_000


@dataclass(frozen=True, slots=True)
class _Start:
    """Where the forwarded mail starts: its first line, the line after its headers, and those headers."""

    first: int
    after: int
    fields: dict[str, str]


def read_forward(text: str, headers: Headers) -> Forward | None:
    """Return what was forwarded, or None; a person's forward is looked for before a server's."""
    subject = headers.text("subject")
    lines = read_lines(text)[:_MOST_LINES]
    found = (_marked_start(lines), _unmarked_start(lines, is_forward_subject(subject)))
    start = min((start for start in found if start), key=lambda start: start.first, default=None)
    if start is None and not is_reply_subject(subject) and not headers.has("in-reply-to"):
        start = _strangers_mail(lines, headers)
    if start is None:
        return _by_server(headers)
    fields = start.fields
    senders = read_people(fields.get("from", ""))
    return Forward(
        by="person",
        sender=senders[0] if senders else None,
        to=tuple(read_people(fields.get("to", ""))),
        cc=tuple(read_people(fields.get("cc", ""))),
        subject=fields.get("subject", "") or without_prefix(subject),
        date=fields.get("date", "") or fields.get("sent", ""),
        body=_body(text, lines, start.after),
        message=text[: lines[start.first].start].strip(),
        start=lines[start.first].start,
    )


def is_forward_subject(subject: str) -> bool:
    """Whether the subject starts with 'Fwd:' or one of its translations."""
    return bool(_PREFIX.match(subject))


def is_reply_subject(subject: str) -> bool:
    """Whether the subject starts with 'Re:' or one of its translations."""
    return bool(_REPLY_PREFIX.match(subject))


def without_prefix(subject: str) -> str:
    """The subject without one leading 'Fwd:'."""
    return _PREFIX.sub("", subject, count=1).strip() if _PREFIX.match(subject) else subject


def read_people(value: str) -> list[Address]:
    """The mailboxes of a displayed header line, where a name may hold a comma and 'mailto:' may stand
    about.
    """
    value = _DOUBLED.sub(r"\1", value)
    value = _MAILTO.sub(r"<\1>", value.replace("*", ""))
    people: list[Address] = []
    piece = ""
    for part in re.split(r"([,;])", value):
        piece += part
        if part in ",;" or not ADDRESS.search(piece):
            continue
        found = read_addresses(piece.strip(" ,;").replace(",", "\ue0ff").encode("utf-8", "replace"))
        people += [_person(address) for address in found[-1:]]
        piece = ""
    return people


def _person(address: Address) -> Address:
    name = address.name.replace("\ue0ff", ",").strip(" ,'\"")
    return Address(address.email.replace("\ue0ff", ""), "" if name.lower() == address.email.lower() else name)


def _marked_start(lines: list[Line]) -> _Start | None:
    """A line that says so: '---------- Forwarded message ----------'."""
    for index, line in enumerate(lines):
        if line.blank or not (is_forward_mark(line) or is_original_mark(line)):
            continue
        if is_original_mark(line) and not is_forward_mark(line) and _written(lines[:index]):
            return None  # history begins before any forward does
        glued = _glued_fields(line.plain)
        if glued:
            return _Start(index, index + 1, glued)
        place = _next_written(lines, index + 1)
        block = header_block_at(lines, place) if place < len(lines) else None
        if block is not None:
            return _Start(index, place + block.count, block.fields)
        count = attribution_at(lines, place) if place < len(lines) else 0
        if count:
            return _Start(index, place + count, _attributed(lines, place, count))
        return _Start(index, place, {})
    return None


def _unmarked_start(lines: list[Line], forwarded: bool, blocks_only: bool = False) -> _Start | None:
    """No such line: a header block or an attribution counts when the subject says 'Fwd:' or nothing
    is above.
    """
    written = False
    for index, line in enumerate(lines):
        if line.blank:
            continue
        first = index
        if is_rule(line):
            index = _next_written(lines, index + 1)
            if index >= len(lines):
                return None
        if forwarded or not written:
            block: HeaderBlock | None = header_block_at(lines, index)
            if block is not None:
                return _Start(first, index + block.count, block.fields)
        if blocks_only and (is_original_mark(line) or line.quoted or attribution_at(lines, index)):
            return None
        if blocks_only:
            continue
        if (
            forwarded
            and (count := attribution_at(lines, index))
            and ADDRESS.search(_joined(lines, index, count))
        ):
            return _Start(first, index + count, _attributed(lines, index, count))
        if written and not forwarded:
            return None
        written = True
    return None


def _strangers_mail(lines: list[Line], headers: Headers) -> _Start | None:
    """A header block whose sender is nobody this mail is written to: not what we wrote, so it was
    handed on.
    """
    start = _unmarked_start(lines, forwarded=True, blocks_only=True)
    people = read_people(start.fields.get("from", "")) if start else []
    written_to = {
        address.email.lower()
        for name in ("to", "cc", "delivered-to", "x-original-to", "from")
        for raw in headers.all_raw(name)
        for address in read_addresses(raw)
    }
    return start if people and people[0].email.lower() not in written_to else None


def _attributed(lines: list[Line], index: int, count: int) -> dict[str, str]:
    """The sender an attribution names: the address, and the name before it."""
    joined = _joined(lines, index, count)
    match = re.search(
        r"(?:[\"«“„]\s?([^\"«»“”„]{1,80}?)\s?[\"»”“]|((?:[^\W\d_][\w.'’-]*\s?){1,5}))\s*<([^<>\s]+@[^<>\s]+)>",
        joined,
    )
    if match:
        return {"from": f"{_name_only(match[1] or match[2])} <{match[3]}>"}
    match = ADDRESS.search(joined)
    return {"from": match[0]} if match and "@" in match[0] else {}


def _name_only(name: str) -> str:
    """Words before a name in an attribution are written small ('schrieb', 'heeft', 'пользователь')."""
    kept = name.split()
    while len(kept) > 1 and kept[0][:1].islower():
        kept.pop(0)
    return " ".join(kept)


def _glued_fields(plain: str) -> dict[str, str]:
    """The headers when a client put mark and headers on one line without blanks between."""
    match = _AFTER_MARK.search(plain)
    if not match:
        return {}
    rest = plain[match.end() :]
    found = [
        label for label in _ANY_LABEL.finditer(rest) if label[0][:1].isupper() or not label[0][:1].isascii()
    ]
    fields: dict[str, str] = {}
    for number, label in enumerate(found):
        role = next(name for name in words.LABELS if name != "other" and label[name.replace("-", "_")])
        end = found[number + 1].start() if number + 1 < len(found) else len(rest)
        fields.setdefault(role, rest[label.end() : end].strip())
    return fields if "from" in fields and len(fields) > 1 else {}


def _body(text: str, lines: list[Line], after: int) -> str:
    """The inner text, with one level of quote marks taken off when all of it is quoted."""
    rest = lines[after:]
    written = [line for line in rest if not line.blank]
    if written and all(line.quoted for line in written):
        return "\n".join(re.sub(r"^\s{0,3}> ?", "", text[line.start : line.end]) for line in rest).strip()
    return text[lines[after].start :].strip() if after < len(lines) else ""


def _joined(lines: list[Line], index: int, count: int) -> str:
    return " ".join(line.plain for line in lines[index : index + count])


def _next_written(lines: list[Line], index: int) -> int:
    while index < len(lines) and lines[index].blank:
        index += 1
    return index


def _written(lines: list[Line]) -> bool:
    return any(not line.blank for line in lines)


def _by_server(headers: Headers) -> Forward | None:
    """A forwarding rule of a mailbox or a host leaves traces in the headers."""
    if not any(headers.has(name) for name in _SERVER[:3]):
        return None
    via = read_addresses(headers.raw("x-forwarded-for").replace(b" ", b", ")) or read_addresses(
        headers.raw("resent-from")
    )
    to = read_addresses(headers.raw("x-forwarded-to")) or read_addresses(headers.raw("resent-to"))
    return Forward(by="server", sender=via[0] if via else None, to=to)
