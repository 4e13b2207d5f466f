"""A backup as a file: one archive with a manifest that says what must be in it.

The manifest comes first and names every other file with its length and SHA-256, so that an archive
that was cut off or changed anywhere is known before anything else is done with it.
"""

import fcntl
import hashlib
import io
import json
import os
import shutil
import tarfile
import tempfile
import time
import zlib
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import asdict, dataclass, field, replace
from pathlib import Path
from typing import IO, Any

FORMAT = 1
MANIFEST, SECRET_KEY = "manifest.json", "secret_key"
DATABASES = {"sqlite": "database.sqlite3", "postgresql": "database.dump"}
OWNER_ONLY = 0o600
LARGEST_MANIFEST = 10_000_000
PIECE = 1 << 20
UNFINISHED = ".postil-unfinished-"
COMPRESSION = 3  # a third of the time of the usual 9, for a tenth more bytes


class Unusable(Exception):
    """A backup cannot be made or restored; the message says why and what to do about it."""


@dataclass(frozen=True, slots=True)
class Manifest:
    """What is in a backup.

    ``tables`` has the number of rows and the sum of their digests for each table, ``migrations``
    those that had been applied (app and name), ``files`` the length and SHA-256 of each file.
    """

    postil: str
    made_at: str
    database: str
    migrations: list[list[str]]
    tables: dict[str, list[Any]]
    files: dict[str, list[Any]] = field(default_factory=dict)
    format: int = FORMAT


def write(path: Path, manifest: Manifest, files: Mapping[str, Path]) -> Manifest:
    """Write an archive that is there whole or not at all, and that only its owner may read.

    Returns:
        The manifest that is in it, with the files.

    Raises:
        Unusable: there is such a file already.
        OSError: it cannot be written.
    """
    named: dict[str, list[Any]] = {name: list(_digest(file)) for name, file in files.items()}
    whole = replace(manifest, files=named)
    text = json.dumps(asdict(whole), indent=1).encode()
    with workspace(path.parent) as folder:
        draft = folder / path.name
        with _created(draft) as raw:
            with tarfile.open(fileobj=raw, mode="w:gz", compresslevel=COMPRESSION) as archive:
                _add(archive, MANIFEST, io.BytesIO(text), len(text))
                for name, file in files.items():
                    with file.open("rb") as content:
                        _add(archive, name, content, named[name][0])
            raw.flush()
            os.fsync(raw.fileno())
        try:
            path.hardlink_to(draft)  # refuses to replace, unlike a rename
        except FileExistsError as error:
            raise Unusable(f"{path} is there already.") from error
    sync_folder(path.parent)
    return whole


def _created(path: Path) -> IO[bytes]:
    return os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, OWNER_ONLY), "wb")


def _add(archive: tarfile.TarFile, name: str, content: IO[bytes], size: int) -> None:
    entry = tarfile.TarInfo(name)
    entry.size, entry.mode, entry.mtime = size, OWNER_ONLY, time.time()
    archive.addfile(entry, content)


def _digest(path: Path) -> tuple[int, str]:
    with path.open("rb") as file:
        return path.stat().st_size, hashlib.file_digest(file, "sha256").hexdigest()


def unpack(path: Path, folder: Path) -> Manifest:
    """Unpack an archive into an empty folder and return its manifest, when all is as that says.

    Raises:
        Unusable: it is no backup, or damaged, or made by a Postil that this one cannot know.
    """
    try:
        with tarfile.open(path, "r:gz") as archive:
            manifest = _manifest(archive)
            for entry in archive:
                _save(archive, entry, manifest, folder)
            # To the very end, where the sum of all that came before it stands.
            while archive.fileobj.read(PIECE):
                pass
    except FileNotFoundError as error:
        raise Unusable(f"There is no {path}.") from error
    except (tarfile.TarError, EOFError, zlib.error, OSError, ValueError, TypeError) as error:
        raise Unusable(f"{path} is damaged or no backup of Postil: {error}") from error
    missing = {name for name in manifest.files if not (folder / name).exists()}
    if missing or DATABASES.get(manifest.database) not in manifest.files:
        raise Unusable(f"{path} is not whole: {', '.join(sorted(missing)) or 'no database'}.")
    return manifest


def _manifest(archive: tarfile.TarFile) -> Manifest:
    first = archive.next()
    if first is None or first.name != MANIFEST or first.size > LARGEST_MANIFEST:
        raise ValueError("it does not begin with a manifest")
    said = json.loads(_content(archive, first).read())
    if said["format"] != FORMAT:
        raise Unusable(f"This backup was made by a newer Postil ({said.get('postil')}).")
    return Manifest(**said)


def _content(archive: tarfile.TarFile, entry: tarfile.TarInfo) -> IO[bytes]:
    content = archive.extractfile(entry) if entry.isreg() else None
    if content is None:
        raise ValueError(f"{entry.name} is no file")
    return content


def _save(
    archive: tarfile.TarFile, entry: tarfile.TarInfo, manifest: Manifest, folder: Path
) -> None:
    """Write a file of the archive into the folder, if it is the one that the manifest names."""
    if entry.name == MANIFEST:
        return
    if entry.name not in {SECRET_KEY, *DATABASES.values()} or entry.name not in manifest.files:
        raise ValueError(f"{entry.name} does not belong in it")
    size, digest = manifest.files[entry.name]
    with _created(folder / entry.name) as file:
        shutil.copyfileobj(_content(archive, entry), file, PIECE)
        file.flush()
        os.fsync(file.fileno())
    if _digest(folder / entry.name) != (size, digest):
        raise ValueError(f"{entry.name} is not what was put in")


@contextmanager
def workspace(beside: Path) -> Iterator[Path]:
    """Make a folder for what is not finished, and remove it in the end.

    Those that were left by processes that died are removed too: a folder that is in use is locked,
    and the lock ends with its process.

    Raises:
        OSError: there can be none.
    """
    for left in beside.glob(f"{UNFINISHED}*"):
        with _locked(left) as is_ours:
            if is_ours:
                shutil.rmtree(left, ignore_errors=True)
    folder = Path(tempfile.mkdtemp(prefix=UNFINISHED, dir=beside))
    try:
        with _locked(folder):
            yield folder
    finally:
        shutil.rmtree(folder, ignore_errors=True)


@contextmanager
def _locked(folder: Path) -> Iterator[bool]:
    """Lock a folder until the block ends; whether that could be done."""
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        yield False
    else:
        yield True
    finally:
        os.close(descriptor)


def sync_folder(folder: Path) -> None:
    """Have the names in the folder survive a power cut."""
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
