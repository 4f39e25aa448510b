"""Pictures from elsewhere: loaded when an agent asks for them, through this desk, so that the sender does not learn of him.

The key in the address of a picture is made for one message and one sign-in and lasts minutes: whoever is handed the
address can do nothing with it, and no mail can point at another mail's pictures. The address names the picture by its
place in the message, so the desk asks for nothing that does not stand in a mail it has taken.
"""

import hmac
import threading
import time

from flask import Flask, Response, current_app, redirect, request, url_for
from flask.typing import ResponseReturnValue
from flask_jwt_extended import get_jwt

from models.actions.remote_pictures import keep_picture, trust_pictures_no_more, trust_pictures_of
from models.app import blobs_of, settings_of
from models.blobs import BlobDamaged
from models.database import db
from models.errors import Forbidden, NotFound, TooMany
from models.html_rules import PARKED
from models.keys import derived_key
from models.message import Message
from models.queries.conversations import message_seen_by
from models.queries.remote_pictures import picture_kept_of, trusted_by
from webapp.auth import current_user, for_staff, signed_in
from webapp.inbox.attachments import guarded
from webapp.inbox.blueprint import actor, inbox, visibility
from webapp.inbox.parked_pictures import remote_sources, with_sources
from webapp.picture_fetch import NoPicture, Picture, Ways, fetch_picture

KEY_LASTS = 600  # seconds
AT_ONCE = 12  # pictures that one process fetches at the same time: the other threads are for people
PATIENCE = 5.0  # seconds that one more waits for its turn
SEATS = "postroom.picture_seats"


def prepare(app: Flask) -> None:
    app.extensions[SEATS] = threading.BoundedSemaphore(AT_ONCE)


@inbox.post("/messages/<int:message_id>/pictures/")
@for_staff
def show_pictures(message_id: int) -> ResponseReturnValue:
    """The button says how: `show` for this once, `always` for this sender, `ask` again from now on. Answers the frame."""
    message = message_seen_by(current_user(), visibility(), message_id)
    wanted = request.form.get("do", "")
    if wanted == "always":
        if not message.sender_verified:
            raise Forbidden("nothing proves who wrote this mail: its pictures are shown once, and not always")
        trust_pictures_of(message.author_address, actor())
    if wanted == "ask":
        trust_pictures_no_more(message.author_address, actor())
    db.session.commit()
    key = {"pictures": picture_key(message_id)} if wanted in ("show", "always") else {}
    return redirect(url_for("inbox.frame", message_id=message_id, **key), 303)


@inbox.get("/messages/<int:message_id>/pictures/<int:number>/<key>")
@signed_in
def remote_picture(message_id: int, number: int, key: str) -> Response:
    """The picture that stands at that place in the message, counted from 0."""
    message = message_seen_by(current_user(), visibility(), message_id)
    if not is_picture_key(key, message_id):
        raise NotFound("this address was for somebody else, or for a while that is over: open the mail again")
    sources = list(remote_sources(message.body_html))
    if number >= len(sources):
        raise NotFound("there is no such picture in this message")
    try:
        picture = kept_or_fetched(sources[number])
    except NoPicture as none:
        raise NotFound(f"this picture cannot be shown: {none}") from None
    return guarded(Response(picture.content, content_type=picture.content_type))


def kept_or_fetched(url: str) -> Picture:
    """From what was fetched lately, else from where it is. Raises `NoPicture`."""
    kept = picture_kept_of(url)
    if kept is not None and kept.blob_sha256 is None:
        raise NoPicture(kept.trouble)
    if kept is not None:
        try:
            return Picture(blobs_of(current_app).read(kept.blob_sha256 or ""), kept.content_type)
        except (FileNotFoundError, BlobDamaged):
            current_app.logger.warning("a picture kept from elsewhere is gone or damaged, and is fetched again")
    db.session.remove()  # no connection waits for somebody else's server
    try:
        picture = fetched_in_turn(url)
    except NoPicture as none:
        keep_picture(url, None, trouble=str(none))
        db.session.commit()
        raise
    keep_picture(url, blobs_of(current_app).put(picture.content), picture.content_type)
    db.session.commit()
    return picture


def fetched_in_turn(url: str) -> Picture:
    seats: threading.BoundedSemaphore = current_app.extensions[SEATS]
    if not seats.acquire(timeout=PATIENCE):
        raise TooMany("too many pictures are being fetched just now", 5)
    try:
        return fetch_picture(url, Ways(settings_of(current_app).picture_private_addresses))
    finally:
        seats.release()


def pictures_may_be_shown(message: Message) -> bool:
    """Whether the reader has asked for them a moment ago, or once for all mails of this sender that are proved to be his."""
    if is_picture_key(request.args.get("pictures", ""), message.id):
        return True
    reader = current_user()
    if not (reader.is_staff and message.sender_verified and PARKED in message.body_html):
        return False
    return bool(trusted_by(reader.id, [message.author_address]))


def with_remote_pictures(html: str, message_id: int) -> str:
    """Clean `html` with each picture from elsewhere pointing to this desk; those too small to be seen stay away."""
    key = picture_key(message_id)
    return with_sources(html, lambda number: url_for("inbox.remote_picture", message_id=message_id, number=number, key=key))


def picture_key(message_id: int) -> str:
    """What makes this reader's browser able to load the pictures of one message for ten minutes."""
    ends = int(time.time()) + KEY_LASTS
    return f"{ends}.{signed(settings_of(current_app).signing_keys[0], message_id, ends)}"


def is_picture_key(key: str, message_id: int) -> bool:
    ends, _, told = key.partition(".")
    if not (ends.isascii() and ends.isdecimal() and len(ends) <= 12) or int(ends) < time.time() or not told.isascii():
        return False
    return any(hmac.compare_digest(told, signed(secret, message_id, int(ends))) for secret in settings_of(current_app).signing_keys)


def signed(secret: bytes, message_id: int, ends: int) -> str:
    """Over the message, the sign-in and the end, so that it is worth nothing for another mail or in another browser."""
    said = f"{message_id}|{current_user().id}|{get_jwt()['sid']}|{ends}".encode()
    return hmac.digest(derived_key(secret, "pictures").encode(), said, "sha256").hex()[:32]
