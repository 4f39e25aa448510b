"""What somebody typed into the search field, understood: words, phrases, and operators such as `from:dora`. Pure."""

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime

from models.ticket import ACTIVE, Priority, Status

MOST_LETTERS = 500
MOST_TERMS = 20

TERM = re.compile(r'(?P<minus>-?)(?:(?P<operator>[A-Za-z]{2,10}):(?=\S))?(?:"(?P<phrase>[^"]*)"?|(?P<word>\S+))')
REF = re.compile(r"#?(?P<ref>[A-Za-z]{4,6}-\d{3})|#(?P<id>\d{1,18})")

STATES: dict[str, tuple[Status, ...]] = {
    "open": (Status.OPEN,),
    "assigned": (Status.ASSIGNED,),
    "in-progress": (Status.IN_PROGRESS,),
    "waiting": (Status.WAITING_ON_CUSTOMER,),
    "waiting-on-customer": (Status.WAITING_ON_CUSTOMER,),
    "resolved": (Status.RESOLVED,),
    "closed": (Status.CLOSED,),
    "active": ACTIVE,
}
MARKS = ("unread", "snoozed", "followed", "held", "undelivered")  # each a condition in `queries/marks.py`


@dataclass(frozen=True)
class Wanted:
    """What a search asks for. Everything given must hold; of `statuses` and `priorities`, one of each.

    `groups` are words, quoted phrases, and alternatives with `or`, as Postgres's websearch_to_tsquery reads them;
    `without` are what must not be found. `problems` says what was not understood.
    """

    groups: tuple[str, ...] = ()
    without: tuple[str, ...] = ()
    senders: tuple[str, ...] = ()
    subjects: tuple[str, ...] = ()
    statuses: tuple[Status, ...] = ()
    priorities: tuple[Priority, ...] = ()
    marks: tuple[str, ...] = ()  # all of these must hold
    agents: tuple[str, ...] = ()  # 'me', 'none', or part of a name
    tags: tuple[str, ...] = ()
    mailboxes: tuple[str, ...] = ()
    refs: tuple[str, ...] = ()
    ids: tuple[int, ...] = ()
    has_attachment: bool = False
    before: datetime | None = None
    after: datetime | None = None
    problems: tuple[str, ...] = field(default=())

    @property
    def is_empty(self) -> bool:
        return self == Wanted(problems=self.problems)

    @property
    def words(self) -> str:
        """Any of the groups, for finding what to highlight."""
        return " or ".join(self.groups)


@dataclass(frozen=True)
class Term:
    text: str
    operator: str = ""
    is_phrase: bool = False
    is_unwanted: bool = False

    @property
    def quoted(self) -> str:
        return f'"{self.text}"' if self.is_phrase else self.text


def read_search(typed: str) -> Wanted:
    """Understand what was typed. Never raises: what is not understood is a word, or a sentence in `problems`."""
    wanted, joins = Wanted(), False
    for term in list(terms_of(typed[:MOST_LETTERS]))[:MOST_TERMS]:
        if term.text.lower() == "or" and not (term.operator or term.is_phrase or term.is_unwanted):
            joins = bool(wanted.groups)
            continue
        wanted = with_term(wanted, term, joins)
        joins = False
    return wanted


def terms_of(typed: str) -> Iterator[Term]:
    for found in TERM.finditer(typed):
        phrase, operator = found["phrase"], (found["operator"] or "").lower()
        text = (phrase if phrase is not None else found["word"]).strip()
        if operator and operator not in OPERATORS:
            text, operator = f"{operator}:{text}", ""
        if any(letter.isalnum() for letter in text):
            yield Term(text, operator, phrase is not None, bool(found["minus"]))


def with_term(wanted: Wanted, term: Term, joins: bool) -> Wanted:
    if term.operator and term.is_unwanted:
        return with_problem(wanted, f"-{term.operator}: is not understood; leave the minus out")
    if term.operator:
        return OPERATORS[term.operator](wanted, term.text)
    if term.is_unwanted:
        return replace(wanted, without=(*wanted.without, term.quoted))
    ref = None if term.is_phrase else REF.fullmatch(term.text)
    if ref and ref["ref"]:
        return replace(wanted, refs=(*wanted.refs, ref["ref"].upper()))
    if ref:
        return replace(wanted, ids=(*wanted.ids, int(ref["id"])))
    text = term.quoted if term.is_phrase else term.text.replace('"', " ").lstrip("-")
    if joins:
        return replace(wanted, groups=(*wanted.groups[:-1], f"{wanted.groups[-1]} or {text}"))
    return replace(wanted, groups=(*wanted.groups, text))


def with_problem(wanted: Wanted, sentence: str) -> Wanted:
    return replace(wanted, problems=(*wanted.problems, sentence))


def one_of(name: str) -> Callable[[Wanted, str], Wanted]:
    """An operator that adds its value to the field `name`."""
    return lambda wanted, text: replace(wanted, **{name: (*getattr(wanted, name), text)})


def in_state(wanted: Wanted, text: str) -> Wanted:
    name = text.lower().replace("_", "-")
    if name == "unassigned":
        return replace(wanted, agents=(*wanted.agents, "none"))
    if name in MARKS:
        return replace(wanted, marks=(*wanted.marks, name))
    if name not in STATES:
        return with_problem(wanted, f"is:{text} is not understood; there is {', '.join((*STATES, *MARKS))} and unassigned")
    return replace(wanted, statuses=(*wanted.statuses, *STATES[name]))


def of_priority(wanted: Wanted, text: str) -> Wanted:
    if text.upper() not in list(Priority):
        return with_problem(wanted, f"priority:{text} is not understood; there is {', '.join(Priority).lower()}")
    return replace(wanted, priorities=(*wanted.priorities, Priority(text.upper())))


def with_file(wanted: Wanted, text: str) -> Wanted:
    if text.lower() not in ("attachment", "attachments", "file"):
        return with_problem(wanted, f"has:{text} is not understood; there is has:attachment")
    return replace(wanted, has_attachment=True)


def on_day(name: str) -> Callable[[Wanted, str], Wanted]:
    def read(wanted: Wanted, text: str) -> Wanted:
        try:
            day = date.fromisoformat(text)
        except ValueError:
            return with_problem(wanted, f"{name}:{text} is no day; write it as {name}:2026-01-31")
        return replace(wanted, **{name: datetime(day.year, day.month, day.day, tzinfo=UTC)})  # type: ignore[arg-type]

    return read


OPERATORS: dict[str, Callable[[Wanted, str], Wanted]] = {
    "from": one_of("senders"),
    "subject": one_of("subjects"),
    "is": in_state,
    "priority": of_priority,
    "has": with_file,
    "assignee": one_of("agents"),
    "tag": lambda wanted, text: replace(wanted, tags=(*wanted.tags, text.lower())),
    "mailbox": one_of("mailboxes"),
    "before": on_day("before"),
    "after": on_day("after"),
}
