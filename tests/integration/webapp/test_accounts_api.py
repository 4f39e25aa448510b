"""Signing in by the API: tokens, codes, registering, Google; and what administrators do to people and mailboxes."""

import json
import time
from collections.abc import Callable, Iterator
from itertools import product
from typing import Any
from urllib.parse import parse_qs, urlsplit

import jwt
import pyotp
import pytest
from sqlalchemy import select, text

from models.accounts import OneTimeCode
from models.actions.second_factors import begin_second_factor, confirm_second_factor
from models.actions.signing_in import TABS_MAY_RACE
from models.codes import code_of
from models.database import db
from models.people import User
from tests.cast import DORA, EVE, PASSWORD, SUPPORT, mail_from
from tests.google import CLIENT, Google, a_google, forged
from tests.integration.webapp.conftest import WebDesk
from tests.web import Answer, BrowserTab

ME = {"id", "username", "email", "full_name", "role", "is_available", "capacity", "active_count"}


class Script:
    """Somebody's script."""

    def __init__(self, desk: WebDesk, access: str = "") -> None:
        self.desk = desk
        self.access = access

    def asks(self, method: str, path: str, body: object = None, **headers: str) -> Answer:
        if self.access:
            headers["Authorization"] = f"Bearer {self.access}"
        if body is not None:
            headers["Content-Type"] = "application/json"
        more = {} if body is None else {"body": json.dumps(body)}
        return BrowserTab(self.desk.base).asks(method, f"/api{path}", more, headers)

    def posts(self, path: str, **body: object) -> Answer:
        return self.asks("POST", path, body)


def signs_in(desk: WebDesk, name: str, **more: object) -> Answer:
    return Script(desk).posts("/auth/token/", username=name, password=PASSWORD, **more)


def script_of(desk: WebDesk, name: str) -> Script:
    return Script(desk, signs_in(desk, name).json["access"])


def code_for(desk: WebDesk, address: str) -> str:
    assert Script(desk).posts("/auth/request-otp/", email=address).status == 202
    desk.looks_again()
    newest = select(OneTimeCode.id).where(OneTimeCode.address == address).order_by(OneTimeCode.created_at.desc())
    code_id = db.session.scalars(newest).first()
    assert code_id is not None
    return code_of(desk.keys[0], code_id)


def token_for(desk: WebDesk, address: str) -> str:
    answer = Script(desk).posts("/auth/verify-otp/", email=address, otp=code_for(desk, address))
    assert answer.status == 200 and set(answer.json) == {"verification_token", "expires_at"}
    return str(answer.json["verification_token"])


# Tokens


@pytest.mark.parametrize("name", ["ada", "ADA@desk.example"])
def test_a_password_is_traded_for_tokens(desk: WebDesk, name: str) -> None:
    answer = signs_in(desk, name)
    assert answer.status == 200 and set(answer.json) == {"access", "refresh"}
    claims = jwt.decode(answer.json["access"], options={"verify_signature": False})
    assert claims["exp"] - claims["iat"] <= 900
    me = Script(desk, answer.json["access"]).asks("GET", "/me/")
    assert me.status == 200 and set(me.json) == ME and me.json["username"] == "ada"


def test_a_wrong_password_an_unknown_name_and_a_switched_off_agent_are_told_the_same(desk: WebDesk) -> None:
    """H-129: status, body and headers."""
    db.session.execute(db.update(User).where(User.username == "ben").values(is_active=False))
    db.session.commit()
    answers = [
        Script(desk).posts("/auth/token/", username=name, password=password)
        for name, password in (("ada", "wrong password"), ("nobody", "wrong password"), ("ben", PASSWORD))
    ]
    assert {answer.status for answer in answers} == {401}
    assert len({answer.body for answer in answers}) == 1
    assert len({frozenset(without_date(answer)) for answer in answers}) == 1


def without_date(answer: Answer) -> list[tuple[str, str]]:
    return [(name, value) for name, value in answer.headers.items() if name not in ("Date", "Set-Cookie")]


def test_a_refresh_token_is_spent_and_used_again_late_it_ends_the_family(desk: WebDesk) -> None:
    first = signs_in(desk, "ada").json
    second = Script(desk).posts("/auth/token/refresh/", refresh=first["refresh"])
    assert second.status == 200 and second.json["refresh"] != first["refresh"]
    desk.time_passes("sign_in", f"{TABS_MAY_RACE.total_seconds() + 1} seconds", "renewed_at")
    assert Script(desk).posts("/auth/token/refresh/", refresh=first["refresh"]).status == 401
    assert Script(desk).posts("/auth/token/refresh/", refresh=second.json["refresh"]).status == 401
    assert Script(desk, second.json["access"]).asks("GET", "/me/").status == 401


def test_neither_kind_of_token_passes_for_the_other(desk: WebDesk) -> None:
    tokens = signs_in(desk, "ada").json
    assert Script(desk, tokens["refresh"]).asks("GET", "/me/").status == 401
    for path in ("/auth/token/refresh/", "/auth/logout/"):
        assert Script(desk).posts(path, refresh=tokens["access"]).status == 401


def test_signing_out_ends_every_token(desk: WebDesk) -> None:
    tokens = signs_in(desk, "ada").json
    assert Script(desk).posts("/auth/logout/", refresh=tokens["refresh"]).status == 204
    assert Script(desk, tokens["access"]).asks("GET", "/me/").status == 401
    assert Script(desk).posts("/auth/token/refresh/", refresh=tokens["refresh"]).status == 401


def test_signing_out_everywhere_ends_the_others_too(desk: WebDesk) -> None:
    here, there = script_of(desk, "ada"), script_of(desk, "ada")
    assert here.asks("POST", "/auth/logout-everywhere/").status == 204
    assert there.asks("GET", "/me/").status == here.asks("GET", "/me/").status == 401


def test_sign_ins_are_listed_and_ended_one_by_one_and_never_anothers(desk: WebDesk) -> None:
    here, there, bens = script_of(desk, "ada"), script_of(desk, "ada"), script_of(desk, "ben")
    listed = here.asks("GET", "/me/sign-ins/").json["results"]
    assert [each["is_this_one"] for each in listed].count(True) == 1 and len(listed) == 2
    [other] = [each["id"] for each in listed if not each["is_this_one"]]
    assert bens.asks("DELETE", f"/me/sign-ins/{other}/").status == 404
    assert here.asks("DELETE", f"/me/sign-ins/{other}/").status == 204
    assert there.asks("GET", "/me/").status == 401 and bens.asks("GET", "/me/").status == 200


FORGED: list[dict[str, Any]] = [
    {"alg": "none"}, {"alg": "None", "typ": "JWT"}, {"alg": "RS256"}, {"alg": "HS512"}, {"alg": "HS256", "kid": "../../dev/null"},
     {"alg": "HS256", "kid": "' OR 1=1 --"}, {"alg": "HS256", "jku": "https://evil.example/keys"},
     {"alg": "HS256", "x5u": "https://evil.example/cert"}, {"alg": "HS256", "kid": ["a"]},
]  # fmt: skip


def test_a_forged_token_is_no_token(desk: WebDesk) -> None:
    """H-132: the algorithm is pinned, the key id names one of ours or nothing, no address in a token is asked."""
    claims = jwt.decode(signs_in(desk, "cleo").json["access"], options={"verify_signature": False})
    for header, key in product(FORGED, (b"", b"x" * 32)):
        assert Script(desk, forged(claims, header, key)).asks("GET", "/me/").status == 401, header


def test_a_role_that_was_taken_away_is_gone_with_the_next_call(desk: WebDesk) -> None:
    cleo = script_of(desk, "cleo")
    assert cleo.asks("GET", "/admin/users/").status == 200
    desk.hires("carl", "admin")
    db.session.execute(db.update(User).where(User.username == "cleo").values(role="agent"))
    db.session.commit()
    assert cleo.asks("GET", "/admin/users/").status == 403


# The second factor


def app_of(desk: WebDesk, name: str) -> tuple[pyotp.TOTP, list[str]]:
    user = db.session.scalars(select(User).where(User.username == name)).one()
    app = pyotp.parse_uri(begin_second_factor(user, desk.keys))
    codes = confirm_second_factor(user, app.now(), desk.keys)
    db.session.execute(text("UPDATE second_factor SET last_step = 0"))
    db.session.commit()
    assert isinstance(app, pyotp.TOTP)
    return app, codes


def test_with_a_second_factor_the_password_alone_is_not_enough(desk: WebDesk) -> None:
    app, recovery = app_of(desk, "ada")
    alone = signs_in(desk, "ada")
    assert (alone.status, alone.json["needs"]) == (401, "second factor")
    assert signs_in(desk, "ada", code="000000x").status == 401
    code = app.generate_otp(int(time.time()) // 30)
    assert signs_in(desk, "ada", code=code).status == 200
    assert signs_in(desk, "ada", code=code).status == 401
    assert signs_in(desk, "ada", code=recovery[0]).status == 200


def test_who_must_set_one_up_may_do_nothing_else(desk: WebDesk) -> None:
    ada = script_of(desk, "ada")
    db.session.execute(db.update(User).where(User.username == "ada").values(second_factor_required=True))
    db.session.commit()
    answer = ada.asks("GET", "/me/")
    assert answer.status == 403 and "second factor" in answer.json["detail"]


# Codes, registering


def test_a_code_by_mail_opens_an_account_that_has_the_tickets_of_its_address(desk: WebDesk) -> None:
    ticket_id = desk.takes_in(mail_from(DORA)).ticket_id
    answer = Script(desk).posts(
        "/auth/register/", username="dora", password=PASSWORD, email=DORA.address, verification_token=token_for(desk, DORA.address)
    )
    assert (answer.status, answer.json["role"]) == (201, "customer")
    assert desk.ticket(ticket_id).customer_id == answer.json["id"]
    assert script_of(desk, DORA.address).asks("GET", "/me/").json["username"] == "dora"


def test_nobody_gives_himself_more_than_he_may_have(desk: WebDesk) -> None:
    """H-138: a field that is not ours to give is refused, and no account is made."""
    for field in ("role", "is_active", "id", "google_subject", "is_staff"):
        answer = Script(desk).posts("/auth/register/", username="mallory", password=PASSWORD, **{field: "admin"})
        assert answer.status == 422 and field in answer.json["errors"]
    assert db.session.scalar(select(User).where(User.username == "mallory")) is None


def test_known_unknown_and_switched_off_addresses_get_the_same_answer(desk: WebDesk) -> None:
    """H-129, P16: status, body and headers; that the work is the same too, test_codes.py says."""
    db.session.execute(db.update(User).where(User.username == "ben").values(is_active=False))
    db.session.commit()
    addresses = ("ada@desk.example", "nobody@desk.example", "ben@desk.example", SUPPORT)
    answers = [Script(desk).posts("/auth/request-otp/", email=address) for address in addresses]
    assert {(answer.status, answer.body) for answer in answers} == {(202, answers[0].body)}
    assert len({frozenset(without_date(answer)) for answer in answers}) == 1


def test_a_wrong_code_is_refused_by_its_field_and_not_repeated(desk: WebDesk) -> None:
    code_for(desk, DORA.address)
    for otp in ("", "AAAAAAAA", "x" * 64, "x" * 65, "\u0660\u0661"):
        answer = Script(desk).posts("/auth/verify-otp/", email=DORA.address, otp=otp)
        assert answer.status == 422 and "otp" in answer.json["errors"] and (not otp or otp not in answer.body)


def test_a_forgotten_password_is_set_anew_with_a_code(desk: WebDesk) -> None:
    old = script_of(desk, "ada")
    new = {"email": "ada@desk.example", "password": "quite another one", "verification_token": token_for(desk, "ada@desk.example")}
    assert Script(desk).posts("/auth/password/", **new).status == 204
    assert old.asks("GET", "/me/").status == 401 and signs_in(desk, "ada").status == 401
    assert Script(desk).posts("/auth/token/", username="ada", password="quite another one").status == 200
    assert Script(desk).posts("/auth/password/", **new).status == 422


# At work, or away


def test_going_online_picks_up_what_waits(desk: WebDesk) -> None:
    ticket_id = desk.takes_in(mail_from(DORA)).ticket_id
    ada = script_of(desk, "ada")
    assert ada.asks("GET", "/me/availability/").json == {"is_available": False, "capacity": 10}
    answer = ada.asks("PUT", "/me/availability/", {"is_available": True, "capacity": 3})
    assert (answer.status, answer.json) == (200, {"is_available": True, "capacity": 3})
    assert desk.ticket(ticket_id).assigned_agent_id == desk.ada.id
    assert ada.asks("GET", "/me/").json["active_count"] == 1
    assert ada.asks("PUT", "/me/availability/", {"is_available": "yes"}).status == 422


# Administrators


def test_only_administrators_see_people_and_mailboxes(desk: WebDesk) -> None:
    ada = script_of(desk, "ada")
    for path in ("/admin/users/", "/admin/mailboxes/"):
        assert Script(desk).asks("GET", path).status == 401
        assert ada.asks("GET", path).status == 403
        assert ada.asks("POST", path, {}).status == 403


def test_an_administrator_makes_and_changes_people(desk: WebDesk) -> None:
    cleo = script_of(desk, "cleo")
    made = cleo.posts("/admin/users/", username="nora", role="agent", email="nora@desk.example", capacity=4)
    assert (made.status, made.json["capacity"], made.json["is_active"]) == (201, 4, True)
    path = f"/admin/users/{made.json['id']}/"
    assert cleo.asks("PATCH", path, {"role": "admin", "capacity": 5}).json["role"] == "admin"
    assert cleo.asks("PATCH", path, {"is_active": False}).json["is_active"] is False
    assert cleo.asks("PATCH", path, {"password_hash": "x"}).status == 422
    assert cleo.asks("PATCH", "/admin/users/4711/", {"capacity": 5}).status == 404
    assert cleo.posts("/admin/users/", username="nora", role="agent", password=PASSWORD).status == 409
    assert [each["username"] for each in cleo.asks("GET", "/admin/users/?q=nor").json["results"]] == ["nora"]
    page = cleo.asks("GET", "/admin/users/?page_size=2").json
    behind = cleo.asks("GET", f"/admin/users/?page_size=2&cursor={page['next']}").json
    names = [each["username"] for each in (*page["results"], *behind["results"])]
    assert names == ["nora", "cleo", "ben", "ada"] and behind["previous"] and not page["previous"]


def test_no_answer_about_people_holds_a_secret(desk: WebDesk) -> None:
    body = script_of(desk, "cleo").asks("GET", "/admin/users/").body
    assert "argon2" not in body and "hash" not in body and "secret" not in body


def test_an_administrator_makes_and_changes_mailboxes(desk: WebDesk) -> None:
    cleo = script_of(desk, "cleo")
    made = cleo.posts("/admin/mailboxes/", name="Sales", address="sales@example.com", aliases=["shop@example.com"], acks=False)
    assert made.status == 201 and made.json["aliases"] == ["shop@example.com"] and made.json["acks"] is False
    path = f"/admin/mailboxes/{made.json['id']}/"
    changed = cleo.asks("PATCH", path, {"signature": "Yours", "agents_by_mail": "note", "reopen_days": 3, "is_active": False}).json
    assert (changed["signature"], changed["agents_by_mail"], changed["reopen_days"]) == ("Yours", "note", 3)
    assert changed["is_active"] is False and changed["name"] == "Sales"
    assert cleo.asks("PATCH", path, {"agents_by_mail": "king"}).status == 422
    assert cleo.posts("/admin/mailboxes/", name="Again", address=SUPPORT).status == 409
    assert len(cleo.asks("GET", "/admin/mailboxes/").json["results"]) == 3


# Google


@pytest.fixture(scope="module")
def google() -> Iterator[Google]:
    with a_google() as found:
        yield found


@pytest.fixture
def googled(make_web: Callable[..., WebDesk], google: Google) -> WebDesk:
    return make_web(GOOGLE_CLIENT_ID=CLIENT, GOOGLE_JWKS_URL=google.jwks_url)


def test_google_lets_in_by_its_subject_and_its_keys_are_fetched_once(googled: WebDesk, google: Google) -> None:
    asked = google.asked
    first, second = (Script(googled).posts("/auth/google/", credential=google.token(email=email)) for email in ("dora@gmail.com", "new@gmail.com"))
    assert (first.status, second.status) == (200, 200)
    people = [Script(googled, each.json["access"]).asks("GET", "/me/").json for each in (first, second)]
    assert people[0] == people[1] and people[0]["role"] == "customer" and people[0]["email"] == "dora@gmail.com"
    assert google.asked == asked + 1


def test_a_workspace_address_counts_and_joins_who_is_known_by_mail_alone(googled: WebDesk, google: Google) -> None:
    ticket_id = googled.takes_in(mail_from(EVE), mail_from=EVE.address).ticket_id
    answer = Script(googled).posts("/auth/google/", credential=google.token(sub="7", email=EVE.address, hd="example.org"))
    assert answer.status == 200
    assert googled.ticket(ticket_id).customer_id == Script(googled, answer.json["access"]).asks("GET", "/me/").json["id"]


def test_google_does_not_open_an_account_that_is_there(googled: WebDesk, google: Google) -> None:
    answer = Script(googled).posts("/auth/google/", credential=google.token(email="ada@desk.example", hd="desk.example"))
    assert answer.status == 409


def test_without_a_client_google_is_not_offered(desk: WebDesk, google: Google) -> None:
    assert Script(desk).posts("/auth/google/", credential=google.token()).status == 404


def begun(desk: WebDesk, tab: BrowserTab, path: str = "/signin/google/begin") -> str:
    """Set out for Google's page; the nonce it is asked with."""
    there = urlsplit(tab.get(path).location)
    asked = parse_qs(there.query)
    assert (there.scheme, there.netloc) == ("https", "accounts.google.com")
    assert (asked["redirect_uri"], asked["client_id"]) == ([f"{desk.base}/signin/google/"], [CLIENT])
    return asked["nonce"][0]


def test_the_button_leads_to_google_and_back_only_with_the_nonce_of_this_browser(googled: WebDesk, google: Google) -> None:
    """H-131: a token that was made for another browser, or for an earlier sign-in, is refused here."""
    assert "Sign in with Google" in googled.tab().get("/signin").body
    tab = googled.tab()
    nonce = begun(googled, tab)
    for wrong in (None, "another"):
        token = google.token(nonce=wrong)
        assert tab.post("/signin/google/", {"credential": token}, token=False).status == 401
    stranger = googled.tab()
    assert stranger.post("/signin/google/", {"credential": google.token(nonce=nonce)}, token=False).status == 401
    answer = tab.post("/signin/google/", {"credential": google.token(nonce=nonce)}, token=False)
    assert answer.status == 303 and "Your requests" in tab.follows(answer).body
    assert tab.post("/signin/google/", {"credential": google.token(nonce=nonce)}, token=False).status == 401  # once


def test_an_agent_links_google_on_his_account_page_and_signs_in_with_it(googled: WebDesk, google: Google) -> None:
    tab = googled.tab("ada")
    nonce = begun(googled, tab, "/account/google/begin")
    token = google.token(nonce=nonce, email="ada@elsewhere.example")
    assert tab.post("/signin/google/", {"credential": token}).location == "/account/"
    me = Script(googled).posts("/auth/google/", credential=google.token())
    assert Script(googled, me.json["access"]).asks("GET", "/me/").json["username"] == "ada"


def test_without_a_client_there_is_no_button(desk: WebDesk) -> None:
    assert "Google" not in desk.tab().get("/signin").body
    assert desk.tab().get("/signin/google/begin").status == 404
