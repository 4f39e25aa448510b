"""Who works at the demo desk. The passwords are known to everybody: a demo is not for the open net."""

from dataclasses import dataclass

from models.people import Role


@dataclass(frozen=True)
class DemoPerson:
    username: str
    full_name: str
    role: str
    password: str

    @property
    def email(self) -> str:
        return f"{self.username}@desk.example"


DEMO_PEOPLE = (
    DemoPerson("ada", "Ada Okafor", Role.AGENT, "ada-answers"),
    DemoPerson("ben", "Ben Lindqvist", Role.AGENT, "ben-answers"),
    DemoPerson("cleo", "Cleo Marchetti", Role.ADMIN, "cleo-decides"),
)
