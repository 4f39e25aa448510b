"""Who does something: a person, or a part of the desk itself."""

from dataclasses import dataclass

from models.people import Role, User


@dataclass(frozen=True)
class Actor:
    """A name for the timeline and the rights behind it. `id` is empty where the desk itself acts."""

    id: int | None
    name: str
    role: str

    @property
    def is_staff(self) -> bool:
        return self.role in (Role.AGENT, Role.ADMIN, "desk")


MAIL_GATE = Actor(None, "Mail gate", "desk")
OUTBOX = Actor(None, "Outbox", "desk")
ASSIGNMENT = Actor(None, "Assignment", "desk")
SNOOZE = Actor(None, "Snooze", "desk")


def actor_of(user: User) -> Actor:
    return Actor(user.id, user.name, user.role)
