"""What the worst known mails cost to read: seconds of CPU, and the growth when they double in size.

    python bench/hostile.py

A growth near 2 is linear, near 4 quadratic. The cases are those of mail-safety §3.B (H-026 … H-043).
"""

import sys
import time
from collections.abc import Callable
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from mailgate.parse import parse  # the project is run in place
from models.markup import clean_html

_HEAD = b"From: Eve <eve@example.net>\nTo: support@example.com\nSubject: x\nMIME-Version: 1.0\n"
_PLAIN = b"Content-Type: text/plain; charset=utf-8\n\n"


def nested(count: int) -> bytes:
    """Multiparts inside multiparts."""
    return _HEAD + b"".join(
        b"Content-Type: multipart/mixed; boundary=b%d\n\n--b%d\n" % (level, level) for level in range(count)
    )


def nested_mails(count: int) -> bytes:
    """Mails inside mails."""
    return _HEAD + b"Content-Type: message/rfc822\n\n" * count


def html(body: str) -> bytes:
    """A mail that is only HTML."""
    return _HEAD + b"Content-Type: text/html; charset=utf-8\n\n" + body.encode()


CASES: dict[str, Callable[[int], bytes]] = {
    "encoded-words in Subject": lambda n: (
        _HEAD.replace(b"x\n", b"=?utf-8?q?a?= " * (17 * n) + b"\n", 1) + b"\n"
    ),
    "unclosed encoded-words": lambda n: (
        _HEAD.replace(b"Subject: x", b"Subject: " + b"=?u?q?" * (40 * n)) + b"\n"
    ),
    "semicolons in Content-Type": lambda n: _HEAD + b"Content-Type: text/plain" + b";" * (20 * n) + b"\n\nx",
    "quotes in Content-Type": lambda n: _HEAD + b"Content-Type: text/plain; a=" + b'"' * (20 * n) + b"\n\nx",
    "quotes in To": lambda n: _HEAD.replace(b"To: s", b"To: " + b'"' * (10 * n) + b"s") + b"\n",
    "parentheses in From": lambda n: _HEAD.replace(b"From: E", b"From: " + b"(" * (5 * n) + b"E") + b"\n",
    "addresses in To": lambda n: _HEAD.replace(b"To: ", b"To: " + b"a@example.org, " * (10 * n)) + b"\n",
    "parameters": lambda n: _HEAD + b"Content-Type: text/plain" + b"; a=b" * (5 * n) + b"\n\nx",
    "RFC 2231 pieces": lambda n: (
        _HEAD
        + b"Content-Type: application/pdf; "
        + b"; ".join(b"name*%d*=a" % number for number in range(5 * n))
        + b"\n\nx"
    ),
    "headers": lambda n: b"X-A: b\n" * (100 * n) + _HEAD + b"\n",
    "folds": lambda n: b"X-A: b\n" + b" c\n" * (100 * n) + _HEAD + b"\n",
    "lines without a colon": lambda n: _HEAD + b"junk\n" * (20 * n) + b"Date: x\n\n",
    "nested multiparts": lambda n: nested(5 * n),
    "nested mails": lambda n: nested_mails(5 * n),
    "empty parts": lambda n: (
        _HEAD + b"Content-Type: multipart/mixed; boundary=b\n\n" + b"--b\n\n" * (100 * n)
    ),
    "boundary that never ends": lambda n: (
        _HEAD + b"Content-Type: multipart/mixed; boundary=b\n\n--b\n\n" + b"--bb words\n" * (100 * n)
    ),
    "one long line": lambda n: _HEAD + _PLAIN + b"word " * (1000 * n),
    "quote marks": lambda n: _HEAD + _PLAIN + b">" * (1000 * n),
    "attributions": lambda n: (
        _HEAD + _PLAIN + b"On 2 Nov 2026 at 09:00, Eve <e@example.net> wrote:\n" * (10 * n)
    ),
    "attributions with quotes": lambda n: (
        _HEAD + _PLAIN + b"x\nOn 2 Nov 2026, Eve <e@example.net> wrote:\n> q\n" * (5 * n)
    ),
    "'On' lines": lambda n: _HEAD + _PLAIN + b"On 12 the\n" * (10 * n),
    "dashes": lambda n: _HEAD + _PLAIN + b"-----\n" * (100 * n),
    "labels": lambda n: _HEAD + _PLAIN + b"From: a@example.org\nTo: b\n" * (10 * n),
    "bounce prose": lambda n: (
        _HEAD.replace(b"Eve <eve@", b"<MAILER-DAEMON@") + _PLAIN + b"user unknown a@b " * (50 * n)
    ),
    "nested div": lambda n: html("<div>" * (100 * n)),
    "nested blockquote": lambda n: html("<blockquote>" * (5 * n) + "x"),
    "ampersands": lambda n: html("&" * (1000 * n)),
    "attributes": lambda n: html("<p " + "a=b " * (50 * n) + ">x"),
    "unclosed tags": lambda n: html("<p a=" * (100 * n)),
    "table rows": lambda n: html("<table>" + "<tr><td>x</td></tr>" * (10 * n) + "</table>"),
    "nested tables": lambda n: html("<table><tr><td>" * (5 * n) + "x"),
    "hidden spans": lambda n: html("<span style='display:none'>x</span>" * (10 * n)),
    "lesser-thans": lambda n: html("<" * (300 * n)),
    "comments": lambda n: html("<!--" * (100 * n)),
}


def seconds(work: Callable[[], object]) -> float:
    """The CPU time of one call."""
    started = time.process_time()
    work()
    return time.process_time() - started


def main() -> None:
    """Read each case at two sizes and print what it took."""
    print(f"{'case':<28}{'size':>10}{'seconds':>9}{'growth':>8}")
    for name, build in CASES.items():
        small, large = build(500), build(1000)
        half, whole = seconds(lambda raw=small: parse(raw)), seconds(lambda raw=large: parse(raw))
        print(f"{name:<28}{len(large) // 1024:>7} KB{whole:>9.2f}{whole / max(half, 0.001):>8.1f}")
    print(f"clean_html of 500 KB of <div>: {seconds(lambda: clean_html('<div>' * 100_000)):.2f} s")


if __name__ == "__main__":
    main()
