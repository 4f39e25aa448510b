"""Recipients out of the prose of a bounce: the report proper, cut from the mail it returns, read line
by line.
"""

import json
import re
from collections.abc import Callable

from mailgate.kinds.reports import Original

_EMAIL = r"[\w.!#$%&'*+/=?^`{|}~-]+@[\w-]++(?:\.[\w-]+)*+"
_RETURNED = re.compile(
    r"^[ \t]*(?:-{2,}[^\n]{0,80}(?:message|mail|header|return|copy|original|unsent|follow)[^\n]{0,60}"
    r"|[^\n]{0,40}(?:message|mail|original)[^\n]{0,20}\bheaders? follows?\b[^\n]*"
    r"|original message follows[^\n]*|[^\n]{0,30}copy of (?:the|your) message[^\n]*"
    r"|-{3,}\s*unsent[^\n]*|received: (?:from|by) [^\n]*|-{3,}\s*(?:メッセージ|元の)[^\n]*"
    r"|return-path: <[^\n]*|message-id: *<[^\n]*)$",
    re.I | re.M,
)
_TRANSCRIPT = re.compile(
    r"transcript|session|log of|errors?|server message|smtp command|info\b|address", re.I
)
_ALONE = re.compile(
    rf"^[ \t]*(?:[45]\d\d[ -](?:\d\.\d\.\d+ )?)?[\"'(\[<*-]*[ \t]*"
    rf"<?(?:mailto:|rfc822;\s*|smtp:)?({_EMAIL})>?[\"')\]]*[ \t]*"
    rf"(?:[:;,.]+.*|\((?!reason).*|\.\.\..*|\bon [\dA-Z].*)?$",
    re.I | re.M,
)
_LEADING = re.compile(rf"^[ \t]*<({_EMAIL})>[ \t:.,]", re.M)
_LABELLED = re.compile(
    rf"(?:rcpt to|recipients?(?: address(?:es)?)?|final-recipient|e-?mail address|failed (?:address"
    rf"|recipient)|"
    rf"delivered? to|addressee|受信者|宛先|\bto|adresse|for)[ \t]*[:=][ \t]*(?:rfc822;[ \t]*)?[\"'<]*({_EMAIL})",
    re.I,
)
_IN_SENTENCE = re.compile(
    rf"(?:deliver\w*[^.\n<@]{{0,60}}?(?:to|for|message to)|errors?|could not be (?:delivered|reached)"
    rf"|recipients?|user|address|mailbox|to|for)"
    rf"[:\s]+(?:the following[^:\n]*:)?[\s\"'<(]*({_EMAIL})",
    re.I,
)
_ANY = re.compile(rf"({_EMAIL})")
_STATUS = re.compile(r"[45]\.\d{1,3}\.\d{1,3}")


def split_report(text: str) -> tuple[str, str]:
    """Return what the host says and the mail it returns (from its first header on, '' when it returns
    none).
    """
    for match in _RETURNED.finditer(text):
        line = match[0]
        if (
            line.lstrip().startswith("-")
            and _TRANSCRIPT.search(line)
            and not re.search("message|header|copy", line, re.I)
        ):
            continue
        is_header = re.match(r"\s*(?:received|return-path|message-id)", line, re.I)
        return text[: match.start()], text[match.start() if is_header else match.end() :].lstrip()
    return text, ""


def recipients(prose: str, strangers: set[str], original: Original) -> list[str]:
    """The addresses the prose says could not be reached; the most telling form of words decides."""
    second_choice: list[str] = []
    known = {address.email.lower() for address in original.recipients}
    for find in FORMS:
        found = [email.strip(".'") for email in find(prose[:20_000])]
        named = [email for email in found if email.lower() not in strangers or email.lower() in known]
        if named:
            return list(dict.fromkeys(named))
        second_choice = second_choice or found[:1]
    if len(original.recipients) == 1:
        return [original.recipients[0].email]
    return second_choice


def alone_on_a_line(prose: str) -> list[str]:
    """qmail, Exim, Domino and most others: the address opens or fills a line of its own."""
    return _ALONE.findall(prose) or _LEADING.findall(prose)


def after_a_label(prose: str) -> list[str]:
    """'RCPT TO: …', 'Recipient: …'."""
    return _LABELLED.findall(prose)


def in_a_sentence(prose: str) -> list[str]:
    """'… delivering your message to …'."""
    return _IN_SENTENCE.findall(prose)


def anywhere(prose: str) -> list[str]:
    """The first address at all."""
    return _ANY.findall(prose)[:1]


FORMS: tuple[Callable[[str], list[str]], ...] = (alone_on_a_line, after_a_label, in_a_sentence, anywhere)


def json_notification(text: str) -> tuple[list[str], str, str] | None:
    """Recipients, status and original id of a bounce told as JSON; None when it is none."""
    start = text.find("{")
    if start < 0 or '"notificationType"' not in text or "bounce" not in text[:20_000].lower():
        return None
    try:
        told, _ = json.JSONDecoder().raw_decode(text[start:])
        people = told["bounce"]["bouncedRecipients"]
        recipients = [str(person["emailAddress"]) for person in people]
        status = next(
            (str(person["status"]) for person in people if _STATUS.match(str(person.get("status", "")))), ""
        )
        return recipients, status, str(told.get("mail", {}).get("messageId", ""))
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError):
        return None
