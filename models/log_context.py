"""What a line of the log is about: the mail, the ticket, the mail out. Carried along with the work, not handed through it.

    with about(mail=mail.id):
        log.info("kept")        # the line names the mail, and so does every line on the way

The values go with the thread or the task; work that is given to another thread says anew what it is about.
"""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar

_ABOUT: ContextVar[Mapping[str, str]] = ContextVar("about", default={})


@contextmanager
def about(**ids: object) -> Iterator[None]:
    """Lines within name these ids too: `mail` (inbound), `ticket`, `outbox` (a mail out). None names nothing."""
    known = {name: str(value) for name, value in ids.items() if value is not None}
    before = _ABOUT.set({**_ABOUT.get(), **known})
    try:
        yield
    finally:
        _ABOUT.reset(before)


def is_about() -> Mapping[str, str]:
    """What the work at hand is about, by name."""
    return _ABOUT.get()
