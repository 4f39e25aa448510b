"""The join matrix: who writes × how far he is believed × reply address × Message-ID × subject (mail-safety 2.4).

Every mail is read, its facts are gathered from a real database, and the rules decide; nothing is filed, so that all
cells meet the same ticket. What must come out is the paper's table, written down here once more.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from itertools import product
from pathlib import Path
from uuid import UUID

import pytest
from sqlalchemy import select

from mailgate.decision import AddToTicket, Decision, HoldOnTicket, OpenTicket, SetAside
from mailgate.identity.verdict import Level, Verdict
from mailgate.pipeline import ReadMail, desk_of, judge
from mailgate.safe_reading import read_safely
from models.actions.participants import add_participant
from models.actions.reply_tokens import reply_address, revoke_reply_address
from models.app import blobs_of
from models.custody import InboundDelivery
from models.database import db
from models.actions.custody import KeptMail
from models.ticket import Participant
from postroom.services import Services
from tests.cast import DORA, EVE, SUPPORT, Desk, Writer, mail_from, settings_for
from tests.services import new_database

CARL = Writer("Carl Copied", "carl@example.org")
DINA = Writer("Dina Colleague", "dina@example.net")  # of Dora's company, and not on the ticket
REPLY_DOMAIN = "reply.example.com"

PAPER = """
                 A3    A2    A1    A0
K1 owner         join  join  flag  hold
K1 participant   join  join  hold  hold
K1 stranger      hold  hold  hold  hold
K2 participant   join  join  flag  hold
K2 stranger      link  link  link  held
K3 participant   join  join  flag  hold
K3 stranger      link  link  link  held
K4 participant   join  join  link  held
K4 stranger      link  link  link  held
none participant new   new   new   held
none stranger    new   new   new   held
"""
MATRIX = {tuple(row.split()[:2]): row.split()[2:] for row in PAPER.strip().splitlines()[1:]}

SENDERS = {"requester": DORA, "copied": CARL, "colleague": DINA, "stranger": EVE}
TOKENS = ("no token", "Dora's token", "Carl's token", "damaged token", "revoked token")
REFERENCES = ("no id", "our id", "forged id", "customer's id")
SUBJECTS = ("plain", "reference")
CELLS = list(product(SENDERS, Level, TOKENS, REFERENCES, SUBJECTS))


@dataclass(frozen=True)
class Stage:
    """One ticket of Dora's with Carl on it, and everything an attacker may have got hold of."""

    desk: Desk
    ticket_id: int
    ref: str
    tokens: dict[str, str]
    ids: dict[str, str]

    def judges(self, raw: bytes, level: Level, rcpt: str = SUPPORT) -> Decision:
        verdict = Verdict(level, "somebody", why="The test says so.")
        mail = KeptMail(UUID(int=1), DORA.address, datetime.now(UTC), 1, None, None, None)
        delivery = InboundDelivery(inbound_id=mail.id, rcpt=rcpt, mailbox_id=self.desk.support)
        each = ReadMail(mail, read_safely(raw, DORA.address), (), verdict)
        pipeline = desk_of(blobs_of(self.desk.app), self.desk.settings)
        _, ruling = judge(each, [delivery], pipeline)
        db.session.rollback()
        return ruling.decision


@pytest.fixture(scope="module")
def stage(services: Services, template_database: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stage]:
    with new_database(services.database_url, template_database) as url:
        data: Path = tmp_path_factory.mktemp("matrix")
        desk = Desk(settings_for(url, data, REPLY_DOMAIN=REPLY_DOMAIN))
        with desk.app.app_context():
            try:
                yield staged(desk.open())
            finally:
                db.session.remove()
                db.engine.dispose()


def staged(desk: Desk) -> Stage:
    first = desk.takes_in(mail_from(DORA, message_id="first@example.net"))
    assert first.ticket_id is not None
    ticket = desk.ticket(first.ticket_id)
    ticket_id, ref = ticket.id, ticket.ref
    add_participant(ticket_id, CARL.address, desk.ada)
    db.session.commit()
    people = {each.address: each.id for each in db.session.scalars(select(Participant))}

    def token(who: Writer) -> str:
        return reply_address(ticket_id, people[who.address], desk.keys, REPLY_DOMAIN)

    revoked = token(DORA)
    revoke_reply_address(ticket_id, people[DORA.address])
    tokens = {"Dora's token": token(DORA), "Carl's token": token(CARL), "revoked token": revoked}
    good = tokens["Dora's token"]
    tokens["damaged token"] = good[:5] + ("a" if good[5] != "a" else "b") + good[6:]
    message = desk.replies(ticket_id)
    [row] = [each for each in desk.mails_out(ticket_id) if each.message_id == message.id and each.rcpt == DORA.address]
    ours = row.rfc_message_id.strip("<>")
    forged = ours[:10] + ("a" if ours[10] != "a" else "b") + ours[11:]
    db.session.commit()
    return Stage(desk, ticket_id, ref, tokens, {"our id": ours, "forged id": forged, "customer's id": "first@example.net"})


def evidence_and_standing(sender: str, token: str, reference: str, subject: str) -> tuple[str, str]:
    """The strongest evidence of the cell, and what its sender is to the ticket; as the paper says, not as the code does."""
    part = "participant" if sender in ("requester", "copied") else "stranger"
    if token in ("Dora's token", "Carl's token"):
        owner = {"Dora's token": "requester", "Carl's token": "copied"}[token]
        return "K1", "owner" if sender == owner else part
    if reference == "our id":
        return "K2", part
    if reference == "customer's id":
        return "K3", part
    return ("K4" if subject == "reference" else "none"), part


@pytest.mark.parametrize(
    ("sender", "level", "token", "reference", "subject"),
    CELLS,
    ids=["-".join((sender, level.name, *rest)).replace(" ", "_") for sender, level, *rest in CELLS],
)
def test_a_mail_gets_where_the_matrix_says(
    stage: Stage, sender: str, level: Level, token: str, reference: str, subject: str
) -> None:
    expected = MATRIX[evidence_and_standing(sender, token, reference, subject)][3 - level]
    raw = mail_from(
        SENDERS[sender],
        subject=f"Re: Where is my parcel? [#{stage.ref}]" if subject == "reference" else "Hello",
        answers=stage.ids.get(reference, ()),
    )
    decision = stage.judges(raw, level, stage.tokens.get(token, SUPPORT))
    match expected:
        case "join" | "flag":
            assert isinstance(decision, AddToTicket) and decision.ticket_id == stage.ticket_id
            assert ("Nothing proves" in decision.why) == (expected == "flag")
        case "hold":
            assert isinstance(decision, HoldOnTicket) and decision.ticket_id == stage.ticket_id
        case "link":
            assert isinstance(decision, OpenTicket) and decision.may_belong_to == stage.ticket_id
        case "new":
            assert isinstance(decision, OpenTicket) and decision.may_belong_to is None
        case _:
            assert isinstance(decision, SetAside) and decision.folder == "held"


def test_there_are_more_than_five_hundred_cells_and_strangers_join_in_none() -> None:
    assert len(CELLS) >= 500
    strange = [row for key, row in MATRIX.items() if key[1] == "stranger"]
    assert not {"join", "flag"}.intersection(*strange)


@pytest.mark.parametrize("header", ["To", "Cc", "Delivered-To", "X-Forwarded-To", "X-Original-To", "Envelope-To", "Resent-To"])
def test_a_reply_address_is_found_wherever_a_forwarder_moved_it(stage: Stage, header: str) -> None:
    """H-078: Gmail, Workspace, Exchange, groups, aliases and fetchmail each leave it somewhere else."""
    token = stage.tokens["Dora's token"]
    to = f"{SUPPORT}, {token}" if header == "To" else SUPPORT
    raw = mail_from(DORA, to=to, headers={} if header == "To" else {header: token})
    decision = stage.judges(raw, Level.A3)
    assert isinstance(decision, AddToTicket) and decision.evidence["strength"] == "K1"


@pytest.mark.parametrize(
    "local_part", ["support+123", "id123", "support+00000000-0000-4000-8000-000000000000", "reply+1", "r1", "R1" + "A" * 29]
)
def test_no_older_or_foreign_form_of_address_is_evidence(stage: Stage, local_part: str) -> None:
    """H-080."""
    decision = stage.judges(mail_from(DORA), Level.A3, f"{local_part}@{REPLY_DOMAIN}")
    assert isinstance(decision, OpenTicket) and decision.may_belong_to is None


def test_a_token_in_capitals_is_the_same_token(stage: Stage) -> None:
    """H-065: some mail systems change the case of a local part."""
    decision = stage.judges(mail_from(DORA), Level.A3, stage.tokens["Dora's token"].upper())
    assert isinstance(decision, AddToTicket)


def test_the_token_of_one_purpose_swapped_for_another_is_none(stage: Stage) -> None:
    token = stage.tokens["Dora's token"]
    decision = stage.judges(mail_from(DORA), Level.A3, "b" + token[1:])
    assert isinstance(decision, OpenTicket)


def test_the_first_known_id_in_reach_counts_and_no_more_than_twenty_are_looked_at(stage: Stage) -> None:
    """H-074."""
    noise = [f"{number}@x.example" for number in range(40)]
    known = stage.ids["customer's id"]
    last = stage.judges(mail_from(DORA, references=[*noise, known]), Level.A3)
    first = stage.judges(mail_from(DORA, references=[known, *noise]), Level.A3)
    assert isinstance(last, AddToTicket)
    assert isinstance(first, OpenTicket)


def test_a_mail_of_ours_outweighs_a_newer_mail_of_theirs(stage: Stage) -> None:
    decision = stage.judges(mail_from(DORA, references=[stage.ids["our id"], stage.ids["customer's id"]]), Level.A3)
    assert decision.evidence["strength"] == "K2"
