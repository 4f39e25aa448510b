"""The settings: whether they fit together, and what is left unset that a desk in earnest needs."""

import ssl
import stat
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from urllib.parse import urlsplit

from cryptography import x509

from models.dkim_keys import dns_record
from models.errors import SettingsError
from models.settings import Settings
from postroom.doctor.finding import Area, Finding

SETTINGS = Area("settings")
SOON_DAYS = 14
NEAR = ("127.0.0.1", "localhost", "::1")


def look_at_settings(settings: Settings) -> Iterator[Finding]:
    yield SETTINGS.ok("every setting can be read")
    yield look_at_address(settings)
    yield look_at_secret(settings)
    yield look_at_dkim_key(settings)
    yield from look_at_certificate(settings)
    if settings.bounce_domain is None:
        yield SETTINGS.warning(
            "BOUNCE_DOMAIN is not set: a bounce is believed only when it quotes a Message-ID of ours",
            "set BOUNCE_DOMAIN to a sub-domain of its own, such as bounce.example.com, and publish its records",
        )
    if settings.reply_domain is None:
        yield SETTINGS.warning(
            "REPLY_DOMAIN is not set: answers find their ticket by their headers alone",
            "set REPLY_DOMAIN to a sub-domain of its own, such as reply.example.com, and publish its records",
        )


def look_at_address(settings: Settings) -> Finding:
    parts = urlsplit(settings.base_url)
    if parts.scheme == "https" or parts.hostname in NEAR:
        return SETTINGS.ok(f"the desk is reached at {settings.base_url}")
    return SETTINGS.trouble(
        f"BASE_URL is {settings.base_url}: passwords travel in the clear",
        "put a proxy with a certificate in front of the web, and set BASE_URL to its https:// address",
    )


def look_at_secret(settings: Settings) -> Finding:
    path = settings.postroom_data / "secrets" / "secret_key"
    if path.exists() and stat.S_IMODE(path.stat().st_mode) & 0o077:
        return SETTINGS.trouble(f"{path} can be read by others", f"chmod 600 {path}")
    return SETTINGS.ok("the secret key is long enough and kept to ourselves")


def look_at_dkim_key(settings: Settings) -> Finding:
    domain = settings.support_address.rpartition("@")[2]
    try:
        dns_record(settings, domain)
    except (SettingsError, OSError, ValueError) as trouble:
        return SETTINGS.trouble(f"outgoing mail cannot be signed: {trouble}", "give DKIM_KEY a private RSA key in PEM form without a password")
    return SETTINGS.ok("outgoing mail can be signed")


def look_at_certificate(settings: Settings) -> Iterator[Finding]:
    """The gate's certificate: there, a pair with its key, not about to end."""
    cert, key = settings.smtp_tls_cert, settings.smtp_tls_key
    if cert is None and key is None:
        yield SETTINGS.warning(
            "the gate offers no encryption (STARTTLS)", "set SMTP_TLS_CERT and SMTP_TLS_KEY to a certificate for its name"
        )
        return
    if cert is None or key is None:
        yield SETTINGS.trouble("SMTP_TLS_CERT and SMTP_TLS_KEY belong together", "set both or none")
        return
    try:
        ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER).load_cert_chain(cert, key)
        days = days_left(cert)
    except (OSError, ValueError) as trouble:
        yield SETTINGS.trouble(f"the gate's certificate cannot be used: {trouble}", "give it a PEM chain and the key that belongs to it")
        return
    if days < 0:
        yield SETTINGS.trouble(f"the gate's certificate ended {-days} day(s) ago", "renew it, and restart the gate")
    elif days < SOON_DAYS:
        yield SETTINGS.warning(f"the gate's certificate ends in {days} day(s)", "renew it, and restart the gate")
    else:
        yield SETTINGS.ok(f"the gate offers encryption; its certificate is good for {days} more days")


def days_left(cert: Path) -> int:
    ends = x509.load_pem_x509_certificate(cert.read_bytes()).not_valid_after_utc
    return (ends - datetime.now(UTC)).days
