"""Writes envelopes into custody: one statement, within whatever transaction its connection is in."""

from collections.abc import Sequence
from typing import Any
from uuid import UUID

import psycopg

from mailgate.envelope import Envelope

BELL = "inbound"  # the channel on which filers listen

# One statement, so one round trip and one transaction: the mails, their deliveries, the bell.
KEEP = f"""
WITH mail AS (
    SELECT * FROM unnest(
        %b::uuid[], %b::bytea[], %b::text[], %b::inet[], %b::text[], %b::text[], %b::boolean[], %b::text[],
        %b::text[], %b::bytea[], %b::bigint[], %b::bytea[], %b::text[], %b::text[], %b::bytea[],
        %b::text[], %b::timestamptz[]
    ) AS mail (id, envelope_key, gateway, peer_ip, helo, tls, smtputf8, mail_from,
               our_received, raw_sha256, raw_size, raw, raw_uri, wire_flags, id_hash, origin, dated_at)
), kept AS (
    INSERT INTO inbound_message AS known (
           id, envelope_key, gateway, peer_ip, helo, tls, smtputf8, mail_from,
           our_received, raw_sha256, raw_size, raw, raw_uri, wire_flags, id_hash, origin, dated_at)
    SELECT id, envelope_key, gateway, peer_ip, helo, tls, smtputf8, mail_from,
           our_received, raw_sha256, raw_size, raw, raw_uri, string_to_array(wire_flags, ','), id_hash, origin, dated_at
    FROM mail
    ON CONFLICT (envelope_key) DO UPDATE SET seen_count = known.seen_count + 1, last_seen_at = now()
    RETURNING id, envelope_key
), delivered AS (
    INSERT INTO inbound_delivery (inbound_id, rcpt, mailbox_id, tag)
    SELECT kept.id, delivery.rcpt, delivery.mailbox_id, delivery.tag
    FROM kept JOIN unnest(%b::bytea[], %b::text[], %b::bigint[], %b::text[])
         AS delivery (envelope_key, rcpt, mailbox_id, tag) USING (envelope_key)
    ON CONFLICT (inbound_id, rcpt) DO NOTHING
)
SELECT id, envelope_key, pg_notify('{BELL}', '') FROM kept
"""


def keep_envelopes(connection: psycopg.Connection[Any], envelopes: Sequence[Envelope]) -> dict[bytes, UUID]:
    """Keep the mails; the id under which each key is kept, an earlier one where the mail was kept before.

    Sorted by key, so that two who write the same mails take the rows' locks in the same order.
    """
    once = dict(sorted({envelope.key: envelope for envelope in reversed(envelopes)}.items()))
    mails = list(once.values())
    deliveries = [(key, to) for key, mail in once.items() for to in mail.recipients]
    rows = connection.execute(
        KEEP,
        (
            [mail.id for mail in mails],
            list(once),
            [mail.gateway for mail in mails],
            [mail.peer_ip for mail in mails],
            [mail.helo for mail in mails],
            [mail.tls for mail in mails],
            [mail.smtputf8 for mail in mails],
            [mail.mail_from for mail in mails],
            [mail.our_received for mail in mails],
            [mail.raw_sha256 for mail in mails],
            [mail.raw_size for mail in mails],
            [mail.raw for mail in mails],
            [mail.raw_sha256.hex() if mail.raw is None else None for mail in mails],
            [",".join(mail.wire_flags) for mail in mails],
            [mail.id_hash for mail in mails],
            [mail.origin for mail in mails],
            [mail.dated_at for mail in mails],
            [key for key, _ in deliveries],
            [to.address for _, to in deliveries],
            [to.mailbox_id for _, to in deliveries],
            [to.tag for _, to in deliveries],
        ),
    )
    return {key: inbound_id for inbound_id, key, _ in rows}
