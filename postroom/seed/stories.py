"""How a synthetic ticket goes: who wrote when, who answered, how it ended. Pure: the same numbers, the same story."""

import random
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from models.moves import status_after_agent_replied, status_after_customer_wrote
from models.ticket import Priority, Status
from postroom.seed.words import LANGUAGES, Language, Vocabulary, filled, sentences

TAGS = ("billing", "delivery", "returns", "warranty", "praise", "account", "vip", "bug", "sales", "spare-parts")
TEAM_WORDS = ("The customer rang as well.", "Waits for the workshop.", "Refund agreed with the shift lead.")
PRIORITIES = (Priority.LOW, Priority.MEDIUM, Priority.HIGH, Priority.URGENT)
DAY = 86_400
NOTICED_WITHIN = timedelta(days=3)  # by then every ticket has somebody


@dataclass(frozen=True)
class Said:
    """One message: `who` is 'customer', 'agent' or 'note'."""

    who: str
    at: datetime
    body: str
    has_file: bool
    bounced: bool


@dataclass(frozen=True)
class Step:
    """A line of the timeline: its kind, who did it, what changed."""

    kind: str
    at: datetime
    by_agent: bool
    before: str | int | None = None
    after: str | int | None = None
    message: int | None = None  # place among the messages


@dataclass(frozen=True)
class Story:
    """A ticket from its first mail to where it stands today. `customer`, `agent` and `mailbox` are places in lists."""

    customer: int
    mailbox: int
    agent: int | None
    subject: str
    status: str
    priority: str
    tags: tuple[str, ...]
    opened: datetime
    said: tuple[Said, ...]
    steps: tuple[Step, ...]


class Teller:
    """Tells one story after the other. `messages_each` is how many messages a ticket has on average."""

    def __init__(
        self, seed: int, *, customers: int, agents: int, mailboxes: int, messages_each: float, until: datetime, days: int
    ) -> None:
        self.rng = random.Random(seed)
        self.vocabulary = Vocabulary(self.rng)
        self.customers, self.agents, self.mailboxes = customers, agents, mailboxes
        self.messages_each, self.until, self.days = messages_each, until, days

    def stories(self, number: int) -> Iterator[Story]:
        """So many stories, the oldest first, thicker by day than by night."""
        for place in range(number):
            age = self.days * (1 - place / number) * DAY
            opened = working_time(self.rng, self.until - timedelta(seconds=age))
            yield self.story(min(opened, self.until - timedelta(minutes=1)))

    def story(self, opened: datetime) -> Story:
        rng = self.rng
        customer = int(self.customers * rng.random() ** 2)  # some write often, most once
        language = language_of(customer)
        order = f"{rng.choice('ABCDEFGH')}{rng.randint(10_000, 99_999)}"
        nobody_yet = rng.random() < 0.3 and self.until - opened < NOTICED_WITHIN
        told = Told(self, opened, language, order, agent=None if nobody_yet else rng.randrange(self.agents))
        told.go_on(1 + round(rng.expovariate(1 / max(0.01, self.messages_each - 1))))
        subject = filled(rng, self.vocabulary, rng.choice(language.subjects), language.things, order)
        return Story(
            customer=customer,
            mailbox=min(int(rng.expovariate(1.2)), self.mailboxes - 1),
            agent=told.agent,
            subject=subject,
            status=told.status,
            priority=rng.choices(PRIORITIES, (1, 7, 2, 0.5))[0],
            tags=tuple(sorted(rng.sample(TAGS, rng.choice((0, 0, 1, 1, 2))))),
            opened=opened,
            said=tuple(told.said),
            steps=tuple(told.steps),
        )


class Told:
    """A story as it is being told: the same moves that the desk itself makes."""

    def __init__(self, teller: Teller, opened: datetime, language: Language, order: str, agent: int | None) -> None:
        self.teller, self.rng, self.language, self.order = teller, teller.rng, language, order
        self.now, self.agent, self.status = opened, agent, str(Status.OPEN)
        self.said: list[Said] = []
        self.steps: list[Step] = [Step("created", opened, by_agent=False)]

    def go_on(self, messages: int) -> None:
        """Customer and agent by turns until the number is reached or today is; then how it stands."""
        self.customer_writes()
        if self.agent is not None and self.pass_time(minutes=20):
            self.step("assigned", after=self.agent)
            self.move(Status.ASSIGNED)
        while self.agent is not None and len(self.said) < messages and self.pass_time(minutes=400):
            if self.said[-1].who == "customer" or self.rng.random() < 0.15:
                self.agent_writes()
            else:
                self.customer_writes()
        if self.agent is not None:
            self.end()

    def customer_writes(self) -> None:
        self.say("customer", self.language.asked)
        self.step("received", by_agent=False, message=len(self.said) - 1)
        self.move(status_after_customer_wrote(self.status, self.agent is not None), by_agent=False)

    def agent_writes(self) -> None:
        if self.rng.random() < 0.12:
            self.said.append(Said("note", self.now, self.rng.choice(TEAM_WORDS), False, False))
            self.step("noted", message=len(self.said) - 1)
            return
        self.say("agent", self.language.answered)
        self.step("replied", message=len(self.said) - 1)
        self.move(status_after_agent_replied(self.status))
        if self.rng.random() < 0.3:
            self.move(Status.WAITING_ON_CUSTOMER)

    def end(self) -> None:
        """Old tickets are mostly over, young ones mostly not."""
        age = (self.teller.until - self.now).total_seconds() / DAY
        if self.rng.random() > 1 - 0.85 ** (age + 0.2) or not self.pass_time(minutes=600):
            return
        self.move(Status.RESOLVED)
        if self.rng.random() < 0.08 and self.pass_time(minutes=2_000):
            self.customer_writes()
            if self.pass_time(minutes=800):
                self.move(Status.RESOLVED)
        if self.rng.random() < 0.4 and self.pass_time(minutes=10_000):
            self.move(Status.CLOSED)

    def say(self, who: str, patterns: Sequence[str]) -> None:
        words = sentences(
            self.rng, self.teller.vocabulary, patterns, self.language.things, self.order, self.rng.randint(2, 6)
        )
        body = f"{self.rng.choice(self.language.greetings)}\n\n{words}\n\n{self.rng.choice(self.language.closings)}"
        has_file = who == "customer" and self.rng.random() < 0.06
        self.said.append(Said(who, self.now, body, has_file, who == "agent" and self.rng.random() < 0.005))

    def step(
        self, kind: str, *, by_agent: bool = True, after: int | None = None, message: int | None = None
    ) -> None:
        self.steps.append(Step(kind, self.now, by_agent, after=after, message=message))

    def move(self, status: str, *, by_agent: bool = True) -> None:
        if status != self.status:
            self.steps.append(Step("status", self.now, by_agent, before=self.status, after=str(status)))
            self.status = str(status)

    def pass_time(self, *, minutes: float) -> bool:
        """Let some time go by; False, and nothing happens, where that would be after today."""
        later = self.now + timedelta(minutes=1 + self.rng.expovariate(1 / minutes))
        if later >= self.teller.until:
            return False
        self.now = later
        return True


def language_of(customer: int) -> Language:
    """What a customer speaks, from now to ever."""
    place = (customer * 0.618_034) % 1
    for language in LANGUAGES:
        if place < language.share:
            return language
        place -= language.share
    return LANGUAGES[0]


def working_time(rng: random.Random, day: datetime) -> datetime:
    """A moment of that day: mail comes from seven to eleven at night, most of it before noon."""
    hour = min(23.9, max(0.0, rng.gauss(11.5, 3.8)))
    return day.replace(hour=0, minute=0, second=0, microsecond=0) + timedelta(hours=hour, seconds=rng.random() * 60)
