"""The blueprint of the account pages, and the frame they stand in."""

from flask import Blueprint, current_app

from models.app import settings_of
from webapp.auth import current_user

account = Blueprint("account", __name__, url_prefix="/account")


def layout() -> str:
    """The page around: the desk's for the team, the portal's for customers."""
    return "pages/_desk_page.html" if current_user().is_staff else "pages/_portal_page.html"


def keys() -> tuple[bytes, ...]:
    return settings_of(current_app).signing_keys
