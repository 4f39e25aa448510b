"""The envelope of a mail that nobody handed to our SMTP server: read from its headers, believed no further than they reach.

Who delivered the mail elsewhere wrote Return-Path and Delivered-To or their like. A stranger may have written them too,
where that server let it pass: so they choose among addresses of ours, and name whom to answer by machine; they prove nobody.
"""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime

from mailgate.envelope import Recipient
from mailgate.reading.addresses import read_addresses
from mailgate.reading.headers import Headers, split_mail
from mailgate.reading.identifiers import message_id
from models.addresses import normalise, without_tag
from models.reply_tokens import TOKEN

DELIVERED_TO = ("delivered-to", "x-original-to", "envelope-to", "x-envelope-to", "x-delivered-to")
SHOWN_TO = ("to", "cc")
EARLIEST = datetime(1980, 1, 1, tzinfo=UTC)
_BY = re.compile(r"\bby\s+([A-Za-z0-9.:\[\]-]{1,255})", re.IGNORECASE)
_RETURN_PATH = re.compile(rb"<([^<>\x00-\x20\x7f]{0,320})>")


@dataclass(frozen=True)
class HandedOver:
    """An envelope as the headers have it. `why` is a sentence on what it stands on."""

    mail_from: str
    recipient: Recipient
    message_id: str
    why: str


@dataclass(frozen=True)
class Ours:
    """The addresses a mail may have come to, each with its mailbox, and the one that gets what names none of them."""

    addresses: Mapping[str, int]
    home: Recipient
    token_domains: frozenset[str] = frozenset()

    def find(self, address: str) -> Recipient | None:
        """Whose address this is, if it is ours. A signed one counts at its domain alone; its MAC is looked at later."""
        try:
            normal = normalise(address)
        except ValueError:
            return None
        plain, tag = without_tag(normal)
        if normal in self.addresses or plain in self.addresses:
            return Recipient(normal, self.addresses.get(normal, self.addresses.get(plain)), "" if normal in self.addresses else tag)
        local, _, domain = normal.rpartition("@")
        if domain in self.token_domains and TOKEN.fullmatch(local):
            return Recipient(normal, self.home.mailbox_id, tag=local)
        return None


def handed_over(opening: bytes, ours: Ours) -> HandedOver:
    """The envelope behind the first octets of a mail."""
    headers, _ = split_mail(opening)
    found = next(addresses_of_ours(headers, ours), None)
    recipient, said = (ours.home, "no header names an address of ours, so it goes to the mailbox it was fetched for") if found is None else found
    sender = return_path(headers)
    who = "no Return-Path, so no machine answers it" if sender is None else f"sender <{sender}> from Return-Path"
    return HandedOver(sender or "", recipient, message_id(headers), f"recipient: {said}; {who}")


def addresses_of_ours(headers: Headers, ours: Ours) -> Iterator[tuple[Recipient, str]]:
    """Addresses of ours that the headers name, what a mail server wrote before what the sender wrote."""
    for name in (*DELIVERED_TO, *SHOWN_TO):
        for value in headers.all_raw(name)[:10]:
            for each in read_addresses(value)[:50]:
                recipient = ours.find(each.email)
                if recipient is not None:
                    yield recipient, f"{recipient.address} from {name.title()}"


def return_path(headers: Headers) -> str | None:
    """MAIL FROM as whoever delivered the mail wrote it on top (RFC 5321 section 4.4); None where he did not."""
    found = _RETURN_PATH.search(headers.raw("return-path"))
    return found[1].decode("ascii", "replace") if found else None


def host_that_trusted_servers_saw(received: list[str], trusted: frozenset[str]) -> str:
    """The Received line in which a trusted server says whom it took the mail from, '' where none can be believed.

    Lines are added on top: from there down, as long as each was written by a server that is trusted, the last of them
    names the first host outside. The next line may be the stranger's own words.
    """
    believed = ""
    for line in received:
        by = _BY.search(line)
        if by is None or not is_one_of(by[1].lower().rstrip("."), trusted):
            break
        believed = line
    return believed


def is_one_of(host: str, trusted: frozenset[str]) -> bool:
    """A host, or one in a domain that is given as `.example.com`."""
    return host in trusted or any(name.startswith(".") and host.endswith(name) for name in trusted)


def written_at(opening: bytes, otherwise: datetime) -> datetime:
    """When the mail came to its first reader: the topmost Received line, else its Date, else `otherwise`; never tomorrow."""
    headers, _ = split_mail(opening)
    received = headers.raw("received").decode("ascii", "replace")
    said = (received.rpartition(";")[2] if ";" in received else "", headers.raw("date").decode("ascii", "replace"))
    now = datetime.now(UTC)
    for each in said:
        moment = moment_of(each)
        if moment is not None and EARLIEST <= moment <= now:
            return moment
    return min(max(otherwise, EARLIEST), now)


def moment_of(text: str) -> datetime | None:
    try:
        moment = parsedate_to_datetime(text.strip()[:200])
    except (ValueError, TypeError, IndexError, OverflowError):
        return None
    return moment.replace(tzinfo=UTC) if moment.tzinfo is None else moment.astimezone(UTC)
