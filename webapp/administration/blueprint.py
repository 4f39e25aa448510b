"""The blueprint of the administrators' pages, and their guard."""

from collections.abc import Callable
from typing import ParamSpec, TypeVar

from flask import Blueprint, request

from models.errors import Forbidden
from models.people import Role, User
from webapp.auth import guarded, require_sign_in

P = ParamSpec("P")
R = TypeVar("R")

administration = Blueprint("administration", __name__, url_prefix="/admin")


def require_admin() -> User:
    """A signed-in administrator. Raises `Forbidden` for everybody else."""
    user = require_sign_in()
    if user.role != Role.ADMIN:
        raise Forbidden("this page is for administrators")
    return user


def for_admins(view: Callable[P, R]) -> Callable[P, R]:
    """A view for administrators."""
    return guarded(view, require_admin)


def ticked(name: str) -> bool:
    """Whether a box of the form is ticked: browsers send nothing for one that is not."""
    return name in request.form


def whole_number(name: str) -> int | None:
    """A number of the form; None where there is none, or something else."""
    typed = request.form.get(name, "").strip()
    return int(typed) if typed.isascii() and typed.isdigit() and len(typed) < 10 else None
