"""Our own sources as data, for the tests that read the house instead of running it."""

import ast
import subprocess
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache, cached_property
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent

FOLDERS = ("templates", "models", "jobs", "mailgate", "webapp", "postroom")


@dataclass(frozen=True)
class Import:
    """One name that a module imports: `module` as written, `name` behind `from … import`, '' for a plain import."""

    module: str
    name: str
    line: int
    is_hidden: bool  # inside a function

    @property
    def top(self) -> str:
        return self.module.partition(".")[0]


@dataclass(frozen=True)
class Source:
    """One Python file of ours."""

    path: Path

    @property
    def where(self) -> str:
        return self.path.relative_to(ROOT).as_posix()

    @property
    def module(self) -> str:
        parts = self.path.relative_to(ROOT).with_suffix("").parts
        return ".".join(parts[:-1] if parts[-1] == "__init__" else parts)

    @property
    def folder(self) -> str:
        return self.path.relative_to(ROOT).parts[0]

    @cached_property
    def text(self) -> str:
        return self.path.read_text(encoding="utf-8")

    @cached_property
    def tree(self) -> ast.Module:
        return ast.parse(self.text, self.where)

    def functions(self) -> Iterator[ast.FunctionDef | ast.AsyncFunctionDef]:
        return (node for node in ast.walk(self.tree) if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef))

    def imports(self) -> Iterator[Import]:
        """Every import, those inside functions among them."""
        hidden = {node for function in self.functions() for node in ast.walk(function)}
        for node in ast.walk(self.tree):
            if isinstance(node, ast.Import):
                for alias in node.names:
                    yield Import(alias.name, "", node.lineno, node in hidden)
            elif isinstance(node, ast.ImportFrom):
                assert node.level == 0, f"{self.where}:{node.lineno}: relative imports hide where a thing comes from"
                for alias in node.names:
                    yield Import(node.module or "", alias.name, node.lineno, node in hidden)


@cache
def tracked_files() -> tuple[str, ...]:
    """What is, or is about to be, in the repository; without git (in an unpacked release), what lies in the folders."""
    listing = subprocess.run(
        ["git", "ls-files", "--cached", "--others", "--exclude-standard"], cwd=ROOT, capture_output=True, text=True
    )
    if listing.returncode:
        found = (path for folder in FOLDERS for path in (ROOT / folder).rglob("*"))
        return tuple(sorted(path.relative_to(ROOT).as_posix() for path in found if "__pycache__" not in path.parts))
    return tuple(sorted(name for name in listing.stdout.splitlines() if (ROOT / name).is_file()))


@cache
def program() -> tuple[Source, ...]:
    """The Python files of the program itself; tests and benchmarks are another matter."""
    wanted = (name for name in tracked_files() if name.endswith(".py") and name.partition("/")[0] in FOLDERS)
    wanted = (name for name in wanted if not name.startswith("webapp/frontend/"))  # builds it, is not part of it
    return tuple(Source(ROOT / name) for name in wanted)


@cache
def everything() -> tuple[Source, ...]:
    """Every Python file of ours."""
    return tuple(Source(ROOT / name) for name in tracked_files() if name.endswith(".py"))
