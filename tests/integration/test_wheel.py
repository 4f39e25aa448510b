"""A wheel built from the sources: it carries what the desk needs to run, and nothing of the tests."""

import json
import os
import shutil
import subprocess
import sys
import zipfile

import pytest

from tests.processes import ROOT

NOT_SOURCE = shutil.ignore_patterns(
    ".git", ".venv", "data", "node_modules", "__pycache__", "*.egg-info", "build", "dist.*", ".pytest_cache"
)


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> zipfile.ZipFile:
    """Built in a copy, as pip does it: the build writes beside the sources."""
    folder = tmp_path_factory.mktemp("wheel")
    shutil.copytree(ROOT, folder / "source", ignore=NOT_SOURCE)
    subprocess.run(
        [
            sys.executable,
            "-m",
            "pip",
            "wheel",
            "--quiet",
            "--no-deps",
            "--wheel-dir",
            folder,
            folder / "source",
        ],
        check=True,
        env={**os.environ, "PIP_DISABLE_PIP_VERSION_CHECK": "1"},
    )
    (built,) = folder.glob("*.whl")
    return zipfile.ZipFile(built)


def test_it_carries_the_built_front_end(wheel: zipfile.ZipFile) -> None:
    manifest = json.loads(wheel.read("webapp/static/dist/manifest.json"))
    assert {"app.js", "app.css", "icons.svg"} <= set(manifest["files"])
    for hashed in manifest["files"].values():
        assert wheel.getinfo(f"webapp/static/dist/{hashed}").file_size > 0


def test_it_carries_every_template(wheel: zipfile.ZipFile) -> None:
    templates = [path for path in (ROOT / "templates").rglob("*") if path.suffix in {".html", ".txt"}]
    missing = {path.relative_to(ROOT).as_posix() for path in templates} - set(wheel.namelist())
    assert not missing


def test_it_carries_all_of_our_packages_and_migrations(wheel: zipfile.ZipFile) -> None:
    folders = ("jobs", "mailgate", "models", "postroom", "webapp")
    sources = {
        path.relative_to(ROOT).as_posix() for folder in folders for path in (ROOT / folder).rglob("*.py")
    }
    missing = {name for name in sources if not name.startswith("webapp/frontend/")} - set(wheel.namelist())
    assert not missing


def test_it_carries_no_tests_and_claims_no_name_but_ours(wheel: zipfile.ZipFile) -> None:
    tops = {name.partition("/")[0] for name in wheel.namelist()}
    ours = {"jobs", "mailgate", "models", "postroom", "templates", "webapp"}
    assert {top for top in tops if not top.endswith(".dist-info")} == ours
