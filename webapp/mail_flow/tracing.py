"""The headers of a mail that say where it belongs and who wrote it: what a trace shows of it."""

from webapp.mail_flow.view_models import headers_of

# In the order in which they are asked about.
DECIDING = (
    "From", "Sender", "Reply-To", "Message-ID", "In-Reply-To", "References", "Auto-Submitted", "Precedence",
    "X-Auto-Response-Suppress", "List-Id", "Return-Path", "Content-Type", "Authentication-Results",
)  # fmt: skip
NOT_BELIEVED = frozenset({"authentication-results", "sender", "return-path"})
MOST_OF_ONE = 3


def deciding_headers(opening: bytes) -> list[tuple[str, str]]:
    """The headers a decision may stand on, and those that others expect it to stand on."""
    found = headers_of(opening)
    return [
        (name, value)
        for name in DECIDING
        for value in [value for other, value in found if other.lower() == name.lower()][:MOST_OF_ONE]
    ]


def is_believed(header: str) -> bool:
    """What anybody may have written says nothing about the sender: it is shown, and it decides nothing."""
    return header.lower() not in NOT_BELIEVED
