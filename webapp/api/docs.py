"""The document of the API, for programs and for people. Both are public: they tell nothing of this desk."""

from itertools import groupby
from typing import Any

from flask import Response, current_app, jsonify, render_template

from models.app import settings_of
from webapp.api.blueprint import api
from webapp.api.calls import CALLS
from webapp.api.document import document

KEPT = "postroom.api_document"


def whole_document() -> dict[str, Any]:
    """The document of this application, made once."""
    if KEPT not in current_app.extensions:
        current_app.extensions[KEPT] = document(CALLS, settings_of(current_app).base_url)
    found: dict[str, Any] = current_app.extensions[KEPT]
    return found


@api.get("/openapi.json")
def openapi() -> Response:
    return jsonify(whole_document())


@api.get("/docs/")
def docs() -> str:
    """The same, to be read: made here, without a script and without anything from elsewhere."""
    told = whole_document()
    calls = [
        {"path": path, "method": method.upper(), **operation}
        for path, operations in told["paths"].items()
        for method, operation in operations.items()
    ]
    calls.sort(key=lambda each: each["tags"][0])
    groups = [(name, list(some)) for name, some in groupby(calls, key=lambda each: each["tags"][0])]
    return render_template("pages/api_docs.html", about=told["info"]["description"], groups=groups, schemas=told["components"]["schemas"])
