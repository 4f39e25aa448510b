"""What reading a mail costs, beside a yardstick: `email.message_from_bytes` over the same bytes.

    python bench/reading.py

CPU milliseconds a mail, medians; ratios travel between machines, absolute figures do not.
"""

import email
import statistics
import sys
import time
from collections.abc import Callable
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from mailgate.parse import parse  # the project is run in place
from models.markup import clean_html, fold_quotes

_HEAD = """Received: from mail.example.org (mail.example.org [192.0.2.1]) by mx.example.com;
 Mon, 2 Nov 2026 10:00:00 +0000
Return-Path: <dora@example.org>
From: =?utf-8?q?Dora_M=C3=BCller?= <dora@example.org>
To: Support <support@example.com>
Subject: =?utf-8?q?Re=3A_Lieferung_f=C3=BCr_M=C3=BCller?=
Message-ID: <{number}@example.org>
In-Reply-To: <h1.abc@mail.example.com>
References: <h1.abc@mail.example.com>
Date: Mon, 2 Nov 2026 11:00:00 +0100
MIME-Version: 1.0
"""


def plain_mail() -> bytes:
    """A reply of about 4 KB: some words, an attribution, quoted history."""
    words = "The parcel arrived, but the lamp in it is broken. " * 3
    quoted = "\n".join(
        "> " + "We have sent your order today and hope that it arrives soon." for _ in range(45)
    )
    attribution = "On Mon, Nov 2, 2026 at 9:00 AM Support <support@example.com> wrote:"
    body = f"Hello,\n\n{words}\n\n{attribution}\n\n{quoted}\n"
    return (_HEAD + "Content-Type: text/plain; charset=utf-8\n\n" + body).encode()


def html_mail() -> bytes:
    """A reply of about 25 KB in HTML only, with tables, styles, links and quoted history."""
    row = (
        '<tr><td style="padding:4px;font-family:Arial;color:#333">Item</td><td align="right"><a'
        ' href="https://example.com/item?id=1&amp;x=2">12,00 €</a></td></tr>'
    )
    table = f'<table border="0" cellpadding="2">{row * 75}</table>'
    attribution = '<div class="gmail_attr">On Mon, Nov 2, Ada wrote:<br></div>'
    quote = f'<div class="gmail_quote">{attribution}<blockquote>{table}</blockquote></div>'
    head = "<html><head><style>p{margin:0}</style></head><body><p>Hello, the lamp is broken.</p>"
    body = f"{head}{table}{quote}</body></html>"
    return (_HEAD + "Content-Type: text/html; charset=utf-8\n\n" + body).encode()


def milliseconds(work: Callable[[], object], rounds: int = 60) -> float:
    """The median CPU time of one call."""
    work()
    spent = []
    for _ in range(rounds):
        started = time.process_time()
        work()
        spent.append(1000 * (time.process_time() - started))
    return statistics.median(spent)


def main() -> None:
    """Measure and print."""
    for name, raw in (("4 KB reply, plain", plain_mail()), ("25 KB reply, HTML", html_mail())):
        ours = milliseconds(lambda raw=raw: parse(raw))
        yardstick = milliseconds(lambda raw=raw: email.message_from_bytes(raw))
        print(
            f"{name:<20}{len(raw) / 1024:6.1f} KB  parse and judge {ours:6.2f} ms,"
            f" message_from_bytes {yardstick:5.2f} ms, ratio {ours / yardstick:5.1f}"
        )
    html = parse(html_mail()).html
    shown = milliseconds(lambda: fold_quotes(clean_html(html).html))
    print(f"clean_html + fold_quotes of the latter: {shown:.2f} ms")


if __name__ == "__main__":
    main()
