"""What the doctor says of a domain, against a DNS of our own: each record missing, wrong, and right."""

from pathlib import Path

import pytest

from mailgate.identity.names import dns_of
from models.dkim_keys import dns_record
from models.settings import Settings, load_settings
from postroom.doctor.finding import Finding, Level, is_well, lines_of
from postroom.doctor.names import look_at_names
from tests.zone import SERVFAIL, Zone, served

HOME = "desk.example"


@pytest.fixture(scope="module")
def settings(tmp_path_factory: pytest.TempPathFactory) -> Settings:
    """One key for the whole file: making one takes a while."""
    return load_settings(
        {
            "POSTROOM_DATA": str(tmp_path_factory.mktemp("data")),
            "SUPPORT_ADDRESS": f"support@{HOME}",
            "OUTBOUND_SMTP_URL": "smtp://user:hunter2@smart.example.net:587",
        }
    )


@pytest.fixture
def zone(settings: Settings) -> Zone:
    """A domain with which all is well."""
    name, value = dns_record(settings, HOME)
    return Zone(
        {
            (HOME, "MX"): [f"10 mx.{HOME}"],
            (f"mx.{HOME}", "A"): ["192.0.2.25"],
            (HOME, "TXT"): ["unrelated=1", "v=spf1 a:smart.example.net -all"],
            (name, "TXT"): [value],
            (f"_dmarc.{HOME}", "TXT"): ["v=DMARC1; p=quarantine"],
        }
    )


def found(zone: Zone, settings: Settings, **changes: str) -> list[Finding]:
    return list(look_at_names(settings.model_copy(update=changes), [HOME], zone))


def wrong(findings: list[Finding]) -> list[Finding]:
    return [finding for finding in findings if finding.level is not Level.OK]


def test_a_domain_with_which_all_is_well_has_nothing_to_mend(zone: Zone, settings: Settings) -> None:
    findings = found(zone, settings)
    assert wrong(findings) == [] and len(findings) == 4
    assert {finding.area for finding in findings} == {HOME}


def test_it_is_the_same_over_a_real_wire(zone: Zone, settings: Settings) -> None:
    with served(zone) as server:
        assert wrong(list(look_at_names(settings, [HOME], dns_of(server)))) == []


@pytest.mark.parametrize(
    ("kind", "name", "records", "level", "says", "value"),
    [
        ("MX", HOME, [], "trouble", "no mail comes here", "10 "),
        ("MX", HOME, ["0 ."], "trouble", "null MX", "10 "),
        ("MX", HOME, ["10 gone.example"], "trouble", "host without an address: gone.example", ""),
        ("TXT", HOME, ["unrelated=1"], "warning", "no SPF record", '"v=spf1 a:smart.example.net -all"'),
        ("TXT", HOME, ["v=spf1 -all", "v=spf1 mx -all"], "trouble", "2 SPF records", ""),
        ("TXT", HOME, ["v=spf1 mx +all"], "trouble", "lets everybody send", '"v=spf1 a:smart.example.net -all"'),
        ("TXT", HOME, ["v=spf1 all"], "trouble", "lets everybody send", '"v=spf1 a:smart.example.net -all"'),
        ("TXT", HOME, ["v=spf1 " + " ".join(f"include:{n}.example" for n in range(11)) + " ~all"], "trouble", "needs 11 lookups", ""),
        ("TXT", f"_dmarc.{HOME}", [], "warning", "no DMARC record", f'"v=DMARC1; p=none; rua=mailto:postmaster@{HOME}"'),
    ],
)
def test_what_is_wrong_is_named_with_the_record_to_publish(
    zone: Zone, settings: Settings, kind: str, name: str, records: list[str], level: str, says: str, value: str
) -> None:
    zone.add(name, kind, *records)
    [finding] = wrong(found(zone, settings))
    assert (finding.level, says in finding.says) == (level, True), finding
    assert finding.mend
    if value:
        [record] = finding.records
        assert (record.name, record.kind) == (name, kind) and record.value.startswith(value)
    else:
        assert finding.records == ()


@pytest.mark.parametrize(("published", "says"), [([], "is not published"), (["v=DKIM1; k=rsa; p=AAAA"], "is not the one we sign with")])
def test_a_dkim_key_that_is_missing_or_another_is_trouble(zone: Zone, settings: Settings, published: list[str], says: str) -> None:
    name, value = dns_record(settings, HOME)
    zone.add(name, "TXT", *published)
    [finding] = wrong(found(zone, settings))
    assert finding.level is Level.TROUBLE and says in finding.says
    [record] = finding.records
    assert record.name == name
    pieces = [piece.strip() for piece in record.value.split('" "')]
    assert "".join(pieces).strip('"') == value and all(len(piece.strip('"')) <= 255 for piece in pieces), "a zone takes 255 octets in a string"
    zone.add(name, "TXT", "".join(pieces).strip('"'))
    assert wrong(found(zone, settings)) == [], "what is pasted as it stands is right"


def test_a_dns_that_fails_is_a_warning_and_never_trouble(zone: Zone, settings: Settings) -> None:
    for key in list(zone.records):
        zone.records[key] = SERVFAIL
    findings = found(zone, settings)
    assert {finding.level for finding in findings} == {Level.WARNING} and len(findings) == 4
    assert is_well(findings)


def test_sub_domains_for_replies_and_bounces_need_records_of_their_own(zone: Zone, settings: Settings) -> None:
    changes = {"reply_domain": f"reply.{HOME}", "bounce_domain": f"bounce.{HOME}"}
    missing = wrong(found(zone, settings, **changes))
    assert [(finding.area, finding.level, finding.records[0].kind) for finding in missing] == [
        (f"reply.{HOME}", "trouble", "MX"),
        (f"bounce.{HOME}", "trouble", "MX"),
        (f"bounce.{HOME}", "warning", "TXT"),
    ]
    for finding in missing:
        zone.add(finding.records[0].name, finding.records[0].kind, finding.records[0].value.strip('"').rstrip("."))
        zone.add(finding.records[0].value.split()[-1].rstrip("."), "A", "192.0.2.25")
    assert wrong(found(zone, settings, **changes)) == [], "with the records that were told, all is well"


def test_a_bounce_domain_of_another_owner_cannot_prove_our_mail(zone: Zone, settings: Settings) -> None:
    zone.add("elsewhere.example", "MX", f"10 mx.{HOME}").add("elsewhere.example", "TXT", "v=spf1 mx -all")
    [finding] = wrong(found(zone, settings, bounce_domain="elsewhere.example"))
    assert finding.level is Level.WARNING and "DMARC alignment" in finding.says


def test_no_password_stands_in_what_is_shown(zone: Zone, settings: Settings, tmp_path: Path) -> None:
    zone.add(HOME, "TXT")
    shown = "\n".join(line for finding in found(zone, settings) for line in lines_of(finding))
    assert "hunter2" not in shown and f"{HOME}.  TXT" in shown
