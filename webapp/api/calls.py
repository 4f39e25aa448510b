"""Declaring a call of the API: who may make it, what it takes, what it answers. Guard, reader and document in one place.

    @call("POST", "/tickets/<int:ticket_id>/assign/", who=Who.TEAM, scope=Scope.TICKETS_WRITE,
          answers={200: TicketShape}, refuses=(409,))
    def assign(ticket_id: int, body: Assignment) -> TicketShape: …

A view's parameters `body` and `query` are pydantic models, read and checked before it is called; the others come
from the path. It returns a model (the first of `answers`), `(model, status)`, or whatever Flask makes an answer of. The order of the
checks is fixed: who asks, whether he may, then what he sent; a stranger learns nothing about our fields.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from functools import wraps
from inspect import get_annotations
from typing import Any, TypeGuard

from flask import Response
from flask.typing import ResponseReturnValue
from pydantic import BaseModel

from models.api_token import Scope
from webapp.api.blueprint import api
from webapp.api.callers import Who, admit
from webapp.api.reading import read_body, read_query

View = Callable[..., Any]


class Kind(StrEnum):
    """Answers that are no JSON."""

    BYTES = "application/octet-stream"


Answers = Mapping[int, type[BaseModel] | Kind | None]


@dataclass(frozen=True)
class Call:
    """One call, as its document tells of it."""

    method: str
    rule: str
    view: View
    who: Who
    scope: Scope | None
    answers: Answers
    refuses: tuple[int, ...]
    body: type[BaseModel] | None
    query: type[BaseModel] | None
    takes_files: bool
    headers: Mapping[str, str] = field(default_factory=dict)

    @property
    def name(self) -> str:
        return self.view.__name__

    @property
    def group(self) -> str:
        """The noun of the call: the first word of its path, of the admin's calls the first two."""
        words = self.rule.strip("/").split("/")
        return " ".join(words[:2]) if words[0] == "admin" else words[0]


CALLS: list[Call] = []


def call(
    method: str,
    rule: str,
    *,
    answers: Answers,
    who: Who = Who.SIGNED_IN,
    scope: Scope | None = None,
    refuses: tuple[int, ...] = (),
    takes_files: bool = False,
    headers: Mapping[str, str] | None = None,
) -> Callable[[View], View]:
    """Put a view on the API. `scope` is what an API token needs for it; without one, tokens may not make this call.

    `refuses` names the statuses of refusals that do not follow from the rest: 404 follows from a path with an id,
    422 from a body or query, 401 and 403 from `who`. `takes_files` lets the body also come as multipart/form-data with
    any number of parts named `files`. `headers` documents those the view reads.
    """

    def declare(view: View) -> View:
        kinds = get_annotations(view, eval_str=True)
        declared = Call(
            method, rule, view, who, scope, answers, refuses, kinds.get("body"), kinds.get("query"), takes_files, headers or {}
        )
        CALLS.append(declared)
        api.add_url_rule(rule, view.__name__, guarded(declared), methods=[method])
        return view

    return declare


def guarded(declared: Call) -> View:
    first = next(iter(declared.answers))

    @wraps(declared.view)
    def answer(**path: Any) -> ResponseReturnValue:
        admit(declared.who, declared.scope)
        if declared.query is not None:
            path["query"] = read_query(declared.query)
        if declared.body is not None:
            path["body"] = read_body(declared.body, takes_files=declared.takes_files)
        said = declared.view(**path)
        if isinstance(said, BaseModel):
            return as_response(said, first)
        return as_response(*said) if is_told(said) else said

    return answer


def is_told(said: Any) -> TypeGuard[tuple[BaseModel | None, int]]:
    """Whether a view has answered with a model, or nothing, and a status."""
    return isinstance(said, tuple) and (said[0] is None or isinstance(said[0], BaseModel))


def as_response(said: BaseModel | None, status: int) -> Response:
    if said is None:
        return Response(status=status)
    return Response(said.model_dump_json(), status, content_type="application/json")
