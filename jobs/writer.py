"""The adapter of the Gemini API; the only file that imports its client, which takes more than a second to load.

    for piece in Writer(key, model, base_url).write(prompt): …

Never longer than `PATIENCE`, never more than `MOST_BYTES`, whatever the other side does. It knows no tools and
follows no address. Everything that goes wrong is an `Unwritten` with a sentence for the reader.
"""

import logging
import queue
import threading
import time
from collections.abc import Callable, Iterator

import httpx2
from google import genai
from google.genai import errors, types

from jobs.manuscript import TOO_LONG, UNREADABLE, Interrupted, Piece, Unwritten
from jobs.prompt import SCHEMA, Prompt

log = logging.getLogger(__name__)

PATIENCE = 30.0  # seconds for a whole draft
CONNECT_SECONDS = 5.0
MOST_BYTES = 2 * 1024 * 1024  # the client keeps a line of any length; each chunk brings a few hundred bytes of its own
MOST_TOKENS_OUT = 4_096
GLANCE = 0.5  # seconds between two looks at whether this process has to end

BLOCKED = "Gemini does not answer this message: its own rules forbid it ({reason}). Write the answer yourself."
RECITED = "Gemini stopped, for its answer repeated a text of somebody else. Write the answer yourself."
BUSY = "Gemini takes no more questions just now (429). Try again in a minute."
REFUSED = "Gemini refuses the desk's key ({code}): an administrator has to look at GEMINI_API_KEY."
NO_MODEL = "Gemini knows no model “{model}”: an administrator has to look at GEMINI_MODEL."
NOT_TAKEN = "Gemini did not take the question ({code}). Write the answer yourself."
BROKEN = "Gemini has trouble of its own ({code}). Try again in a minute."
TOO_SLOW = "Gemini did not answer in time. Try again, or write the answer yourself."
AWAY = "Gemini cannot be reached. Try again in a minute."

CUT = frozenset({types.FinishReason.MAX_TOKENS})
WELL = frozenset({None, types.FinishReason.STOP, types.FinishReason.FINISH_REASON_UNSPECIFIED})


class Bounded(httpx2.HTTPTransport):
    """Cuts an answer off that is too large or takes too long, however little of it comes at a time."""

    def handle_request(self, request: httpx2.Request) -> httpx2.Response:
        deadline = time.monotonic() + PATIENCE
        response = super().handle_request(request)
        response.stream = Bound(response.stream, deadline)  # type: ignore[arg-type]
        return response


class Bound(httpx2.SyncByteStream):
    def __init__(self, stream: httpx2.SyncByteStream, deadline: float) -> None:
        self.stream = stream
        self.deadline = deadline

    def __iter__(self) -> Iterator[bytes]:
        seen = 0
        for chunk in self.stream:
            seen += len(chunk)
            if seen > MOST_BYTES:
                raise Unwritten(TOO_LONG, is_down=True)
            if time.monotonic() > self.deadline:
                raise Unwritten(TOO_SLOW, is_down=True)
            yield chunk

    def close(self) -> None:
        self.stream.close()


class Writer:
    """One client for the process; any thread may use it."""

    def __init__(self, api_key: str, model: str, base_url: str | None = None, patience: float = PATIENCE) -> None:
        self.model = model
        self.patience = patience
        options = types.HttpOptions(
            base_url=base_url,
            timeout=int(patience * 1000),
            client_args={"transport": Bounded(), "follow_redirects": False},
        )
        # Kept: a client that nobody refers to closes itself while it is being used.
        self.client = genai.Client(api_key=api_key, vertexai=False, http_options=options)

    def write(self, prompt: Prompt, is_stopping: Callable[[], bool] = lambda: False) -> Iterator[Piece]:
        """The answer piece by piece. Raises `Unwritten`, or `Interrupted` when this process has to end."""
        arrived: queue.Queue[Piece | Exception | None] = queue.Queue()
        # A thread of its own, which can be left behind: no time-out of the client bounds the whole.
        threading.Thread(target=self.listen, args=(prompt, arrived), name="writer", daemon=True).start()
        deadline = time.monotonic() + self.patience
        while True:
            try:
                item = arrived.get(timeout=max(0.01, min(GLANCE, deadline - time.monotonic())))
            except queue.Empty:
                if is_stopping():
                    raise Interrupted from None
                if time.monotonic() >= deadline:
                    raise Unwritten(TOO_SLOW, is_down=True) from None
                continue
            if item is None:
                return
            if isinstance(item, Exception):
                raise item
            yield item

    def listen(self, prompt: Prompt, arrived: "queue.Queue[Piece | Exception | None]") -> None:
        try:
            for answer in self.client.models.generate_content_stream(
                model=self.model, contents=prompt.data, config=config_of(prompt)
            ):
                arrived.put(piece_of(answer))
            arrived.put(None)
        except Exception as trouble:  # the library's, its transport's, its parser's: each becomes a sentence
            arrived.put(self.told(trouble))

    def told(self, trouble: Exception) -> Unwritten:
        """What went wrong, for the reader; the log has the rest, but no key and no word of a mail."""
        match trouble:
            case Unwritten():
                return trouble
            case errors.APIError(code=429):
                return Unwritten(BUSY, is_down=True)
            case errors.APIError(code=401 | 403) | errors.APIError(code=400, status="INVALID_ARGUMENT") if names_key(trouble):
                return Unwritten(REFUSED.format(code=trouble.code), is_down=True)
            case errors.APIError(code=404):
                return Unwritten(NO_MODEL.format(model=self.model), is_down=True)
            case errors.ClientError():
                return Unwritten(NOT_TAKEN.format(code=trouble.code))
            case errors.APIError():
                return Unwritten(BROKEN.format(code=trouble.code), is_down=True)
            case httpx2.TimeoutException():
                return Unwritten(TOO_SLOW, is_down=True)
            case httpx2.TransportError():
                return Unwritten(AWAY, is_down=True)
        log.warning("the model's answer cannot be read: %s", type(trouble).__name__)
        return Unwritten(UNREADABLE)


def names_key(trouble: errors.APIError) -> bool:
    return trouble.code != 400 or "api key" in str(trouble.message).lower()


def config_of(prompt: Prompt) -> types.GenerateContentConfig:
    return types.GenerateContentConfig(
        system_instruction=prompt.rules,
        response_mime_type="application/json",
        response_schema=SCHEMA,
        max_output_tokens=MOST_TOKENS_OUT,
        temperature=0.3,
        automatic_function_calling=types.AutomaticFunctionCallingConfig(disable=True),
    )


def piece_of(answer: types.GenerateContentResponse) -> Piece:
    """One chunk. Raises `Unwritten` where it says that there will be no answer."""
    if answer.prompt_feedback is not None and answer.prompt_feedback.block_reason is not None:
        raise Unwritten(BLOCKED.format(reason=answer.prompt_feedback.block_reason.value.lower().replace("_", " ")))
    usage = answer.usage_metadata
    tokens_in, tokens_out = 0, 0
    if usage is not None:
        tokens_in = usage.prompt_token_count or 0
        tokens_out = (usage.candidates_token_count or 0) + (usage.thoughts_token_count or 0)
    if not answer.candidates:
        return Piece("", tokens_in, tokens_out)
    first = answer.candidates[0]
    if first.finish_reason == types.FinishReason.RECITATION:
        raise Unwritten(RECITED)
    if first.finish_reason not in WELL | CUT:
        raise Unwritten(BLOCKED.format(reason=first.finish_reason.value.lower().replace("_", " ")))
    parts = (first.content.parts or ()) if first.content else ()
    text = "".join(part.text for part in parts if part.text and not part.thought)
    return Piece(text, tokens_in, tokens_out, first.finish_reason in CUT)
