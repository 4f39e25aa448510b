"""Who asks, as a parameter: so that a statement is put together once, and asked by everybody with the same rights.

SQLAlchemy needs longer to put a large statement together than Postgres needs to answer it. What every page asks is
therefore kept, by all that its words depend on: the reader's role, whether he is active, what agents may see.
"""

from sqlalchemy import BigInteger, bindparam

from models.people import User

VIEWER = bindparam("viewer_id", type_=BigInteger)
TICKET = bindparam("ticket_id", type_=BigInteger)


def any_reader(role: str, is_active: bool) -> User:
    """Stands in a condition for whoever will ask; his id is the parameter `viewer_id`. He has no other traits."""
    return User(id=VIEWER, role=role, is_active=is_active)
