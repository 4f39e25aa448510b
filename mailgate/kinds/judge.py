"""All questions about what kind of mail this is, asked in order."""

from dataclasses import dataclass, field

from mailgate.inbound import Bounce, Complaint, Forward, Receipt
from mailgate.kinds import automatic
from mailgate.kinds.bounces import read_bounce
from mailgate.kinds.complaints import read_complaint
from mailgate.kinds.forwards import read_forward
from mailgate.kinds.lists import list_evidence, list_id
from mailgate.kinds.receipts import read_receipt
from mailgate.kinds.signups import holds_signup_code
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
    """Answer every question about the kind of this mail."""
    headers = structure.root.headers
    kinds = Kinds(list_id=list_id(headers))
    kinds.complaint = read_complaint(structure, text)
    kinds.receipt = read_receipt(structure, text) if kinds.complaint is None else None
    if kinds.complaint is None and kinds.receipt is None:
        kinds.bounce = read_bounce(structure, contents, text, mail_from)
    if not (kinds.bounce or kinds.complaint or kinds.receipt):
        kinds.forward = read_forward(text, headers)
        kinds.signup_code = holds_signup_code(headers, text)
    _judge_automatic(kinds, structure)
    return kinds


def _judge_automatic(kinds: Kinds, structure: Structure) -> None:
    headers = structure.root.headers
    replied = automatic.evidence(automatic.REPLIED, headers)
    generated = automatic.evidence(automatic.GENERATED, headers)
    if any(told.startswith("Auto-Submitted: auto-replied") for told in generated):
        replied = replied or generated
    reports = [
        told
        for told, found in (
            ("It reports a failed or late delivery.", kinds.bounce),
            ("It reports a complaint.", kinds.complaint),
            ("It is a read receipt.", kinds.receipt),
        )
        if found
    ]
    kinds.automatic = bool(replied or generated or reports)
    kinds.auto_reply = bool(replied) and not reports
    silent = list_evidence(headers) + automatic.evidence(automatic.UNANSWERABLE, headers)
    kinds.may_be_answered = not (kinds.automatic or silent)
    kinds.evidence = list(dict.fromkeys([*reports, *replied, *generated, *silent]))
