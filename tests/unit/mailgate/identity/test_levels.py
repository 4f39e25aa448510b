"""From signatures, hosts and policies to a level: a mail, a zone, and what follows (mail-safety 2.3, H-053 … H-057)."""

from datetime import UTC, datetime, timedelta

import pytest
from dkim.canonicalization import Relaxed

from mailgate.identity.check import SenderCheck
from mailgate.identity.claim import Claim
from mailgate.identity.levels import at_this_desk
from mailgate.identity.names import MOST_LOOKUPS, MOST_SECONDS, Answer, Kind
from mailgate.identity.signatures import weakness_of
from mailgate.identity.verdict import Level, Verdict, as_json, from_json
from mailgate.identity.wire_form import wire_form
from mailgate.parse import parse
from tests.signer import COVERED, SMALL_KEY, Signer, ed25519_key
from tests.unit.mailgate.identity.stage import (
    EVIL,
    EVIL_SIGNER,
    GOOD_SIGNER,
    GOODS_HOST,
    VICTIM,
    ZONE,
    judged,
    mail,
)
from tests.zone import SERVFAIL, Zone

SIGNED = GOOD_SIGNER.sign(mail())


def test_a_signature_of_the_domain_proves_its_sender() -> None:
    verdict = judged(SIGNED)
    assert (verdict.level, verdict.aligned_by, verdict.dmarc.result) == (Level.A3, "dkim", "pass")


def test_so_does_an_ed25519_signature() -> None:
    signer = Signer(VICTIM, "ed", ed25519_key(), b"ed25519-sha256")
    assert judged(signer.sign(mail()), Zone({**ZONE, **signer.records})).level is Level.A3


def test_so_does_the_domains_own_host() -> None:
    verdict = judged(mail(), host=GOODS_HOST, mail_from=f"bounce@{VICTIM}")
    assert (verdict.level, verdict.aligned_by, verdict.spf.result) == (Level.A3, "spf", "pass")


def test_the_host_of_the_null_sender_is_judged_by_its_name() -> None:
    assert judged(mail(), host=GOODS_HOST, mail_from="", helo=VICTIM).level is Level.A3


def test_a_host_that_passes_for_another_domain_proves_nothing() -> None:
    verdict = judged(mail())
    assert verdict.spf.result == "pass"
    assert (verdict.level, verdict.dmarc.result) == (Level.A0, "fail")


@pytest.mark.parametrize(
    "record, level",
    [
        ("v=DMARC1; p=reject", Level.A0),
        ("v=DMARC1; p=quarantine", Level.A0),
        ("v=DMARC1; p=none", Level.A1),
        ("v=DMARC1; p=reject; t=y", Level.A0),  # testing: one step less, quarantine
        ("v=DMARC1; p=quarantine; t=y", Level.A1),
        ("v=DMARC1; rua=mailto:x@y.example", Level.A1),
        ("v=DMARC1; p=nonsense", Level.A1),
        ("v=DMARC2; p=reject", Level.A1),
        ("p=reject; v=DMARC1", Level.A1),
        ("", Level.A1),
    ],
)
def test_what_fails_is_as_bad_as_its_domain_says(record: str, level: Level) -> None:
    assert judged(mail(), Zone(ZONE).add(f"_dmarc.{VICTIM}", "TXT", *filter(None, [record]))).level is level


def test_a_domain_without_a_policy_can_prove_itself_all_the_same() -> None:
    assert judged(SIGNED, Zone(ZONE).add(f"_dmarc.{VICTIM}", "TXT")).level is Level.A3


def test_two_policies_are_none() -> None:
    zone = Zone(ZONE).add(f"_dmarc.{VICTIM}", "TXT", "v=DMARC1; p=reject", "v=DMARC1; p=reject")
    assert judged(mail(), zone).level is Level.A1


@pytest.mark.parametrize(
    "changed, found",
    [
        (SIGNED.replace(b"kettle", b"bottle"), "fail"),
        (SIGNED.replace(b"how it should", b"what it must"), "fail"),
        (SIGNED.replace(b"s=mail;", b"s=gone;"), "permerror"),
        (SIGNED.replace(b"b=", b"b=!", 1), "fail"),
    ],
)
def test_a_signature_that_does_not_hold_proves_nothing(changed: bytes, found: str) -> None:
    assert changed != SIGNED
    verdict = judged(changed)
    assert (verdict.level, verdict.dkim[0].result) == (Level.A0, found)
    assert verdict.dkim[0].weakness


def test_every_signature_is_tried() -> None:
    verdict = judged(EVIL_SIGNER.sign(SIGNED))
    assert {each.domain: each.result for each in verdict.dkim} == {VICTIM: "pass", EVIL: "pass"}
    assert verdict.level is Level.A3


def test_of_two_hundred_signatures_five_are_tried_those_of_the_domain_first() -> None:
    many = b"".join(EVIL_SIGNER.sign(mail())[: -len(mail())] for _ in range(2))
    verdict = judged(many * 100 + SIGNED)
    assert len(verdict.dkim) == 5
    assert verdict.dkim[0].domain == VICTIM
    assert verdict.level is Level.A3


WEAK = {
    "covers only the beginning": GOOD_SIGNER.sign(mail(), length=True),
    "does not cover Subject": GOOD_SIGNER.sign(mail(), [name for name in COVERED if name != "Subject"]),
    "does not cover Content-Type": GOOD_SIGNER.sign(mail(), [name for name in COVERED if name != "Content-Type"]),
    "covers neither Date": GOOD_SIGNER.sign(mail(), ["From", "Subject", "Content-Type"]),
    "appended": GOOD_SIGNER.sign(mail(), length=True) + b"<b>Pay here instead.</b>\r\n",
    "Content-Type on top": GOOD_SIGNER.sign(mail(Content_Type=""), COVERED).replace(
        b"From: Ann", b"Content-Type: text/html\r\nFrom: Ann"
    ),
}


@pytest.mark.parametrize("name", WEAK)
def test_a_signature_that_covers_too_little_is_neither_proof_nor_failure(name: str) -> None:
    """H-053, H-054: the library says pass."""
    verdict = judged(WEAK[name])
    assert verdict.dkim[0].result == "pass"
    assert verdict.dkim[0].weakness
    assert (verdict.level, verdict.dmarc.result) == (Level.A1, "pass")


@pytest.mark.parametrize(
    "extra",
    ["Subject: Pay", "To: x@y.example", "Reply-To: a@b.example\r\nReply-To: c@d.example", "Content-Type: text/html"],
)
def test_a_second_header_on_top_of_a_signed_mail_makes_it_bad(extra: str) -> None:
    """H-053: dkimpy says pass, for it reads the lower one."""
    assert judged(extra.encode() + b"\r\n" + SIGNED).level is Level.A0


def test_a_date_or_a_message_id_is_enough() -> None:
    for left_out in ("Date", "Message-ID"):
        signed = GOOD_SIGNER.sign(mail(), [name for name in COVERED if name != left_out])
        assert judged(signed).level is Level.A3


def test_a_small_key_proves_nothing_and_a_huge_one_is_not_tried() -> None:
    small = Signer(VICTIM, "small", SMALL_KEY)
    assert judged(small.sign(mail()), Zone({**ZONE, **small.records})).level is Level.A0
    huge = Zone(ZONE).add(f"mail._domainkey.{VICTIM}", "TXT", "v=DKIM1; p=" + "A" * 4_000)
    verdict = judged(SIGNED, huge)
    assert (verdict.level, verdict.dkim[0].weakness) == (Level.A0, "its key is too large")


@pytest.mark.parametrize(
    "expires, weakness", [(b"1793610000", "it had expired when the mail came"), (b"1793700000", "")]
)
def test_a_signature_that_had_expired_proves_nothing(expires: bytes, weakness: str) -> None:
    """H-055: the replay of an old signed mail. What counts is when the mail came, not when we look at it."""
    came = datetime(2026, 11, 2, 10, 15, tzinfo=UTC)
    tags = {b"h": b"from:subject:date:content-type", b"x": expires}
    assert weakness_of(wire_form(mail(), parse(mail())), tags, came) == weakness


def test_a_signature_without_an_end_does_not_age() -> None:
    late = datetime.now(UTC) + timedelta(days=400)
    assert SenderCheck(Zone(ZONE))(Claim(SIGNED, parse(SIGNED), "203.0.113.9", at=late)).level is Level.A3


def test_a_mail_of_a_subdomain_is_covered_by_its_organization() -> None:
    zone = Zone(ZONE).add(f"_dmarc.{VICTIM}", "TXT", "v=DMARC1; p=none; sp=reject")
    verdict = judged(mail(From=f"Ann <ann@shop.{VICTIM}>"), zone)
    assert (verdict.level, verdict.dmarc.found_at) == (Level.A0, VICTIM)


def test_of_one_organization_one_signs_for_the_other_unless_its_policy_is_strict() -> None:
    signed = GOOD_SIGNER.sign(mail(From=f"Ann <ann@shop.{VICTIM}>"))
    assert judged(signed).level is Level.A3
    strict = Zone(ZONE).add(f"_dmarc.{VICTIM}", "TXT", "v=DMARC1; p=reject; adkim=s")
    assert judged(signed, strict).level is Level.A0


@pytest.mark.parametrize(
    "name, raw",
    [(f"_dmarc.{VICTIM}", mail()), (f"mail._domainkey.{VICTIM}", SIGNED), (VICTIM, mail())],
)
def test_trouble_of_the_dns_never_makes_a_sender_bad(name: str, raw: bytes) -> None:
    """H-057: what would be a failure, were the name only answered, is an unknown sender."""
    zone = Zone(ZONE)
    zone.records[name, "TXT"] = SERVFAIL
    assert judged(raw, zone, mail_from=f"ann@{VICTIM}").level is Level.A1
    assert judged(mail(), mail_from=f"ann@{VICTIM}").level is Level.A0


def test_trouble_with_the_attackers_own_names_saves_him_nothing() -> None:
    zone = Zone(ZONE)
    zone.records[EVIL, "TXT"] = zone.records[f"mail._domainkey.{EVIL}", "TXT"] = SERVFAIL
    assert judged(EVIL_SIGNER.sign(mail()), zone).level is Level.A0


def test_a_dns_that_always_fails_leaves_everybody_unknown() -> None:
    class Broken(Zone):
        def ask(self, name: str, kind: Kind, seconds: float) -> Answer:
            self.records[name, kind] = SERVFAIL
            return super().ask(name, kind, seconds)

    for raw in (SIGNED, mail(), EVIL_SIGNER.sign(mail())):
        verdict = judged(raw, Broken({}), mail_from=f"ann@{VICTIM}")
        assert verdict.level is Level.A1
        assert "DNS" in verdict.why


def test_a_slow_dns_is_asked_no_longer_than_five_seconds() -> None:
    now = [0.0]

    class Slow(Zone):
        def ask(self, name: str, kind: Kind, seconds: float) -> Answer:
            now[0] += min(seconds, 3.0)
            return super().ask(name, kind, seconds)

    zone = Slow(ZONE)
    judge = SenderCheck(zone, clock=lambda: now[0])
    verdict = judge(Claim(SIGNED, parse(SIGNED), "203.0.113.66", "x.example", f"eve@{EVIL}"))
    assert now[0] == MOST_SECONDS
    assert verdict.level is Level.A1
    assert verdict.milliseconds == 5_000


def test_no_mail_makes_more_than_twenty_lookups() -> None:
    """H-057: records that include each other without end, and a name of a hundred labels."""
    zone = Zone(ZONE)
    for number in range(60):
        zone.add(f"s{number}.{EVIL}", "TXT", f"v=spf1 include:s{number + 1}.{EVIL} mx:m{number}.{EVIL} -all")
    deep = ".".join("abc" for _ in range(50)) + f".{EVIL}"
    raw = EVIL_SIGNER.sign(mail(From=f"Eve <eve@{deep}>"))
    verdict = judged(
        b"".join(Signer(f"d{n}.{EVIL}").sign(mail())[: -len(mail())] for n in range(5)) + raw,
        zone,
        mail_from=f"x@s0.{EVIL}",
    )
    assert len(zone.asked) <= MOST_LOOKUPS
    assert len(verdict.looked_up) == len(zone.asked)
    assert verdict.spf.result in ("permerror", "temperror")


@pytest.mark.parametrize(
    "record, result",
    [
        ("v=spf1 include:evil.example -all", "permerror"),  # itself
        ("v=spf1 redirect=evil.example", "permerror"),
        ("v=spf1 a:n1.example a:n2.example a:n3.example -all", "permerror"),  # void lookups
        ("v=spf1 " + "ip4:10.0.0.0/8 " * 4_000 + "-all", "fail"),
        ("v=spf1 moo -all", "permerror"),
        ("v=spf1 exists:%{i}._spf.%{d} ?all", "neutral"),
        ("v=spf1 ~all", "softfail"),
        ("", "none"),
    ],
)
def test_odd_spf_records_end_somewhere(record: str, result: str) -> None:
    verdict = judged(mail(From=f"Eve <eve@{EVIL}>"), Zone(ZONE).add(EVIL, "TXT", *filter(None, [record])))
    assert verdict.spf.result == result
    assert verdict.level < Level.A2


def test_from_the_machine_itself_nothing_is_concluded_of_the_host_and_nobody_is_asked() -> None:
    """The demo, the tests, a local mail server: good enough for a ticket, proof of nothing."""
    zone = Zone(ZONE)
    for host in ("127.0.0.1", "::1", "::ffff:127.0.0.1", None):
        assert judged(mail(), zone, host=host, mail_from=f"ann@{VICTIM}").level is Level.A1
    assert zone.asked == []


def test_what_came_through_a_server_of_ours_is_proved_by_its_signature_alone() -> None:
    assert judged(SIGNED, host="127.0.0.1").level is Level.A3
    assert judged(SIGNED.replace(b"kettle", b"bottle"), host="127.0.0.1").level is Level.A1


def test_two_readings_of_one_mail_are_not_verified() -> None:
    """A line of blanks among the headers: for a verifier a fold, for a reader the end of the headers."""
    split = SIGNED.replace(b"From: Ann", b"X-A: b\r\n \r\nPay: here\r\n and now\r\nFrom: Ann")
    assert judged(split).level < Level.A2


@pytest.mark.parametrize("body", [" \t" * 500_000 + "x\r\n", "\r\n" * 500_000, " " * 1_000_000])
def test_bodies_made_to_be_slow_are_hashed_all_the_same(body: str) -> None:
    """In the library's own way each of them takes minutes."""
    signed = judged(SIGNED.partition(b"\r\n\r\n")[0] + b"\r\n\r\n" + body.encode())
    assert [each.weakness for each in signed.dkim] == ["the body was changed after it was signed"]


def test_headers_that_were_too_many_to_read_are_not_verified() -> None:
    """What a verifier sees must be what an agent is shown."""
    verdict = judged(b"Received: from a by b\r\n" * 150 + SIGNED)
    assert verdict.level is Level.A1
    assert "more than one way" in verdict.why


def test_a_signature_header_made_to_be_slow_is_not_looked_at() -> None:
    for blanks in (6_000, 150):
        assert judged(SIGNED.replace(b"bh=", b"bh=" + b" " * blanks, 1)).dkim == ()


@pytest.mark.parametrize("body", ["", "\r\n", " \r\n\r\n", "a \t b\t\r\n c \r\n\r\n", "a", "\t", "a\r\n \t \r\n"])
def test_our_linear_way_gives_the_body_that_the_library_would_hash(body: str) -> None:
    form = wire_form(raw := mail(body), parse(raw))
    assert Relaxed.canonicalize_body(form.relaxed_body) == Relaxed.canonicalize_body(body.encode())


def test_one_of_us_is_proved_or_forged() -> None:
    """H-061."""
    assert at_this_desk(judged(SIGNED), is_one_of_us=True).level is Level.A3
    assert at_this_desk(judged(mail(), host=None), is_one_of_us=True).level is Level.A0
    assert at_this_desk(judged(mail(), host=None), is_one_of_us=False).level is Level.A1


def test_a_verdict_is_stored_and_read_again_as_it_was() -> None:
    for raw in (SIGNED, mail(), b"From: x\r\n\r\n", WEAK["appended"]):
        verdict = judged(raw)
        assert from_json(as_json(verdict)) == verdict


def test_a_stored_verdict_that_cannot_be_read_is_made_anew() -> None:
    assert from_json(None) is None
    assert from_json({"level": 7}) is None
    assert from_json({"level": 3}) == Verdict(Level.A3)


def test_what_strangers_write_into_a_verdict_can_be_stored() -> None:
    stored = as_json(Verdict(from_address="a\x00\ud800b", ambiguous_because=("x\x01",)))
    assert stored["from_address"].isprintable() or "\x00" not in stored["from_address"]
    assert "\x00" not in str(stored) and "\ud800" not in stored["from_address"]
