"""The OpenAPI 3.1 document, made from the calls as they are declared."""

import re
from collections.abc import Iterable, Mapping
from http import HTTPStatus
from typing import Any

from pydantic import BaseModel
from pydantic.json_schema import JsonSchemaMode, models_json_schema

from webapp.api.callers import Who
from webapp.api.calls import Call, Kind
from webapp.api.shapes import Problem

REF = "#/components/schemas/{model}"
PARAMETER = re.compile(r"<(?:(?P<kind>\w+):)?(?P<name>\w+)>")
PATH_KINDS: Mapping[str | None, dict[str, Any]] = {
    "int": {"type": "integer", "minimum": 0},
    "uuid": {"type": "string", "format": "uuid"},
    None: {"type": "string"},
}

ABOUT = """\
Everything a person or script may do on this desk.

Send `Authorization: Bearer …`, with an access token (`POST /api/auth/token/`) or an API token. What you may not see
is a 404, what you may see and not do a 403, an illegal move a 409, a bad field a 422 that names it. Errors are problem
JSON (RFC 9457). Lists come in pages: follow `next`, which is a cursor to be sent back as `?cursor=`. Times are UTC.
"""


def document(calls: Iterable[Call], base_url: str) -> dict[str, Any]:
    """The whole document. `base_url` is where the API is reached from outside."""
    calls = list(calls)
    paths: dict[str, dict[str, Any]] = {}
    for each in calls:
        paths.setdefault(path_of(each), {})[each.method.lower()] = operation(each)
    return {
        "openapi": "3.1.0",
        "info": {"title": "Postroom", "version": "1", "description": ABOUT},
        "servers": [{"url": base_url}],
        "paths": paths,
        "components": {"schemas": schemas(calls), "securitySchemes": {"bearer": {"type": "http", "scheme": "bearer"}}},
    }


def path_of(each: Call) -> str:
    return "/api" + PARAMETER.sub(r"{\g<name>}", each.rule)


def operation(each: Call) -> dict[str, Any]:
    summary, _, description = (each.view.__doc__ or "").strip().partition("\n")
    told = {
        "operationId": each.name,
        "tags": [each.group],
        "summary": summary,
        "description": "\n".join(line.strip() for line in [*description.strip().splitlines(), "", who_may(each)]).strip(),
        "parameters": [*path_parameters(each), *query_parameters(each), *header_parameters(each)],
        "responses": answers(each) | refusals(each),
        "security": [] if each.who == Who.ANYONE else [{"bearer": []}],
    }
    return told | ({"requestBody": body_of(each)} if each.body else {})


def who_may(each: Call) -> str:
    with_token = f"; API tokens need the scope `{each.scope}`" if each.scope else "; not for API tokens"
    return f"For {each.who}{'' if each.who == Who.ANYONE else with_token}."


def path_parameters(each: Call) -> list[dict[str, Any]]:
    return [
        {"name": found["name"], "in": "path", "required": True, "schema": PATH_KINDS[found["kind"]]}
        for found in PARAMETER.finditer(each.rule)
    ]


def query_parameters(each: Call) -> list[dict[str, Any]]:
    if each.query is None:
        return []
    schema = each.query.model_json_schema(ref_template=REF)
    schema.pop("$defs", None)
    return [
        {
            "name": name,
            "in": "query",
            "required": name in schema.get("required", ()),
            "description": field.pop("description", ""),
            "schema": field,
            **({"style": "form", "explode": False} if field.get("type") == "array" else {}),
        }
        for name, field in schema.get("properties", {}).items()
    ]


def header_parameters(each: Call) -> list[dict[str, Any]]:
    return [
        {"name": name, "in": "header", "required": False, "description": meaning, "schema": {"type": "string"}}
        for name, meaning in each.headers.items()
    ]


def body_of(each: Call) -> dict[str, Any]:
    assert each.body is not None
    shape = {"$ref": REF.format(model=each.body.__name__)}
    content: dict[str, Any] = {"application/json": {"schema": shape}}
    if each.takes_files:
        files = {"type": "array", "items": {"type": "string", "format": "binary"}}
        fields = {name: {} for name in each.body.model_fields}
        content["multipart/form-data"] = {"schema": {"type": "object", "properties": {**fields, "files": files}}}
    return {"required": True, "content": content}


def answers(each: Call) -> dict[str, Any]:
    return {str(status): answer_of(status, shape) for status, shape in each.answers.items()}


def answer_of(status: int, shape: type[BaseModel] | Kind | None) -> dict[str, Any]:
    said = {"description": HTTPStatus(status).phrase}
    match shape:
        case None:
            return said
        case Kind():
            return {**said, "content": {"*/*": {"schema": {"type": "string", "format": "binary"}}}}
        case _:
            return {**said, "content": {"application/json": {"schema": {"$ref": REF.format(model=shape.__name__)}}}}


def refusals(each: Call) -> dict[str, Any]:
    """Every status this call may refuse with: those that follow from what it takes, and those it names."""
    statuses = {400, 503, *each.refuses}
    if each.who != Who.ANYONE:
        statuses |= {401, 403}
    if PARAMETER.search(each.rule):
        statuses.add(404)
    if each.query or each.body:
        statuses.add(422)
    if each.body:
        statuses |= {413, 415}
    if each.method not in ("GET", "HEAD"):
        statuses.add(403)  # asked for by another site's page
    shape = {"$ref": REF.format(model=Problem.__name__)}
    content = {"application/problem+json": {"schema": shape}}
    return {str(status): {"description": HTTPStatus(status).phrase, "content": content} for status in sorted(statuses)}


def schemas(calls: Iterable[Call]) -> dict[str, Any]:
    """Every model once: bodies as they are read, answers as they are written."""
    wanted: dict[tuple[type[BaseModel], JsonSchemaMode], None] = {(Problem, "serialization"): None}
    for each in calls:
        # Queries too: what their fields refer to lies there.
        wanted |= {(model, "validation"): None for model in (each.body, each.query) if model}
        wanted |= {(shape, "serialization"): None for shape in each.answers.values() if isinstance(shape, type)}
    _, found = models_json_schema(list(wanted), ref_template=REF)
    defined: dict[str, Any] = found.get("$defs", {})
    return defined
