"""The rules of the house that ruff and import-linter do not know."""

import ast
import re
import subprocess
import sys
from collections import Counter
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


def test_every_module_is_tested_in_its_room():
    """By a file of its own, or by one of its room's that imports it."""
    untested = []
    for module in modules():
        folder = ROOT / "tests" / module.parent
        if (folder / f"test_{module.stem}.py").is_file():
            continue
        dotted = ".".join(["spikenet", *module.with_suffix("").parts])
        imported = re.compile(rf"^\s*(from|import) {re.escape(dotted)}\b", re.MULTILINE)
        if not any(imported.search(path.read_text(encoding="utf-8")) for path in folder.rglob("test_*.py")):
            untested.append(f"spikenet/{module} by a test in {folder.relative_to(ROOT)}")
    assert not untested, "test " + ", ".join(untested)


def test_no_file_exceeds_400_lines():
    """The median is about 100; what the program writes itself (docs/results) does not count."""
    lines = {
        str(path.relative_to(ROOT)): len(path.read_text(encoding="utf-8").splitlines())
        for folder in ("spikenet", "benchmarks", "examples")
        for path in (ROOT / folder).rglob("*")
        if path.suffix in WRITTEN_BY_HAND
    }
    assert lines, "found no file to measure"
    assert not {name: n for name, n in lines.items() if n > 400}


def test_no_test_file_exceeds_500_lines():
    lines = {str(p.relative_to(ROOT)): len(p.read_text("utf-8").splitlines()) for p in (ROOT / "tests").rglob("*.py")}
    assert not {name: n for name, n in lines.items() if n > 500}


def test_no_function_exceeds_60_lines():
    long = {}
    for module in modules():
        for node in ast.walk(ast.parse((PACKAGE / module).read_text(encoding="utf-8"))):
            if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
                docstring = node.body[0] if ast.get_docstring(node) else None
                said = docstring.end_lineno - docstring.lineno + 1 if docstring else 0
                if (lines := node.end_lineno - node.lineno + 1 - said) > 60:
                    long[f"{module}:{node.name}"] = lines
    assert not long


def test_no_folder_shows_more_than_14_entries():
    roots = (PACKAGE, ROOT / "docs", ROOT / "examples")
    folders = [path for root in roots for path in (root, *root.rglob("*")) if path.is_dir()]
    folders = [path for path in folders if path.name != "__pycache__"]
    crowded = {}
    for folder in folders:
        entries = [path.name for path in folder.iterdir() if path.name not in ("__pycache__", "__init__.py")]
        if len(entries) > (25 if folder == PACKAGE else 14):
            crowded[str(folder.relative_to(ROOT))] = len(entries)
    assert not crowded


def test_no_name_of_a_module_or_class_is_given_twice():
    """But for the two compiled engines, whose folders are alike by design."""
    alike = PACKAGE / "engines" / "standalone"
    names = [m.stem for m in modules() if not (PACKAGE / m).is_relative_to(alike / "cuda")]
    names += [
        node.name
        for module in modules()
        for node in ast.walk(ast.parse((PACKAGE / module).read_text(encoding="utf-8")))
        if isinstance(node, ast.ClassDef)
    ]
    assert not {name for name, count in Counter(names).items() if count > 1}


def test_no_module_imports_itself_by_way_of_others_not_even_for_types():
    """What is imported inside a function does not count: it runs when both are there."""
    imports = {name: imported_by(path) for path in PACKAGE.rglob("*.py") if (name := dotted_name(path))}
    imports = {name: {one for one in found if one in imports} - {name} for name, found in imports.items()}
    while leaves := {name for name, found in imports.items() if not found}:
        imports = {name: found - leaves for name, found in imports.items() if name not in leaves}
    assert not imports, "these import each other in a circle"


def dotted_name(path: Path) -> str:
    """The name by which a module is imported; that of a package for its ``__init__``."""
    parts = path.relative_to(ROOT).with_suffix("").parts
    return ".".join(parts[:-1] if parts[-1] == "__init__" else parts)


def is_module(name: str) -> bool:
    path = ROOT.joinpath(*name.split("."))
    return path.with_suffix(".py").is_file() or (path / "__init__.py").is_file()


def imported_by(path: Path) -> set[str]:
    """Modules that a module imports at its top level, ``TYPE_CHECKING`` blocks included."""
    tree, found = ast.parse(path.read_text(encoding="utf-8")), set()
    lazy = path.name == "__init__.py" and "def __getattr__" in path.read_text(encoding="utf-8")
    for node in tree.body:
        typed = isinstance(node, ast.If) and "TYPE_CHECKING" in ast.unparse(node.test)
        if typed and lazy:  # the table of names that ``__getattr__`` imports, told to editors again
            continue
        for one in node.body if typed else [node]:
            if isinstance(one, ast.Import):
                found |= {alias.name for alias in one.names}
            elif isinstance(one, ast.ImportFrom):
                modules_of = {f"{one.module}.{alias.name}" for alias in one.names}
                found |= {name for name in modules_of if is_module(name)} or {one.module}
    return found


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
    """Brian2's device belongs to the whole process; one module may change it."""
    callers = {str(m) for m in modules() if re.search(r"\bset_device\(", (PACKAGE / m).read_text(encoding="utf-8"))}
    assert callers <= {"engines/active_device.py"}


def test_tracked_files_name_no_package_index_and_no_folder_of_one_machine():
    pattern = re.compile("|".join(re.escape(text[::-1]) for text in ELSEWHERE), re.IGNORECASE)
    found = {
        str(path.relative_to(ROOT)): match.group()
        for path in tracked()
        if (match := pattern.search(path.read_text(encoding="utf-8", errors="ignore")))
    }
    assert not found
