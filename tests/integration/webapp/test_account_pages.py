"""The pages of accounts over HTTP: signing up, the second step, one's own account, administration; no script runs here."""

import re
import time

import pyotp
from sqlalchemy import select, text

from models.accounts import OneTimeCode
from models.actions.second_factors import begin_second_factor, confirm_second_factor
from models.actions.signing_in import start_sign_in
from models.codes import code_of, spelled
from models.database import db
from models.people import SignIn, User
from tests.cast import DORA, PASSWORD, SUPPORT, mail_from
from tests.integration.webapp.conftest import HASH, WebDesk
from tests.web import BrowserTab


def asks_for_code(tab: BrowserTab, desk: WebDesk, address: str, way: str = "signup") -> str:
    """Ask on the page, and read the newest code out of the mail."""
    assert tab.post(f"/{way}/", {"email": address}, token=False).status == 200
    desk.looks_again()
    newest = select(OneTimeCode.id).where(OneTimeCode.address == address).order_by(OneTimeCode.created_at.desc())
    code_id = db.session.scalars(newest).first()
    assert code_id is not None
    return spelled(code_of(desk.keys[0], code_id))


def finishes(tab: BrowserTab, address: str, code: str, way: str = "signup", password: str = PASSWORD):  # type: ignore[no-untyped-def]
    form = {"email": address, "code": code, "password": password, "full_name": "Dora H."}
    return tab.post(f"/{way}/finish/", form, token=False)


def switched_on(desk: WebDesk, name: str) -> tuple[pyotp.TOTP, list[str]]:
    """An authenticator of this person's, in use."""
    user = db.session.scalars(select(User).where(User.username == name)).one()
    app = pyotp.parse_uri(begin_second_factor(user, desk.keys))
    codes = confirm_second_factor(user, app.now(), desk.keys)
    db.session.execute(text("UPDATE second_factor SET last_step = 0"))
    db.session.commit()
    assert isinstance(app, pyotp.TOTP)
    return app, codes


def now_shown(app: pyotp.TOTP) -> str:
    return app.generate_otp(int(time.time()) // 30)


# Signing up


def test_a_customer_signs_up_with_a_code_and_is_in(desk: WebDesk) -> None:
    ticket_id = desk.takes_in(mail_from(DORA)).ticket_id
    tab = desk.tab()
    answer = finishes(tab, DORA.address, asks_for_code(tab, desk, DORA.address))
    assert (answer.status, answer.location) == (303, "/")
    page = tab.follows(answer)
    assert page.status == 200 and "Where is my parcel?" in page.body
    assert tab.get(f"/requests/{ticket_id}/").status == 200


def test_a_code_is_of_no_use_in_another_browser(desk: WebDesk) -> None:
    """Whoever talks somebody out of a code has not the browser that asked for it (H-128)."""
    hers, his = desk.tab(), desk.tab()
    code = asks_for_code(hers, desk, DORA.address)
    assert finishes(his, DORA.address, code).status == 422
    assert finishes(hers, DORA.address, code).status == 303


def test_a_short_password_does_not_cost_the_code(desk: WebDesk) -> None:
    tab = desk.tab()
    code = asks_for_code(tab, desk, DORA.address)
    refused = finishes(tab, DORA.address, code, password="short")
    assert refused.status == 422 and "at least 10 characters" in refused.body
    assert finishes(tab, DORA.address, code).status == 303


def test_asking_looks_the_same_for_every_address(desk: WebDesk) -> None:
    """H-129, on the page."""
    bodies = set()
    for address in ("ada@desk.example", "nobody@desk.example", SUPPORT):
        answer = desk.tab().post("/password/", {"email": address}, token=False)
        assert answer.status == 200
        bodies.add(answer.body.replace(address, "ADDRESS"))
    assert len(bodies) == 1


def test_a_forgotten_password_is_set_anew_and_still_asks_for_the_second_factor(desk: WebDesk) -> None:
    app, _ = switched_on(desk, "ada")
    tab = desk.tab()
    answer = finishes(tab, "ada@desk.example", asks_for_code(tab, desk, "ada@desk.example", "password"), "password", "a new and long one")
    assert answer.status == 200 and "One more step" in answer.body and "postroom_access" not in tab.cookies
    assert second_step(tab, answer.body, now_shown(app)).status == 303


# The second step


def second_step(tab: BrowserTab, page: str, code: str):  # type: ignore[no-untyped-def]
    challenge = re.search(r'name="challenge" value="([^"]+)"', page)
    assert challenge is not None
    return tab.post("/signin/code", {"challenge": challenge[1], "code": code, "next": "/mail/"}, token=False)


def test_the_password_leads_to_the_second_step_and_no_further(desk: WebDesk) -> None:
    app, recovery = switched_on(desk, "ada")
    tab = desk.tab()
    page = tab.signs_in("ada", PASSWORD)
    assert page.status == 200 and "One more step" in page.body and "postroom_access" not in tab.cookies
    assert second_step(tab, page.body, "wrong").status == 401
    assert second_step(tab, page.body, now_shown(app)).location == "/mail/"
    assert second_step(tab, page.body, now_shown(app)).status == 401  # used up
    assert second_step(desk.tab(), page.body, recovery[0]).status == 303


def test_the_second_step_ends_with_the_password_it_began_with(desk: WebDesk) -> None:
    app, _ = switched_on(desk, "ada")
    page = desk.tab().signs_in("ada", PASSWORD).body
    db.session.execute(db.update(User).where(User.username == "ada").values(password_hash=HASH + "x"))
    db.session.commit()
    assert second_step(desk.tab(), page, now_shown(app)).status == 401
    assert desk.tab().post("/signin/code", {"challenge": "made.up.here", "code": now_shown(app)}, token=False).status == 401


def test_who_must_set_up_a_second_factor_comes_no_further_than_its_page(desk: WebDesk) -> None:
    db.session.execute(db.update(User).where(User.username == "ada").values(second_factor_required=True))
    db.session.commit()
    tab = desk.tab("ada")
    assert tab.get("/inbox/mine/").location == "/account/second-factor/"
    page = tab.follows(tab.post("/account/second-factor/", {"password": PASSWORD}))
    secret = re.search(r'<span class="mono">([A-Z2-7 ]+)</span>', page.body)
    assert secret is not None and "<svg" in page.body
    shown = tab.post("/account/second-factor/confirm/", {"code": pyotp.TOTP(secret[1].replace(" ", "")).now()})
    assert shown.status == 200 and len(re.findall(r"<li>\w{5}-\w{5}</li>", shown.body)) == 10
    assert tab.get("/inbox/mine/").status == 200
    again = tab.get("/account/second-factor/").body
    assert secret[1] not in again and "<li>" not in again.partition("recovery code")[2].partition("</section>")[0]


# One's own account


def test_sign_ins_are_listed_and_ended(desk: WebDesk) -> None:
    tab, other = desk.tab("ada"), desk.tab("ada")
    page = tab.get("/account/").body
    [ending] = re.findall(r'action="(/account/sign-ins/\d+/end/)"', page)
    assert tab.post(ending).status == 303
    assert other.get("/account/", Accept="application/json").status == 401 and tab.get("/account/").status == 200
    stranger = start_sign_in(db.session.scalars(select(User).where(User.username == "ben")).one())
    db.session.commit()
    assert tab.post(f"/account/sign-ins/{stranger.id}/end/").status == 404
    assert tab.post("/account/sign-ins/end/").location == "/signin"
    desk.looks_again()
    assert [each.user_id for each in db.session.scalars(select(SignIn).where(SignIn.ended_at.is_(None)))] == [desk.ben.id]


def test_a_new_password_takes_the_old_one_and_ends_the_other_sign_ins(desk: WebDesk) -> None:
    tab, other = desk.tab("ada"), desk.tab("ada")
    wrong = tab.post("/account/password/", {"password": "not hers", "new_password": "a new and long one"})
    assert wrong.status == 422 and "not your password" in wrong.body
    assert tab.post("/account/password/", {"password": PASSWORD, "new_password": "a new and long one"}).status == 303
    assert other.get("/account/", Accept="application/json").status == 401 and tab.get("/account/").status == 200


def test_an_address_is_changed_with_a_code_that_came_to_it(desk: WebDesk) -> None:
    ticket_id = desk.takes_in(mail_from(DORA)).ticket_id
    desk.hires("flora", "customer", PASSWORD)
    tab = desk.tab("flora")
    assert tab.post("/account/address/", {"email": DORA.address}).status == 200
    code_id = db.session.scalars(select(OneTimeCode.id)).one()
    form = {"email": DORA.address, "password": PASSWORD, "code": "AAAAAAAA"}
    assert tab.post("/account/address/confirm/", form).status == 422
    assert tab.post("/account/address/confirm/", form | {"code": code_of(desk.keys[0], code_id)}).status == 303
    assert tab.get(f"/requests/{ticket_id}/").status == 200


# The switch


def test_the_switch_goes_online_and_back_to_where_one_was(desk: WebDesk) -> None:
    ticket_id = desk.takes_in(mail_from(DORA)).ticket_id
    tab = desk.tab("ada")
    assert "0 / 10" in tab.get("/inbox/mine/").body
    answer = tab.post("/account/at-work/", {"is_available": "yes"}, Referer=f"{desk.base}/inbox/mine/?x=1")
    assert answer.location == "/inbox/mine/?x=1"
    assert desk.ticket(ticket_id).assigned_agent_id == desk.ada.id
    page = tab.get("/inbox/mine/").body
    assert "1 / 10" in page and 'aria-checked="true"' in page
    assert tab.post("/account/at-work/", {"is_available": "no"}, Referer="https://evil.example//x").location.startswith("/")


# Administration


def test_nobody_but_administrators_sees_the_administration(desk: WebDesk) -> None:
    desk.hires("flora", "customer", PASSWORD)
    for name in ("ada", "flora"):
        tab = desk.tab(name)
        for path in ("/admin/users/", "/admin/users/new/", "/admin/users/1/", "/admin/mailboxes/", "/admin/mailboxes/1/", "/admin/mailboxes/new/"):
            assert tab.get(path).status == 403, path
        for path in ("/admin/users/new/", "/admin/users/1/", "/admin/mailboxes/1/", "/admin/users/1/second-factor/reset/"):
            assert tab.post(path, {"role": "admin"}).status == 403, path
    assert "Administration" not in desk.tab("ada").get("/inbox/mine/").body


def test_an_administrator_invites_changes_and_switches_off(desk: WebDesk) -> None:
    tab = desk.tab("cleo")
    form = {"email": "nora@desk.example", "full_name": "Nora <b>", "role": "agent", "capacity": "4"}
    assert "Invited" in tab.follows(tab.post("/admin/users/new/", form)).body
    nora = db.session.scalars(select(User).where(User.email == "nora@desk.example")).one()
    page = tab.get(f"/admin/users/{nora.id}/")
    assert "Nora &lt;b&gt;" in page.body and "<b>" not in page.body.partition("Nora ")[2][:3]
    saved = tab.post(f"/admin/users/{nora.id}/", {"username": "nora", "role": "admin", "capacity": "7"})
    assert saved.status == 303
    desk.looks_again()
    nora = db.session.get_one(User, nora.id)
    assert (nora.username, nora.role, nora.capacity, nora.is_active) == ("nora", "admin", 7, False)
    assert tab.post("/admin/users/new/", form).status == 409


def test_an_administrator_edits_a_mailbox(desk: WebDesk) -> None:
    tab = desk.tab("cleo")
    form = {
        "name": "Help", "address": SUPPORT, "aliases": "help@example.com\nhelfen@example.com", "signature": "Yours,\nwe",
        "is_active": "yes", "acks": "yes", "agents_by_mail": "note", "reopen_days": "3", "told_statuses": "CLOSED",
    }  # fmt: skip
    page = tab.follows(tab.post("/admin/mailboxes/1/", form))
    assert page.status == 200 and "Saved" in page.body and "helfen@example.com" in page.body
    bad = tab.post("/admin/mailboxes/1/", form | {"address": "no address"})
    assert bad.status == 422 and "e-mail address" in bad.body
    assert tab.post("/admin/mailboxes/1/", form | {"agents_by_mail": "king"}).status == 422
    made = tab.post("/admin/mailboxes/new/", {"name": "Sales", "address": "sales@example.com"})
    assert made.status == 303 and tab.get(made.location).status == 200
