"""What an agent does about the people of a ticket: adds and removes them, writes notes, and an administrator lifts a stop."""

from dataclasses import dataclass
from datetime import datetime, timedelta, timezone
from email.utils import parsedate_to_datetime

from flask import redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from models.actions.participants import add_participant, remove_participant
from models.actions.person_notes import note_about, remove_note
from models.actions.suppression import lift
from models.addresses import typed_address
from models.database import db
from models.errors import NotFound
from models.queries.history import customer_seen_by, newest_mail_opening, notes_about, page_of_tickets
from models.queries.matters import answered_like, fitting, matter_of
from models.queries.suppression import suppression_of
from models.queries.tickets import ticket_seen_by
from webapp.auth import current_user, for_staff
from webapp.inbox.blueprint import actor, clock, inbox, visibility, wants_part
from webapp.inbox.moving import shown
from webapp.inbox.person import note_lines
from webapp.inbox.looking import view_here
from webapp.inbox.view_models import face_of_user, row_of
from webapp.mail_flow.view_models import headers_of

PAGE = 25
MOST_ALIKE = 3
LONGEST_ANSWER = 600  # characters of how a similar ticket was answered


@dataclass(frozen=True)
class Told:
    """What the newest mail of a person tells of him: his languages, and how far his clock is from UTC, in words."""

    languages: str = ""
    offset: str = ""
    now: str = ""  # the time on his clock


@inbox.post("/inbox/<view_name>/t/<int:ticket_id>/participants/")
@for_staff
def add_person(view_name: str, ticket_id: int) -> ResponseReturnValue:
    ticket_seen_by(current_user(), visibility(), ticket_id)
    add_participant(ticket_id, request.form.get("address", ""), actor())
    db.session.commit()
    return shown(view_name, ticket_id, _("Added: gets what is written from now on"))


@inbox.post("/inbox/<view_name>/t/<int:ticket_id>/participants/<int:participant_id>/remove/")
@for_staff
def remove_person(view_name: str, ticket_id: int, participant_id: int) -> ResponseReturnValue:
    ticket_seen_by(current_user(), visibility(), ticket_id)
    remove_participant(ticket_id, participant_id, actor())
    db.session.commit()
    return shown(view_name, ticket_id, _("Removed: gets no more mail of this ticket"))


@inbox.post("/inbox/<view_name>/t/<int:ticket_id>/addresses/")
@for_staff
def write_again(view_name: str, ticket_id: int) -> ResponseReturnValue:
    """Lift the stop on an address of this ticket; for administrators."""
    ticket = ticket_seen_by(current_user(), visibility(), ticket_id)
    address = typed_address(request.form.get("address", ""), "address")
    if address not in {each.address for each in ticket.participants}:
        raise NotFound("this address does not take part in the ticket")
    lift(address, actor())
    db.session.commit()
    return shown(view_name, ticket_id, _("The desk writes to this address again"))


@inbox.get("/inbox/<view_name>/t/<int:ticket_id>/similar/")
@for_staff
def similar(view_name: str, ticket_id: int) -> ResponseReturnValue:
    """Tickets like this one that were answered, without the people in them."""
    ticket = ticket_seen_by(current_user(), visibility(), ticket_id)
    matter = matter_of(ticket, current_user())
    found = [(each.row, each.title, each.answer[:LONGEST_ANSWER]) for each in fitting(matter, answered_like(matter), MOST_ALIKE)]
    page = "pages/_similar.html" if wants_part() else "pages/similar.html"
    return render_template(page, page="inbox", view=view_here(view_name), ticket=ticket, found=found)


@inbox.get("/people/<int:user_id>/")
@for_staff
def person(user_id: int) -> ResponseReturnValue:
    """All the team knows of a customer: for whoever sees a ticket of his."""
    viewer, now = current_user(), clock()
    someone = customer_seen_by(viewer, visibility(), user_id)
    tickets = page_of_tickets(user_id, viewer, visibility(), request.args.get("cursor", "")[:500], PAGE)
    return render_template(
        "pages/person.html",
        page="inbox",
        person=someone,
        mark=face_of_user(someone),
        since=now.when(someone.created_at),
        stop=suppression_of(someone.email or ""),
        told=told_by(newest_mail_opening(user_id), now.now),
        notes=note_lines(notes_about(user_id), viewer, now),
        rows=[(row_of(ticket, now, None), ticket.ref) for ticket in tickets.rows],
        older=tickets.next,
    )


@inbox.post("/people/<int:user_id>/notes/")
@for_staff
def add_note_about(user_id: int) -> ResponseReturnValue:
    note_about(customer_seen_by(current_user(), visibility(), user_id), request.form.get("note", ""), actor())
    db.session.commit()
    return back_to_where_it_was(user_id, _("Noted"))


@inbox.post("/people/<int:user_id>/notes/<int:note_id>/remove/")
@for_staff
def remove_note_about(user_id: int, note_id: int) -> ResponseReturnValue:
    remove_note(customer_seen_by(current_user(), visibility(), user_id), note_id, actor())
    db.session.commit()
    return back_to_where_it_was(user_id, _("The note is gone"))


def back_to_where_it_was(user_id: int, toast: str) -> ResponseReturnValue:
    """To the conversation whose panel it was written in, else to the person's own page."""
    ticket_id, view_name = request.args.get("ticket", type=int), request.args.get("view", "")
    if ticket_id is None:
        return redirect(url_for("inbox.person", user_id=user_id), 303)
    return shown(view_name, ticket_id, toast)


def told_by(opening: bytes, now: datetime) -> Told:
    """Read from the headers `Date` (its zone, RFC 5322) and `Content-Language`, `Accept-Language` (RFC 3282)."""
    headers = {name.lower(): value for name, value in headers_of(opening)}
    languages = headers.get("content-language") or headers.get("accept-language", "")
    try:
        ahead = parsedate_to_datetime(headers.get("date", "")).utcoffset()
    except (ValueError, TypeError, OverflowError):
        ahead = None
    if ahead is None or abs(ahead) > timedelta(hours=15):
        return Told(languages[:100])
    zone = timezone(ahead)
    return Told(languages[:100], f"UTC{now.astimezone(zone):%z}", f"{now.astimezone(zone):%H:%M}")
