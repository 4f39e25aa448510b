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


def outlook_mail() -> bytes:
    """A reply of about 25 KB as Outlook writes it: long paragraphs in styled spans, history below a line."""
    style = "font-size:11.0pt;font-family:'Calibri',sans-serif;color:#1F497D"
    words = "The parcel arrived on Monday, but the lamp in it does not light and one screw is missing. "
    paragraph = f'<p class=MsoNormal><span style="{style}">{words * 2}</span></p>'
    line = '<div style="border:none;border-top:solid #E1E1E1 1.0pt;padding:3.0pt 0cm 0cm 0cm">'
    block = f"{line}<p><b>From:</b> Support<br><b>Sent:</b> Monday<br><b>To:</b> Dora<br><b>Subject:</b> Lamp</p></div>"
    body = f"<html><body><div class=WordSection1>{paragraph * 8}<div>{block}</div>{paragraph * 75}</div></body></html>"
    return (_HEAD + "Content-Type: text/html; charset=utf-8\n\n" + body).encode()


def table_mail() -> bytes:
    """A mail of about 25 KB that is nearly nothing but table cells: the costliest of the ordinary kind."""
    row = (
        '<tr><td style="padding:4px;font-family:Arial;color:#333">Item</td><td align="right"><a'
        ' href="https://example.com/item?id=1&amp;x=2">12,00 €</a></td></tr>'
    )
    table = f'<table border="0" cellpadding="2">{row * 75}</table>'
    attribution = '<div class="gmail_attr">On Mon, Nov 2, Ada wrote:<br></div>'
    quote = f'<div class="gmail_quote">{attribution}<blockquote>{table}</blockquote></div>'
    head = "<html><head><style>p{margin:0}</style></head><body><p>Hello, the lamp is broken.</p>"
    return (_HEAD + f"Content-Type: text/html; charset=utf-8\n\n{head}{table}{quote}</body></html>").encode()


def milliseconds(work: Callable[[], object], rounds: int = 60) -> float:
    """The median CPU time of one call."""
    work()
    spent = []
    for _ in range(rounds):
        started = time.process_time()
        work()
        spent.append(1000 * (time.process_time() - started))
    return statistics.median(spent)


MAILS = {
    "4 KB reply, plain": plain_mail(),
    "25 KB reply, Outlook HTML": outlook_mail(),
    "25 KB of table cells, HTML": table_mail(),
}


def main() -> None:
    """Measure and print."""
    print(f"{'mail':<28}{'KB':>6}{'parse':>10}{'show':>10}{'yardstick':>11}{'ratio':>8}")
    for name, raw in MAILS.items():
        ours = milliseconds(lambda raw=raw: parse(raw))
        html = parse(raw).html
        shown = milliseconds(lambda html=html: fold_quotes(clean_html(html).html))
        yardstick = milliseconds(lambda raw=raw: email.message_from_bytes(raw))
        print(
            f"{name:<28}{len(raw) / 1024:>6.1f}{ours:>7.2f} ms{shown:>7.2f} ms{yardstick:>8.3f} ms"
            f"{ours / yardstick:>8.0f}"
        )
    print("parse: parse and judge; show: clean_html and fold_quotes; yardstick: email.message_from_bytes")


if __name__ == "__main__":
    main()
