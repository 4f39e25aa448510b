"""The reading of last resort: a byte scanner without `email`, nh3 or regex, for mails that break the
real one.

It shows who wrote and about what, says that the text could not be shown, and keeps the mail as a file
(mail-safety §2.5 D6, §4.3.6).
"""

import hashlib

from mailgate.inbound import Address, File, Inbound

_LINE = 998
_LINES = 2_000
_REMARK = "This mail could not be read. Download the original to see it."


def skeleton(raw: bytes) -> Inbound:
    """Return the least that can be said about `raw`: From, Subject, Message-ID, and the original as a
    file.
    """
    found = _fields(raw)
    email = _address(found.get(b"from", ""))
    return Inbound(
        message_id=_id(found.get(b"message-id", "")),
        sender=Address(email) if email else None,
        sender_problems=("The mail could not be read.",),
        subject=found.get(b"subject", ""),
        text="",
        files=(_original(raw),),
        automatic=False,
        may_be_answered=False,
        automatic_evidence=("The mail could not be read.",),
        remarks=(_REMARK,),
        is_skeleton=True,
    )


def _fields(raw: bytes) -> dict[bytes, str]:
    """The first From, Subject and Message-ID of the header block, one line each."""
    found: dict[bytes, str] = {}
    place = 0
    for _ in range(_LINES):
        end = raw.find(b"\n", place)
        line = raw[place : end if end >= 0 else len(raw)][:_LINE].strip(b"\r")
        if not line and found:
            break
        name, colon, value = line.partition(b":")
        name = name.strip().lower()
        if colon and name in (b"from", b"subject", b"message-id") and name not in found:
            found[name] = _printable(value)
        if end < 0:
            break
        place = end + 1
    return found


def _printable(value: bytes) -> str:
    return "".join(
        letter if letter.isprintable() else " " for letter in value.decode("utf-8", "replace")
    ).strip()


def _address(value: str) -> str:
    _, opened, rest = value.rpartition("<")
    word = rest.partition(">")[0] if opened else value
    word = word.strip()
    local, at, domain = word.partition("@")
    return word if at and local and domain and " " not in word and "@" not in domain else ""


def _id(value: str) -> str:
    return value.partition("<")[2].partition(">")[0].strip() or value.strip()


def _original(raw: bytes) -> File:
    digest = hashlib.sha256(raw).hexdigest()
    return File("original.eml", "message/rfc822", len(raw), digest, raw, part_path="original")
