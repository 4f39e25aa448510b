"""A customer takes away what the desk knows of him."""

from flask import Response

from models.errors import Forbidden
from models.people import Role
from webapp.account.blueprint import account
from webapp.auth import current_user, signed_in
from webapp.person_zip import zip_of


@account.get("/my-data.zip")
@signed_in
def my_data() -> Response:
    """What he may see anyway, in one file. Whoever works here asks an administrator."""
    if current_user().role != Role.CUSTOMER:
        raise Forbidden("this is for customers; an administrator finds yours under People")
    return zip_of(current_user(), internal=False)
