"""What stands in a line of the log, and what never does (H-171, X-40)."""

import io
import json
import logging
import os
import threading
from contextvars import copy_context

import pytest

from models.log_context import about, is_about
from postroom.log_lines import JsonLines, TextLines, safe
from postroom.logs import Unhurried

JWT = "eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxIn0.c2lnbmF0dXJl"


def line(event: str, *args: object, form: logging.Formatter | None = None, broken: BaseException | None = None) -> str:
    trouble = (type(broken), broken, broken.__traceback__) if broken else None
    record = logging.LogRecord("mailgate.intake", logging.INFO, __file__, 1, event, args, trouble)
    return (form or JsonLines()).format(record)


@pytest.mark.parametrize(
    ("planted", "secret"),
    [
        ("postgresql://postroom:hunter22@db/postroom does not answer", "hunter22"),
        ("smtps://user:p%40ss!word@mail.example.com:465 refused", "p%40ss!word"),
        ("Authorization: Bearer abcdef123456.xyz", "abcdef123456"),
        ("authorization: Basic dXNlcjpwYXNzd29yZA==", "dXNlcjpwYXNzd29yZA"),
        ("192.0.2.1 said b'AUTH PLAIN AGRvcmEAaHVudGVyMg==' and was told b'502'", "AGRvcmEAaHVudGVyMg"),
        (f"GET /ws/inbox/?token={JWT}&last_event_id=7", "eyJhbGci"),
        (f"the token {JWT} is old", "c2lnbmF0dXJl"),
        ("token prt_AbCdEf123456_xyz was used", "prt_AbCdEf123456"),
        ("webhook secret whsec_AbCdEf123456", "whsec_AbCdEf"),
        ("{'password': 'hunter22', 'x': 1}", "hunter22"),
        ('{"new_password": "hunter22"}', "hunter22"),
        ("SECRET_KEY=aaaabbbbccccdddd", "aaaabbbb"),
        ("gemini_api_key = AIzaSyAbc", "AIzaSyAbc"),
        ("otp: 1234-5678", "1234-5678"),
        ("RCPT TO:<r1abcdefghijklmnopqrstuvwxyz234567@reply.example.com>", "abcdefghijklmnop"),
        ("<h1.abcdefghijklm.abcdefghijklmnop@mail.example.com>", "abcdefghijklmnop"),
        ("kept: 12 octets from <dora.hall@example.net>", "dora.hall"),
        ("Key (address)=(dora@example.net) already exists", "dora@"),
        ("relation broke\nDETAIL:  Failing row contains (7, my secret diary)", "diary"),
        ("broke\nDETAIL:  Failing row contains (7, dear\nsecret diary,\nyours)", "diary"),
        ('broke\nCONTEXT:  COPY inbound_message, line 1, column raw: "my diary"', "diary"),
        ("broke\n  | DETAIL:  my diary", "diary"),
        ("(psycopg.DataError) no\n[SQL: INSERT INTO message VALUES ('diary')]", "diary"),
        ("broke\n[parameters: {'body': 'diary'}]", "diary"),
    ],
)
def test_what_is_nobodys_business_stands_in_no_line(planted: str, secret: str) -> None:
    for form in (JsonLines(), TextLines()):
        assert secret in planted
        assert secret not in line("%s", planted, form=form)


@pytest.mark.parametrize(
    "plain",
    [
        "filed 0197-… as new_ticket by rule D19",
        "mail is taken at 127.0.0.1 port 2525",
        "ticket 7: assigned to agent 3",
        "3 mails could not be committed",
        "smtp://mail.example.com:587 does not answer",
        "Sent(code=250, text='2.0.0 queued as 7A')",
    ],
)
def test_everything_else_is_left_as_it_was_said(plain: str) -> None:
    assert safe(plain) == plain


def test_the_domain_of_an_address_is_enough_to_find_ones_way() -> None:
    assert safe("from <dora.hall@mail.example.net>") == "from <d…@mail.example.net>"


@pytest.mark.parametrize("hostile", ["a\r\nERROR forged: line", "a\x1b[31mred", "a\x00b", "a\u2028b", "a\u202eb", "a\x9b31m", "\ud800"])
def test_a_subject_can_neither_begin_a_line_nor_colour_the_terminal(hostile: str) -> None:
    told = line("%s", hostile, form=JsonLines())
    assert "\n" not in told and json.loads(told)["event"]
    for text in (told, line("%s", hostile, form=TextLines())):
        assert not set(text) & set("\r\x1b\x00\u2028\u202e\x9b\ud800")
    assert "\nERROR" not in line("%s", hostile, form=TextLines())


def test_a_line_names_what_the_work_is_about() -> None:
    with about(mail="m-1"), about(ticket=7, outbox=None):
        told = json.loads(line("filed"))
        assert (told["mail"], told["ticket"], told["event"], told["level"]) == ("m-1", "7", "filed", "info")
        assert "outbox" not in told
        assert "[mail m-1] [ticket 7] filed" in line("filed", form=TextLines())
    assert is_about() == {}


def test_what_one_thread_is_about_is_not_what_another_is_about() -> None:
    seen = []
    with about(mail="m-1"):
        threads = [threading.Thread(target=lambda: seen.append(dict(is_about())))]
        threads.append(threading.Thread(target=copy_context().run, args=(lambda: seen.append(dict(is_about())),)))
        for thread in threads:
            thread.start()
            thread.join()
    assert seen == [{}, {"mail": "m-1"}]


def test_a_trace_goes_along_and_is_made_safe_too() -> None:
    try:
        raise ValueError("password=hunter22 of dora@example.net")
    except ValueError as error:
        told = json.loads(line("broke", broken=error))
    assert "test_log_lines.py" in told["trace"] and "ValueError" in told["trace"]
    assert "hunter22" not in told["trace"] and "dora@" not in told["trace"]


def test_a_line_of_a_megabyte_is_cut() -> None:
    assert len(line("%s", "x" * 1_000_000)) < 10_000


class StandsStill(io.StringIO):
    """A reader that reads nothing until it is told to."""

    def __init__(self) -> None:
        super().__init__()
        self.goes_on = threading.Event()

    def write(self, text: str) -> int:
        self.goes_on.wait(20)
        return super().write(text)


def test_a_reader_who_stands_still_holds_nobody_up_and_hears_how_much_he_missed() -> None:
    reader = StandsStill()
    handler = Unhurried(reader, most_waiting=5)
    handler.setFormatter(TextLines())
    record = logging.LogRecord("x", logging.INFO, __file__, 1, "a line", (), None)
    for _ in range(50):
        handler.emit(record)  # with a handler that waits the test would stand still here
    assert handler.dropped >= 40
    reader.goes_on.set()
    handler.emit(record)
    handler.flush()
    assert "lines of the log were dropped: nobody read them" in reader.getvalue()


def test_a_child_that_was_forked_writes_too() -> None:
    """gunicorn forks its worker; the thread that writes stays behind."""
    read, write = os.pipe()
    handler = Unhurried(os.fdopen(write, "w"))
    handler.setFormatter(TextLines())
    handler.emit(logging.LogRecord("x", logging.INFO, __file__, 1, "from the parent", (), None))
    handler.flush()
    pid = os.fork()
    if not pid:
        handler.emit(logging.LogRecord("x", logging.INFO, __file__, 1, "from the child", (), None))
        handler.flush()
        os._exit(0)
    os.waitpid(pid, 0)
    said = os.read(read, 10_000).decode()
    assert "from the parent" in said and "from the child" in said
    handler.stream.close()
    os.close(read)
