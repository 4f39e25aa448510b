"""The blueprint of the administrators' pages, and how they read their forms."""

from flask import Blueprint, request

administration = Blueprint("administration", __name__, url_prefix="/admin")


def ticked(name: str) -> bool:
    """Whether a box of the form is ticked: browsers send nothing for one that is not."""
    return name in request.form


def whole_number(name: str) -> int | None:
    """A number of the form; None where there is none, or something else."""
    typed = request.form.get(name, "").strip()
    return int(typed) if typed.isascii() and typed.isdigit() and len(typed) < 10 else None
