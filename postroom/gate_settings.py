"""What of the desk's settings the mail gate is told."""

import socket

from mailgate.limits import GateSettings, networks
from models.errors import SettingsError
from models.settings import Settings


def gate_settings(settings: Settings) -> GateSettings:
    """The gate's own settings. Raises `SettingsError` where one is missing or half given."""
    if settings.database_url is None:
        raise SettingsError("DATABASE_URL is not set, and this process starts no database of its own (`postroom up` does)")
    if (settings.smtp_tls_cert is None) != (settings.smtp_tls_key is None):
        raise SettingsError("SMTP_TLS_CERT and SMTP_TLS_KEY belong together: set both or none")
    try:
        balancers = networks(*settings.trusted_proxies)
    except ValueError as trouble:
        raise SettingsError(f"TRUSTED_PROXIES: {trouble}") from None
    return GateSettings(
        database_url=settings.database_url,
        blob_root=settings.blob_folder,
        host=settings.smtp_host,
        port=settings.smtp_port,
        hostname=settings.support_address.rpartition("@")[2],
        gateway=socket.gethostname(),
        tls_cert=settings.smtp_tls_cert,
        tls_key=settings.smtp_tls_key,
        reply_domain=settings.reply_domain or "",
        bounce_domain=settings.bounce_domain or "",
        balancers=balancers,
    )
