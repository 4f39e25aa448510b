"""Who asks, as a parameter: so that a statement is put together once, and asked by everybody with the same rights.

SQLAlchemy needs longer to put a large statement together than Postgres needs to answer it, and Postgres longer to plan it.
What every page asks is therefore kept, by all that its words depend on: the reader's role, whether he is active, what agents
may see. All else that is constant is spelt out in it, so that a plan made for any parameters is as good as one made for these.
"""

from typing import Any, TypeVar

from sqlalchemy import BigInteger, BindParameter, ClauseElement, bindparam, literal_column
from sqlalchemy.dialects import postgresql
from sqlalchemy.sql.visitors import replacement_traverse
from sqlalchemy.types import TypeEngine

from models.people import User

VIEWER = bindparam("viewer_id", type_=BigInteger)
TICKET = bindparam("ticket_id", type_=BigInteger)
POSTGRES = postgresql.dialect()  # type: ignore[no-untyped-call]

Clause = TypeVar("Clause", bound=ClauseElement)


def any_reader(role: str, is_active: bool) -> User:
    """Stands in a condition for whoever will ask; his id is the parameter `viewer_id`. He has no other traits."""
    return User(id=VIEWER, role=role, is_active=is_active)


def spelt_out(clause: Clause) -> Clause:
    """`clause` with its constants in its words, and no parameters but those that have no value yet.

    Only with a status in its words is Postgres sure, before it knows the parameters, that a partial index answers.
    """
    return replacement_traverse(clause, {}, constant)  # type: ignore[arg-type,return-value]


def constant(element: Any, **_: Any) -> ClauseElement | None:
    if not isinstance(element, BindParameter) or element.required or element.value is None:
        return None
    if element.expanding:
        return literal_column(f"({', '.join(spelt(each, element.type) for each in element.value)})", element.type)
    return literal_column(spelt(element.value, element.type), element.type)


def spelt(value: Any, kind: TypeEngine[Any]) -> str:
    """A constant of ours as SQL says it."""
    write = kind.dialect_impl(POSTGRES).literal_processor(POSTGRES)
    assert write is not None and "%" not in str(value), value
    return write(value)
