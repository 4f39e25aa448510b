"""What the papers beside the code say, as data: setup.cfg, README, Procfile, docker-compose.yml."""

import configparser
import re
from functools import cache
from importlib.metadata import packages_distributions

from tests.sources import ROOT

ROW = re.compile(r"^\| (?P<cells>.*) \|$", re.M)


@cache
def setup_cfg() -> configparser.ConfigParser:
    parser = configparser.ConfigParser()
    parser.read(ROOT / "setup.cfg", encoding="utf-8")
    return parser


def declared_dependencies() -> set[str]:
    """The names of all dependencies, with those of the extra `local`, in lower case and with dashes."""
    lists = setup_cfg()["options"]["install_requires"], setup_cfg()["options.extras_require"]["local"]
    names = re.findall(r"^\s*([\w.-]+)", "\n".join(lists), re.M)
    return {name.lower().replace("_", "-") for name in names}


@cache
def distributions() -> dict[str, set[str]]:
    """Which installed distributions bring which top-level name; their names in lower case and with dashes."""
    return {
        top: {name.lower().replace("_", "-") for name in names} for top, names in packages_distributions().items()
    }


@cache
def readme() -> str:
    return (ROOT / "README.md").read_text(encoding="utf-8")


def table_rows(first_cell: str) -> list[list[str]]:
    """The rows of README's tables whose first cell matches, as lists of cells."""
    rows = (re.split(r" (?<!\\)\| ", row["cells"]) for row in ROW.finditer(readme()))
    return [row for row in rows if re.fullmatch(first_cell, row[0])]
