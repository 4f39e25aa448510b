"""Merging tickets: finding the one that stays, looking at both, and doing it; splitting; and the way back from either."""

from collections.abc import Sequence
from dataclasses import dataclass

from flask import redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from sqlalchemy import select

from models.actions.merging import merge, undo_merge
from models.actions.splitting import split, undo_split
from models.actions.tickets import assign
from models.database import db
from models.people import Role, User
from models.queries.places import places_for
from models.queries.search import search
from models.queries.ticket_list import Filters
from models.queries.tickets import View, ticket_seen_by
from models.search_words import read_search
from models.text import clean_text
from models.ticket import Participant, Status, Ticket
from webapp.auth import current_user, for_staff
from webapp.clock import Clock
from webapp.inbox.blueprint import actor, clock, inbox, visibility, wants_part
from webapp.inbox.desk import changed_parts
from webapp.inbox.looking import view_here
from webapp.inbox.ticket_fields import answer
from webapp.inbox.view_models import Row, row_of

AT = "/inbox/<view_name>/t/<int:ticket_id>"


@dataclass(frozen=True)
class Side:
    """One of the two tickets, as it is looked at before they become one."""

    row: Row
    ref: str
    mailbox_id: int
    people: tuple[str, ...]


@dataclass(frozen=True)
class Newcomer:
    """Somebody of the ticket that ends who takes no part in the other one."""

    id: int
    words: str


@dataclass(frozen=True)
class Merge:
    """The dialog: while no other ticket is chosen, `offered` are those that may be meant."""

    view: View
    ticket_id: int
    ends: Side
    stays: Side | None
    typed: str
    offered: tuple[tuple[str, Row], ...]
    newcomers: tuple[Newcomer, ...]


@inbox.get(f"{AT}/merge/")
@for_staff
def merge_dialog(view_name: str, ticket_id: int) -> ResponseReturnValue:
    """Choose the other ticket by reference or search (`q`), or look at both (`into`)."""
    view, ticket = view_here(view_name), ticket_seen_by(current_user(), visibility(), ticket_id)
    now, typed = clock(), clean_text(request.args.get("q", ""), 200).strip()
    into = request.args.get("into", type=int)
    other = ticket_seen_by(current_user(), visibility(), into) if into and into != ticket_id else None
    shown = Merge(
        view,
        ticket_id,
        side_of(ticket, now),
        side_of(other, now) if other else None,
        typed,
        () if other else tuple((each.ref, row_of(each, now, None)) for each in offered(ticket, typed)),
        newcomers(ticket, other) if other else (),
    )
    return render_template("pages/_merge.html" if wants_part() else "pages/merge.html", merge=shown, page="")


def offered(ticket: Ticket, typed: str) -> Sequence[Ticket]:
    """What was looked for, else what has to do with this ticket; of this mailbox, and living."""
    if typed:
        found = [each.ticket for each in search(current_user(), visibility(), read_search(typed), Filters(mailbox_id=ticket.mailbox_id)).found]
    else:
        found = list(places_for(ticket, current_user(), visibility()))
    living = [each for each in found if each.id != ticket.id and each.merged_into_id is None and each.status != Status.CLOSED]
    ids = [each.id for each in living[:8]]
    return [ticket_seen_by(current_user(), visibility(), each) for each in ids]


def side_of(ticket: Ticket, now: Clock) -> Side:
    people = tuple(each.address for each in ticket.participants if each.left_at is None)
    return Side(row_of(ticket, now, None), ticket.ref, ticket.mailbox_id, people)


def newcomers(ends: Ticket, stays: Ticket) -> tuple[Newcomer, ...]:
    there = {each.address for each in stays.participants if each.left_at is None}
    named = select(Participant, User.full_name).join(User, User.id == Participant.user_id)
    rows = db.session.execute(named.where(Participant.ticket_id == ends.id, Participant.left_at.is_(None)).order_by(Participant.id))
    return tuple(
        Newcomer(each.id, f"{name} <{each.address}>" if name else each.address) for each, name in rows if each.address not in there
    )


@inbox.post(f"{AT}/merge/")
@for_staff
def change_merge(view_name: str, ticket_id: int) -> ResponseReturnValue:
    """Let this ticket go on in another; `let_in` are people of this one who take part there from now on."""
    view = view_here(view_name)
    ticket_seen_by(current_user(), visibility(), ticket_id)
    into = ticket_seen_by(current_user(), visibility(), request.form.get("into", 0, type=int)).id
    merged = merge(ticket_id, into, actor(), request.form.getlist("let_in", type=int))
    db.session.commit()
    said = _("%(ref)s goes on in %(other)s", ref=merged.ended.ref, other=merged.stays.ref)
    if not wants_part():
        return redirect(url_for("inbox.ticket", view_name=view.name, ticket_id=into), 303)
    back = url_for("inbox.unmerge", view_name=view.name, ticket_id=ticket_id)
    return changed_parts(view_name, ticket_id, at_least=request.args.get("shown", 0, type=int), toast=said, undo=back)


@inbox.post(f"{AT}/merge/undo/")
@for_staff
def unmerge(view_name: str, ticket_id: int) -> ResponseReturnValue:
    """Make two tickets of one again."""
    ticket_seen_by(current_user(), visibility(), ticket_id)
    merged = undo_merge(ticket_id, actor())
    ticket_seen_by(current_user(), visibility(), merged.stays.id)  # it loses messages: who sees only one half undoes nothing
    db.session.commit()
    return answer(view_name, ticket_id, _("%(ref)s stands by itself again", ref=merged.ended.ref))


@inbox.post(f"{AT}/split/")
@for_staff
def change_split(view_name: str, ticket_id: int) -> ResponseReturnValue:
    """The chosen messages get a ticket of their own."""
    view = view_here(view_name)
    ticket_seen_by(current_user(), visibility(), ticket_id)
    done = split(ticket_id, request.form.getlist("message", type=int), actor(), request.form.get("subject", ""))
    if current_user().role == Role.AGENT and visibility() == "assigned" and done.new.assigned_agent_id is None:
        assign(done.new.id, current_user().id, actor())  # where agents see their own tickets only, it must not leave his sight
    db.session.commit()
    if not wants_part():
        return redirect(url_for("inbox.ticket", view_name=view.name, ticket_id=done.new.id), 303)
    back = url_for("inbox.unsplit", view_name=view.name, ticket_id=done.new.id)
    at_least = request.args.get("shown", 0, type=int)
    return changed_parts(view_name, ticket_id, at_least=at_least, toast=_("Split off as %(ref)s", ref=done.new.ref), undo=back)


@inbox.post(f"{AT}/split/undo/")
@for_staff
def unsplit(view_name: str, ticket_id: int) -> ResponseReturnValue:
    """Bring the messages back to where they were split from."""
    ticket_seen_by(current_user(), visibility(), ticket_id)
    done = undo_split(ticket_id, actor())
    ticket_seen_by(current_user(), visibility(), done.left.id)
    db.session.commit()
    return answer(view_name, done.left.id, _("Back on %(ref)s", ref=done.left.ref))
