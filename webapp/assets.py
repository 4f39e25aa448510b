"""The built front end: names with a hash in them, which a browser may keep for ever."""

import json
from functools import cache
from pathlib import Path

from flask import Flask, Response, g, request, url_for

DIST = Path(__file__).resolve().parent / "static" / "dist"
FOR_EVER = "public, max-age=31536000, immutable"


def init_app(app: Flask) -> None:
    app.jinja_env.globals["asset"] = asset
    app.after_request(keep_built_files)


def asset(name: str) -> str:
    """The address of a built file: `asset('app.js')`. Put together once a request: each icon of a page asks for the same."""
    addresses: dict[str, str] = g.setdefault("assets", {})
    if name not in addresses:
        addresses[name] = url_for("static", filename=f"dist/{manifest()[name]}")
    return addresses[name]


@cache
def manifest() -> dict[str, str]:
    try:
        files: dict[str, str] = json.loads((DIST / "manifest.json").read_text(encoding="utf-8"))["files"]
    except FileNotFoundError:
        raise RuntimeError("the front end is not built: run `python3 run.py`, which builds it") from None
    return files


def keep_built_files(response: Response) -> Response:
    if request.path.startswith("/static/dist/") and response.status_code == 200:
        response.headers["Cache-Control"] = FOR_EVER
    return response
