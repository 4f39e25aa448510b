"""The keys that sign outgoing mail (DKIM, RFC 6376): given by a setting, or made once for each domain."""

import base64
import re

from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import rsa

from models.errors import SettingsError
from models.settings import Settings, generated_secret

BITS = 2048  # RFC 8301
DOMAIN = re.compile(r"[a-z0-9]([a-z0-9.-]*[a-z0-9])?")


def signing_key(settings: Settings, domain: str) -> str:
    """The private key, PEM, for mail from `domain` (A-labels). Raises `OSError` when none can be kept."""
    if settings.dkim_key is not None:
        return settings.dkim_key.get_secret_value()
    if not DOMAIN.fullmatch(domain) or ".." in domain:
        raise ValueError(f"not a domain: {domain!r}")
    return generated_secret(settings.postroom_data / "secrets" / "dkim" / f"{domain}.pem", new_key)


def new_key() -> str:
    """A fresh RSA key, PEM."""
    key = rsa.generate_private_key(public_exponent=65537, key_size=BITS)
    return key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.TraditionalOpenSSL, serialization.NoEncryption()
    ).decode("ascii")


def dns_record(settings: Settings, domain: str) -> tuple[str, str]:
    """Name and value of the TXT record that `domain` has to publish (RFC 6376 section 3.6.1)."""
    try:
        private = serialization.load_pem_private_key(signing_key(settings, domain).encode(), None)
    except (ValueError, TypeError):
        raise SettingsError("DKIM_KEY: this is not a private key in PEM form without a password") from None
    public = private.public_key().public_bytes(
        serialization.Encoding.DER, serialization.PublicFormat.SubjectPublicKeyInfo
    )
    value = f"v=DKIM1; k=rsa; p={base64.b64encode(public).decode('ascii')}"
    return f"{settings.dkim_selector}._domainkey.{domain}", value
