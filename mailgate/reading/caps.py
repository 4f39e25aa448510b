"""How much of a mail is read at all (bytes and counts); what lies beyond stays in the raw original.

The figures keep the worst known input under two seconds (mail-safety §2.2, F10, F11).
"""

HEADER_BLOCK = 256 * 1024
HEADER = 16 * 1024
STRUCTURED_HEADER = 2_000
HEADERS = 1_000
RECEIVED = 100
ADDRESSES = 200
BOUNDARY = 200
PARTS = 200
DEPTH = 20
FILES = 100
FILE = 25 * 1024 * 1024
HTML = 1024 * 1024
TEXT = 512 * 1024
IDS = 100
SUBJECT = 1_000
NAME = 200
ADDRESS = 320
FILENAME = 200

# Headers with a grammar: library parsers take quadratic time on them, so they are kept short.
STRUCTURED = frozenset(
    (
        b"from",
        b"sender",
        b"reply-to",
        b"message-id",
        b"content-type",
        b"content-disposition",
        b"content-transfer-encoding",
        b"content-id",
        b"date",
        b"in-reply-to",
        b"return-path",
    )
)

SHORTENED = "Shortened for display: {what}. Download the original to see all of it."
