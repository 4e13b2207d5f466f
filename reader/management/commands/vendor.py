"""``manage.py vendor``: fetch the files in static/vendor again, or check them."""

import subprocess
import tarfile
import tempfile
from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError

from reader.management.vendored import (
    MANIFEST_NAME,
    Package,
    disagreements,
    parse_manifest,
    sha256_of,
    with_sha256,
)


class Command(BaseCommand):
    """Renew static/vendor from the npm packages that its manifest names."""

    help = "Renew static/vendor from the packages that its manifest names, or check its files."
    requires_system_checks: list[str] = []

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Add ``--check`` and ``--folder``."""
        parser.add_argument(
            "--check",
            action="store_true",
            help="compare the files with the hashes in the manifest; touch nothing, fetch nothing",
        )
        parser.add_argument(
            "--folder",
            type=Path,
            default=settings.BASE_DIR / "static" / "vendor",
            help="the folder of the manifest",
        )

    def handle(self, *args: Any, **options: Any) -> None:
        """Check or renew.

        Raises:
            CommandError: files and manifest disagree (``--check``), or a package or a file in it
                cannot be had.
        """
        folder: Path = options["folder"]
        if options["check"]:
            problems = disagreements(folder)
            if problems:
                raise CommandError(
                    "\n".join([*problems, "Run make vendor and read the difference."])
                )
            return
        for package in parse_manifest((folder / MANIFEST_NAME).read_text()):
            self._renew(package, folder)

    def _renew(self, package: Package, folder: Path) -> None:
        manifest = folder / MANIFEST_NAME
        sources = fetch(package)
        for file in package.files:
            try:
                content = file.made_from(sources[file.source])
            except KeyError as error:
                raise CommandError(f"{package.name} {package.version} has no {error}.") from error
            target = folder / file.path
            target.parent.mkdir(parents=True, exist_ok=True)
            target.write_bytes(content)
            sha256 = sha256_of(content)
            if sha256 != file.sha256:
                manifest.write_text(with_sha256(manifest.read_text(), file.path, sha256))
                self.stdout.write(f"{file.path} is new or changed.")
        self.stdout.write(f"{package.name} {package.version}: {len(package.files)} files.")


def fetch(package: Package) -> dict[str, bytes]:
    """Download an npm package and return the content of the files wanted, by their path in it.

    npm verifies the archive against the registry's checksum. Nothing in the package is run.

    Raises:
        CommandError: npm is missing, or it could not fetch the package.
    """
    wanted = {f"package/{file.source}" for file in package.files}
    with tempfile.TemporaryDirectory() as scratch:
        command = [
            "npm",
            "pack",
            f"{package.name}@{package.version}",
            "--silent",
            "--ignore-scripts",
        ]
        try:
            done = subprocess.run(  # noqa: S603 - the name and version come from our own manifest
                command, cwd=scratch, capture_output=True, text=True, check=True
            )
        except FileNotFoundError as error:
            raise CommandError(
                "npm is needed to renew vendored files, and it is missing."
            ) from error
        except subprocess.CalledProcessError as error:
            raise CommandError(
                f"npm cannot fetch {package.name}: {error.stderr.strip()}"
            ) from error
        with tarfile.open(Path(scratch) / done.stdout.split()[-1]) as archive:
            return {
                member.name.removeprefix("package/"): reader.read()
                for member in archive
                if member.name in wanted and (reader := archive.extractfile(member))
            }
