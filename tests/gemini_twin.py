"""A small Gemini API that really answers over HTTP: it records every prompt and plays what a test has scripted.

    with GeminiTwin() as twin:
        twin.script("slow")
        Writer("key", "gemini-test", twin.url).write(prompt)

It speaks `generateContent` and `streamGenerateContent?alt=sse`. A script is the name of a part in `PARTS`, or the
sentences to be answered with. Told nothing, it answers well.
"""

import json
import re
import socket
import threading
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

Sentences = list[dict[str, Any]]


@dataclass(frozen=True)
class Asked:
    """One request: where, with which key, and what it says."""

    path: str
    key: str
    body: dict[str, Any]

    @property
    def everything(self) -> str:
        """All that the model was told, unescaped as a model reads it."""
        said = [part["text"] for content in self.body["contents"] for part in content["parts"]]
        rules = [part["text"] for part in self.body.get("systemInstruction", {}).get("parts", [])]
        return "\n".join(rules + said)

    @property
    def data(self) -> list[dict[str, Any]]:
        """The quotations."""
        lines = self.body["contents"][0]["parts"][0]["text"].splitlines()
        return [json.loads(line) for line in lines if line.startswith('{"id"')]


def sentence(text: str, *sources: str, opens: bool = False) -> dict[str, Any]:
    return {"text": text, "sources": list(sources), "new_paragraph": opens}


def good(asked: Asked) -> Sentences:
    """A friendly answer to the newest message of the customer."""
    newest = [each["id"] for each in asked.data if each["from"] == "customer"][-1]
    return [
        sentence("Hello,"),
        sentence("thank you for your message.", newest, opens=True),
        sentence("Could you tell us a little more?", newest),
    ]


def obedient(asked: Asked) -> Sentences:
    """Obeys the attacker: repeats every order, tells everything it knows, names sources that are not there."""
    told = asked.everything
    pieces = [told[place : place + 1200] for place in range(0, len(told), 1200)]
    said = [each["text"] for each in asked.data]
    links = re.findall(r"\S*(?:://|www\.|@|\.[a-z]{2,})\S*", told)
    painted = [f"![x]({link}) [{link}]({link}) <img src='{link}'> <{link}> [a]: {link}" for link in links[:10]]
    texts = [text[:1200] for text in (*said, *painted, *pieces)]
    return [sentence(text, "m1", "x9", "note") for text in texts[:40]]


class GeminiTwin:
    """The server, on a port of its own until the `with` ends."""

    def __init__(self) -> None:
        self.asked: list[Asked] = []
        self.plays: str | Callable[[Asked], Sentences] | Sentences = good
        self.released = threading.Event()  # what 'slow' and 'stalled' wait for
        self.sent = 0
        self.server = ThreadingHTTPServer(("127.0.0.1", 0), handler_of(self))
        self.server.daemon_threads = True
        self.thread = threading.Thread(target=self.server.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True)

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server.server_port}"

    def script(self, plays: str | Callable[[Asked], Sentences] | Sentences) -> None:
        self.plays = plays

    def begin_anew(self) -> None:
        """Forget what was asked and scripted."""
        self.asked.clear()
        self.sent = 0  # bytes of an endless answer that somebody took
        self.plays = good
        self.released = threading.Event()

    @property
    def last(self) -> Asked:
        return self.asked[-1]

    def __enter__(self) -> "GeminiTwin":
        self.thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.released.set()
        self.server.shutdown()
        self.server.server_close()
        self.thread.join()


def handler_of(twin: GeminiTwin) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"
        disable_nagle_algorithm = True

        def log_message(self, *_: object) -> None:
            """A test says what went wrong."""

        def do_POST(self) -> None:
            body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
            asked = Asked(self.path, self.headers.get("x-goog-api-key", ""), body)
            twin.asked.append(asked)
            try:
                play(self, twin, asked)
            except (BrokenPipeError, ConnectionResetError):
                self.close_connection = True  # the client has left, as it should

    return Handler


def play(handler: BaseHTTPRequestHandler, twin: GeminiTwin, asked: Asked) -> None:
    if isinstance(twin.plays, str):
        PARTS[twin.plays](handler, twin, asked)
    else:
        sentences = twin.plays(asked) if callable(twin.plays) else twin.plays
        answer(handler, asked, pieces_of(sentences))


def pieces_of(sentences: Sentences, size: int = 40) -> Iterator[dict[str, Any]]:
    """The answer in chunks that end anywhere, as the API sends them; the last one carries the count."""
    text = json.dumps({"sentences": sentences}, ensure_ascii=False)
    if len(text) > 4000:
        size = 4000
    for place in range(0, len(text), size):
        is_last = place + size >= len(text)
        yield chunk(text[place : place + size], "STOP" if is_last else None)


def chunk(text: str, finish: str | None = None) -> dict[str, Any]:
    candidate: dict[str, Any] = {"content": {"role": "model", "parts": [{"text": text}]}, "index": 0}
    if finish:
        candidate["finishReason"] = finish
    usage = {"promptTokenCount": 700, "candidatesTokenCount": 80, "totalTokenCount": 780}
    return {"candidates": [candidate], "usageMetadata": usage, "modelVersion": "gemini-test"}


def answer(handler: BaseHTTPRequestHandler, asked: Asked, chunks: Iterable[dict[str, Any]]) -> None:
    """One JSON object, or server-sent events, as the path asks."""
    if "streamGenerateContent" not in asked.path:
        whole = list(chunks)
        text = "".join(part["text"] for each in whole for part in each["candidates"][0]["content"]["parts"])
        return say(handler, 200, json.dumps(chunk(text, "STOP")).encode())
    begin_stream(handler)
    for each in chunks:
        send(handler, b"data: " + json.dumps(each).encode() + b"\r\n\r\n")
    send(handler, b"")


def begin_stream(handler: BaseHTTPRequestHandler) -> None:
    handler.send_response(200)
    handler.send_header("Content-Type", "text/event-stream")
    handler.send_header("Transfer-Encoding", "chunked")
    handler.end_headers()


def send(handler: BaseHTTPRequestHandler, data: bytes) -> None:
    """One chunk of the transfer; an empty one ends it."""
    handler.wfile.write(f"{len(data):x}\r\n".encode() + data + b"\r\n")
    handler.wfile.flush()


def say(handler: BaseHTTPRequestHandler, status: int, body: bytes, kind: str = "application/json") -> None:
    handler.send_response(status)
    handler.send_header("Content-Type", kind)
    handler.send_header("Content-Length", str(len(body)))
    handler.end_headers()
    handler.wfile.write(body)


def error(status: int, name: str, message: str) -> Callable[..., None]:
    body = json.dumps({"error": {"code": status, "status": name, "message": message}}).encode()
    return lambda handler, twin, asked: say(handler, status, body)


def one_chunk(**fields: Any) -> Callable[..., None]:
    return lambda handler, twin, asked: answer(handler, asked, [fields])


def slow(handler: BaseHTTPRequestHandler, twin: GeminiTwin, asked: Asked) -> None:
    """The first sentences at once, the rest when the test says so."""
    begin_stream(handler)
    for number, each in enumerate(pieces_of(good(asked), 90)):
        if number == 2:
            twin.released.wait(30)
        send(handler, b"data: " + json.dumps(each).encode() + b"\r\n\r\n")
    send(handler, b"")


def stalled(handler: BaseHTTPRequestHandler, twin: GeminiTwin, asked: Asked) -> None:
    """A byte now and then, and never an answer: no read ever times out."""
    begin_stream(handler)
    while not twin.released.wait(0.1):
        send(handler, b" ")


def silent(handler: BaseHTTPRequestHandler, twin: GeminiTwin, asked: Asked) -> None:
    twin.released.wait(60)
    handler.close_connection = True


def endless(handler: BaseHTTPRequestHandler, twin: GeminiTwin, asked: Asked) -> None:
    """100 MB on one line, if anybody takes them."""
    begin_stream(handler)
    send(handler, b"data: ")
    for _ in range(100):
        send(handler, b"x" * 1_000_000)
        twin.sent += 1_000_000
    send(handler, b"")


def hang_up(handler: BaseHTTPRequestHandler, twin: GeminiTwin, asked: Asked) -> None:
    begin_stream(handler)
    send(handler, b"data: " + json.dumps(chunk('{"sentences": [')).encode() + b"\r\n\r\n")
    handler.connection.shutdown(socket.SHUT_RDWR)
    handler.close_connection = True


def raw_stream(*pieces: bytes) -> Callable[..., None]:
    def part(handler: BaseHTTPRequestHandler, twin: GeminiTwin, asked: Asked) -> None:
        begin_stream(handler)
        for piece in pieces:
            send(handler, piece)
        send(handler, b"")

    return part


def text_answer(text: str, finish: str = "STOP") -> Callable[..., None]:
    return lambda handler, twin, asked: answer(handler, asked, [chunk(text, finish)])


CUT_SHORT = '{"sentences": [{"text": "Hello,", "sources": [], "new_paragraph": false}, {"text": "we will'

PARTS: dict[str, Callable[..., None]] = {
    "429": error(429, "RESOURCE_EXHAUSTED", "Quota exceeded"),
    "500": error(500, "INTERNAL", "An internal error has occurred"),
    "503": error(503, "UNAVAILABLE", "The model is overloaded"),
    "400": error(400, "INVALID_ARGUMENT", "Request contains an invalid argument"),
    "bad key": error(400, "INVALID_ARGUMENT", "API key not valid. Please pass a valid API key."),
    "forbidden": error(403, "PERMISSION_DENIED", "Permission denied"),
    "no model": error(404, "NOT_FOUND", "models/x is not found"),
    "redirect": lambda handler, twin, asked: say(handler, 302, b"", "text/html"),
    "blocked": one_chunk(promptFeedback={"blockReason": "PROHIBITED_CONTENT"}, usageMetadata={"promptTokenCount": 9}),
    "recitation": one_chunk(candidates=[{"finishReason": "RECITATION", "index": 0}]),
    "safety": one_chunk(candidates=[{"finishReason": "SAFETY", "index": 0}]),
    "cut": text_answer(CUT_SHORT, "MAX_TOKENS"),
    "cut at once": text_answer('{"sentences": [{"te', "MAX_TOKENS"),
    "empty": text_answer(""),
    "nothing": raw_stream(),
    "html": lambda handler, twin, asked: say(handler, 200, b"<html><body>Sign in</body></html>", "text/html"),
    "garbage": raw_stream(b"data: {not json\r\n\r\n"),
    "invalid utf-8": raw_stream(b'data: {"candidates": [{"content": {"parts": [{"text": "\xff\xfe\xc3"}]}}]}\r\n\r\n'),
    "nul": text_answer('{"sentences": [{"text": "Hel\\u0000lo \\ud800there.", "sources": [], "new_paragraph": false}]}'),
    "wrong json": text_answer('{"answer": "Hello"}'),
    "a list": text_answer('["Hello", "there"]'),
    "prose": text_answer("Hello, thank you for your message."),
    "deep": text_answer('{"sentences": [' + '{"a":' * 30_000),
    "too many": text_answer(
        json.dumps({"sentences": [sentence("word " * 3, "m1") for _ in range(300)]})
    ),
    "tool call": one_chunk(
        candidates=[{"content": {"parts": [{"functionCall": {"name": "send_mail", "args": {"to": "eve"}}}]}, "finishReason": "STOP"}]
    ),
    "slow": slow,
    "stalled": stalled,
    "silent": silent,
    "endless": endless,
    "hang up": hang_up,
}
