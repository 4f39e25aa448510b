"""What of the desk's settings the mail gate is told."""

import socket
from collections.abc import Sequence

from mailgate.limits import GateSettings, Limits, Network, networks
from models.errors import SettingsError
from models.settings import Settings


def gate_settings(settings: Settings, *, shares_port: bool = False) -> GateSettings:
    """The gate's own settings; with `shares_port` others may listen beside it. Raises `SettingsError` where one is missing or half given."""
    if settings.database_url is None:
        raise SettingsError("DATABASE_URL is not set, and this process starts no database of its own (`postroom up` does)")
    if (settings.smtp_tls_cert is None) != (settings.smtp_tls_key is None):
        raise SettingsError("SMTP_TLS_CERT and SMTP_TLS_KEY belong together: set both or none")
    return GateSettings(
        database_url=settings.database_url,
        blob_root=settings.blob_folder,
        attachments_url=settings.blobs_url,
        host=settings.smtp_host,
        port=settings.smtp_port,
        hostname=settings.support_address.rpartition("@")[2],
        gateway=socket.gethostname(),
        tls_cert=settings.smtp_tls_cert,
        tls_key=settings.smtp_tls_key,
        reply_domain=settings.reply_domain or "",
        bounce_domain=settings.bounce_domain or "",
        balancers=networks_of("SMTP_BALANCERS", settings.smtp_balancers),
        relays=networks_of("SMTP_RELAYS", settings.smtp_relays),
        shares_port=shares_port,
        limits=Limits(backlog=settings.smtp_backlog),
    )


def networks_of(name: str, written: Sequence[str]) -> tuple[Network, ...]:
    try:
        return networks(*written)
    except ValueError as trouble:
        raise SettingsError(f"{name}: {trouble}") from None
