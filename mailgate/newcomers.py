"""Whom else was the mail sent to? They take part only if somebody says so (mail-safety 2.4, Cc growth). Pure."""

from collections.abc import Collection

from mailgate.inbound import Address, Inbound
from mailgate.kinds.automatic import nobody_reads_answers_at
from models.actions.participants import Newcomer
from models.addresses import normalise


def newcomers(inbound: Inbound, not_these: Collection[str], own_domains: frozenset[str]) -> list[Newcomer]:
    """The people in To and Cc, each once, in order; no machine and no signed address of ours.

    `not_these` are the sender and where the mail came to, normalised.
    """
    found: dict[str, Newcomer] = {}
    for written in (*inbound.to, *inbound.cc):
        address = compared(written)
        if address and address not in not_these and not is_nobodys(address, own_domains):
            found.setdefault(address, Newcomer(address, written.email, written.name))
    return list(found.values())


def compared(written: Address) -> str:
    try:
        return normalise(written.email)
    except ValueError:
        return ""


def is_nobodys(address: str, own_domains: frozenset[str]) -> bool:
    return nobody_reads_answers_at(address) or address.rpartition("@")[2] in own_domains
