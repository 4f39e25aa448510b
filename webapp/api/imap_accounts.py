"""Accounts that mail is fetched from by IMAP, for administrators. A password or token is taken, and never told."""

from typing import Literal

from flask import current_app
from pydantic import Field, StrictBool

from models.actions.imap_accounts import ImapWanted, add_account, remove_account, switch
from models.api_token import Scope
from models.app import settings_of
from models.database import db
from models.imap_account import ImapAccount
from models.queries.imap_accounts import imap_account, imap_accounts
from webapp.api.callers import Who, caller
from webapp.api.calls import call
from webapp.api.shapes import Moment, Sent, Told


class ImapAccountShape(Told):
    """Where mail is fetched, and how that fares: `trouble` is empty while all is well."""

    id: int
    mailbox: int
    host: str
    port: int
    security: Literal["tls", "starttls", "plain"]
    username: str
    folder: str
    sign_in: Literal["password", "oauth"]
    afterwards: Literal["leave", "seen", "move"]
    move_to: str
    takes_old: bool
    trusted_hosts: list[str]
    is_active: bool
    taken: int = Field(description="mails taken in so far")
    left_uids: list[int] = Field(description="mails too large to be taken, by their number in the folder")
    looked_at: Moment | None
    trouble: str


class ImapAccountList(Told):
    results: list[ImapAccountShape]


class OAuth(Sent):
    """What XOAUTH2 needs: a refresh token is traded for access tokens (RFC 6749 section 6)."""

    refresh_token: str = Field(min_length=1, max_length=5000)
    client_id: str = Field(min_length=1, max_length=500)
    client_secret: str = Field(min_length=1, max_length=500)
    token_url: str = Field(min_length=1, max_length=2000)


class NewImapAccount(Sent):
    mailbox: int
    host: str = Field(min_length=1, max_length=253)
    username: str = Field(min_length=1, max_length=320)
    password: str | None = Field(None, max_length=1000)
    oauth: OAuth | None = Field(None, description="instead of a password")
    port: int | None = Field(None, ge=1, le=65535)
    security: Literal["tls", "starttls", "plain"] = "tls"
    folder: str = Field("INBOX", min_length=1, max_length=200)
    afterwards: Literal["leave", "seen", "move"] = Field("leave", description="what becomes of a mail there once it is here")
    move_to: str = Field("", max_length=200)
    takes_old: StrictBool = Field(False, description="take in also what lies there already, as imported: nobody is written to")
    trusted_hosts: list[str] = Field([], max_length=20, description="mail servers whose Received lines are believed, or `.domain` of them")


class ImapAccountChange(Sent):
    is_active: StrictBool


@call("GET", "/admin/imap-accounts/", who=Who.ADMIN, answers={200: ImapAccountList}, scope=Scope.ADMIN_READ)
def list_imap_accounts() -> ImapAccountList:
    """All accounts that mail is fetched from."""
    return ImapAccountList(results=[shape(account) for account in imap_accounts()])


@call("POST", "/admin/imap-accounts/", who=Who.ADMIN, answers={201: ImapAccountShape}, scope=Scope.ADMIN_WRITE, refuses=(409,))
def new_imap_account(body: NewImapAccount) -> ImapAccountShape:
    """Have the mail of one folder fetched."""
    secret = body.oauth.model_dump() if body.oauth else {"password": body.password or ""}
    plain = body.model_dump(exclude={"mailbox", "password", "oauth"})
    wanted = ImapWanted(mailbox_id=body.mailbox, secret=secret, **plain)
    account = add_account(wanted, caller().actor, settings_of(current_app).signing_keys)
    db.session.commit()
    return shape(imap_account(account.id))


@call("PATCH", "/admin/imap-accounts/<int:imap_account_id>/", who=Who.ADMIN, answers={200: ImapAccountShape}, scope=Scope.ADMIN_WRITE)
def change_imap_account(imap_account_id: int, body: ImapAccountChange) -> ImapAccountShape:
    """Let an account rest, or go on."""
    switch(imap_account_id, caller().actor, is_active=body.is_active)
    db.session.commit()
    return shape(imap_account(imap_account_id))


@call("DELETE", "/admin/imap-accounts/<int:imap_account_id>/", who=Who.ADMIN, answers={204: None}, scope=Scope.ADMIN_WRITE)
def delete_imap_account(imap_account_id: int) -> tuple[None, int]:
    """Fetch from there no more; what was fetched stays."""
    remove_account(imap_account_id, caller().actor)
    db.session.commit()
    return None, 204


def shape(account: ImapAccount) -> ImapAccountShape:
    simple = {name: getattr(account, name) for name in ImapAccountShape.model_fields if name != "mailbox"}
    return ImapAccountShape(**simple, mailbox=account.mailbox_id)
