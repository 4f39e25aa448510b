"""The DNS of every domain the desk writes from or takes mail at, with the exact records to publish."""

import re
import socket
from collections.abc import Callable, Iterator, Sequence
from urllib.parse import urlsplit

from mailgate.identity.names import Dns, DnsTrouble, Questions
from mailgate.identity.policy import policy_of, registrable
from models.addresses import a_label
from models.dkim_keys import dns_record
from models.errors import SettingsError
from models.settings import Settings
from postroom.doctor.finding import Area, DnsRecord, Finding

MOST_QUESTIONS, MOST_SECONDS = 200, 30.0
MOST_SPF_LOOKUPS = 10  # RFC 7208 section 4.6.4
NULL_MX = (".", "")  # RFC 7505: this domain takes no mail
COSTS_A_LOOKUP = re.compile(r"(?i)(?:^|\s)[+?~-]?(?:include:|a(?=[\s:/]|$)|mx(?=[\s:/]|$)|ptr(?=[\s:]|$)|exists:|redirect=)")
ALL = re.compile(r"(?i)(?:^|\s)([+?~-]?)all(?=\s|$)")


def look_at_names(settings: Settings, mailbox_domains: Sequence[str], dns: Dns) -> Iterator[Finding]:
    """Each domain in turn; a DNS that does not answer is a warning for each matter, never trouble."""
    questions = Questions(dns, most=MOST_QUESTIONS, seconds=MOST_SECONDS)
    for domain in dict.fromkeys(mailbox_domains):
        yield from DomainDoctor(a_label(domain), settings, questions).look_at_mailboxes()
    for name, below in (("reply", settings.reply_domain), ("bounce", settings.bounce_domain)):
        if below is not None:
            yield from DomainDoctor(a_label(below), settings, questions).look_at_sub_domain(name, mailbox_domains)


class DomainDoctor:
    """Looks at one domain."""

    def __init__(self, domain: str, settings: Settings, questions: Questions) -> None:
        self.domain = domain
        self.settings = settings
        self.questions = questions
        self.area = Area(domain)

    def look_at_mailboxes(self) -> Iterator[Finding]:
        for look in (self.look_at_mx, self.look_at_spf, self.look_at_dkim, self.look_at_dmarc):
            yield from self.asked(look)

    def look_at_sub_domain(self, name: str, mailbox_domains: Sequence[str]) -> Iterator[Finding]:
        yield from self.asked(self.look_at_mx)
        if name == "bounce":  # it stands in MAIL FROM, and so it is what SPF is asked about
            yield from self.asked(self.look_at_spf)
            others = [each for each in mailbox_domains if registrable(each) != registrable(self.domain)]
            if others:
                yield self.area.warning(
                    f"bounce addresses here prove nothing for mail from {', '.join(sorted(set(others)))} (DMARC alignment)",
                    "rely on DKIM for those, or use a bounce domain below each",
                )

    def asked(self, look: Callable[[], Iterator[Finding]]) -> Iterator[Finding]:
        try:
            yield from look()
        except DnsTrouble as trouble:
            what = getattr(look, "__name__", "").removeprefix("look_at_").upper()
            yield self.area.warning(f"{what} could not be looked up: {trouble}", "look at DNS_RESOLVER, and try again")

    def look_at_mx(self) -> Iterator[Finding]:
        """Somebody must take its mail: this gate, or a server that forwards here."""
        found = sorted(record for record in self.questions.ask(self.domain, "MX").records if isinstance(record, tuple))
        ours = DnsRecord(self.domain, "MX", f"10 {our_name(self.settings)}.")
        if not found:
            yield self.area.trouble("no mail comes here: it has no MX record", "publish the gate, or the server that forwards to it", ours)
            return
        if len(found) == 1 and found[0][1] in NULL_MX:
            yield self.area.trouble("its MX record says that it takes no mail (null MX)", "replace it", ours)
            return
        nowhere = [host for _, host in found if not self.has_address(host)]
        hosts = ", ".join(f"{host} ({preference})" for preference, host in found)
        if nowhere:
            yield self.area.trouble(f"its MX names a host without an address: {', '.join(nowhere)}", f"give {nowhere[0]} an A record, or correct the MX")
        else:
            yield self.area.ok(f"its mail goes to {hosts}")

    def has_address(self, host: str) -> bool:
        return bool(self.questions.ask(host, "A").records or self.questions.ask(host, "AAAA").records)

    def look_at_spf(self) -> Iterator[Finding]:
        """Who may send in its name (RFC 7208)."""
        found = [text for text in self.texts(self.domain) if text.lower() == "v=spf1" or text.lower().startswith("v=spf1 ")]
        wanted = DnsRecord(self.domain, "TXT", f'"v=spf1 {sending_host_mechanism(self.settings)} -all"')
        if not found:
            yield self.area.warning("it has no SPF record: other servers cannot tell who may send for it", "publish one that names your smart host", wanted)
        elif len(found) > 1:
            yield self.area.trouble(f"it has {len(found)} SPF records, which count as a broken one", "keep one of them")
        elif (every := ALL.search(found[0])) and every[1] in ("", "+"):
            yield self.area.trouble("its SPF record lets everybody send in its name (+all)", "end it with -all or ~all", wanted)
        elif (lookups := len(COSTS_A_LOOKUP.findall(found[0].partition(" ")[2]))) > MOST_SPF_LOOKUPS:
            yield self.area.trouble(f"its SPF record needs {lookups} lookups, and {MOST_SPF_LOOKUPS} are allowed", "name fewer servers, or their addresses (ip4:, ip6:)")
        else:
            yield self.area.ok(f"SPF: {found[0]}")

    def look_at_dkim(self) -> Iterator[Finding]:
        """Our signature can be verified: the published key is the one we sign with (RFC 6376)."""
        try:
            name, value = dns_record(self.settings, self.domain)
        except (SettingsError, OSError, ValueError) as trouble:
            yield self.area.trouble(f"there is no key to sign with: {trouble}", "look at DKIM_KEY")
            return
        found = [text for text in self.texts(name) if "p=" in text]
        record = DnsRecord(name, "TXT", " ".join(f'"{value[start : start + 255]}"' for start in range(0, len(value), 255)))
        if not found:
            yield self.area.trouble("its DKIM key is not published: our signatures prove nothing", "publish it", record)
        elif tag(found[0], "p") != tag(value, "p"):
            yield self.area.trouble("the DKIM key that is published is not the one we sign with: our signatures look forged", "publish ours", record)
        else:
            yield self.area.ok(f"DKIM: our key is published at {name}")

    def look_at_dmarc(self) -> Iterator[Finding]:
        """What others shall do with mail that only claims to come from it (RFC 9989)."""
        policy = policy_of(self.domain, self.questions)
        if not policy.found_at:
            value = f'"v=DMARC1; p=none; rua=mailto:postmaster@{self.domain}"'
            yield self.area.warning(
                "it has no DMARC record: anybody may write in its name", "begin with p=none, read the reports, then say quarantine or reject",
                DnsRecord(f"_dmarc.{self.domain}", "TXT", value),
            )  # fmt: skip
        elif policy.on_failure == "none":
            yield self.area.ok(f"DMARC: p=none at {policy.found_at}; say quarantine once the reports are clean")
        else:
            yield self.area.ok(f"DMARC: p={policy.on_failure} at {policy.found_at}")

    def texts(self, name: str) -> list[str]:
        return [text.decode("utf-8", "replace") for text in self.questions.texts(name)]


def tag(record: str, name: str) -> str:
    """The value of one tag, without white space."""
    found = re.search(rf"(?:^|;)\s*{name}\s*=([^;]*)", record)
    return "".join(found[1].split()) if found else ""


def our_name(settings: Settings) -> str:
    """What the MX may point to: this machine's full name, else one under the mailbox's domain."""
    name = socket.getfqdn()
    return name if "." in name and not name.endswith((".local", ".localdomain", ".internal")) else f"mail.{settings.support_address.rpartition('@')[2]}"


def sending_host_mechanism(settings: Settings) -> str:
    """The smart host, as an SPF record names it; without one, the hosts of the MX."""
    host = urlsplit(settings.outbound_smtp_url.get_secret_value()).hostname if settings.outbound_smtp_url else None
    return f"a:{host}" if host and host not in ("127.0.0.1", "localhost", "::1") else "mx"
