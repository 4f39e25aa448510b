"""All questions about what kind of mail this is, asked in order."""

from dataclasses import dataclass, field

from mailgate.inbound import Bounce, Complaint, Forward, Receipt
from mailgate.kinds.lists import list_evidence, list_id
from mailgate.reading.bodies import Contents
from mailgate.reading.structure import Structure


@dataclass(slots=True)
class Kinds:
    """What was found out; see `Inbound` for the meaning of each."""

    automatic: bool = False
    may_be_answered: bool = True
    auto_reply: bool = False
    evidence: list[str] = field(default_factory=list)
    list_id: str = ""
    bounce: Bounce | None = None
    complaint: Complaint | None = None
    receipt: Receipt | None = None
    forward: Forward | None = None
    signup_code: bool = False


def judge(structure: Structure, contents: Contents, text: str, mail_from: str) -> Kinds:
    """Answer every question about the kind of this mail; pure, in the order of the table."""
    headers = structure.root.headers
    kinds = Kinds(list_id=list_id(headers))
    lists = list_evidence(headers)
    submitted = headers.text("auto-submitted").split(";")[0].strip().lower()
    if submitted and submitted != "no":
        kinds.automatic = True
        kinds.evidence.append(f"Auto-Submitted: {submitted}")
        kinds.auto_reply = submitted == "auto-replied"
    kinds.evidence += lists
    kinds.may_be_answered = not kinds.evidence
    return kinds
