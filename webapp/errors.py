"""Errors to answers, in one table: problem JSON for scripts (RFC 9457), a page for people."""

import logging
from http import HTTPStatus
from typing import Any

from flask import Flask, jsonify, make_response, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import lazy_gettext as _l
from psycopg.errors import NumericValueOutOfRange
from sqlalchemy.exc import DataError, OperationalError
from sqlalchemy.exc import TimeoutError as PoolTimeout
from werkzeug.exceptions import HTTPException

from models.blobs import BlobsUnavailable
from models.database import db
from models.errors import Conflict, DeskError, Forbidden, IllegalMove, Invalid, NotFound, StaleView, TooMany
from webapp.auth import NotSignedIn, SecondFactorMissing, SecondFactorNeeded, where_to_sign_in
from webapp.languages import translated

log = logging.getLogger(__name__)

STATUS: tuple[tuple[type[DeskError], HTTPStatus], ...] = (
    (NotSignedIn, HTTPStatus.UNAUTHORIZED),
    (NotFound, HTTPStatus.NOT_FOUND),
    (Forbidden, HTTPStatus.FORBIDDEN),
    (Conflict, HTTPStatus.CONFLICT),
    (Invalid, HTTPStatus.UNPROCESSABLE_ENTITY),
    (TooMany, HTTPStatus.TOO_MANY_REQUESTS),
)

TITLES = {
    HTTPStatus.BAD_REQUEST: _l("Not to be read"),
    HTTPStatus.UNAUTHORIZED: _l("Sign in first"),
    HTTPStatus.FORBIDDEN: _l("Not allowed"),
    HTTPStatus.NOT_FOUND: _l("Not found"),
    HTTPStatus.METHOD_NOT_ALLOWED: _l("Not done this way"),
    HTTPStatus.CONFLICT: _l("Not in this state"),
    HTTPStatus.REQUEST_ENTITY_TOO_LARGE: _l("Too large"),
    HTTPStatus.UNSUPPORTED_MEDIA_TYPE: _l("Not in this form"),
    HTTPStatus.TOO_MANY_REQUESTS: _l("Too often"),
    HTTPStatus.UNPROCESSABLE_ENTITY: _l("Something is wrong with what was sent"),
    HTTPStatus.SERVICE_UNAVAILABLE: _l("The desk is not ready"),
    HTTPStatus.INTERNAL_SERVER_ERROR: _l("Something broke on our side"),
}


def init_app(app: Flask) -> None:
    app.register_error_handler(DeskError, answer_desk_error)
    app.register_error_handler(HTTPException, answer_http_error)
    app.register_error_handler(OperationalError, answer_database_trouble)
    app.register_error_handler(PoolTimeout, answer_database_trouble)
    app.register_error_handler(BlobsUnavailable, answer_blob_trouble)
    app.register_error_handler(DataError, answer_impossible_value)
    app.register_error_handler(Exception, answer_defect)


def status_of(error: DeskError) -> HTTPStatus:
    for kind, status in STATUS:
        if isinstance(error, kind):
            return status
    return HTTPStatus.INTERNAL_SERVER_ERROR


def answer_desk_error(error: DeskError) -> ResponseReturnValue:
    db.session.rollback()
    if isinstance(error, NotSignedIn) and not wants_json():
        return to_the_sign_in()
    if isinstance(error, SecondFactorMissing) and not (wants_json() or is_fragment()):
        return redirect(url_for("account.second_factor"), 303)
    response = make_response(answer(status_of(error), error.detail, **more_about(error)))
    response.headers.extend(headers_of(error))
    return response


def to_the_sign_in() -> ResponseReturnValue:
    """A page goes to the sign-in; a fragment tells its page to go there, as a redirect would be swapped in."""
    if is_fragment():
        return "", HTTPStatus.UNAUTHORIZED, {"HX-Redirect": request.headers.get("HX-Current-URL", "/")}
    return where_to_sign_in()


def more_about(error: DeskError) -> dict[str, Any]:
    match error:
        case SecondFactorNeeded():
            return {"needs": "second factor"}
        case Invalid(errors=errors):
            return {"errors": errors}
        case StaleView(newer=newer):
            return {"newer": newer}
        case IllegalMove(allowed=allowed):
            return {"allowed": allowed}
        case _:
            return {}


def headers_of(error: DeskError) -> dict[str, str]:
    match error:
        case NotSignedIn():
            return {"WWW-Authenticate": "Bearer"}  # RFC 9110 section 11.6.1
        case TooMany(retry_after=seconds):
            return {"Retry-After": str(seconds)}
        case _:
            return {}


def answer_http_error(error: HTTPException) -> ResponseReturnValue:
    status = HTTPStatus(error.code or 500)
    if status < HTTPStatus.BAD_REQUEST:
        return error
    response = make_response(answer(status, error.description or status.phrase))
    response.headers.extend((name, value) for name, value in error.get_headers() if name == "Allow")
    return response


def answer_database_trouble(error: Exception) -> ResponseReturnValue:
    log.error("the database did not answer: %s", type(error).__name__)
    db.session.rollback()
    return answer(HTTPStatus.SERVICE_UNAVAILABLE, "the database does not answer just now; nothing was lost, try again soon")


def answer_blob_trouble(error: BlobsUnavailable) -> ResponseReturnValue:
    log.error("the store of files did not answer: %s", error)
    db.session.rollback()
    return answer(HTTPStatus.SERVICE_UNAVAILABLE, "files cannot be kept or fetched just now; nothing was lost, try again soon")


def answer_impossible_value(error: DataError) -> ResponseReturnValue:
    """A number beyond all numbers of ours names nothing; any other value that Postgres refuses is our defect."""
    if not isinstance(error.orig, NumericValueOutOfRange):
        return answer_defect(error)
    db.session.rollback()
    return answer(HTTPStatus.NOT_FOUND, "there is no such thing, or it is not yours to see")


def answer_defect(error: Exception) -> ResponseReturnValue:
    log.exception("a defect while answering %s %s", request.method, request.path)
    db.session.rollback()
    return answer(HTTPStatus.INTERNAL_SERVER_ERROR, "this should not happen, and it has been written to the log")


def answer(status: HTTPStatus, detail: str, **more: Any) -> ResponseReturnValue:
    title = TITLES.get(status, status.phrase)
    if wants_json():
        problem = {"type": "about:blank", "title": str(title), "status": int(status), "detail": detail, **more}
        response = jsonify(problem)
        response.mimetype = "application/problem+json"
        return response, status
    template = "pages/_problem.html" if is_fragment() else "pages/error.html"
    return render_template(template, status=int(status), title=title, detail=translated(detail)), status


def is_fragment() -> bool:
    return request.headers.get("HX-Request") == "true"


def wants_json() -> bool:
    if request.path.startswith("/api/"):
        return True
    kinds = request.accept_mimetypes
    return kinds.best_match(["text/html", "application/json"], "text/html") == "application/json"
