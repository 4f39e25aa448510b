"""One line of the log for one event: as text for people or as JSON for machines, safe to show to either.

Whatever a line is made from, these never stand in it: passwords, tokens and keys; whole addresses of people (the domain
and a letter are enough to find one's way); what Postgres quotes of a row that it refused; control characters, which
would let a mail's subject write lines of its own or colour a terminal (mail-safety H-171).
"""

import json
import logging
import re
import traceback
from datetime import UTC, datetime

from models.log_context import is_about

MOST_EVENT = 8_000  # characters; a trace has its own bound
MOST_TRACE = 20_000

SECRETS = (
    (re.compile(r"(?i)([a-z][a-z0-9+.-]{1,20}://[^\s:/@]{0,256}):[^\s@/]{1,512}@"), r"\1:***@"),  # a password in a URL
    (re.compile(r"(?i)\b(bearer|basic)\s+[a-z0-9._~+/=-]{8,}"), r"\1 ***"),
    (re.compile(r"(?i)\b(auth\s+[a-z0-9-]{3,20})\s+[a-z0-9+/=]{4,}"), r"\1 ***"),  # what a client says to sign in by SMTP
    (re.compile(r"\beyJ[\w-]{5,}\.[\w-]{5,}\.[\w-]{5,}"), "***"),  # a JWT
    (re.compile(r"\b(?:prt|whsec)_[\w-]{8,}"), "***"),  # our API tokens and webhooks' secrets
    (re.compile(r"(?i)\b((?:[\w-]{0,40}(?:password|passwd|secret|token|[_-]key|credential|otp|authorization))[\"']?\s{0,3}[=:]\s{0,3}[\"']?)(?!\*)[^\s\"',;&)}\]]{3,}"), r"\1***"),
    (re.compile(r"(?i)\b(r1|b1|p1|h1)([.a-z2-7]{0,4})[a-z2-7.]{24,64}(?=@|>|\b)"), r"\1***"),  # signed addresses, marks and ids
)  # fmt: skip
ADDRESS = re.compile(r"([^\s<>\"'(),;:@\[\]=]{1,64})@((?:[\w-]{1,63}\.){1,8}[\w-]{2,63})")
# Postgres repeats values, a mail's words among them, below what is wrong; they may have lines of their own.
QUOTED_ROW = re.compile(
    r"(?ims)^[ \t|]{0,20}(?:(?:DETAIL|CONTEXT|STATEMENT):|\[(?:SQL|parameters):).*?"
    r"(?=^[ \t|]{0,20}(?:Traceback|The above exception|During handling|File \"|\(Background)|\Z)"
)
CONTROL = re.compile(r"[\x00-\x08\x0b-\x1f\x7f-\x9f\u2028\u2029\u202a-\u202e\u2066-\u2069\ud800-\udfff]")


def safe(text: str, most: int = MOST_EVENT) -> str:
    """`text` without secrets, whole addresses and control characters; line ends stay for the caller to see to."""
    text = QUOTED_ROW.sub("(what the database quotes is left out)", text[: most * 2])
    for pattern, instead in SECRETS:
        text = pattern.sub(instead, text)
    text = ADDRESS.sub(lambda found: f"{found[1][0]}…@{found[2]}", text)
    text = CONTROL.sub(lambda found: f"\\x{ord(found[0]):02x}", text)
    return text if len(text) <= most else f"{text[:most]}… ({len(text)} characters)"


class JsonLines(logging.Formatter):
    """One object a line: `time`, `level`, `where` (the module), `event`, what it is about, `trace` where something broke."""

    def format(self, record: logging.LogRecord) -> str:
        line = {
            "time": datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds"),
            "level": record.levelname.lower(),
            "where": record.name,
            "process": record.process,
            **is_about(),
            "event": safe(record.getMessage()),
        }
        trace = trace_of(record)
        return json.dumps({**line, "trace": trace} if trace else line, ensure_ascii=False)


class TextLines(logging.Formatter):
    """The same for people; a trace goes on indented lines below."""

    def format(self, record: logging.LogRecord) -> str:
        at = datetime.fromtimestamp(record.created, UTC)
        names = "".join(f" [{name} {value}]" for name, value in is_about().items())
        event = safe(record.getMessage()).replace("\n", "\n    ")
        trace = trace_of(record)
        below = "\n    " + trace.replace("\n", "\n    ") if trace else ""
        return f"{at:%Y-%m-%d %H:%M:%S},{at.microsecond // 1000:03d} {record.levelname} {record.name}:{names} {event}{below}"


FORMATS: dict[str, type[logging.Formatter]] = {"json": JsonLines, "text": TextLines}


def trace_of(record: logging.LogRecord) -> str:
    """What broke, where in the code; the words of the error are made safe as every other."""
    if not record.exc_info or record.exc_info[1] is None:
        return ""
    return safe("".join(traceback.format_exception(*record.exc_info)).rstrip(), MOST_TRACE)
