"""The reading of last resort says who, what, and keeps the original."""

import ast
import inspect

from mailgate import skeleton as module
from mailgate.skeleton import skeleton


def test_it_shows_sender_and_subject_and_keeps_the_mail() -> None:
    raw = b"Received: x\r\nFrom: Dora <dora@example.org>\r\nSubject: A lamp\r\nMessage-ID: <1@example.org>\r\n\r\nHello"
    read = skeleton(raw)
    assert read.sender is not None
    assert (read.sender.email, read.subject, read.message_id) == (
        "dora@example.org",
        "A lamp",
        "1@example.org",
    )
    assert (read.files[0].filename, read.files[0].content) == ("original.eml", raw)
    assert read.remarks
    assert read.may_be_answered is False
    assert read.sender_problems


def test_it_stands_on_nothing_that_the_real_reading_stands_on() -> None:
    imported = {
        name
        for node in ast.walk(ast.parse(inspect.getsource(module)))
        if isinstance(node, ast.Import | ast.ImportFrom)
        for name in (
            [node.module] if isinstance(node, ast.ImportFrom) else [alias.name for alias in node.names]
        )
    }
    assert imported == {"hashlib", "mailgate.inbound"}


def test_a_body_never_speaks_as_a_header() -> None:
    read = skeleton(b"Subject: A lamp\n\nFrom: eve@example.net\n")
    assert read.sender is None
