"""The stories of `stories.toml`, each told by five customers: other names, orders and products, another end."""

import tomllib
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from unicodedata import normalize

from models.ticket import Priority, Status
from postroom.demo.stories import Line, Story

DATA = Path(__file__).with_name("stories.toml")
TOLD = 5  # times each story
HOURS = 5  # between two tickets, so that the desk looks back on about six weeks
FIRST_ORDER = 1203


@dataclass(frozen=True)
class End:
    """Where a story stands: how much of it was said, who has it, and in which status."""

    lines: int  # 1: only asked, 2: answered, 3: thanked
    agent: str
    status: str


ENDS = (
    End(1, "", ""),
    End(2, "ada", Status.WAITING_ON_CUSTOMER),
    End(3, "ben", Status.RESOLVED),
    End(3, "ada", Status.CLOSED),
    End(1, "ben", Status.IN_PROGRESS),
)


@dataclass(frozen=True)
class Reply:
    """A saved reply of the demo's team."""

    title: str
    body: str


def stories_told() -> tuple[Story, ...]:
    """Every story five times, the newest first."""
    data = read()
    tellings = [(told, text) for told in range(TOLD) for text in data["story"]]
    return tuple(story(text, told, number, data) for number, (told, text) in enumerate(tellings))


def saved_replies() -> tuple[Reply, ...]:
    return tuple(Reply(each["title"], each["body"]) for each in read()["reply"])


def read() -> dict[str, Any]:
    with DATA.open("rb") as file:
        return tomllib.load(file)


def story(text: dict[str, Any], told: int, number: int, data: dict[str, Any]) -> Story:
    """The `number`th ticket: `text` with what this customer fills in."""
    place = data["story"].index(text)
    end = ENDS[(told + place) % len(ENDS)]
    names, words = data["people"][text["language"]], data["words"]
    name = names[(told + place) % len(names)]
    filled = {
        "order": str(FIRST_ORDER + 7 * number % 1900),
        "product": words["products"][(number + told) % len(words["products"])],
        "place": words["places"][(number + 2 * told) % len(words["places"])],
    }
    return Story(
        name=name,
        address=address_of(name, number),
        subject=text["subject"].format(**filled),
        minutes_ago=260 + 60 * HOURS * number + 13 * number % 60,
        lines=tuple(lines(text, end, name, filled)),
        agent=end.agent,
        status=end.status,
        priority=text.get("priority", Priority.MEDIUM),
        tags=tuple(text["tags"]),
    )


def lines(text: dict[str, Any], end: End, name: str, filled: dict[str, str]) -> Iterator[Line]:
    """What was said, in the order it was said, each signed by whoever said it."""
    yield Line("in", f"{text['ask'].format(**filled)}\n\n{name}")
    if "note" in text and end.agent:
        yield Line("note", text["note"].format(**filled), by=end.agent)
    if end.lines > 1:
        yield Line("out", f"{text['answer'].format(**filled)}\n{end.agent.capitalize()}", by=end.agent)
    if end.lines > 2 and "thanks" in text:
        yield Line("in", text["thanks"].format(**filled))


def address_of(name: str, number: int) -> str:
    """An address under a name that is reserved for examples (RFC 2606); names without Latin letters get a number."""
    plain = normalize("NFKD", name).encode("ascii", "ignore").decode().lower().split()
    return f"{'.'.join(plain) if len(plain) > 1 else f'customer{number}'}@mail.example"
