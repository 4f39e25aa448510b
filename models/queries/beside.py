"""What may lie beside a conversation: one statement says which of it there is, and only that is then asked for.

On most tickets there is no draft, no note, no link, nothing suggested and nobody who follows: without this each page asked
a dozen times for nothing.
"""

from dataclasses import dataclass
from functools import cache

from sqlalchemy import BigInteger, Select, bindparam, func, select, union_all

from models.ai_draft import AiDraft
from models.attention import Follower, TicketRead
from models.draft import Draft, DraftFile
from models.message import Attachment, Message
from models.people import User
from models.person_note import PersonNote
from models.queries.counting import Count, Statement, answers, in_one, up_to
from models.queries.readers import TICKET, VIEWER, spelt_out
from models.queries.suppression import in_force
from models.suppression import Suppression
from models.ticket import Participant, SuggestedParticipant, Ticket, TicketLink

CUSTOMER = bindparam("customer_id", type_=BigInteger)


@dataclass(frozen=True)
class Beside:
    """For one reader of one ticket: 1 for what there is, 0 for what there is not.

    `stopped`: the desk writes no more to somebody who takes part. `followers` is their number, `follows` whether the
    reader is one of them. `read` is the message up to which he has read the ticket, None where he never opened it.
    """

    drafts: int
    draft_files: int
    ai_drafts: int
    notes: int
    suggestions: int
    links: int
    stopped: int
    files: int
    followers: int
    follows: int
    read: int | None


def beside(ticket: Ticket, viewer: User) -> Beside:
    """Of a ticket that the viewer sees."""
    return Beside(**answers(asked(), ticket_id=ticket.id, viewer_id=viewer.id, customer_id=ticket.customer_id))


@cache
def asked() -> Statement:
    """The statement, the same for every reader and every ticket: written once."""
    mine = (Draft.ticket_id == TICKET, Draft.author_id == VIEWER)
    my_files = (DraftFile.ticket_id == TICKET, DraftFile.author_id == VIEWER)
    files = select(Attachment.id).join(Message, Message.id == Attachment.message_id).where(Message.ticket_id == TICKET)
    stopped = select(Participant.id).join(Suppression, Suppression.address == Participant.address)
    suggested = (SuggestedParticipant.ticket_id == TICKET, SuggestedParticipant.outcome.is_(None))
    questions: dict[str, Count] = {
        "drafts": there_is(select(Draft.id).where(*mine)),
        "draft_files": there_is(select(DraftFile.id).where(*my_files)),
        "ai_drafts": there_is(select(AiDraft.id).where(AiDraft.ticket_id == TICKET, AiDraft.asked_by_id == VIEWER)),
        "notes": there_is(select(PersonNote.id).where(PersonNote.person_id == CUSTOMER)),
        "suggestions": there_is(select(SuggestedParticipant.id).where(*suggested)),
        "links": linked(),
        "stopped": there_is(stopped.where(Participant.ticket_id == TICKET, Participant.left_at.is_(None), in_force())),
        "files": there_is(files),
        "followers": select(func.count()).where(Follower.ticket_id == TICKET),
        "follows": select(func.count()).where(Follower.ticket_id == TICKET, Follower.user_id == VIEWER),
        "read": select(TicketRead.message_id).where(TicketRead.ticket_id == TICKET, TicketRead.user_id == VIEWER),
    }
    return spelt_out(in_one(questions))


def linked() -> Count:
    """Links, and tickets that go on from this one; on which one it goes on itself, the ticket says."""
    follow_ups = select(Ticket.id).where(Ticket.follow_up_of_id == TICKET)
    return up_to(union_all(select(TicketLink.other_id).where(TicketLink.ticket_id == TICKET), follow_ups), 1)


def there_is(wanted: Select[tuple[int]]) -> Count:
    return up_to(wanted, 1)
