"""API tokens: a person's own, made for scripts. No token may look after tokens."""

from typing import Annotated

from pydantic import Field

from models.actions.api_tokens import make_token, revoke_token
from models.api_token import Scope
from models.database import db
from models.queries.api_tokens import tokens_of
from webapp.api.callers import caller
from webapp.api.calls import call
from webapp.api.shapes import Moment, Sent, Told


class TokenShape(Told):
    id: int
    name: str
    hint: str = Field(description="its first letters")
    scopes: list[Scope]
    created_at: Moment
    expires_at: Moment | None
    last_used_at: Moment | None = Field(description="to the minute")


class TokenList(Told):
    results: list[TokenShape]


class NewToken(Sent):
    name: str = Field(min_length=1, max_length=100)
    scopes: list[Scope] = Field(min_length=1)
    days: Annotated[int, Field(ge=1, le=3650)] | None = Field(None, description="how long it lives; null: until it is revoked")


class MadeToken(TokenShape):
    """The token is told here, and never again."""

    token: str


@call("GET", "/tokens/", answers={200: TokenList})
def list_tokens() -> TokenList:
    """Your API tokens."""
    return TokenList(results=[TokenShape.model_validate(token) for token in tokens_of(caller().user)])


@call("POST", "/tokens/", answers={201: MadeToken})
def create_token(body: NewToken) -> MadeToken:
    """Make an API token. It acts for you, within its scopes, and never does more than you may."""
    token, secret = make_token(caller().user, body.name, body.scopes, body.days, caller().actor.place)
    db.session.commit()
    return MadeToken(**TokenShape.model_validate(token).model_dump(), token=secret)


@call("DELETE", "/tokens/<int:token_id>/", answers={204: None})
def end_token(token_id: int) -> tuple[None, int]:
    """Revoke an API token: it opens nothing from now on."""
    revoke_token(caller().user, token_id, caller().actor.place)
    db.session.commit()
    return None, 204
