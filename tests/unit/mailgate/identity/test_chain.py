"""Mail that was handed on: trusted ARC sealers, registered forwarders, mail servers of our own (mail-safety 2.3, 2.6)."""

import pytest

from mailgate.identity.chain import forwarder, saw_pass
from mailgate.identity.sending_host import host_in
from mailgate.identity.verdict import Level
from mailgate.limits import networks
from tests.signer import Signer
from tests.unit.mailgate.identity.stage import (
    EVIL,
    EVIL_SIGNER,
    EVILS_HOST,
    GOOD_SIGNER,
    GOODS_HOST,
    VICTIM,
    ZONE,
    judged,
    mail,
)
from tests.zone import Zone

SEALER = Signer("sealer.example")
OTHER_SEALER = Signer("other.example")
WITH_SEALERS = {**ZONE, **SEALER.records, **OTHER_SEALER.records}
SAW_PASS = f"dmarc=pass (p=REJECT) header.from={VICTIM}"
CHANGED = mail(body="Is that how it should be?\r\n\r\n-- \r\nThe list of kettles\r\n")  # what a list does to a body
BROKEN = GOOD_SIGNER.sign(mail())[: -len(mail())] + CHANGED


def sealed_verdict(raw: bytes, *trusted: str) -> Level:
    return judged(raw, Zone(WITH_SEALERS), sealers=trusted or ("sealer.example", "other.example")).level


def test_a_trusted_sealer_that_saw_it_pass_vouches() -> None:
    verdict = judged(SEALER.seal(BROKEN, SAW_PASS), Zone(WITH_SEALERS), sealers=("sealer.example",))
    assert (verdict.level, verdict.aligned_by, verdict.arc.result) == (Level.A2, "arc", "pass")
    assert verdict.is_verified


def test_two_trusted_sealers_vouch() -> None:
    twice = OTHER_SEALER.seal(SEALER.seal(BROKEN, SAW_PASS), "arc=pass")
    assert sealed_verdict(twice) is Level.A2


@pytest.mark.parametrize(
    "raw",
    [
        SEALER.seal(BROKEN, f"dmarc=fail header.from={VICTIM}"),
        SEALER.seal(BROKEN, "dmarc=pass header.from=another.example"),
        SEALER.seal(BROKEN, f"dmarc=none (dmarc=pass header.from={VICTIM}) header.from={VICTIM}"),
        SEALER.seal(BROKEN, f"dkim=pass header.d={VICTIM}"),
        SEALER.seal(BROKEN, SAW_PASS).replace(b"list of kettles", b"list of victims"),
        SEALER.seal(BROKEN, f"dmarc=fail header.from={VICTIM}").replace(b"dmarc=fail", b"dmarc=pass"),
        EVIL_SIGNER.seal(BROKEN, SAW_PASS),
        SEALER.seal(EVIL_SIGNER.seal(BROKEN, SAW_PASS), "arc=pass"),  # the attacker has a mailbox there
        EVIL_SIGNER.seal(SEALER.seal(BROKEN, SAW_PASS), "arc=pass"),
        b"ARC-Seal: i=1; a=rsa-sha256; cv=none; d=sealer.example; s=mail; b=AAAA\r\n" + BROKEN,
        b"".join(
            b"ARC-Seal: i=%d; a=rsa-sha256; cv=pass; d=sealer.example; s=mail; b=AAAA\r\n"
            b"ARC-Message-Signature: i=%d; a=rsa-sha256; d=sealer.example; s=mail; h=from; bh=AAAA; b=AAAA\r\n"
            b"ARC-Authentication-Results: i=%d; sealer.example; dmarc=pass header.from=good.example\r\n" % (i, i, i)
            for i in range(1, 51)
        )
        + BROKEN,
    ],
)
def test_nothing_less_vouches(raw: bytes) -> None:
    """H-056: forged chains, and a true seal over a link that the attacker made."""
    assert sealed_verdict(raw) is Level.A0


def test_a_sealer_off_the_list_is_not_even_looked_up() -> None:
    zone = Zone(WITH_SEALERS)
    judged(SEALER.seal(BROKEN, SAW_PASS), zone, sealers=("google.com",))
    assert not [name for name, _ in zone.asked if "sealer.example" in name]


@pytest.mark.parametrize(
    "results, says_so",
    [
        (f"i=1; mx.example; dmarc=pass header.from={VICTIM}", True),
        (f"i=1; mx.example; spf=pass; dmarc=pass (p=none dis=none) header.from={VICTIM}; dkim=none", True),
        (f'i=1; mx.example; dmarc=pass header.from="ann@{VICTIM}"', True),
        (f"i=1; mx.example; dmarc=pass header.from={VICTIM}.{EVIL}", False),
        (f"i=1; mx.example; xdmarc=pass header.from={VICTIM}", False),
        (f"i=1; dmarc=pass.example; dmarc=fail header.from={VICTIM}", False),
        ("", False),
    ],
)
def test_what_a_sealer_saw_is_read_exactly(results: str, says_so: bool) -> None:
    assert saw_pass(results, VICTIM) is says_so


FORWARDERS = (forwarder("uni.example=198.51.100.0/24"),)
UNI = {
    **ZONE,
    ("uni.example", "TXT"): ["v=spf1 ip4:198.51.100.0/24 ip4:203.0.113.0/24 -all"],
    **Signer("uni.example").records,
}


@pytest.mark.parametrize(
    "host, mail_from, raw, level",
    [
        ("198.51.100.7", "SRS0=x=good.example=ann@uni.example", mail(), Level.A2),
        ("198.51.100.7", f"ann@{VICTIM}", Signer("uni.example").sign(mail()), Level.A2),
        ("198.51.100.7", f"ann@{VICTIM}", mail(), Level.A0),  # its host, and nothing that proves it
        (EVILS_HOST, "x@uni.example", mail(), Level.A0),  # its SPF, from a network that was not registered
        (EVILS_HOST, f"eve@{EVIL}", Signer("uni.example").sign(mail()), Level.A0),
    ],
)
def test_a_registered_forwarder_vouches_from_its_network_and_with_its_own_proof(
    host: str, mail_from: str, raw: bytes, level: Level
) -> None:
    assert judged(raw, Zone(UNI), host=host, mail_from=mail_from, forwarders=FORWARDERS).level is level


@pytest.mark.parametrize("written", ["uni.example", "uni.example=nowhere", "=192.0.2.0/24"])
def test_a_forwarder_is_a_domain_and_a_network(written: str) -> None:
    with pytest.raises(ValueError):
        forwarder(written)


@pytest.mark.parametrize(
    "received, host, helo",
    [
        (
            f"from mail.good.example (mail.good.example [{GOODS_HOST}])\r\n by mx.ours (Postfix) with ESMTPS",
            GOODS_HOST,
            "mail.good.example",
        ),
        (f"from [192.0.2.9] (unknown [{GOODS_HOST}]) (using TLSv1.3) by mx.ours", GOODS_HOST, "[192.0.2.9]"),
        (f"from x(y [192.0.2.66]) (unknown [{GOODS_HOST}]) by mx.ours", GOODS_HOST, "x(y"),
        ("from a ([IPv6:2001:db8::7]) by mx.ours", "2001:db8::7", "a"),
        (f"from a by [192.0.2.66] (x [{GOODS_HOST}])", "", ""),
        ("from a (a [999.1.1.1]) by mx.ours", "", ""),
        ("by mx.ours id 7", "", ""),
        ("", "", ""),
    ],
)
def test_the_client_is_read_from_our_own_servers_line(received: str, host: str, helo: str) -> None:
    assert host_in(received) == (host, helo)


def test_only_a_server_named_as_the_entrance_says_who_came() -> None:
    line = f"Received: from mail.{VICTIM} (mail.{VICTIM} [{GOODS_HOST}]) by mx.ours with ESMTP\r\n".encode()
    forged = line + mail()
    entrance = networks("10.0.0.5/32")
    through = judged(forged, host="10.0.0.5", mail_from=f"ann@{VICTIM}", entrance=entrance)
    assert (through.level, through.spf.host) == (Level.A3, GOODS_HOST)
    assert judged(forged, host="127.0.0.1", mail_from=f"ann@{VICTIM}", entrance=entrance).level is Level.A1
    assert judged(forged, host=EVILS_HOST, mail_from=f"ann@{VICTIM}", entrance=entrance).level is Level.A0
