"""A host that gives access tokens for a refresh token (RFC 6749), and tells mail servers whose they are."""

import json
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from urllib.parse import parse_qs, urlsplit

from tests.hosts import Answering, host_of

CLIENT = {"client_id": "the desk", "client_secret": "its secret"}


@dataclass
class TokenHost:
    """`consents` are the refresh tokens and who gave them; `given` the access tokens that were made of them."""

    base: str = ""
    consents: dict[str, str] = field(default_factory=dict)
    given: dict[str, str] = field(default_factory=dict)

    def secret(self, user: str) -> dict[str, str]:
        """What the desk keeps of `user`'s consent."""
        self.consents[f"refresh-{user}"] = user
        return {"refresh_token": f"refresh-{user}", **CLIENT, "token_url": f"{self.base}/token"}

    def token_for(self, form: dict[str, str]) -> str | None:
        user = self.consents.get(form.get("refresh_token", ""))
        if user is None or form.get("grant_type") != "refresh_token" or CLIENT.items() - form.items():
            return None
        token = f"access-{len(self.given)}"
        self.given[token] = user
        return token


@contextmanager
def token_host() -> Iterator[TokenHost]:
    host = TokenHost()

    class Host(Answering):
        def do_POST(self) -> None:
            sent = self.rfile.read(int(self.headers["Content-Length"])).decode()
            token = host.token_for({name: values[0] for name, values in parse_qs(sent).items()})
            self.says(200, {"access_token": token}) if token else self.says(400, {"error": "invalid_grant"})

        def do_GET(self) -> None:
            [token] = parse_qs(urlsplit(self.path).query).get("access_token", [""])
            user = host.given.get(token)
            self.says(200, {"email": user, "access_token": token}) if user else self.says(401, {"error": "invalid_token"})

        def says(self, status: int, words: dict[str, str | None]) -> None:
            self.send_response(status)
            self.send_header("Content-Type", "application/json")
            self.end_headers()
            self.wfile.write(json.dumps(words).encode())

    with host_of(Host) as host.base:
        yield host
