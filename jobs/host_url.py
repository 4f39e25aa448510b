"""Reads `OUTBOUND_SMTP_URL`: where the smart host is, and how the way to it is encrypted."""

from dataclasses import dataclass
from typing import Literal
from urllib.parse import parse_qs, unquote, urlsplit

from models.errors import SettingsError


@dataclass(frozen=True)
class HostUrl:
    """`OUTBOUND_SMTP_URL`, taken apart. TLS from the first byte, by STARTTLS, or not; never 'if offered'."""

    host: str
    port: int
    tls: Literal["implicit", "starttls", "none"]
    user: str = ""
    password: str = ""

    def __repr__(self) -> str:
        return f"HostUrl({self.host}:{self.port}, tls={self.tls})"


def parse_host_url(url: str) -> HostUrl:
    """Read `smtp://user:pass@host:587?tls=starttls|required|none` or `smtps://…`. Raises `SettingsError`.

    Without `tls=` the connection is encrypted, except to this very machine.
    """
    parts = urlsplit(url)
    wanted = parse_qs(parts.query).get("tls", [""])[0]
    if (
        parts.scheme not in ("smtp", "smtps")
        or not parts.hostname
        or wanted not in ("", "starttls", "required", "none")
    ):
        raise SettingsError(
            "OUTBOUND_SMTP_URL: write smtp://user:pass@host:587?tls=starttls (or tls=none), or smtps://…"
        )
    is_near = parts.hostname in ("localhost", "127.0.0.1", "::1")
    tls: Literal["implicit", "starttls", "none"] = (
        "none" if wanted == "none" or (is_near and not wanted) else "starttls"
    )
    if parts.scheme == "smtps":
        tls = "implicit"
    try:
        port = parts.port or (465 if tls == "implicit" else 587 if parts.username else 25)
    except ValueError:
        raise SettingsError("OUTBOUND_SMTP_URL: the port is a number from 1 to 65535") from None
    return HostUrl(parts.hostname, port, tls, unquote(parts.username or ""), unquote(parts.password or ""))
