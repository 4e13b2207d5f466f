"""Fetch what Postil is measured against: ``python -m tests.bench.fetch``.

Each Python program goes into a virtual environment of its own, the browser's libraries into one
folder, all below ``~/.cache/postil/bench/`` and none of it into Postil's environment. Versions are
pinned; what is there already is left alone.
"""

import json
import shutil
import subprocess
import sys
from pathlib import Path

HOME = Path.home() / ".cache" / "postil" / "bench"
PYTHON = {
    "isso": ["isso==0.14.0", "gunicorn==27.0.1"],
    "xtd": ["django-comments-xtd==2.10.13", "Django==5.2.19", "gunicorn==27.0.1"],
}
"""The program, and the server that its documentation runs it with in production."""

NPM = {"@recogito/text-annotator": "4.1.1", "hypothesis": "1.1766.0", "esbuild": "0.28.2"}
"""The libraries, and what bundles them for the page."""

HIGHLIGHTER = "src/annotator/highlighter.ts"
LISTED = "versions.txt"


class Missing(RuntimeError):
    """Something to compare with is not installed."""


def interpreter(name: str) -> Path:
    """Return the Python of one of :data:`PYTHON`.

    Raises:
        Missing: it has not been fetched, or in other versions.
    """
    listed = HOME / name / LISTED
    if not listed.exists() or listed.read_text() != "\n".join(PYTHON[name]):
        raise Missing(f"{name} is not here: run python -m tests.bench.fetch")
    return HOME / name / "bin" / "python"


def modules() -> Path:
    """Return the folder of the browser's libraries.

    Raises:
        Missing: one has not been fetched, or in another version.
    """
    folder = HOME / "npm" / "node_modules"
    for name, version in NPM.items():
        about = folder / name / "package.json"
        if not about.exists() or json.loads(about.read_text())["version"] != version:
            raise Missing(f"{name} {version} is not here: run python -m tests.bench.fetch")
    return folder


def fetch_python(name: str) -> None:
    """Make the virtual environment, anew if it is of other versions."""
    folder = HOME / name
    shutil.rmtree(folder, ignore_errors=True)
    _run([sys.executable, "-m", "venv", str(folder)])
    pip = [str(folder / "bin" / "python"), "-m", "pip", "install", "--quiet"]
    _run([*pip, *PYTHON[name]])
    (folder / LISTED).write_text("\n".join(PYTHON[name]))


def fetch_npm() -> None:
    """Install the libraries side by side; nothing of theirs is run while doing so."""
    folder = HOME / "npm"
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "package.json").write_text(json.dumps({"private": True, "dependencies": NPM}))
    npm = shutil.which("npm")
    if npm is None:
        raise Missing("npm is not installed")
    quiet = ["--no-audit", "--no-fund", "--ignore-scripts", "--loglevel=error"]
    _run([npm, "install", "--prefix", str(folder), *quiet])


def highlighter() -> Path:
    """Return the source of the Hypothesis client's highlighter with all it needs.

    The client does not export it. It is taken as it was published, from the client's source map.

    Raises:
        Missing: the client has not been fetched.
    """
    bundle = modules() / "hypothesis" / "build" / "scripts" / "annotator.bundle.js.map"
    told = json.loads(bundle.read_text())
    folder = HOME / "npm" / "hypothesis-source"
    for name, text in zip(told["sources"], told["sourcesContent"], strict=True):
        place = name.removeprefix("app:///")
        if text is not None and ".." not in Path(place).parts:
            (folder / place).parent.mkdir(parents=True, exist_ok=True)
            (folder / place).write_text(text)
    return folder / HIGHLIGHTER


def _run(command: list[str]) -> None:
    subprocess.run(command, check=True)


def main() -> None:
    """Fetch all that is not here yet."""
    for name, versions in PYTHON.items():
        try:
            interpreter(name)
        except Missing:
            fetch_python(name)
        print(f"{name}: {', '.join(versions)}")
    try:
        modules()
    except Missing:
        fetch_npm()
    print(f"npm: {', '.join(f'{name} {version}' for name, version in NPM.items())}")


if __name__ == "__main__":
    main()
