"""The site's secret key: made on first start and kept beside the data, never in the repository."""

import os
import secrets
from pathlib import Path


def secret_key_in(folder: Path) -> str:
    """Return the key kept in ``folder``, making it (readable by its owner only) when there is none.

    Two processes that start at once agree: the file is created exclusively and the loser reads it.

    Raises:
        SystemExit: the folder cannot be written; nothing works without it.
    """
    try:
        return _read_or_make(folder)
    except OSError as error:
        raise SystemExit(
            f"Postil cannot write in {folder} ({error.strerror}): "
            "make the folder writable, or name another one in POSTIL_DATA_DIR."
        ) from error


def _read_or_make(folder: Path) -> str:
    path = folder / "secret_key"
    if not path.exists():
        folder.mkdir(parents=True, exist_ok=True)
        draft = folder / f".secret_key.{os.getpid()}"
        descriptor = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
        with os.fdopen(descriptor, "w") as file:
            file.write(secrets.token_urlsafe(64))
        try:
            # link() refuses to replace: the first key stays, and nobody reads half a key.
            path.hardlink_to(draft)
        except FileExistsError:
            pass
        finally:
            draft.unlink()
    return path.read_text().strip()
