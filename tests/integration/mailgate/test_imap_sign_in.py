"""How a fetching process gets into a mail server: over TLS that proves itself, with a password or a token (XOAUTH2)."""

import ssl
from datetime import UTC, datetime

import pytest
import trustme

from mailgate.imap.oauth import NoToken, access_token
from mailgate.imap.session import Session, Trouble
from models.actions.imap_accounts import Leased
from tests.cast import DORA, mail_from
from tests.dovecot import Dovecot, dovecot

__all__ = ["dovecot"]

USER = "support"


def account(server: Dovecot, security: str, secret: dict[str, str] | None = None, host: str = "localhost") -> Leased:
    return Leased(
        id=1, owner="the tests", mailbox_id=1, host=host, port=server.tls_port if security == "tls" else server.port,
        security=security, username=USER, folder="INBOX", secret=secret or {"password": server.password},
        afterwards="leave", move_to="", takes_old=True, trusted_hosts=frozenset(), created_at=datetime.now(UTC),
        uidvalidity=None, taken_uid=0, settled_uid=0,
    )  # fmt: skip


def trusting(authority: trustme.CA) -> ssl.SSLContext:
    context = ssl.create_default_context()
    authority.configure_trust(context)
    return context


def mails_in(session: Session) -> int:
    try:
        return len(session.letters_after(0))
    finally:
        session.close()


@pytest.fixture(scope="module", autouse=True)
def one_mail(dovecot: Dovecot) -> None:
    dovecot.delivers(mail_from(DORA), USER)


@pytest.mark.parametrize("security", ["tls", "starttls"])
def test_a_server_whose_certificate_is_good_is_signed_in_to(dovecot: Dovecot, security: str) -> None:
    session = Session(account(dovecot, security), trusting(dovecot.authority))
    assert isinstance(session.client.socket(), ssl.SSLSocket)
    assert mails_in(session) == 1


@pytest.mark.parametrize("security", ["tls", "starttls"])
def test_a_server_that_another_authority_has_signed_gets_no_password(dovecot: Dovecot, security: str) -> None:
    with pytest.raises(Trouble, match="certificate verify failed"):
        Session(account(dovecot, security), trusting(trustme.CA()))


@pytest.mark.parametrize("security", ["tls", "starttls"])
def test_a_good_certificate_of_another_name_is_not_enough(dovecot: Dovecot, security: str) -> None:
    with pytest.raises(Trouble, match="certificate verify failed"):
        Session(account(dovecot, security, host="127.0.0.1"), trusting(dovecot.authority))


def test_nobody_is_trusted_whom_the_system_does_not_know(dovecot: Dovecot) -> None:
    with pytest.raises(Trouble, match="certificate verify failed"):
        Session(account(dovecot, "tls"))


@pytest.mark.parametrize("security", ["tls", "starttls"])
def test_a_consent_opens_the_mailbox_without_a_password(dovecot: Dovecot, security: str) -> None:
    secret = dovecot.tokens.secret(USER)
    assert mails_in(Session(account(dovecot, security, secret), trusting(dovecot.authority))) == 1
    assert dovecot.tokens.given, "the refresh token was traded in"


def test_the_consent_of_another_opens_nothing(dovecot: Dovecot) -> None:
    with pytest.raises(Trouble):
        Session(account(dovecot, "tls", dovecot.tokens.secret("somebody")), trusting(dovecot.authority))


def test_a_consent_that_was_taken_back_is_trouble_that_names_no_secret(dovecot: Dovecot) -> None:
    secret = dovecot.tokens.secret(USER)
    dovecot.tokens.consents.clear()
    with pytest.raises(NoToken) as trouble:
        access_token(secret)
    assert "gave no token" in str(trouble.value)
    assert not any(word in str(trouble.value) for word in (secret["refresh_token"], secret["client_secret"]))


def test_a_token_host_that_is_away_is_trouble_that_passes(dovecot: Dovecot) -> None:
    secret = dovecot.tokens.secret(USER) | {"token_url": "http://127.0.0.1:1/token"}
    with pytest.raises(Trouble):
        Session(account(dovecot, "tls", secret), trusting(dovecot.authority))
