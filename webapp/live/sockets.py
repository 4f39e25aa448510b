"""The sockets `/ws/inbox/` and `/ws/tickets/<id>/`: ids and kinds out, presence in."""

import json
import logging
import queue
import time
from collections.abc import Callable

import jwt as pyjwt
from flask import Flask, current_app, request
from flask_jwt_extended import decode_token, verify_jwt_in_request
from flask_jwt_extended.exceptions import JWTExtendedException
from flask_jwt_extended.utils import get_jwt
from flask_sock import Sock
from simple_websocket import ConnectionClosed, Server
from sqlalchemy.exc import SQLAlchemyError

from models.actions.people import has_the_desk_open
from models.actions.second_factors import must_set_up
from models.app import settings_of
from models.database import db
from models.errors import NotFound
from models.people import User
from models.queries.events import Position, end_of_log, events_after, position_of
from models.queries.people import user_signed_in
from models.queries.rights import viewers_of
from models.queries.tickets import ticket_seen_by
from webapp.auth import is_our_origin
from webapp.live.hub import CLOSE, Hub, Listener
from webapp.live.relay import NOT_FOR_BROWSERS, Relay, frame_of, is_for

log = logging.getLogger(__name__)

NOT_SIGNED_IN, NO_RIGHT, NO_TICKET, TOO_MUCH, OUR_TROUBLE, NO_ROOM = 4401, 4403, 4404, 1008, 1011, 1013
MOST_RESUMED = 500
MESSAGES_A_SECOND = 20
LARGEST_ID = 2**63 - 1


class Refused(Exception):
    """A socket that is closed before anything is sent on it."""

    def __init__(self, code: int, reason: str) -> None:
        super().__init__(reason)
        self.code = code
        self.reason = reason


def init_app(app: Flask, rights_are_fresh: float) -> None:
    """`rights_are_fresh`: after so many seconds an open socket is asked again who holds it, and what he may see."""
    app.config["SOCK_SERVER_OPTIONS"] = {"ping_interval": 25, "max_message_size": 4096}
    sock = Sock(app)
    app.before_request(agree_on_no_compression)

    @sock.route("/ws/inbox/")
    def inbox(ws: Server) -> None:
        serve(ws, None, rights_are_fresh)

    @sock.route("/ws/tickets/<int:ticket_id>/")
    def ticket(ws: Server, ticket_id: int) -> None:
        serve(ws, ticket_id, rights_are_fresh)


def agree_on_no_compression() -> None:
    """A socket that inflates can be sent a bomb, and our frames are too short to gain by it (H-151)."""
    if request.path.startswith("/ws/"):
        request.environ.pop("HTTP_SEC_WEBSOCKET_EXTENSIONS", None)


def serve(ws: Server, ticket_id: int | None, rights_are_fresh: float) -> None:
    """Run one socket to its end. Nothing may escape: Flask would write an HTTP error into the socket."""
    try:
        talk(ws, ticket_id, rights_are_fresh)
    except Refused as refused:
        end(ws, refused.code, refused.reason)
    except ConnectionClosed:
        pass  # the browser went away, as browsers do
    except Exception:
        log.exception("a socket broke")
        end(ws, OUR_TROUBLE, "something broke on our side")
    finally:
        db.session.remove()


def end(ws: Server, code: int, reason: str) -> None:
    """Close the socket, and hold no connection to the database while its browser takes that in."""
    db.session.remove()
    try:
        ws.close(code, reason)
    except (ConnectionClosed, OSError):
        pass  # it is closed already


def talk(ws: Server, ticket_id: int | None, rights_are_fresh: float) -> None:
    user, sign_in_id = whose_socket()
    if ticket_id is not None:
        require_ticket(user, ticket_id)
    elif not user.is_staff:
        raise Refused(NO_RIGHT, "the inbox is for the team")
    hub: Hub = current_app.extensions["postroom.hub"]
    if not hub.has_room():
        raise Refused(NO_ROOM, "all places for live updates are taken: the page looks by itself")
    relay: Relay = current_app.extensions["postroom.relay"]
    listener = Listener(user.id, user.name, user.is_staff, ticket_id, ws.event.set)
    if user.is_staff:
        has_the_desk_open(user.id)
        db.session.commit()
    db.session.remove()  # nobody holds a connection while he waits
    relay.ensure_running()
    if not hub.join(listener):
        raise Refused(TOO_MUCH, "too many windows are open")
    try:
        listener.has_caught_up(catch_up(listener))
        db.session.remove()  # the socket may live for hours and must not hold a connection
        pump(ws, hub, listener, Fresh(rights_are_fresh, lambda: check_rights(listener, sign_in_id)))
    finally:
        hub.leave(listener)


def whose_socket() -> tuple[User, int]:
    """The person behind `?token=` or the page's cookie, the latter only from a page of ours."""
    origin = request.headers.get("Origin")
    token = request.args.get("token")
    try:
        if token is None:
            if origin is None or not is_our_origin(origin):
                raise Refused(NO_RIGHT, "this page is not ours")
            verify_jwt_in_request(locations=["cookies"])
            claims = get_jwt()
        else:
            claims = decode_token(token)
            if claims.get("type") != "access":
                raise Refused(NOT_SIGNED_IN, "this is not an access token")
        user = user_signed_in(int(claims["sub"]), int(claims["sid"]))
    except (JWTExtendedException, pyjwt.PyJWTError, ValueError, KeyError):
        raise Refused(NOT_SIGNED_IN, "sign in first") from None
    if user is None or must_set_up(user):
        raise Refused(NOT_SIGNED_IN, "sign in first")
    return user, int(claims["sid"])


def require_ticket(user: User, ticket_id: int) -> None:
    try:
        if ticket_id > LARGEST_ID:
            raise NotFound("there is no such ticket")
        ticket_seen_by(user, settings_of(current_app).agent_visibility, ticket_id)
    except NotFound:
        raise Refused(NO_TICKET, "there is no such ticket, or it is not yours to see") from None


def catch_up(listener: Listener) -> Position:
    """Send what a reconnecting page has missed, or tell it to load itself again. How far it knows the log now."""
    asked = request.args.get("last_event_id", "")
    if not (asked.isascii() and asked.isdecimal()):
        return end_of_log()
    position = position_of(int(asked)) if len(asked) <= 18 else None
    missed, position = events_after(position, MOST_RESUMED) if position else ((), None)
    if position is None or len(missed) == MOST_RESUMED:
        listener.resync()
        return end_of_log()
    visibility = settings_of(current_app).agent_visibility
    for event in missed:
        if event.kind in NOT_FOR_BROWSERS or listener.ticket_id not in (None, event.ticket_id):
            continue
        if is_for(event, listener, viewers_of(event.ticket_id, [listener.user_id], visibility), visibility):
            listener.send(frame_of(event))
    return position


def pump(ws: Server, hub: Hub, listener: Listener, rights: "Fresh") -> None:
    """Carry frames out and presence in until either side ends it. This thread alone writes to the socket."""
    talkative = Talkative()
    while True:
        # The server's own event: set by its reader thread and by `Listener.wake`, so nobody polls.
        ws.event.wait(rights.seconds)
        ws.event.clear()
        while (said := ws.receive(timeout=0)) is not None:
            talkative.count()
            hear(hub, listener, said)
        if not send_waiting(ws, listener):
            raise Refused(NOT_SIGNED_IN, "signed out")
        rights.keep_fresh()


class Fresh:
    """Asks a question again once the last answer is `seconds` old; the question raises where something is wrong."""

    def __init__(self, seconds: float, ask: Callable[[], None]) -> None:
        self.seconds, self.ask, self.asked = seconds, ask, time.monotonic()

    def keep_fresh(self) -> None:
        if time.monotonic() - self.asked >= self.seconds:
            self.ask()
            self.asked = time.monotonic()


class Talkative:
    """Counts what a browser says, and ends the socket of one that floods."""

    def __init__(self) -> None:
        self.second, self.said = 0, 0

    def count(self) -> None:
        now = int(time.monotonic())
        self.second, self.said = now, self.said + 1 if now == self.second else 1
        if self.said > MESSAGES_A_SECOND:
            raise Refused(TOO_MUCH, "too many messages")


def send_waiting(ws: Server, listener: Listener) -> bool:
    """Send what is queued; False when the socket is to be closed."""
    while True:
        try:
            frame = listener.frames.get_nowait()
        except queue.Empty:
            return True
        if frame is CLOSE:
            return False
        ws.send(frame)


def hear(hub: Hub, listener: Listener, said: str | bytes) -> None:
    """Take presence in, and say when it begins. What we do not understand is ignored: an older or newer page may say it."""
    try:
        message = json.loads(said)
        kind, ticket_id = message["type"], message.get("ticket_id", listener.ticket_id)
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError):
        return
    if kind == "hello":
        listener.send({"type": "live"})  # whoever is heard has caught up: from here on nothing is missed
    elif kind == "left":
        hub.look_at(listener, None, False)
    elif kind in ("viewing", "typing") and type(ticket_id) is int and 0 < ticket_id <= LARGEST_ID:
        if listener.viewing != ticket_id and not may_look(listener, ticket_id):
            return
        hub.look_at(listener, ticket_id, kind == "typing")


def may_look(listener: Listener, ticket_id: int) -> bool:
    try:
        return bool(viewers_of(ticket_id, [listener.user_id], settings_of(current_app).agent_visibility))
    finally:
        db.session.remove()


def check_rights(listener: Listener, sign_in_id: int) -> None:
    """Raises `Refused` where this socket may not go on; a database that does not answer ends nothing."""
    try:
        user = user_signed_in(listener.user_id, sign_in_id)
        if user is None or must_set_up(user):
            raise Refused(NOT_SIGNED_IN, "you are signed out")
        if user.is_staff != listener.is_staff:
            raise Refused(NO_RIGHT, "your role has changed: load the page again")
        if listener.ticket_id is not None:
            require_ticket(user, listener.ticket_id)
        if user.is_staff:
            has_the_desk_open(user.id)
            db.session.commit()
    except SQLAlchemyError as trouble:
        log.warning("a socket goes on unchecked: %s", type(trouble).__name__)
    finally:
        db.session.remove()
