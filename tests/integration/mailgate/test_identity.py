"""Who wrote it, on a real desk: a real DNS over UDP and TCP, the filer, what is stored, and what is judged again (P21)."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy import select

from mailgate.identity.names import Answer, DnsTrouble, Resolver, address_and_port, dns_of
from mailgate.identity.verdict import Level, from_json
from mailgate.pipeline import Desk as Pipeline
from mailgate.replay import compare
from mailgate.safe_reading import read_safely
from models.app import blobs_of
from models.custody import InboundMessage
from models.database import db
from models.message import Message
from tests.cast import SUPPORT, Desk, settings_for
from tests.signer import Signer
from tests.zone import SERVFAIL, SILENCE, Zone, served

DORAS_HOST = "192.0.2.10"
SIGNER = Signer("example.net")


@pytest.fixture
def zone() -> Zone:
    return Zone(
        {
            **SIGNER.records,
            ("example.net", "TXT"): [f"v=spf1 ip4:{DORAS_HOST} -all"],
            ("_dmarc.example.net", "TXT"): ["v=DMARC1; p=quarantine"],
        }
    )


@pytest.fixture
def dns(zone: Zone) -> Iterator[str]:
    with served(zone) as address:
        yield address


@pytest.fixture
def wary_desk(database_url: str, tmp_path: Path, dns: str) -> Iterator[Desk]:
    """The desk of the cast, with a DNS it can ask."""
    desk = Desk(settings_for(database_url, tmp_path, DNS_RESOLVER=dns))
    with desk.app.app_context():
        try:
            yield desk.open()
        finally:
            db.session.remove()
            db.engine.dispose()


def mail(sender: str = "Dora <dora@example.net>", number: int = 1) -> bytes:
    return (
        f"From: {sender}\r\nTo: {SUPPORT}\r\nSubject: The kettle hums\r\nMessage-ID: <{number}@example.net>\r\n"
        "Date: Mon, 02 Nov 2026 10:15:00 +0000\r\nContent-Type: text/plain\r\n\r\nIs that how it should be?\r\n"
    ).encode()


def filed(desk: Desk, raw: bytes, host: str | None, mail_from: str = "dora@example.net") -> InboundMessage:
    inbound_id = desk.keeps(raw, peer_ip=host, mail_from=mail_from)
    filer = desk.filer()
    while filer.do_round():
        pass
    filer.stop()
    desk.looks_again()
    return db.session.get_one(InboundMessage, inbound_id)


def test_the_verdict_is_stored_on_the_mail_and_on_the_message(wary_desk: Desk) -> None:
    kept = filed(wary_desk, SIGNER.sign(mail()), DORAS_HOST)
    message = db.session.scalars(select(Message).where(Message.inbound_id == kept.id)).one()
    verdict = from_json(kept.sender_verdict)
    assert verdict is not None
    assert (verdict.level, verdict.aligned_by, verdict.spf.host) == (Level.A3, "dkim", DORAS_HOST)
    assert {each.outcome for each in verdict.looked_up} >= {"found"}
    assert (message.sender_level, message.sender_verified) == (3, True)
    assert from_json(message.sender_evidence) == verdict


def test_an_address_of_ours_without_proof_is_bad_on_the_message_and_unknown_on_the_mail(wary_desk: Desk) -> None:
    """What was looked up is of the mail; whose address it is, is of the desk, and may change."""
    kept = filed(wary_desk, mail("Ada <ada@desk.example>"), None)
    verdict = from_json(kept.sender_verdict)
    assert verdict is not None
    assert verdict.level is Level.A1
    for message in db.session.scalars(select(Message).where(Message.inbound_id == kept.id)):
        assert (message.sender_level, message.sender_verified) == (0, False)


def test_judging_again_asks_nobody_and_says_the_same(wary_desk: Desk, zone: Zone) -> None:
    """P21: the keys of that day may be gone, the verdict stays."""
    filed(wary_desk, SIGNER.sign(mail()), DORAS_HOST)
    kept = filed(wary_desk, mail(number=2), "203.0.113.9")
    zone.records.clear()
    zone.asked.clear()

    def must_not(claim: object) -> None:
        raise AssertionError("somebody was asked again")

    pipeline = Pipeline(blobs_of(wary_desk.app), wary_desk.keys, must_not)  # type: ignore[arg-type]
    wary_desk.looks_again()
    found = list(compare([kept.id], read_safely, pipeline))
    assert [each.is_news for each in found] == [False]
    assert zone.asked == []


def test_from_loopback_without_a_signature_nobody_is_asked(wary_desk: Desk, zone: Zone) -> None:
    kept = filed(wary_desk, mail(), "127.0.0.1")
    assert zone.asked == []
    message = db.session.scalars(select(Message).where(Message.inbound_id == kept.id)).one()
    assert (message.sender_level, message.sender_verified) == (1, False)


def test_a_dns_that_fails_costs_no_mail(wary_desk: Desk, zone: Zone) -> None:
    """X-33."""
    zone.records = {("*", "*"): SERVFAIL}
    kept = filed(wary_desk, SIGNER.sign(mail()), DORAS_HOST)
    verdict = from_json(kept.sender_verdict)
    assert kept.state == "done"
    assert verdict is not None
    assert verdict.level is Level.A1


# The resolver by itself


def test_answers_of_every_kind(zone: Zone, dns: str) -> None:
    zone.add("a.example", "A", "192.0.2.1").add("a.example", "MX", "10 mx.a.example").add(
        "a.example", "TXT", "x" * 3_000
    )
    zone.add("1.2.0.192.in-addr.arpa", "PTR", "a.example").add("bad.example", "TXT").records["bad.example", "TXT"] = (
        SERVFAIL
    )
    resolver = dns_of(dns)
    assert resolver.ask("a.example", "A", 2.0) == Answer(("192.0.2.1",))
    assert resolver.ask("a.example", "MX", 2.0) == Answer(((10, "mx.a.example"),))
    assert resolver.ask("1.2.0.192.in-addr.arpa", "PTR", 2.0) == Answer(("a.example",))
    assert resolver.ask("a.example", "TXT", 2.0) == Answer((b"x" * 3_000,)), "too long for UDP, so it came over TCP"
    assert resolver.ask("a.example", "AAAA", 2.0) == Answer()
    assert resolver.ask("nobody.example", "TXT", 2.0) == Answer(exists=False)
    assert resolver.ask(f"{'x' * 64}.example", "TXT", 2.0) == Answer(exists=False)
    assert resolver.ask("a..example", "TXT", 2.0) == Answer(exists=False)
    with pytest.raises(DnsTrouble):
        resolver.ask("bad.example", "TXT", 2.0)


def test_who_gives_no_sign_of_life_is_left_alone_for_a_while(zone: Zone, dns: str) -> None:
    now = [100.0]
    zone.records = {("*", "*"): SILENCE}
    resolver = Resolver((dns,), clock=lambda: now[0])
    with pytest.raises(DnsTrouble):
        resolver.ask("a.example", "TXT", 0.2)
    zone.asked.clear()
    with pytest.raises(DnsTrouble, match="does not answer"):
        resolver.ask("b.example", "TXT", 0.2)
    assert zone.asked == []
    zone.records = {("b.example", "TXT"): ["here again"]}
    now[0] += 31
    assert resolver.ask("b.example", "TXT", 2.0).records == (b"here again",)


def test_one_silent_name_silences_nobody_else(zone: Zone, dns: str) -> None:
    """An attacker whose name servers never answer must not switch the check off for others."""
    zone.records["slow.example", "TXT"] = SILENCE
    resolver = dns_of(dns)
    with pytest.raises(DnsTrouble):
        resolver.ask("slow.example", "TXT", 0.2)
    assert resolver.ask("example.net", "TXT", 2.0).records


def test_a_desk_may_ask_nobody() -> None:
    with pytest.raises(DnsTrouble):
        dns_of("none").ask("example.net", "TXT", 1.0)


@pytest.mark.parametrize(
    "written, expected",
    [
        ("192.0.2.53", ("192.0.2.53", 53)),
        ("192.0.2.53:5353", ("192.0.2.53", 5353)),
        ("2001:db8::53", ("2001:db8::53", 53)),
        ("[2001:db8::53]:5353", ("2001:db8::53", 5353)),
    ],
)
def test_servers_are_written_as_usual(written: str, expected: tuple[str, int]) -> None:
    assert address_and_port(written) == expected


def test_a_resolver_is_an_address() -> None:
    with pytest.raises(ValueError, match="no address"):
        dns_of("dns.example")


# What headers from outside may not do


@pytest.mark.parametrize("name", ["Ada", "SUPPORT", "  billing "])
def test_who_calls_himself_like_one_of_us_is_suspicious(wary_desk: Desk, name: str) -> None:
    """H-049."""
    kept = filed(wary_desk, SIGNER.sign(mail(f'"{name}" <dora@example.net>')), DORAS_HOST)
    message = db.session.scalars(select(Message).where(Message.inbound_id == kept.id)).one()
    assert (message.sender_level, message.sender_verified) == (3, False)
    assert "somebody on your team" in str(message.sender_evidence)


def test_answers_go_where_the_sender_is_and_not_where_a_header_wants_them(wary_desk: Desk) -> None:
    """H-058."""
    kept = filed(wary_desk, b"Reply-To: eve@evil.example, ada@desk.example\r\n" + mail(), None)
    message = db.session.scalars(select(Message).where(Message.inbound_id == kept.id)).one()
    assert "eve@evil.example and 1 more" in message.remarks[0]
    wary_desk.replies(message.ticket_id)
    assert {row.rcpt for row in wary_desk.mails_out(message.ticket_id)} == {"dora@example.net"}


def test_headers_of_helpdesks_from_outside_have_no_effect(wary_desk: Desk) -> None:
    """H-060."""
    plain = filed(wary_desk, mail(), None)
    dressed = (
        b"X-Postroom-Id: p1.forged\r\nX-Helpdesk-Id: 1\r\nX-Zammad-Ticket-Priority: 3 high\r\nX-Ticket-Status: closed\r\n"
        b"X-Priority: 1\r\nImportance: high\r\nX-Spam-Flag: NO\r\nKeywords: vip\r\n" + mail(number=2)
    )
    found = [
        wary_desk.ticket(db.session.scalars(select(Message.ticket_id).where(Message.inbound_id == kept.id)).one())
        for kept in (plain, filed(wary_desk, dressed, None))
    ]
    assert len({ticket.id for ticket in found}) == 2
    assert len({(ticket.status, ticket.priority, tuple(ticket.tags), ticket.customer_id) for ticket in found}) == 1
