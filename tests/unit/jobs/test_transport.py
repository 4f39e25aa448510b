"""The smart host's URL, and what its answers mean."""

import smtplib

import pytest

from jobs.host_url import HostUrl, parse_host_url
from jobs.outcome import Deferred, Refused
from jobs.transport import say_goodbye, verdict
from models.errors import SettingsError


@pytest.mark.parametrize(
    "url, meant",
    [
        ("smtp://relay.example.com", HostUrl("relay.example.com", 25, "starttls")),
        ("smtp://relay.example.com?tls=none", HostUrl("relay.example.com", 25, "none")),
        ("smtp://relay.example.com?tls=required", HostUrl("relay.example.com", 25, "starttls")),
        ("smtp://u:p%40ss@relay.example.com", HostUrl("relay.example.com", 587, "starttls", "u", "p@ss")),
        ("smtps://u:p@relay.example.com", HostUrl("relay.example.com", 465, "implicit", "u", "p")),
        ("smtp://127.0.0.1:2626", HostUrl("127.0.0.1", 2626, "none")),
        ("smtp://localhost:25?tls=starttls", HostUrl("localhost", 25, "starttls")),
    ],
)
def test_a_smart_host_is_encrypted_unless_it_is_near_or_told_not_to(url: str, meant: HostUrl) -> None:
    assert parse_host_url(url) == meant


@pytest.mark.parametrize(
    "url", ["", "relay.example.com", "http://x", "smtp://", "smtp://x?tls=maybe", "smtp://x:99999"]
)
def test_a_bad_url_is_refused_with_an_example(url: str) -> None:
    with pytest.raises(SettingsError, match="OUTBOUND_SMTP_URL"):
        parse_host_url(url)


def test_a_password_is_not_shown() -> None:
    assert "geheim" not in repr(parse_host_url("smtp://u:geheim@relay.example.com"))


@pytest.mark.parametrize(
    "code, meaning",
    [
        (450, Deferred(450, "no")),
        (421, Deferred(421, "no")),
        (550, Refused(550, "no")),
        (552, Refused(552, "no")),
        (530, Deferred(530, "no", host_is_down=True)),
        (535, Deferred(535, "no", host_is_down=True)),
        (503, Deferred(503, "no", host_is_down=True)),
        (-1, Deferred(None, "no")),
        (0, Deferred(None, "no")),
        (199, Deferred(199, "no")),
        (354, Deferred(354, "no")),
        (999, Deferred(999, "no")),
    ],
)
def test_only_a_clear_no_about_this_mail_is_a_refusal(code: int, meaning: object) -> None:
    assert verdict(code, b"no") == meaning


def test_a_goodbye_that_cannot_be_said_changes_nothing() -> None:
    gone = smtplib.SMTP()
    with pytest.raises(smtplib.SMTPServerDisconnected):
        gone.putcmd("QUIT")
    say_goodbye(gone)
