"""Several hosts in one address: what libpq and SQLAlchemy each make of it."""

import pytest
from sqlalchemy.engine import make_url

from models.database import with_driver
from models.database_address import hosts_of, to_the_primary
from models.settings import load_settings

TWO = "postgresql://postroom:s%40crét@db1:5433,db2/postroom"


@pytest.mark.parametrize(
    ("url", "hosts"),
    [
        (TWO, ["db1:5433", "db2"]),
        ("postgresql://postroom@db1/postroom", ["db1"]),
        ("postgresql://postroom@/postroom?host=/run/sockets", []),
        ("postgresql://a@[::1]:5432,[::2]:5432/b", ["[::1]:5432", "[::2]:5432"]),
    ],
)
def test_the_hosts_are_read_from_the_address(url: str, hosts: list[str]) -> None:
    assert hosts_of(url) == hosts


def test_an_address_with_several_hosts_asks_for_the_one_that_takes_writes() -> None:
    assert to_the_primary(TWO) == f"{TWO}?target_session_attrs=read-write"
    assert to_the_primary(f"{TWO}?sslmode=require") == f"{TWO}?sslmode=require&target_session_attrs=read-write"
    assert to_the_primary(f"{TWO}?target_session_attrs=any") == f"{TWO}?target_session_attrs=any"
    assert to_the_primary("postgresql://postroom@db1/postroom") == "postgresql://postroom@db1/postroom"


def test_sqlalchemy_hands_libpq_all_hosts_in_their_order() -> None:
    url = make_url(with_driver(to_the_primary(TWO)))
    _, arguments = url.get_dialect()().create_connect_args(url)
    assert (arguments["host"], arguments["port"]) == ("db1,db2", "5433,5432")
    assert (arguments["user"], arguments["password"], arguments["dbname"]) == ("postroom", "s@crét", "postroom")
    assert arguments["target_session_attrs"] == "read-write"


def test_one_host_is_left_as_it_is() -> None:
    assert with_driver("postgresql://a:b@c:5432/d?sslmode=require") == "postgresql+psycopg://a:b@c:5432/d?sslmode=require"


def test_the_setting_is_completed_when_it_is_read() -> None:
    settings = load_settings({"DATABASE_URL": TWO, "SECRET_KEY": "k" * 40})
    assert settings.database_url == f"{TWO}?target_session_attrs=read-write"
