"""The desk's web behind a real nginx, with the very configuration that the paper shows."""

import http.client
import json
import socket
import ssl
import tempfile
from collections.abc import Iterator
from contextlib import ExitStack
from http.cookies import SimpleCookie
from pathlib import Path
from urllib.parse import urlencode

import psycopg
import pytest
import trustme
import websocket

from models.actions.guesses import scope_of
from models.actions.mailboxes import ensure_first_mailbox
from models.actions.people import create_user
from models.app import base_app
from models.database import db
from models.settings import load_settings
from postroom.services import Services
from tests.processes import RunningPostroom, environment, free_port
from tests.servers import Foreground, block, needs
from tests.services import new_database
from tests.waiting import PATIENCE

NAME = "desk.company.example"
PASSWORD = "a-long-password-for-ada"
FORGED = {"X-Forwarded-For": "203.0.113.9", "X-Forwarded-Proto": "http", "X-Forwarded-Host": "elsewhere.example"}
AROUND = """
daemon off;
pid {folder}/nginx.pid;
error_log stderr;
user root;
worker_processes 1;
events {{ worker_connections 64; }}
http {{
access_log off;
client_body_temp_path {folder}/1; proxy_temp_path {folder}/2; fastcgi_temp_path {folder}/3;
uwsgi_temp_path {folder}/4; scgi_temp_path {folder}/5;
{paper}
}}
"""


class Site:
    """`postroom web` behind nginx, as https://desk.company.example, and whoever comes to it from outside."""

    def __init__(self, folder: Path, web: RunningPostroom, database_url: str) -> None:
        program = needs("nginx", "nginx-light")
        self.database_url = database_url
        self.plain, self.port = free_port(), free_port()
        authority = trustme.CA()
        authority.issue_cert(NAME).private_key_and_cert_chain_pem.write_to_path(str(folder / "both.pem"))
        self.trust = ssl.create_default_context()
        authority.configure_trust(self.trust)
        live = f"/etc/letsencrypt/live/{NAME}"
        different_here = {
            "127.0.0.1:8000": f"127.0.0.1:{web.http_port}",
            "listen 80;": f"listen 127.0.0.1:{self.plain};",
            "listen 443 ssl": f"listen 127.0.0.1:{self.port} ssl",
            f"{live}/fullchain.pem": str(folder / "both.pem"),
            f"{live}/privkey.pem": str(folder / "both.pem"),
        }
        paper = block("tls-and-hardening.md", "nginx", different_here)
        (folder / "nginx.conf").write_text(AROUND.format(folder=folder, paper=paper))
        self.server = Foreground(program, "-c", str(folder / "nginx.conf"), "-p", str(folder), folder=folder)
        self.server.wait_until(lambda: self.asks("GET", "/readyz")[0] == 200)

    def line(self) -> ssl.SSLSocket:
        return self.trust.wrap_socket(socket.create_connection(("127.0.0.1", self.port), timeout=PATIENCE), server_hostname=NAME)

    def asks(self, method: str, path: str, body: bytes | None = None, **headers: str) -> tuple[int, http.client.HTTPMessage, bytes]:
        connection = http.client.HTTPConnection(NAME)
        connection.sock = self.line()
        named = {name.replace("_", "-"): value for name, value in headers.items()}
        connection.request(method, path, body, {"Origin": f"https://{NAME}", **named})
        response = connection.getresponse()
        return response.status, response.headers, response.read()

    def signs_in(self, password: str, **headers: str) -> tuple[int, str]:
        """The status, and the cookies as a browser sends them back."""
        form = urlencode({"username": "ada", "password": password}).encode()
        status, answered, _ = self.asks("POST", "/signin", form, Content_Type="application/x-www-form-urlencoded", **headers)
        self.cookies = [header for header in answered.get_all("Set-Cookie", [])]
        named = (morsel for header in self.cookies for morsel in SimpleCookie(header).values())
        return status, "; ".join(f"{morsel.key}={morsel.value}" for morsel in named)

    def token(self) -> str:
        body = json.dumps({"username": "ada", "password": PASSWORD}).encode()
        return str(json.loads(self.asks("POST", "/api/auth/token/", body, Content_Type="application/json")[2])["access"])

    def opens_a_ticket(self, token: str) -> int:
        body = json.dumps({"subject": "By hand", "description": "Of the team."}).encode()
        status, _, made = self.asks("POST", "/api/tickets/", body, Content_Type="application/json", Authorization=f"Bearer {token}")
        assert status == 201, made
        return int(json.loads(made)["id"])


@pytest.fixture(scope="module")
def site(services: Services, template_database: str, _session_redis: str) -> Iterator[Site]:
    needs("nginx", "nginx-light")
    with ExitStack() as at_the_end:
        folder = Path(at_the_end.enter_context(tempfile.TemporaryDirectory(prefix="postroom-nginx-")))
        url = at_the_end.enter_context(new_database(services.database_url, template_database))
        settings = {"DATABASE_URL": url, "REDIS_URL": _session_redis, "BASE_URL": f"https://{NAME}", "TRUSTED_PROXIES": "127.0.0.1"}
        env = environment(folder / "data", settings)
        app = base_app(load_settings(env), pool_size=1)
        with app.app_context():
            ensure_first_mailbox("support@company.example")
            create_user("ada", "ada@desk.example", "admin", password=PASSWORD, full_name="Ada")
            db.session.commit()
            db.engine.dispose()
        web = RunningPostroom(("web",), env, folder / "data")
        at_the_end.callback(web.stop)
        opened = Site(folder, web, url)
        at_the_end.callback(opened.server.stop)
        yield opened


def test_who_signs_in_over_tls_gets_cookies_that_travel_no_other_way(site: Site) -> None:
    status, _ = site.signs_in(PASSWORD, **FORGED)
    assert status == 303
    assert site.cookies and all("; Secure" in header for header in site.cookies)
    assert any(header.startswith("__Host-") for header in site.cookies)


def test_a_client_cannot_say_where_he_comes_from(site: Site) -> None:
    for forged in ("203.0.113.9", "198.51.100.7"):
        assert site.signs_in("wrong", X_Forwarded_For=forged)[0] != 303
    with psycopg.connect(site.database_url) as connection:
        counted = {scope for (scope,) in connection.execute("SELECT scope FROM failed_sign_in")}
    assert counted == {scope_of("user", "ada"), scope_of("ip", "127.0.0.1")}


def test_an_open_inbox_hears_through_the_proxy_and_its_page_is_of_the_right_origin(site: Site) -> None:
    _, cookies = site.signs_in(PASSWORD)
    live = websocket.create_connection(
        f"wss://{NAME}/ws/inbox/", socket=site.line(), cookie=cookies, origin=f"https://{NAME}", timeout=PATIENCE
    )
    live.send(json.dumps({"type": "hello"}))
    assert json.loads(live.recv()) == {"type": "live"}
    ticket = site.opens_a_ticket(site.token())
    assert json.loads(live.recv())["ticket_id"] == ticket
    live.close()
    foreign = websocket.create_connection(
        f"wss://{NAME}/ws/inbox/", socket=site.line(), cookie=cookies, origin="https://elsewhere.example", timeout=PATIENCE
    )
    opcode, data = foreign.recv_data()
    assert (opcode, int.from_bytes(data[:2], "big")) == (websocket.ABNF.OPCODE_CLOSE, 4403)


@pytest.mark.parametrize(("megabytes", "status"), [(24, 201), (27, 413)])
def test_files_as_large_as_the_desk_takes_pass_and_larger_ones_end_at_the_proxy(site: Site, megabytes: int, status: int) -> None:
    token = site.token()
    head = (
        '--x\r\nContent-Disposition: form-data; name="body"\r\n\r\nHere.\r\n--x\r\n'
        'Content-Disposition: form-data; name="files"; filename="a.bin"\r\nContent-Type: application/octet-stream\r\n\r\n'
    )
    body = head.encode() + b"\0" * (megabytes * 1024 * 1024) + b"\r\n--x--\r\n"
    path = f"/api/tickets/{site.opens_a_ticket(token)}/messages/"
    kind = "multipart/form-data; boundary=x"
    try:
        answered = site.asks("POST", path, body, Content_Type=kind, Authorization=f"Bearer {token}")[0]
    except (BrokenPipeError, ConnectionResetError, ssl.SSLError):
        answered = 413  # it hung up in the middle
    assert answered == status


def test_plain_http_leads_to_https_and_the_metrics_are_nobodys_outside(site: Site) -> None:
    plain = http.client.HTTPConnection("127.0.0.1", site.plain)
    plain.request("GET", "/inbox/", headers={"Host": NAME})
    answer = plain.getresponse()
    assert (answer.status, answer.headers["Location"]) == (301, f"https://{NAME}/inbox/")
    assert site.asks("GET", "/metrics")[0] == 404
