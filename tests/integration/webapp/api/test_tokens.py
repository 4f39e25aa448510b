"""API tokens: told once, hashed, scoped, never more than their owner, dead when revoked, ended or their owner is gone."""

import pytest
from sqlalchemy import select, update

from models.api_token import ApiToken, Scope
from models.database import db
from models.people import Role, User
from tests.api import ApiClient
from tests.cast import DORA, mail_from
from tests.integration.webapp.conftest import WebDesk
from webapp.api.calls import CALLS


def token_of(desk: WebDesk, script: ApiClient, *scopes: str, **more: object) -> ApiClient:
    made = script.post("/api/tokens/", name="Nightly", scopes=list(scopes), **more)
    assert made.status == 201, made.body
    return ApiClient(desk.base, made.json["token"])


def test_a_token_is_told_once_and_kept_as_a_hash(desk: WebDesk) -> None:
    ada = desk.script(desk.ada)
    secret = ada.post("/api/tokens/", name="Nightly", scopes=["tickets:read"]).json["token"]
    [listed] = ada.get("/api/tokens/").json["results"]
    assert listed["hint"] == secret[:9] and "token" not in listed and secret not in ada.get("/api/tokens/").body
    row = db.session.scalars(select(ApiToken)).one()
    assert secret.encode() not in row.token_hash and len(row.token_hash) == 32


def test_it_does_what_its_scopes_say_and_no_more(desk: WebDesk) -> None:
    ticket_id = desk.takes_in(mail_from(DORA)).ticket_id
    cleo = desk.script(desk.cleo)
    reads, writes = token_of(desk, cleo, "tickets:read"), token_of(desk, cleo, "tickets:write")
    path = f"/api/tickets/{ticket_id}/"
    assert (reads.get(path).status, reads.patch(path, priority="HIGH").status) == (200, 403)
    assert (writes.get(path).status, writes.patch(path, priority="HIGH").status) == (403, 200)
    assert "tickets:write" in reads.patch(path, priority="HIGH").json["detail"]
    for script in (reads, writes):
        assert script.get("/api/tokens/").status == script.get("/api/admin/webhooks/").status == 403
        assert script.post("/api/tokens/", name="More", scopes=["admin:write"]).status == 403


def test_it_never_sees_more_than_its_owner(desk: WebDesk) -> None:
    ticket_id = desk.takes_in(mail_from(DORA)).ticket_id
    ben = token_of(desk, desk.script(desk.ben), "tickets:read", "tickets:write")
    assert ben.get(f"/api/tickets/{ticket_id}/").status == 404 and ben.get("/api/tickets/").json["results"] == []
    assert desk.script(desk.ben).post("/api/tokens/", name="x", scopes=["admin:read"]).status == 403


def test_a_former_administrator_s_token_is_no_administrator(desk: WebDesk) -> None:
    script = token_of(desk, desk.script(desk.cleo), "admin:read")
    assert script.get("/api/admin/webhooks/").status == 200
    db.session.execute(update(User).where(User.id == desk.cleo.id).values(role=Role.AGENT))
    db.session.commit()
    assert script.get("/api/admin/webhooks/").status == 403


def test_it_ends_when_revoked_when_its_days_are_over_and_with_its_owner(desk: WebDesk) -> None:
    ada = desk.script(desk.ada)
    revoked, ended, orphaned = (token_of(desk, ada, "tickets:read", days=days) for days in (None, 1, None))
    assert all(script.get("/api/tickets/").status == 200 for script in (revoked, ended, orphaned))
    first = ada.get("/api/tokens/").json["results"][-1]["id"]
    assert desk.script(desk.ben).delete(f"/api/tokens/{first}/").status == 404
    assert ada.delete(f"/api/tokens/{first}/").status == 204 and ada.delete(f"/api/tokens/{first}/").status == 404
    desk.time_passes("api_token", "2 days", "expires_at")
    assert (revoked.get("/api/tickets/").status, ended.get("/api/tickets/").status) == (401, 401)
    assert orphaned.get("/api/tickets/").status == 200
    db.session.execute(update(User).where(User.id == desk.ada.id).values(is_active=False))
    db.session.commit()
    assert orphaned.get("/api/tickets/").status == 401


def test_its_last_use_is_noted(desk: WebDesk) -> None:
    ada = desk.script(desk.ada)
    script = token_of(desk, ada, "tickets:read")
    assert ada.get("/api/tokens/").json["results"][0]["last_used_at"] is None
    script.get("/api/tickets/")
    assert ada.get("/api/tokens/").json["results"][0]["last_used_at"] is not None


@pytest.mark.parametrize("sent", [{"name": "x", "scopes": []}, {"name": "x", "scopes": ["root"]}, {"name": " ", "scopes": ["tickets:read"]}, {"scopes": ["tickets:read"]}])
def test_a_bad_wish_is_named(desk: WebDesk, sent: dict[str, object]) -> None:
    assert desk.script(desk.ada).post("/api/tokens/", **sent).status == 422


@pytest.mark.parametrize("token", ["prt_", "prt_" + "x" * 43, "prt_é", "prt_' OR 1=1", "eyJhbGciOiJub25lIn0.e30.", "x", ""])
def test_a_token_that_is_none_opens_nothing(desk: WebDesk, token: str) -> None:
    answer = ApiClient(desk.base).asks("GET", "/api/tickets/", headers={"Authorization": f"Bearer {token}".encode().decode("latin-1")})
    assert (answer.status, answer.headers["WWW-Authenticate"]) == (401, "Bearer")


def test_a_token_in_an_address_is_refused_even_where_it_is_good(desk: WebDesk) -> None:
    """H-133."""
    ada = desk.script(desk.ada)
    secret = token_of(desk, ada, "tickets:read").token
    for token in (secret, ada.token):
        answer = ApiClient(desk.base, ada.token).get("/api/tickets/", token=token)
        assert answer.status == 400 and token not in answer.body


def test_every_scope_opens_something() -> None:
    assert {each.scope for each in CALLS if each.scope} >= set(Scope) - {Scope.REPORTS_READ}
