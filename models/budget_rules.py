"""How much automatic mail may go out: the limits, and the purses that one mail is paid from. Pure (mail-safety 2.9)."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import timedelta
from enum import StrEnum
from ipaddress import ip_address, ip_network

from models.freemail import is_freemail

HOUR, DAY = timedelta(hours=1), timedelta(days=1)
WINDOW = timedelta(minutes=5)  # how finely it is counted
INSTANCE_AN_HOUR = 300
GROWTH_IN_A_WEEK = 3  # so much more than in the same hour a week ago is still the desk's ordinary growth


class Scope(StrEnum):
    """What a budget is kept for. `agent` is an address of the team: it asked for its mail."""

    TICKET = "ticket"
    ADDRESS = "address"
    DOMAIN = "domain"
    NETWORK = "network"
    AGENT = "agent"
    INSTANCE = "instance"


@dataclass(frozen=True)
class Limit:
    """At most `most` automatic mails within any `window`, for each key of the scope."""

    scope: Scope
    window: timedelta
    most: int
    words: str


LIMITS = (
    Limit(Scope.TICKET, DAY, 10, "automatic mails about one ticket in a day"),
    Limit(Scope.ADDRESS, HOUR, 3, "automatic mails to one address in an hour"),
    Limit(Scope.ADDRESS, DAY, 10, "automatic mails to one address in a day"),
    Limit(Scope.DOMAIN, HOUR, 60, "automatic mails to one domain in an hour"),
    Limit(Scope.NETWORK, HOUR, 30, "automatic mails because of one network's mail in an hour"),
    Limit(Scope.AGENT, HOUR, 60, "notices to one agent in an hour"),
    Limit(Scope.AGENT, DAY, 300, "notices to one agent in a day"),
    Limit(Scope.INSTANCE, HOUR, INSTANCE_AN_HOUR, "automatic mails of the whole desk in an hour"),
)


@dataclass(frozen=True, order=True)
class Purse:
    """One key of one scope; a mail costs one in each of its purses."""

    scope: str
    key: str


def purses_of_a_customer_mail(address: str, ticket_id: int, source_ip: str = "", own: Iterable[str] = ()) -> list[Purse]:
    """What an automatic mail to the normalised `address` is paid from.

    `source_ip` is the host whose mail is answered, '' where none is; hosts of our `own` stand for nobody.
    """
    domain, network = address.rpartition("@")[2], network_of(source_ip, own)
    return [
        Purse(Scope.TICKET, str(ticket_id)),
        Purse(Scope.ADDRESS, address),
        *([] if is_freemail(domain) else [Purse(Scope.DOMAIN, domain)]),
        *([Purse(Scope.NETWORK, network)] if network else []),
        Purse(Scope.INSTANCE, ""),
    ]


def purses_of_a_notice(agent_address: str, ticket_id: int) -> list[Purse]:
    """What a notice to somebody of the team is paid from."""
    return [Purse(Scope.TICKET, str(ticket_id)), Purse(Scope.AGENT, agent_address)]


def purses_of_an_alarm(admin_address: str) -> list[Purse]:
    """What a mail about an alarm is paid from: it belongs to no ticket."""
    return [Purse(Scope.AGENT, admin_address)]


PRIVATE = tuple(map(ip_network, ("10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16", "fc00::/7")))


def network_of(source_ip: str, own: Iterable[str] = ()) -> str:
    """The /24 or /48 that the host belongs to; '' for none, for hosts of ours and for those behind our own walls."""
    try:
        host = ip_address(source_ip)
    except ValueError:
        return ""
    host = getattr(host, "ipv4_mapped", None) or host
    near = (*PRIVATE, *(ip_network(each, strict=False) for each in own))
    if host.is_loopback or host.is_link_local or any(host in network for network in near if network.version == host.version):
        return ""
    return str(ip_network((host, 24 if host.version == 4 else 48), strict=False))


def instance_allows(same_hour_last_week: int) -> int:
    """How many automatic mails the whole desk may send in an hour."""
    return max(INSTANCE_AN_HOUR, GROWTH_IN_A_WEEK * same_hour_last_week)
