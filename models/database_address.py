"""Postgres by its address: one server, or whichever of several is the primary just now.

    postgresql://user:password@host/postroom
    postgresql://user:password@host1:5432,host2:5432/postroom      libpq's own form; `target_session_attrs=read-write` is understood
"""

from urllib.parse import parse_qsl, urlencode, urlsplit, urlunsplit

DEFAULT_PORT = "5432"
TO_THE_PRIMARY = "target_session_attrs"


def hosts_of(url: str) -> list[str]:
    """The hosts of `url`, each with its port where one is given."""
    return [host for host in urlsplit(url).netloc.rpartition("@")[2].split(",") if host]


def to_the_primary(url: str) -> str:
    """`url`; one with several hosts asks for the one that takes writes, unless it says otherwise."""
    if len(hosts_of(url)) < 2 or TO_THE_PRIMARY in urlsplit(url).query:
        return url
    return f"{url}{'&' if urlsplit(url).query else '?'}{TO_THE_PRIMARY}=read-write"


def for_sqlalchemy(url: str) -> str:
    """`url` with its hosts where SQLAlchemy looks for several: among the options."""
    hosts = hosts_of(url)
    if len(hosts) < 2:
        return url
    parts = urlsplit(url)
    access, at, _ = parts.netloc.rpartition("@")
    several = [("host", host if ":" in host else f"{host}:{DEFAULT_PORT}") for host in hosts]
    query = urlencode([*several, *parse_qsl(parts.query)])
    return urlunsplit(parts._replace(netloc=f"{access}{at}", query=query))
