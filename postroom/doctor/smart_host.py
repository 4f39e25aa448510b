"""The smart host: reached, encrypted as it must be, and signed in to; nothing is sent."""

import ssl
import time
from collections.abc import Iterator

from jobs.host_url import HostUrl, parse_host_url
from jobs.transport import SIGN_IN_REFUSED, TAKES_NO_SIGN_IN, TROUBLES, Answered, Line, Patience, SmartHost, reason, say_goodbye
from models.errors import SettingsError
from models.settings import Settings
from postroom.doctor.finding import Area, Finding

SMART_HOST = Area("smart host")
QUICK = Patience(connect=5, answer=10, dot=10, session=30)
SOON_DAYS = 14
WAY = {"implicit": "encrypted from the first byte", "starttls": "encrypted by STARTTLS", "none": "not encrypted"}


def look_at_smart_host(settings: Settings, context: ssl.SSLContext | None = None) -> Iterator[Finding]:
    if settings.outbound_smtp_url is None:
        yield SMART_HOST.warning(
            f"OUTBOUND_SMTP_URL is not set: mails are kept in {settings.postroom_data / 'outbox'} and sent to nobody",
            "set OUTBOUND_SMTP_URL to the server that carries your mail on",
        )
        return
    try:
        url = parse_host_url(settings.outbound_smtp_url.get_secret_value())
    except SettingsError as trouble:
        yield SMART_HOST.trouble(str(trouble), "write it in one of these forms")
        return
    yield from speak_to(SmartHost(url, context, QUICK))


def speak_to(host: SmartHost) -> Iterator[Finding]:
    url, began = host.url, time.monotonic()
    where = f"{url.host} port {url.port}"
    try:
        line = host.open_line()
    except Answered as answered:
        yield SMART_HOST.trouble(f"{where}: {getattr(answered.outcome, 'text', '')}", mend_for(url, None))
    except TROUBLES as trouble:
        yield SMART_HOST.trouble(f"{where}: {reason(trouble)}", mend_for(url, trouble))
    else:
        yield from looked_at(line, url, f"{where} answers in {(time.monotonic() - began) * 1000:.0f} ms, {WAY[url.tls]}")
        say_goodbye(line.smtp)
        host.drop(line)


def looked_at(line: Line, url: HostUrl, says: str) -> Iterator[Finding]:
    yield SMART_HOST.ok(f"{says}, and lets {url.user} in" if url.user else says)
    if url.tls == "none" and url.host not in ("127.0.0.1", "localhost", "::1"):
        yield SMART_HOST.warning("mail goes there in the clear", "write ?tls=starttls, or smtps://")
    days = days_left(line)
    if days is not None and days < SOON_DAYS:
        yield SMART_HOST.warning(f"its certificate ends in {days} day(s): then no mail goes out", "tell whoever runs it")


def days_left(line: Line) -> int | None:
    """How long its certificate is good for; None without encryption."""
    certificate = line.smtp.sock.getpeercert() if isinstance(line.smtp.sock, ssl.SSLSocket) else None
    if not certificate or "notAfter" not in certificate:
        return None
    return int((ssl.cert_time_to_seconds(str(certificate["notAfter"])) - time.time()) // 86_400)


# The first that fits; certificates before TLS, and TLS before whatever else the network does.
MENDS: tuple[tuple[type[Exception], str], ...] = (
    (SIGN_IN_REFUSED, "look at the user name and the password in OUTBOUND_SMTP_URL; special letters are written as %xx"),
    (TAKES_NO_SIGN_IN, "it takes no signing in: leave user and password out, or use its port for that (587)"),
    (ssl.SSLCertVerificationError, "its certificate is not for {host}, or nobody we trust has signed it: use the name it is for"),
    (ssl.SSLError, "it does not speak TLS at this port that way: smtps:// is for 465, ?tls=starttls for 587 and 25"),
    (OSError, "look at host and port in OUTBOUND_SMTP_URL, and whether a firewall stands between"),
)


def mend_for(url: HostUrl, trouble: Exception | None) -> str:
    found = next((mend for kind, mend in MENDS if isinstance(trouble, kind)), "it answers, and refuses: its words say why")
    return found.format(host=url.host)
