"""Signing in and out in a browser, and all the ways in which somebody else could try to be it."""

from collections.abc import Callable
from datetime import timedelta
from urllib.parse import quote

import jwt
import pytest
from sqlalchemy import func, select

from models.actions.guesses import scope_of
from models.actions.signing_in import FAILURES_FOR_A_NAME, TABS_MAY_RACE
from models.database import db
from models.keys import derived_key, key_id
from models.people import FailedSignIn, SignIn, User
from tests.cast import DORA, PASSWORD, SECRET, mail_from
from tests.integration.webapp.conftest import HASH, WebDesk
from tests.web import BrowserTab, served, with_base
from webapp.factory import create_app

ACCESS, REFRESH = "postroom_access", "postroom_refresh"


@pytest.mark.parametrize("name", ["ada", "ADA@desk.example"])
def test_whoever_signs_in_is_in(desk: WebDesk, name: str) -> None:
    tab = desk.tab()
    answer = tab.signs_in(name, PASSWORD)
    assert (answer.status, answer.location) == (303, "/")
    page = tab.follows(answer)
    assert page.status == 200 and "Ada" in page.body


def test_the_cookies_are_kept_from_scripts_and_from_other_sites(desk: WebDesk) -> None:
    """H-134"""
    answer = desk.tab().signs_in("ada", PASSWORD)
    cookies = {cookie.partition("=")[0]: cookie for cookie in answer.headers.get_all("Set-Cookie")}
    for name in (ACCESS, REFRESH):
        assert "HttpOnly" in cookies[name] and "SameSite=Lax" in cookies[name]
    assert "Path=/session/" in cookies[REFRESH]
    assert "HttpOnly" not in cookies["postroom_csrf"]  # the page's script reads it, to send it back


def test_over_tls_the_cookies_never_travel_in_the_open(make_web: Callable[..., WebDesk]) -> None:
    """H-134"""
    desk = make_web()
    with served(lambda _: create_app(with_base(desk.settings, "https://desk.example.com"))) as base:
        tab = BrowserTab(base)
        answer = tab.post("/signin", {"username": "ada", "password": PASSWORD}, token=False, Origin="https://desk.example.com")
    cookies = answer.headers.get_all("Set-Cookie")
    assert all("Secure" in cookie for cookie in cookies) and any(cookie.startswith("__Host-postroom_access=") for cookie in cookies)
    assert "max-age" in answer.headers["Strict-Transport-Security"]


def test_a_wrong_password_and_an_unknown_name_get_the_same_answer(desk: WebDesk) -> None:
    wrong, unknown = (desk.tab().signs_in(name, "not the password") for name in ("ada", "nobody"))
    assert (wrong.status, unknown.status) == (401, 401)
    assert wrong.body.replace("ada", "nobody") == unknown.body
    assert "do not belong together" in wrong.body
    assert not wrong.headers.get_all("Set-Cookie")


def test_who_guesses_for_too_long_is_told_to_wait(desk: WebDesk) -> None:
    db.session.add_all(FailedSignIn(scope=scope_of("user", "ada")) for _ in range(FAILURES_FOR_A_NAME))
    db.session.commit()
    answer = desk.tab().signs_in("ada", PASSWORD)
    assert answer.status == 429 and "quarter of an hour" in answer.body


def test_failures_are_counted_for_the_name_and_for_the_address(desk: WebDesk) -> None:
    desk.tab().signs_in("ada", "not the password")
    desk.looks_again()
    assert db.session.scalar(select(func.count(FailedSignIn.id))) == 2


def test_what_was_typed_is_never_written_into_the_page_as_html(desk: WebDesk) -> None:
    answer = desk.tab().signs_in('"><script>alert(1)</script>', "not the password")
    assert "<script>alert" not in answer.body


# Going elsewhere


@pytest.mark.parametrize("target", ["/mail/", "/inbox?view=mine", "/?x=1&y=2"])
def test_after_signing_in_one_is_where_one_wanted_to_be(desk: WebDesk, target: str) -> None:
    assert desk.tab().signs_in("ada", PASSWORD, next=target).location == target


@pytest.mark.parametrize(
    "target",
    ["//evil.example", "/\\evil.example", "https:evil.example", "https://evil.example", "\\\\evil.example", "///evil.example",
     "/\t/evil.example", "javascript:alert(1)", "evil.example", "", "/\n/evil.example", " //evil.example"],
)  # fmt: skip
def test_no_link_sends_anybody_elsewhere(desk: WebDesk, target: str) -> None:
    """H-142"""
    assert desk.tab().signs_in("ada", PASSWORD, next=target).location == "/"
    tab = desk.tab("ada")
    assert tab.get(f"/session/renew?next={quote(target, safe='')}").location == "/"


def test_a_page_asked_for_without_signing_in_leads_through_the_sign_in_and_back(desk: WebDesk) -> None:
    tab = desk.tab()
    answer = tab.get("/mail/?x=1")
    assert answer.status == 303 and answer.location.startswith("/session/renew?next=")
    page = tab.follows(answer)
    assert page.status == 200 and 'value="/mail/?x=1"' in page.body


# Leaving


def test_signing_out_ends_every_copy_of_the_token(desk: WebDesk) -> None:
    """H-146"""
    tab = desk.tab("ada")
    thief = BrowserTab(desk.base)
    thief.cookies = dict(tab.cookies)
    assert thief.follows(thief.get("/")).status == 200
    assert tab.post("/signout").location == "/signin"
    assert tab.cookies == {}
    answer = thief.get("/", Accept="application/json")
    assert answer.status == 401
    assert "/signin" in thief.get(thief.get("/").location).location
    bearer = BrowserTab(desk.base).get("/", Accept="application/json", Authorization=f"Bearer {thief.cookies[ACCESS][0]}")
    assert bearer.status == 401


def test_who_is_switched_off_is_out_with_the_next_click(desk: WebDesk) -> None:
    tab = desk.tab("ada")
    desk.person(desk.ada).is_active = False
    db.session.commit()
    assert tab.get("/", Accept="application/json").status == 401


# Staying


def test_a_page_whose_token_has_run_out_is_renewed_without_a_word(desk: WebDesk) -> None:
    tab = desk.tab("ada")
    before = tab.cookies[REFRESH]
    tab.forgets(ACCESS)  # the browser lets it go after a quarter of an hour
    answer = tab.get("/mail/")
    assert (answer.status, answer.location) == (303, "/session/renew?next=/mail/")
    answer = tab.get(answer.location)
    assert (answer.status, answer.location) == (303, "/mail/")
    assert tab.get("/mail/").status == 200
    assert tab.cookies[REFRESH] != before


def test_a_token_that_has_run_out_is_no_token(desk: WebDesk) -> None:
    tab = desk.tab("ada")
    claims = jwt.decode(tab.cookies[ACCESS][0], options={"verify_signature": False})
    late = signed({**claims, "exp": claims["iat"] - 3600, "iat": claims["iat"] - 7200, "nbf": claims["iat"] - 7200})
    tab.cookies[ACCESS] = (late, "/")
    assert tab.get("/", Accept="application/json").status == 401
    assert tab.follows(tab.get("/mail/")).status == 200


def test_a_stolen_refresh_token_ends_the_sign_in_for_both(desk: WebDesk) -> None:
    tab = desk.tab("ada")
    thief = BrowserTab(desk.base)
    thief.cookies = dict(tab.cookies)
    assert tab.get("/session/renew").location == "/"
    desk.time_passes("sign_in", f"{TABS_MAY_RACE + timedelta(seconds=1)}", "renewed_at")
    assert "/signin" in thief.get("/session/renew").location
    assert tab.get("/", Accept="application/json").status == 401
    assert "/signin" in tab.get("/session/renew").location


def test_two_tabs_that_renew_at_once_both_stay(desk: WebDesk) -> None:
    one = desk.tab("ada")
    other = BrowserTab(desk.base)
    other.cookies = dict(one.cookies)
    for tab in (one, other):
        assert tab.get("/session/renew").location == "/"
        assert tab.get("/", Accept="application/json").status != 401


# Forged tokens


def signed(claims: dict[str, object], secret: str = SECRET, kid: str | None = None, algorithm: str = "HS256") -> str:
    key = derived_key(secret.encode(), "jwt") if algorithm != "none" else ""
    return jwt.encode(claims, key, algorithm=algorithm, headers={"kid": kid or key_id(SECRET.encode())})


def test_a_token_we_did_not_sign_is_no_token(desk: WebDesk) -> None:
    tab = desk.tab("ada")
    claims = jwt.decode(tab.cookies[ACCESS][0], options={"verify_signature": False})
    good = signed(claims)
    cleo = {**claims, "sub": str(desk.cleo.id)}
    forged = {
        "another's sign-in": signed(cleo),
        "another key": signed(claims, "another secret that is long enough"),
        "no signature": signed(claims, algorithm="none"),
        "a key nobody has": signed(claims, kid="00000000"),
        "a refresh token": tab.cookies[REFRESH][0],
        "no subject": signed({name: value for name, value in claims.items() if name != "sub"}),
        "no sign-in": signed({name: value for name, value in claims.items() if name != "sid"}),
        "words for numbers": signed({**claims, "sid": "x"}),
        "rubbish": "rubbish",
        "nothing": "",
    }
    nobody = BrowserTab(desk.base)
    assert nobody.get("/mail/", Accept="application/json", Authorization=f"Bearer {good}").status == 200
    refused = {
        name: nobody.get("/mail/", Accept="application/json", Authorization=f"Bearer {token}").status
        for name, token in forged.items()
    }
    assert set(refused.values()) == {401}, refused


def test_a_refresh_cookie_cannot_be_made_of_an_access_token(desk: WebDesk) -> None:
    tab = desk.tab("ada")
    tab.cookies[REFRESH] = (tab.cookies[ACCESS][0], "/session/")
    assert "/signin" in tab.get("/session/renew").location


def test_after_a_rotation_the_tokens_of_before_are_good_until_they_run_out(make_web: Callable[..., WebDesk]) -> None:
    desk = make_web(SECRET_KEY=f"{'n' * 40},{SECRET}")
    tab = desk.tab("ada")
    token = tab.cookies[ACCESS][0]
    assert jwt.get_unverified_header(token)["kid"] == key_id(b"n" * 40)
    claims = jwt.decode(token, options={"verify_signature": False})
    answer = BrowserTab(desk.base).get("/mail/", Accept="application/json", Authorization=f"Bearer {signed(claims)}")
    assert answer.status == 200


# Other sites


def test_a_form_without_its_token_changes_nothing_and_says_what_to_do(desk: WebDesk) -> None:
    tab = desk.tab("ada")
    answer = tab.post("/signout", token=False)
    assert answer.status == 403 and "load the page again" in answer.body
    assert tab.get("/mail/").status == 200


@pytest.mark.parametrize("token", ["", "x", "0" * 36])
def test_a_form_with_a_wrong_token_changes_nothing(desk: WebDesk, token: str) -> None:
    tab = desk.tab("ada")
    assert tab.post("/signout", {"csrf_token": token}, token=False).status == 403
    assert tab.get("/mail/").status == 200


def test_a_script_of_the_page_may_send_the_token_as_a_header(desk: WebDesk) -> None:
    tab = desk.tab("ada")
    assert tab.post("/signout", token=False, X_CSRF_TOKEN=tab.csrf).status == 303


@pytest.mark.parametrize("origin", ["https://evil.example", "null", "http://127.0.0.1", "http://127.0.0.1:1", "", "file://"])
def test_another_site_changes_nothing_also_not_with_the_token(desk: WebDesk, origin: str) -> None:
    """H-135"""
    tab = desk.tab("ada")
    answer = tab.post("/signout", Origin=origin)
    assert answer.status == 403 and "another site" in answer.body
    assert tab.get("/mail/").status == 200


def test_another_site_signs_nobody_in(desk: WebDesk) -> None:
    """H-135: Or its visitor works at the desk as somebody the other site knows."""
    tab = desk.tab()
    answer = tab.post("/signin", {"username": "ada", "password": PASSWORD}, token=False, Origin="https://evil.example")
    assert answer.status == 403 and tab.cookies == {}


def test_a_script_with_a_token_needs_no_page(desk: WebDesk) -> None:
    token = desk.tab("ada").cookies[ACCESS][0]
    answer = BrowserTab(desk.base).asks("POST", "/signout", {}, {"Authorization": f"Bearer {token}"})
    assert answer.status == 303


# Who is who


def test_a_customer_is_shown_no_inbox(desk: WebDesk) -> None:
    desk.takes_in(mail_from(DORA))
    db.session.execute(db.update(User).where(User.email == DORA.address).values(password_hash=HASH))
    db.session.commit()
    tab = desk.tab(DORA.address)
    assert tab.follows(tab.get("/")).status == 200
    for path in ("/inbox/", "/mail/"):
        assert tab.follows(tab.get(path)).status == 403


def test_every_sign_in_is_written_down_with_its_browser(desk: WebDesk) -> None:
    tab = BrowserTab(desk.base)
    tab.post("/signin", {"username": "ada", "password": PASSWORD}, token=False, User_Agent="Firefox of Ada")
    desk.looks_again()
    [signed_in] = db.session.scalars(select(SignIn)).all()
    assert (signed_in.browser, signed_in.address, signed_in.user_id) == ("Firefox of Ada", "127.0.0.1", desk.ada.id)
