"""The writer against the twin: real HTTP, the real client library, and every way in which a model fails."""

from collections.abc import Iterator

import pytest

from jobs.manuscript import Interrupted, Manuscript, Unwritten
from jobs.prompt import Prompt, Quotation
from jobs.writer import MOST_BYTES, Writer
from tests.gemini_twin import GeminiTwin
from tests.processes import free_port

DATA = 'DATA-1\n{"id": "m1", "from": "customer", "text": "hi"}\nDATA-1'
PROMPT = Prompt("rules", DATA, "DATA-1", (Quotation("m1", "message", 1, "", "hi"),))


@pytest.fixture(scope="module")
def running_twin() -> Iterator[GeminiTwin]:
    with GeminiTwin() as twin:
        yield twin


@pytest.fixture(scope="module")
def writer(running_twin: GeminiTwin) -> Writer:
    return Writer("key", "gemini-test", running_twin.url)


@pytest.fixture
def twin(running_twin: GeminiTwin) -> GeminiTwin:
    running_twin.begin_anew()
    return running_twin


def written(writer: Writer) -> list[str]:
    """The texts of the sentences, raw."""
    manuscript = Manuscript()
    texts = [raw.text for piece in writer.write(PROMPT) for raw in manuscript.feed(piece.text)]
    manuscript.end()
    return texts


def test_a_good_answer_comes_sentence_by_sentence(twin: GeminiTwin, writer: Writer) -> None:
    assert written(writer) == ["Hello,", "thank you for your message.", "Could you tell us a little more?"]
    assert twin.last.path.endswith("/models/gemini-test:streamGenerateContent?alt=sse")
    assert "tools" not in twin.last.body and twin.last.key == "key"
    assert twin.last.body["generationConfig"]["responseMimeType"] == "application/json"


@pytest.mark.parametrize(
    ("script", "told"),
    [
        ("429", "no more questions"),
        ("400", "did not take"),
        ("forbidden", "GEMINI_API_KEY"),
        ("prose", "nobody can read"),
        ("500", "trouble of its own"),
        ("503", "trouble of its own"),
        ("bad key", "GEMINI_API_KEY"),
        ("no model", "GEMINI_MODEL"),
        ("redirect", "trouble"),
        ("blocked", "prohibited content"),
        ("recitation", "repeated a text"),
        ("safety", "own rules forbid"),
        ("cut at once", "nobody can read"),
        ("empty", "no answer"),
        ("nothing", "no answer"),
        ("html", "nobody can read"),
        ("garbage", "nobody can read"),
        ("invalid utf-8", "nobody can read"),
        ("wrong json", "nobody can read"),
        ("a list", "nobody can read"),
        ("deep", "nobody can read"),
        ("too many", "did not come to an end"),
        ("endless", "did not come to an end"),
        ("tool call", "no answer"),
        ("hang up", "cannot be reached"),
    ],
)
def test_h161_every_trouble_becomes_a_sentence_for_the_reader(twin: GeminiTwin, writer: Writer, script: str, told: str) -> None:
    twin.script(script)
    with pytest.raises(Unwritten) as trouble:
        written(writer)
    assert told in trouble.value.why
    assert len(twin.asked) == 1  # nobody asked a second time behind our back


@pytest.mark.parametrize("script", ["429", "500", "503", "bad key", "no model", "hang up"])
def test_what_will_not_pass_at_once_lets_the_model_rest(twin: GeminiTwin, writer: Writer, script: str) -> None:
    twin.script(script)
    with pytest.raises(Unwritten) as trouble:
        written(writer)
    assert trouble.value.is_down


@pytest.mark.parametrize("script", ["blocked", "recitation", "empty", "wrong json"])
def test_what_lies_in_the_message_does_not(twin: GeminiTwin, writer: Writer, script: str) -> None:
    twin.script(script)
    with pytest.raises(Unwritten) as trouble:
        written(writer)
    assert not trouble.value.is_down


@pytest.mark.parametrize("script", ["stalled", "silent"])
def test_h161_a_model_that_never_ends_is_left_after_its_time(twin: GeminiTwin, script: str) -> None:
    """In the one no read ever times out, in the other nothing comes at all."""
    twin.script(script)
    with pytest.raises(Unwritten, match="in time"):
        written(Writer("key", "gemini-test", twin.url, patience=0.3))
    twin.released.set()


def test_h161_of_an_endless_answer_no_more_is_taken_than_the_limit(twin: GeminiTwin, writer: Writer) -> None:
    twin.script("endless")
    with pytest.raises(Unwritten, match="did not come to an end"):
        written(writer)
    assert twin.sent < 2 * MOST_BYTES + 8_000_000  # what lies in the buffers of the sockets


def test_nobody_there_is_told_as_such() -> None:
    with pytest.raises(Unwritten, match="cannot be reached"):
        written(Writer("key", "gemini-test", f"http://127.0.0.1:{free_port()}"))


def test_a_process_that_has_to_end_does_not_wait_for_the_model(twin: GeminiTwin, writer: Writer) -> None:
    twin.script("silent")
    with pytest.raises(Interrupted):
        list(writer.write(PROMPT, is_stopping=lambda: True))
    twin.released.set()
