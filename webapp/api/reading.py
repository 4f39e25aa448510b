"""Reading what a caller sent: JSON, query strings and forms become models, or a problem that names the field.

What is not JSON at all is a 400, what is not announced as something we read a 415, a wrong field a 422. A value that
was sent is never repeated in the answer: it may be a password.
"""

import json
from collections.abc import Iterator, Mapping
from typing import Any, NoReturn, TypeVar

from flask import abort, request
from pydantic import BaseModel, ValidationError

from models.errors import Invalid

Model = TypeVar("Model", bound=BaseModel)

MAX_JSON = 2 * 1024 * 1024  # octets; files travel as multipart
FORM = "multipart/form-data"


class Wrong(Invalid):
    """Values are wrong; `errors` has a sentence for each field."""

    def __init__(self, errors: dict[str, str]) -> None:
        super().__init__(next(iter(errors)), "; ".join(f"{field}: {sentence}" for field, sentence in errors.items()))
        self.wrong = errors

    @property
    def errors(self) -> dict[str, str]:
        return self.wrong


def read_query(model: type[Model]) -> Model:
    """The query string as `model`. Raises `Wrong`, also for a parameter that does not exist."""
    return checked(model, {name: values if len(values) > 1 else values[0] for name, values in request.args.lists()})


def read_body(model: type[Model], *, takes_files: bool = False) -> Model:
    """The body as `model`. Raises `Wrong`; aborts with 400, 413 or 415."""
    if takes_files and request.mimetype == FORM:
        return checked(model, request.form.to_dict())
    if is_empty() and not any(field.is_required() for field in model.model_fields.values()):
        return model()
    return checked(model, read_json())


def is_empty() -> bool:
    """Whether there is no body at all: where nothing is required, that is an empty object."""
    return not request.content_length and "Transfer-Encoding" not in request.headers


def read_json() -> Any:
    if not request.is_json:
        abort(415, "send JSON, and say so: Content-Type: application/json")
    request.max_content_length = MAX_JSON
    try:
        return json.loads(
            request.get_data(cache=False), parse_constant=refuse_constant, object_pairs_hook=each_name_once
        )
    except (ValueError, RecursionError):  # also what is no UTF-8, and numbers of thousands of digits
        abort(400, "this is not JSON that can be read")


def refuse_constant(name: str) -> NoReturn:
    raise ValueError(f"{name} is no JSON (RFC 8259 section 6)")


def each_name_once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    """Two readers of one document must not find two things in it (RFC 8259 section 4)."""
    found = dict(pairs)
    if len(found) != len(pairs):
        raise ValueError("a name stands twice in one object")
    return found


def checked(model: type[Model], sent: Any) -> Model:
    try:
        found = model.model_validate(sent)
    except ValidationError as trouble:
        raise Wrong(dict(map(said_of, trouble.errors(include_input=False, include_url=False)))) from None
    damaged = {name: "this text holds characters that no text has" for name in model.model_fields if has_nul(getattr(found, name))}
    if damaged:
        raise Wrong(damaged)
    return found


def said_of(error: Mapping[str, Any]) -> tuple[str, str]:
    """Where, and what is wrong there."""
    field = ".".join(map(str, error["loc"])) or "body"
    sentence = error["msg"].removeprefix("Value error, ")
    return field, sentence[:1].lower() + sentence[1:]


def has_nul(value: Any) -> bool:
    """Whether a text anywhere in `value` holds NUL, which Postgres keeps nowhere."""
    return any("\x00" in text for text in texts_in(value))


def texts_in(value: Any) -> Iterator[str]:
    match value:
        case str():
            yield value
        case list() | tuple():
            for each in value:
                yield from texts_in(each)
        case BaseModel():
            yield from texts_in([getattr(value, name) for name in type(value).model_fields])
        case dict():
            yield from texts_in([*value, *value.values()])
