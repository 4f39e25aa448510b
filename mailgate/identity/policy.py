"""DMARC (RFC 9989): the policy of the From domain, found by walking up the tree, and what "aligned" means under it."""

from dataclasses import dataclass, field
from functools import cache
from typing import Literal

from publicsuffixlist import PublicSuffixList

from mailgate.identity.names import DnsTrouble, Questions

MOST_LABELS = 8  # a longer name is shortened to seven labels at its second step (RFC 9989 section 4.10)
MOST_RECORD_OCTETS = 4_000
POLICIES = ("none", "quarantine", "reject")
ONE_LESS = {"reject": "quarantine", "quarantine": "none", "none": "none"}

Record = dict[str, str]


@cache
def public_suffixes() -> PublicSuffixList:
    """The list that came with the package: no network."""
    return PublicSuffixList()


def registrable(domain: str) -> str:
    """The part of `domain` somebody registered ('example.co.uk'), '' for a public suffix."""
    return public_suffixes().privatesuffix(domain) or ""


@dataclass(frozen=True)
class Policy:
    """What the owner of a domain asks for. Without a record `found_at` is '', and alignment is relaxed."""

    domain: str
    organization: str
    found_at: str = ""
    on_failure: str = ""
    strict: frozenset[str] = frozenset()  # of 'dkim', 'spf'


def policy_of(domain: str, questions: Questions) -> Policy:
    """The policy that covers `domain`. Raises `DnsTrouble`."""
    steps = walk(domain, questions)
    organization = organization_in(steps, domain)
    records = {name: record for name, record in steps if record is not None}
    above = [name for name, record in records.items() if record.get("psd") == "y"]
    found_at = next((name for name in (domain, organization, *above) if name in records), "")
    if not found_at:
        return Policy(domain, organization)
    record = records[found_at]
    strict = frozenset(way for way in ("dkim", "spf") if record.get(f"a{way}", "r").lower() == "s")
    return Policy(domain, organization, found_at, on_failure(record, domain, found_at, questions), strict)


def walk(domain: str, questions: Questions) -> list[tuple[str, Record | None]]:
    """Each name from `domain` upwards and the one valid record it has (RFC 9989 section 4.10). Raises `DnsTrouble`."""
    steps: list[tuple[str, Record | None]] = []
    labels = domain.split(".")
    while labels:
        name = ".".join(labels)
        found = record_at(name, questions)
        steps.append((name, found))
        if found is not None and found.get("psd") in ("y", "n"):
            break
        labels = labels[-(MOST_LABELS - 1) :] if len(labels) >= MOST_LABELS else labels[1:]
    return steps


def record_at(name: str, questions: Questions) -> Record | None:
    """The DMARC record of exactly this name; two of them are none. Raises `DnsTrouble`."""
    records = [record for text in questions.texts(f"_dmarc.{name}") if (record := read_record(text)) is not None]
    return records[0] if len(records) == 1 else None


def read_record(text: bytes) -> Record | None:
    """Tags and values of a record that begins as it must; None for any other text."""
    if len(text) > MOST_RECORD_OCTETS:
        return None
    parts = [part.partition("=") for part in text.decode("ascii", "replace").split(";")]
    tags = {name.strip().lower(): value.strip() for name, equals, value in parts if equals}
    first = parts[0]
    return tags if (first[0].strip().lower(), first[2].strip()) == ("v", "DMARC1") else None


def organization_in(steps: list[tuple[str, Record | None]], domain: str) -> str:
    """The organizational domain (RFC 9989 section 4.10.2); without any record, what the public suffix list says."""
    records = [(name, record) for name, record in steps if record is not None]
    for name, record in records:
        if record.get("psd") == "n":
            return name
        if record.get("psd") == "y" and name != domain:
            return one_below(name, domain)
    if not records:
        return registrable(domain) or domain
    top = min((name for name, _ in records), key=lambda name: name.count("."))
    # A registry that publishes a record and forgets to call itself one must not make all its customers one company.
    return one_below(top, domain) if not registrable(top) and top != domain else top


def one_below(suffix: str, domain: str) -> str:
    """The ancestor of `domain` (or itself) that lies one label below `suffix`."""
    return ".".join(domain.split(".")[-(suffix.count(".") + 2) :])


def on_failure(record: Record, domain: str, found_at: str, questions: Questions) -> str:
    """'none', 'quarantine' or 'reject': of the domain itself, of its subdomains, of names that do not exist."""
    wanted = record.get("p", "").lower()
    if domain != found_at:
        wanted = record.get("sp", wanted).lower()
        if "np" in record and not exists(domain, questions):
            wanted = record["np"].lower()
    if wanted not in POLICIES:
        wanted = "none"
    return ONE_LESS[wanted] if record.get("t", "n").lower() == "y" else wanted


def exists(domain: str, questions: Questions) -> bool:
    return questions.ask(domain, "A").exists


@dataclass
class Alignment:
    """Whether another domain speaks for the From domain. `policy` is None where it could not be looked up."""

    from_domain: str
    policy: Policy | None
    organizations: dict[str, str] = field(default_factory=dict)

    def may_be(self, domain: str) -> bool:
        """What can be said without asking: domains of different owners never align."""
        owner = registrable(self.from_domain)
        return domain == self.from_domain or bool(owner and owner == registrable(domain))

    def holds(self, domain: str, way: Literal["dkim", "spf"], questions: Questions) -> bool:
        """Equal is always aligned; of one organization only where the policy does not say "strict"."""
        if domain == self.from_domain:
            return True
        if self.policy is None or way in self.policy.strict or not self.may_be(domain):
            return False
        if domain not in self.organizations:
            try:
                self.organizations[domain] = organization_in(walk(domain, questions), domain)
            except DnsTrouble:
                return False
        return self.organizations[domain] == self.policy.organization
