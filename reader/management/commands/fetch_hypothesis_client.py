"""manage.py fetch_hypothesis_client: the official Hypothesis client, for sites that offer it."""

import base64
import hashlib
import io
import json
import os
import shutil
import subprocess
import tarfile
import tempfile
import urllib.error
import urllib.request
from pathlib import Path, PurePosixPath
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError, CommandParser

REGISTRY = "https://registry.npmjs.org"
PATIENCE = 120  # seconds
LARGEST = 50_000_000  # bytes
UNUSED = (".map",)


class Command(BaseCommand):
    """Fetch the client's package, check it against the pinned digest, and unpack it."""

    help = "Fetch the Hypothesis client that POSTIL_HYPOTHESIS_CLIENT offers on reader pages."
    requires_system_checks = []

    def add_arguments(self, parser: CommandParser) -> None:
        """Let somebody without a network hand in the package."""
        parser.add_argument("--file", type=Path, help="the package, where it is here already")

    def handle(self, *args: Any, **options: Any) -> None:
        """Fetch and unpack.

        Raises:
            CommandError: the package cannot be had, or is not the one pinned.
        """
        pinned = json.loads(Path(settings.HYPOTHESIS_PACKAGE).read_text())
        into = Path(settings.HYPOTHESIS_CLIENT_DIR) / pinned["version"]
        if (into / "build" / "boot.js").is_file():
            self.stdout.write(f"The client {pinned['version']} is there already.")
            return
        file = options["file"]
        try:
            data = file.read_bytes() if file else _fetched(pinned["name"], pinned["version"])
        except (OSError, urllib.error.URLError, subprocess.SubprocessError) as error:
            raise CommandError(f"The package cannot be had: {error}") from error
        digest = base64.b64encode(hashlib.sha512(data).digest()).decode()
        if f"sha512-{digest}" != pinned["integrity"]:
            raise CommandError("The package is not the one that is pinned: nothing was unpacked.")
        try:
            _unpack(data, into)
        except OSError as error:
            raise CommandError(
                f"Postil cannot write in {into.parent} ({error.strerror})."
            ) from error
        self.stdout.write(f"The client {pinned['version']} is in {into}.")


def _fetched(name: str, version: str) -> bytes:
    """Return the package as npm gets it, or over HTTPS where there is no npm."""
    npm = shutil.which("npm")
    if npm is None:
        address = f"{REGISTRY}/{name}/-/{name}-{version}.tgz"
        with urllib.request.urlopen(address, timeout=PATIENCE) as answer:  # noqa: S310 -- https, above
            return bytes(answer.read(LARGEST))
    with tempfile.TemporaryDirectory() as folder:
        command = [npm, "pack", "--silent", f"{name}@{version}", "--pack-destination", folder]
        subprocess.run(  # noqa: S603 -- npm, and what the manifest pins
            command, cwd=folder, check=True, capture_output=True, timeout=PATIENCE
        )
        return next(Path(folder).glob("*.tgz")).read_bytes()


def _unpack(data: bytes, into: Path) -> None:
    """Write the package's files to a new folder, which takes its name when it is whole."""
    into.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=into.parent) as folder:
        whole = Path(folder) / "whole"
        with tarfile.open(fileobj=io.BytesIO(data), mode="r:gz") as package:
            for member in package:
                path = PurePosixPath(member.name)
                inside = (
                    member.isfile() and path.parts[:1] == ("package",) and ".." not in path.parts
                )
                if not inside or path.suffix in UNUSED:
                    continue
                source = package.extractfile(member)
                target = whole.joinpath(*path.parts[1:])
                target.parent.mkdir(parents=True, exist_ok=True)
                if source is not None:
                    target.write_bytes(source.read())
        shutil.rmtree(into, ignore_errors=True)
        os.rename(whole, into)  # noqa: PTH104 -- in one step
