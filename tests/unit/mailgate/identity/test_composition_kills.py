"""Whatever an attacker with a domain in good order composes, it never passes for another's (P19, H-047 … H-052)."""

import pytest

from mailgate.identity.verdict import Level
from tests.unit.mailgate.identity.stage import EVIL, EVIL_SIGNER, VICTIM, judged, mail

ANN = f"ann@{VICTIM}"
EVE = f"eve@{EVIL}"

# The forms of "Composition Kills" (Chen, Paxson, Jiang, USENIX Security 2020) that a receiver sees in the headers,
# and their cousins: each is the From line as it stands in the mail, with what goes with it.
FROM_LINES = [
    f"From: {ANN}\r\nFrom: {EVE}",
    f"From: {EVE}\r\nFrom: {ANN}",
    f"From: {EVE}\r\nFrom : {ANN}",
    f"From : {ANN}\r\nFrom: {EVE}",
    f"From : {ANN}",
    f"From\t: {ANN}",
    f" From: {ANN}\r\nFrom: {EVE}",
    f"From\r\n : {ANN}\r\nFrom: {EVE}",
    f"From:\r\n {ANN}\r\nFrom: {EVE}",
    f"FROM: {EVE}\r\nfrom: {ANN}",
    f"From: {ANN}, {EVE}",
    f"From: {EVE}, {ANN}",
    f"From: <{ANN}>, <{EVE}>",
    f"From: <{ANN}>,<{EVE}>,",
    f"From: ,{ANN},{EVE}",
    f"From: <@{EVIL},@relay.example:{ANN}>",
    f"From: <@{VICTIM}:{EVE}>",
    f"From: {ANN} <{EVE}>",
    f"From: <{ANN}>{EVE}",
    f"From: <{ANN}><{EVE}>",
    f"From: {EVE}<{ANN}>",
    f"From: {EVE} (<{ANN}>)",
    f"From: {EVE} ({ANN})",
    f"From: ({ANN}) {EVE}",
    f"From: {ANN} (x) <{EVE}>",
    f"From: {ANN}\x00@{EVIL}",
    f"From: {ANN}\x00.{EVIL}",
    f"From: {ANN}@{EVIL}",
    f"From: <{ANN}\\>@{EVIL}>",
    f"From: <{ANN}\\,{EVE}>",
    f'From: "{ANN}"@{EVIL} <{ANN}>',
    f"From: <{ANN}>(.{EVIL}",
    f"From: =?utf-8?b?PGFubkBnb29kLmV4YW1wbGU+?=@{EVIL}",
    "From: =?utf-8?b?YW5uQGdvb2QuZXhhbXBsZQ==?=",
    "From: =?utf-8?q?ann=40good.example?=",
    f"From: =?utf-8?q?ann=40good.example=3E=00?= <{EVE}>, {ANN}",
    f"From: friends: {ANN};",
    f"From: friends: {ANN}, {EVE};",
    "From: undisclosed-recipients:;",
    f"From: {ANN};{EVE}",
    f"From: {ANN}\r{EVE}",
    f"From: {ANN}\n From: {EVE}\r\nX: y",
    f"From: {ANN}\x0b{EVE}",
    f"From: {ANN} {EVE}",
    f"From: [{ANN}] {EVE}",
    f"From: {EVE}\r\nResent-From: {ANN}\r\nFrom: {ANN}",
    f"no header at all\r\nFrom: {ANN}",
    f"From: {EVE}\r\n\tFrom: {ANN}\r\nno colon\r\nX: y",
    f"From: {ANN}\r\nSender: {EVE}\r\nSender: {ANN}",
    f"From: {ANN}\r\nDate: x",
    f"From: {ANN}\r\nMessage-ID: <2@{VICTIM}>",
    f"From: {ANN}\r\nSubject: another",
]

# What names the victim somewhere, while From itself is honest: the attacker may be proved to be himself, and no more.
HONEST_AND_SUSPICIOUS = [
    f'From: "{ANN}" <{EVE}>',
    f'From: "ann@{VICTIM.replace(".", "．")}" <{EVE}>',
    f"From: =?utf-8?b?YW5uQGdvb2QuZXhhbXBsZQ==?= <{EVE}>",
    f'From: "Ann, {ANN}" <{EVE}>',
    f'From: "✓ Ann" <{EVE}>',
    f'From: "Ann via {ANN}" <{EVE}>',
]


def composed(lines: str) -> bytes:
    """The rest of an ordinary mail below these lines, signed by the attacker where it can be signed at all."""
    raw = lines.encode() + b"\r\n" + mail(From="")
    try:
        return EVIL_SIGNER.sign(raw)
    except Exception:  # the signer refuses the oddest of them, as a sender would not
        return raw


@pytest.mark.parametrize("lines", FROM_LINES)
def test_no_form_of_from_passes_for_another(lines: str) -> None:
    verdict = judged(composed(lines))
    assert verdict.level is Level.A0
    assert not verdict.is_verified


@pytest.mark.parametrize("lines", FROM_LINES[:24])
def test_nor_without_a_signature(lines: str) -> None:
    assert judged(lines.encode() + b"\r\n" + mail(From="")).level is Level.A0


@pytest.mark.parametrize("lines", HONEST_AND_SUSPICIOUS)
def test_a_name_that_pretends_is_never_shown_as_verified(lines: str) -> None:
    verdict = judged(composed(lines))
    assert verdict.from_address == EVE
    assert verdict.warnings
    assert not verdict.is_verified


def test_the_attacker_without_a_disguise_is_verified_as_himself() -> None:
    """The forms above fail for what they are, not because nothing of this attacker's would ever pass."""
    verdict = judged(composed(f"From: Eve <{EVE}>"))
    assert verdict.is_verified
    assert verdict.from_address == EVE


@pytest.mark.parametrize(
    "mail_from, helo",
    [
        (f"ann@{EVIL}", VICTIM),  # HELO is another's name
        ("", VICTIM),  # the null sender, judged by a HELO that is another's name
        ("", EVIL),
        (f"x@nobody.{VICTIM}", EVIL),  # a name below the victim's that does not exist
        (f"{ANN}(.{EVIL}", EVIL),
        (f"{ANN}'@{EVIL}", EVIL),
        (f'"{ANN}"@{EVIL}', EVIL),
        (f"{ANN}\x00@{EVIL}", EVIL),
        (f"{EVE}@{VICTIM}", EVIL),
        (ANN, EVIL),
    ],
)
def test_no_envelope_makes_the_attackers_host_the_victims(mail_from: str, helo: str) -> None:
    verdict = judged(mail(), mail_from=mail_from, helo=helo)
    assert verdict.level is Level.A0
    assert not (verdict.spf.result == "pass" and verdict.spf.is_aligned)


@pytest.mark.parametrize(
    "domain",
    [
        f"{VICTIM}(.{EVIL}",
        f"{VICTIM}\x00.{EVIL}",
        f"{VICTIM}.{EVIL}",
        f"{EVIL}.{VICTIM}",
        f"{VICTIM}'.{EVIL}",
        f"not{VICTIM}",
    ],
)
def test_no_signing_domain_is_mistaken_for_the_victims(domain: str) -> None:
    signed = EVIL_SIGNER.sign(mail()).replace(f"d={EVIL};".encode(), f"d={domain};".encode())
    assert f"d={domain}".encode() in signed
    assert judged(signed).level is Level.A0


@pytest.mark.parametrize(
    "name", ["Sender", "Resent-From", "Return-Path", "X-Original-From", "X-Google-Original-From", "Reply-To"]
)
def test_no_other_header_says_who_wrote(name: str) -> None:
    """H-059: identity is From's alone."""
    verdict = judged(EVIL_SIGNER.sign(mail(From=f"Eve <{EVE}>", **{name.replace("-", "_"): ANN})))
    assert verdict.from_address == EVE


@pytest.mark.parametrize(
    "results",
    [
        "mx.example.com; dmarc=pass header.from=good.example; dkim=pass header.d=good.example; spf=pass",
        "desk.example.com; spf=pass smtp.mailfrom=ann@good.example",
        "localhost; auth=pass; dmarc=pass",
    ],
)
def test_results_written_by_others_are_never_believed(results: str) -> None:
    """H-056: fifty of them are not either."""
    lines = f"Authentication-Results: {results}\r\n".encode() * 50
    assert judged(lines + mail()).level is Level.A0
    assert judged(lines + mail(), host=None).level is Level.A1
