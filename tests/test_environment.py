"""The script that makes the environment: who may run it, and when it has nothing to do."""

import ast
import importlib.util
from pathlib import Path
from types import ModuleType

import pytest
from django.conf import settings

SCRIPT: Path = settings.BASE_DIR / ".ci" / "environment.py"


@pytest.fixture(scope="module")
def environment() -> ModuleType:
    spec = importlib.util.spec_from_file_location("environment", SCRIPT)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def test_an_old_python_can_read_the_script() -> None:
    ast.parse(SCRIPT.read_text(), feature_version=(3, 6))


@pytest.mark.parametrize("version", [(3, 6, 15), (3, 10, 13)])
def test_an_old_python_hears_which_one_is_needed(
    environment: ModuleType, version: tuple[int, int, int]
) -> None:
    with pytest.raises(environment.PreparationError) as refusal:
        environment.check_python(version)
    assert ".".join(map(str, version)) in str(refusal.value)
    assert "3.11" in str(refusal.value)


@pytest.mark.parametrize("version", [(3, 11, 0), (3, 14, 1)])
def test_a_python_that_is_new_enough_passes(
    environment: ModuleType, version: tuple[int, int, int]
) -> None:
    environment.check_python(version)


def test_a_dev_environment_serves_the_site_too_but_not_the_other_way_round(
    environment: ModuleType,
) -> None:
    runtime, dev = environment.wanted_stamp("runtime"), environment.wanted_stamp("dev")
    assert environment.is_current(dev, runtime)
    assert not environment.is_current(runtime, dev)


@pytest.mark.parametrize(
    "change", [{"python": "cpython 3.1"}, {"folder": "/elsewhere"}, {"locks": {}}]
)
def test_another_python_folder_or_lock_makes_an_environment_stale(
    environment: ModuleType, change: dict[str, object]
) -> None:
    wanted = environment.wanted_stamp("runtime")
    assert environment.is_current(wanted, wanted)
    assert not environment.is_current(wanted | change, wanted)


def test_an_environment_without_a_stamp_is_stale(environment: ModuleType) -> None:
    assert not environment.is_current({}, environment.wanted_stamp("runtime"))


@pytest.mark.parametrize(
    ("said", "meaning"),
    [
        ("OSError: [Errno 28] No space left on device", "disk is full"),
        ("WARNING: Retrying after NewConnectionError: Connection refused", "cannot be reached"),
        ("ERROR: THESE PACKAGES DO NOT MATCH THE HASHES FROM THE REQUIREMENTS FILE", "hash"),
        ("first\nERROR: something nobody foresaw.\nlast", "something nobody foresaw"),
    ],
)
def test_a_failed_installation_is_told_in_one_sentence(
    environment: ModuleType,
    monkeypatch: pytest.MonkeyPatch,
    tmp_path: Path,
    said: str,
    meaning: str,
) -> None:
    failing_python = tmp_path / "bin" / "python"
    failing_python.parent.mkdir()
    failing_python.write_text(f"#!/bin/sh\ncat <<'END'\n{said}\nEND\nexit 1\n")
    failing_python.chmod(0o755)
    monkeypatch.setattr(environment, "VENV", str(tmp_path))
    with pytest.raises(environment.PreparationError) as refusal:
        environment.install("requirements.txt")
    assert meaning in str(refusal.value)
    assert "\n" not in str(refusal.value)
