"""Imports go downwards only: the table of the architecture, asked of the sources."""

import os
import subprocess
import sys
from collections import defaultdict
from graphlib import CycleError, TopologicalSorter

import pytest

from tests.papers import declared_dependencies, distributions
from tests.sources import FOLDERS, ROOT, Source, program

MAY_IMPORT = {
    "templates": set(),
    "models": set(),
    "jobs": {"models", "templates"},
    "mailgate": {"models"},
    "webapp": {"models", "templates"},
    "postroom": {"models", "templates", "jobs", "mailgate", "webapp"},
}

# One adapter for each library that bites, or that must not spread.
KEPT_IN_ONE_PLACE = {
    "mailparser": "mailgate/",
    "nh3": "models/markup.py",
    "smtplib": "jobs/transport.py",
    "google.genai": "jobs/writer.py",
    "httpx2": "jobs/writer.py",
    "argon2": "models/passwords.py",
    "simple_websocket": "webapp/live/",
    "gunicorn": "postroom/web.py",
    "imapclient": "mailgate/imap/session.py",
}

# Flask's own public interface is made of these.
PARTS_OF_FLASK = {"werkzeug", "jinja2", "markupsafe"}

# Everybody else is told by `models/settings.py`; `up` passes the environment on to its children.
READS_THE_ENVIRONMENT = {
    "mailgate/reading_room.py",  # hands a child the little it may know
    "models/settings.py",
    "postroom/supervisor.py",  # NO_COLOR, which belongs to the terminal and not to the desk
    "postroom/up.py",  # hands it on to its children
}


@pytest.mark.parametrize("folder", FOLDERS)
def test_a_folder_imports_only_what_lies_below_it(folder: str) -> None:
    allowed = MAY_IMPORT[folder] | {folder}
    upwards = [
        f"{source.where}:{each.line} imports {each.module}"
        for source in program()
        if source.folder == folder
        for each in source.imports()
        if each.top in FOLDERS and each.top not in allowed
    ]
    assert upwards == []


def test_no_module_imports_itself_by_way_of_others() -> None:
    modules = {source.module for source in program()}
    graph: dict[str, set[str]] = defaultdict(set)
    for source in program():
        for each in source.imports():
            whole = f"{each.module}.{each.name}" if each.name else each.module
            graph[source.module].update({whole, each.module} & modules - {source.module} if whole not in modules else {whole})
    try:
        TopologicalSorter(graph).prepare()
    except CycleError as ring:
        pytest.fail(" → ".join(ring.args[1]))


@pytest.mark.parametrize("folder", FOLDERS)
def test_no_import_hides_in_a_function_without_saying_why(folder: str) -> None:
    hidden = [
        f"{source.where}:{each.line}"
        for source in program()
        if source.folder == folder
        for each in source.imports()
        if each.is_hidden and not has_comment(source, each.line)
    ]
    assert hidden == []


def has_comment(source: Source, line: int) -> bool:
    lines = source.text.splitlines()
    return "#" in lines[line - 1] or lines[line - 2].lstrip().startswith("#")


@pytest.mark.parametrize("library", KEPT_IN_ONE_PLACE)
def test_a_library_that_bites_is_kept_in_one_place(library: str) -> None:
    elsewhere = [
        f"{source.where}:{each.line}"
        for source in program()
        for each in source.imports()
        if f"{each.module}.{each.name}.".startswith(f"{library}.") and not source.where.startswith(KEPT_IN_ONE_PLACE[library])
    ]
    assert elsewhere == []


def test_only_the_settings_read_the_environment() -> None:
    readers = {
        source.where for source in program() if any(word in source.text for word in ("os.environ", "getenv", "import environ"))
    }
    assert readers == READS_THE_ENVIRONMENT


def test_every_library_in_use_is_a_declared_dependency() -> None:
    """Also those that today come along with another: tomorrow they may not."""
    undeclared = {
        f"{each.top} in {source.where}"
        for source in program()
        for each in source.imports()
        if each.top not in {*FOLDERS, *PARTS_OF_FLASK, *sys.stdlib_module_names, "google"}
        and not declared_dependencies() & distributions().get(each.top, set())
    }
    assert undeclared == set()


def test_no_installed_package_claims_one_of_our_names() -> None:
    foreign = {name: distributions().get(name, set()) - {"postroom"} for name in (*FOLDERS, "tests", "bench", "run")}
    assert {name: who for name, who in foreign.items() if who} == {}


@pytest.mark.parametrize("module", ["mailgate.pipeline", "mailgate.gate", "models.app", "jobs.reactions"])
def test_the_mail_path_loads_neither_the_web_nor_the_writer(module: str) -> None:
    """Asked of a fresh interpreter, as here everything may be loaded already."""
    code = f"import sys, {module}; print([name for name in ('webapp', 'google.genai', 'mailgate', 'postroom') if name in sys.modules])"
    told = subprocess.run(
        [sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=True, env={"PATH": os.environ["PATH"]}
    )
    loaded = set(eval(told.stdout))  # noqa: S307 - our own list of four names
    assert loaded <= {module.partition(".")[0]}
