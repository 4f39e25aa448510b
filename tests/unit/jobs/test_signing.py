"""Our DKIM signature, judged by a verifier that asks a DNS of ours."""

from dataclasses import replace
from pathlib import Path

import dkim
import pytest

from jobs.compose import compose
from jobs.letter import Person
from jobs.makers import made  # noqa: F401 - the makers sign: this must load without services
from jobs.signing import SIGNED, sign
from models.dkim_keys import dns_record, new_key, signing_key
from models.errors import SettingsError
from models.settings import Settings, load_settings
from tests.unit.jobs.letters import LETTER, read

FIELDS_ON_TOP = ("From: eve@evil.example", "Subject: Buy", "To: x@evil.example", "Cc: x@evil.example",
                 "Reply-To: eve@evil.example", "Content-Type: text/html", "Date: Mon, 2 Nov 2026 10:00:00 +0000",
                 "Message-ID: <1@evil.example>", "In-Reply-To: <1@x>", "References: <1@x>", "MIME-Version: 2.0",
                 "Auto-Submitted: auto-replied")  # fmt: skip


@pytest.fixture(scope="module")
def settings(tmp_path_factory: pytest.TempPathFactory) -> Settings:
    return load_settings({"POSTROOM_DATA": str(tmp_path_factory.mktemp("data"))})


def verifies(mime: bytes, settings: Settings, domain: str = "example.com") -> bool:
    """Whether dkimpy, asking for the record we tell administrators to publish, finds the signature good."""
    name, value = dns_record(settings, domain)
    records = {f"{name}.".encode(): value.encode()}
    return bool(dkim.verify(mime, dnsfunc=lambda asked, timeout=5: records.get(asked)))


@pytest.fixture(scope="module")
def signed(settings: Settings) -> bytes:
    return sign(compose(LETTER), LETTER.sender.address, settings)


def test_the_signature_is_good(signed: bytes, settings: Settings) -> None:
    assert verifies(signed, settings)
    assert signed.endswith(compose(LETTER)), "the mail itself is untouched"


@pytest.mark.parametrize("field", FIELDS_ON_TOP)
def test_no_field_can_be_put_on_top(field: str, signed: bytes, settings: Settings) -> None:
    assert not verifies(field.encode() + b"\r\n" + signed, settings)


def test_nothing_can_be_written_below(signed: bytes, settings: Settings) -> None:
    assert not verifies(signed + b"P.S. Send money.\r\n", settings)
    assert "l" not in tags(signed)


def test_every_field_is_signed_once_more_than_it_stands_there(signed: bytes) -> None:
    named = [name.strip() for name in tags(signed)["h"].split(":")]
    mail = read(signed)
    for field in SIGNED:
        assert named.count(field.lower()) == len(mail.get_all(field, [])) + 1, field


def test_the_signature_says_who_signed_and_how(signed: bytes) -> None:
    found = tags(signed)
    assert (found["d"], found["s"], found["a"], found["c"]) == ("example.com", "postroom", "rsa-sha256", "relaxed/relaxed")


def tags(mime: bytes) -> dict[str, str]:
    value = "".join(str(read(mime)["DKIM-Signature"]).split())
    return dict(part.split("=", 1) for part in value.split(";") if part)


def test_a_mail_beyond_ascii_is_signed_too(settings: Settings) -> None:
    letter = replace(LETTER, to=Person("用户", "用户@example.net"), rcpt="用户@example.net")
    assert verifies(sign(compose(letter), letter.sender.address, settings), settings)


def test_each_domain_has_a_key_of_its_own_and_keeps_it(settings: Settings) -> None:
    first, other = signing_key(settings, "example.com"), signing_key(settings, "example.org")
    assert first != other and signing_key(settings, "example.com") == first
    kept = settings.postroom_data / "secrets" / "dkim" / "example.com.pem"
    assert kept.stat().st_mode & 0o777 == 0o600


def test_a_key_of_the_company_signs_under_its_selector(tmp_path: Path) -> None:
    given = load_settings({"POSTROOM_DATA": str(tmp_path), "DKIM_KEY": new_key(), "DKIM_SELECTOR": "mail2026"})
    signed = sign(compose(LETTER), LETTER.sender.address, given)
    assert tags(signed)["s"] == "mail2026" and verifies(signed, given)
    assert not (tmp_path / "secrets" / "dkim").exists()


def test_a_key_that_is_none_is_told_in_words(tmp_path: Path) -> None:
    with pytest.raises(SettingsError, match="DKIM_KEY"):
        dns_record(load_settings({"POSTROOM_DATA": str(tmp_path), "DKIM_KEY": "nonsense"}), "example.com")


@pytest.mark.parametrize("domain", ["../../etc/passwd", "a..b", "", "-x", "a/b"])
def test_no_domain_leads_out_of_the_folder_of_keys(domain: str, settings: Settings) -> None:
    with pytest.raises(ValueError):
        signing_key(settings, domain)
