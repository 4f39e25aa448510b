"""run.py, as far as it can be asked without a network."""

import ast
import subprocess
import sys
from pathlib import Path

import pytest

import run

ROOT = Path(run.__file__).resolve().parent


def test_it_can_be_read_by_a_python_that_is_too_old() -> None:
    ast.parse((ROOT / "run.py").read_text(), feature_version=(3, 6))


def test_it_needs_the_standard_library_only() -> None:
    tree = ast.parse((ROOT / "run.py").read_text())
    names = {
        alias.name.partition(".")[0]
        for node in tree.body
        if isinstance(node, ast.Import)
        for alias in node.names
    }
    assert names <= sys.stdlib_module_names


def test_an_old_python_is_told_what_it_is_and_what_to_do(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "version_info", (3, 9, 2, "final", 0))
    monkeypatch.setenv("PATH", "")
    with pytest.raises(SystemExit, match="needs Python 3.11 or newer.*\n.*apt-get install"):
        run.refuse_old_python()


def test_an_old_python_names_the_newer_one_that_is_here(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    newer = tmp_path / "python3.12"
    newer.write_text("#!/bin/sh\n")
    newer.chmod(0o755)
    monkeypatch.setattr(sys, "version_info", (3, 9, 2, "final", 0))
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(SystemExit, match=r"python3.12 run.py"):
        run.refuse_old_python()


def test_a_missing_venv_module_is_told_with_the_line_that_installs_it(tmp_path: Path) -> None:
    copy = tmp_path / "run.py"
    copy.write_text((ROOT / "run.py").read_text())
    for name in run.DECIDING_FILES:
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text("")
    without = "import importlib.util as u; u.find_spec = lambda name: None;"
    start = f"import runpy, sys; sys.argv = ['run.py']; runpy.run_path({str(copy)!r}, run_name='__main__')"
    said = subprocess.run(
        [sys.executable, "-c", f"{without} {start}"],
        capture_output=True,
        text=True,
        env={"PATH": ""},
    )
    assert said.returncode == 1
    assert "apt-get install -y python3-venv" in said.stderr


def test_help_says_the_commands_and_sets_nothing_up(tmp_path: Path) -> None:
    copy = tmp_path / "run.py"
    copy.write_text((ROOT / "run.py").read_text())
    said = subprocess.run(
        [sys.executable, str(copy), "--help"], capture_output=True, text=True, check=True
    ).stdout
    assert "python3 run.py test" in said
    assert [path.name for path in tmp_path.iterdir()] == ["run.py"]
