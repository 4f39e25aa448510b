"""One act on many tickets: asked for from the list, followed by its progress, taken back."""

from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from flask import jsonify, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from sqlalchemy import ColumnElement, select

from models.actions.bulk import MOST_TICKETS, ask_for_bulk, may_be_undone, put_away, undo_bulk
from models.bulk import Act, BulkJob, BulkState
from models.database import db
from models.errors import Invalid
from models.queries.bulk import Refusals, bulk_of, bulk_to_show, refusals_of
from models.queries.counting import up_to
from models.queries.people import people_by_id
from models.queries.places import place_named
from models.queries.rights import visible_to
from models.queries.search import within_patience
from models.queries.tickets import standing_in
from models.ticket import Priority, Status, Ticket, ref_of
from webapp.auth import current_user, for_staff
from webapp.inbox.blueprint import actor, assignable, clock, inbox, visibility, wants_part
from webapp.inbox.looking import looking_at, view_here
from webapp.inbox.snooze_times import WAKE, moment_typed, snooze_choices
from webapp.inbox.ticket_fields import agent_named
from webapp.inbox.view_models import PRIORITY_WORDS, STATUS_WORDS, Choice, face_of_user
from webapp.sidebar import sidebar_figures

MOST_PICKED = 1000  # ids in one form; more are named by their view
SETTABLE = ("IN_PROGRESS", "WAITING_ON_CUSTOMER", "RESOLVED", "CLOSED")


@dataclass(frozen=True)
class Progress:
    """A job as its line above the list shows it."""

    id: int
    said: str
    done: int
    total: int
    refused: int
    is_done: bool
    is_undo: bool
    may_be_undone: bool
    refusals: tuple[Refusals, ...]

    @property
    def gone_through(self) -> int:
        return self.done + self.refused


@inbox.post("/inbox/<view_name>/bulk/")
@for_staff
def bulk(view_name: str) -> ResponseReturnValue:
    """What the bar above the list asks for: `do` is an act and its value, `id` the tickets, or `all` of the list."""
    view = view_here(view_name)
    act, value = asked_for()
    with within_patience():
        job = ask_for_bulk(current_user(), visibility(), act, value, chosen_tickets(view_name))
    db.session.commit()
    if wants_part():
        return show(job)
    return redirect(url_for("inbox.view", view_name=view.name, **looking_at(view).kept), 303)


def asked_for() -> tuple[str, dict[str, Any]]:
    """The act and its value. Raises `Invalid`."""
    act, _, value = request.form.get("do", "").partition(":")
    match act:
        case Act.ASSIGN:
            return act, {"agent": agent_named(value)}
        case Act.STATUS | Act.PRIORITY:
            return act, {str(act): value}
        case Act.TAG | Act.UNTAG:
            return act, {"tag": request.form.get("tag", "")}
        case Act.SNOOZE:
            typed = value or request.form.get("until", "")
            return act, {"until": None if typed == WAKE else moment_typed(typed, clock())}
        case Act.MERGE:
            return act, {"into": place_named(request.form.get("into", ""), current_user(), visibility())}
        case _:
            raise Invalid("do", "choose what to do with the tickets")


def chosen_tickets(view_name: str) -> list[ColumnElement[bool]]:
    if request.form.get("all"):
        looking = looking_at(view_here(view_name))
        return standing_in(looking.view, current_user(), looking.wanted)
    ids = request.form.getlist("id", type=int)
    if not 0 < len(ids) <= MOST_PICKED:
        raise Invalid("id", f"choose some tickets, {MOST_PICKED} at most; or all of the list")
    return [Ticket.id.in_(ids)]


@inbox.get("/inbox/<view_name>/number/")
@for_staff
def number(view_name: str) -> ResponseReturnValue:
    """How many tickets 'all of the list' would be, up to the most that one job takes."""
    looking = looking_at(view_here(view_name))
    with within_patience():
        standing = select(Ticket.id).where(visible_to(current_user(), visibility()), *standing_in(looking.view, current_user(), looking.wanted))
        found = db.session.scalar(up_to(standing, MOST_TICKETS))
    return jsonify(number=found, most=MOST_TICKETS)


@inbox.get("/bulk/<int:job_id>/")
@for_staff
def bulk_progress(job_id: int) -> ResponseReturnValue:
    """How it is getting on: asked again and again by the line itself while it is under way."""
    return show(bulk_of(current_user(), job_id))


@inbox.post("/bulk/<int:job_id>/undo/")
@for_staff
def bulk_undo(job_id: int) -> ResponseReturnValue:
    undoing = undo_bulk(job_id, actor())
    db.session.commit()
    return show(undoing) if wants_part() else redirect(url_for("inbox.index"), 303)


@inbox.post("/bulk/<int:job_id>/seen/")
@for_staff
def bulk_seen(job_id: int) -> ResponseReturnValue:
    put_away(job_id, actor())
    db.session.commit()
    return show(None) if wants_part() else redirect(url_for("inbox.index"), 303)


def show(job: BulkJob | None) -> str:
    return render_template("pages/_bulk_progress.html", bulk_shown=progress_of(job))


def progress_of(job: BulkJob | None) -> Progress | None:
    if job is None:
        return None
    refusals = tuple(refusals_of(job)) if job.refused else ()
    is_done = job.state == BulkState.DONE
    return Progress(
        job.id, words_of(job), job.done, job.total, job.refused, is_done, job.act == Act.UNDO, is_done and may_be_undone(job) and job.done > 0, refusals
    )


def bulk_under_way() -> Progress | None:
    """For a whole page: what the reader has asked for lately and not put away."""
    return progress_of(bulk_to_show(current_user())) if sidebar_figures().bulk_jobs else None


def bulk_choices() -> dict[str, tuple[Choice, ...]]:
    """What the menus of the bar offer; times from the whole minute on, so that they are the same for a while."""
    me, now = current_user(), clock()
    others = [agent for agent in assignable() if agent.id != me.id]
    return {
        "assign": (
            Choice(str(me.id), _("%(name)s (you)", name=me.name), face=face_of_user(me)),
            Choice("", _("Nobody")),
            *(Choice(str(agent.id), agent.name, face=face_of_user(agent)) for agent in others),
        ),
        "status": tuple(Choice(each, str(label)) for each, label in STATUS_WORDS.items() if each in SETTABLE),
        "priority": tuple(Choice(each, str(label)) for each, label in reversed(PRIORITY_WORDS.items())),
        "snooze": snooze_choices(replace(now, now=now.now.replace(second=0, microsecond=0))),
    }


def words_of(job: BulkJob) -> str:
    """What is done, in the reader's language, to be read after 'tickets'."""
    value = job.value
    match job.act:
        case Act.ASSIGN if value["agent"] is None:
            return _("assigned to nobody")
        case Act.ASSIGN:
            agent = people_by_id([value["agent"]]).get(value["agent"])
            return _("assigned to %(name)s", name=agent.name if agent else "?")
        case Act.STATUS:
            return _("set to “%(status)s”", status=STATUS_WORDS[Status(value["status"])])
        case Act.PRIORITY:
            return _("given the priority “%(priority)s”", priority=PRIORITY_WORDS[Priority(value["priority"])])
        case Act.TAG:
            return _("tagged “%(tag)s”", tag=value["tag"])
        case Act.UNTAG:
            return _("freed of the tag “%(tag)s”", tag=value["tag"])
        case Act.SNOOZE if value["until"] is None:
            return _("woken")
        case Act.SNOOZE:
            return _("snoozed until %(date)s", date=clock().when(datetime.fromisoformat(value["until"])).date)
        case Act.MERGE:
            return _("merged into %(ref)s", ref=ref_of(value["into"]))
        case _:
            return _("taken back")
