"""The examination: every area in order, whatever the one before has found."""

import ssl
from collections.abc import Iterator

import psycopg

from mailgate.identity.names import Dns, dns_of
from mailgate.store import plain_url
from models.settings import Settings
from postroom.doctor.database import look_at_database
from postroom.doctor.finding import Area, Finding
from postroom.doctor.names import look_at_names
from postroom.doctor.services import look_at_disk, look_at_gate, look_at_redis, look_at_scanner, look_at_time_server
from postroom.doctor.settings import look_at_settings
from postroom.doctor.smart_host import look_at_smart_host

DESK, DNS = Area("desk"), Area("DNS")


def examine(settings: Settings, dns: Dns | None = None, context: ssl.SSLContext | None = None) -> Iterator[Finding]:
    """All findings, as they come. `dns` and `context` (whom the smart host must be trusted by) are for tests."""
    yield from look_at_settings(settings)
    yield look_at_disk(settings.postroom_data)
    yield from look_at_database(settings.database_url or "")
    yield from look_at_redis(settings.redis_url or "")
    yield from look_at_smart_host(settings, context)
    yield look_at_gate(settings)
    if settings.clamd_url is not None:
        yield look_at_scanner(settings.clamd_url)
    if settings.time_server is not None:
        yield look_at_time_server(settings.time_server)
    yield from look_at_alarms(settings.database_url or "")
    if settings.dns_resolver == "none" and dns is None:
        yield DNS.warning("DNS_RESOLVER is none: senders stay unverified, and no record can be looked up", "leave DNS_RESOLVER unset")
    else:
        domains = mailbox_domains(settings.database_url or "") or [settings.support_address.rpartition("@")[2]]
        yield from look_at_names(settings, domains, dns or dns_of(settings.dns_resolver))


def look_at_alarms(url: str) -> Iterator[Finding]:
    """What the running desk has found to be wrong itself; nothing where its tables cannot be read."""
    for (sentence,) in asked(url, "SELECT sentence FROM alarm WHERE closed_at IS NULL ORDER BY opened_at"):
        yield DESK.trouble(str(sentence), "the Mail flow page shows it, and when it is over")


def mailbox_domains(url: str) -> list[str]:
    """The domains of all addresses of mailboxes that take mail."""
    found = asked(
        url,
        "SELECT DISTINCT split_part(a.address, '@', 2) FROM mailbox_address a JOIN mailbox m ON m.id = a.mailbox_id"
        " WHERE m.is_active ORDER BY 1",
    )
    return [str(domain) for (domain,) in found]


def asked(url: str, question: str) -> list[tuple[object, ...]]:
    """The rows; none where the database does not answer or lacks the table, which another finding tells."""
    try:
        with psycopg.connect(plain_url(url), connect_timeout=5) as connection:
            return connection.execute(question).fetchall()  # type: ignore[call-overload, no-any-return]
    except psycopg.Error:
        return []
