"""The archive of one person's data as a download; a large one lies on the disk meanwhile, under no name."""

import tempfile
from typing import IO

from flask import Response, current_app, send_file

from models.app import blobs_of
from models.database import db
from models.people import User
from models.queries.person_data import write_person_zip

IN_MEMORY = 16 * 1024 * 1024


def zip_of(user: User, *, internal: bool) -> Response:
    """With `internal`, also what only the team may see."""
    name = f"person-{user.id}.zip" if internal else "my-data.zip"
    file: IO[bytes] = tempfile.SpooledTemporaryFile(IN_MEMORY)  # noqa: SIM115 - it is closed when it has been sent
    write_person_zip(file, user, blobs_of(current_app), internal=internal)
    db.session.rollback()
    file.seek(0)
    return send_file(file, "application/zip", as_attachment=True, download_name=name)
