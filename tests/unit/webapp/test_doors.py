"""Every route of the web stands in the matrix of rights."""

from pathlib import Path

from models.settings import load_settings
from tests.doors import DOORS
from webapp.factory import create_app

SECRET = "a secret of more than thirty-two letters"


def test_every_route_says_in_the_matrix_whom_it_is_for(tmp_path: Path) -> None:
    """Nothing is asked of the database here, so there need be none."""
    web = create_app(load_settings({"DATABASE_URL": "postgresql://nowhere/", "POSTROOM_DATA": str(tmp_path), "SECRET_KEY": SECRET}))
    there = {f"{method} {rule.rule}" for rule in web.url_map.iter_rules() for method in (rule.methods or set()) - {"HEAD", "OPTIONS"}}
    assert there - set(DOORS) == set(), "say in tests/doors.py whom these routes are for"
