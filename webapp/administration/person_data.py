"""One person's data, for administrators: taken away as a ZIP, or erased with a proof."""

from flask import Response, current_app, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from models.actions.audit import note_in_audit
from models.actions.erasing import erase_person, proofs_about, remove_blobs
from models.addresses import normalise
from models.app import blobs_of, settings_of
from models.database import db
from models.erasure import Erasure
from models.errors import DeskError, Invalid, NotFound
from models.people import User
from models.queries.people import user_of_the_desk
from models.queries.person_data import requests_of
from webapp.administration.blueprint import administration
from webapp.auth import for_admins
from webapp.errors import status_of
from webapp.inbox.blueprint import actor, clock
from webapp.person_zip import zip_of


@administration.get("/people-data/<int:user_id>/")
@for_admins
def person_data(user_id: int) -> str:
    return show(user_of_the_desk(user_id))


@administration.get("/people-data/<int:user_id>/export.zip")
@for_admins
def export_person(user_id: int) -> Response:
    """Everything about one person, what the team wrote among itself in a folder of its own."""
    user = user_of_the_desk(user_id)
    note_in_audit(actor(), "user.exported", "user", user.id, user.name)
    db.session.commit()
    return zip_of(user, internal=True)


@administration.post("/people-data/<int:user_id>/")
@for_admins
def erase(user_id: int) -> ResponseReturnValue:
    """Cannot be taken back, and so takes the address typed once more."""
    user = user_of_the_desk(user_id)
    try:
        if request.form.get("confirm", "").strip().lower() != (user.email or user.username).lower():
            raise Invalid("confirm", "type the person's address exactly, so that nobody else is erased")
        proof, blobs = erase_person(user_id, actor(), settings_of(current_app).signing_keys)
    except DeskError as refusal:
        db.session.rollback()
        return show(user_of_the_desk(user_id), refusal.detail), status_of(refusal)
    db.session.commit()
    remove_blobs(blobs_of(current_app), blobs)
    return redirect(url_for("administration.erasure_proof", erasure_id=proof.id), 303)


@administration.get("/erasures/<int:erasure_id>/")
@for_admins
def erasure_proof(erasure_id: int) -> str:
    proof = db.session.get(Erasure, erasure_id)
    if proof is None:
        raise NotFound("there is no such proof")
    return render_template("pages/erasure.html", page="people", proofs=[proof], clock=clock(), asked="")


@administration.get("/erasures/")
@for_admins
def find_proofs() -> str:
    """Whether somebody was erased: only who knows the address can ask."""
    asked = request.args.get("address", "").strip()[:320]
    try:
        found = proofs_about(normalise(asked), settings_of(current_app).signing_keys) if asked else ()
    except ValueError:
        found = ()
    return render_template("pages/erasure.html", page="people", proofs=found, clock=clock(), asked=asked)


def show(person: User, error: str = "") -> str:
    return render_template("pages/person_data.html", page="people", person=person, error=error, requests=len(requests_of(person, deleted_too=True)))
