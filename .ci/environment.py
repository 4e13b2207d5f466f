"""Make or renew the project's own Python environment, ``.venv``, from a lock file.

``python3 .ci/environment.py``       what the site needs (requirements.txt)
``python3 .ci/environment.py dev``   and what its tests and checks need (requirements-dev.txt)

The environment carries a stamp: the interpreter it was made with, the folder it stands in and the
SHA-256 of each lock installed. A call that finds a matching stamp returns at once. The stamp is
removed before anything is changed and written after everything succeeded, so an environment left
half-made by a full disk or Ctrl-C is never taken for a good one.

Whatever keeps the environment from being made is said in one sentence on standard error, with exit
status 1. The file is plain enough to be read by any Python 3, so that an old one hears the reason
instead of a SyntaxError.
"""

import hashlib
import json
import os
import shutil
import subprocess
import sys
from typing import Any, Dict, List, Sequence, Tuple

OLDEST_PYTHON = (3, 11)
ROOT = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
VENV = os.path.join(ROOT, ".venv")
STAMP = os.path.join(VENV, "postil-stamp.json")
# The dev lock holds everything that the runtime lock holds, at the same versions.
LOCKS = {"runtime": ["requirements.txt"], "dev": ["requirements-dev.txt", "requirements.txt"]}
# What an environment with nothing but pip takes, with room to spare.
EMPTY_VENV_BYTES = 32 * 1024 * 1024
PIP_OPTIONS = ["--quiet", "--disable-pip-version-check", "--no-input", "--require-hashes"]

UNREACHABLE = "the package index cannot be reached (is this machine online?)"
# What pip prints -> what a person can do about it. First match wins.
PIP_FAILURES = [
    ("No space left on device", "the disk is full"),
    ("DO NOT MATCH THE HASHES", "a download is not the package that the lock names (hash)"),
    ("NewConnectionError", UNREACHABLE),
    ("NameResolutionError", UNREACHABLE),
    ("Temporary failure in name resolution", UNREACHABLE),
    ("ConnectTimeoutError", UNREACHABLE),
    ("ReadTimeoutError", "the package index stopped answering; try again"),
    ("No matching distribution", "the package index cannot be reached, or does not hold them"),
    ("CERTIFICATE_VERIFY_FAILED", "the package index's certificate is not trusted by this machine"),
    ("Permission denied", "a file in .venv may not be written"),
]


class PreparationError(Exception):
    """The environment cannot be made; the message is one sentence for the person who asked."""


def check_python(version: Sequence[Any]) -> None:
    """Raise PreparationError when ``sys.version_info`` is older than Postil's floor."""
    if tuple(version[:2]) < OLDEST_PYTHON:
        raise PreparationError(
            "Postil needs Python {}.{} or newer and this is {}.{}.{}: install a newer one and name "
            "it, for example `make run PYTHON=python3.12`.".format(*OLDEST_PYTHON, *version[:3])
        )


def sha256_of(name: str) -> str:
    """Return the SHA-256 of a file in the project's folder, in hexadecimal."""
    with open(os.path.join(ROOT, name), "rb") as file:
        return hashlib.sha256(file.read()).hexdigest()


def wanted_stamp(kind: str) -> Dict[str, Any]:
    """Return what the stamp must hold for an environment of this kind ("runtime" or "dev")."""
    return {
        "folder": ROOT,
        "python": f"{sys.implementation.name} {sys.version.split()[0]}",
        "locks": {name: sha256_of(name) for name in LOCKS[kind]},
    }


def read_stamp() -> Dict[str, Any]:
    """Return the environment's stamp, or an empty one when there is none that can be read."""
    try:
        with open(STAMP, encoding="utf-8") as file:
            stamp = json.load(file)
    except (OSError, ValueError):
        return {}
    return stamp if isinstance(stamp, dict) else {}


def is_current(found: Dict[str, Any], wanted: Dict[str, Any]) -> bool:
    """Tell whether a stamp found answers for all that is wanted (a dev environment serves both)."""
    return (
        found.get("folder") == wanted["folder"]
        and found.get("python") == wanted["python"]
        and set(wanted["locks"].items()) <= set(found.get("locks", {}).items())
    )


def write_stamp(stamp: Dict[str, Any]) -> None:
    """Write the stamp in one step: it is either there as a whole or not there."""
    with open(STAMP + ".new", "w", encoding="utf-8") as file:
        json.dump(stamp, file, indent=1, sort_keys=True)
    os.replace(STAMP + ".new", STAMP)


def run(command: List[str]) -> Tuple[int, str]:
    """Run a command and return its exit status and all it printed."""
    done = subprocess.run(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, check=False)
    return done.returncode, done.stdout.decode("utf-8", "replace")


def venv_python() -> str:
    """Return the path of the environment's own interpreter."""
    return os.path.join(VENV, "bin", "python")


def is_usable() -> bool:
    """Tell whether .venv already holds this very Python, in this folder, with a working pip."""
    question = "import sys, pip; print(sys.prefix, sys.version)"
    if not os.path.exists(venv_python()):
        return False
    status, answer = run([venv_python(), "-c", question])
    return status == 0 and answer.strip() == f"{VENV} {sys.version}"


def make_venv() -> None:
    """Make an empty .venv, replacing whatever stands there."""
    if os.path.islink(VENV) or os.path.isfile(VENV):
        raise PreparationError(".venv is not a folder: move it away, then run this again.")
    status, said = run([sys.executable, "-m", "venv", "--clear", VENV])
    if status == 0:
        return
    is_full = shutil.disk_usage(ROOT).free < EMPTY_VENV_BYTES
    shutil.rmtree(VENV, ignore_errors=True)
    if is_full:
        raise PreparationError("The environment .venv cannot be made: the disk is full.")
    if "ensurepip" in said or "No module named venv" in said:
        raise PreparationError(
            "This Python cannot make environments: install its venv module "
            "(on Debian and Ubuntu: apt install python3-venv)."
        )
    raise PreparationError(f"The environment .venv cannot be made: {last_words(said)}.")


def install(lock: str) -> None:
    """Install a lock file into .venv; pip refuses what does not match the lock's hashes."""
    command = [venv_python(), "-m", "pip", "install", *PIP_OPTIONS]
    status, said = run([*command, "-r", os.path.join(ROOT, lock)])
    if status == 0:
        return
    for sign, meaning in PIP_FAILURES:
        if sign in said:
            raise PreparationError(f"The packages in {lock} cannot be installed: {meaning}.")
    raise PreparationError(
        f"The packages in {lock} cannot be installed; pip says: {last_words(said)}."
    )


def last_words(said: str) -> str:
    """Return the last error a failed command printed, or its last line, without a full stop."""
    lines = [line.strip() for line in said.splitlines() if line.strip()] or ["nothing"]
    errors = [line for line in lines if line.upper().startswith("ERROR")]
    words = (errors or lines)[-1].rstrip(".")
    return words[7:] if words.startswith("ERROR: ") else words


def prepare(kind: str) -> None:
    """Bring .venv to what this kind of environment wants; raises PreparationError."""
    wanted = wanted_stamp(kind)
    if is_current(read_stamp(), wanted):
        return
    if not os.access(ROOT, os.W_OK):
        raise PreparationError(
            f"The folder {ROOT} may not be written, and the environment .venv belongs there."
        )
    print(
        "Preparing the Python environment in .venv, once: up to a minute.",
        file=sys.stderr,
        flush=True,
    )
    if os.path.exists(STAMP):
        os.remove(STAMP)
    if not is_usable():
        make_venv()
    install(LOCKS[kind][0])
    write_stamp(wanted)


def main(arguments: List[str]) -> int:
    """Prepare the environment named on the command line and return the exit status."""
    try:
        check_python(sys.version_info)
        prepare("dev" if arguments == ["dev"] else "runtime")
    except PreparationError as error:
        print(error, file=sys.stderr)
        return 1
    except OSError as error:
        print(f"The environment .venv cannot be made: {error}.", file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        print("Stopped; the next run starts where this one could not finish.", file=sys.stderr)
        return 130
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
