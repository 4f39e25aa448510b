"""What `postroom import` says of itself and of an export."""

import pytest
from click.testing import CliRunner

from mailgate.importing.cases import Unread
from mailgate.importing.cases_taken import Taken
from mailgate.importing.rows import COLUMNS, NEEDED
from models.errors import Invalid
from postroom.commands.importing import MOST_TOLD, import_mail, tell_of_tickets


def test_the_help_names_every_column_of_the_table() -> None:
    told = CliRunner().invoke(import_mail, ["--help"]).output
    assert set(NEEDED) <= set(COLUMNS)
    assert all(column in told for column in COLUMNS)


@pytest.mark.parametrize("options", [["--from", "csv", "--team", "otto@elsewhere.example"], ["--named", "acme"]])
def test_an_option_that_would_do_nothing_is_refused(options: list[str]) -> None:
    assert isinstance(CliRunner().invoke(import_mail, [".", *options]).exception, Invalid)


def test_what_could_not_be_read_is_told_by_its_place_and_counted(capsys: pytest.CaptureFixture[str]) -> None:
    places = [Unread(f"t.json:{line}", "this line is no JSON object") for line in range(1, MOST_TOLD + 6)]
    tell_of_tickets(Taken(tickets=1200, messages=3, unread=places), dry_run=True)
    told = capsys.readouterr().out.splitlines()
    assert told[:3] == [
        "     1,200  taken over; on them 3 messages and 0 notes",
        "        25  could not be read",
        "            t.json:1: this line is no JSON object",
    ]
    assert told[-2:] == ["            and 5 more", "Nothing was written."]
