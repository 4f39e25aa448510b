"""Words and pictures of the example desk."""

import struct
import zlib

FIRST_MAIL = (
    "Hello,\n\nsince yesterday the printer on the third floor prints every page twice. We have restarted it. "
    "The manual is at https://printers.example.net/manual?model=px-40.\n\nDora\n\n"
    "-- \nDora Winter\nFacilities, third floor"
)

ORDER_HTML = (
    '<div style="font-family:Georgia,serif"><h2 style="color:#7a1f4b">Order 4411 arrived broken</h2>'
    "<p>Hello team,<br>two of the <b>six cups</b> came in pieces. Here is a picture:</p>"
    '<p><img src="cid:cup@mail" alt="The broken cup" width="160"></p>'
    '<p><img data-remote-src="https://tracker.example/p.png" alt="logo" width="120" height="30"></p>'
    '<table style="border-collapse:collapse"><tr><td style="border:1px solid #ccc;padding:6px">Cup, blue</td>'
    '<td style="border:1px solid #ccc;padding:6px">6</td>'
    '<td style="border:1px solid #ccc;padding:6px">54.00</td></tr></table>'
    "<p>Greetings<br>Iris</p>"
    '<details class="quoted"><summary>…</summary>'
    "<blockquote>On Tuesday you wrote: your parcel is on its way.</blockquote></details></div>"
)

COUNTER_REPLY = (
    "Hello Dora,\n\nthank you for the details. Could you print a counter sheet (Menu → Reports → Counter) "
    "and send us a photo of it?\n\nBest regards\nAda"
)

COUNTER_ANSWER = (
    "Here is the sheet.\n\nDora\n\nOn Friday Ada wrote:\n> Hello Dora,\n>\n"
    "> thank you for the details. Could you print a counter sheet?"
)

LONG_SUBJECT = (
    "A very long subject that goes on and on, because somebody wrote the whole matter into it: "
    + "and then it stopped " * 12
)

SMALL_ONES = [
    (name, subject, body)
    for name, subject, body in zip(
        (
            "Mara Engel",
            "Piotr Zając",
            "Lucía Romero",
            "Sam Whitfield",
            "Aiko Mori",
            "Henk de Vries",
            "Fatima Zahra",
            "Oleg Petrov",
        )
        * 4,
        (
            "Change of delivery address",
            "Refund for a double charge",
            "How do I export my data?",
            "Password reset mail does not arrive",
            "Question about the yearly plan",
            "Two accounts with the same address",
            "Feature idea: dark invoices",
            "The app is slow on Mondays",
        )
        * 4,
        (
            "We are moving in December. Could you send the next parcel to the new address?",
            "My card was charged twice on the 3rd.",
            "I would like to have all my invoices as one file.",
            "I have looked into the spam folder as well, there is nothing.",
            "Is it possible to change from monthly to yearly in the middle of a month?",
            "I seem to have two accounts, and both get the newsletter.",
            "It would be lovely if invoices could be dark, too.",
            "Every Monday morning the first page takes ten seconds.",
        )
        * 4,
        strict=True,
    )
]


def picture() -> bytes:
    """A small PNG, drawn here: a blue gradient."""
    side = 96
    lines = b"".join(
        b"\x00" + b"".join(bytes((60 + x, 90 + y // 2, 200 - x // 2)) for x in range(side))
        for y in range(side)
    )

    def chunk(kind: bytes, data: bytes) -> bytes:
        return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))

    head = struct.pack(">IIBBBBB", side, side, 8, 2, 0, 0, 0)
    return (
        b"\x89PNG\r\n\x1a\n"
        + chunk(b"IHDR", head)
        + chunk(b"IDAT", zlib.compress(lines))
        + chunk(b"IEND", b"")
    )
