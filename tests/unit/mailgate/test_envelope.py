"""When is a mail the same mail?"""

import dataclasses

from mailgate.envelope import Envelope, Recipient, new_id

DORA = Recipient("support@example.com", 1)
BEN = Recipient("sales@example.com", 2)
MAIL = Envelope(
    id=new_id(), gateway="", peer_ip="192.0.2.1", helo="x", tls="", smtputf8=False, mail_from="dora@example.org",
    recipients=(DORA, BEN), our_received="", raw_sha256=b"\1" * 32, raw_size=1, raw=b"x", spooled=None, wire_flags=(),
    id_hash=None,
)  # fmt: skip


def changed(**values: object) -> Envelope:
    return dataclasses.replace(MAIL, **values)  # type: ignore[arg-type]


def test_the_same_envelope_has_the_same_key_whatever_else_differs() -> None:
    again = changed(id=new_id(), peer_ip="192.0.2.9", helo="y", our_received="other", recipients=(BEN, DORA))
    assert again.key == MAIL.key


def test_another_sender_recipient_or_body_makes_another_key() -> None:
    others = [
        changed(mail_from=""),
        changed(mail_from="Dora@example.org"),
        changed(recipients=(DORA,)),
        changed(raw_sha256=b"\2" * 32),
    ]
    assert len({MAIL.key, *(other.key for other in others)}) == 5


def test_ids_are_of_version_seven_and_grow_with_time() -> None:
    ids = [new_id() for _ in range(100)]
    assert all(value.version == 7 and value.variant == "specified in RFC 4122" for value in ids)
    assert len(set(ids)) == 100
    assert [value.int >> 80 for value in ids] == sorted(value.int >> 80 for value in ids)
