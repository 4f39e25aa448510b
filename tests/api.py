"""A script that uses the API of a desk served for real: a token, and the calls as methods."""

import json
from collections.abc import Mapping
from typing import Any
from urllib.parse import urlencode
from uuid import uuid4

from flask import Flask

from models.actions.signing_in import start_sign_in
from models.database import db
from models.people import User
from tests.web import Answer, BrowserTab
from webapp.auth import tokens_for

Files = Mapping[str, tuple[str, bytes]]  # filename → content type, content


class ApiClient:
    """Speaks JSON to the API at `base`; with a token, as whoever it belongs to."""

    def __init__(self, base: str, token: str = "") -> None:
        self.line = BrowserTab(base)
        self.token = token

    def get(self, path: str, headers: Mapping[str, str] | None = None, **query: Any) -> Answer:
        return self.asks("GET", f"{path}?{urlencode(query)}" if query else path, headers=headers)

    def post(self, path: str, headers: Mapping[str, str] | None = None, **body: Any) -> Answer:
        return self.asks("POST", path, json.dumps(body), headers)

    def patch(self, path: str, **body: Any) -> Answer:
        return self.asks("PATCH", path, json.dumps(body))

    def put(self, path: str, **body: Any) -> Answer:
        return self.asks("PUT", path, json.dumps(body))

    def delete(self, path: str) -> Answer:
        return self.asks("DELETE", path)

    def sends_form(self, path: str, fields: Mapping[str, str], files: Files) -> Answer:
        """The fields and files as multipart/form-data."""
        edge = uuid4().hex
        parts = [f'--{edge}\r\nContent-Disposition: form-data; name="{name}"\r\n\r\n{value}\r\n'.encode() for name, value in fields.items()]
        for name, (kind, content) in files.items():
            head = f'--{edge}\r\nContent-Disposition: form-data; name="files"; filename="{name}"\r\nContent-Type: {kind}\r\n\r\n'
            parts.append(head.encode() + content + b"\r\n")
        body = b"".join(parts) + f"--{edge}--\r\n".encode()
        return self.asks("POST", path, body, {"Content-Type": f"multipart/form-data; boundary={edge}"})

    def asks(
        self, method: str, path: str, body: str | bytes | None = None, headers: Mapping[str, str] | None = None
    ) -> Answer:
        named = {"Content-Type": "application/json"} if body is not None else {}
        if self.token:
            named["Authorization"] = f"Bearer {self.token}"
        return self.line.asks(method, path, {} if body is None else {"body": body}, named | dict(headers or {}))


def access_token(web: Flask, user: User) -> str:
    """An access token as signing in gives it, without the password's time."""
    with web.app_context():
        signed = start_sign_in(db.session.get_one(User, user.id))
        token, _ = tokens_for(user, signed)
        db.session.commit()
    return token
