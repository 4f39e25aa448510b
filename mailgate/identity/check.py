"""The check of a sender as a list of verbs: from the claim to the verdict."""

import logging
import time
from collections.abc import Callable
from dataclasses import dataclass, replace

from mailgate.identity.chain import Forwarder, arc_of, came_from, forwarder
from mailgate.identity.claim import Claim, Judge, unchecked
from mailgate.identity.levels import Findings, dmarc_result, level_of
from mailgate.identity.names import Dns, DnsTrouble, Questions, dns_of
from mailgate.identity.names_shown import warnings_about
from mailgate.identity.policy import Alignment, Policy, policy_of
from mailgate.identity.sending_host import sending_host, spf_of
from mailgate.identity.signatures import signatures
from mailgate.identity.verdict import Dmarc, Verdict
from mailgate.identity.wire_form import TwoReadings, WireForm, wire_form
from mailgate.limits import Network, networks
from models.addresses import a_label
from models.settings import Settings

log = logging.getLogger(__name__)


@dataclass(frozen=True)
class SenderCheck:
    """Judges senders. `own` are mail servers of ours; those in `entrance` write down whom they took a mail from."""

    dns: Dns
    own: tuple[Network, ...] = ()
    entrance: tuple[Network, ...] = ()
    sealers: tuple[str, ...] = ()
    forwarders: tuple[Forwarder, ...] = ()
    clock: Callable[[], float] = time.monotonic

    def __call__(self, claim: Claim) -> Verdict:
        """Who the sender is. Never raises: what we cannot find out leaves him unknown."""
        known = unchecked(claim)
        if known.ambiguous_because or claim.inbound.sender is None:
            return known
        known = replace(known, warnings=warnings_about(claim.inbound.sender))
        try:
            return self.judge(claim, known)
        except TwoReadings as oddity:
            return replace(known, why=f"Nothing in this mail can be verified: {oddity}.")
        except Exception as trouble:  # a defect of ours or of a library must never cost a mail, nor prove anything
            log.exception("a sender could not be judged: %s", trouble)
            return replace(known, why="The sender could not be checked.")

    def judge(self, claim: Claim, known: Verdict) -> Verdict:
        from_domain = a_label(known.from_address.rpartition("@")[2])
        host, helo = sending_host(claim, self.own, self.entrance)
        mail = wire_form(claim.raw, claim.inbound)
        if not host and not mail.has(b"dkim-signature") and not mail.has(b"arc-seal"):
            return replace(known, from_domain=from_domain, why="The mail carries no signature and came through a mail server of your own.")
        questions = Questions(self.dns, self.clock)
        found = self.find_out(claim, mail, from_domain, (host, helo), questions)
        level, by, why = level_of(found)
        return Verdict(
            level=level,
            from_address=known.from_address,
            from_domain=from_domain,
            aligned_by=by,  # type: ignore[arg-type]
            why=why,
            warnings=known.warnings,
            spf=found.spf,
            dkim=found.dkim,
            dmarc=found.dmarc,
            arc=found.arc,
            looked_up=tuple(questions.noted),
            milliseconds=round((self.clock() - questions.begun) * 1000),
        )

    def find_out(
        self, claim: Claim, mail: WireForm, from_domain: str, host: tuple[str, str], questions: Questions
    ) -> Findings:
        policy, is_unknown = policy_or_trouble(from_domain, questions)
        alignment = Alignment(from_domain, policy)
        dkim = signatures(mail, alignment, questions, claim.at)
        spf = spf_of(claim, *host, questions)
        spf = replace(spf, is_aligned=bool(spf.domain) and alignment.holds(spf.domain, "spf", questions))
        has_record = policy is not None and bool(policy.found_at)
        dmarc = Dmarc(
            "temperror" if is_unknown else dmarc_result(has_record, spf, dkim),
            policy.on_failure if policy else "",
            policy.found_at if policy else "",
        )
        arc = arc_of(mail, from_domain, self.sealers, questions)
        return Findings(from_domain, spf, dkim, dmarc, arc, came_from(self.forwarders, spf, dkim))


def policy_or_trouble(domain: str, questions: Questions) -> tuple[Policy | None, bool]:
    """The policy, or None and True where the DNS gave no answer."""
    try:
        return policy_of(domain, questions), False
    except DnsTrouble:
        return None, True


def judge_of(settings: Settings) -> Judge:
    """The judge that this desk's settings describe."""
    return SenderCheck(
        dns_of(settings.dns_resolver),
        networks(*settings.smtp_relays),
        networks(*settings.mx_relays),
        settings.arc_sealers,
        tuple(forwarder(each) for each in settings.mail_forwarders),
    )
