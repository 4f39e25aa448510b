"""Shapes that several calls share: what bodies and answers are made of."""

from datetime import UTC, datetime
from typing import Annotated, Any

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, WithJsonSchema

from models.queries.pages import MAX_PAGE


def in_utc(moment: datetime) -> datetime:
    return moment.astimezone(UTC)


Moment = Annotated[datetime, AfterValidator(in_utc), Field(description="ISO 8601, UTC")]


class Sent(BaseModel):
    """What a caller sends: fields that we do not know are refused, so that no typing error goes unnoticed (H-138)."""

    model_config = ConfigDict(extra="forbid", str_max_length=1_000_000)


class Told(BaseModel):
    """What we answer; it can be made from a row that has these attributes."""

    model_config = ConfigDict(from_attributes=True, frozen=True)


class PageWanted(Sent):
    """Which page of a list."""

    cursor: str = Field("", max_length=500, description="`next` or `previous` of another page; empty: the first")
    page_size: int = Field(50, ge=1, le=MAX_PAGE)


class Problem(Told):
    """What went wrong (RFC 9457)."""

    type: str
    title: str
    status: int
    detail: str
    errors: Annotated[dict[str, str], WithJsonSchema({"type": "object", "additionalProperties": {"type": "string"}})] = Field(
        {}, description="what is wrong, by field; only where fields are wrong"
    )


class Nothing(Sent):
    """An empty object."""


Anything = dict[str, Any]
