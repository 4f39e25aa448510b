"""What is kept and offered while somebody writes: the draft and its files, people to write to, colleagues to name."""

from datetime import UTC, datetime

from flask import Response, abort, jsonify, request, url_for
from flask.typing import ResponseReturnValue

from models.actions.drafts import Begun, put_in, save_draft, take_out
from models.actions.messages import StoredFile
from models.database import db
from models.draft import DraftFile
from models.errors import Invalid
from models.queries.conversations import draft_file_of
from models.queries.known_people import known_people
from models.queries.mentions import nameable_on
from models.queries.tickets import ticket_seen_by
from webapp.auth import current_user, for_staff
from webapp.inbox.attachments import MAX_SHOWN, content_of, guarded, picture_type
from webapp.inbox.blueprint import inbox, visibility
from webapp.inbox.cards import size_in_words
from webapp.uploads import sent_files

MOST_ADDRESSES = 60
NO_PICTURE = "this is no picture that can stand among words: attach it as a file"


@inbox.put("/tickets/<int:ticket_id>/drafts/<mode>")
@for_staff
def draft(ticket_id: int, mode: str) -> ResponseReturnValue:
    """Keep what is being written. Answers when it was kept."""
    ticket_seen_by(current_user(), visibility(), ticket_id)
    form = request.form
    begun = Begun(form.get("body", ""), form.get("html", ""), addressed())
    save_draft(ticket_id, current_user().id, mode, begun)
    db.session.commit()
    return {"saved_at": datetime.now(UTC).isoformat(timespec="seconds")}


def addressed() -> dict[str, object] | None:
    """Whom it is for, where the page says so."""
    form = request.form
    kept: dict[str, object] = {
        place: [address[:320] for address in form.getlist(place) if address][:MOST_ADDRESSES]
        for place in ("to", "cc")
        if place in form
    }
    if form.get("message", type=int) is not None:
        kept["message"] = form.get("message", type=int)
    return kept or None


@inbox.post("/tickets/<int:ticket_id>/drafts/<mode>/files/")
@for_staff
def put_files(ticket_id: int, mode: str) -> ResponseReturnValue:
    """Put the files of the request into the draft; with `inline` they are pictures to stand among the words."""
    ticket_seen_by(current_user(), visibility(), ticket_id)
    is_inline = "inline" in request.form
    files = [as_picture(file) if is_inline else file for file in sent_files()]
    rows = put_in(ticket_id, current_user().id, mode, files)
    db.session.commit()
    return jsonify(files=[told(row) for row in rows])


def as_picture(file: StoredFile) -> StoredFile:
    """Its type by its bytes, whatever it was called. Raises `Invalid` for what a browser would not draw."""
    kind = picture_type(content_of(file)) if file.size <= MAX_SHOWN else None
    if kind is None:
        raise Invalid("files", NO_PICTURE)
    return StoredFile(file.blob_sha256, file.filename, kind, file.size, is_inline=True)


def told(row: DraftFile) -> dict[str, object]:
    return {
        "id": row.id,
        "name": row.filename,
        "size": size_in_words(row.size),
        "cid": row.content_id,
        "url": url_for("inbox.draft_picture", file_id=row.id),
    }


@inbox.delete("/tickets/<int:ticket_id>/drafts/files/<int:file_id>/")
@for_staff
def take_file_out(ticket_id: int, file_id: int) -> ResponseReturnValue:
    ticket_seen_by(current_user(), visibility(), ticket_id)
    take_out(ticket_id, current_user().id, file_id)
    db.session.commit()
    return "", 204


@inbox.get("/drafts/files/<int:file_id>/picture")
@for_staff
def draft_picture(file_id: int) -> Response:
    """A picture of one's own draft, drawn while one writes."""
    file = draft_file_of(current_user().id, file_id)
    content = content_of(file) if file.size <= MAX_SHOWN else b""
    kind = picture_type(content)
    if kind is None:
        abort(404, NO_PICTURE)
    return guarded(Response(content, content_type=kind))


@inbox.get("/tickets/<int:ticket_id>/people/")
@for_staff
def people(ticket_id: int) -> ResponseReturnValue:
    """Who is meant by `?q=`, the beginning of an address or a name."""
    ticket_seen_by(current_user(), visibility(), ticket_id)
    found = known_people(current_user(), visibility(), ticket_id, request.args.get("q", "")[:100])
    return jsonify(people=[{"address": each.address, "name": each.name} for each in found])


@inbox.get("/tickets/<int:ticket_id>/colleagues/")
@for_staff
def colleagues(ticket_id: int) -> ResponseReturnValue:
    """Who of the team can be named in a note on the ticket: whoever may see it."""
    ticket_seen_by(current_user(), visibility(), ticket_id)
    team = nameable_on(ticket_id, visibility())
    return jsonify(
        people=[{"username": each.username, "name": each.full_name or each.username} for each in team if each.id != current_user().id]
    )
