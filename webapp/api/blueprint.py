"""The blueprint of the JSON API, and what holds for each of its requests."""

import re

from flask import Blueprint, abort, request

api = Blueprint("api", __name__, url_prefix="/api")

LOOKS_LIKE_A_TOKEN = re.compile(r"^(?:eyJ[\w-]+\.[\w-]+\.[\w-]*|prt_.+)$")


@api.before_request
def refuse_secrets_in_addresses() -> None:
    """Addresses end up in logs, histories and referrers: a token in one is refused even where it is good (H-133)."""
    if any(LOOKS_LIKE_A_TOKEN.match(value) for _, value in request.args.items(multi=True)):
        abort(400, "tokens belong in the Authorization header: an address is written into logs")
