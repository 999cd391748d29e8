"""The rules of the house that ruff and import-linter do not know."""

import re
import subprocess
import sys
from pathlib import Path

import pytest

import spikenet

ROOT = Path(__file__).parent.parent
PACKAGE = ROOT / "spikenet"
HEAVY = {"brian2", "keras", "tensorflow", "matplotlib", "scipy", "sympy", "h5py", "typer", "rich"}
# Backwards, so that this file is none of its own finds.
ELSEWHERE = ("gro.ipyp", "gro.detsohnohtyp", "gro.adnocana", "lru-xedni", "sknil-dnif", "/ipyp/tpo/", "/krow/")
WRITTEN_BY_HAND = {".py", ".cpp", ".h", ".cu", ".css", ".html"}


def modules() -> list[Path]:
    """The package's modules but for ``__init__`` and its kind, relative to the package."""
    return sorted(path.relative_to(PACKAGE) for path in PACKAGE.rglob("*.py") if not path.stem.startswith("__"))


def tracked() -> list[Path]:
    listing = subprocess.run(["git", "ls-files", "-z"], cwd=ROOT, capture_output=True, text=True, check=False)
    if listing.returncode:
        pytest.skip("not a git checkout")
    return [path for name in listing.stdout.split("\0") if name and (path := ROOT / name).is_file()]


def test_every_module_has_a_test_file():
    wanted = {module: Path("tests", *module.parts[:-1], f"test_{module.stem.lstrip('_')}.py") for module in modules()}
    missing = [f"{test} for spikenet/{module}" for module, test in wanted.items() if not (ROOT / test).is_file()]
    assert not missing, "write " + ", ".join(missing)


def test_no_file_exceeds_500_lines():
    """Talk about it at 300, split at 500; what the program writes itself (docs/results) does not count."""
    lines = {
        str(path.relative_to(ROOT)): len(path.read_text(encoding="utf-8").splitlines())
        for folder in ("spikenet", "tests", "benchmarks")
        for path in (ROOT / folder).rglob("*")
        if path.suffix in WRITTEN_BY_HAND
    }
    assert lines, "found no file to measure"
    assert not {name: n for name, n in lines.items() if n > 500}


def test_importing_spikenet_loads_nothing_heavy():
    code = "import sys; bare = set(sys.modules); import spikenet; print(*sorted(set(sys.modules) - bare))"
    run = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=True)
    loaded = {name.partition(".")[0] for name in run.stdout.split()}
    assert "spikenet" in loaded
    assert not loaded & HEAVY


def test_every_public_name_resolves():
    names = getattr(spikenet, "__all__", ())
    assert len(set(names)) == len(names)
    for name in names:
        assert getattr(spikenet, name) is not None, name
    assert set(names) <= set(dir(spikenet)), "dir() hides a public name from editors"


def test_only_one_module_sets_the_device():
    """Brian2's device belongs to the whole process; ``engines/devices.py`` is the one place that may change it."""
    callers = {str(m) for m in modules() if re.search(r"\bset_device\(", (PACKAGE / m).read_text(encoding="utf-8"))}
    assert callers <= {"engines/devices.py"}


def test_tracked_files_name_no_package_index_and_no_folder_of_one_machine():
    pattern = re.compile("|".join(re.escape(text[::-1]) for text in ELSEWHERE), re.IGNORECASE)
    found = {
        str(path.relative_to(ROOT)): match.group()
        for path in tracked()
        if (match := pattern.search(path.read_text(encoding="utf-8", errors="ignore")))
    }
    assert not found
