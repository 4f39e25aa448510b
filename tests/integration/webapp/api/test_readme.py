"""The example requests of README, run as they stand there: by a shell and a real curl, against a desk that is served."""

import json
import re
import shutil
import subprocess
from typing import Any

import pytest
from sqlalchemy import update

from models.database import db
from models.passwords import hash_password
from models.people import User
from tests.cast import DORA, mail_from
from tests.integration.webapp.conftest import WebDesk
from tests.papers import readme
from tests.sources import ROOT

EXAMPLES = re.findall(r"^```\n(curl .*?)\n```$", readme(), re.M | re.S)
PASSWORD = "ada-answers"  # of the demo, as README says


def run(example: str, **variables: str) -> Any:
    done = subprocess.run(["sh", "-c", example], cwd=ROOT, env={"PATH": "/usr/local/bin:/usr/bin:/bin", **variables}, capture_output=True, text=True, timeout=60)
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)


@pytest.mark.skipif(shutil.which("curl") is None, reason="there is no curl on this machine")
def test_every_example_of_the_papers_does_what_they_say(desk: WebDesk) -> None:
    ticket_id = desk.takes_in(mail_from(DORA, subject="The kettle hums")).ticket_id
    desk.assigns(ticket_id or 0, desk.ada)
    db.session.execute(update(User).where(User.id == desk.ada.id).values(password_hash=hash_password(PASSWORD)))
    db.session.commit()
    signing_in, *others = EXAMPLES
    token = run(signing_in, DESK=desk.base)["access"]
    listed, found, opened, answered, sent, noted, moved = (run(each, DESK=desk.base, TOKEN=token, TICKET=str(ticket_id)) for each in others)
    assert [each["id"] for each in listed["results"]] == []
    assert [each["ticket"]["id"] for each in found["results"]] == [ticket_id]
    assert (opened["subject"], opened["priority"]) == ("Phone call", "HIGH")
    assert (answered["direction"], sent["attachments"][0]["filename"], noted["is_internal"], moved["status"]) == ("out", "README.md", True, "RESOLVED")
