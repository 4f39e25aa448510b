"""Writing down something about a person, for the team alone, and taking it away again."""

from sqlalchemy import func, select

from models.actor import Actor
from models.database import db
from models.errors import Conflict, Forbidden, Invalid, NotFound
from models.people import Role, User
from models.person_note import PersonNote
from models.text import clean_text

MAX_NOTE = 2_000
MOST_NOTES = 50


def note_about(person: User, body: str, actor: Actor) -> PersonNote:
    """Keep a note about a customer. Raises `Invalid`, `Forbidden`, `Conflict` where there are too many."""
    if not actor.is_staff or actor.id is None:
        raise Forbidden("only agents write notes about people")
    if person.role != Role.CUSTOMER:
        raise Conflict("notes are about customers, not about the team")
    body = clean_text(body, MAX_NOTE).strip()
    if not body:
        raise Invalid("note", "write something first")
    if (db.session.scalar(select(func.count()).where(PersonNote.person_id == person.id)) or 0) >= MOST_NOTES:
        raise Conflict(f"there are {MOST_NOTES} notes about this person: take one away first")
    note = PersonNote(person_id=person.id, author_id=actor.id, author_name=actor.name, body=body)
    db.session.add(note)
    db.session.flush()
    return note


def remove_note(person: User, note_id: int, actor: Actor) -> None:
    """Its author takes it away, or an administrator does. Raises `NotFound`, `Forbidden`."""
    note = db.session.get(PersonNote, note_id)
    if note is None or note.person_id != person.id:
        raise NotFound("there is no such note")
    if actor.role != Role.ADMIN and note.author_id != actor.id:
        raise Forbidden("only whoever wrote a note, or an administrator, takes it away")
    db.session.delete(note)
