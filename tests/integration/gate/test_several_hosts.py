"""Where several hosts may be the primary, a gate takes mail only from one that waits for a standby (X-09)."""

from urllib.parse import parse_qs, quote, urlsplit

import pytest

from mailgate.store import UnsafeDatabase, connect


def with_hosts(database_url: str, count: int) -> str:
    """The same server, named so many times."""
    parts = urlsplit(database_url)
    access, _, host = parts.netloc.rpartition("@")
    host = host or quote(parse_qs(parts.query)["host"][0], safe="")  # the folder of a socket
    return f"postgresql://{access}@{','.join([host] * count)}{parts.path}"


def test_a_primary_that_waits_for_no_standby_is_refused_where_there_are_several_hosts(database_url: str) -> None:
    with pytest.raises(UnsafeDatabase, match="standby"):
        connect(with_hosts(database_url, 2), "a test", 5, 5)
    connect(with_hosts(database_url, 1), "a test", 5, 5).close()
